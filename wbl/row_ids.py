"""Identifiers of rows, as they stand in an address: no larger than a column holds."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, ValidationError

LARGEST = 2**31 - 1


class RowIdConverter(IntegerConverter):
    """``<int:...>``: a number that no row can have leads to no page, as any other missing one."""

    regex = "[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        number: int = super().to_python(value)
        if number > LARGEST:
            raise ValidationError
        return number


def row_id(text: str) -> int:
    """The identifier that a query names: for ``request.args.get(..., type=row_id)``.

    Raises
    ------
    ValueError
        Where it is no number, or one that no row has.
    """
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError("no row has this number")
    return number


def number_in(text: str | None) -> int | None:
    """The number that a hidden field holds; None where it is none, or one that no column holds."""
    try:
        return row_id(text or "")
    except ValueError:
        return None


def init_row_ids(app: Flask) -> None:
    app.url_map.converters["int"] = RowIdConverter
