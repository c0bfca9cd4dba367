"""The columns of every file of a round: name, what a cell may hold, what an empty cell means.

The order is the one in which the files are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from matching.files import cells
from matching.problem import LIMIT_SCOPES, UNKNOWN, UTILITY_SCALE
from matching.said import said

NO_CODES: frozenset[str] = frozenset()

OBSERVATION_KINDS = ("career_talk", "site_visit", "job_shadow", "mentorship", "simulated")
WORK_KINDS = (
    "internship",
    "clinical",
    "employer_project",
    "service_learning",
    "school_based_enterprise",
    "entrepreneurship",
    "pre_apprenticeship",
    "apprenticeship",
)
OPPORTUNITY_WORDS = (
    "supervisor",
    "title_es",
    "description",
    "description_es",
    "what_to_bring",
    "what_to_bring_es",
    "directions",
    "directions_es",
)
"""Columns of opportunities.csv for letters and pages: neither in the problem nor the digest."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One column.

    Attributes
    ----------
    parse
        Text of a cell that is not empty to its value; raises ``BadCell``.
    default
        The value of an empty cell, and of every cell where the column is absent.
    required
        The column must be there and no cell of it may be empty.
    refers
        It holds identifiers of another file: being found there is what makes them good.
    """

    parse: Callable[[str], Any]
    default: Any = None
    required: bool = False
    refers: bool = False


Specs = Mapping[str, Spec]

_id = Spec(cells.identifier, "", required=True)
_reference = Spec(str, "", required=True, refers=True)
_name = Spec(cells.identifier, "")
_names = Spec(cells.set_of(cells.identifier), NO_CODES)
_codes = Spec(cells.set_of(cells.code), NO_CODES)
_languages = Spec(cells.set_of(cells.language), NO_CODES)
_grade = Spec(cells.whole(1, 13), UNKNOWN)
_latitude = Spec(cells.decimal(-90, 90, of=said("a latitude")), nan)
_longitude = Spec(cells.decimal(-180, 180, of=said("a longitude")), nan)
_riasec = Spec(cells.riasec, cells.NO_RIASEC)
_date = Spec(cells.iso_date, UNKNOWN)
_hours = Spec(cells.decimal(0, 168), nan)
_rank = cells.whole(1)

STUDENTS: Specs = {
    "student_id": _id,
    "school_id": _name,
    "grade": _grade,
    "birth_date": _date,
    "latitude": _latitude,
    "longitude": _longitude,
    "riasec": _riasec,
    "travel_modes": Spec(cells.travel_modes, frozenset({"walk", "transit"})),
    "max_travel_minutes": Spec(cells.whole(1), 60),
    "available": Spec(cells.parse_windows, None),
    "needs": _codes,
    "languages": _languages,
    "credentials": _names,
    "courses": _names,
    "programs": _names,
    "groups": _names,
    "priority": Spec(cells.whole(0), 0),
    "hours_needed": Spec(cells.decimal(0, 100_000), nan),
    "pay": Spec(cells.choice("paid", "unpaid", "either"), "either"),
    "open_to_others": Spec(cells.yes_no, True),
    "student_learner": Spec(cells.yes_no, False),
    "max_placements": Spec(cells.whole(1), 1),
    "to_learn": _codes,
}

OPPORTUNITIES: Specs = {
    "opportunity_id": _id,
    "seats": Spec(cells.whole(0), 0, required=True),
    "min_students": Spec(cells.whole(0), 0),
    "employer_id": _name,
    "site_id": _name,
    "title": Spec(cells.title, ""),
    "kind": Spec(cells.choice(*OBSERVATION_KINDS, *WORK_KINDS), "internship"),
    "employment": Spec(cells.choice("observation", "employee", "trainee"), ""),
    "labor_program": Spec(cells.choice("wecep", "work_study", "registered_apprenticeship"), ""),
    "riasec": _riasec,
    "cluster": Spec(cells.title, ""),
    "soc_code": _name,
    "place": Spec(cells.choice("site", "school", "remote"), "site"),
    "latitude": _latitude,
    "longitude": _longitude,
    "schedule": Spec(cells.parse_windows, ()),
    "flexible_hours": Spec(cells.decimal(0, 168, above=True), nan),
    "start_date": _date,
    "end_date": _date,
    "hours_per_week": _hours,
    "paid": Spec(cells.yes_no, None),
    "hourly_wage": Spec(cells.decimal(0, 10_000), nan),
    "provides": _codes,
    "arranges": _codes,
    "cannot": _codes,
    "hazards": _codes,
    "drives": Spec(cells.yes_no, False),
    "min_age": Spec(cells.whole(0, 120), UNKNOWN),
    "min_grade": _grade,
    "requires_credentials": _names,
    "requires_courses": _names,
    "requires_languages": _languages,
    "open_to": Spec(cells.set_of(cells.open_to), NO_CODES),
    "budget_id": _name,
    "cost": Spec(cells.money(1e6), nan),
    "teaches": _codes,
    "growth": Spec(cells.decimal(0, 1), nan),
    **{column: Spec(str, "") for column in OPPORTUNITY_WORDS},
}

SCHOOLS: Specs = {
    "school_id": _id,
    "name": Spec(cells.title, ""),  # for the application: neither in the problem nor the digest
    "latitude": _latitude,
    "longitude": _longitude,
    "school_hours": Spec(cells.weekly_windows, None),
    "van_seats": Spec(cells.whole(0), UNKNOWN),
}

PREFERENCES: Specs = {
    "student_id": _reference,
    "opportunity_id": _reference,
    "rank": Spec(_rank, UNKNOWN, required=True),
    "opportunity_rank": Spec(_rank, UNKNOWN),
}

REFUSALS: Specs = {"student_id": _reference, "opportunity_id": _reference}

PINS: Specs = {
    "student_id": _reference,
    "opportunity_id": _reference,
    "decision": Spec(cells.choice("require", "forbid"), "", required=True),
    "reason": Spec(str, ""),  # people's words: never in the problem, the digest or a result
}

PAIRS: Specs = {
    "student_a": _reference,
    "student_b": _reference,
    "relation": Spec(cells.choice("together", "apart"), "", required=True),
}

LIMITS: Specs = {
    "scope": Spec(cells.choice(*LIMIT_SCOPES), "", required=True),
    "id": _id,
    "min": Spec(cells.whole(0), UNKNOWN),
    "max": Spec(cells.whole(0), UNKNOWN),
}

BUDGETS: Specs = {"budget_id": _id, "amount": Spec(cells.money(1e9), 0.0, required=True)}

CALENDAR: Specs = {
    "date": Spec(cells.iso_date, UNKNOWN, required=True),
    "in_session": Spec(cells.yes_no, False, required=True),
    "day_letter": Spec(cells.day_letter, ""),
}

GROWTH: Specs = {
    "student_id": _reference,
    "opportunity_id": _reference,
    "value": Spec(cells.decimal(0, 1), nan, required=True),
}

ELIGIBLE: Specs = {
    "student_id": _reference,
    "opportunity_id": _reference,
    "utility": Spec(cells.whole(0, UTILITY_SCALE), 0, required=True),
}

SPECS: Mapping[str, Specs] = {
    "students.csv": STUDENTS,
    "opportunities.csv": OPPORTUNITIES,
    "schools.csv": SCHOOLS,
    "preferences.csv": PREFERENCES,
    "refusals.csv": REFUSALS,
    "pins.csv": PINS,
    "pairs.csv": PAIRS,
    "limits.csv": LIMITS,
    "budgets.csv": BUDGETS,
    "calendar.csv": CALENDAR,
    "growth.csv": GROWTH,
    "eligible.csv": ELIGIBLE,
}
REQUIRED_FILES = ("students.csv", "opportunities.csv")
POLICY_FILE = "policy.toml"
APPLICATION_FILES = ("people.csv", "guardians.csv", "sites.csv")
"""Known, and never opened by ``matching``."""
