"""What counts as work-based learning in a district's report: its state decides, and so a setting does.

Perkins V defines it as sustained interactions with professionals in real workplace settings, or
simulated ones at an institution (20 U.S.C. 2302(55)); which kinds, how many hours and whether a
placement has to be completed is left to the states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wbl.db import db
from wbl.reports.models import ReportSetting

KINDS = (
    "career_talk",
    "site_visit",
    "job_shadow",
    "mentorship",
    "simulated",
    "internship",
    "clinical",
    "employer_project",
    "service_learning",
    "school_based_enterprise",
    "entrepreneurship",
    "pre_apprenticeship",
    "apprenticeship",
)
NOT_SUSTAINED = frozenset({"career_talk", "site_visit", "job_shadow"})
"""Kinds of an hour or a day: they count only where a district says so."""
MOST_HOURS = 2000


@dataclass(frozen=True, slots=True)
class Qualifying:
    """A student took part who worked ``least_hours`` in all, at placements of these kinds.

    ``confirmed``: only hours that a mentor confirmed count; ``completed``: only placements that were
    completed do.
    """

    kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in NOT_SUSTAINED)
    least_hours: int = 0
    confirmed: bool = False
    completed: bool = True


DEFAULT = Qualifying()


def of_district(district_id: int) -> Qualifying:
    """What a district decided, else the default."""
    row = db.session.get(ReportSetting, district_id)
    return DEFAULT if row is None else qualifying_of(row.qualifying)


def qualifying_of(kept: Mapping[str, Any]) -> Qualifying:
    """As a row keeps it."""
    return Qualifying(
        kinds=tuple(kind for kind in KINDS if kind in kept["kinds"]) if "kinds" in kept else DEFAULT.kinds,
        least_hours=int(kept.get("least_hours", DEFAULT.least_hours)),
        confirmed=bool(kept.get("confirmed", DEFAULT.confirmed)),
        completed=bool(kept.get("completed", DEFAULT.completed)),
    )
