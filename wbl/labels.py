"""Codes as words: what templates show instead of a stored code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from babel import Locale, UnknownLocaleError
from flask import Flask
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matching.messages import label
from wbl.clusters import cluster_label
from wbl.jobs.words import due_job_label
from wbl.opportunities.models import Opportunity
from wbl.people.models import School
from wbl.placements.told import ADJUSTMENT, NAME


def code_label(code: str) -> str:
    """An accommodation, reason, condition or other code of the engine, in the page's language."""
    return label(str(get_locale().language), code)


def language_name(tag: str) -> str:
    """ "es" as "Spanish", in the page's language; a tag that nobody knows shows as itself.

    The engine's own name goes before Babel's, which knows few sign languages.
    """
    if not tag:
        return ""
    said = code_label(f"language:{tag}")
    if said != f"language:{tag}" and said != tag:
        return said
    try:
        name = Locale.parse(tag.replace("_", "-"), sep="-").get_display_name(get_locale())
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


_KINDS: Mapping[str, LazyString] = {
    "career_talk": _l("Career talk"),
    "site_visit": _l("Site visit"),
    "job_shadow": _l("Job shadow"),
    "mentorship": _l("Mentorship"),
    "simulated": _l("Simulated workplace"),
    "internship": _l("Internship"),
    "clinical": _l("Clinical placement"),
    "employer_project": _l("Employer project"),
    "service_learning": _l("Service learning"),
    "school_based_enterprise": _l("School-based enterprise"),
    "entrepreneurship": _l("Entrepreneurship"),
    "pre_apprenticeship": _l("Pre-apprenticeship"),
    "apprenticeship": _l("Apprenticeship"),
}


def kind_label(kind: str) -> str:
    """The kind of an opportunity."""
    return str(_KINDS.get(kind, kind))


_ROLES: Mapping[str, LazyString] = {
    "administrator": _l("Administrator"),
    "coordinator": _l("Coordinator"),
    "advisor": _l("Advisor"),
    "school_staff": _l("School staff"),
    "program_lead": _l("Program lead"),
    "student": _l("Student"),
    "employer": _l("Employer"),
}


def role_label(role: str) -> str:
    """A role, as it stands beside a name."""
    return str(_ROLES.get(role, role))


_RETAINED: Mapping[str, LazyString] = {
    "submissions": _l("What students said in a round"),
    "runs": _l("What runs were solved from"),
    "letters": _l("Letters and family links"),
    "consents": _l("Signatures, consents and questions of families"),
    "needs": _l("What students need, groups, birth dates and homes"),
    "accounts": _l("Accounts that were closed"),
    "leavers": _l("Students who have left"),
    "safety": _l("Safety concerns and incidents"),
    "uploads": _l("Uploads that nobody said yes to"),
    "traces": _l("Sessions, links and invitations that ended, and jobs that are done"),
}


def retained_label(kind: str) -> str:
    """What has a period after which it is erased."""
    return str(_RETAINED.get(kind, kind))


_STANDINGS: Mapping[str, LazyString] = {
    "parent": _l("Parent"),
    "court_guardian": _l("Guardian with a court order"),
    "foster_parent": _l("Foster parent"),
    "decision_maker": _l("Appointed to decide on education"),
    "other": _l("Another adult, who may be told"),
    "restricted": _l("Restricted: receives nothing and signs nothing"),
}


def standing_label(standing: str) -> str:
    """By what right an adult speaks for a student."""
    return str(_STANDINGS.get(standing, standing))


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


def webcal(address: str) -> str:
    """The address by which a calendar program takes up a calendar and follows it."""
    return f"webcal://{address.partition('://')[2]}"


def school_option(school: School) -> tuple[int, str]:
    return school.id, school.name or school.external_id


def dictitems_named(counts: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Choices of a filter with their counts: ``[("done", "done (12)"), …]``."""
    return [(code, f"{names[code]} ({count})") for code, count in counts.items()]


FILTERS = (
    code_label,
    due_job_label,
    cluster_label,
    language_name,
    kind_label,
    role_label,
    consent_field,
    standing_label,
    retained_label,
    opportunity_title,
    phone_uri,
    webcal,
    school_option,
    dictitems_named,
)


def init_labels(app: Flask) -> None:
    for function in FILTERS:
        app.add_template_filter(function)
