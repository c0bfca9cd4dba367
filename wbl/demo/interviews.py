"""An employer of the demo that interviews first: who is shortlisted, agreed, was met and is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests import choices, submissions
from wbl.interests.judging import judged
from wbl.interests.models import Preference, Submission
from wbl.interviews import queries, services
from wbl.interviews.models import Decision, GuardianHow, Interview
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds.models import Round

SEATS, FOR_EACH = 2, 3
OTHERS = 5  # students beside the one with a sign-in
SHARED = ("school", "grade", "languages")
HOUR, MINUTE = 15, 30

Solve = Callable[[str], int]
"""Solves the round by a method, by the worker's own code."""


def show_interviews(
    coordinator: Actor, employer: User, student: User, *, published_id: int, round_id: int, solve: Solve
) -> None:
    """Fill a round that collects with interviews at the employer with a sign-in, one in each state.

    The student with a sign-in is asked and has not answered. Nothing is shown where the employer
    offers nothing in the round, or nobody can be shortlisted.
    """
    with transaction():
        found = _interview_first(accounts.actor_of(employer), accounts.actor_of(student), round_id)
        if found is None:
            return
        own, for_student = found
        _apply(accounts.actor_of(student), round_id, for_student)
        for one in _others(student, published_id, own):
            _apply(_acting_for(one), round_id, own)
    solve("shortlist")
    try:
        with transaction():
            services.begin(coordinator, round_id)
    except Conflict:  # the shortlist names nobody
        return
    with transaction():
        without = accounts.actor_of(student).student_ids
        _answer_and_meet(coordinator, accounts.actor_of(employer), round_id, without)
    with transaction():
        services.make_pins(coordinator, round_id)


def _acting_for(student: Student) -> Actor:
    return Actor(kind="command", student_ids=frozenset({student.id}))


def _interview_first(employer: Actor, student: Actor, round_id: int) -> tuple[int, int] | None:
    """Two employers say so: the one with a sign-in, and one whose work is possible for the student.

    It is the same where that can be. Returns the two offerings; None where nobody could be asked.
    """
    offered = db.session.scalars(
        select(Offering)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.round_id == round_id, Opportunity.employer_id.is_not(None))
        .options(contains_eager(Offering.opportunity))
        .order_by(Opportunity.employer_id.not_in(employer.employer_ids), Offering.id)
    ).all()
    submission = db.session.scalars(
        select(Submission).where(
            Submission.round_id == round_id, Submission.student_id.in_(student.student_ids)
        )
    ).one()
    found = judged(db.session.get_one(Round, round_id), submission) or {}
    possible = {name for name, one in found.items() if one.possible}
    for_student = next((one for one in offered if one.opportunity.external_id in possible), None)
    if for_student is None or offered[0].opportunity.employer_id not in employer.employer_ids:
        return None
    own = for_student if for_student.opportunity.employer_id in employer.employer_ids else offered[0]
    for one in {own, for_student}:
        one.seats, one.interview_per_seat = SEATS, FOR_EACH
    db.session.flush()
    return own.id, for_student.id


def _apply(student: Actor, round_id: int, offering_id: int) -> None:
    """The student takes part, with what they said the last time, and wants this most."""
    submission = submissions.begin(student, round_id)
    ranked = select(Preference.offering_id).where(Preference.submission_id == submission.id)
    before = db.session.scalars(ranked.order_by(Preference.rank)).all()
    choices.add(student, round_id, offering_id)
    choices.reorder(student, round_id, [offering_id, *(one for one in before if one != offering_id)])


def _others(student: User, published_id: int, offering_id: int) -> Sequence[Student]:
    """Students who wanted the same work in the round before, those who wanted it most first."""
    opportunity = select(Offering.opportunity_id).where(Offering.id == offering_id).scalar_subquery()
    return db.session.scalars(
        select(Student)
        .join(Submission, Submission.student_id == Student.id)
        .join(Preference, Preference.submission_id == Submission.id)
        .join(Offering, Offering.id == Preference.offering_id)
        .where(
            Submission.round_id == published_id,
            Offering.opportunity_id == opportunity,
            Preference.rank.is_not(None),
            Student.id.not_in(accounts.actor_of(student).student_ids),
        )
        .order_by(Preference.rank, Student.id)
        .limit(OTHERS)
    ).all()


def _answer_and_meet(coordinator: Actor, employer: Actor, round_id: int, without: frozenset[int]) -> None:
    """One is taken, one has a date, one waits for a guardian, one said no; the others were just asked."""
    asked = [one for one in queries.of_round(round_id) if one.submission.student_id not in without]
    alone = queries.deciding_alone([one.submission.student for one in asked])
    # Whom a guardian speaks for: nobody else can wait for one.
    young = [one for one in asked if one.submission.student_id not in alone and queries.signers(one)]
    waits = young[:1]
    ready = [
        one for one in asked if one not in waits and (one in young or one.submission.student_id in alone)
    ]
    met, declines = ready[:2], ready[2:3]
    for one in (*waits, *met):
        services.answer(_acting_for(one.submission.student), one.id, agrees=True, fields=SHARED)
    for one in declines:
        services.answer(_acting_for(one.submission.student), one.id, agrees=False, fields=[])
    for days, one in zip((-2, 5), met, strict=False):
        _meet(coordinator, employer, one, days)
    if met:
        services.decide(employer, met[0].id, Decision.TAKE)


def _meet(coordinator: Actor, employer: Actor, one: Interview, days: int) -> None:
    """The guardian has signed, where one has to, and there is a date."""
    zone = db.session.get_one(Round, one.round_id).district.timezone
    if one.id not in queries.agreed_in_full([one]):
        signer = queries.signers(one)[0]
        services.guardian_agrees(
            coordinator, one.id, guardian_id=signer.id, on=clock.today(zone), how=GuardianHow.PAPER
        )
    services.set_date(employer, one.id, starts_at=_at(zone, days), place="")


def _at(zone: str, days: int) -> datetime:
    there = clock.now().astimezone(ZoneInfo(zone)) + timedelta(days=days)
    return there.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
