"""A made-up round of any size, the same for the same seed: students and work in towns.

Towns lie apart, as in rural country, so a student reaches the opportunities of their own town and
now and then those of a neighbor. Everything a profile holds is drawn from small sets, as it is in
real input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.files import write_table
from matching.problem import FloatArray, IntArray

DEGREE_KM = 111.2
CENTER = (34.5, -106.0)
SPREAD_KM = 4.0
REGIONS_APART_KM = 150.0

STUDENTS = (
    *("student_id", "school_id", "grade", "birth_date", "latitude", "longitude", "riasec"),
    *("travel_modes", "max_travel_minutes", "available", "needs", "languages", "courses"),
    *("programs", "priority", "pay"),
)
OPPORTUNITIES = (
    *("opportunity_id", "seats", "employer_id", "site_id", "title", "kind", "riasec"),
    *("latitude", "longitude", "schedule", "start_date", "end_date", "paid", "provides"),
    *("cannot", "hazards", "min_grade", "requires_courses"),
)
POLICY = b"""format = 1
on_date = 2027-01-11

[objective]
goals = ["placed", "priority", "floors", "utility"]
"""

AVAILABLE = (
    "",
    ";".join(f"{day} 13:00-19:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")),
    ";".join(f"{day} 15:00-18:00" for day in ("Mon", "Tue", "Wed", "Thu")),
    "Mon 12:00-20:00;Wed 12:00-20:00;Fri 12:00-20:00;Sat 08:00-18:00",
)
SCHEDULES = (
    "Mon 15:30-17:30;Wed 15:30-17:30",
    "Tue 15:30-18:00;Thu 15:30-18:00",
    "Mon 15:30-17:00;Tue 15:30-17:00;Wed 15:30-17:00",
    "Fri 15:15-18:15",
)
KINDS = ("internship", "internship", "internship", "job_shadow", "service_learning")
GROUPS = tuple(f"group-{letter}" for letter in "ABCDEFGHIJ")
COURSES = ("", "", "", "", "", "", "CTE101", "CTE102")


@dataclass(frozen=True, slots=True)
class _Places:
    town: IntArray
    latitude: FloatArray
    longitude: FloatArray


def make_round(
    students: int, opportunities: int, seed: int, *, sides: bool = False, regions: int = 1
) -> dict[str, bytes]:
    """The files of a round with about forty eligible pairs a student and seats for nine in ten.

    With ``sides`` the same round has caps (of each town's schools and of employers), floors of
    groups that overlap, and a fifth of the opportunities runs with three students or with none.
    Between ``regions`` nobody travels.
    """
    rng = np.random.default_rng(seed)
    towns = max(1, opportunities // 60)
    side = 24 * np.sqrt(towns / regions)
    north, east = rng.uniform(-side / 2, side / 2, (2, towns))
    east += np.arange(towns) % regions * (side + REGIONS_APART_KM)
    share = rng.dirichlet(np.full(towns, 6.0))
    homes = _scatter(rng, students, north, east, share)
    sites = _scatter(rng, opportunities, north, east, share)
    files = {
        "students.csv": _students(rng, homes),
        "opportunities.csv": _opportunities(rng, sites, int(0.9 * students)),
        "preferences.csv": _preferences(rng, homes, sites),
        "policy.toml": POLICY,
    }
    return _with_sides(rng, files, homes) if sides else files


def _scatter(
    rng: np.random.Generator, count: int, north: FloatArray, east: FloatArray, share: FloatArray
) -> _Places:
    town = rng.choice(len(share), count, p=share)
    up = north[town] + rng.normal(0, SPREAD_KM, count)
    right = east[town] + rng.normal(0, SPREAD_KM, count)
    latitude = CENTER[0] + up / DEGREE_KM
    longitude = CENTER[1] + right / (DEGREE_KM * np.cos(np.radians(CENTER[0])))
    return _Places(town, latitude, longitude)


def _students(rng: np.random.Generator, homes: _Places) -> bytes:
    count = len(homes.town)
    grade = rng.integers(9, 13, count)
    birth = np.datetime64("2021-06-01") - (grade * 365 + rng.integers(0, 365, count))
    columns: list[Sequence[str]] = [
        _names("S", count),
        [f"school-{town}" for town in homes.town],
        [str(value) for value in grade],
        [str(day) for day in birth.tolist()],
        [f"{value:.3f}" for value in homes.latitude],
        [f"{value:.3f}" for value in homes.longitude],
        _riasec(rng, count),
        _pick(rng, ("", "walk;transit", "bike", "bike;transit"), count),
        _pick(rng, ("", "45", "60"), count),
        _pick(rng, AVAILABLE, count),
        _pick(rng, ("", "", "", "", "", "", "", "step_free"), count),
        _pick(rng, ("en", "en", "en;es"), count),
        _pick(rng, ("CTE101", "CTE101;CTE102", "CTE102", ""), count),
        _pick(rng, ("", "health", "construction"), count),
        [""] * count,
        _pick(rng, ("", "", "", "paid"), count),
    ]
    return write_table(STUDENTS, zip(*columns, strict=True))


def _opportunities(rng: np.random.Generator, sites: _Places, seats: int) -> bytes:
    count = len(sites.town)
    names = _names("O", count)
    columns: list[Sequence[str]] = [
        names,
        [str(value) for value in rng.multinomial(seats, np.full(count, 1 / count))],
        [f"employer-{i // 2}" for i in range(count)],
        [f"site-{i}" for i in range(count)],
        [f"Placement {name}" for name in names],
        _pick(rng, KINDS, count),
        _riasec(rng, count),
        [f"{value:.3f}" for value in sites.latitude],
        [f"{value:.3f}" for value in sites.longitude],
        _pick(rng, SCHEDULES, count),
        ["2027-01-18"] * count,
        ["2027-05-14"] * count,
        _pick(rng, ("yes", "yes", "no", ""), count),
        _pick(rng, ("", "", "step_free"), count),
        _pick(rng, ("", "", "", "", "", "", "", "", "", "step_free"), count),
        _pick(rng, ("", "", "", "", "", "", "", "HO5", "HO10", "HO16"), count),
        _pick(rng, ("", "", "", "10", "11"), count),
        _pick(rng, COURSES, count),
    ]
    return write_table(OPPORTUNITIES, zip(*columns, strict=True))


def _preferences(rng: np.random.Generator, homes: _Places, sites: _Places) -> bytes:
    """Half of the students rank up to five opportunities of their town, which rank them too."""
    by_town = [np.flatnonzero(sites.town == town) for town in range(int(homes.town.max()) + 1)]
    students, opportunities = _names("S", len(homes.town)), _names("O", len(sites.town))
    rows = []
    for student in np.flatnonzero(rng.random(len(homes.town)) < 0.5).tolist():
        near = by_town[homes.town[student]]
        liked = rng.permutation(near)[: rng.integers(1, 6)].tolist()
        for rank, opportunity in enumerate(liked, 1):
            back = str(rng.integers(1, 40))
            rows.append((students[student], opportunities[opportunity], str(rank), back))
    return write_table(["student_id", "opportunity_id", "rank", "opportunity_rank"], rows)


def _with_sides(rng: np.random.Generator, files: dict[str, bytes], homes: _Places) -> dict[str, bytes]:
    count = len(homes.town)
    groups = [sorted(rng.choice(GROUPS, 2, replace=False).tolist()) for _ in range(count)]
    opportunities = files["opportunities.csv"].count(b"\n") - 1
    employers = rng.permutation(opportunities // 2)[: opportunities // 10].tolist()
    schools = np.bincount(homes.town)
    limits = [
        *(("employer", f"employer-{employer}", "", "4") for employer in employers),
        *(("group", group, str(int(0.16 * count)), "") for group in GROUPS),
        *(
            ("school", f"school-{town}", "", str(int(0.8 * size)))
            for town, size in enumerate(schools)
            if size
        ),
    ]
    at_least = np.where(rng.random(opportunities) < 0.2, "3", "")
    return files | {
        "students.csv": _with_column(files["students.csv"], "groups", [";".join(two) for two in groups]),
        "opportunities.csv": _with_column(files["opportunities.csv"], "min_students", at_least.tolist()),
        "limits.csv": write_table(["scope", "id", "min", "max"], limits),
    }


def _with_column(table: bytes, name: str, cells: Sequence[str]) -> bytes:
    """The table with one more column, whose cells need no quotes."""
    lines = table.decode().splitlines()
    return "".join(f"{line},{cell}\n" for line, cell in zip(lines, [name, *cells], strict=True)).encode()


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{i:07}" for i in range(count)]


def _pick(rng: np.random.Generator, values: Sequence[str], count: int) -> list[str]:
    return [values[i] for i in rng.integers(0, len(values), count).tolist()]


def _riasec(rng: np.random.Generator, count: int) -> list[str]:
    """Three letters for half of them, six scores for the other half."""
    letters = rng.permuted(np.tile(np.array(list("RIASEC")), (count, 1)), axis=1)[:, :3]
    scores = rng.integers(0, 41, (count, 6))
    by_scores = rng.random(count) < 0.5
    return [
        ";".join(str(value) for value in scores[i]) if by_scores[i] else "".join(letters[i])
        for i in range(count)
    ]
