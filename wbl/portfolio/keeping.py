"""What a student does with their portfolio: says something, chooses what is in it, adds files, shares it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.credentials.sharing import DAYS, may_share
from wbl.db import db
from wbl.errors import DomainError
from wbl.links import keeping
from wbl.people.models import Student
from wbl.people.queries import hold
from wbl.portfolio import queries, uploads
from wbl.portfolio.models import Artefact, Portfolio, PortfolioLink

MOST_FILES = 12
MOST_LINKS = 10


@dataclass(frozen=True, slots=True)
class Words:
    about: str = ""
    capstone_title: str = ""
    capstone: str = ""


def save(
    actor: Actor,
    words: Words,
    *,
    placements: Collection[int],
    credentials: Collection[int],
    artefacts: Collection[int],
) -> Portfolio:
    """Keep what the student says and what they chose; of others' rows nothing is taken. Flushes."""
    student = _locked(actor)
    found = queries.portfolio(student.id)
    if found is None:
        found = Portfolio(student_id=student.id)
        db.session.add(found)
    found.about, found.capstone = words.about.strip(), words.capstone.strip()
    found.capstone_title = words.capstone_title.strip()
    found.placements = [one.id for one, _done in queries.placements(student.id) if one.id in placements]
    earned = (document.credential_id for document in queries.credentials(student.id))
    found.credentials = [credential_id for credential_id in earned if credential_id in credentials]
    for artefact in queries.artefacts(student.id):
        artefact.shown = artefact.id in artefacts
    found.changed_at = clock.now()
    record(actor, "portfolio.change", student, district_id=student.district_id)
    db.session.flush()
    return found


def add(actor: Actor, title: str, data: bytes) -> Artefact:
    """Keep a file. It is shown to nobody until the student chooses it. Flushes.

    Raises
    ------
    DomainError
        Where there are too many, or as :func:`uploads.checked`.
    """
    student = _locked(actor)
    kind, content = uploads.checked(data)
    count = db.session.scalar(select(func.count()).where(Artefact.student_id == student.id)) or 0
    if count >= MOST_FILES:
        raise DomainError(_("Twelve files are there already. Remove one first."), field="file")
    made = Artefact(
        student_id=student.id,
        title=title.strip(),
        kind=kind,
        size=len(content),
        content=content,
        added_at=clock.now(),
    )
    db.session.add(made)
    record(actor, "portfolio.file_add", student, district_id=student.district_id)
    db.session.flush()
    return made


def remove(actor: Actor, artefact_id: int) -> None:
    """Erase a file. Flushes.

    Raises
    ------
    NotFound
        Where it is not the student's.
    """
    student = _locked(actor)
    db.session.delete(queries.artefact([student.id], artefact_id))
    record(actor, "portfolio.file_remove", student, district_id=student.district_id)
    db.session.flush()


def share(actor: Actor, days: int) -> PortfolioLink:
    """A link that opens for so many days. Flushes.

    Raises
    ------
    DomainError
        Where the student may not share yet, that many links open it, or the days are none to choose from.
    """
    student = _locked(actor)
    if not may_share(student.id):
        raise DomainError(_("Until you are 18, your family says whether you may share this by a link."))
    if days not in DAYS:
        raise DomainError(_("Choose how long the link opens."), field="days")
    if len(queries.links(student.id)) >= MOST_LINKS:
        raise DomainError(_("Ten links open it already. End one first."), field="days")
    link = keeping.make(PortfolioLink, timedelta(days=days), student_id=student.id)
    record(actor, "portfolio.share", student, district_id=student.district_id, link=link.id)
    db.session.flush()
    return link


def unshare(actor: Actor, link_id: int) -> None:
    """End a link. Flushes; raises NotFound where it is none in force of the student's own."""
    student = queries.own_student(actor)
    keeping.revoke(
        actor,
        "portfolio.unshare",
        PortfolioLink,
        link_id,
        PortfolioLink.student_id == student.id,
        subject=student,
        district_id=student.district_id,
    )


def opened(token: str) -> PortfolioLink | None:
    """The link that this token opens now; a family's no ends it as the student's own does."""
    link = queries.link_by_token(token)
    return link if link is not None and may_share(link.student_id) else None


def _locked(actor: Actor) -> Student:
    """The student, held until the end: of two windows one writes after the other."""
    student = queries.own_student(actor)
    hold(student.id)
    return student
