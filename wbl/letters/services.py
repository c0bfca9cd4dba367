"""Writing letters and mailing families: what the worker does after a publication."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.i18n import local_date
from wbl.jobs import mail, outbox
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.letters import rendering
from wbl.letters.content import (
    FALLBACK,
    LetterContent,
    content_of,
    family_language,
    interpreter_line,
)
from wbl.letters.models import Letter, LetterBook, LetterState
from wbl.messages import texting
from wbl.opportunities.models import Offering, Opportunity
from wbl.paper.batches import draw_all, in_batches
from wbl.paper.binding import Book
from wbl.paper.shelf import Place, Shelf
from wbl.people.models import Guardian, School, Student
from wbl.people.reaching import reachable
from wbl.placements.models import FamilyLink, Placement, PlacementState, Publication
from wbl.rounds.models import Round

log = logging.getLogger("wbl.letters")
STORED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Draft:
    placement_id: int
    guardian_id: int | None
    content: LetterContent | None  # None: nobody may receive it


@dataclass(frozen=True, slots=True)
class _Written:
    files: dict[int, Place]  # by placement
    book: bytes | None  # None: there is no letter in it


def write_letters(payload: dict[str, Any]) -> None:
    """Write the letters of a publication, and the book of them all (outbox handler).

    After a change of a publication in force only the letters that are ``changed`` are written; the
    book is made anew of all that are in force.

    Reading, drawing and storing are apart: drawing takes seconds, is shared out to other processes, and
    holds no transaction. All letters are stored at once, so that a kill leaves those that were there, and
    doing it twice gives the same letters once.
    """
    publication_id = int(payload["publication_id"])
    changed = payload.get("changed")
    drafts = _drafts(publication_id)
    db.session.rollback()  # gives the read snapshot back before the long part
    if drafts is None:
        return
    with Shelf() as shelf:
        written = _write(publication_id, drafts, changed, shelf)
        if written is None:
            return
        new = [draft for draft in drafts if changed is None or draft.placement_id in changed]
        with transaction():
            if _in_force(publication_id):
                _store(publication_id, new, written, shelf)


def _write(
    publication_id: int, drafts: list[_Draft], changed: list[int] | None, shelf: Shelf
) -> _Written | None:
    """Draw the letters and the book; None where the publication is withdrawn meanwhile."""
    letters = [draft for draft in drafts if draft.content is not None]
    own = [draft for draft in letters if changed is None or draft.placement_id in changed]
    owned = {draft.placement_id for draft in own}
    sheets = (
        rendering.sheet(draft.content, own_file=draft.placement_id in owned)
        for draft in letters
        if draft.content is not None
    )
    files: list[Place] = []
    book = Book()
    number = 0
    with closing(draw_all(sheets, len(letters), current_app.config["LETTER_PROCESSES"])) as batches:
        for batch in batches:
            files += map(shelf.put, batch.files)
            book.add(batch.leaves)
            number += batch.sheets
            log.info("%s of %s letters written", number, len(letters))
            with transaction():
                outbox.still_at_it(publication_id)
                going_on = _in_force(publication_id)
            if not going_on:
                return None
    places = dict(zip((draft.placement_id for draft in own), files, strict=True))
    return _Written(places, book.written() if book else None)


def write_again(actor: Actor, publication: Publication, district_id: int) -> None:
    """Have all letters of a publication written anew: contacts have changed since. Flushes.

    Raises
    ------
    Conflict
        Where they are being written now.
    """
    earlier = list(
        db.session.scalars(
            select(OutboxItem).where(
                OutboxItem.kind == OutboxKind.LETTERS,
                OutboxItem.payload["publication_id"].as_integer() == publication.id,
            )
        )
    )
    if any(item.state in (OutboxState.PENDING, OutboxState.TAKEN) for item in earlier):
        raise Conflict(_("The letters are being written now. Wait a moment."))
    key = f"letters:{publication.id}:{len(earlier) + 1}"
    payload = {"publication_id": publication.id}
    outbox.enqueue(OutboxKind.LETTERS, key, payload, district_id=district_id)
    record(actor, "letters.again", publication, district_id=district_id)
    db.session.flush()


def _in_force(publication_id: int) -> bool:
    found = db.session.get(Publication, publication_id)
    return found is not None and found.withdrawn_at is None


def _drafts(publication_id: int) -> list[_Draft] | None:
    """What is to be written, in the order of schools and names; None where it was withdrawn."""
    if not _in_force(publication_id):
        return None
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    placements = db.session.scalars(
        select(Placement)
        .join(Student, Student.id == Placement.student_id)
        .outerjoin(School, School.id == Student.school_id)
        .where(Placement.publication_id == publication_id, Placement.state == PlacementState.PUBLISHED)
        .options(
            opportunity.joinedload(Opportunity.employer),
            opportunity.joinedload(Opportunity.site),
            joinedload(Placement.student).joinedload(Student.school),
            joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
        )
        .order_by(School.name, Student.family_name, Student.given_name, Student.id)
    ).all()
    links = _first_links(publication_id)
    return [_draft(placement, links.get(placement.id)) for placement in placements]


def _first_links(publication_id: int) -> dict[int, FamilyLink]:
    """The link that each letter carries: that of the first person who may receive it."""
    found: dict[int, FamilyLink] = {}
    statement = (
        select(FamilyLink)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .where(Placement.publication_id == publication_id, FamilyLink.revoked_at.is_(None))
        .options(joinedload(FamilyLink.guardian))
        .order_by(FamilyLink.id)
    )
    timezone = db.session.get_one(Publication, publication_id).round.district.timezone
    today = clock.today(timezone)
    for link in db.session.scalars(statement):
        if link.guardian is None or link.guardian.receives(today):
            found.setdefault(link.placement_id, link)
    return found


def _draft(placement: Placement, link: FamilyLink | None) -> _Draft:
    if link is None:
        return _Draft(placement.id, None, None)
    language = family_language(link)
    written_on = clock.today(placement.publication.round.district.timezone)
    with force_locale(language):
        content = content_of(placement, link, link.guardian, language, written_on)
    return _Draft(placement.id, link.guardian_id, content)


def _store(publication_id: int, drafts: list[_Draft], written: _Written, shelf: Shelf) -> None:
    """Put the letters of the drafts, and the book, in the place of those that are there."""
    moment = clock.now()
    for some in in_batches(drafts, STORED_AT_ONCE):
        ids = [draft.placement_id for draft in some]
        db.session.execute(delete(Letter).where(Letter.placement_id.in_(ids)))
        rows = [
            {
                "placement_id": draft.placement_id,
                "guardian_id": draft.guardian_id,
                "state": LetterState.HELD if draft.content is None else LetterState.WRITTEN,
                "language": draft.content.language if draft.content is not None else FALLBACK,
                "pdf": shelf.get(written.files[draft.placement_id]) if draft.content is not None else None,
                "written_at": moment,
            }
            for draft in some
        ]
        db.session.execute(insert(Letter), rows)
    db.session.execute(delete(LetterBook).where(LetterBook.publication_id == publication_id))
    if written.book is not None:
        db.session.add(LetterBook(publication_id=publication_id, pdf=written.book, written_at=moment))
    db.session.flush()


def letter_for_link(link: FamilyLink, placement: Placement) -> bytes:
    """The letter as the holder of this link downloads it: to them, with their own link in it."""
    draft = _draft(placement, link)
    assert draft.content is not None
    return rendering.pdf(rendering.typeset(draft.content))


def address_of(placement: Placement, guardian: Guardian | None) -> str:
    """Where mail to a guardian (None: to the student) may go today; "" where it may go nowhere."""
    today = clock.today(placement.publication.round.district.timezone)
    if guardian is not None and not guardian.receives(today):
        return ""
    return reachable(placement.student, placement.student.email if guardian is None else guardian.email)


def send_family_mail(payload: dict[str, Any]) -> None:
    """Tell one recipient that there is a letter (outbox handler).

    Who may receive is asked again now, not when it was queued. The mail holds the link alone: no
    name of the student, no employer.
    """
    placement_id, guardian_id = int(payload["placement_id"]), payload["guardian_id"]
    if not _in_force(int(payload["publication_id"])):
        return
    link = db.session.scalar(
        select(FamilyLink).where(
            FamilyLink.placement_id == placement_id,
            FamilyLink.guardian_id == guardian_id
            if guardian_id is not None
            else FamilyLink.guardian_id.is_(None),
            FamilyLink.revoked_at.is_(None),
        )
    )
    placement = db.session.get(Placement, placement_id)
    if link is None or placement is None:
        return
    guardian = link.guardian
    address = address_of(placement, guardian)
    if not address:
        if guardian is not None:
            texting.to_guardian(guardian)
        return  # the printed letter is their way
    district = placement.publication.round.district
    name = guardian.name if guardian is not None else placement.student.name
    with force_locale(family_language(link)):
        subject = _("A letter from %(district)s", district=district.name)
        body = render_template(
            "emails/letter.txt",
            name=name,
            district=district,
            link=link.address,
            expires=local_date(link.expires_at, district.timezone),
            to_student=guardian is None,
            interpreter=interpreter_line(link),
        )
    message = mail.message(
        to=address, subject=subject, body=body, message_id=f"letter-{placement_id}-{guardian_id or 'student'}"
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
