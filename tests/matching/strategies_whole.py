"""Random small rounds with everything that a result keeps to as a whole, and goals in any order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from matching.files import write_table
from tests.matching.oracle_whole import Seats
from tests.matching.strategies import (
    OPPORTUNITY_IDS,
    PLACES,
    SCHOOL_IDS,
    STUDENT_IDS,
    Files,
    rounds,
)
from tests.matching.strategies_law import within

Draw = Any
Rows = list[dict[str, str]]

ALL_GOALS = (
    "placed", "priority", "floors", "utility", "worst_utility", "first_choices", "fewest_changes",
)  # fmt: skip
SIDES = ("limits", "groups", "pairs", "budgets", "cohorts", "several", "vans", "pins", "previous")
SCHEDULES = (
    "",
    "Mon 13:00-16:00",
    "Mon 16:00-18:00",
    "Mon 15:30-17:00;Wed 13:00-14:00",
    "Wed 13:00-15:00",
    "2027-01-18 12:00-13:00",
    "2027-01-18 16:10-17:00;2027-01-20 15:00-16:00",
    "A 13:00-15:30",
    "B 12:00-13:30;A 18:00-19:00",
)
CALENDAR = (("2027-01-18", "A"), ("2027-01-19", "B"), ("2027-01-20", "B"), ("2027-01-25", ""))


@dataclass(frozen=True)
class Whole:
    """A round and, where a goal asks for it, the seats that students had before."""

    files: Files
    previous: Seats | None

    @property
    def held_before(self) -> dict[str, tuple[str, ...]] | None:
        """The earlier result as the engine takes it."""
        if self.previous is None:
            return None
        return {student: tuple(sorted(held)) for student, held in sorted(self.previous.items())}


@st.composite
def whole_rounds(draw: Draw, students: int = 6, opportunities: int = 5) -> Whole:
    """Rounds of listed pairs, mostly; now and then of profiles, for the van and its minutes."""
    if draw(st.integers(0, 4)) == 0:
        files: Files = draw(rounds(min(students, 5), min(opportunities, 4)))
    else:
        files = _listed(draw, students, opportunities)
    return _with_sides(draw, files)


def _listed(draw: Draw, students: int, opportunities: int) -> Files:
    s = list(draw(st.permutations(STUDENT_IDS)))[: min(students, draw(st.sampled_from((1, 3, 4, 5, 6))))]
    o = list(draw(st.permutations(OPPORTUNITY_IDS)))[
        : min(opportunities, draw(st.sampled_from((1, 2, 3, 4, 5))))
    ]
    pair = st.tuples(st.sampled_from(s), st.sampled_from(o))
    least = min(draw(st.sampled_from((2, 6, 10, 12))), len(s) * len(o))
    pairs = draw(st.lists(pair, unique=True, min_size=least, max_size=15))
    worth = st.one_of(st.sampled_from((0, 1, 2, 3, 500_000)), st.integers(0, 1_000_000))
    rows = [{"opportunity_id": name, "seats": draw(st.sampled_from("01122"))} for name in o]
    for row in rows:
        row["schedule"] = draw(st.sampled_from(SCHEDULES))
        row["latitude"], row["longitude"] = draw(st.sampled_from(PLACES))
        row["start_date"] = draw(st.sampled_from(("", "2027-01-18", "2027-01-19")))
        row["end_date"] = draw(st.sampled_from(("", "2027-01-19", "2027-01-26")))
        row["schedule"] = within(row["schedule"], row["start_date"], row["end_date"])
        row["flexible_hours"] = draw(st.sampled_from(("", "", "", "2"))) if row["schedule"] else ""
    return {
        "students.csv": _csv([{"student_id": name, "priority": draw(st.sampled_from("012"))} for name in s]),
        "opportunities.csv": _csv(rows),
        "schools.csv": _csv([{"school_id": name} for name in SCHOOL_IDS]),
        "calendar.csv": _csv(
            [{"date": day, "in_session": "yes", "day_letter": letter} for day, letter in CALENDAR]
        ),
        "eligible.csv": _csv(
            [{"student_id": a, "opportunity_id": b, "utility": str(draw(worth))} for a, b in pairs]
        ),
        "preferences.csv": _csv(
            [
                {"student_id": a, "opportunity_id": b, "rank": draw(st.sampled_from("1123"))}
                for a, b in pairs
                if draw(st.booleans())
            ],
            "student_id", "opportunity_id", "rank",
        ),
        "policy.toml": b"on_date = 2027-01-18\n",
    }  # fmt: skip


def _with_sides(draw: Draw, files: Files) -> Whole:
    """The round with some side constraints on top."""
    kinds = draw(st.lists(st.sampled_from(SIDES), unique=True, max_size=4))
    students, offers = _rows(files["students.csv"]), _rows(files["opportunities.csv"])
    limits: Rows = []
    for kind in kinds:
        side = _MAKERS.get(kind)
        if side:
            side(draw, files, students, offers, limits)
    if limits:
        files["limits.csv"] = _csv(limits)
    files["students.csv"], files["opportunities.csv"] = _csv(students), _csv(offers)
    previous = _previous(draw, students, offers) if "previous" in kinds else None
    files["policy.toml"] = _goals(draw, files["policy.toml"], previous is not None, "groups" in kinds)
    return Whole(files, previous)


def _goals(draw: Draw, policy: bytes, remembers: bool, floors: bool) -> bytes:
    names = [name for name in ALL_GOALS if remembers or name != "fewest_changes"]
    goals = list(draw(st.permutations(names)))[: draw(st.integers(1, 5))]
    if floors and "floors" not in goals and draw(st.booleans()):
        goals.insert(draw(st.integers(0, len(goals))), "floors")
    if remembers and "fewest_changes" not in goals:
        goals.insert(draw(st.integers(0, len(goals))), "fewest_changes")
    text = policy.decode()
    named = f"goals = [{', '.join(f'{chr(34)}{goal}{chr(34)}' for goal in goals)}]"
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("goals ="):
            lines[place] = named
            return ("\n".join(lines) + "\n").encode()
    return f"{text}[objective]\n{named}\n".encode()


def _bounds(draw: Draw, most: int) -> dict[str, str]:
    low = draw(st.sampled_from(("", "", "1", "1", "2")))
    high = draw(st.sampled_from(("", "1", "2", str(most))))
    if low and high and int(low) > int(high):
        low = ""
    return {"min": low, "max": high}


def _limits(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    for name, values in (("employer_id", ("E", "F", "")), ("site_id", ("X", "Y", "O1", ""))):
        for row in offers:
            row[name] = draw(st.sampled_from(values))
    for row in students:
        row.setdefault("school_id", draw(st.sampled_from(("", *SCHOOL_IDS))))
        row.setdefault("programs", draw(st.sampled_from(("", "health", "culinary;health"))))
    _limits_on(draw, limits, "employer", [row["employer_id"] for row in offers])
    _limits_on(draw, limits, "site", [row["site_id"] for row in offers])
    _limits_on(draw, limits, "kind", [row.get("kind") or "internship" for row in offers])
    _limits_on(draw, limits, "school", [row["school_id"] for row in students])
    _limits_on(draw, limits, "program", _items(students, "programs"))


def _groups(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    for row in students:
        row["groups"] = draw(st.sampled_from(("", "rural", "first_gen;rural", "first_gen", "sex:x")))
    groups = [name for name in _items(students, "groups") if name != "sex:x"]
    _limits_on(draw, limits, "group", groups, often=2)


def _limits_on(draw: Draw, limits: Rows, scope: str, names: Sequence[str], often: int = 3) -> None:
    for name in sorted(set(filter(None, names))):
        if draw(st.integers(0, often)) == 0:
            bounds = _bounds(draw, 3)
            limits.append({"scope": scope, "id": name, **bounds})


def _pairs(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    names = [row["student_id"] for row in students]
    if len(names) < 2:
        return
    for row in offers:
        row.setdefault("site_id", draw(st.sampled_from(("X", "O1", "", ""))))
    couples = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda two: two[0] != two[1])
    found: dict[frozenset[str], dict[str, str]] = {}
    for one, other in draw(st.lists(couples, min_size=1, max_size=3)):
        relation = draw(st.sampled_from(("together", "apart")))
        found[frozenset((one, other))] = {"student_a": one, "student_b": other, "relation": relation}
    files["pairs.csv"] = _csv(list(found.values()))


def _budgets(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    amounts = ("0", "1", "2.5", "3.0001", "1000")
    files["budgets.csv"] = _csv(
        [{"budget_id": name, "amount": draw(st.sampled_from(amounts))} for name in ("grant", "city")]
    )
    for row in offers:
        row["budget_id"] = draw(st.sampled_from(("", "grant", "grant", "city")))
        row["cost"] = draw(st.sampled_from(("", "1", "1.5", "0.0001", "2")))


def _cohorts(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    for row in offers:
        row["min_students"] = draw(st.sampled_from(("", "1", "2", "2", "3")))
        row["seats"] = draw(st.sampled_from((row["seats"], "2", "3")))


def _several(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    for row in students[:3]:
        row["max_placements"] = draw(st.sampled_from(("1", "2", "2", "3")))
        row.setdefault("travel_modes", draw(st.sampled_from(("", "walk", "car"))))
        row.setdefault("needs", draw(st.sampled_from(("", "", "transport"))))


def _vans(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    schools = _rows(files["schools.csv"])
    for row in schools:
        row["van_seats"] = draw(st.sampled_from(("", "0", "1", "1")))
    files["schools.csv"] = _csv(schools)
    for row in students:
        row["school_id"] = draw(st.sampled_from(("", *SCHOOL_IDS, *SCHOOL_IDS)))
        row["travel_modes"] = draw(st.sampled_from(("van", "van;walk", "van;walk", "walk;transit")))
        row["max_travel_minutes"] = draw(st.sampled_from(("15", "25", "60")))


def _pins(draw: Draw, files: Files, students: Rows, offers: Rows, limits: Rows) -> None:
    """Pins on some listed pairs, so that most of them are eligible."""
    if "eligible.csv" not in files:
        return
    most = {row["student_id"]: int(row.get("max_placements") or 1) for row in students}
    rows: Rows = []
    for row in _rows(files["eligible.csv"]):
        pair = {key: row[key] for key in ("student_id", "opportunity_id")}
        decision = draw(st.sampled_from(("", "", "", "require", "forbid")))
        if decision == "require":
            most[pair["student_id"]] -= 1
        if decision and (decision == "forbid" or most[pair["student_id"]] >= 0):
            rows.append({**pair, "decision": decision, "reason": "as agreed"})
    if rows:
        files["pins.csv"] = _csv(rows)


_MAKERS: dict[str, Callable[[Draw, Files, Rows, Rows, Rows], None]] = {
    "limits": _limits,
    "groups": _groups,
    "pairs": _pairs,
    "budgets": _budgets,
    "cohorts": _cohorts,
    "several": _several,
    "vans": _vans,
    "pins": _pins,
}


def _previous(draw: Draw, students: Rows, offers: Rows) -> dict[str, frozenset[str]]:
    """Seats that some students had before, perhaps at an opportunity that is gone."""
    names = [*(row["opportunity_id"] for row in offers), "closed"]
    found = {}
    for row in students:
        held = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
        if held:
            found[row["student_id"]] = frozenset(held)
    return found


def _items(rows: Rows, column: str) -> list[str]:
    return [item for row in rows for item in row[column].split(";")]


def _rows(data: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(data.decode())))


def _csv(rows: Rows, *columns: str) -> bytes:
    names = columns or tuple(dict.fromkeys(name for row in rows for name in row))
    return write_table(names, ([row.get(name, "") for name in names] for row in rows))
