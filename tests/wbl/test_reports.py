"""Every figure of a report against a count by plain loops over a small world; and who may see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.report_support import TODAY, World, make_world, text_of, world_of
from wbl.agreements.models import Paperwork, PaperworkState, PaperworkTask, SiteVisit
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers.models import VettingCheck
from wbl.errors import DomainError
from wbl.growth.models import Evaluation, Moment, RatedBy
from wbl.hours.models import EntryState, TimeEntry
from wbl.interests.models import Submission
from wbl.pagination import every
from wbl.people.models import Student
from wbl.placements.models import Placement, PlacementState
from wbl.reflections.models import Reflection
from wbl.reports import equity, perkins, queries, services, thresholds
from wbl.reports.active import Reason, Shown, Sign, acts_next, glance
from wbl.reports.thresholds import Thresholds

SignIn = Callable[..., FlaskClient]
Count = Callable[[], Any]


@pytest.fixture
def world(app: Flask) -> World:
    return world_of(app)


# Placements under way


def lines(world: World) -> list[Shown]:
    return list(every(lambda page: glance(world.actor, page=page).page))


def signs_by_loops(world: World, limits: Thresholds) -> dict[int, set[Sign]]:
    """What the list should say, in the plainest way."""
    found: dict[int, set[Sign]] = {}
    for placement in db.session.scalars(select(Placement)):
        paperwork = db.session.get(Paperwork, placement.id)
        if placement.state is not PlacementState.PUBLISHED or paperwork is None:
            continue
        made, offering = placement.publication.round, placement.offering
        first, last = offering.start_date or made.starts_on, offering.end_date or made.ends_on
        active = paperwork.state is PaperworkState.ACTIVE
        if not active and not (paperwork.state is PaperworkState.OPEN and last >= TODAY):
            continue
        signs = found.setdefault(placement.id, set())
        entries = db.session.scalars(select(TimeEntry).where(TimeEntry.placement_id == placement.id))
        worked = sum(one.minutes for one in entries if one.state is not EntryState.WITHDRAWN)
        cell = db.session.scalars(
            select(Submission).where(
                Submission.round_id == made.id, Submission.student_id == placement.student_id
            )
        ).one()
        needed = 40 if cell.hours_needed == "40" else 60
        passed, days = (TODAY - first).days, (last - first).days + 1
        plan = needed * 60 * min(1, passed / days)
        if active and passed >= limits.grace_days and worked < (1 - limits.behind_percent / 100) * plan:
            signs.add(Sign.BEHIND)
        if active and last >= TODAY:
            handed_in = [
                one.handed_in_at.date()
                for one in db.session.scalars(
                    select(Reflection).where(Reflection.placement_id == placement.id)
                )
                if one.handed_in_at is not None
            ]
            since = max([first, *handed_in])
            if (TODAY - since).days >= limits.quiet_days:
                signs.add(Sign.QUIET)
        evaluations = {
            one.moment: {rating.code: rating.level for rating in one.ratings}
            for one in db.session.scalars(select(Evaluation).where(Evaluation.placement_id == placement.id))
            if one.rated_by is RatedBy.MENTOR and one.void_at is None
        }
        moments = [moment for moment in Moment if moment in evaluations]
        if active and len(moments) > 1:
            was, now = evaluations[moments[-2]], evaluations[moments[-1]]
            shared = was.keys() & now.keys()
            if shared and sum(was[c] - now[c] for c in shared) / len(shared) >= limits.drop_levels - 1e-9:
                signs.add(Sign.DROPPED)
        until = [
            one.valid_until
            for one in db.session.scalars(
                select(PaperworkTask).where(PaperworkTask.placement_id == placement.id)
            )
        ]
        until += [
            one.expires_on
            for one in db.session.scalars(
                select(VettingCheck).where(VettingCheck.employer_id == offering.opportunity.employer_id)
            )
        ]
        soon = TODAY + timedelta(days=limits.expires_days)
        if any(day is not None and day <= soon and day < last for day in until):
            signs.add(Sign.EXPIRING)
        planned = [
            one.planned_on
            for one in db.session.scalars(select(SiteVisit).where(SiteVisit.offering_id == offering.id))
            if one.done_on is None
        ]
        if any(day + timedelta(days=limits.visit_days) < TODAY for day in planned):
            signs.add(Sign.VISIT)
        if not active and (TODAY - paperwork.step_since.date()).days >= limits.stuck_days:
            signs.add(Sign.STUCK)
        if active and last < TODAY:
            signs.add(Sign.FINISH)
    return found


@pytest.mark.parametrize(
    "limits",
    [
        Thresholds(),
        Thresholds(
            grace_days=60,
            behind_percent=50,
            quiet_days=20,
            drop_levels=1.5,
            expires_days=5,
            visit_days=5,
            stuck_days=41,
        ),
    ],
)
def test_placements_under_way_are_as_loops_say(world: World, limits: Thresholds) -> None:
    with transaction():
        services.decide(world.actor, world.district.id, limits)
    expected = signs_by_loops(world, limits)
    found = {line.placement.id: {reason.sign for reason in line.reasons} for line in lines(world)}
    assert found == expected
    seen = glance(world.actor)
    assert seen.total == len(expected)
    assert seen.on_track == sum(not signs for signs in expected.values())
    assert seen.counts == {sign: sum(sign in signs for signs in expected.values()) for sign in Sign}
    if limits == Thresholds():
        assert all(seen.counts.values()), "the world shows every sign"
    for show in (*Sign, "on_track", "attention"):
        want = {
            placement_id
            for placement_id, signs in expected.items()
            if (show in signs or (show == "on_track" and not signs) or (show == "attention" and signs))
        }
        got: set[int] = set()
        page = 1
        while True:
            part = glance(world.actor, show=show, page=page).page
            got |= {line.placement.id for line in part.items}
            if page >= part.pages:
                break
            page += 1
        assert got == want


def test_each_reason_says_who_acts_next(world: World) -> None:
    said = {acts_next(reason) for line in lines(world) for reason in line.reasons}
    assert {"student", "family", "school", "district"} <= said
    assert acts_next(Reason(Sign.STUCK, of="supervisor")) == "employer"
    assert acts_next(Reason(Sign.EXPIRING, of="permit", holder="site")) == "employer"


def test_the_page_of_placements_costs_the_same_however_many(
    client: FlaskClient, sign_in: SignIn, world: World, count_queries: Count
) -> None:
    sign_in(world.user)
    client.get("/reports/active")
    with count_queries() as few:
        page = text_of(client, "/reports/active")
    with make.made():
        make_world(seed=2, count=30)
    with count_queries() as many:
        text_of(client, "/reports/active?show=behind&q=Family")
    assert max(len(few), len(many)) <= 25
    assert "behind the plan" in page
    assert "Work permit" in page or "permit" in page
    assert "20 percent less than planned" in page  # the thresholds stand on the page
    student = lines(world)[0].placement.student
    assert student.name in text_of(client, f"/reports/active?q={student.external_id}")


def test_thresholds_are_a_districts_own(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)
    with make.made():
        other = make.make_district()
    address = f"/reports/{world.district.id}/settings"
    assert 'value="14"' in text_of(client, address)
    fields = {
        "grace_days": "10",
        "behind_percent": "30",
        "quiet_days": "21",
        "drop_levels": "1.0",
        "expires_days": "45",
        "visit_days": "2",
        "stuck_days": "7",
        "smallest": "5",
    }
    assert client.post(address, data=fields | {"quiet_days": "1"}).status_code == 422
    assert client.post(address, data=fields).status_code == 302
    db.session.rollback()
    assert thresholds.of_district(world.district.id) == Thresholds(10, 30, 21, 1.0, 45, 2, 7, 5)
    assert thresholds.of_district(other.id) == Thresholds()
    assert client.get(f"/reports/{other.id}/settings").status_code == 404
    assert db.session.scalars(select(AuditEvent.action)).all()[-1] == "report.setting"
    with pytest.raises(DomainError), transaction():
        services.decide(world.actor, world.district.id, Thresholds(smallest=2))


# By group


def test_foreign_reports_look_like_none(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    with make.made():
        stranger = make.make_coordinator(make.make_district())
    sign_in(stranger)
    assert "Nothing is published yet" in text_of(client, "/reports/equity")
    assert "No placement is under way" in text_of(client, "/reports/active")
    made, student = world.rounds[0], db.session.scalars(select(Student)).first()
    assert student is not None
    for address in (
        f"/reports/equity?round={made.id}",
        f"/reports/equity/students?stage=placed&round={made.id}",
        f"/reports/perkins?district={world.district.id}",
        f"/reports/perkins/students?part=graduates&district={world.district.id}",
        f"/reports/{world.district.id}/qualifying",
        f"/reports/{world.district.id}/concentrators",
        f"/students/{student.id}/cte",
    ):
        assert client.get(address).status_code == 404, address


# Perkins V


def test_files_have_what_their_pages_have(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)

    def rows(address: str) -> list[dict[str, str]]:
        answer = client.post(address, data={"format": "csv"})
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))

    assert len(rows("/exports/active?show=behind")) == glance(world.actor).counts[Sign.BEHIND]
    made = world.rounds[0]
    counted = equity.counted(equity.scope_of(queries.published_rounds(world.actor), made.id, None, None))
    table = rows(f"/exports/equity?round={made.id}")
    assert table[0]["Eligible"] == str(counted.figures.total.reached[0])
    foster = next(row for row in table if row["Group"] == "Foster care" and row["Category"] == "Foster care")
    assert "" in [foster[label] for label in ("Eligible", "Applied", "Matched", "Placed", "Completed")]
    figures = perkins.report(world.district, 2027).counted
    table = rows("/exports/perkins?year=2027")
    assert table[0]["Graduate (denominator)"] == str(figures.figures.total.reached[0])
    table = rows("/exports/perkins_students?year=2027")
    assert len(table) == len(figures.students)
    assert [row["Took part (5S3 numerator)"] for row in table].count("Yes") == int(figures.reached[1].sum())
    assert "Career and Technical Education Concentrator (CEDS 000037)" in table[0]
    types = {
        part for row in table for part in row["Work-based Learning Opportunity Type (CEDS 001499)"].split(";")
    }
    assert types <= {"", "PaidInternship", "UnpaidInternship", "Other", "ClinicalWork", "JobShadowing"}
    names = {one.name for one in db.session.scalars(select(Student)) if one.given_name}
    assert not any(cell in names for row in table for cell in row.values())
    exported = [
        event.details["list"]
        for event in db.session.scalars(select(AuditEvent))
        if event.action == "list.export"
    ]
    assert "perkins_students" in exported
    assert client.post("/exports/perkins_students?year=2027", data={"format": "xlsx"}).status_code == 200
    assert isinstance(TODAY, date)
