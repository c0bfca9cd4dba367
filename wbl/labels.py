"""Codes as words: what templates show instead of a stored code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Flask
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from matching.messages import label
from wbl.opportunities.models import Opportunity
from wbl.people.models import School
from wbl.placements.consents import ADJUSTMENT
from wbl.placements.queries import NAME


def code_label(code: str) -> str:
    """An accommodation, reason, condition or other code of the engine, in the page's language."""
    return label(str(get_locale().language), code)


def language_name(tag: str) -> str:
    """ "es" as "Spanish", in the page's language; a tag that nobody knows shows as itself."""
    if not tag:
        return ""
    try:
        name = Locale.parse(tag, sep="-").get_display_name(get_locale())
    except (UnknownLocaleError, ValueError):
        return tag
    return (name or tag).capitalize() if get_locale().language == "en" else (name or tag)


def kind_label(kind: str) -> str:
    """The kind of an opportunity."""
    names = {
        "career_talk": _("Career talk"),
        "site_visit": _("Site visit"),
        "job_shadow": _("Job shadow"),
        "mentorship": _("Mentorship"),
        "simulated": _("Simulated workplace"),
        "internship": _("Internship"),
        "clinical": _("Clinical placement"),
        "employer_project": _("Employer project"),
        "service_learning": _("Service learning"),
        "school_based_enterprise": _("School-based enterprise"),
        "entrepreneurship": _("Entrepreneurship"),
        "pre_apprenticeship": _("Pre-apprenticeship"),
        "apprenticeship": _("Apprenticeship"),
    }
    return names.get(kind, kind)


def action_label(action: str) -> str:
    """What an audit row records."""
    names = {
        "account.create": _("Made a sign-in"),
        "account.password": _("Set a new password"),
        "account.sign_in": _("Signed in"),
        "consent.record": _("Recorded a consent given on paper"),
        "consent.give": _("Answered what an employer may be told"),
        "district.create": _("Set up the district"),
        "district.edit": _("Changed what letters say of the district"),
        "job.retry": _("Tried a job again"),
        "letters.again": _("Had letters written again"),
        "link.create": _("Made a family link"),
        "link.revoke": _("Revoked a family link"),
        "pin.forbid": _("Forbade a pair"),
        "pin.remove": _("Took back what was required or forbidden"),
        "pin.require": _("Required a pair"),
        "round.change": _("Changed a round's name, dates or goals"),
        "round.create": _("Created a round"),
        "round.export_full": _("Exported a round with names"),
        "round.import": _("Imported files into a round"),
        "round.publish": _("Published placements"),
        "round.withdraw": _("Withdrew a publication"),
        "run.done": _("Solved a round"),
        "run.failed": _("Could not solve a round"),
        "run.queue": _("Asked for a solve"),
        "run.stop": _("Stopped a solve"),
        "run.stopped": _("The solve ended without a result"),
    }
    return names.get(action, action)


def actor_label(kind: str) -> str:
    """Who acted, where it was no user with a name."""
    names = {
        "family_link": _("A family, by its link"),
        "worker": _("The worker"),
        "command": _("A command on the server"),
        "user": _("A user"),
    }
    return names.get(kind, kind)


def subject_label(subject: str) -> str:
    """What kind of thing an audit row is about."""
    names = {
        "district": _("District"),
        "family_link": _("Family link"),
        "outbox_item": _("Job"),
        "pin": _("Decision"),
        "placement": _("Placement"),
        "round": _("Round"),
        "solve_run": _("Run"),
        "user": _("User"),
    }
    return names.get(subject, subject)


def detail_words(details: Mapping[str, Any]) -> list[str]:
    """What an audit row says beyond its action; identifiers, which only a program reads, are left out."""
    said = []
    if "asked" in details:
        said.append(_("%(granted)s of %(asked)s answered with yes", **details))
    number = details.get("number", details.get("run"))
    if number is not None:
        said.append(_("Run %(number)s", number=number))
    counted = {
        "placed": lambda n: ngettext("%(num)s placement", "%(num)s placements", n),
        "students": lambda n: ngettext("%(num)s student", "%(num)s students", n),
        "opportunities": lambda n: ngettext("%(num)s opportunity", "%(num)s opportunities", n),
        "preferences": lambda n: ngettext("%(num)s preference", "%(num)s preferences", n),
    }
    return said + [words(details[name]) for name, words in counted.items() if name in details]


def consent_question(field: str, student: str) -> str:
    """What is asked about one field of a consent, as a question."""
    if field == NAME:
        return _("May they know that the student is %(student)s?", student=student)
    adjustment = code_label(field.removeprefix(ADJUSTMENT))
    return _("May they be told to prepare this: %(adjustment)s?", adjustment=adjustment)


def consent_field(field: str, student: str) -> str:
    """What an answer of a consent is about, as the term of a list."""
    if field == NAME:
        return _("The name: %(student)s", student=student)
    return _("This adjustment: %(adjustment)s", adjustment=code_label(field.removeprefix(ADJUSTMENT)))


def opportunity_title(opportunity: Opportunity) -> str:
    """The title in the page's language; the identifier where it has none."""
    return opportunity.said("title", str(get_locale().language)) or opportunity.external_id


def phone_uri(number: str) -> str:
    """The address that a telephone dials: "(555) 555-0100 ext. 7" is ``tel:5555550100;ext=7`` (RFC 3966)."""
    main, _word, extension = re.sub(r"\b(ext\.?|extension)|#", "x", number.lower()).partition("x")
    plus = "+" if main.strip().startswith("+") else ""
    dialed, inner = (re.sub(r"\D", "", part) for part in (main, extension))
    return f"tel:{plus}{dialed}" + (f";ext={inner}" if inner else "")


def school_option(school: School) -> tuple[int, str]:
    return school.id, school.name or school.external_id


def action_option(action: str) -> tuple[str, str]:
    return action, action_label(action)


def dictitems_named(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Choices of a filter with their counts: ``[("done", "done (12)"), …]``."""
    return [(code, f"{names[code]} ({count})") for code, count in counts.items()]


FILTERS = (
    code_label,
    language_name,
    kind_label,
    action_label,
    actor_label,
    consent_field,
    detail_words,
    subject_label,
    opportunity_title,
    phone_uri,
    school_option,
    action_option,
    dictitems_named,
)


def init_labels(app: Flask) -> None:
    for function in FILTERS:
        app.add_template_filter(function)
