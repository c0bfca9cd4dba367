"""Learning about work, through work, at work: Colorado's three tiers of work-based learning."""

from __future__ import annotations

from collections.abc import Collection

TIERS: dict[str, frozenset[str]] = {
    "learning_about": frozenset({"career_talk", "site_visit", "job_shadow", "simulated"}),
    "learning_through": frozenset(
        {
            *("mentorship", "internship", "clinical", "employer_project", "service_learning"),
            *("school_based_enterprise", "entrepreneurship"),
        }
    ),
    "learning_at": frozenset({"pre_apprenticeship", "apprenticeship"}),
}


def tier_of(kind: str) -> str:
    """The tier of a kind; an empty cell is an internship, as in the round format."""
    kind = kind or "internship"
    return next(tier for tier, kinds in TIERS.items() if kind in kinds)


def next_tier(kinds: Collection[str]) -> list[str]:
    """What comes after the highest tier of these kinds; nothing after the last."""
    tiers = list(TIERS)
    highest = max(tiers.index(tier_of(kind)) for kind in kinds)
    return tiers[highest + 1 : highest + 2]
