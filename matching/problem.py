"""What a placement round is: frozen, columnar and validated once (by ``files.py``).

Everything is an array over students or opportunities, because a round of 100,000 students has
four million pairs and objects would cost more than the solve. Text and sets are
dictionary-encoded (:class:`Column`), so that a rule is evaluated once per *distinct* value and
then looked up per pair.

Students, opportunities and schools are sorted by identifier; an index into them is stable under
any order of rows in the input, which is what makes equal inputs give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matching.eligibility.transit.timetable import Feed

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

T = TypeVar("T")

RIASEC = "RIASEC"
UNKNOWN = -1
UTILITY_SCALE = 1_000_000


class Window(NamedTuple):
    """A stretch of time on one day.

    Attributes
    ----------
    day
        0 (Monday) to 6 (Sunday) for a weekly window; ``date.toordinal()`` for a window of one date;
        -1 (A) to -26 (Z) for one of every date with that day letter in calendar.csv.
    start, end
        Minutes after midnight, ``0 <= start < end <= 1440``.
    """

    day: int
    start: int
    end: int

    @property
    def weekly(self) -> bool:
        return 0 <= self.day < 7

    @property
    def letter(self) -> str:
        """The day letter of an A/B timetable, "" for any other window."""
        return chr(ord("A") - 1 - self.day) if self.day < 0 else ""

    @property
    def weekday(self) -> int:
        """0 (Monday) to 6 (Sunday), for a dated window too."""
        return self.day if self.day < 7 else (self.day + 6) % 7


Windows = tuple[Window, ...]
Codes = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Column(Generic[T]):
    """A dictionary-encoded column: ``codes[i]`` is the index of row *i*'s value in ``values``.

    ``values`` are distinct; every code is valid (there is no missing marker: what an empty cell
    means is a value like any other, e.g. ``None`` or ``frozenset()``).
    """

    codes: IntArray
    values: tuple[T, ...]

    def __getitem__(self, row: int) -> T:
        return self.values[int(self.codes[row])]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Students:
    """n students, sorted by ``ids``. See students.csv in the round format."""

    ids: tuple[str, ...]
    school: IntArray  # [n] index into Schools.ids, UNKNOWN where none (or not in schools.csv)
    school_id: Column[str]  # "" where none; kept apart because schools.csv is optional
    grade: IntArray  # [n] UNKNOWN where not given
    birth_date: IntArray  # [n] date.toordinal(), UNKNOWN where not given
    latitude: FloatArray  # [n] NaN where unknown (both or neither)
    longitude: FloatArray
    scores: FloatArray  # [n, 6] RIASEC scores, NaN where not given as scores
    letters: IntArray  # [n, 3] indices into "RIASEC", UNKNOWN-padded; from scores: three highest
    travel_modes: Column[Codes]
    max_travel_minutes: IntArray
    available: Column[Windows | None]  # None: always
    needs: Column[Codes]
    languages: Column[Codes]
    credentials: Column[Codes]
    courses: Column[Codes]
    programs: Column[Codes]
    groups: Column[Codes]
    priority: IntArray
    hours_needed: FloatArray  # NaN: not given
    pay: Column[str]  # paid | unpaid | either
    open_to_others: BoolArray
    student_learner: BoolArray
    max_placements: IntArray
    to_learn: Column[Codes]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Opportunities:
    """m opportunities, sorted by ``ids``. See opportunities.csv in the round format."""

    ids: tuple[str, ...]
    seats: IntArray
    min_students: IntArray
    employer_id: Column[str]  # "" where not given, here and below
    site_id: Column[str]
    title: Column[str]
    kind: Column[str]
    employment: Column[str]  # resolved: observation | employee | trainee
    labor_program: Column[str]
    scores: FloatArray  # [m, 6], as for students
    letters: IntArray  # [m, 3]
    cluster: Column[str]
    soc_code: Column[str]
    place: Column[str]  # site | school | remote
    latitude: FloatArray
    longitude: FloatArray
    schedule: Column[Windows]  # () : no clash with anything
    flexible_hours: FloatArray  # NaN: not flexible
    start_date: IntArray  # ordinal; policy.on_date where empty; UNKNOWN where neither
    end_date: IntArray  # ordinal; UNKNOWN where not given
    hours_per_week: FloatArray  # resolved: the sum of the weekly windows where empty; NaN if none
    paid: IntArray  # 1 yes, 0 no, UNKNOWN
    hourly_wage: FloatArray  # USD, NaN unknown
    provides: Column[Codes]
    arranges: Column[Codes]
    cannot: Column[Codes]
    hazards: Column[Codes]
    drives: BoolArray
    min_age: IntArray  # UNKNOWN: none
    min_grade: IntArray
    requires_credentials: Column[Codes]
    requires_courses: Column[Codes]
    requires_languages: Column[Codes]
    open_to: Column[Codes]  # of "school:ID" and "program:CODE"; empty: everyone
    budget_id: Column[str]
    cost: FloatArray  # NaN: none
    teaches: Column[Codes]
    growth: FloatArray  # what its site did for students before, 0..1; NaN: nothing known

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Schools:
    """k schools, sorted by ``ids``. Empty where there is no schools.csv."""

    ids: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    school_hours: Column[Windows | None]  # None: the policy's
    van_seats: IntArray  # UNKNOWN: not limited

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """Rows about (student, opportunity) pairs, sorted by both indices, without duplicates."""

    student: IntArray
    opportunity: IntArray

    def __len__(self) -> int:
        return len(self.student)


@dataclass(frozen=True, slots=True, eq=False)
class Preferences(PairTable):
    """Rows of preferences.csv."""

    rank: IntArray  # 1 is the first choice
    opportunity_rank: IntArray  # the employer's rank of the student, UNKNOWN where not given


@dataclass(frozen=True, slots=True, eq=False)
class Pins(PairTable):
    """Rows of pins.csv."""

    require: BoolArray  # True: require, False: forbid
    line: IntArray  # line in pins.csv, for faults
    # Reasons are people's words: they take no part in the match and are not kept here.


@dataclass(frozen=True, slots=True, eq=False)
class Growth(PairTable):
    """Rows of growth.csv."""

    value: FloatArray  # 0 to 1


@dataclass(frozen=True, slots=True, eq=False)
class EligiblePairs(PairTable):
    """Rows of eligible.csv."""

    utility: IntArray  # 0 to 1,000,000


LIMIT_SCOPES = ("employer", "site", "school", "program", "group", "kind")


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Rows of limits.csv, sorted by scope and identifier: how many placed students each may have."""

    scope: tuple[str, ...]  # of LIMIT_SCOPES
    ids: tuple[str, ...]
    low: IntArray  # UNKNOWN: no lower bound
    high: IntArray  # UNKNOWN: no upper bound
    line: IntArray  # in limits.csv, for messages

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Companions:
    """Rows of pairs.csv, sorted: two students (``first < second``, indices) who go together or apart."""

    first: IntArray
    second: IntArray
    together: BoolArray  # True: the same opportunity or none; False: never the same site
    line: IntArray

    def __len__(self) -> int:
        return len(self.first)


MONEY_SCALE = 10_000
"""Budgets and costs are kept to four decimals, as whole numbers, so that their sums are exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Budgets:
    """Rows of budgets.csv, sorted by identifier."""

    ids: tuple[str, ...]
    amount: IntArray  # in 1/MONEY_SCALE

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Rows of calendar.csv, ascending by date; a date without a row is as the policy says."""

    dates: IntArray  # date.toordinal()
    in_session: BoolArray
    letter: Column[str]  # "A" to "Z", "" where none

    def __len__(self) -> int:
        return len(self.dates)


def _no_ints() -> IntArray:
    return np.zeros(0, np.int64)


def no_limits() -> Limits:
    return Limits((), (), _no_ints(), _no_ints(), _no_ints())


def no_companions() -> Companions:
    return Companions(_no_ints(), _no_ints(), np.zeros(0, np.bool_), _no_ints())


def no_budgets() -> Budgets:
    return Budgets((), _no_ints())


def no_calendar() -> Calendar:
    return Calendar(_no_ints(), np.zeros(0, np.bool_), Column(_no_ints(), ()))


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of a pair's utility; each >= 0, not all zero."""

    preference: float = 40
    interest: float = 25
    travel: float = 20
    growth: float = 15


MODES = ("walk", "bike", "transit", "car", "van")


@dataclass(frozen=True, slots=True)
class TravelPolicy:
    """How long a way takes: ``km × circuity ÷ speed_km_h × 60 + overhead_minutes`` by each mode of MODES."""

    provider: str = "straight_line"
    circuity: float = 1.3
    speed_km_h: dict[str, float] = field(
        default_factory=lambda: {"walk": 4.8, "bike": 15.0, "transit": 18.0, "car": 35.0, "van": 30.0}
    )
    overhead_minutes: dict[str, float] = field(
        default_factory=lambda: {"walk": 0, "bike": 2, "transit": 10, "car": 5, "van": 10}
    )
    reference_minutes: float = 90
    feed: str = ""  # with provider "gtfs": the feed's file name in the folder
    service_date: date | None = None  # a service date to use in place of the round's own dates


@dataclass(frozen=True, slots=True)
class LawPolicy:
    """Which rules of law are asked, and when school is."""

    jurisdictions: tuple[str, ...] = ("US",)
    trainees: str = "as_employees"  # or "hours_exempt"
    school_hours: Windows = tuple(Window(day, 8 * 60, 15 * 60) for day in range(5))
    in_session: bool = True
    overlays: tuple[str, ...] = ()  # names of a district's own rule files in the folder


@dataclass(frozen=True, slots=True)
class SolverPolicy:
    """How long may be solved, on how many processes, and the seed that a result records."""

    time_limit_seconds: float = 60
    workers: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """policy.toml, with every default filled in."""

    format: int = 1
    on_date: date | None = None
    goals: tuple[str, ...] = ("placed", "priority", "floors", "utility")
    weights: Weights = field(default_factory=Weights)
    unranked: str = "if_open"  # never | if_open | always
    travel: TravelPolicy = field(default_factory=TravelPolicy)
    law: LawPolicy = field(default_factory=LawPolicy)
    solver: SolverPolicy = field(default_factory=SolverPolicy)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One round, complete. Equal problems have equal ``digest``."""

    students: Students
    opportunities: Opportunities
    schools: Schools
    preferences: Preferences
    refusals: PairTable
    pins: Pins
    growth: Growth
    eligible: EligiblePairs | None  # given: it *is* the set of pairs
    policy: Policy
    digest: str  # SHA-256 (hex) over the canonical problem and policy
    limits: Limits = field(default_factory=no_limits)
    companions: Companions = field(default_factory=no_companions)
    budgets: Budgets = field(default_factory=no_budgets)
    calendar: Calendar = field(default_factory=no_calendar)
    overlays: Mapping[str, str] = field(default_factory=dict)  # text of each of policy.law.overlays
    feed: Feed | None = None  # with provider "gtfs"
    feed_file: bytes = b""  # its zip as it was read: to write the round again
    warnings: tuple[str, ...] = ()  # unknown files and columns
