"""Interview first: a shortlist by the same solver, the student's yes, a date, a decision, a pin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.pages import without_tokens
from tests.wbl.published import NEAR
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.errors import Conflict, NotFound
from wbl.interests.models import Submission
from wbl.interviews import queries, services
from wbl.interviews.models import Decision, GuardianHow, Interview, InterviewState
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Guardian, Student, StudentGroup
from wbl.placements.publishing import publish
from wbl.rounds.models import Pin, PinDecision, Proposal, SolveRun

SignIn = Callable[..., FlaskClient]
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


def interviewing_place(app: Flask) -> Place:
    """The clinic, which two students ranked first, meets two for its one seat."""
    app.config["CLOCK"] = lambda: NOW
    place = make_place()
    bring_in(place, small_folder(students=NEAR))
    with transaction():
        clinic(place).interview_per_seat = 2
    return place


def clinic(place: Place) -> Offering:
    return db.session.scalars(
        select(Offering)
        .join(Opportunity)
        .where(Opportunity.external_id == "CLINIC", Offering.round_id == place.round_id)
    ).one()


def placed_at_the_clinic(place: Place, run: SolveRun) -> list[str]:
    db.session.rollback()
    return sorted(
        db.session.scalars(
            select(Student.external_id)
            .join(Submission, Submission.student_id == Student.id)
            .join(Proposal, Proposal.submission_id == Submission.id)
            .where(Proposal.run_id == run.id, Proposal.offering_id == clinic(place).id)
        )
    )


def user_of(place: Place, student: str) -> object:
    with make.made():
        found = db.session.scalars(
            select(Student).where(Student.external_id == student, Student.district_id == place.district.id)
        ).one()
        return make.make_student_user(found)


def guardian_of(place: Place, name: str) -> int:
    return db.session.scalars(
        select(Guardian.id)
        .join(Student)
        .where(Guardian.name == name, Student.district_id == place.district.id)
    ).one()


def host(place: Place) -> object:
    with make.made():
        found = db.session.scalars(
            select(Employer).where(Employer.external_id == "E1", Employer.district_id == place.district.id)
        ).one()
        return make.make_employer_user(found)


def test_from_a_shortlist_to_a_placement(app: Flask, sign_in: SignIn) -> None:
    place = interviewing_place(app)
    # Nobody is assigned to an employer who interviews first.
    assert placed_at_the_clinic(place, solve(place)) == []
    office = sign_in(place.user, app.test_client())
    assert "1 seat, 2 students for each seat" in office.get(f"/rounds/{place.round_id}/interviews").get_data(
        as_text=True
    )
    run = solve(place, "shortlist")
    assert placed_at_the_clinic(place, run) == ["S1", "S2"]
    with pytest.raises(Conflict), transaction():
        publish(place.actor, run.id)
    assert office.post(f"/rounds/{place.round_id}/interviews/begin").status_code == 302
    assert office.post(f"/rounds/{place.round_id}/interviews/begin").status_code == 409

    employer = sign_in(host(place), app.test_client())
    page = employer.get("/our-interviews").get_data(as_text=True)
    assert "2 students have not answered yet" in page and "Ana" not in without_tokens(page)
    found = {one.submission.student.external_id: one for one in db.session.scalars(select(Interview)).all()}
    ana, ben = found["S1"].id, found["S2"].id
    student = sign_in(user_of(place, "S1"), app.test_client())
    assert "Clinic aide" in student.get("/my-interviews").get_data(as_text=True)
    assert student.post(f"/my-interviews/{ana}", data={}).status_code == 422
    assert student.post(f"/my-interviews/{ben}", data={f"i{ben}-agrees": "yes"}).status_code == 404
    agree = {f"i{ana}-agrees": "yes", f"i{ana}-fields": ["grade"]}
    assert student.post(f"/my-interviews/{ana}", data=agree).status_code == 302
    # At 16 a guardian has to agree too.
    assert "Ana" not in employer.get("/our-interviews").get_data(as_text=True)
    rosa, luis = (guardian_of(place, name) for name in ("Rosa Castillo", "Luis Castillo"))
    here, signed = f"/interviews/{ana}/guardian", {"on": "2026-11-20", "how": "interpreter"}
    page = office.get(here).get_data(as_text=True)
    assert "Rosa Castillo" in page and "Luis Castillo" not in page  # who may not sign is not offered
    for wrong in (
        {},
        {**signed, "guardian_id": str(luis)},
        {**signed, "guardian_id": str(rosa), "on": "2099-01-01"},
        {**signed, "guardian_id": str(rosa), "how": "phone"},
    ):
        assert office.post(here, data=wrong).status_code == 422, wrong
    assert "Ana" not in employer.get("/our-interviews").get_data(as_text=True)
    assert office.post(here, data={**signed, "guardian_id": str(rosa)}).status_code == 302
    assert office.post(here, data={**signed, "guardian_id": str(rosa)}).status_code == 409
    page = office.get(f"/rounds/{place.round_id}/interviews").get_data(as_text=True)
    assert "Rosa Castillo agreed on November 20, 2026" in page and "with an interpreter" in page
    kept = db.session.get_one(Interview, ana, populate_existing=True)
    assert (kept.guardian_id, kept.guardian_how) == (rosa, GuardianHow.INTERPRETER)
    page = employer.get("/our-interviews").get_data(as_text=True)
    assert "Ana Castillo" in page and "Grade" in page and "pupils.example" not in page
    # To an address the guardian has not agreed; with less than before there is nothing to ask.
    student.post(f"/my-interviews/{ana}", data={**agree, f"i{ana}-fields": ["grade", "email"]})
    assert "Ana Castillo" not in employer.get("/our-interviews").get_data(as_text=True)
    assert office.post(here, data={**signed, "guardian_id": str(rosa)}).status_code == 302
    assert "Ana Castillo" in employer.get("/our-interviews").get_data(as_text=True)
    student.post(f"/my-interviews/{ana}", data=agree)
    page = employer.get("/our-interviews").get_data(as_text=True)
    assert "Ana Castillo" in page and "pupils.example" not in page
    # Of somebody who takes part no more an employer is told nothing.
    for part in (False, True):
        with transaction():
            db.session.get_one(Interview, ana).submission.active = part
        assert ("Ana Castillo" in employer.get("/our-interviews").get_data(as_text=True)) is part

    when = {f"d{ana}-starts_at": "2026-12-10T15:30", f"d{ana}-place": "At the front desk"}
    assert employer.post(f"/our-interviews/{ana}/date", data=when).status_code == 302
    assert "At the front desk" in student.get("/my-interviews").get_data(as_text=True)
    assert (
        employer.post(f"/our-interviews/{ana}/decide", data={f"e{ana}-decision": "because"}).status_code
        == 400
    )
    assert (
        employer.post(f"/our-interviews/{ana}/decide", data={f"e{ana}-decision": "take"}).status_code == 302
    )
    assert (
        employer.post(f"/our-interviews/{ana}/decide", data={f"e{ana}-decision": "others"}).status_code == 409
    )
    db.session.rollback()
    decided = db.session.get_one(Interview, ana)
    assert (decided.state, decided.decision) == (InterviewState.DECIDED, Decision.TAKE)
    assert decided.starts_at == datetime(2026, 12, 10, 21, 30, tzinfo=UTC)

    assert office.post(f"/rounds/{place.round_id}/interviews/pins").status_code == 302
    assert [pin.decision for pin in db.session.scalars(select(Pin))] == [PinDecision.REQUIRE]
    final = solve(place)
    assert placed_at_the_clinic(place, final) == ["S1"]
    with transaction():
        publish(place.actor, final.id)


def test_a_no_becomes_a_forbidden_pair_and_declining_ends_it(app: Flask) -> None:
    place = interviewing_place(app)
    solve(place, "shortlist")
    with transaction():
        assert services.begin(place.actor, place.round_id) == 2
    first, second = db.session.scalars(select(Interview).order_by(Interview.id)).all()
    actors = {
        one.id: make.actor(user_of(place, one.submission.student.external_id)) for one in (first, second)
    }  # type: ignore[arg-type]
    boss = make.actor(host(place))  # type: ignore[arg-type]
    with transaction():
        services.answer(actors[first.id], first.id, agrees=True, fields=[])
        services.answer(actors[second.id], second.id, agrees=False, fields=[])
        student = first.submission.student
        signer = next(one.id for one in student.guardians if one.may_sign)
        services.guardian_agrees(
            place.actor, first.id, guardian_id=signer, on=date(2026, 11, 20), how=GuardianHow.PAPER
        )
    with pytest.raises(NotFound), transaction():
        services.decide(boss, second.id, Decision.TAKE)
    with transaction():
        services.decide(boss, first.id, Decision.SCHEDULE)
        assert services.make_pins(place.actor, place.round_id) == (1, [])
        assert services.make_pins(place.actor, place.round_id) == (0, [])
    assert [pin.decision for pin in db.session.scalars(select(Pin))] == [PinDecision.FORBID]
    with make.made():
        elsewhere = make.make_coordinator(make.make_district())
    with pytest.raises(NotFound), transaction():
        services.begin(make.actor(elsewhere), place.round_id)


def test_a_round_without_such_employers_makes_no_shortlist(app: Flask, sign_in: SignIn) -> None:
    place = make_place()
    bring_in(place, small_folder(students=NEAR))
    office = sign_in(place.user)
    assert office.post(f"/rounds/{place.round_id}/interviews/shortlist").status_code == 409
    assert "No employer interviews first" in office.get(f"/rounds/{place.round_id}/interviews").get_data(
        as_text=True
    )


def test_small_groups_are_left_out_of_the_decisions(app: Flask) -> None:
    place = interviewing_place(app)
    with make.made():
        for number in range(24):
            student = make.make_student(place.district)
            db.session.add(StudentGroup(student_id=student.id, code="sex:f" if number % 2 else "sex:m"))
            if number < 3:
                db.session.add(StudentGroup(student_id=student.id, code="el"))
            submission = Submission(round_id=place.round_id, student_id=student.id, pseudonym=f"P{number}")
            db.session.add(submission)
            db.session.flush()
            db.session.add(
                Interview(
                    round_id=place.round_id,
                    run_id=_any_run(place),
                    offering_id=clinic(place).id,
                    submission_id=submission.id,
                    state=InterviewState.DECIDED,
                    fields=["name"],
                    place="",
                    decision=Decision.TAKE if number % 3 else Decision.OTHERS,
                )
            )
    rates = queries.by_group(queries.of_round(place.round_id))
    assert [(rate.code, rate.met, rate.taken) for rate in rates["sex"]] == [
        ("sex:f", 12, 8),
        ("sex:m", 12, 8),
    ]
    assert {rate.met for rate in rates["el"] if rate.code == "el"} == {None}
    assert {rate.met for rate in rates["el"]} == {None}  # or the rest would give them back


def _any_run(place: Place) -> int:
    found = db.session.scalar(select(SolveRun.id).where(SolveRun.round_id == place.round_id))
    if found is None:
        run = SolveRun(round_id=place.round_id, number=1, state="done", queued_at=NOW)
        db.session.add(run)
        db.session.flush()
        found = run.id
    return found
