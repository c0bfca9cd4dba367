"""Small random rounds with side constraints of every kind, as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from matching.files import write_table

Files = dict[str, bytes]

KINDS = ("limits", "cohorts", "budgets", "companions", "several", "vans", "clashes", "pins")
GOALS = ("placed", "priority", "floors", "utility", "worst_utility", "first_choices", "fewest_changes")
_DAYS = ("Mon", "Tue", "Wed")


def sided_round(
    seed: int,
    kinds: Iterable[str] = KINDS,
    *,
    students: int = 6,
    opportunities: int = 4,
    goals: Sequence[str] = (),
    density: float = 0.6,
) -> Files:
    """A round with constraints of these kinds; one in which nothing is feasible now and then.

    The pairs are listed, except that vans need profiles: then everyone lives somewhere along a road.
    """
    rng = np.random.default_rng(seed)
    kinds = set(kinds)
    names = [f"s{i}" for i in range(students)]
    places = [f"o{i}" for i in range(opportunities)]
    drawn = _Drawn(rng, kinds, names, places)
    files = {
        "students.csv": drawn.students(),
        "opportunities.csv": drawn.opportunities(),
        "preferences.csv": drawn.preferences(),
        "policy.toml": _policy(rng, goals),
    }
    pairs = np.argwhere(rng.random((students, opportunities)) < density).tolist()
    if "vans" in kinds:
        files["schools.csv"] = drawn.schools()
    else:
        rows = ([names[s], places[o], str(int(rng.integers(0, 5)) * 100)] for s, o in pairs)
        files["eligible.csv"] = write_table(["student_id", "opportunity_id", "utility"], rows)
        if "pins" in kinds and pairs and rng.random() < 0.5:
            s, o = pairs[int(rng.integers(len(pairs)))]
            pin = [names[s], places[o], "require", "agreed"]
            files["pins.csv"] = write_table(["student_id", "opportunity_id", "decision", "reason"], [pin])
    if "limits" in kinds:
        files["limits.csv"] = drawn.limits(files["students.csv"], files["opportunities.csv"])
    if "budgets" in kinds:
        amounts = [[name, str(int(rng.integers(0, 900)) / 100)] for name in ("b0", "b1")]
        files["budgets.csv"] = write_table(["budget_id", "amount"], amounts)
    if "companions" in kinds:
        files["pairs.csv"] = drawn.companions()
    return files


def earlier_result(seed: int, students: int = 6, opportunities: int = 4) -> dict[str, tuple[str, ...]]:
    """Who held what before, some of it two seats, or at opportunities that are gone."""
    rng = np.random.default_rng(seed)
    held: dict[str, tuple[str, ...]] = {}
    for student in range(students):
        places = np.flatnonzero(rng.random(opportunities + 1) < 0.25)[:2]
        if len(places):
            held[f"s{student}"] = tuple(f"o{place}" for place in places.tolist())
    return held


def _policy(rng: np.random.Generator, goals: Sequence[str]) -> bytes:
    if not goals:
        order = rng.permutation(GOALS[:6])[: int(rng.integers(1, 5))].tolist()
        goals = order if rng.random() < 0.6 else ["placed", "priority", "floors", "utility"]
    return f"on_date = 2027-01-11\n[objective]\ngoals = {json.dumps(list(goals))}\n".encode()


class _Drawn:
    """The tables of one round."""

    def __init__(self, rng: Any, kinds: set[str], names: list[str], places: list[str]) -> None:
        self.rng, self.kinds, self.names, self.places = rng, kinds, names, places

    def _several(self) -> str:
        return str(int(self.rng.integers(1, 4))) if "several" in self.kinds else "1"

    def _codes(self, codes: Sequence[str]) -> str:
        return ";".join(code for code in codes if self.rng.random() < 0.5)

    def students(self) -> bytes:
        rows = []
        for name in self.names:
            along = 29.9 + 0.02 * int(self.rng.integers(0, 5))
            rows.append(
                [
                    name,
                    str(int(self.rng.integers(0, 3))),
                    f"k{int(self.rng.integers(0, 2))}",
                    self._codes(["g0", "g1", "g2"]),
                    self._codes(["p0", "p1"]),
                    self._several(),
                    f"{along:.3f}",
                    "-90.0",
                    ["walk;van", "van", "walk", "transit;van"][int(self.rng.integers(0, 4))],
                    "30",
                ]
            )
        columns = ["student_id", "priority", "school_id", "groups", "programs", "max_placements"]
        columns += ["latitude", "longitude", "travel_modes", "max_travel_minutes"]
        return write_table(columns, rows)

    def opportunities(self) -> bytes:
        rows = []
        for name in self.places:
            seats = int(self.rng.integers(1, 4))
            least = int(self.rng.integers(0, seats + 2)) if "cohorts" in self.kinds else 0
            along = 29.9 + 0.02 * int(self.rng.integers(0, 5))
            start = 9 + 2 * int(self.rng.integers(0, 3))
            day = _DAYS[int(self.rng.integers(0, 3))]
            rows.append(
                [
                    name,
                    str(seats),
                    str(least),
                    f"e{int(self.rng.integers(0, 2))}",
                    ["", "t0", "t1"][int(self.rng.integers(0, 3))],
                    ["internship", "job_shadow"][int(self.rng.integers(0, 2))],
                    ["", "b0", "b1"][int(self.rng.integers(0, 3))] if "budgets" in self.kinds else "",
                    str(int(self.rng.integers(0, 500)) / 100) if "budgets" in self.kinds else "",
                    f"{along:.3f}" if {"vans", "clashes"} & self.kinds else "",
                    "-90.0" if {"vans", "clashes"} & self.kinds else "",
                    f"{day} {start:02}:00-{start + 2:02}:00" if "clashes" in self.kinds else "",
                    "observation",
                ]
            )
        columns = ["opportunity_id", "seats", "min_students", "employer_id", "site_id", "kind"]
        columns += ["budget_id", "cost", "latitude", "longitude", "schedule", "employment"]
        return write_table(columns, rows)

    def preferences(self) -> bytes:
        rows = [
            [name, place, str(int(self.rng.integers(1, 3)))]
            for name in self.names
            for place in self.places
            if self.rng.random() < 0.5
        ]
        return write_table(["student_id", "opportunity_id", "rank"], rows)

    def schools(self) -> bytes:
        rows = [[f"k{i}", "29.9", "-90.0", str(int(self.rng.integers(0, 3)))] for i in range(2)]
        return write_table(["school_id", "latitude", "longitude", "van_seats"], rows)

    def limits(self, students: bytes, opportunities: bytes) -> bytes:
        """On what the other files name: a limit on nothing is a fault."""
        ids = {
            "employer": ["e0", "e1"],
            "site": ["t0", "t1"],
            "school": ["k0", "k1"],
            "program": ["p0", "p1"],
            "group": ["g0", "g1", "g2"],
            "kind": ["internship", "job_shadow"],
        }
        cells = {"employer": 3, "site": 4, "kind": 5}
        used = [line.split(",") for line in opportunities.decode().splitlines()[1:]]
        known = {scope: {row[column] for row in used} for scope, column in cells.items()}
        people = [line.split(",") for line in students.decode().splitlines()[1:]]
        for scope, column in (("school", 2), ("group", 3), ("program", 4)):
            known[scope] = {code for row in people for code in row[column].split(";")}
        rows = []
        for scope, names in ids.items():
            for name in names:
                if self.rng.random() < 0.45 and name in known[scope]:
                    often = 0.6 if scope == "group" else 0.25
                    low = int(self.rng.integers(1, 3)) if self.rng.random() < often else 0
                    high = str(low + int(self.rng.integers(0, 3))) if self.rng.random() < 0.7 else ""
                    rows.append([scope, name, str(low) if low else "", high])
        return write_table(["scope", "id", "min", "max"], [row for row in rows if row[2] or row[3]])

    def companions(self) -> bytes:
        rows = []
        for i, one in enumerate(self.names):
            for other in self.names[i + 1 :]:
                if self.rng.random() < 0.15:
                    rows.append([one, other, ["together", "apart"][int(self.rng.integers(0, 2))]])
        return write_table(["student_a", "student_b", "relation"], rows)
