"""Addresses that do not work: noted, settled in another way, lifted."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from wbl import clock
from wbl.accounts.actor import WORKER, Actor
from wbl.addresses import one_address
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.underway import Unreached
from wbl.messages import holding
from wbl.messages.models import Cause, HeldMail, Settled, Unreachable


def hold(item: OutboxItem, district_id: int, unreached: Unreached) -> None:
    """Keep a mail whose address does not work, and the address where nobody knew it yet. Flushes."""
    found = holding.unreachable(district_id, unreached.address)
    if found is None:
        found = _note(WORKER, district_id, unreached.address, Cause.REFUSED, unreached.code)
    found.settled, found.settled_at = (None, None) if unreached.code else (found.settled, found.settled_at)
    db.session.merge(HeldMail(item_id=item.id, unreachable_id=found.id))
    db.session.flush()


def say(actor: Actor, district_id: int, address: str) -> Unreachable:
    """Somebody at school says that an address does not work: a mail came back, or somebody called. Flushes.

    Raises
    ------
    NotFound
        Where it is another's district.
    DomainError
        Where it is no address.
    Conflict
        Where it is known already.
    """
    if district_id not in actor.coordinator_of:
        raise NotFound()
    one = one_address(address)
    if not one:
        raise DomainError(_("Enter one e-mail address."), field="address")
    if holding.unreachable(district_id, one) is not None:
        raise Conflict(_("Nothing is sent to this address already."))
    return _note(actor, district_id, one, Cause.SAID, None)


def _note(actor: Actor, district_id: int, address: str, cause: Cause, code: int | None) -> Unreachable:
    row = Unreachable(
        district_id=district_id,
        address=address.lower(),
        cause=cause,
        code=code,
        since=clock.now(),
        set_by=actor.user_id,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # another worker had the same answer at the same moment
        found = holding.unreachable(district_id, address)
        assert found is not None
        return found
    record(actor, "address.stop", row, district_id=district_id, cause=cause.value)
    return row


def settle(actor: Actor, row_id: int, how: Settled) -> None:
    """They are reached in another way: it waits for nobody any more. Flushes. Raises ``NotFound``."""
    row = of_coordinator(actor, row_id)
    row.settled, row.settled_at = how, clock.now()
    record(actor, "address.settle", row, district_id=row.district_id)
    db.session.flush()


def lift(actor: Actor, row_id: int) -> int:
    """The address works (again): what was held for it goes out; how many mails. Flushes.

    What is settled meanwhile is not sent: every mail is asked again whether it still says something.
    Raises ``NotFound``.
    """
    row = of_coordinator(actor, row_id)
    row.lifted_at, row.lifted_by = clock.now(), actor.user_id
    held = select(HeldMail.item_id).where(HeldMail.unreachable_id == row.id)
    count = change(
        update(OutboxItem)
        .where(OutboxItem.id.in_(held), OutboxItem.state == OutboxState.FAILED)
        .values(state=OutboxState.PENDING, attempts=0, due_at=clock.now(), error="")
    )
    record(actor, "address.lift", row, district_id=row.district_id)
    db.session.flush()
    return count


def of_coordinator(actor: Actor, row_id: int) -> Unreachable:
    """One address in force, of the actor's districts.

    Raises
    ------
    NotFound
        Where there is none, it is lifted, or it is another district's.
    """
    row = db.session.scalar(
        select(Unreachable).where(
            Unreachable.id == row_id,
            Unreachable.district_id.in_(actor.coordinator_of),
            Unreachable.lifted_at.is_(None),
        )
    )
    if row is None:
        raise NotFound()
    return row
