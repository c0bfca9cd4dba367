"""The files whose rows are about one student and one opportunity."""

from __future__ import annotations

import numpy as np

from matching.files.arrays import TableReader
from matching.files.faults import quoted
from matching.files.index import Index, report_repeated
from matching.problem import (
    UNKNOWN,
    BoolArray,
    EligiblePairs,
    Growth,
    IntArray,
    PairTable,
    Pins,
    Preferences,
)
from matching.said import Said, said


class PairRows:
    """Rows about pairs: who they are about, and the order sorted by student, then opportunity."""

    def __init__(self, reader: TableReader, students: Index, opportunities: Index) -> None:
        self.student = students.find(reader, "student_id")
        self.opportunity = opportunities.find(reader, "opportunity_id")
        self.order: IntArray = np.lexsort((self.opportunity, self.student))

    def repeated(self) -> bool:
        """Return whether two rows are about one pair (or identifiers are unknown)."""
        student, opportunity = self.student[self.order], self.opportunity[self.order]
        return bool(((np.diff(student) == 0) & (np.diff(opportunity) == 0)).any())

    def sorted(self) -> tuple[IntArray, IntArray]:
        """Return students and opportunities in order."""
        return self.student[self.order], self.opportunity[self.order]


def read_preferences(reader: TableReader, students: Index, opportunities: Index) -> Preferences:
    """Return preferences.csv."""
    rows = _unique(reader, students, opportunities)
    ranks = reader.ints("rank"), reader.ints("opportunity_rank")
    return Preferences(*rows.sorted(), *(rank[rows.order] for rank in ranks))


def read_refusals(reader: TableReader, students: Index, opportunities: Index) -> PairTable:
    """Return refusals.csv."""
    return PairTable(*_unique(reader, students, opportunities).sorted())


def read_growth(reader: TableReader, students: Index, opportunities: Index) -> Growth:
    """Return growth.csv."""
    rows = _unique(reader, students, opportunities)
    return Growth(*rows.sorted(), reader.floats("value")[rows.order])


def read_eligible(reader: TableReader, students: Index, opportunities: Index) -> EligiblePairs:
    """Return eligible.csv."""
    rows = _unique(reader, students, opportunities)
    return EligiblePairs(*rows.sorted(), reader.ints("utility")[rows.order])


def read_pins(reader: TableReader, students: Index, opportunities: Index, max_placements: IntArray) -> Pins:
    """Return pins.csv; pins that contradict each other are faults.

    Parameters
    ----------
    max_placements
        By student: pins that require more for one contradict students.csv.
    """
    rows = PairRows(reader, students, opportunities)
    codes, decisions = reader.encoded("decision")
    require: BoolArray = np.array([word == "require" for word in decisions], dtype=np.bool_)[codes]
    _contradictions(reader, require)
    _too_many(reader, require, rows.student, max_placements)
    line: IntArray = np.array(reader.table.lines, dtype=np.int64)
    return Pins(*rows.sorted(), require[rows.order], line[rows.order])


def _unique(reader: TableReader, students: Index, opportunities: Index) -> PairRows:
    rows = PairRows(reader, students, opportunities)
    if rows.repeated():
        keys = list(zip(reader.table.cells("student_id"), reader.table.cells("opportunity_id"), strict=True))
        report_repeated(reader, "opportunity_id", keys)
    return rows


def _contradictions(reader: TableReader, require: BoolArray) -> None:
    first_pin: dict[tuple[str, str], int] = {}
    students, opportunities = reader.table.cells("student_id"), reader.table.cells("opportunity_id")
    for row, pair in enumerate(zip(students, opportunities, strict=True)):
        if not all(pair):
            continue
        earlier = first_pin.setdefault(pair, row)
        if earlier != row:
            line = reader.table.line(earlier)
            if require[earlier] == require[row]:
                message = said("this pair is pinned on line {line} already; keep one of the rows", line=line)
            elif require[earlier]:
                message = said(
                    "line {line} requires the pair that this line forbids; keep one of the rows", line=line
                )
            else:
                message = said(
                    "line {line} forbids the pair that this line requires; keep one of the rows", line=line
                )
            reader.fault(row, "decision", message)


def _too_many(reader: TableReader, require: BoolArray, student: IntArray, most: IntArray) -> None:
    """Report each pin that requires one seat more for a student than ``max_placements`` allows."""
    students, opportunities = reader.table.cells("student_id"), reader.table.cells("opportunity_id")
    required: dict[int, dict[str, int]] = {}  # opportunity to its first row, by student
    for row in map(int, np.flatnonzero(require & (student != UNKNOWN))):
        seats = required.setdefault(int(student[row]), {})
        if opportunities[row] in seats:
            continue  # reported as a contradiction
        seats[opportunities[row]] = row
        if len(seats) > most[student[row]]:
            earlier = list(seats.values())[:-1]
            lines = ", ".join(str(reader.table.line(other)) for other in earlier)
            whom, seats_of = quoted(students[row]), _seats(int(most[student[row]]))
            if len(earlier) == 1:
                message = said(
                    "line {line} requires {opportunity} for {student} already, who has {seats} "
                    "(max_placements); withdraw one of the pins or raise it",
                    line=lines,
                    opportunity=quoted(opportunities[earlier[0]]),
                    student=whom,
                    seats=seats_of,
                )
            else:
                message = said(
                    "lines {lines} require {count} opportunities for {student} already, who has {seats} "
                    "(max_placements); withdraw one of the pins or raise it",
                    lines=lines,
                    count=len(earlier),
                    student=whom,
                    seats=seats_of,
                )
            reader.fault(row, "decision", message)


def _seats(number: int) -> Said:
    return said("1 seat") if number == 1 else said("{count} seats", count=number)
