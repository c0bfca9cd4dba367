"""When a round collects what students say, and reminding those who have not said it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.services import remember
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.i18n import local_date
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.people.models import Student
from wbl.rounds.collect_page import WAITED_FOR, Asked, students_asked
from wbl.rounds.models import Nudge, Round
from wbl.rounds.queries import round_by_id

UNDO_FOR = timedelta(minutes=2)
"""Mails wait so long before they go out, so that a slip can be taken back."""


def set_collecting(
    actor: Actor, round_id: int, opens_at: datetime | None, closes_at: datetime | None
) -> Round:
    """From when until when students may begin and change what they say; neither: it collects nothing.

    Raises
    ------
    DomainError
        Where only one of the two is given, it closes before it opens, or after the round is over.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    if (placement_round.opens_at, placement_round.closes_at) == (opens_at, closes_at):
        return placement_round
    if opens_at is None and closes_at is not None:
        raise DomainError(_("Enter when it opens too, or leave both empty."), field="opens_at")
    if closes_at is None and opens_at is not None:
        raise DomainError(_("Enter when it closes too, or leave both empty."), field="closes_at")
    if opens_at is not None and closes_at is not None:
        if closes_at <= opens_at:
            raise DomainError(_("It closes before it opens. Choose a later time."), field="closes_at")
        if local_date(closes_at, placement_round.district.timezone) > placement_round.ends_on:
            raise DomainError(
                _("It closes after the last day of the round. Choose an earlier time."), field="closes_at"
            )
    placement_round.opens_at, placement_round.closes_at = opens_at, closes_at
    record(actor, "round.collect", placement_round, district_id=placement_round.district_id)
    db.session.flush()
    return placement_round


def nudge(actor: Actor, round_id: int, student_ids: Sequence[int] | None, wanted: Asked) -> BulkAction:
    """Remind students by mail, through the outbox: each at most once on a day of the district. Flushes.

    Parameters
    ----------
    student_ids
        Whom; None: all whom ``wanted`` asks for. Those who have submitted, have no e-mail or were
        reminded today are left out and counted.

    Raises
    ------
    Conflict
        Where the round does not collect now.
    DomainError
        Where nobody is left to remind.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    moment = clock.now()
    if not placement_round.collects_at(moment):
        raise Conflict(_("This round collects nothing now, so there is nothing to remind students of."))
    today = clock.today(placement_round.district.timezone)
    rows = db.session.execute(students_asked(placement_round, wanted, student_ids)).all()
    reminded = set(
        db.session.scalars(select(Nudge.student_id).where(Nudge.round_id == round_id, Nudge.on_day == today))
    )
    left_out = {"submitted": 0, "no_email": 0, "today": 0}
    found: list[Student] = []
    for student, progress, *_rest in rows:
        if progress not in WAITED_FOR:
            left_out["submitted"] += 1
        elif student.id in reminded:
            left_out["today"] += 1
        elif not student.email:
            left_out["no_email"] += 1
        else:
            found.append(student)
    if not found:
        raise DomainError(
            _("Nobody was reminded: everybody chosen has submitted, was reminded today, or has no e-mail.")
        )
    nudges = [
        Nudge(round_id=round_id, student_id=student.id, on_day=today, sent_by=actor.user_id, at=moment)
        for student in found
    ]
    db.session.add_all(nudges)
    db.session.flush()
    db.session.add_all(
        OutboxItem(
            kind=OutboxKind.MAIL,
            key=_key(entry),
            district_id=placement_round.district_id,
            payload={"about": "nudge", "nudge_id": entry.id},
            state=OutboxState.PENDING,
            due_at=moment + UNDO_FOR,
        )
        for entry in nudges
    )
    return remember(
        actor,
        BulkKind.NUDGE,
        [entry.id for entry in nudges],
        district_id=placement_round.district_id,
        round_id=round_id,
        left_out=left_out,
    )


def _key(entry: Nudge) -> str:
    return f"nudge:{entry.round_id}:{entry.student_id}:{entry.on_day.isoformat()}"


def undo_nudge(_actor: Actor, done: BulkAction) -> int:
    """Take back the reminders that have not gone out yet; how many."""
    taken_back = []
    for entry in db.session.scalars(select(Nudge).where(Nudge.id.in_(done.items))):
        stopped = change(
            delete(OutboxItem).where(OutboxItem.key == _key(entry), OutboxItem.state == OutboxState.PENDING)
        )
        if stopped:
            taken_back.append(entry.id)
    db.session.execute(delete(Nudge).where(Nudge.id.in_(taken_back)))
    return len(taken_back)
