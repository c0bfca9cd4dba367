"""Made-up students: where they live, what they want, need and have learned, and when they are free.

Rates are chosen to be plausible for an urban public district, because figures on equity must have
something to find: most students are poor in money, few have a car, English learners and students
with disabilities are many enough to be groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, radians
from random import Random

from wbl.demo.people import Family, Mailing, make_guardians, make_person
from wbl.demo.records import Guardian, Person, School, Student
from wbl.demo.vocabulary import Program, apportion, availability, need_shares, pick, programs

KM_PER_DEGREE = 111.2
RIASEC = "RIASEC"

RACE_OR_ORIGIN = {
    "black": "race:black",
    "white": "race:white",
    "hispanic": "origin:hispanic",
    "asian": "race:asian",
    "mena": "race:middle_eastern",
    "native": "race:native",
}
SEXES: Mapping[str, float] = {"female": 49.5, "male": 49.5, "x": 1}
PAY: Mapping[str, float] = {"either": 78, "paid": 18, "unpaid": 4}
MAX_MINUTES: Mapping[int, float] = {30: 12, 40: 22, 45: 26, 60: 32, 75: 8}


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """Where students live: homes scatter around a center, in kilometers of standard deviation."""

    latitude: float
    longitude: float
    spread_km: float
    share: float
    bus: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """What all students of a made-up round have in common."""

    schools: tuple[School, ...]
    neighborhoods: tuple[Neighborhood, ...]
    families: Mapping[Family, float]
    grades: Mapping[int, float]
    shadow_days: tuple[date, ...]
    on_date: date
    mailing: Mailing


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A student with names and guardians."""

    student: Student
    person: Person
    guardians: tuple[Guardian, ...]


def make_students(ids: list[str], setting: Setting, rng: Random) -> list[MadeUp]:
    """Make one student for each identifier; neighborhoods get their shares exactly."""
    counts = apportion([place.share for place in setting.neighborhoods], len(ids))
    homes = [p for p, n in zip(setting.neighborhoods, counts, strict=True) for _ in range(n)]
    rng.shuffle(homes)
    return [make_student(i, home, setting, rng) for i, home in zip(ids, homes, strict=True)]


def make_student(student_id: str, home: Neighborhood, setting: Setting, rng: Random) -> MadeUp:
    """Make one student who lives in a neighborhood."""
    family, sex = pick(rng, setting.families), pick(rng, SEXES)
    grade = pick(rng, setting.grades)
    born = _birth_date(grade, setting.on_date, rng)
    age = _age(born, setting.on_date)
    program = _program(grade, rng)
    latitude, longitude = _home(home, rng)
    poor = rng.random() < 0.62
    iep = grade == 13 or rng.random() < 0.14
    needs = _needs(iep, grade, rng)
    groups = _groups(family, sex, poor, iep, rng)
    taken = program.courses[: max(0, grade - 9)] if program else ()
    student = Student(
        student_id=student_id,
        school_id=_school(latitude, longitude, setting.schools, rng),
        grade=grade,
        birth_date=born,
        latitude=latitude,
        longitude=longitude,
        riasec=_riasec(program, rng),
        travel_modes=_modes(home, age, poor, needs, rng),
        max_travel_minutes=pick(rng, MAX_MINUTES),
        available=_available(grade, setting.shadow_days, rng),
        needs=needs,
        languages=family.languages if "en" in family.languages else (*family.languages, "en"),
        credentials=_credentials(program, grade, age, rng),
        courses=(*_core_courses(grade), *taken),
        programs=(program.code,) if program else (),
        groups=groups,
        priority=_priority(grade, groups, rng),
        hours_needed=rng.choice((40, 60, 90)) if grade == 12 and rng.random() < 0.4 else None,
        pay=pick(rng, PAY),
        open_to_others=rng.random() < 0.9,
        student_learner=bool(program and program.cooperative and age >= 16 and rng.random() < 0.6),
    )
    person = make_person(student_id, family, sex, setting.mailing, rng)
    guardians = make_guardians(person, family, age >= 18, setting.mailing, rng)
    return MadeUp(student, person, tuple(guardians))


def _birth_date(grade: int, on_date: date, rng: Random) -> date:
    """Who is in a grade turned grade + 5 by September 1; one in fourteen is a year older."""
    fall = on_date.year - (on_date.month < 9)
    older = 1 if rng.random() < 0.07 else 0
    last = date(fall - grade - 5 - older, 9, 1)
    return last - timedelta(days=rng.randrange(365))


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _home(place: Neighborhood, rng: Random) -> tuple[float, float]:
    """Three decimals, about 100 m, as the application rounds a home anyhow."""
    north = rng.gauss(0, place.spread_km) / KM_PER_DEGREE
    east = rng.gauss(0, place.spread_km) / (KM_PER_DEGREE * cos(radians(place.latitude)))
    return round(place.latitude + north, 3), round(place.longitude + east, 3)


def _school(latitude: float, longitude: float, schools: tuple[School, ...], rng: Random) -> str:
    """Most go to a school near by, some across town."""
    if rng.random() < 0.3:
        return rng.choice(schools).school_id
    return min(
        schools,
        key=lambda s: (s.latitude - latitude) ** 2 + 0.7 * (s.longitude - longitude) ** 2,
    ).school_id


def _program(grade: int, rng: Random) -> Program | None:
    """Return the program of study; few have one before grade 10."""
    if grade == 13 or rng.random() > (0.35 if grade < 10 else 0.85):
        return None
    return pick(rng, {program: program.share for program in programs()})


def _riasec(program: Program | None, rng: Random) -> str | tuple[int, ...]:
    """Scores for most, letters from another instrument for some, nothing or a flat one for few."""
    form = rng.random()
    leading = program.riasec if program and rng.random() < 0.75 else ""
    if form < 0.06:
        return ""
    if form < 0.09:
        return (20,) * 6
    scores = []
    for letter in RIASEC:
        rise = (14, 9, 5)[leading.index(letter)] if letter in leading else 0
        scores.append(max(0, min(40, round(rng.gauss(15 + rise, 6)))))
    if form < 0.35:
        best = sorted(range(6), key=lambda i: -scores[i])
        return "".join(RIASEC[i] for i in best[:3])
    return tuple(scores)


def _modes(home: Neighborhood, age: int, poor: bool, needs: tuple[str, ...], rng: Random) -> tuple[str, ...]:
    modes = ["walk"]
    if "step_free_access" not in needs and rng.random() < 0.2:
        modes.append("bike")
    if home.bus and rng.random() < 0.9:
        modes.append("transit")
    if age >= 16 and rng.random() < (0.12 if poor else 0.4):
        modes.append("car")
    return tuple(modes)


def _available(grade: int, shadow_days: tuple[date, ...], rng: Random) -> str:
    """When the student is free; most are excused for the days of job shadows."""
    if rng.random() < 0.03:
        return ""
    windows = pick(rng, availability(grade))
    if rng.random() < 0.8:
        days = [f"{day.isoformat()} 08:00-15:30" for day in shadow_days]
        windows = ";".join([windows, *days])
    return windows


def _needs(iep: bool, grade: int, rng: Random) -> tuple[str, ...]:
    needs: set[str] = set()
    if rng.random() < (0.6 if iep else 0.025):
        needs = {pick(rng, need_shares()) for _ in range(rng.choice((1, 1, 2)))}
    if rng.random() < (0.1 if iep else 0.005):
        needs.add("transport")
    return tuple(sorted(needs))


def _groups(family: Family, sex: str, poor: bool, iep: bool, rng: Random) -> tuple[str, ...]:
    """Reporting groups; they decide nothing."""
    groups = [f"sex:{sex}", RACE_OR_ORIGIN[family.tradition]]
    learner = {"": 0.0, "own": 0.9, "both": 0.35}[
        "own" if "en" not in family.languages else "both" if len(family.languages) > 1 else ""
    ]
    for code, share in {
        "frl": 1.0 if poor else 0.0,
        "iep": 1.0 if iep else 0.0,
        "el": learner,
        "homeless": 0.03 if poor else 0.0,
        "foster": 0.012,
        "military": 0.015,
        "parenting": 0.01,
    }.items():
        if rng.random() < share:
            groups.append(code)
    return tuple(groups)


def _credentials(program: Program | None, grade: int, age: int, rng: Random) -> tuple[str, ...]:
    held = {c for c in (program.credentials if program else ()) if grade > 9 and rng.random() < 0.85}
    if rng.random() < 0.12:
        held.add(rng.choice(("cpr", "food_handler", "lifeguard")))
    if age >= 16 and rng.random() < 0.35:
        held.add("drivers_license")
    return tuple(sorted(held))


def _core_courses(grade: int) -> tuple[str, ...]:
    """Courses that everybody takes, one or two a year."""
    by_grade = {9: ("algebra_1",), 10: ("chemistry_1",), 11: ("algebra_2",), 12: ("civics",)}
    return tuple(course for g, courses in by_grade.items() if g < grade for course in courses)


def _priority(grade: int, groups: tuple[str, ...], rng: Random) -> int:
    """Seniors who still need hours come first, then students without a home of their own."""
    if grade == 12 and rng.random() < 0.35:
        return 2
    return 1 if {"homeless", "foster"} & set(groups) else 0
