"""The numbers that a student in need sees: those of the whole country, and the district's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from flask_babel import get_locale

from wbl.safety import queries

TABLE = Path(__file__).parent / "tables" / "numbers.toml"


@dataclass(frozen=True, slots=True)
class Number:
    """``text``: where a message may be sent; "" where none is taken."""

    phone: str
    name: str
    hint: str
    source: str
    checked_on: date
    text: str = ""


@cache
def _everywhere(language: str) -> tuple[Number, ...]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["number"]
    spanish = "_es" if language == "es" else ""
    return tuple(
        Number(
            phone=row["phone"],
            name=row[f"name{spanish}"],
            hint=row[f"hint{spanish}"],
            source=row["source"],
            checked_on=row["checked_on"],
            text=row.get("text", ""),
        )
        for row in rows
    )


def everywhere() -> tuple[Number, ...]:
    """Those of the whole country, in the language of the page; the first is the one for now."""
    return _everywhere(str(get_locale().language))


def of_district(district_id: int) -> list[Number]:
    """A district's own, in the language of the page, English where there is none in that."""
    spanish = str(get_locale().language) == "es"
    return [
        Number(
            phone=row.phone,
            name=(row.name_es if spanish else "") or row.name,
            hint=(row.hint_es if spanish else "") or row.hint,
            source=row.source,
            checked_on=row.checked_on,
        )
        for row in queries.numbers(district_id)
    ]
