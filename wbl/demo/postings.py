"""What a business plausibly offers to students, by the type of business.

The types, tasks, hazards, hours and wages are tables (``tables/business_profiles_*.toml``); what is
drawn here is which of them one business offers, when, for how many, and which adjustments its
place allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from wbl.demo.people import Family
from wbl.demo.records import Opportunity
from wbl.demo.vocabulary import load, need_shares, what_to_bring

SHADOW = 0.12  # share of employers who also take students for a day
PROFILE_PARTS = 3
OF_THE_ROLE = (
    "title",
    "title_es",
    "description",
    "description_es",
    "kind",
    "employment",
    "labor_program",
    "place",
    "riasec",
    "flexible_hours",
    "hazards",
    "drives",
    "min_age",
    "min_grade",
    "open_to",
    "requires_credentials",
    "requires_courses",
    "requires_languages",
)
"""Columns of an opportunity that its row in the table of roles says itself."""
BRING_BY_CLUSTER = {
    "Construction": "shop",
    "Advanced Manufacturing": "shop",
    "Agriculture": "outdoors",
    "Education": "closed_shoes",
    "Healthcare & Human Services": "closed_shoes",
    "Hospitality, Events & Tourism": "closed_shoes",
    "Supply Chain & Transportation": "closed_shoes",
}
DESK = {"P-OFFICE", "P-TRADE-OFFICE-SALES"}


@dataclass(frozen=True, slots=True)
class Employer:
    """A row of the license register, with its name as people would write it."""

    license: str
    name: str
    business_type: str
    address: str
    zip_code: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Season:
    """Where and when work happens (schedules by name), and who works there."""

    city: str
    start_date: date
    end_date: date
    shadow_days: tuple[date, ...]
    schedules: Mapping[str, str]
    families: Mapping[Family, float]
    area_code: str


def profiles() -> dict[str, Mapping[str, Any]]:
    """Return what a business of each type offers, by business type."""
    return {
        business_type: profile
        for part in range(1, PROFILE_PARTS + 1)
        for profile in load(f"business_profiles_{part}")["profile"]
        for business_type in profile["types"]
    }


def offers(
    employer: Employer, profile: Mapping[str, Any], supervisor: str, season: Season, rng: Random
) -> Iterator[Opportunity]:
    """Yield what one employer offers: one or two kinds of work, and sometimes a day of watching."""
    roles = profile["role"]
    count = min(len(roles), rng.choice((1, 1, 2)))
    chosen = rng.sample(roles, count)
    blank = Opportunity(
        opportunity_id="",
        seats=0,
        employer_id=employer.license,
        site_id=employer.license,
        title="",
        kind="internship",
        cluster=profile["cluster"],
        latitude=employer.latitude,
        longitude=employer.longitude,
        start_date=season.start_date,
        end_date=season.end_date,
        supervisor=supervisor,
    )
    for number, role in enumerate(chosen, start=1):
        yield _work(blank, f"{employer.license}-{number}", role, season, rng)
    if rng.random() < SHADOW:
        yield _shadow(blank, f"{employer.license}-day", profile, rng.choice(season.shadow_days), rng)


def _work(
    blank: Opportunity, identifier: str, role: Mapping[str, Any], season: Season, rng: Random
) -> Opportunity:
    remote = role.get("place") == "remote"
    paid = role.get("paid", True)
    low, high = role.get("wage", (0, 0))
    provides, arranges, cannot = _adjustments(role.get("cannot", ()), remote, rng)
    bring, bring_es = what_to_bring("remote" if remote else _bring(blank.cluster, role))
    same: dict[str, Any] = {
        name: tuple(role[name]) if isinstance(role[name], list) else role[name]
        for name in OF_THE_ROLE
        if name in role
    }
    return replace(
        blank,
        opportunity_id=identifier,
        seats=rng.randint(*role["seats"]),
        soc_code=role["soc"],
        schedule=season.schedules[rng.choice(role["when"])],
        paid=paid,
        hourly_wage=rng.randint(low * 4, high * 4) / 4 if paid else None,
        provides=provides,
        arranges=arranges,
        cannot=cannot,
        latitude=None if remote else blank.latitude,
        longitude=None if remote else blank.longitude,
        what_to_bring=bring,
        what_to_bring_es=bring_es,
        **same,
    )


def _bring(cluster: str, role: Mapping[str, Any]) -> str:
    if DESK & set(role.get("hazards", ())):
        return "office"
    return BRING_BY_CLUSTER.get(cluster, "office")


def _shadow(
    blank: Opportunity, identifier: str, profile: Mapping[str, Any], day: date, rng: Random
) -> Opportunity:
    """A day of watching: no work is performed, so it needs no tasks and pays nothing."""
    provides, arranges, cannot = _adjustments((), False, rng)
    bring, bring_es = what_to_bring("shadow")
    riasec = profile["role"][0]["riasec"]
    return replace(
        blank,
        opportunity_id=identifier,
        seats=rng.randint(2, 4),
        title=f"A day in {profile['field']}",
        title_es=f"Un día en {profile['field_es']}",
        kind="job_shadow",
        riasec=tuple(riasec) if isinstance(riasec, list) else riasec,
        schedule=f"{day.isoformat()} 09:00-14:00",
        start_date=day,
        end_date=day,
        provides=provides,
        arranges=arranges,
        cannot=cannot,
        description="Follow the people who do the work for a day and ask them everything. "
        "You watch; no work is performed.",
        description_es="Acompañar por un día a quienes hacen el trabajo y preguntarles todo. "
        "Se observa; no se trabaja.",
        what_to_bring=bring,
        what_to_bring_es=bring_es,
    )


def _adjustments(
    impossible: tuple[str, ...] | list[str], remote: bool, rng: Random
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Split the needs into what a site provides, arranges and cannot do; the rest is unasked."""
    provides, arranges = [], []
    cannot = set(impossible)
    # An old building up a flight of stairs, after review.
    if not remote and rng.random() < 0.12:
        cannot.add("step_free_access")
    for need in need_shares():
        if need in cannot:
            continue
        form = rng.random()
        if form < (0.8 if remote else 0.42):
            provides.append(need)
        elif form < 0.75:
            arranges.append(need)
    return tuple(provides), tuple(arranges), tuple(sorted(cannot))
