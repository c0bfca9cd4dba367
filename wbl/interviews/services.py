"""Interviews: begun from a shortlist, agreed to by students, given a date, decided, made into pins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests.models import Submission
from wbl.interviews import queries
from wbl.interviews.models import Decision, GuardianHow, Interview, InterviewState
from wbl.interviews.words import decision_name
from wbl.opportunities.models import Offering
from wbl.opportunities.taking_part import takes_part
from wbl.rounds.models import Pin, PinDecision, Proposal, Round
from wbl.rounds.pins import check_required
from wbl.rounds.queries import round_by_id

GUARDIAN = ("guardian_at", "guardian_by", "guardian_id", "guardian_on", "guardian_how")
"""What is kept of a guardian's yes."""


def begin(actor: Actor, round_id: int) -> int:
    """Ask the students of the newest shortlist; how many are new. Flushes.

    Raises
    ------
    Conflict
        Where there is no shortlist, or it names nobody new.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    run = queries.newest_shortlist(round_id)
    if run is None:
        raise Conflict(_("There is no shortlist yet. Make one first."))
    asked = select(Interview.offering_id, Interview.submission_id).where(Interview.round_id == round_id)
    known = set(db.session.execute(asked).tuples())
    named = db.session.execute(
        select(Proposal.offering_id, Proposal.submission_id)
        .join(Offering, Offering.id == Proposal.offering_id)
        .where(Proposal.run_id == run.id, Offering.interview_per_seat.is_not(None), takes_part())
        .order_by(Proposal.offering_id, Proposal.submission_id)
    ).tuples()
    new = [pair for pair in named if pair not in known]
    if not new:
        raise Conflict(_("This shortlist names nobody who was not asked already."))
    db.session.add_all(
        Interview(
            round_id=round_id,
            run_id=run.id,
            offering_id=offering_id,
            submission_id=submission_id,
            state=InterviewState.ASKED,
            fields=[],
            place="",
        )
        for offering_id, submission_id in new
    )
    record(
        actor, "interview.begin", placement_round, district_id=placement_round.district_id, students=len(new)
    )
    db.session.flush()
    return len(new)


def answer(actor: Actor, interview_id: int, *, agrees: bool, fields: Sequence[str]) -> None:
    """The student says whether this employer may meet them, and what it may be told. Flushes.

    Of more than a guardian has agreed to, a guardian is asked again.
    """
    found = queries.one_of(queries.of_student(actor), interview_id)
    if any(name not in queries.SHARED for name in fields):
        raise DomainError(_("Choose from what is listed."))
    state = InterviewState.AGREED if agrees else InterviewState.DECLINED
    told = ["name", *(name for name in queries.SHARED[1:] if name in fields)] if agrees else []
    # A guardian said yes to what stood there; to more of it they have not.
    anew = {} if set(told) <= set(found.fields) else dict.fromkeys(GUARDIAN)
    changed = change(
        update(Interview)
        .where(Interview.id == found.id, Interview.state != InterviewState.DECIDED)
        .values(
            state=state,
            fields=told,
            answered_at=clock.now(),
            **anew,
        )
    )
    if changed != 1:
        raise Conflict(_("This employer has decided already."))
    _record(actor, "interview.agree" if agrees else "interview.decline", found)


def guardian_agrees(actor: Actor, interview_id: int, *, guardian_id: int, on: date, how: GuardianHow) -> None:
    """A guardian's signed yes is on record, for a student under 18. Flushes.

    Parameters
    ----------
    on
        The date that the signature bears.

    Raises
    ------
    DomainError
        Where this guardian may not sign for the student, or the date is still to come.
    Conflict
        Where one is on record already.
    """
    found = queries.in_round(actor, interview_id)
    today = clock.today(db.session.get_one(Round, found.round_id).district.timezone)
    if guardian_id not in {guardian.id for guardian in queries.signers(found)}:
        raise DomainError(_("This person may not sign for the student. Choose another."), field="guardian_id")
    if on > today:
        raise DomainError(_("This day is still to come. Enter the day of the signature."), field="on")
    changed = change(
        update(Interview)
        .where(Interview.id == found.id, Interview.guardian_at.is_(None))
        .values(
            guardian_at=clock.now(),
            guardian_by=actor.user_id,
            guardian_id=guardian_id,
            guardian_on=on,
            guardian_how=how,
        )
    )
    if changed != 1:
        raise Conflict(_("This is on record already."))
    _record(actor, "interview.guardian", found, guardian=guardian_id, how=how.value)


def set_date(actor: Actor, interview_id: int, *, starts_at: datetime, place: str) -> None:
    """When and where the employer meets the student. Flushes."""
    found = queries.one_of(queries.of_employer(actor), interview_id)
    if found.state is not InterviewState.AGREED:
        raise Conflict(_("This was decided already."))
    found.starts_at, found.place = starts_at, place.strip()
    _record(actor, "interview.date", found)


def decide(actor: Actor, interview_id: int, decision: Decision) -> None:
    """What the employer decides, by code. Flushes."""
    found = queries.one_of(queries.of_employer(actor), interview_id)
    changed = change(
        update(Interview)
        .where(Interview.id == found.id, Interview.state == InterviewState.AGREED)
        .values(
            state=InterviewState.DECIDED,
            decision=decision,
            decided_at=clock.now(),
            decided_by=actor.user_id,
        )
    )
    if changed != 1:
        raise Conflict(_("This was decided already."))
    _record(actor, "interview.decide", found, decision=decision.value)


def _record(actor: Actor, action: str, found: Interview, **details: str | int) -> None:
    placement_round = db.session.get_one(Round, found.round_id)
    record(actor, action, found, district_id=placement_round.district_id, reason=None, **details)
    db.session.flush()


def make_pins(actor: Actor, round_id: int) -> tuple[int, list[str]]:
    """Make decisions that are no pins yet into pins: a yes requires the pair, else it is forbidden. Flushes.

    Returns
    -------
    tuple
        How many were made, and why others were not: the rule that is against each, in words.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    pinned = set(
        db.session.execute(
            select(Pin.offering_id, Pin.submission_id).where(
                Pin.round_id == round_id, Pin.removed_at.is_(None)
            )
        ).tuples()
    )
    made, refused = 0, []
    for found in queries.of_round(round_id):
        if found.decision is None or (found.offering_id, found.submission_id) in pinned:
            continue
        try:
            _pin(actor, placement_round, found)
        except Conflict as why:
            refused.append(f"{found.submission.student.name}: {why.message}")
        else:
            made += 1
    if made:
        record(actor, "interview.pins", placement_round, district_id=placement_round.district_id, pins=made)
    db.session.flush()
    return made, refused


def _pin(actor: Actor, placement_round: Round, found: Interview) -> None:
    decision = found.decision
    if decision is None:
        raise NotFound()
    takes = decision is Decision.TAKE
    if takes:
        check_required(placement_round, db.session.get_one(Submission, found.submission_id), found.offering)
    reason = keep_reason(_("Interview: %(decision)s", decision=decision_name(decision)))
    db.session.add(
        Pin(
            round_id=placement_round.id,
            submission_id=found.submission_id,
            offering_id=found.offering_id,
            decision=PinDecision.REQUIRE if takes else PinDecision.FORBID,
            reason_id=reason.id,
            created_by=actor.user_id,
            created_at=clock.now(),
        )
    )
    db.session.flush()
