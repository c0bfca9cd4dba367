"""The parts of the round format that hold for several students together, in and out of the database."""

from __future__ import annotations

import io
import zipfile

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wbl.rounds_support import OPPORTUNITIES, STUDENTS, Place, bring_in, make_place, small_folder, solve
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.placements.models import Placement
from wbl.placements.publishing import publish
from wbl.rounds import imports
from wbl.rounds.comparison import move_counts
from wbl.rounds.exports import full_export
from wbl.rounds.models import Budget, Companion, Limit, Proposal, RoundFile, RunState, SolveRun
from wbl.rounds.snapshot import snapshot

LIMITS = "scope,id,min,max\nemployer,E1,,1\ngroup,english_learner,1,\nschool,NORTH,,2\n"
PAIRS = "student_a,student_b,relation\nS3,S1,apart\nS1,S2,together\n"
BUDGETS = "budget_id,amount\ngrant,1500.50\n"
CALENDAR = "date,in_session,day_letter\n2027-01-18,no,\n2027-01-19,yes,A\n"
POLICY = '[law]\njurisdictions = ["US"]\n'


def whole_folder(**changes: str | None) -> dict[str, bytes]:
    header, *rows = STUDENTS.splitlines()
    students = "\n".join([f"{header},max_placements", *(f"{row},2" for row in rows)]) + "\n"
    header, *rows = OPPORTUNITIES.splitlines()
    opportunities = "\n".join([f"{header},budget_id,cost", *(f"{row},grant,750.25" for row in rows)]) + "\n"
    given = {
        "students": students,
        "opportunities": opportunities,
        "limits": LIMITS,
        "pairs": PAIRS,
        "budgets": BUDGETS,
        "calendar": CALENDAR,
        "policy.toml": POLICY,
    }
    return small_folder(**{**given, **changes})


def texts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode().replace("\r\n", "\n") for name in archive.namelist()}


def rows_of(place: Place) -> dict[str, int]:
    of_round = {Limit: Limit.round_id, Budget: Budget.round_id, RoundFile: RoundFile.round_id}
    counts = {
        model.__name__: db.session.scalar(select(func.count()).where(column == place.round_id))
        for model, column in of_round.items()
    }
    return {**counts, "Companion": db.session.scalar(select(func.count()).select_from(Companion))}


def test_all_of_it_comes_back_from_a_full_export(app: Flask) -> None:
    place = make_place()
    bring_in(place, whole_folder())
    with transaction():
        files = texts(full_export(place.actor, place.round_id))
    assert files["limits.csv"] == LIMITS
    assert files["budgets.csv"] == BUDGETS
    assert files["calendar.csv"] == CALENDAR
    # Two students have no order: each pair is written the same way, whoever was named first.
    assert files["pairs.csv"] == "student_a,student_b,relation\nS1,S2,together\nS1,S3,apart\n"
    assert "max_placements" in files["students.csv"].splitlines()[0]
    assert "grant,750.25" in files["opportunities.csv"]
    before = rows_of(place)
    bring_in(place, {name: text.encode() for name, text in files.items()})
    assert rows_of(place) == before == {"Limit": 3, "Budget": 1, "RoundFile": 1, "Companion": 2}


def test_a_snapshot_names_companions_by_pseudonym(app: Flask) -> None:
    place = make_place()
    bring_in(place, whole_folder())
    names = dict(
        db.session.execute(
            select(Submission.pseudonym, Submission.id).where(Submission.round_id == place.round_id)
        )
        .tuples()
        .all()
    )
    lines = snapshot(place.round)["pairs.csv"].decode().splitlines()[1:]
    found = {(*line.split(","),) for line in lines}
    assert len(found) == 2
    assert all(one in names and other in names and one < other for one, other, _relation in found)


def test_who_left_takes_their_companions_along(app: Flask) -> None:
    place = make_place()
    bring_in(place, whole_folder())
    header, one, other, _third = whole_folder()["students.csv"].decode().splitlines()
    bring_in(
        place,
        whole_folder(
            students=f"{header}\n{one}\n{other}\n", pairs="student_a,student_b,relation\nS1,S2,together\n"
        ),
    )
    assert len(snapshot(place.round)["pairs.csv"].decode().splitlines()) == 2


def test_what_a_folder_does_not_name_is_gone_but_the_calendar_stays(app: Flask) -> None:
    place = make_place()
    bring_in(place, whole_folder())
    bring_in(place, small_folder())
    files = snapshot(place.round)
    assert not {"limits.csv", "pairs.csv", "budgets.csv"} & files.keys()
    assert files["calendar.csv"].decode() == CALENDAR


def test_protected_groups_never_carry_a_limit(app: Flask) -> None:
    place = make_place()
    state, preview = imports.judge(
        place.round, whole_folder(limits="scope,id,min,max\ngroup,sex:female,1,\n")
    )
    assert state.value == "faulty"
    assert "never carry a limit" in preview["faults"][0]["message"]


def test_a_district_rule_file_is_kept_and_needed(app: Flask) -> None:
    place = make_place()
    policy = '[law]\njurisdictions = ["US"]\noverlays = ["ours.toml"]\n'
    state, preview = imports.judge(place.round, whole_folder(**{"policy.toml": policy}))
    assert state.value == "faulty"
    assert any("ours.toml" in fault["message"] for fault in preview["faults"]), preview["faults"]


def seats_of(run: SolveRun) -> set[tuple[str, str]]:
    """Who holds what, by identifier."""
    found = db.session.scalars(select(Proposal).where(Proposal.run_id == run.id))
    return {
        (proposal.submission.student.external_id, proposal.offering.opportunity.external_id)
        for proposal in found
    }


MANY = "student_id,travel_modes,available,max_placements\nS1,car,,2\nS2,car,,\n"
WORK = "opportunity_id,seats,site_id,employer_id,schedule,kind\nA,1,A,E,Tue 15:30-17:30,job_shadow\n"


def test_a_student_with_two_seats_has_both_everywhere(app: Flask) -> None:
    place = make_place()
    work = WORK + "B,1,B,E,Thu 15:30-17:30,job_shadow\nC,1,C,E,Tue 15:30-17:30,job_shadow\n"
    ranks = "student_id,opportunity_id,rank\nS1,A,1\nS1,B,2\nS2,C,1\n"
    bring_in(
        place,
        small_folder(
            students=MANY,
            opportunities=work,
            preferences=ranks,
            people=None,
            guardians=None,
            sites=None,
            schools=None,
        ),
    )
    run = solve(place)
    assert run.state is RunState.DONE, run.error
    assert seats_of(run) == {("S1", "A"), ("S1", "B"), ("S2", "C")}
    assert run.summary["placed"] == 2
    counts = move_counts(run, solve(place))
    assert counts == {"moved": 0, "placed": 0, "unplaced": 0, "stayed": 2}
    with transaction():
        publish(place.actor, run.id)
    placements = db.session.scalars(select(Placement)).all()
    assert len(placements) == 3
    for placement in placements:
        (told,) = placement.explanation["placed"]
        assert told["opportunity_id"] == placement.offering.opportunity.external_id


def test_what_cannot_hold_is_named_with_its_repair(app: Flask) -> None:
    place = make_place()
    limits = "scope,id,min,max\nemployer,E1,,0\n"
    pins = "student_id,opportunity_id,decision,reason\nS1,CLINIC,require,promised\n"
    bring_in(place, small_folder(limits=limits, pins=pins))
    run = solve(place)
    assert run.error is not None and run.error["kind"] == "infeasible", run.error
    assert "E1" in run.error["message"] and "CLINIC" in run.error["message"]


def test_the_closest_run_changes_as_little_as_it_can(app: Flask) -> None:
    """A seat opens. The best match moves S1 to it; the closest one gives it to S2, who had none."""
    place = make_place()
    apart = {"people": None, "guardians": None, "sites": None, "schools": None}
    files = {
        "students": "student_id,travel_modes,priority\nS1,car,1\nS2,car,\n",
        "preferences": "student_id,opportunity_id,rank\nS1,A,1\nS1,B,2\nS2,B,1\nS2,A,2\n",
    }
    work = WORK + "B,1,B,E,Tue 15:30-17:30,job_shadow\n"
    bring_in(place, small_folder(**files, opportunities=work.replace("A,1", "A,0"), **apart))
    with app.test_request_context(), pytest.raises(Conflict, match="no finished run"):
        solve(place, "closest")
    assert seats_of(solve(place)) == {("S1", "B")}
    bring_in(place, small_folder(**files, opportunities=work, **apart))
    closest = solve(place, "closest")
    assert closest.state is RunState.DONE, closest.error
    assert closest.previous_number == 1
    assert seats_of(closest) == {("S1", "B"), ("S2", "A")}
    goals = [goal["name"] for goal in closest.summary["goals"]]
    assert goals == ["placed", "priority", "floors", "fewest_changes", "utility"]
    assert seats_of(solve(place)) == {("S1", "A"), ("S2", "B")}
