"""Noting which letters were handed over, many at once, with a way back."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.services import remember
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.letters.models import Letter, LetterGiven, LetterState
from wbl.placements.models import Placement, PlacementState
from wbl.rounds.queries import publication_in_force, round_by_id


def give(actor: Actor, round_id: int, placement_ids: Sequence[int] | None) -> BulkAction:
    """Note letters as handed over. Flushes.

    Parameters
    ----------
    placement_ids
        Whose; None: every written letter of the publication in force. Held ones, and those that are
        noted already, are left out and counted.

    Raises
    ------
    Conflict
        Where nothing is published.
    DomainError
        Where no letter is left to note.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    publication = publication_in_force(round_id)
    if publication is None:
        raise Conflict(_("Nothing of this round is published, so there are no letters."))
    statement = (
        select(Letter.placement_id, Letter.state, Letter.written_at)
        .join(Placement, Placement.id == Letter.placement_id)
        .where(Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
        .order_by(Letter.placement_id)
    )
    if placement_ids is not None:
        statement = statement.where(Letter.placement_id.in_(placement_ids))
    rows = db.session.execute(statement).all()
    noted = {
        given.placement_id: given
        for given in db.session.scalars(
            select(LetterGiven).where(LetterGiven.placement_id.in_([row.placement_id for row in rows]))
        )
    }
    left_out = {"held": 0, "given": 0}
    items = []
    for placement_id, state, written_at in rows:
        before = noted.get(placement_id)
        if state is LetterState.HELD:
            left_out["held"] += 1
        elif before is not None and before.given_at >= written_at:
            left_out["given"] += 1
        else:
            given = before or LetterGiven(placement_id=placement_id)
            given.given_at, given.given_by = clock.now(), actor.user_id
            db.session.add(given)
            items.append(placement_id)
    if not items:
        raise DomainError(_("Nothing was noted: these letters are held or noted already."))
    db.session.flush()
    return remember(
        actor,
        BulkKind.GIVE_LETTERS,
        items,
        district_id=placement_round.district_id,
        round_id=round_id,
        left_out=left_out,
    )


def undo_give(_actor: Actor, done: BulkAction) -> int:
    """Take the notes of an action away, but for those that somebody has made anew since."""
    return change(
        delete(LetterGiven).where(
            LetterGiven.placement_id.in_(done.items), LetterGiven.given_at <= done.done_at
        )
    )


def given(placement_ids: Sequence[int]) -> dict[int, LetterGiven]:
    """Which of these letters were handed over, as they are written now."""
    rows = db.session.scalars(
        select(LetterGiven)
        .join(Letter, Letter.placement_id == LetterGiven.placement_id)
        .where(LetterGiven.placement_id.in_(placement_ids), LetterGiven.given_at >= Letter.written_at)
    )
    return {row.placement_id: row for row in rows}
