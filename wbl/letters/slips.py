"""Paper slips with a square code, for families whom neither mail nor a text reaches.

Three a page. A slip is folded in the middle: outside stands for whom it is, inside the address of the
family's page and no name, so that what is cut off or found open names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.db import db
from wbl.errors import Conflict
from wbl.i18n import local_date
from wbl.letters import rendering
from wbl.letters.content import FALLBACK, family_language, grouped, interpreter_line
from wbl.messages.models import TextConsent, Unreachable
from wbl.people.models import Guardian, School, Student
from wbl.people.reaching import reachable
from wbl.placements.models import FamilyLink, Placement, PlacementState, Publication
from wbl.rounds.models import Round

PAPERS = ("letter", "a4")


@dataclass(frozen=True, slots=True)
class Words:
    """What one slip says."""

    language: str
    student: str
    school: str
    district: str
    phone: str
    to_student: bool
    qr: str
    link_short: str
    expires: date
    interpreter: dict[str, str]


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip, written in its family's language."""

    language: str
    markup: Markup


def count(publication: Publication) -> int:
    """How many families of a publication are reached by neither."""
    return len(_links(publication))


def pdf(publication: Publication, paper: str) -> bytes:
    """Their slips, in the order of schools and names: tagged, for paper of this size.

    Raises
    ------
    Conflict
        Where every family is reached by mail or by a text.
    """
    links = _links(publication)
    if not links:
        raise Conflict(
            _("Every family of this round is reached by mail or by a text: there is no slip to print.")
        )
    slips = [_slip(_words(link)) for link in links]
    page = rendering.typeset_page(
        "letters/slips.html", FALLBACK, style=("letters/slips.css",), slips=slips, paper=paper
    )
    return rendering.pdf(page)


def _links(publication: Publication) -> list[FamilyLink]:
    """The link of each family of which nobody can be written to: of the first who may be told."""
    today = clock.today(publication.round.district.timezone)
    dead = set(
        db.session.scalars(
            select(Unreachable.address).where(
                Unreachable.district_id == publication.round.district_id, Unreachable.lifted_at.is_(None)
            )
        )
    )
    texted = set(
        db.session.scalars(
            select(TextConsent.guardian_id).where(
                TextConsent.district_id == publication.round.district_id,
                TextConsent.guardian_id.is_not(None),
                TextConsent.confirmed_at.is_not(None),
                TextConsent.stopped_at.is_(None),
            )
        )
    )
    student = joinedload(FamilyLink.placement).joinedload(Placement.student)
    links = db.session.scalars(
        select(FamilyLink)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .outerjoin(School, School.id == Student.school_id)
        .where(
            Placement.publication_id == publication.id,
            Placement.state == PlacementState.PUBLISHED,
            FamilyLink.revoked_at.is_(None),
            FamilyLink.expires_at > clock.now(),
        )
        .options(
            joinedload(FamilyLink.guardian),
            student.joinedload(Student.school),
            student.selectinload(Student.guardians),
            joinedload(FamilyLink.placement)
            .joinedload(Placement.publication)
            .joinedload(Publication.round)
            .joinedload(Round.district),
        )
        .order_by(School.name, Student.family_name, Student.given_name, Student.id, FamilyLink.id)
    ).unique()
    first: dict[int, FamilyLink] = {}
    reached: set[int] = set()
    for link in links:
        guardian = link.guardian
        if guardian is not None and not guardian.receives(today):
            continue
        first.setdefault(link.placement_id, link)
        if _is_reached(link.placement.student, guardian, dead, texted):
            reached.add(link.placement_id)
    return [link for placement_id, link in first.items() if placement_id not in reached]


def _is_reached(student: Student, guardian: Guardian | None, dead: set[str], texted: set[int | None]) -> bool:
    address = reachable(student, student.email if guardian is None else guardian.email)
    by_mail = bool(address) and address.lower() not in dead
    return by_mail or (guardian is not None and guardian.id in texted)


def _slip(words: Words) -> Slip:
    with force_locale(words.language):
        return Slip(words.language, Markup(render_template("letters/slip.html", slip=words)))


def _words(link: FamilyLink) -> Words:
    district, student = link.placement.publication.round.district, link.placement.student
    public: str = current_app.config["PUBLIC_URL"]
    return Words(
        language=family_language(link),
        student=student.name,
        school=student.school.name if student.school is not None else "",
        district=district.name,
        phone=district.phone,
        to_student=link.guardian is None,
        qr=rendering.qr_code(link.address),
        link_short=f"{public.split('://')[-1]}/f/{grouped(link.token)}",
        expires=local_date(link.expires_at, district.timezone),
        interpreter=interpreter_line(link),
    )
