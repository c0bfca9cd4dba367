"""What a letter says: ready values, gathered once, in the family's language.

A letter says nothing of needs, groups or law: none of it is gathered here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from matching.messages import duration_text
from matching.sentences import steps_sentences
from wbl.i18n import spoken
from wbl.people.languages import offered
from wbl.people.models import Guardian
from wbl.placements.models import FamilyLink, Placement

FALLBACK = "en"
WORDS = ("title", "description", "what_to_bring", "directions")


@dataclass(frozen=True, slots=True)
class LetterContent:
    """One letter. Empty text means that the line is left out."""

    language: str
    district: str
    district_phone: str
    district_email: str
    written_on: date
    greeted: str  # the guardian's name, or the student's who is of age
    to_student: bool
    student: str
    school: str
    round_name: str
    title: str
    employer: str
    description: str
    place: str  # site | school | remote
    address: tuple[str, ...]
    schedule: str  # windows in the round format
    starts_on: date | None
    ends_on: date | None
    contact: str
    contact_phone: str
    contact_email: str
    supervisor: str
    what_to_bring: str
    directions: str
    journey: str
    call: str  # whom to call at the school
    link: str
    link_short: str
    spoken: Mapping[str, str]  # by line of the employer's words: the language they are in
    interpreter: Mapping[str, str]  # by language: that an interpreter can be asked for; empty: no need


def family_language(link: FamilyLink) -> str:
    """The language that whoever has this link is written to in: their own where the district offers it,
    else English."""
    return spoken(_tag(link), offered(link.placement.publication.round.district)) or FALLBACK


def _tag(link: FamilyLink) -> str:
    """Their language: what the guardian chose, else what is on record of them, else the student's."""
    tag = ""
    if link.guardian is not None:
        tag = link.guardian.chosen_language or link.guardian.language
    return tag or link.placement.student.language


def interpreter_line(link: FamilyLink) -> dict[str, str]:
    """That an interpreter can be asked for, for whoever reads another language than they are written to in.

    By language: in English, and in their own where it is one that we can say it in. Empty where nothing
    is missing.
    """
    tag = _tag(link)
    if not tag or spoken(tag, offered(link.placement.publication.round.district)) is not None:
        return {}
    own = spoken(tag, current_app.config["FAMILY_LANGUAGES"])
    said = {}
    for language in dict.fromkeys((FALLBACK, own or FALLBACK)):
        with force_locale(language):
            said[language] = _("This is in English. You can ask the school for an interpreter.")
    return said


def journey(explanation: Mapping[str, Any]) -> str:
    """ "About 18 minutes by public transport from school", in the language in force; "" if unknown.

    Where a timetable was asked, the walks and rides of both ways follow.
    """
    placed = explanation.get("placed") or []
    leg = placed[0].get("leg") if placed else None
    if not leg or leg.get("there") is None:
        return ""
    modes = {
        "walk": _("on foot"),
        "bike": _("by bicycle"),
        "transit": _("by public transport"),
        "car": _("by car"),
        "van": _("by the school van"),
    }
    origins = {"school": _("from school"), "home": _("from home")}
    language = str(get_locale().language)
    about = _(
        "About %(time)s %(mode)s %(origin)s.",
        time=duration_text(language, leg["there"]),
        mode=modes.get(leg.get("mode"), ""),
        origin=origins.get(leg.get("from"), ""),
    )
    return " ".join([about, *steps_sentences(leg, language)])


def grouped(token: str) -> str:
    """A token in groups of five, as a letter prints it."""
    return "-".join(token[at : at + 5] for at in range(0, len(token), 5))


def content_of(
    placement: Placement, link: FamilyLink, guardian: Guardian | None, language: str, written_on: date
) -> LetterContent:
    """Gather a letter. Call it under ``force_locale(language)``.

    Parameters
    ----------
    placement
        With offering, opportunity, employer, site, student, school, round and district loaded.
    guardian
        To whom it goes; None: to the student, who is of age.
    """
    offering, student = placement.offering, placement.student
    opportunity = offering.opportunity
    site, district = opportunity.site, placement.publication.round.district
    place = offering.place or "site"
    street = (site.address, f"{site.city} {site.postal_code}".strip()) if site is not None else ()
    at_school = student.school.name if student.school is not None else ""
    return LetterContent(
        language=language,
        district=district.name,
        district_phone=district.phone,
        district_email=district.email,
        written_on=written_on,
        greeted=guardian.name if guardian is not None else student.name,
        to_student=guardian is None,
        student=student.name,
        school=at_school,
        round_name=placement.publication.round.name,
        title=opportunity.said("title", language) or opportunity.external_id,
        employer=opportunity.employer.name if opportunity.employer is not None else "",
        description=opportunity.said("description", language),
        place=place,
        address=_lines(street) if place == "site" else (),
        schedule=offering.schedule,
        starts_on=offering.start_date or placement.publication.round.first_day,
        ends_on=offering.end_date,
        contact=site.contact_name if site is not None else "",
        contact_phone=site.contact_phone if site is not None else "",
        contact_email=site.contact_email if site is not None else "",
        supervisor=opportunity.supervisor,
        what_to_bring=opportunity.said("what_to_bring", language),
        directions=opportunity.said("directions", language) if place == "site" else "",
        journey=journey(placement.explanation) if place == "site" else "",
        call=district.contact_name,
        link=link.address,
        spoken={word: opportunity.said_in(word, language) for word in WORDS},
        interpreter=interpreter_line(link),
        link_short=f"{current_app.config['PUBLIC_URL'].split('://')[-1]}/f/{grouped(link.token)}",
    )


def _lines(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
