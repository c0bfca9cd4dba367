"""What a portfolio shows, for its page, for a link and on paper: what the student chose, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import get_locale

from matching.messages import label
from wbl.credentials import addresses, tokens
from wbl.credentials.issuing import hours_of
from wbl.credentials.models import CredentialDocument
from wbl.credentials.reading import Said, said
from wbl.hours.queries import totals
from wbl.i18n import local_date
from wbl.people.models import Student
from wbl.placements.models import Placement
from wbl.portfolio import queries
from wbl.portfolio.models import Artefact
from wbl.reflections.models import Reflection
from wbl.reflections.queries import portfolio as chosen_reflections


@dataclass(frozen=True, slots=True)
class Worked:
    """A placement, as a résumé tells it."""

    id: int
    kind: str
    title: str
    employer: str
    starts: date
    ends: date
    completed: bool
    skills: tuple[str, ...]
    hours: float | None  # that a mentor confirmed


@dataclass(frozen=True, slots=True)
class Reflected:
    """What a student wrote and chose: questions with their answers in words."""

    day: date
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """A credential that stands; ``address`` says so to whoever asks."""

    id: int
    said: Said
    address: str


@dataclass(frozen=True, slots=True)
class Shown:
    """``timezone``: of the student's district."""

    student: str
    district: str
    timezone: str
    about: str
    capstone_title: str
    capstone: str
    placements: tuple[Worked, ...]
    credentials: tuple[Earned, ...]
    artefacts: tuple[Artefact, ...]
    reflections: tuple[Reflected, ...]

    @property
    def is_empty(self) -> bool:
        said = (self.about, self.capstone_title, self.capstone)
        return not any((*said, self.placements, self.credentials, self.artefacts, self.reflections))


def shown(student: Student) -> Shown:
    """What the student chose, in the language of the page."""
    chosen, district = queries.portfolio(student.id), queries.district_of(student)
    placements = chosen.placements if chosen is not None else []
    credentials = chosen.credentials if chosen is not None else []
    return Shown(
        student=student.name,
        district=district.name,
        timezone=district.timezone,
        about=chosen.about if chosen is not None else "",
        capstone_title=chosen.capstone_title if chosen is not None else "",
        capstone=chosen.capstone if chosen is not None else "",
        placements=tuple(one for one in all_placements(student.id) if one.id in placements),
        credentials=tuple(one for one in all_credentials(student.id) if one.id in credentials),
        artefacts=tuple(one for one in queries.artefacts(student.id) if one.shown),
        reflections=tuple(_reflected(one, district.timezone) for one in chosen_reflections(student.id)),
    )


def all_placements(student_id: int) -> list[Worked]:
    """What a student may choose from."""
    found = queries.placements(student_id)
    worked = totals([placement.id for placement, _done in found])
    return [_worked(placement, done, hours_of(worked[placement.id])) for placement, done in found]


def all_credentials(student_id: int) -> list[Earned]:
    return [_earned(document) for document in queries.credentials(student_id)]


def _worked(placement: Placement, completed: bool, hours: float | None) -> Worked:
    offering, opportunity = placement.offering, placement.offering.opportunity
    placement_round, language = placement.publication.round, str(get_locale().language)
    codes = [code.strip() for code in offering.teaches.split(";") if code.strip()]
    return Worked(
        id=placement.id,
        kind=offering.kind or "internship",
        title=opportunity.said("title", language) or opportunity.external_id,
        employer=opportunity.employer.name if opportunity.employer is not None else "",
        starts=offering.start_date or placement_round.first_day,
        ends=offering.end_date or placement_round.ends_on,
        completed=completed,
        skills=tuple(label(language, f"learn:{code}") for code in codes),
        hours=hours,
    )


def _reflected(reflection: Reflection, timezone: str) -> Reflected:
    """In the words in which it was asked, in the language of the page where it was asked in that."""
    language = str(get_locale().language)
    pairs = [
        (one["words"].get(language) or one["words"].get("en", ""), reflection.answers.get(one["code"]))
        for one in reflection.prompts
        if not one["scale"]
    ]
    day = local_date(reflection.handed_in_at or reflection.saved_at, timezone)
    return Reflected(day, tuple((asked, str(answer)) for asked, answer in pairs if answer))


def _earned(document: CredentialDocument) -> Earned:
    payload = tokens.parse(document.token).payload
    return Earned(document.credential_id, said(payload), addresses.credential(document.credential.uuid))
