"""A student's choices in a round: the order, what they would not take, notes to self, handing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.interests.models import OfferingNote, Preference, Refusal, Submission, SubmissionReceipt
from wbl.interests.offers import own_offered
from wbl.interests.queries import own_round
from wbl.interests.submissions import touch
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.rounds.columns import SUBMISSION_COLUMNS
from wbl.rounds.models import Round
from wbl.rounds.policy import unranked_of

LONGEST_NOTE = 2000
UP, DOWN = "up", "down"


def add(actor: Actor, round_id: int, offering_id: int) -> None:
    """Put an offering at the end of the student's list. Flushes.

    Raises
    ------
    NotFound
        Where it is not offered to this student.
    """
    submission = _held(actor, round_id, offering_id)
    db.session.execute(delete(Refusal).where(*_pair(Refusal, submission, offering_id)))
    found = db.session.get(Preference, (submission.id, offering_id))
    if found is not None and found.rank is not None:
        return
    last = db.session.scalar(
        select(func.coalesce(func.max(Preference.rank), 0)).where(Preference.submission_id == submission.id)
    )
    if found is None:
        found = Preference(submission_id=submission.id, offering_id=offering_id)
        db.session.add(found)
    found.rank = (last or 0) + 1
    db.session.flush()
    _renumber(submission, _ranked(submission))


def add_first(submission_id: int, offering_id: int) -> None:
    """Put an offering at the head of a student's list, for what they found themselves. Flushes."""
    submission = db.session.get_one(Submission, submission_id)
    order = [offering_id, *_ranked(submission)]
    db.session.add(Preference(submission_id=submission_id, offering_id=offering_id, rank=len(order)))
    submission.changed_at = clock.now()
    db.session.flush()
    _renumber(submission, order)


def remove(actor: Actor, round_id: int, offering_id: int) -> None:
    """Take an offering off the student's list. Flushes."""
    submission = touch(actor, round_id)
    _drop(submission, offering_id)


def _drop(submission: Submission, offering_id: int) -> None:
    found = db.session.get(Preference, (submission.id, offering_id))
    if found is None or found.rank is None:
        return
    if found.opportunity_rank is None:
        db.session.delete(found)
    else:  # the employer's side of the pair stays
        found.rank = None
    db.session.flush()
    _renumber(submission, _ranked(submission))


def refuse(actor: Actor, round_id: int, offering_id: int) -> None:
    """The student would not take it: they are never placed there, and nobody is told. Flushes."""
    submission = _held(actor, round_id, offering_id)
    _drop(submission, offering_id)
    if db.session.get(Refusal, (submission.id, offering_id)) is None:
        db.session.add(Refusal(submission_id=submission.id, offering_id=offering_id))
    db.session.flush()


def take_back(actor: Actor, round_id: int, offering_id: int) -> None:
    """The student would take it after all. Flushes."""
    submission = touch(actor, round_id)
    db.session.execute(delete(Refusal).where(*_pair(Refusal, submission, offering_id)))


def reorder(actor: Actor, round_id: int, order: Sequence[int]) -> None:
    """The student's list in another order. Flushes.

    Raises
    ------
    DomainError
        Where it is not the same list any more: another tab has changed it.
    """
    submission = touch(actor, round_id)
    ranked = _ranked(submission)
    if sorted(order) != sorted(ranked):
        raise DomainError(_("Your list has changed in another window. Look at it here and try again."))
    _renumber(submission, order)


def move(actor: Actor, round_id: int, offering_id: int, direction: str) -> None:
    """One step up or down the list; at its end nothing happens. Flushes.

    Raises
    ------
    NotFound
        Where it is not on the list.
    """
    submission = touch(actor, round_id)
    ranked = _ranked(submission)
    if offering_id not in ranked or direction not in (UP, DOWN):
        raise NotFound()
    at = ranked.index(offering_id)
    other = at - 1 if direction == UP else at + 1
    if 0 <= other < len(ranked):
        ranked[at], ranked[other] = ranked[other], ranked[at]
        _renumber(submission, ranked)


def keep_note(actor: Actor, round_id: int, offering_id: int, text: str) -> None:
    """A note to self about an offering, also after the deadline; an empty one goes. Flushes."""
    placement_round, submission = own_round(actor, round_id)
    if submission is None:
        raise NotFound()
    if db.session.scalar(own_offered(placement_round, submission).where(Offering.id == offering_id)) is None:
        raise NotFound()
    found = db.session.get(OfferingNote, (submission.id, offering_id))
    words = text.strip()[:LONGEST_NOTE]
    if found is not None and not words:
        db.session.delete(found)
    elif found is not None:
        found.text = words
    elif words:
        db.session.add(OfferingNote(submission_id=submission.id, offering_id=offering_id, text=words))
    db.session.flush()


def set_open(actor: Actor, round_id: int, is_open: bool) -> None:
    """Whether the student may be placed with something that is not on their list. Flushes."""
    submission = touch(actor, round_id)
    submission.open_to_others = "yes" if is_open else "no"
    db.session.flush()


def submit(actor: Actor, round_id: int) -> SubmissionReceipt:
    """Hand in what is saved now; until the deadline it can be changed and handed in again. Flushes.

    Raises
    ------
    DomainError
        Where nothing could come of it: the list is empty, and the round looks at nothing else.
    """
    submission = touch(actor, round_id)
    placement_round = db.session.get_one(Round, round_id)
    what = handed_in(submission)
    if not what["choices"] and unranked_of(placement_round.policy) == "never":
        raise DomainError(_("Put at least one place on your list: this round looks at nothing else."))
    submission.submitted_at = clock.now()
    receipt = SubmissionReceipt(submission_id=submission.id, at=clock.now(), record=what)
    db.session.add(receipt)
    db.session.flush()
    record(
        actor,
        "submission.submit",
        submission,
        district_id=placement_round.district_id,
        round=round_id,
        preferences=len(what["choices"]),
    )
    db.session.flush()
    return receipt


def handed_in(submission: Submission) -> dict[str, Any]:
    """What a submission says now, as a receipt keeps it."""
    titles = db.session.execute(
        select(Opportunity.title, Opportunity.title_es, Opportunity.external_id)
        .select_from(Preference)
        .join(Offering, Offering.id == Preference.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Preference.submission_id == submission.id, Preference.rank.is_not(None), takes_part())
        .order_by(Preference.rank, Offering.id)
    )
    refused = db.session.scalar(
        select(func.count()).select_from(Refusal).where(Refusal.submission_id == submission.id)
    )
    return {
        "choices": [
            {"en": title or code, "es": title_es or title or code} for title, title_es, code in titles
        ],
        "refused": refused or 0,
        **{column: getattr(submission, column) for column in SUBMISSION_COLUMNS},
    }


def receipts(submission: Submission) -> list[SubmissionReceipt]:
    """Every receipt of a submission, the newest first."""
    return list(
        db.session.scalars(
            select(SubmissionReceipt)
            .where(SubmissionReceipt.submission_id == submission.id)
            .order_by(SubmissionReceipt.id.desc())
        )
    )


def _held(actor: Actor, round_id: int, offering_id: int) -> Submission:
    submission = touch(actor, round_id)
    placement_round = db.session.get_one(Round, round_id)
    if db.session.scalar(own_offered(placement_round, submission).where(Offering.id == offering_id)) is None:
        raise NotFound()
    return submission


def _pair(model: type[Refusal], submission: Submission, offering_id: int) -> tuple[Any, Any]:
    return model.submission_id == submission.id, model.offering_id == offering_id


def _ranked(submission: Submission) -> list[int]:
    """The offerings on the list that still take part, the first choice first."""
    return list(
        db.session.scalars(
            select(Preference.offering_id)
            .join(Offering, Offering.id == Preference.offering_id)
            .where(Preference.submission_id == submission.id, Preference.rank.is_not(None), takes_part())
            .order_by(Preference.rank, Preference.offering_id)
        )
    )


def _renumber(submission: Submission, order: Sequence[int]) -> None:
    """Ranks from 1 in this order; what takes no part any more comes after it."""
    place = {offering_id: rank for rank, offering_id in enumerate(order, start=1)}
    rows = db.session.scalars(
        select(Preference)
        .where(Preference.submission_id == submission.id, Preference.rank.is_not(None))
        .order_by(Preference.rank, Preference.offering_id)
        .execution_options(populate_existing=True)
    ).all()
    after = len(order)
    for row in rows:
        if row.offering_id in place:
            row.rank = place[row.offering_id]
        else:
            after += 1
            row.rank = after
    db.session.flush()
