"""Reading letters, scoped to the actor's districts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload, undefer

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import Conflict, NotFound
from wbl.letters.models import Letter, LetterBook, LetterState
from wbl.pagination import Page, paginate
from wbl.people.models import Guardian, School, Student
from wbl.placements.models import Placement, PlacementState, Publication
from wbl.rounds.models import Round


def states(placement_ids: Sequence[int]) -> dict[int, Letter]:
    """The letters of these placements (without their PDF), by placement."""
    statement = select(Letter).where(Letter.placement_id.in_(placement_ids))
    return {letter.placement_id: letter for letter in db.session.scalars(statement)}


def of_publication(
    publication: Publication, *, state: LetterState | None = None, page: int = 1
) -> Page[Letter]:
    """A page of a publication's letters, in the order in which the book prints them."""
    statement = (
        select(Letter)
        .join(Placement, Placement.id == Letter.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .outerjoin(School, School.id == Student.school_id)
        .where(Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
        .options(
            joinedload(Letter.guardian),
            joinedload(Letter.placement).joinedload(Placement.student).joinedload(Student.school),
        )
        .order_by(School.name, Student.family_name, Student.given_name, Student.id)
    )
    if state is not None:
        statement = statement.where(Letter.state == state)
    return paginate(statement, page)


def counts(publication: Publication) -> dict[LetterState, int]:
    statement = (
        select(Letter.state, func.count())
        .join(Placement, Placement.id == Letter.placement_id)
        .where(Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
        .group_by(Letter.state)
    )
    found = {row[0]: row[1] for row in db.session.execute(statement)}
    return {state: found.get(state, 0) for state in LetterState}


def outdated(publication: Publication) -> int:
    """How many written letters are to somebody who may receive nothing any more."""
    today = clock.today(publication.round.district.timezone)
    statement = (
        select(func.count(Letter.id))
        .join(Placement, Placement.id == Letter.placement_id)
        .where(Placement.publication_id == publication.id, ~_may_go_out(today))
        .where(Placement.state == PlacementState.PUBLISHED)
    )
    return db.session.scalar(statement) or 0


def _may_go_out(today: date) -> ColumnElement[bool]:
    """A written letter whose guardian may still receive it, or that is the student's own."""
    receives = exists().where(Guardian.id == Letter.guardian_id, Guardian.receives_on(today))
    return or_(Letter.state == LetterState.HELD, Letter.guardian_id.is_(None), receives)


def _of_coordinator(statement: Select[Any], actor: Actor) -> Select[Any]:
    return statement.join(Round, Round.id == Publication.round_id).where(
        Round.district_id.in_(actor.coordinator_of)
    )


def pdf(actor: Actor, letter_id: int) -> bytes:
    """A written letter.

    Raises
    ------
    NotFound
        Where there is none, it is held, it is another district's, or the guardian whom it is to
        may receive nothing any more.
    """
    statement = (
        select(Letter)
        .join(Placement, Placement.id == Letter.placement_id)
        .join(Publication, Publication.id == Placement.publication_id)
        .where(Letter.id == letter_id)
        .options(
            undefer(Letter.pdf),
            joinedload(Letter.guardian),
            joinedload(Letter.placement)
            .joinedload(Placement.publication)
            .joinedload(Publication.round)
            .joinedload(Round.district),
        )
    )
    letter = db.session.scalar(_of_coordinator(statement, actor))
    if letter is None or letter.pdf is None:
        raise NotFound()
    today = clock.today(letter.placement.publication.round.district.timezone)
    if letter.guardian is not None and not letter.guardian.receives(today):
        raise NotFound()
    return letter.pdf


def book(actor: Actor, round_id: int) -> bytes:
    """All letters of a round's publication in force, for printing.

    Raises
    ------
    NotFound
        Where it is not written (yet), or the round is another district's.
    Conflict
        Where it holds a letter to somebody who may receive nothing any more.
    """
    statement = (
        select(LetterBook)
        .join(Publication, Publication.id == LetterBook.publication_id)
        .where(Publication.round_id == round_id, Publication.withdrawn_at.is_(None))
        .options(undefer(LetterBook.pdf))
    )
    found = db.session.scalar(_of_coordinator(statement, actor))
    if found is None:
        raise NotFound()
    if outdated(found.publication):
        raise Conflict(_("Some of these letters may no longer go out. Have them written again first."))
    return found.pdf


def has_book(publication: Publication) -> bool:
    statement = select(LetterBook.publication_id).where(LetterBook.publication_id == publication.id)
    return db.session.scalar(statement) is not None
