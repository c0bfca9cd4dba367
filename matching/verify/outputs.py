"""The output files, read without trusting any of them.

What cannot be read is reported and left out, so that the checks behind can rely on types and on
identifiers that exist.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.problem import UNKNOWN
from matching.verify.facts import Facts, Pair
from matching.verify.violations import Report

PLACEMENTS, UNPLACED = "placements.csv", "unplaced.csv"
EXPLANATIONS, SUMMARY, CERTIFICATE = "explanations.jsonl", "summary.json", "certificate.json"
FILES = (PLACEMENTS, UNPLACED, EXPLANATIONS, SUMMARY, CERTIFICATE)

PLACEMENT_COLUMNS = (
    "student_id",
    "opportunity_id",
    "utility",
    "rank",
    "travel_minutes",
    "interest_fit",
    "conditions",
)
UNPLACED_COLUMNS = ("student_id", "reason", "detail")
UNPLACED_REASONS = ("no_eligible_pair", "seats_taken", "opportunity_not_opened", "side_constraint")

_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Placement:
    """A row of placements.csv; UNKNOWN and empty text where a cell is empty."""

    pair: Pair
    utility: int
    rank: int
    minutes: int
    interest_fit: str
    conditions: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A row of unplaced.csv."""

    student: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """All that could be read; None for a file that is missing or malformed as a whole."""

    placements: list[Placement] | None
    unplaced: list[Unplaced] | None
    explanations: list[str] | None  # lines, for read_records
    summary: dict[str, Any] | None
    certificate: dict[str, Any] | None


def whole(value: object) -> int | None:
    """The value if it is a whole number of moderate size (booleans are not), else None."""
    # Prices that show that nothing is possible may be large; what they are added up to is checked.
    if type(value) is int and abs(value) <= 2**60:
        return value
    return None


def shown(value: object) -> str:
    """A value as a message may show it: printable, and not long."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        text = "…"
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:60])
    return f'"{safe}{"…" if len(text) > 60 else ""}"'


def unknown_keys(
    file: str, where: str, record: Mapping[str, Any], keys: Collection[str], report: Report
) -> None:
    """Report what stands in an object beyond what the format knows: nothing there goes unchecked."""
    unknown = sorted(set(record) - set(keys))
    if unknown:
        report.add(file, f"{where} has {shown(', '.join(unknown))}, which the format does not know")


@dataclass(frozen=True, slots=True)
class Sayer:
    """Reports what is wrong with one student's record."""

    report: Report
    student: str

    def __call__(self, message: str) -> None:
        self.report.add(EXPLANATIONS, f"student {self.student}: {message}")

    def same(self, what: str, found: object, expected: object) -> None:
        """Report a value that is not as recomputed."""
        if found != expected or isinstance(found, bool):
            self(f"{what} is {shown(found)}, recomputed {shown(expected)}")


def read_outputs(facts: Facts, files: Mapping[str, bytes], report: Report) -> Outputs:
    """Read all output files of a result that placed somebody."""
    return Outputs(
        _placements(facts, files.get(PLACEMENTS), report),
        _unplaced(facts, files.get(UNPLACED), report),
        _lines(files.get(EXPLANATIONS), report),
        read_object(SUMMARY, files.get(SUMMARY), report),
        read_object(CERTIFICATE, files.get(CERTIFICATE), report),
    )


def _rows(
    name: str, data: bytes | None, columns: tuple[str, ...], report: Report
) -> Iterator[tuple[int, list[str]]]:
    """Rows of the expected width with their number; what is not CSV is reported."""
    text = _text(name, data, report)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            expected = ",".join(columns)
            report.add(name, f"the header is {shown(','.join(header))}; expected {expected}")
            return
        for row in reader:
            if len(row) == len(columns):
                yield reader.line_num, row
            else:
                report.add(name, f"line {reader.line_num} has {len(row)} cells; expected {len(columns)}")
    except csv.Error as error:
        report.add(name, f"line {reader.line_num} is not CSV: {error}")


def _text(name: str, data: bytes | None, report: Report) -> str | None:
    if data is None:
        report.add(name, "the file is missing")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        report.add(name, f"byte {error.start} is not UTF-8")
        return None
    if "\r" in text or (text and not text.endswith("\n")):
        report.add(name, "every line ends with one line feed, also the last")
    return text


def _index(
    name: str, kind: str, places: Mapping[str, int], text: object, report: Report, where: str
) -> int | None:
    found = places.get(text) if isinstance(text, str) else None
    if found is None:
        report.add(name, f"{where}: the round has no {kind} {shown(text)}")
    return found


def _number(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _optional_number(text: str) -> int | None:
    return _number(text) if text else UNKNOWN


def _placements(facts: Facts, data: bytes | None, report: Report) -> list[Placement] | None:
    before = len(report.found)
    rows = list(_rows(PLACEMENTS, data, PLACEMENT_COLUMNS, report))
    if not rows and len(report.found) > before:
        return None
    placements = []
    for line, row in rows:
        where = f"line {line}"
        student = _index(PLACEMENTS, "student", facts.student_index, row[0], report, where)
        opportunity = _index(PLACEMENTS, "opportunity", facts.opportunity_index, row[1], report, where)
        numbers = (_number(row[2]), _optional_number(row[3]), _optional_number(row[4]))
        for column, cell, number in zip(PLACEMENT_COLUMNS[2:5], row[2:5], numbers, strict=True):
            if number is None:
                report.add(PLACEMENTS, f"{where}: {column} {shown(cell)} is not a whole number")
        utility, rank, minutes = numbers
        if student is None or opportunity is None or utility is None:
            continue
        if rank is None or minutes is None:
            continue
        placements.append(Placement((student, opportunity), utility, rank, minutes, row[5], row[6]))
    return placements


def _unplaced(facts: Facts, data: bytes | None, report: Report) -> list[Unplaced] | None:
    before = len(report.found)
    rows = list(_rows(UNPLACED, data, UNPLACED_COLUMNS, report))
    if not rows and len(report.found) > before:
        return None
    unplaced = []
    for line, (identifier, reason, detail) in rows:
        where = f"line {line}"
        student = _index(UNPLACED, "student", facts.student_index, identifier, report, where)
        if reason not in UNPLACED_REASONS:
            report.add(UNPLACED, f"{where}: {shown(reason)} is not a reason")
        if student is not None:
            unplaced.append(Unplaced(student, reason, detail))
    return unplaced


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object names a key twice")
    return found


def read_object(name: str, data: bytes | None, report: Report) -> dict[str, Any] | None:
    """Read a file that holds one JSON object."""
    text = _text(name, data, report)
    if text is None:
        return None
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        report.add(name, f"the file is not JSON: {error}")
        return None
    if not isinstance(value, dict):
        report.add(name, "the file does not hold a JSON object")
        return None
    return value


def read_records(lines: Sequence[str], report: Report) -> Iterator[dict[str, Any]]:
    """The records of explanations.jsonl one after the other; what is no JSON object is reported.

    One at a time, because a large round has too many of them to hold at once.
    """
    decoder = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_twins)
    for line, text in enumerate(lines, start=1):
        try:
            value = decoder.decode(text)
        except (ValueError, RecursionError) as error:
            report.add(EXPLANATIONS, f"line {line} is not JSON: {error}")
            continue
        if isinstance(value, dict):
            yield value
        else:
            report.add(EXPLANATIONS, f"line {line} does not hold a JSON object")


def _lines(data: bytes | None, report: Report) -> list[str] | None:
    text = _text(EXPLANATIONS, data, report)
    return None if text is None else text.split("\n")[:-1]
