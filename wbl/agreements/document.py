"""The training agreement: the facts it is made from, its text in the language in force, its digest.

The English text is what is signed and rules; in other languages the same facts are told again, as a
help to read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from matching.files.columns import OBSERVATION_KINDS
from matching.messages import label
from wbl.agreements.clauses import clauses
from wbl.agreements.models import Paperwork
from wbl.i18n import days, number, windows
from wbl.opportunities.answers import FACTORS
from wbl.opportunities.models import Posting
from wbl.opportunities.words import FACTOR_QUESTIONS, task_words
from wbl.placements.models import Placement

FORMAT = 1
RULING = "en"
"""The language of the text that is signed."""
AGREEMENT, PERMIT = "agreement:", "permit"

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document. ``rows``: terms with their values."""

    heading: str
    rows: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def facts_of(placement: Placement, paperwork: Paperwork, posting: Posting | None) -> dict[str, Any]:
    """What is known and goes into the document: plain values, in no language.

    Parameters
    ----------
    placement
        With offering, opportunity, employer, site, student, school, round and district loaded.
    """
    offering, student = placement.offering, placement.student
    opportunity, placement_round = offering.opportunity, placement.publication.round
    site, district = opportunity.site, placement_round.district
    answers = posting.answers if posting is not None else {}
    starts = offering.start_date or placement_round.first_day
    return {
        "student": student.name,
        "school": student.school.name if student.school is not None else "",
        "district": district.name,
        "school_contact": district.contact_name,
        "school_phone": district.phone,
        "employer": opportunity.employer.name if opportunity.employer is not None else "",
        "place": offering.place or "site",
        "address": [line for line in _address(site) if line],
        # Whom the employer is asked to confirm: with a yes the document stays as it was signed.
        "supervisor": paperwork.supervisor or expected_supervisor(placement),
        "title": opportunity.title or opportunity.external_id,
        "description": opportunity.description,
        "learn_before": opportunity.learn_before,
        "tasks": answers.get("tasks", []),
        "own_tasks": answers.get("own_tasks", ""),
        "kind": offering.kind,
        "observes": offering.employment == "observation" or offering.kind in OBSERVATION_KINDS,
        "starts_on": starts.isoformat(),
        "ends_on": (offering.end_date or placement_round.ends_on).isoformat(),
        "schedule": offering.schedule,
        "hours_per_week": offering.hours_per_week,
        "paid": offering.paid,
        "hourly_wage": offering.hourly_wage,
        "orders": sorted(
            code.removeprefix(AGREEMENT) for code in placement.conditions if code.startswith(AGREEMENT)
        ),
        "permit": PERMIT in placement.conditions,
        "factors": {name: answers["factors"].get(name, "") for name in FACTORS}
        if answers.get("factors") and offering.employment == "trainee"
        else {},
    }


def expected_supervisor(placement: Placement) -> str:
    """Who supervises, as far as the posting or the site says before the employer confirms it."""
    opportunity = placement.offering.opportunity
    return opportunity.supervisor or (opportunity.site.contact_name if opportunity.site is not None else "")


def _address(site: Any) -> tuple[str, ...]:
    return () if site is None else (site.name, site.address, f"{site.city} {site.postal_code}".strip())


def content_of(facts: Facts) -> dict[str, Any]:
    """What one version stores, and what its digest is of: the facts and the English text."""
    with force_locale(RULING):
        text = [asdict(section) for section in sections(facts)]
    # As it comes back from the database: a list is a list.
    content: dict[str, Any] = json.loads(json.dumps({"format": FORMAT, "facts": facts, "text": text}))
    return content


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that the digest is of: JSON with sorted keys, no spaces, in UTF-8."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def ruling_text(content: Mapping[str, Any]) -> list[Section]:
    """The English text as it was stored, and as it is signed."""
    return [
        Section(
            one["heading"],
            tuple((term, value) for term, value in one["rows"]),
            tuple(one["paragraphs"]),
            tuple(one["items"]),
        )
        for one in content["text"]
    ]


def sections(facts: Facts) -> list[Section]:
    """The whole document in the language in force."""
    found = [_parties(facts), _when(facts), _work(facts)]
    if facts["orders"]:
        found.append(_student_learner(facts))
    if facts["factors"]:
        found.append(_unpaid(facts))
    return found + [Section(heading, items=tuple(items)) for heading, items in clauses(facts)]


def _rows(*rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((term, value) for term, value in rows if value)


def _parties(facts: Facts) -> Section:
    school = ", ".join(filter(None, (facts["school"], facts["district"])))
    contact = " · ".join(filter(None, (facts["school_contact"], facts["school_phone"])))
    place = {"remote": _("From a computer, at home or at school"), "school": _("At the student's school")}
    return Section(
        _("Who agrees"),
        _rows(
            (_("Student"), facts["student"]),
            (_("School"), school),
            (_("Contact at the school"), contact),
            (_("Employer"), facts["employer"] or facts["title"]),
            (_("Place of work"), place.get(facts["place"]) or ", ".join(facts["address"])),
            (_("Supervisor"), facts["supervisor"] or _("The employer names one before the first day.")),
        ),
    )


def _when(facts: Facts) -> Section:
    hours = facts["hours_per_week"]
    return Section(
        _("When, and for what pay"),
        _rows(
            (_("Dates"), days_of(facts)),
            (_("Times"), windows(facts["schedule"]) or _("As agreed with the employer, within the law")),
            (_("Hours a week"), hours),
            (_("Pay"), pay_of(facts)),
        ),
    )


def days_of(facts: Facts) -> str:
    return days(date.fromisoformat(facts["starts_on"]), date.fromisoformat(facts["ends_on"]))


def pay_of(facts: Facts) -> str:
    """What the student earns, as far as it is known."""
    if facts["observes"]:
        return _("None: the student watches and does no work.")
    if facts["paid"] == "yes" and facts["hourly_wage"]:
        return _("%(dollars)s dollars an hour", dollars=number(float(facts["hourly_wage"]), 2))
    if facts["paid"] == "yes":
        return _("Paid, at least what the law asks for")
    return _("Not paid") if facts["paid"] == "no" else _("To be agreed in writing before the first day")


def _work(facts: Facts) -> Section:
    tasks = task_words({"tasks": facts["tasks"], "own_tasks": facts["own_tasks"]})
    paragraphs = [facts["title"], facts["description"]]
    if facts["learn_before"]:
        paragraphs.append(_("Before the start the student learns: %(what)s", what=facts["learn_before"]))
    paragraphs.append(
        _("The employer begins with what is simple, shows each task before it is done alone, and adds to it.")
    )
    return Section(
        _("Tasks and training plan"), paragraphs=tuple(filter(None, paragraphs)), items=tuple(tasks)
    )


def _student_learner(facts: Facts) -> Section:
    """What 29 CFR 570.50(c) asks a written agreement to say; it names the student."""
    language = str(get_locale().language)
    return Section(
        _("Student-learner: %(student)s", student=facts["student"]),
        paragraphs=(
            _(
                "Some of this work is closed to people under 18. The law lets %(student)s do it only as a "
                "student-learner under this agreement (29 CFR 570.50(c)).",
                student=facts["student"],
            ),
            *(label(language, order) for order in facts["orders"]),
        ),
        items=(
            _(
                "%(student)s is enrolled in a cooperative vocational training program.",
                student=facts["student"],
            ),
            _("The work named here is incidental to the training."),
            _(
                "It is done now and then and for short periods, under the direct and close supervision of a "
                "qualified and experienced person."
            ),
            _("The school teaches safety, and the employer goes on with it at the place of work."),
            _("The employer and the school have a schedule of work that builds up step by step."),
            _("The school and the employer each keep a signed copy."),
        ),
    )


def _unpaid(facts: Facts) -> Section:
    said = {"yes": _("Yes"), "no": _("No")}
    return Section(
        _("Why this placement may be unpaid"),
        tuple(
            (str(FACTOR_QUESTIONS[name]), said.get(facts["factors"].get(name, ""), "–")) for name in FACTORS
        ),
        (_("The employer answered these seven questions; no single answer decides."),),
    )
