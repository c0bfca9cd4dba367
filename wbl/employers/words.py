"""Codes of employers as words: items of a vetting, stages of the outreach, how they came."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from wbl.employers.models import EmployerOrigin, OutreachStage, VettingItem

ITEMS: dict[VettingItem, tuple[LazyString, LazyString]] = {
    VettingItem.CONTACT: (_l("Contact called"), _l("Somebody answered, and knows why students come.")),
    VettingItem.SITE: (_l("Site seen"), _l("Somebody of the district was there.")),
    VettingItem.INSURANCE: (
        _l("Insurance"),
        _l("Proof of workers' compensation where work is paid. It lapses when the policy ends."),
    ),
    VettingItem.SAFETY: (_l("Safety"), _l("Safety introduction, protective gear, whom to call.")),
    VettingItem.BACKGROUND: (
        _l("Background-check policy"),
        _l("What the district asks of adults who are alone with students is met."),
    ),
    VettingItem.NON_DISCRIMINATION: (
        _l("Non-discrimination assurance"),
        _l(
            "The signed assurance is on file: nobody is turned away for sex, race, origin, "
            "religion or disability."
        ),
    ),
    VettingItem.SUPERVISION: (_l("Who supervises"), _l("A named adult is there whenever a student is.")),
}
STAGES: dict[OutreachStage, tuple[LazyString, str]] = {
    OutreachStage.PROSPECT: (_l("Prospect"), "neutral"),
    OutreachStage.CONTACTED: (_l("Contacted"), "info"),
    OutreachStage.INTERESTED: (_l("Interested"), "warn"),
    OutreachStage.VETTED: (_l("Vetted"), "good"),
    OutreachStage.HOSTING: (_l("Hosting"), "good"),
    OutreachStage.THANKED: (_l("Thanked"), "neutral"),
}
ORIGINS: dict[EmployerOrigin, LazyString] = {
    EmployerOrigin.FOLDER: _l("Came with a round's files"),
    EmployerOrigin.SIGN_UP: _l("Signed up on the public page"),
    EmployerOrigin.PROSPECT: _l("Added by the district"),
}


def vetting_name(item: VettingItem) -> str:
    return str(ITEMS[item][0])


def vetting_hint(item: VettingItem) -> str:
    return str(ITEMS[item][1])


def stage_name(stage: OutreachStage) -> str:
    return str(STAGES[stage][0])


def stage_kind(stage: OutreachStage) -> str:
    """The kind of tag that shows a stage."""
    return STAGES[stage][1]


def origin_words(origin: EmployerOrigin) -> str:
    return str(ORIGINS[origin])


FILTERS = (vetting_name, vetting_hint, stage_name, stage_kind, origin_words)
