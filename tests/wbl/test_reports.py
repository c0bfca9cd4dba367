"""Every figure of a report against a count by plain loops over a small world; and who may see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.paperwork_support import at
from tests.wbl.report_support import NOW, TODAY, World, make_world
from wbl.agreements.models import Paperwork, PaperworkState, PaperworkTask, SiteVisit
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers.models import VettingCheck
from wbl.errors import DomainError, NotFound
from wbl.growth.models import Evaluation, Moment, RatedBy
from wbl.hours.models import EntryState, TimeEntry
from wbl.interests.models import Submission
from wbl.people.models import Student, StudentCte, StudentGroup
from wbl.placements.models import Answer, Placement, PlacementAnswer, PlacementState
from wbl.reflections.models import Reflection
from wbl.reports import equity, perkins, queries, services, thresholds
from wbl.reports.active import Reason, Sign, acts_next, glance, lines
from wbl.reports.equity import STAGES
from wbl.reports.qualifying import Qualifying
from wbl.reports.thresholds import Thresholds
from wbl.rounds.models import Unplaced

SignIn = Callable[..., FlaskClient]
Count = Callable[[], Any]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    at(app, NOW)
    with make.made():
        found = make_world()
    yield found


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


# Placements under way


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
    found = {line.placement_id: {reason.sign for reason in line.reasons} for line in lines(world.actor)}
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
    said = {acts_next(reason) for line in lines(world.actor) for reason in line.reasons}
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
    one = lines(world.actor)[0]
    student = db.session.get_one(Placement, one.placement_id).student
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
        text_of(client, f"{address}&page={n}") for n in range(2, 1 + -(-total // 50))
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


@pytest.mark.parametrize(
    "rule",
    [
        Qualifying(),
        Qualifying(kinds=("internship", "job_shadow"), least_hours=6, confirmed=True, completed=False),
        Qualifying(kinds=("clinical",), least_hours=0, completed=False),
    ],
)
def test_perkins_is_as_loops_say(world: World, rule: Qualifying) -> None:
    with transaction():
        services.decide_qualifying(world.actor, world.district.id, rule)
    denominator, numerator = set(), set()
    for row in db.session.scalars(select(StudentCte)):
        if row.concentrator is not True or row.graduation_year != 2027 or row.graduated is False:
            continue
        denominator.add(row.student_id)
        minutes, any_of_it = 0, False
        for placement in db.session.scalars(select(Placement).where(Placement.student_id == row.student_id)):
            paperwork = db.session.get(Paperwork, placement.id)
            if placement.state is not PlacementState.PUBLISHED or paperwork is None:
                continue
            if (placement.offering.kind or "internship") not in rule.kinds:
                continue
            if rule.completed and paperwork.state is not PaperworkState.COMPLETED:
                continue
            if paperwork.active_at is None:
                continue
            any_of_it = True
            for entry in db.session.scalars(select(TimeEntry).where(TimeEntry.placement_id == placement.id)):
                if entry.state is EntryState.CONFIRMED or (
                    not rule.confirmed and entry.state is not EntryState.WITHDRAWN
                ):
                    minutes += entry.minutes
        if any_of_it and minutes >= 60 * rule.least_hours:
            numerator.add(row.student_id)
    found = perkins.report(world.district, 2027).counted
    assert set(found.students) == denominator
    took = {student for student, did in zip(found.students, found.reached[1], strict=True) if did}
    assert took == numerator
    assert 0 < len(numerator) < len(denominator)
    assert isinstance(found.reached[1], np.ndarray)
    assert {"cip", "cluster", "school", "sex"} <= found.figures.categories.keys()


def test_what_is_missing_is_said_and_listed(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)
    rows = {one.student_id: one for one in db.session.scalars(select(StudentCte))}
    students = db.session.scalars(select(Student).where(Student.district_id == world.district.id)).all()
    unknown = [s for s in students if s.id not in rows or rows[s.id].concentrator is None]
    without_year = [
        s
        for s in students
        if s.id not in rows or (rows[s.id].concentrator is not False and rows[s.id].graduation_year is None)
    ]
    page = text_of(client, "/reports/perkins?year=2027")
    assert f"{len(without_year)} students have no graduation year" in page
    assert f"Of {len(unknown)} students nobody has said whether they are CTE concentrators" in page
    listed = text_of(client, "/reports/perkins/students?gap=graduation_year&year=2027")
    assert f"{len(without_year)} students" in listed
    assert client.get("/reports/perkins/students?gap=nothing").status_code == 404
    assert client.get("/reports/perkins/students?part=nothing").status_code == 404
    total = perkins.report(world.district, 2027).counted.figures.total.reached[0]
    assert f"{total} students" in text_of(client, "/reports/perkins/students?part=graduates&year=2027")
    assert "Nobody is counted" in text_of(client, "/reports/perkins?year=2040")


def test_concentrators_come_by_file_and_by_hand(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)
    with make.made():
        one, two = (make.make_student(world.district) for _ in range(2))
    address = f"/reports/{world.district.id}/concentrators"

    def send(text: str) -> Any:
        return client.post(
            address,
            data={"file": (io.BytesIO(text.encode()), "cte.csv")},
            content_type="multipart/form-data",
        )

    bad = send(
        f"student_id,concentrator,graduation_year,cip_code\n{one.external_id},maybe,27,5\nX,yes,2027,\n"
    )
    assert bad.status_code == 422
    said = unescape(bad.text)
    assert "Write yes or no." in said and "No student of the district" in said and "51.3801" in said
    assert queries.cte_of(one).concentrator is None
    assert send("name\nAna\n").status_code == 422
    head = "student_id,concentrator,graduation_year,graduated,cip_code,cluster,other\n"
    done = send(f"{head}{one.external_id},yes,2027,,51.3801,construction,x\n{two.external_id},no,,,,,\n")
    assert done.status_code == 302
    db.session.rollback()
    row = queries.cte_of(one)
    assert (row.concentrator, row.graduation_year, row.graduated, row.cip_code, row.cluster) == (
        *(True, 2027, None, "51.3801", "Construction"),
    )
    assert queries.cte_of(two).concentrator is False
    # An empty cell changes nothing.
    assert send(f"student_id,concentrator,graduated\n{one.external_id},,yes\n").status_code == 302
    db.session.rollback()
    assert (queries.cte_of(one).concentrator, queries.cte_of(one).graduated) == (True, True)
    page = f"/students/{one.id}/cte"
    assert "51.3801" in text_of(client, page)
    by_hand = {
        "concentrator": "no",
        "graduation_year": "2028",
        "graduated": "",
        "cip_code": "46",
        "cluster": "",
    }
    assert client.post(page, data=by_hand | {"cip_code": "x"}).status_code == 422
    assert client.post(page, data=by_hand).status_code == 302
    db.session.rollback()
    row = queries.cte_of(one)
    assert (row.concentrator, row.graduation_year, row.graduated, row.cip_code) == (False, 2028, None, "46")
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert actions.count("cte.import") == 2 and "cte.change" in actions


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
