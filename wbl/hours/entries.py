"""Writing down what was worked: on the phone at the moment, or afterwards; and correcting it.

Every change of an entry adds a row of what it is after it; nothing is overwritten unseen. The rows of a
student are written one after the other, so that two phones, or one that sends twice, never store a
stretch of time twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import or_, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork
from wbl.agreements.opening import first_day
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError
from wbl.hours import queries
from wbl.hours.breaches import look_again
from wbl.hours.models import ChangeKind, EntryState, TimeEntry, TimeEntryChange
from wbl.hours.when import local, this_minute
from wbl.i18n import day as day_words
from wbl.people.queries import hold as hold_student
from wbl.placements.models import Placement

ROUND_THE_CLOCK = timedelta(hours=24)
OFF = timedelta(minutes=2)
"""How far a phone's clock may be ahead of ours."""
MOST_NOTE = 500
OWN = (EntryState.DRAFT, EntryState.SUBMITTED, EntryState.QUESTIONED)
"""What a student may still change: after that it is somebody else's word too."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A stretch of work as instants; the break is not work."""

    started_at: datetime
    ended_at: datetime
    break_minutes: int = 0
    note: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ended_at - self.started_at).total_seconds() // 60) - self.break_minutes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a phone sends: without an end, it is still running."""

    uid: str
    started_at: datetime
    ended_at: datetime | None = None
    break_minutes: int = 0
    note: str = ""


def hold(placement: Placement) -> None:
    """Until the end of the transaction, nobody else writes hours of this student."""
    hold_student(placement.student_id)


def days_of(placement: Placement, paperwork: Paperwork) -> tuple[date, date]:
    """The first and the last day on which there is work to write down."""
    zone = placement.publication.round.district.timezone
    last = placement.offering.end_date or placement.publication.round.ends_on
    if paperwork.ended_at is not None:
        last = min(last, local(paperwork.ended_at, zone).date())
    return first_day(placement), last


def check_in(actor: Actor, placement_id: int, uid: str, at: datetime | None = None) -> TimeEntry:
    """The student begins to work, now or when the phone says. Flushes.

    Sent twice, it answers with what is there.

    Raises
    ------
    NotFound
        Where it is no placement of theirs that became active.
    DomainError
        Where it is outside the placement's days, in the future, or on top of other work.
    """
    placement = queries.own(actor, placement_id)
    hold(placement)
    known = _by_uid(placement_id, uid)
    if known is not None:
        return known
    moment = _whole(at) if at is not None else this_minute()
    _check(placement, moment, None)
    entry = TimeEntry(placement_id=placement_id, uid=_uid(uid), started_at=moment)
    entry.worked_on, entry.state = _day(placement, moment), EntryState.DRAFT
    return _keep(actor, placement, entry, ChangeKind.CHECK_IN)


def check_out(
    actor: Actor, placement_id: int, at: datetime | None = None, *, break_minutes: int = 0, note: str = ""
) -> TimeEntry:
    """The student stops working. Flushes.

    Raises
    ------
    NotFound
        Where it is no placement of theirs that became active.
    Conflict
        Where they are not checked in, or it is so long ago that they forgot to check out.
    DomainError
        As for :func:`check_in`.
    """
    placement = queries.own(actor, placement_id)
    hold(placement)
    entry = queries.running(placement_id)
    if entry is None:
        raise Conflict(_("You are not checked in."))
    moment = max(_whole(at) if at is not None else this_minute(), entry.started_at + timedelta(minutes=1))
    if moment - entry.started_at > ROUND_THE_CLOCK:
        started = local(entry.started_at, placement.publication.round.district.timezone).date()
        raise Conflict(
            _("You checked in %(day)s and not out. Say when you stopped.", day=day_words(started, "weekday"))
        )
    _set(placement, entry, Worked(entry.started_at, moment, break_minutes, note or entry.note))
    return _keep(actor, placement, entry, ChangeKind.CHECK_OUT)


def write(actor: Actor, placement_id: int, uid: str, worked: Worked) -> TimeEntry:
    """A student writes down work that is over. Flushes. Raises as :func:`check_in`."""
    placement = queries.own(actor, placement_id)
    hold(placement)
    known = _by_uid(placement_id, uid)
    if known is not None:
        return known
    entry = TimeEntry(placement_id=placement_id, uid=_uid(uid), state=EntryState.DRAFT)
    _set(placement, entry, worked)
    return _keep(actor, placement, entry, ChangeKind.WRITE)


def store_sent(actor: Actor, placement_id: int, sent: Sent) -> TimeEntry:
    """Store what a phone kept while it was away, exactly once however often it sends it. Flushes.

    What is there already stays as it is: a correction is made on its page, where one sees what one
    changes. Raises as :func:`check_in`.
    """
    placement = queries.own(actor, placement_id)
    hold(placement)
    known = _by_uid(placement_id, sent.uid)
    if sent.ended_at is None:
        return known or check_in(actor, placement_id, sent.uid, sent.started_at)
    if known is None:
        ended = max(_whole(sent.ended_at), _whole(sent.started_at) + timedelta(minutes=1))
        worked = Worked(_whole(sent.started_at), ended, sent.break_minutes, sent.note)
        return write(actor, placement_id, sent.uid, worked)
    if known.running:
        return check_out(actor, placement_id, sent.ended_at, break_minutes=sent.break_minutes, note=sent.note)
    return known


def correct_own(actor: Actor, placement_id: int, entry_id: int, version: int, worked: Worked) -> TimeEntry:
    """A student corrects an entry that nobody has confirmed. Flushes.

    Raises
    ------
    NotFound
        Where it is not theirs.
    Conflict
        Where it is confirmed, taken back, or somebody has changed it meanwhile.
    DomainError
        As for :func:`check_in`.
    """
    placement = queries.own(actor, placement_id)
    return _change(placement, entry_id, version, OWN, _corrected(actor, placement, worked))


def correct(actor: Actor, placement_id: int, entry_id: int, version: int, worked: Worked) -> TimeEntry:
    """A coordinator corrects an entry; what was confirmed waits for the mentor again. Flushes.
    Raises as :func:`correct_own`."""
    placement = queries.coordinated(actor, placement_id)
    states = (*OWN, EntryState.CONFIRMED)
    return _change(placement, entry_id, version, states, _corrected(actor, placement, worked))


def withdraw_own(actor: Actor, placement_id: int, entry_id: int, version: int) -> TimeEntry:
    """A student takes back an entry that was a mistake: it counts for nothing, and stays on record.
    Flushes. Raises as :func:`correct_own`."""
    placement = queries.own(actor, placement_id)

    def take_back(entry: TimeEntry) -> TimeEntry:
        entry.state = EntryState.WITHDRAWN
        return _keep(actor, placement, entry, ChangeKind.WITHDRAW)

    return _change(placement, entry_id, version, OWN, take_back)


def _corrected(actor: Actor, placement: Placement, worked: Worked) -> Callable[[TimeEntry], TimeEntry]:
    def put_right(entry: TimeEntry) -> TimeEntry:
        before = entry.worked_on
        _set(placement, entry, worked)
        if entry.state is not EntryState.DRAFT:
            entry.state, entry.question = EntryState.SUBMITTED, ""
        return _keep(actor, placement, entry, ChangeKind.CORRECT, before)

    return put_right


def _change(
    placement: Placement,
    entry_id: int,
    version: int,
    states: tuple[EntryState, ...],
    do: Callable[[TimeEntry], TimeEntry],
) -> TimeEntry:
    hold(placement)
    entry = queries.entry(placement.id, entry_id)
    if entry.state not in states:
        raise Conflict(_("It cannot be changed any more. Ask your coordinator."))
    if entry.version != version:
        raise Conflict(_("Somebody changed it meanwhile. Look at what it says now."))
    return do(entry)


def _set(placement: Placement, entry: TimeEntry, worked: Worked) -> None:
    """Put a stretch of work into an entry, once it is judged."""
    _check(placement, worked.started_at, worked.ended_at, entry)
    if not worked.break_minutes >= 0 or worked.minutes < 0:
        raise DomainError(_("The break is longer than the work."), field="break_minutes")
    entry.started_at, entry.ended_at = worked.started_at, worked.ended_at
    entry.break_minutes, entry.minutes = worked.break_minutes, worked.minutes
    entry.note = worked.note.strip()[:MOST_NOTE]
    entry.worked_on = _day(placement, worked.started_at)


def _check(
    placement: Placement, started: datetime, ended: datetime | None, entry: TimeEntry | None = None
) -> None:
    paperwork = db.session.get_one(Paperwork, placement.id)
    first, last = days_of(placement, paperwork)
    if not first <= _day(placement, started) <= last:
        raise DomainError(
            _(
                "This placement is from %(first)s to %(last)s.",
                first=day_words(first, "short"),
                last=day_words(last, "short"),
            ),
            field="day",
        )
    if (ended or started) > clock.now() + OFF:
        raise DomainError(
            _("That is in the future. On a phone, look whether its clock is right."), field="ends"
        )
    if ended is not None and ended <= started:
        raise DomainError(_("The end comes after the beginning. Past midnight? Say so."), field="ends")
    if ended is not None and ended - started > ROUND_THE_CLOCK:
        raise DomainError(_("One entry is at most a day long."), field="ends")
    _check_overlap(placement, started, ended, entry)


def _check_overlap(
    placement: Placement, started: datetime, ended: datetime | None, entry: TimeEntry | None
) -> None:
    """Nobody is in two places at once: all placements of the student are looked at."""
    statement = (
        select(TimeEntry)
        .join(Placement, Placement.id == TimeEntry.placement_id)
        .where(
            Placement.student_id == placement.student_id,
            TimeEntry.state != EntryState.WITHDRAWN,
            or_(TimeEntry.ended_at.is_(None), TimeEntry.ended_at > started),
        )
        .order_by(TimeEntry.started_at)
    )
    if ended is not None:
        statement = statement.where(TimeEntry.started_at < ended)
    if entry is not None and entry.id is not None:
        statement = statement.where(TimeEntry.id != entry.id)
    other = db.session.scalars(statement.limit(1)).first()
    if other is None:
        return
    if other.ended_at is None:
        raise Conflict(_("You are checked in already. Check out first."))
    raise DomainError(_("That time is written down already, or a part of it."), field="begins")


def _keep(
    actor: Actor, placement: Placement, entry: TimeEntry, kind: ChangeKind, before: date | None = None
) -> TimeEntry:
    note_change(actor, entry, kind)
    record(
        actor,
        "hours.write",
        placement,
        district_id=placement.publication.round.district_id,
        entry=entry.id,
        change=kind.value,
    )
    if entry.ended_at is not None:
        look_again(placement, {entry.worked_on, before or entry.worked_on})
    return entry


def note_change(actor: Actor, entry: TimeEntry, kind: ChangeKind) -> None:
    """Add the row of what an entry is after a change. Flushes."""
    entry.version = 1 if entry.id is None else entry.version + 1
    db.session.add(entry)
    db.session.flush()
    db.session.add(
        TimeEntryChange(
            entry_id=entry.id,
            version=entry.version,
            kind=kind,
            at=clock.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            state=entry.state,
            started_at=entry.started_at,
            ended_at=entry.ended_at,
            break_minutes=entry.break_minutes or 0,
            note=entry.note or "",
            question=entry.question or "",
        )
    )
    db.session.flush()


def _by_uid(placement_id: int, uid: str) -> TimeEntry | None:
    return db.session.scalar(
        select(TimeEntry)
        .where(TimeEntry.placement_id == placement_id, TimeEntry.uid == _uid(uid))
        .execution_options(populate_existing=True)
    )


def _uid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise DomainError(_("This form is not whole. Load the page again.")) from None


def _whole(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _day(placement: Placement, moment: datetime) -> date:
    return local(moment, placement.publication.round.district.timezone).date()
