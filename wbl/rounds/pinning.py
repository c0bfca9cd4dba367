"""Requiring or forbidding many pairs at once, for one reason, with a way back."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import keep_reason, record
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.services import remember
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.rounds.models import Pin, PinDecision
from wbl.rounds.pins import check_required
from wbl.rounds.queries import offering_by_id, round_by_id, submission_by_id
from wbl.rounds.services import LEAST_REASON

MOST_AT_ONCE = 100
Pair = tuple[int, int]  # submission, offering


def pin_many(actor: Actor, round_id: int, pairs: Sequence[Pair], *, decision: str, reason: str) -> BulkAction:
    """Require or forbid pairs from the next solve on. Flushes.

    Pairs that are decided already, and those that may not be required, are left out and counted.

    Raises
    ------
    DomainError
        Where the reason is missing, there are too many, or none is left.
    """
    if decision not in set(PinDecision):
        raise DomainError(_("Choose whether to require or to forbid this."), field="decision")
    if len(reason.strip()) < LEAST_REASON:
        raise DomainError(_("Say why, in a few words: it is kept on record."), field="reason")
    if len(pairs) > MOST_AT_ONCE:
        raise DomainError(_("Tick at most %(most)s at once.", most=MOST_AT_ONCE))
    placement_round = round_by_id(actor, round_id, lock=True)
    standing = {
        (row.submission_id, row.offering_id)
        for row in db.session.execute(
            select(Pin.submission_id, Pin.offering_id).where(
                Pin.round_id == round_id, Pin.removed_at.is_(None)
            )
        )
    }
    kept = keep_reason(reason)
    left_out = {"pinned": 0, "impossible": 0}
    made: list[Pin] = []
    for submission_id, offering_id in dict.fromkeys(pairs):
        if (submission_id, offering_id) in standing:
            left_out["pinned"] += 1
            continue
        try:
            submission = submission_by_id(actor, round_id, submission_id)
            offering = offering_by_id(actor, round_id, offering_id)
            if decision == PinDecision.REQUIRE:
                check_required(placement_round, submission, offering)
        except (Conflict, NotFound):
            left_out["impossible"] += 1
            continue
        pin = Pin(
            round_id=round_id,
            submission_id=submission_id,
            offering_id=offering_id,
            decision=PinDecision(decision),
            reason_id=kept.id,
            created_by=actor.user_id,
            created_at=clock.now(),
        )
        db.session.add(pin)
        db.session.flush()
        record(
            actor,
            f"pin.{decision}",
            pin,
            district_id=placement_round.district_id,
            reason=kept,
            round=round_id,
            submission=submission_id,
            offering=offering_id,
        )
        made.append(pin)
    if not made:
        raise DomainError(_("Nothing was changed: these pairs are decided already, or may not be required."))
    return remember(
        actor,
        BulkKind.PIN,
        [pin.id for pin in made],
        district_id=placement_round.district_id,
        round_id=round_id,
        left_out=left_out,
    )


def undo_pins(_actor: Actor, done: BulkAction) -> int:
    """Take back the decisions of an action that still stand."""
    return change(
        update(Pin).where(Pin.id.in_(done.items), Pin.removed_at.is_(None)).values(removed_at=clock.now())
    )
