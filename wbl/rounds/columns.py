"""Which column of a round folder lives in which table, and how a number is written as a cell."""

from __future__ import annotations

import numpy as np

# Said of an opportunity in words, to people; never part of a match.
from matching.files.columns import OPPORTUNITY_WORDS

# Of students.csv, as a submission keeps them. The others are the student's own (school, grade) or
# lie apart (birth date, home, needs, groups).
SUBMISSION_COLUMNS = (
    "riasec",
    "travel_modes",
    "max_travel_minutes",
    "available",
    "languages",
    "credentials",
    "courses",
    "programs",
    "priority",
    "hours_needed",
    "pay",
    "open_to_others",
    "student_learner",
    "max_placements",
    "to_learn",
)
STUDENT_COLUMNS = (
    "student_id",
    "school_id",
    "grade",
    "birth_date",
    "latitude",
    "longitude",
    "needs",
    "groups",
    *SUBMISSION_COLUMNS,
)

WISHES = ("riasec", "priority", "hours_needed", "max_placements", "to_learn")
"""Of a submission, what never says whether something is possible for a student, only how well it suits."""

# Of opportunities.csv, as an offering keeps them: the cell as it is written.
OFFERING_TEXT_COLUMNS = (
    "min_students",
    "kind",
    "employment",
    "labor_program",
    "riasec",
    "cluster",
    "soc_code",
    "place",
    "schedule",
    "flexible_hours",
    "hours_per_week",
    "paid",
    "hourly_wage",
    "provides",
    "arranges",
    "cannot",
    "hazards",
    "drives",
    "min_age",
    "min_grade",
    "requires_credentials",
    "requires_courses",
    "requires_languages",
    "open_to",
    "budget_id",
    "cost",
    "teaches",
    "growth",
)
OFFERING_TYPED_COLUMNS = ("seats", "latitude", "longitude", "start_date", "end_date")
OPPORTUNITY_COLUMNS = (
    "opportunity_id",
    "employer_id",
    "site_id",
    "title",
    *OFFERING_TYPED_COLUMNS,
    *OFFERING_TEXT_COLUMNS,
)

SCHOOL_COLUMNS = ("school_id", "name", "latitude", "longitude", "school_hours", "van_seats")
PREFERENCE_COLUMNS = ("student_id", "opportunity_id", "rank", "opportunity_rank")
REFUSAL_COLUMNS = ("student_id", "opportunity_id")
PIN_COLUMNS = ("student_id", "opportunity_id", "decision", "reason")
COMPANION_COLUMNS = ("student_a", "student_b", "relation")
LIMIT_COLUMNS = ("scope", "id", "min", "max")
BUDGET_COLUMNS = ("budget_id", "amount")
GROWTH_COLUMNS = ("student_id", "opportunity_id", "value")

PEOPLE_COLUMNS = (
    "student_id",
    "given_name",
    "family_name",
    "preferred_name",
    "email",
    "phone",
    "language",
)
GUARDIAN_COLUMNS = (
    "student_id",
    "name",
    "relation",
    "email",
    "phone",
    "language",
    "may_sign",
    "may_receive",
)
SITE_COLUMNS = (
    "site_id",
    "employer_id",
    "employer_name",
    "site_name",
    "address",
    "city",
    "postal_code",
    "contact_name",
    "contact_email",
    "contact_phone",
    "notes",
)

__all__ = ["OPPORTUNITY_WORDS"]

HOME_DECIMALS = 3  # about 100 m


def number_cell(value: float | int | None) -> str:
    """A number as a cell: the shortest decimals that give it back, never an exponent."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    short = float.__repr__(value)  # the same decimals, ten times faster
    return np.format_float_positional(value, trim="-") if "e" in short else short.removesuffix(".0")


def home_cell(cell: str) -> str:
    """A coordinate of a home, rounded to :data:`HOME_DECIMALS` (WGS84 degrees)."""
    return number_cell(round(float(cell), HOME_DECIMALS) + 0.0) if cell else ""


def codes_cell(cell: str) -> str:
    """A list of codes as it comes back from rows: each once, sorted."""
    return ";".join(sorted({code.strip(" ") for code in cell.split(";")})) if cell else ""
