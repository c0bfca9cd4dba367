"""Who takes part in the two rounds of a simulated year, as round folders."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from matching.files import write_table
from wbl.demo.district import demo_round

STUDENTS = 70
"""Fewer than there are seats: where every seat is needed, nothing that was learned can choose."""
LATER = timedelta(weeks=32)
"""From the spring round to the autumn round: whole weeks, so that weekdays stay."""
GROWTH_WEIGHT = 60
"""Of the district's policy in both rounds; the format's default is 15."""
STORIES = re.compile(r"S0(0\d|1\d|2[0-4])")
"""Students who are written out by hand."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
LEFT_OUT = ("growth.csv", "pins.csv")
"""What the demo's round says of the past, and what its coordinator decided in spring."""

Row = dict[str, str]
Files = dict[str, bytes]


def spring(seed: int) -> Files:
    """The folder of the first round."""
    return _policy(_students(demo_round(seed), seed))


def autumn(seed: int) -> Files:
    """The folder of the second: the same employers and seats, and the same students for a second placement.

    With others, most of what differs between two rounds of some 66 placements would be who they are.
    """
    files = spring(seed)
    files["opportunities.csv"] = _each(files["opportunities.csv"], _later)
    files["students.csv"] = _each(
        files["students.csv"], lambda row: row | {"available": _shift(row["available"])}
    )
    return files | {"policy.toml": _shift(files["policy.toml"].decode()).encode()}


def _students(files: Mapping[str, bytes], seed: int) -> Files:
    """Some of the students, those of the stories first."""
    ids = [row["student_id"] for row in _rows(files["students.csv"])]
    stories = [one for one in ids if STORIES.fullmatch(one)]
    others = [one for one in ids if not STORIES.fullmatch(one)]
    names = {*stories, *Random(f"cohort {seed}").sample(others, STUDENTS - len(stories))}
    found = {}
    for name, content in files.items():
        if name in LEFT_OUT:
            continue
        if name.endswith(".csv") and b"student_id" in content.partition(b"\n")[0]:
            content = _table([row for row in _rows(content) if row["student_id"] in names])
        found[name] = content
    return found


def _policy(files: Files) -> Files:
    text = re.sub(r"(?m)^growth = \d+$", f"growth = {GROWTH_WEIGHT}", files["policy.toml"].decode())
    return files | {"policy.toml": text.encode()}


def _later(row: Row) -> Row:
    return row | {name: _shift(row[name]) for name in ("schedule", "start_date", "end_date")}


def _shift(text: str) -> str:
    """A text with its dates moved to autumn."""
    return DATE.sub(lambda found: (date.fromisoformat(found.group()) + LATER).isoformat(), text)


def _each(content: bytes, change: Callable[[Row], Row]) -> bytes:
    return _table([change(row) for row in _rows(content)])


def _rows(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _table(rows: list[Row]) -> bytes:
    return write_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
