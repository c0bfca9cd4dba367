"""The record of incidents and injuries: kept, corrected with what was there, closed with an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError
from wbl.people.models import Student
from wbl.placements.models import Placement
from wbl.safety import incident_queries, queries
from wbl.safety.models import Incident, IncidentVersion, Reported

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Told:
    """Whom somebody told, how, and when; nobody yet: empty, without a time."""

    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of an incident."""

    happened_at: datetime
    place: str
    what: str
    injury: str
    treatment: str
    guardian: Told
    employer: Told
    insurer: Told
    osha: Reported
    workers_comp: Reported
    follow_up: str


def keep(actor: Actor, student_id: int, placement_id: int | None, facts: Facts) -> Incident:
    """Begin the record of an incident. Flushes.

    Raises
    ------
    NotFound
        Where the actor keeps no record of this student.
    DomainError
        Where place or event is missing, the placement is none of the student's, or a time is still to come.
    """
    student = incident_queries.student(actor, student_id)
    found = Incident(
        district_id=student.district_id,
        student_id=student.id,
        school_id=student.school_id,
        placement_id=_placement(student, placement_id),
        kept_at=clock.now(),
    )
    db.session.add(found)
    db.session.flush()
    _add_version(actor, found, 1, facts, "")
    record(actor, "incident.keep", found, district_id=found.district_id)
    db.session.flush()
    return found


def read(actor: Actor, incident_id: int) -> Incident:
    """Open the record of an incident. That it was opened, and by whom, goes on record each time. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or the actor may not read it.
    """
    found = incident_queries.incident(actor, incident_id)
    record(actor, "incident.read", found, district_id=found.district_id)
    db.session.flush()
    return found


def correct(actor: Actor, incident_id: int, facts: Facts, why: str) -> Incident:
    """Another version of what is kept, with the reason; what was there stays beside it. Flushes.

    Raises
    ------
    DomainError
        As :func:`keep`, and where no reason is given or nothing is another.
    Conflict
        Where the actor has not opened it.
    """
    found = _opened(actor, incident_id)
    if len(why.strip()) < 3:
        raise DomainError(_("Say why, in a few words: it is kept on record."), field="why")
    newest = found.versions[-1]
    if all(getattr(newest, name) == value for name, value in _columns(facts).items()):
        raise DomainError(_("Nothing was changed."))
    _add_version(actor, found, newest.number + 1, facts, why)
    record(actor, "incident.correct", found, district_id=found.district_id, version=newest.number + 1)
    db.session.flush()
    return found


def close(actor: Actor, incident_id: int, answer: str) -> None:
    """End it, saying what was done. Flushes.

    Raises
    ------
    DomainError
        Where hardly anything is said.
    Conflict
        Where the actor has not opened it, it is closed, or something has still to be reported.
    """
    found = _opened(actor, incident_id)
    if found.closed_at is not None:
        raise Conflict(_("This record is closed."))
    if len(answer.strip()) < 10:
        raise DomainError(_("Say what was done: it is kept on record."), field="answer")
    newest = found.versions[-1]
    if Reported.NO in (newest.osha, newest.workers_comp):
        raise Conflict(
            _("Something is still to be reported. Correct the record once it is, or once it need not be.")
        )
    found.answer, found.closed_at, found.closed_by = answer.strip()[:LONGEST], clock.now(), actor.user_id
    record(actor, "incident.close", found, district_id=found.district_id)
    db.session.flush()


def reopen(actor: Actor, incident_id: int) -> None:
    """It is not over after all; what was said at its end stays until it is closed anew. Flushes."""
    found = _opened(actor, incident_id)
    if found.closed_at is None:
        raise Conflict(_("This record is open."))
    found.closed_at = found.closed_by = None
    record(actor, "incident.reopen", found, district_id=found.district_id)
    db.session.flush()


def _opened(actor: Actor, incident_id: int) -> Incident:
    """An incident that the actor has opened, locked.

    Raises
    ------
    Conflict
        Where they have not.
    """
    found = incident_queries.incident(actor, incident_id, lock=True)
    if not queries.has_opened(actor, found):
        raise Conflict(_("Open the record and read it first: it may have been corrected since."))
    return found


def _add_version(actor: Actor, found: Incident, number: int, facts: Facts, why: str) -> None:
    _check(facts)
    db.session.add(
        IncidentVersion(
            incident=found,
            number=number,
            kept_by=actor.user_id,
            kept_at=clock.now(),
            why=why.strip()[:LONGEST],
            **_columns(facts),
        )
    )
    db.session.flush()


def _check(facts: Facts) -> None:
    if len(facts.place.strip()) < 2:
        raise DomainError(_("Say where it happened."), field="place")
    if len(facts.what.strip()) < 3:
        raise DomainError(_("Say what happened."), field="what")
    now = clock.now()
    if facts.happened_at > now:
        raise DomainError(_("This time is still to come."), field="on")
    for name in ("guardian", "employer", "insurer"):
        told: Told = getattr(facts, name)
        if told.at is not None and told.at > now:
            raise DomainError(_("This time is still to come."), field=f"{name}_on")
        if told.at is not None and not told.who.strip():
            raise DomainError(_("Say who was told, and by whom."), field=f"{name}_who")


def _columns(facts: Facts) -> dict[str, object]:
    """The facts as the columns of a version, without space around words."""
    plain = {
        name: getattr(facts, name)
        for name in asdict(facts)
        if name not in ("guardian", "employer", "insurer")
    }
    found = {name: value.strip() if type(value) is str else value for name, value in plain.items()}
    for name in ("guardian", "employer", "insurer"):
        told: Told = getattr(facts, name)
        found[f"{name}_told"], found[f"{name}_told_at"] = told.who.strip(), told.at
    return found


def _placement(student: Student, placement_id: int | None) -> int | None:
    if placement_id is None:
        return None
    found: list[Placement] = queries.placements_of(student.id)
    if placement_id not in {one.id for one in found}:
        raise DomainError(_("Choose one of the student's places."), field="placement")
    return placement_id
