"""The round format done the slow way, pair by pair: every date walked.

Reads the files of a round itself and knows the federal figures by heart, so that it shares
nothing with what it judges: neither parser, nor law's data, nor arrays. For rounds of a handful.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product

from tests.matching.oracle_hours import Term
from tests.matching.oracle_law import unlawful
from tests.matching.oracle_round import DAYS, Pair, Round, cell, items, read, windows
from tests.matching.oracle_rules import age_on, start_of

ALWAYS = ";".join(f"{day} 00:00-24:00" for day in DAYS)
SPEEDS = {"walk": 4.8, "bike": 15.0, "transit": 18.0, "car": 35.0, "van": 30.0}
OVERHEADS = {"walk": 0, "bike": 2, "transit": 10, "car": 5, "van": 10}

Matching = dict[str, str]

__all__ = ["Judged", "Matching", "deferred_acceptance", "judge", "judge_all", "read"]


@dataclass(frozen=True)
class Judged:
    """One pair: why it is excluded (all reasons, in order), or what it is and is worth."""

    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    minutes: int | None
    rank: int | None
    utility: int


# --- travel --------------------------------------------------------------------------------------


def place(row: Mapping[str, str] | None) -> tuple[float, float] | None:
    if row is None or not row.get("latitude"):
        return None
    return float(row["latitude"]), float(row["longitude"])


def kilometers(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Angle between two unit vectors (not the haversine formula) times the radius."""

    def vector(spot: tuple[float, float]) -> tuple[float, float, float]:
        lat, lon = math.radians(spot[0]), math.radians(spot[1])
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    chord = math.dist(vector(a), vector(b))
    return 6371.0088 * 2 * math.asin(min(1.0, chord / 2))


def travel(world: Round, student: dict[str, str], offer: dict[str, str]) -> tuple[int | None, bool]:
    """Minutes, or None where travel is not considered; and whether because a place is unknown."""
    if cell(offer, "place", "site") != "site" or "transport" in items(student, "needs"):
        return None, False
    site, school = place(offer), place(world.schools.get(cell(student, "school_id")))
    home = place(student) or school
    if site is None or home is None:
        return None, True
    origins = [home]  # for the way back
    for window in windows(cell(offer, "schedule")):
        weekday = window.on.weekday() if isinstance(window.on, date) else window.on
        in_session = world.setting("law", "in_session", True)
        if weekday < 5 and window.start <= 17 * 60 and in_session and school:
            origins.append(school)
    return max(leg(world, student, origin, site) for origin in origins), False


def leg(world: Round, student: dict[str, str], a: tuple[float, float], b: tuple[float, float]) -> int:
    road = kilometers(a, b) * world.setting("travel", "circuity", 1.3)
    speeds = SPEEDS | world.setting("travel", "speed_km_h", {})
    overheads = OVERHEADS | world.setting("travel", "overhead_minutes", {})
    modes = items(student, "travel_modes", "walk;transit")
    # Places that are one give exact whole minutes; rounding must not lift those.
    return math.ceil(min(road / speeds[mode] * 60 + overheads[mode] for mode in modes) - 1e-9)


# --- eligibility and worth -----------------------------------------------------------------------


def clashes(world: Round, student: dict[str, str], offer: dict[str, str]) -> bool:
    free = windows(cell(student, "available", ALWAYS))
    plan = windows(cell(offer, "schedule"))
    term = Term(world, student, offer)
    if cell(offer, "flexible_hours"):
        return bool(plan) and term.lawful_minutes(free) < Fraction(offer["flexible_hours"]) * 60
    return not all(term.fits(window, free) for window in plan)


def spoken(row: Mapping[str, str], name: str) -> set[str]:
    """Language tags, which are compared without regard to case (RFC 5646, 2.1.1)."""
    return {tag.lower() for tag in items(row, name)}


def under(value: int | None, minimum: str) -> bool:
    return bool(minimum) and (value is None or value < int(minimum))


def judge(world: Round, pair: Pair) -> Judged:
    """Everything about one pair."""
    student, offer = world.students[pair[0]], world.opportunities[pair[1]]
    ranked = [p for p in world.ranks if p[0] == pair[0]]
    rank = world.ranks[pair][0] if pair in world.ranks else None
    found = [
        reason
        for reason, true in (
            ("forbidden", world.pins.get(pair) == "forbid"),
            ("refused", pair in world.refused),
        )
        if true
    ]
    if world.listed is not None:
        if pair not in world.listed:
            found.append("not_listed")
        return Judged(tuple(found), (), None, rank, world.listed.get(pair, -1))
    unranked = world.setting("pairs", "unranked", "if_open")
    closed = unranked == "never" or (unranked == "if_open" and cell(student, "open_to_others", "yes") == "no")
    minutes, unknown = travel(world, student, offer)
    forbidden, agreements = unlawful(world, student, offer)
    start, born = start_of(world, offer), cell(student, "birth_date")
    age = age_on(date.fromisoformat(born), start) if born and start else None
    grade = int(student["grade"]) if cell(student, "grade") else None
    doors = items(offer, "open_to")
    keys = {f"school:{cell(student, 'school_id')}"} | {f"program:{p}" for p in items(student, "programs")}
    asked, paid = cell(student, "pay", "either"), cell(offer, "paid")
    lacking = not (
        items(offer, "requires_credentials") <= items(student, "credentials")
        and items(offer, "requires_courses") <= items(student, "courses")
        and spoken(offer, "requires_languages") <= spoken(student, "languages")
    )
    tests = {
        "not_ranked": bool(ranked) and rank is None and closed,
        "reserved": bool(doors) and not doors & keys,
        "travel": minutes is not None and minutes > int(cell(student, "max_travel_minutes", "60")),
        "grade": under(grade, cell(offer, "min_grade")),
        "age": under(age, cell(offer, "min_age")),
        "labor_law": forbidden,
        "schedule": clashes(world, student, offer),
        "accommodation": bool(items(student, "needs") & items(offer, "cannot")),
        "pay": (asked, paid) in {("paid", "no"), ("unpaid", "yes")},
        "requirement": lacking,
    }
    found += [reason for reason, fails in tests.items() if fails]
    conditions = {f"arrange:{n}" for n in items(student, "needs") - items(offer, "provides") - {"transport"}}
    conditions |= agreements | ({"travel_unknown"} if unknown else set())
    worth = utility(world, pair, minutes)
    return Judged(tuple(found), tuple(sorted(conditions)), minutes, rank, worth)


def judge_all(world: Round) -> dict[Pair, Judged]:
    """Everything about every pair."""
    return {pair: judge(world, pair) for pair in product(sorted(world.students), sorted(world.opportunities))}


def profile(text: str) -> tuple[list[float] | None, list[int]]:
    """Six scores where given, and the letters (of scores the three highest)."""
    if ";" not in text:
        return None, ["RIASEC".index(letter) for letter in text]
    scores = [float(score) for score in text.split(";")]
    if len(set(scores)) == 1:
        return None, []
    return scores, sorted(range(6), key=lambda place: (-scores[place], place))[:3]


def interest(a: str, b: str) -> float:
    (scores_a, letters_a), (scores_b, letters_b) = profile(a), profile(b)
    if scores_a and scores_b:
        mean_a, mean_b = sum(scores_a) / 6, sum(scores_b) / 6
        top = sum((x - mean_a) * (y - mean_b) for x, y in zip(scores_a, scores_b, strict=True))
        var_a = sum((x - mean_a) ** 2 for x in scores_a)
        var_b = sum((y - mean_b) ** 2 for y in scores_b)
        return (1 + top / math.sqrt(var_a * var_b)) / 2
    shorter = min(len(letters_a), len(letters_b))
    if not shorter:
        return 0.5
    total = 0
    for weight, x, y in zip((3, 2, 1), letters_a, letters_b, strict=False):
        total += weight * (3 - min((x - y) % 6, (y - x) % 6))
    return total / (3 * sum((3, 2, 1)[:shorter]))


def growth(student: dict[str, str], offer: dict[str, str]) -> float:
    record = float(cell(offer, "growth") or 0.5)
    to_learn = set(filter(None, cell(student, "to_learn").split(";")))
    taught = to_learn & set(cell(offer, "teaches").split(";"))
    return record + (1 - record) * 0.5 * (len(taught) / len(to_learn)) if to_learn else record


def utility(world: Round, pair: Pair, minutes: int | None) -> int:
    if pair in world.ranks:
        rank = world.ranks[pair][0]
        preference = 1 - (rank - 1) / 10 if rank <= 10 else 0.05
    else:
        preference = 0.0 if any(p[0] == pair[0] for p in world.ranks) else 0.05
    student, offer = world.students[pair[0]], world.opportunities[pair[1]]
    reference = world.setting("travel", "reference_minutes", 90)
    parts = {
        "preference": preference,
        "interest": interest(cell(student, "riasec"), cell(offer, "riasec")),
        "travel": 0.5 if minutes is None else max(0.0, 1 - minutes / reference),
        "growth": world.growth[pair] if pair in world.growth else growth(student, offer),
    }
    defaults = {"preference": 40, "interest": 25, "travel": 20, "growth": 15}
    weights = {name: world.setting("weights", name, defaults[name]) for name in parts}
    total = math.fsum(weights[name] * parts[name] for name in parts)
    return math.floor(1_000_000 * total / math.fsum(weights.values()) + 0.5)


# --- matchings -----------------------------------------------------------------------------------


def deferred_acceptance(world: Round, eligible: Mapping[Pair, Judged]) -> Matching:
    """Student-proposing; required pins take their seats first, ties break by identifier."""
    required = {s: o for (s, o), decision in world.pins.items() if decision == "require"}
    free = {o: int(row["seats"]) - list(required.values()).count(o) for o, row in world.opportunities.items()}
    wishes = {
        student: sorted(
            (world.ranks[s, o][0], o)
            for s, o in eligible
            if s == student and (s, o) in world.ranks and world.ranks[s, o][1] is not None
        )
        for student in world.students
        if student not in required
    }
    held: dict[str, list[tuple[int, str]]] = {o: [] for o in world.opportunities}
    waiting = sorted(wishes)
    while waiting:
        student = waiting.pop()
        if not wishes[student]:
            continue
        _, offer = wishes[student].pop(0)
        liking = world.ranks[student, offer][1]
        assert liking is not None
        held[offer] = sorted([*held[offer], (liking, student)])
        if len(held[offer]) > free[offer]:
            waiting.append(held[offer].pop()[1])
    return required | {student: o for o, students in held.items() for _, student in students}
