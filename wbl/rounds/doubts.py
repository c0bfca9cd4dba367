"""What of an upload is likely a mistake, though nothing forbids it: said before it is imported.

The sentences name files, columns and lines, never people: the preview that keeps them stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from matching.eligibility.ages import age_on
from matching.messages import accommodation_codes
from wbl.rounds.columns import PEOPLE_COLUMNS, PIN_COLUMNS
from wbl.rounds.people_files import PeopleFiles
from wbl.rounds.rows import Rows, read_rows

YOUNGEST, OLDEST = 10, 22  # of students in high school, and those served until they turn 22
_LINES_SHOWN = 5


def doubts_of(
    files: Mapping[str, bytes], students: Rows, opportunities: Rows, people: PeopleFiles, first_day: date
) -> list[str]:
    """Warnings about a folder without fault, each a sentence.

    Parameters
    ----------
    first_day
        On which ages are counted.
    """
    return [
        *_ages(students, first_day),
        *_sites(opportunities, people),
        *_needs(students),
        *_pins(read_rows(files, "pins.csv", PIN_COLUMNS)),
        *_names(read_rows(files, "people.csv", PEOPLE_COLUMNS)),
    ]


def _ages(students: Rows, first_day: date) -> list[str]:
    found = [
        row
        for row, cells in enumerate(students.cells)
        if cells.get("birth_date") and not YOUNGEST <= _age(cells["birth_date"], first_day) <= OLDEST
    ]
    if not found:
        return []
    return [
        ngettext(
            "students.csv: %(num)s birth date gives an age under %(youngest)s or over %(oldest)s on the"
            " first day (%(lines)s). Check the year.",
            "students.csv: %(num)s birth dates give an age under %(youngest)s or over %(oldest)s on the"
            " first day (%(lines)s). Check the years.",
            len(found),
            youngest=YOUNGEST,
            oldest=OLDEST,
            lines=_lines(students, found),
        )
    ]


def _age(birth_date: str, day: date) -> int:
    age = age_on(date.fromisoformat(birth_date).toordinal(), day.toordinal())
    assert age is not None  # only an unknown birth date gives none
    return age


def _sites(opportunities: Rows, people: PeopleFiles) -> list[str]:
    if people.sites is None:
        return []
    found = [
        row
        for row, cells in enumerate(opportunities.cells)
        if cells.get("site_id") and cells["site_id"] not in people.sites
    ]
    if not found:
        return []
    return [
        ngettext(
            "opportunities.csv: %(num)s opportunity names a site_id that is not in sites.csv (%(lines)s)."
            " Its letters will have no address.",
            "opportunities.csv: %(num)s opportunities name a site_id that is not in sites.csv (%(lines)s)."
            " Their letters will have no address.",
            len(found),
            lines=_lines(opportunities, found),
        )
    ]


def _needs(students: Rows) -> list[str]:
    known = accommodation_codes()
    unknown: dict[str, list[int]] = {}
    for row, cells in enumerate(students.cells):
        for code in {item.strip(" ") for item in cells.get("needs", "").split(";")} - {"", *known}:
            unknown.setdefault(code, []).append(row)
    if not unknown:
        return []
    said = [
        _(
            "students.csv: needs holds “%(code)s”, which has no name here (%(lines)s). It is matched"
            " with opportunities letter by letter, and shown as it is written.",
            code=code,
            lines=_lines(students, rows),
        )
        for code, rows in sorted(unknown.items())
    ]
    return [*said, _("Codes of needs that have a name: %(codes)s.", codes=", ".join(known))]


def _pins(pins: Rows) -> list[str]:
    found = [row for row, cells in enumerate(pins.cells) if not cells.get("reason")]
    if not found:
        return []
    return [
        ngettext(
            "pins.csv: %(num)s decision has no reason (%(lines)s). Whoever asks later will find none.",
            "pins.csv: %(num)s decisions have no reason (%(lines)s). Whoever asks later will find none.",
            len(found),
            lines=_lines(pins, found),
        )
    ]


def _names(people: Rows) -> list[str]:
    if not people.cells:
        return []
    columns = people.table.columns
    called = "given_name" in columns or "preferred_name" in columns
    there = {"given_name": called, "family_name": "family_name" in columns}
    missing = [name for name, given in there.items() if not given]
    if not missing:
        return []
    if len(missing) == 1:
        return [
            _(
                "people.csv has no column %(column)s: letters will show only the other name.",
                column=missing[0],
            )
        ]
    return [
        _(
            "people.csv has no columns given_name and family_name: letters will show the identifier"
            " instead of a name."
        )
    ]


def _lines(rows: Rows, found: list[int]) -> str:
    """Where rows stand: the first few lines, and that there are more."""
    shown = ", ".join(str(rows.table.line(row)) for row in found[:_LINES_SHOWN])
    if len(found) > _LINES_SHOWN:
        shown = _("%(lines)s and more", lines=shown)
    return ngettext("line %(lines)s", "lines %(lines)s", len(found), lines=shown)
