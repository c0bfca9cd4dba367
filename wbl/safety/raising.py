"""What a student does: write a draft, raise a concern, add to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError
from wbl.people.models import Student
from wbl.placements.models import Placement, PlacementState
from wbl.safety import concern_queries, queries, telling
from wbl.safety.models import (
    ConcernDraft,
    ConcernEntry,
    ConcernKind,
    ConcernPlace,
    ConcernState,
    EntryKind,
    SafetyConcern,
)

LONGEST = 8000
MOST = 10
WITHIN = timedelta(hours=1)
"""A student may write to the school so often within so long: every time mails go out."""
TWICE = timedelta(minutes=2)
"""The same, tapped again so soon after, is the same tap."""


def save_draft(actor: Actor, words: str) -> None:
    """Keep what a student has begun to write; nothing is left of an empty one. Flushes."""
    _check_length(words)
    student = _locked(actor)
    found = concern_queries.draft(student.id)
    if not words.strip():
        if found is not None:
            db.session.delete(found)
    else:
        if found is None:
            found = ConcernDraft(student_id=student.id)
            db.session.add(found)
        found.words, found.saved_at = words, clock.now()
    db.session.flush()


def raise_concern(
    actor: Actor,
    *,
    kind: ConcernKind,
    place: ConcernPlace,
    placement_id: int | None = None,
    words: str = "",
    to_school: bool = True,
) -> SafetyConcern:
    """A student raises a concern: it is there, and its readers are told, in one transaction. Flushes.

    The opportunity of the placement takes no new students from now on. What was tapped twice in a row is
    raised once.

    Parameters
    ----------
    placement_id
        Where it happened, of the student's own; with ``ConcernPlace.PLACEMENT`` alone.
    to_school
        Whether the contact at the student's school reads it besides the coordinators.

    Raises
    ------
    DomainError
        Where the placement is none of the student's, or too much was sent within an hour: what was
        sent before is there all the same.
    """
    _check_length(words)
    student = _locked(actor)
    placement = _placement(student, place, placement_id)
    twice = _same(student, kind, words)
    if twice is not None:
        return twice
    _check_pace(student)
    now = clock.now()
    found = SafetyConcern(
        district_id=student.district_id,
        student_id=student.id,
        school_id=student.school_id if to_school else None,
        kind=kind,
        place=place,
        placement_id=placement.id if placement is not None else None,
        opportunity_id=placement.offering.opportunity_id if placement is not None else None,
        state=ConcernState.RAISED,
        raised_at=now,
        waits_since=now,
    )
    db.session.add(found)
    db.session.flush()
    entry = add_entry(actor, found, EntryKind.RAISED, words)
    db.session.execute(delete(ConcernDraft).where(ConcernDraft.student_id == student.id))
    record(nameless(actor), "concern.raise", found, district_id=student.district_id)
    telling.tell_readers(found, entry)
    db.session.flush()
    return found


def say_more(actor: Actor, concern_id: int, words: str) -> ConcernEntry:
    """A student adds something: the concern waits again for somebody to read it, also one that was closed.

    Flushes. Raises as :func:`raise_concern`, and NotFound where it is none of theirs.
    """
    if not words.strip():
        raise DomainError(_("Write what you want to add."), field="words")
    _check_length(words)
    student = _locked(actor)
    found = concern_queries.own_concern(actor, concern_id, lock=True)
    last = found.entries[-1]
    if last.kind is EntryKind.SAID and last.words == words.strip() and clock.now() - last.at < TWICE:
        return last
    _check_pace(student)
    found.state, found.waits_since = ConcernState.RAISED, clock.now()
    found.answered_at = found.closed_at = None
    entry = add_entry(actor, found, EntryKind.SAID, words)
    record(nameless(actor), "concern.say", found, district_id=student.district_id)
    telling.tell_readers(found, entry)
    db.session.flush()
    return entry


def add_entry(
    actor: Actor, found: SafetyConcern, kind: EntryKind, words: str = "", *, shared: bool = False
) -> ConcernEntry:
    """One more line of what happened to a concern. Flushes."""
    entry = ConcernEntry(
        concern=found, kind=kind, at=clock.now(), user_id=actor.user_id, words=words.strip(), shared=shared
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def nameless(actor: Actor) -> Actor:
    """Who raised a concern is known to those who may read it, and to nobody who reads the record."""
    return replace(actor, kind="student", id=None)


def first_guess(placements: list[Placement]) -> Placement | None:
    """Where it probably happened, chosen beforehand so that two taps are enough: a placement in force."""
    return next((one for one in placements if one.state is PlacementState.PUBLISHED), None)


def _locked(actor: Actor) -> Student:
    """The student; their own row is locked, so that two taps at once are one after the other."""
    student = queries.own_student(actor)
    db.session.execute(select(Student.id).where(Student.id == student.id).with_for_update(key_share=True))
    return student


def _placement(student: Student, place: ConcernPlace, placement_id: int | None) -> Placement | None:
    if place is not ConcernPlace.PLACEMENT:
        return None
    for placement in queries.placements_of(student.id):
        if placement.id == placement_id:
            return placement
    raise DomainError(_("Choose one of your places."), field="place")


def _same(student: Student, kind: ConcernKind, words: str) -> SafetyConcern | None:
    return db.session.scalar(
        select(SafetyConcern)
        .join(ConcernEntry, ConcernEntry.concern_id == SafetyConcern.id)
        .where(
            SafetyConcern.student_id == student.id,
            SafetyConcern.kind == kind,
            SafetyConcern.raised_at > clock.now() - TWICE,
            ConcernEntry.kind == EntryKind.RAISED,
            ConcernEntry.words == words.strip(),
        )
        .order_by(SafetyConcern.id.desc())
        .limit(1)
    )


def _check_pace(student: Student) -> None:
    sent = db.session.scalar(
        select(func.count(ConcernEntry.id))
        .join(SafetyConcern, SafetyConcern.id == ConcernEntry.concern_id)
        .where(
            SafetyConcern.student_id == student.id,
            ConcernEntry.kind.in_((EntryKind.RAISED, EntryKind.SAID)),
            ConcernEntry.at > clock.now() - WITHIN,
        )
    )
    if (sent or 0) >= MOST:
        raise DomainError(
            _(
                "What you sent within the last hour has arrived: %(most)s messages, and no more fit in. If"
                " you are in danger, call 911 now. Your words are kept below.",
                most=MOST,
            )
        )


def _check_length(words: str) -> None:
    if len(words) > LONGEST:
        raise DomainError(_("Use at most %(most)s characters.", most=LONGEST), field="words")
