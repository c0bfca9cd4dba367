"""Reading O*NET's own files: the table of interests, as text or as a spreadsheet.

The database is licensed CC BY 4.0 by the U.S. Department of Labor; a page that shows what came from
it names it.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from matching.problem import RIASEC
from wbl.interests.activities import HIGHEST
from wbl.interests.models import Occupation
from wbl.interests.occupations import own_table

INTERESTS, NAMES = "Interests", "Occupation Data"
LEAST, GREATEST = 1.0, 7.0
"""The scale of O*NET's occupational interests."""
SCALE = "OI"

# Roughly, by the first digits of the code: O*NET itself names no clusters of 2024.
CLUSTERS = {
    "11": "Management & Entrepreneurship",
    "13": "Management & Entrepreneurship",
    "13-2": "Financial Services",
    "15": "Digital Technology",
    "17": "Advanced Manufacturing",
    "17-1": "Construction",
    "19": "Energy & Natural Resources",
    "21": "Healthcare & Human Services",
    "23": "Public Service & Safety",
    "25": "Education",
    "27": "Arts, Entertainment & Design",
    "29": "Healthcare & Human Services",
    "31": "Healthcare & Human Services",
    "33": "Public Service & Safety",
    "35": "Hospitality, Events & Tourism",
    "37": "Hospitality, Events & Tourism",
    "39": "Hospitality, Events & Tourism",
    "41": "Marketing & Sales",
    "43": "Management & Entrepreneurship",
    "45": "Agriculture",
    "47": "Construction",
    "49": "Advanced Manufacturing",
    "51": "Advanced Manufacturing",
    "53": "Supply Chain & Transportation",
    "55": "Public Service & Safety",
}

Row = dict[str, str]


class BadFiles(Exception):
    """The folder is not what it should be; the message says what is missing."""


def read(folder: Path) -> list[Occupation]:
    """Every occupation with six interest scores, by code.

    Parameters
    ----------
    folder
        With ``Interests`` and, where the first names no titles, ``Occupation Data``; each as ``.txt``
        (tabs) or ``.xlsx``, as O*NET offers them.

    Raises
    ------
    BadFiles
        Where a file is missing, or not one of O*NET's.
    """
    titles: dict[str, str] = {}
    scores: dict[str, dict[str, float]] = {}
    for row in _rows(folder, INTERESTS):
        if row.get("Scale ID") == SCALE and row["Element Name"][:1] in RIASEC:
            code = row["O*NET-SOC Code"]
            scores.setdefault(code, {})[row["Element Name"][0]] = float(row["Data Value"])
            titles.setdefault(code, row.get("Title", ""))
    if not all(titles.values()):
        titles |= {row["O*NET-SOC Code"]: row["Title"] for row in _rows(folder, NAMES)}
    whole = {code: found for code, found in scores.items() if len(found) == len(RIASEC)}
    if not whole:
        raise BadFiles(f"{INTERESTS} holds no occupational interests (scale {SCALE})")
    own = {f"{work.soc_code}.00": work.cluster for work in own_table()}
    return [
        Occupation(
            soc_code=code,
            title=titles.get(code, code),
            cluster=own.get(code) or CLUSTERS.get(code[:4]) or CLUSTERS.get(code[:2], ""),
            riasec=";".join(f"{_score(found[letter]):g}" for letter in RIASEC),
        )
        for code, found in sorted(whole.items())
    ]


def _score(value: float) -> float:
    return round(HIGHEST * (value - LEAST) / (GREATEST - LEAST), 2)


def _rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a file by the names of its first row."""
    text, sheet = folder / f"{name}.txt", folder / f"{name}.xlsx"
    try:
        if text.is_file():
            with text.open(encoding="utf-8", newline="") as file:
                yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        elif sheet.is_file():
            yield from _named(_cells(sheet))
        else:
            raise BadFiles(f"there is neither {text.name} nor {sheet.name}")
    except (KeyError, ValueError, zipfile.BadZipFile, ParseError, DefusedXmlException) as fault:
        raise BadFiles(f"{name} is not as O*NET writes it: {fault}") from None


def _named(rows: Iterator[Sequence[str]]) -> Iterator[Row]:
    names = next(rows, ())
    for row in rows:
        yield dict(zip(names, row, strict=False))


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _cells(path: Path) -> Iterator[list[str]]:
    """The cells of the first sheet as text, a row at a time; a cell that is left out is ""."""
    with zipfile.ZipFile(path) as archive:
        with archive.open("xl/sharedStrings.xml") as file:
            shared = ["".join(item.itertext()) for item in _elements(file, "si")]
        with archive.open("xl/worksheets/sheet1.xml") as file:
            for row in _elements(file, "row"):
                found: list[str] = []
                for cell in row.iter(f"{_MAIN}c"):
                    column = _column(cell.get("r", ""))
                    found += [""] * (column - len(found))
                    value = cell.findtext(f"{_MAIN}v") or "".join(cell.itertext())
                    found.append(shared[int(value)] if cell.get("t") == "s" else value)
                yield found


def _column(place: str) -> int:
    """ "C7" is column 2."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _elements(file: Any, name: str) -> Iterator[Any]:
    for _event, element in iterparse(file):
        if element.tag == _MAIN + name:
            yield element
            element.clear()
