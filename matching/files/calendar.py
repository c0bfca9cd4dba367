"""calendar.csv, and the day letters that windows elsewhere speak of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import ascii_uppercase

import numpy as np

from matching.files.arrays import TableReader
from matching.files.cells import format_windows
from matching.files.faults import quoted
from matching.files.index import report_repeated
from matching.problem import UNKNOWN, Calendar, Windows
from matching.said import said

_LETTERED = (
    ("students.csv", "available"),
    ("opportunities.csv", "schedule"),
    ("schools.csv", "school_hours"),
)


def read_calendar(reader: TableReader) -> Calendar:
    """Return calendar.csv, ascending by date."""
    dates = reader.ints("date")
    days = ["" if day == UNKNOWN else date.fromordinal(day).isoformat() for day in dates.tolist()]
    report_repeated(reader, "date", days)
    order = np.argsort(dates, kind="stable")
    return Calendar(dates[order], reader.bools("in_session")[order], reader.column("day_letter", order))


def day_letters(reader: TableReader, calendar: Calendar) -> frozenset[str]:
    """Return the day letters that windows may name: any, where the calendar could not be read whole."""
    return frozenset(calendar.letter.values if reader.table.complete else ascii_uppercase)


def check_letters(readers: Mapping[str, TableReader], known: frozenset[str]) -> None:
    """Report each cell with a window whose day letter no date of the calendar has."""
    for name, column in _LETTERED:
        reader = readers[name]
        codes, values = reader.encoded(column)
        bad = {code: said for code, windows in enumerate(values) if (said := unknown_letter(windows, known))}
        for row in np.flatnonzero(np.isin(codes, list(bad))):
            reader.fault(int(row), column, bad[int(codes[row])])


def unknown_letter(windows: Windows | None, known: frozenset[str]) -> str:
    """Return what is wrong with the first window of a letter that is not known; "" where nothing is."""
    for window in windows or ():
        if window.letter and window.letter not in known:
            return said(
                "{window}: no date of calendar.csv has the day letter {letter}; give one there, or a "
                "weekday here",
                window=quoted(format_windows((window,))),
                letter=window.letter,
            )
    return ""
