"""What those do who answer for a district or a school: read, note, answer, close, open again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError
from wbl.safety import concern_queries, queries, telling
from wbl.safety.models import (
    ConcernPlace,
    ConcernState,
    EntryKind,
    RequiredReport,
    SafetyConcern,
)
from wbl.safety.raising import LONGEST, add_entry

LEAST = 10
"""Characters of an answer: less says nothing of what was done."""


def read(actor: Actor, concern_id: int) -> SafetyConcern:
    """Open a concern. That it was opened, and by whom, goes on record each time. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or the actor may not read it.
    """
    found = concern_queries.concern(actor, concern_id, lock=True)
    if found.state is ConcernState.RAISED:
        found.state = ConcernState.READ
        add_entry(actor, found, EntryKind.READ)
    record(actor, "concern.read", found, district_id=found.district_id)
    db.session.flush()
    return found


def note(actor: Actor, concern_id: int, words: str) -> None:
    """Write down something for those who read the concern. Flushes."""
    found = _opened(actor, concern_id)
    add_entry(actor, found, EntryKind.NOTED, _said(words))
    record(actor, "concern.note", found, district_id=found.district_id)
    db.session.flush()


def answer(actor: Actor, concern_id: int, words: str, *, shared: bool) -> None:
    """Say what was done. The student is told that there is an answer, and reads it where it is shared.
    Flushes.

    Raises
    ------
    DomainError
        Where hardly anything is said.
    Conflict
        Where nobody has read what is new in it, or it is closed.
    """
    found = _opened(actor, concern_id)
    if found.state not in (ConcernState.READ, ConcernState.ANSWERED):
        raise Conflict(_("This concern is closed. Open it again first."))
    said = _said(words, LEAST)
    found.state, found.answered_at = ConcernState.ANSWERED, clock.now()
    entry = add_entry(actor, found, EntryKind.ANSWERED, said, shared=shared)
    record(actor, "concern.answer", found, district_id=found.district_id, shared=shared)
    telling.tell_student(found, entry)
    db.session.flush()


def close(actor: Actor, concern_id: int) -> None:
    """End a concern that was answered: its opportunity takes new students again, unless another concern
    about it is open. Flushes.

    Raises
    ------
    Conflict
        Where it was not answered since it was raised, added to or opened again.
    """
    found = _opened(actor, concern_id)
    if found.state is not ConcernState.ANSWERED:
        raise Conflict(_("Say first what was done: a concern is closed with an answer."))
    found.state, found.closed_at = ConcernState.CLOSED, clock.now()
    add_entry(actor, found, EntryKind.CLOSED)
    record(actor, "concern.close", found, district_id=found.district_id)
    db.session.flush()


def reopen(actor: Actor, concern_id: int, why: str) -> None:
    """It is not over after all: its opportunity takes no new students again. Flushes.

    Raises
    ------
    Conflict
        Where it is open.
    """
    found = _opened(actor, concern_id)
    if found.state is not ConcernState.CLOSED:
        raise Conflict(_("This concern is open."))
    said = _said(why)
    found.state, found.answered_at, found.closed_at = ConcernState.READ, None, None
    add_entry(actor, found, EntryKind.REOPENED, said)
    record(actor, "concern.reopen", found, district_id=found.district_id)
    db.session.flush()


def correct_place(
    actor: Actor, concern_id: int, place: ConcernPlace, placement_id: int | None, why: str
) -> None:
    """Say that it is about another place than the student tapped: what takes no new students follows.
    Flushes.

    Raises
    ------
    DomainError
        Where the placement is none of the student's, or no reason is given.
    """
    found = _opened(actor, concern_id)
    placement = None
    if place is ConcernPlace.PLACEMENT:
        placements = queries.placements_of(found.student_id)
        placement = next((one for one in placements if one.id == placement_id), None)
        if placement is None:
            raise DomainError(_("Choose one of the student's places."), field="place")
    said = _said(why, field="why")
    found.place = place
    found.placement_id = placement.id if placement is not None else None
    found.opportunity_id = placement.offering.opportunity_id if placement is not None else None
    add_entry(actor, found, EntryKind.PLACED, said)
    record(actor, "concern.place", found, district_id=found.district_id)
    db.session.flush()


def record_report(
    actor: Actor, concern_id: int, *, made_by: str, made_to: str, made_at: datetime, reference: str
) -> RequiredReport:
    """Keep that a report was made which the law requires: by whom, to whom and when. Flushes.

    Raises
    ------
    DomainError
        Where somebody is missing, or the time is still to come.
    """
    found = _opened(actor, concern_id)
    for field, value in (("made_by", made_by), ("made_to", made_to)):
        if len(value.strip()) < 2:
            raise DomainError(_("Enter a name."), field=field)
    if made_at > clock.now():
        raise DomainError(_("This time is still to come."), field="on")
    made = RequiredReport(
        concern_id=found.id,
        made_by=made_by.strip()[:200],
        made_to=made_to.strip()[:200],
        made_at=made_at,
        reference=reference.strip()[:200],
        recorded_by=actor.user_id,
        recorded_at=clock.now(),
    )
    db.session.add(made)
    record(actor, "concern.report", found, district_id=found.district_id)
    db.session.flush()
    return made


def _opened(actor: Actor, concern_id: int) -> SafetyConcern:
    """A concern that the actor has opened, locked.

    Raises
    ------
    Conflict
        Where they have not, or something was added since.
    """
    found = concern_queries.concern(actor, concern_id, lock=True)
    if found.state is ConcernState.RAISED or not queries.has_opened(actor, found):
        raise Conflict(_("Open the concern and read it first: something in it may be new."))
    return found


def _said(words: str, least: int = 3, field: str = "words") -> str:
    if len(words.strip()) < least:
        raise DomainError(_("Say it in a few words: it is kept on record."), field=field)
    if len(words) > LONGEST:
        raise DomainError(_("Use at most %(most)s characters.", most=LONGEST), field=field)
    return words
