"""Thanking an employer: a student's words pass the coordinator first, a coordinator's go at once."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.growth import queries as growth
from wbl.hours.queries import coordinated
from wbl.placements.models import Placement
from wbl.reports import queries
from wbl.reports.mails import tell_employer
from wbl.reports.models import Thanks, ThanksBy, ThanksState

LEAST, MOST = 10, 1000


def write_own(actor: Actor, placement_id: int, words: str) -> Thanks:
    """The signed-in student thanks the employer of one of their placements. It waits for a coordinator;
    until that one has read it, it can be written anew. Flushes.

    Raises
    ------
    NotFound
        Where the placement is somebody else's, or is not under way.
    DomainError
        Where too little or too much was written.
    Conflict
        Where the employer reads it already.
    """
    placement = growth.own_one(actor, placement_id)
    found = queries.thanks_of(placement_id, ThanksBy.STUDENT)
    if found is not None and found.state is ThanksState.PASSED:
        raise Conflict(_("The employer reads it already. Thank you!"))
    return _keep(actor, placement, found, ThanksBy.STUDENT, words, ThanksState.WAITING)


def write(actor: Actor, placement_id: int, words: str) -> Thanks:
    """A coordinator thanks the employer of a placement, who is told and reads it at once. Flushes. Raises as
    :func:`write_own`."""
    placement = coordinated(actor, placement_id)
    found = queries.thanks_of(placement_id, ThanksBy.COORDINATOR)
    if found is not None:
        raise Conflict(_("The employer was thanked for this placement already."))
    made = _keep(actor, placement, None, ThanksBy.COORDINATOR, words, ThanksState.PASSED)
    tell_employer(made)
    return made


def _keep(
    actor: Actor, placement: Placement, found: Thanks | None, writer: ThanksBy, words: str, state: ThanksState
) -> Thanks:
    said = words.strip()
    if not LEAST <= len(said) <= MOST:
        raise DomainError(_("Write %(least)s to %(most)s characters.", least=LEAST, most=MOST), field="words")
    if found is None:
        found = Thanks(placement_id=placement.id, writer=writer)
        db.session.add(found)
    found.user_id, found.words, found.state, found.why = actor.user_id, said, state, ""
    found.written_at = clock.now()
    found.decided_at = found.written_at if state is ThanksState.PASSED else None
    record(actor, "thanks.write", placement, district_id=placement.publication.round.district_id)
    db.session.flush()
    return found


def pass_on(actor: Actor, thanks_id: int, read: str) -> None:
    """The employer may read it, and is told. Flushes.

    Parameters
    ----------
    read
        When what was read had been written (ISO 8601), so that nothing else is passed on.

    Raises
    ------
    NotFound
        Where it is another district's.
    Conflict
        Where it does not wait (any more), or was written anew meanwhile.
    """
    tell_employer(_decide(actor, thanks_id, read, ThanksState.PASSED, ""))


def send_back(actor: Actor, thanks_id: int, read: str, why: str) -> None:
    """The student is asked to write it anew, and told why. Flushes. Raises as :func:`pass_on`."""
    if not 3 <= len(why.strip()) <= 300:
        raise DomainError(_("Say what to change, in 3 to 300 characters: the student reads it."), field="why")
    _decide(actor, thanks_id, read, ThanksState.SENT_BACK, why.strip())


def _decide(actor: Actor, thanks_id: int, read: str, state: ThanksState, why: str) -> Thanks:
    found = queries.thanks_one(actor, thanks_id)
    done = change(
        update(Thanks)
        .where(Thanks.id == thanks_id, Thanks.state == ThanksState.WAITING)
        .values(state=state, why=why, decided_at=clock.now(), decided_by=actor.user_id)
    )
    if done != 1 or found.written_at.isoformat() != read:
        raise Conflict(_("Somebody was faster, or the student has changed it. Look at it again."))
    record(
        actor,
        "thanks.pass" if state is ThanksState.PASSED else "thanks.send_back",
        found.placement,
        district_id=found.placement.publication.round.district_id,
    )
    db.session.flush()
    return found
