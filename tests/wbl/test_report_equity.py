"""Who comes how far, by group: every number against plain loops, and the lists behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.report_support import World, text_of, world_of
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db
from wbl.errors import NotFound
from wbl.hours.models import EntryState, TimeEntry
from wbl.interests.models import Submission
from wbl.pagination import PAGE_SIZE
from wbl.people.models import Student, StudentGroup
from wbl.placements.models import Answer, Placement, PlacementAnswer, PlacementState
from wbl.reports import equity, queries, thresholds
from wbl.reports.equity import STAGES
from wbl.rounds.models import Unplaced

SignIn = Callable[..., FlaskClient]
Count = Callable[[], Any]


@pytest.fixture
def world(app: Flask) -> World:
    return world_of(app)


def far_by_loops(world: World, rounds: list[Any]) -> dict[int, int]:
    """The last stage that each student reached in these rounds; without whom nothing was possible for."""
    far: dict[int, int] = {}
    for made in rounds:
        for one in db.session.scalars(select(Submission).where(Submission.round_id == made.id)):
            placements = db.session.scalars(
                select(Placement).where(Placement.round_id == made.id, Placement.student_id == one.student_id)
            ).all()
            stages = []
            unfit = db.session.scalars(
                select(Unplaced).where(
                    Unplaced.submission_id == one.id, Unplaced.reason == "no_eligible_pair"
                )
            ).first()
            if one.active and unfit is None:
                stages.append(0)
                if one.submitted_at is not None or one.begun_at is None:
                    stages.append(1)
                placed_nowhere = db.session.scalars(
                    select(Unplaced).where(Unplaced.submission_id == one.id)
                ).first()
                if placed_nowhere is None:
                    stages.append(2)  # everybody else of the world has a proposal
            for placement in placements:
                said = db.session.get(PlacementAnswer, placement.id)
                if placement.state is PlacementState.PUBLISHED and not (
                    said is not None and said.answer is Answer.DECLINED
                ):
                    paperwork = db.session.get_one(Paperwork, placement.id)
                    stages.append(4 if paperwork.state is PaperworkState.COMPLETED else 3)
            if stages:
                far[one.student_id] = max(far.get(one.student_id, 0), *stages)
    return far


@pytest.mark.parametrize("which", ["first", "second", "year"])
def test_stages_are_as_loops_say(world: World, which: str) -> None:
    rounds = queries.published_rounds(world.actor)
    wanted = {"first": [world.rounds[0]], "second": [world.rounds[1]], "year": world.rounds}[which]
    asked = (None, 2027) if which == "year" else (wanted[0].id, None)
    scope = equity.scope_of(rounds, *asked, None)
    counted = equity.counted(scope)
    far = far_by_loops(world, wanted)
    assert set(counted.students) == set(far)
    assert counted.figures.total.reached == tuple(
        sum(stage >= at for stage in far.values()) for at in range(len(STAGES))
    )
    codes: dict[int, set[str]] = {}
    for row in db.session.scalars(select(StudentGroup)):
        codes.setdefault(row.student_id, set()).add(row.code)
    smallest = thresholds.of_district(world.district.id).smallest
    shown = 0
    for category, groups in counted.figures.categories.items():
        for one in groups:
            for stage, number in enumerate(one.reached):
                members = [
                    student
                    for student, reached in far.items()
                    if reached >= stage and _is_member(student, category, one.id, codes)
                ]
                if number is None:
                    with pytest.raises(NotFound):
                        counted.behind(category, one.id, stage)
                else:
                    shown += 1
                    assert number == len(members)
                    assert number == 0 or number >= smallest
                    assert sorted(counted.behind(category, one.id, stage)) == sorted(members)
    assert shown > 10
    assert any(None in one.reached for groups in counted.figures.categories.values() for one in groups)
    placed = [student for student, stage in far.items() if stage >= 3]
    minutes = paid = 0
    for student in placed:
        of_student = [
            one
            for made in wanted
            for one in db.session.scalars(
                select(Placement).where(Placement.round_id == made.id, Placement.student_id == student)
            )
            if one.state is PlacementState.PUBLISHED and not _declined(one)
        ]
        paid += any(one.offering.paid == "yes" for one in of_student)
        for one in of_student:
            entries = db.session.scalars(select(TimeEntry).where(TimeEntry.placement_id == one.id))
            minutes += sum(row.minutes for row in entries if row.state is not EntryState.WITHDRAWN)
    assert counted.figures.total.paid == pytest.approx(paid / len(placed))
    assert counted.figures.total.hours == pytest.approx(minutes / 60 / len(placed))


def _declined(placement: Placement) -> bool:
    said = db.session.get(PlacementAnswer, placement.id)
    return said is not None and said.answer is Answer.DECLINED


def _is_member(student_id: int, category: str, group: str, codes: dict[int, set[str]]) -> bool:
    if category == "school":
        school = db.session.get_one(Student, student_id).school
        return (school.external_id if school is not None else "") == group
    mine = {code for code in codes.get(student_id, set()) if code.split(":")[0] == category}
    return group in mine if group else not mine


def test_a_figure_opens_its_list_and_one_left_out_does_not(
    client: FlaskClient, sign_in: SignIn, world: World, count_queries: Count
) -> None:
    sign_in(world.user)
    made = world.rounds[0]
    with count_queries() as statements:
        page = text_of(client, f"/reports/equity?round={made.id}")
    assert len(statements) <= 25
    counted = equity.counted(equity.scope_of(queries.published_rounds(world.actor), made.id, None, None))
    address = f"/reports/equity/students?stage=placed&category=sex&group=sex:female&round={made.id}"
    assert address.replace(":", "%3A") in page.replace("&amp;", "&") or "stage=placed" in page
    listed = text_of(client, address)
    member = db.session.get_one(Student, counted.behind("sex", "sex:female", 3)[0])
    total = len(counted.behind("sex", "sex:female", 3))
    assert f"{total} students" in listed
    everybody = listed + "".join(
        text_of(client, f"{address}&page={n}") for n in range(2, 1 + -(-total // PAGE_SIZE))
    )
    assert member.name in everybody
    foster = next(one for one in counted.figures.categories["foster"] if one.id == "foster")
    assert None in foster.reached
    stage = STAGES[foster.reached.index(None)]
    hidden = f"/reports/equity/students?stage={stage}&category=foster&group=foster&round={made.id}"
    assert client.get(hidden).status_code == 404
    assert client.get(f"{hidden}&stage=nothing").status_code == 404
    assert "2026–27" in text_of(client, f"/reports/equity?year=2027&district={world.district.id}")
    assert client.get("/reports/equity?year=2031").status_code == 404
