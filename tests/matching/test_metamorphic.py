"""What must not change a result, and what can only make it better."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from matching.eligibility import eligible_pairs
from matching.files import RoundFaults, parse_round, write_table
from matching.previous import Previous
from matching.solve import Infeasible, solve
from tests.matching.strategies_whole import Whole, whole_rounds

Files = dict[str, bytes]
Rows = list[dict[str, str]]

ROOT = Path(__file__).resolve().parents[2]
PROVED = ("placements.csv", "unplaced.csv", "certificate.json")
COLUMNS_OF_STUDENTS = ("student_id", "student_a", "student_b")
COLUMNS_OF_OPPORTUNITIES = ("opportunity_id",)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("solver_at_hand")]

some_rounds = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def rows_of(data: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(data.decode())))


def changed(files: Mapping[str, bytes], name: str, change: Callable[[Rows], Rows]) -> Files:
    """The files with other rows in one of them."""
    header = next(csv.reader(io.StringIO(files[name].decode())))
    rows = change(rows_of(files[name]))
    return dict(files) | {name: write_table(header, ([row[column] for column in header] for row in rows))}


def outputs(files: Files, previous: Previous | None) -> Files | None:
    """The result; None where there is none (a fault, or a conflict)."""
    try:
        return solve(parse_round(files), previous=previous).files()
    except (RoundFaults, Infeasible):
        return None


def values(files: Files, previous: Previous | None) -> list[int] | None:
    found = outputs(files, previous)
    return [goal["value"] for goal in json.loads(found["summary.json"])["goals"]] if found else None


@some_rounds
@given(whole_rounds(), st.integers(0, 2**32))
def test_the_order_of_rows_changes_no_byte(whole: Whole, seed: int) -> None:
    shuffled = dict(whole.files)
    for name in shuffled:
        if name.endswith(".csv"):
            shuffled = changed(shuffled, name, lambda rows: random.Random(seed).sample(rows, len(rows)))
    one, other = outputs(whole.files, whole.held_before), outputs(shuffled, whole.held_before)
    assert (one is None) == (other is None)
    if one and other:
        assert [one[name] for name in PROVED] == [other[name] for name in PROVED]


@some_rounds
@given(whole_rounds(), st.integers(0, 2**32))
def test_other_names_change_no_value(whole: Whole, seed: int) -> None:
    draw = random.Random(seed)

    def names(file: str, column: str) -> dict[str, str]:
        old = sorted(row[column] for row in rows_of(whole.files[file]))
        return dict(zip(old, draw.sample([f"x{i:03}" for i in range(99)], len(old)), strict=True))

    students = names("students.csv", "student_id")
    opportunities = names("opportunities.csv", "opportunity_id")

    def renamed(rows: Rows) -> Rows:
        for row in rows:
            for columns, new in (
                (COLUMNS_OF_STUDENTS, students),
                (COLUMNS_OF_OPPORTUNITIES, opportunities),
            ):
                row.update({column: new[row[column]] for column in columns if column in row})
        return rows

    files = dict(whole.files)
    for name in files:
        if name.endswith(".csv"):
            files = changed(files, name, renamed)
    before = whole.held_before
    held: Previous | None = None
    if before is not None:
        held = {
            students[student]: tuple(sorted(opportunities.get(o, o) for o in seats))
            for student, seats in before.items()
        }
    assert values(files, held) == values(whole.files, before)


@some_rounds
@given(whole_rounds(), st.data())
def test_one_seat_more_never_lowers_the_value(whole: Whole, data: st.DataObject) -> None:
    count = len(rows_of(whole.files["opportunities.csv"]))
    place = data.draw(st.integers(0, count - 1))

    def one_more(rows: Rows) -> Rows:
        rows[place]["seats"] = str(int(rows[place]["seats"]) + 1)
        return rows

    before = values(whole.files, whole.held_before)
    after = values(changed(whole.files, "opportunities.csv", one_more), whole.held_before)
    if before is not None:
        assert after is not None and after >= before


@some_rounds
@given(whole_rounds(), st.data())
def test_forbidding_what_is_excluded_already_changes_nothing(whole: Whole, data: st.DataObject) -> None:
    try:
        problem = parse_round(whole.files)
    except RoundFaults:
        return
    found = eligible_pairs(problem)
    eligible = set(zip(found.student.tolist(), found.opportunity.tolist(), strict=True))
    pinned = {(row["student_id"], row["opportunity_id"]) for row in rows_of(whole.files.get("pins.csv", b""))}
    excluded = [
        (s, o)
        for i, s in enumerate(problem.students.ids)
        for j, o in enumerate(problem.opportunities.ids)
        if (i, j) not in eligible and (s, o) not in pinned
    ]
    if not excluded:
        return
    pair = data.draw(st.sampled_from(excluded))
    pins = [[*each.values()] for each in rows_of(whole.files.get("pins.csv", b""))]
    columns = ["student_id", "opportunity_id", "decision", "reason"]
    files = dict(whole.files)
    files["pins.csv"] = write_table(columns, [*pins, [*pair, "forbid", "excluded already"]])
    one, other = outputs(whole.files, whole.held_before), outputs(files, whole.held_before)
    assert (one is None) == (other is None)
    if one and other:
        assert one["placements.csv"] == other["placements.csv"]


@some_rounds
@given(whole_rounds(), st.sampled_from((2, 4, 64)))
def test_weights_are_shares(whole: Whole, times: int) -> None:
    plain = whole.files["policy.toml"].decode()
    if "[weights]" in plain:
        return
    scaled = dict(whole.files)
    weights = (("preference", 40), ("interest", 25), ("travel", 20), ("growth", 15))
    lines = "".join(f"{name} = {weight * times}\n" for name, weight in weights)
    scaled["policy.toml"] = f"{plain}[weights]\n{lines}".encode()
    one, other = outputs(whole.files, whole.held_before), outputs(scaled, whole.held_before)
    assert (one is None) == (other is None)
    if one and other:
        assert one["placements.csv"] == other["placements.csv"]


def test_other_processes_and_numbers_of_workers_change_no_byte(tmp_path: Path) -> None:
    from benchmarks.towns import make_round

    results = []
    for workers, hashing in (("1", "0"), ("2", "1"), ("3", "random")):
        folder, out = tmp_path / f"round{workers}", tmp_path / f"out{workers}"
        folder.mkdir()
        files = make_round(400, 80, 11)
        files["policy.toml"] = files.get("policy.toml", b"") + f"[solver]\nworkers = {workers}\n".encode()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        run(["solve", str(folder), "--out", str(out), "--quiet"], hashing)
        results.append({name: (out / name).read_bytes() for name in PROVED})
    for name in ("placements.csv", "unplaced.csv"):
        assert results[0][name] == results[1][name] == results[2][name]
    # The digest counts the policy, the number of workers in it included.
    proofs = [json.loads(result["certificate.json"])["goals"] for result in results]
    assert proofs[0] == proofs[1] == proofs[2]


def run(arguments: Sequence[str], hashing: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    subprocess.run(
        [sys.executable, "-m", "matching", *arguments], cwd=ROOT, env=environment, check=True, timeout=120
    )
