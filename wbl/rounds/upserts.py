"""Writing many rows at once: those that are missing are added, those that differ are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update

from wbl.db import db

AT_ONCE = 5_000

Key = tuple[Any, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upserted:
    """``ids`` by key, of the rows that were wanted; ``others`` are the ids of the rest of the scope."""

    ids: dict[Key, int]
    others: list[int]


def table_of(model: Any) -> Table:
    """The table of a model, for statements over many rows that need no objects."""
    table: Table = model.__table__
    return table


def insert_rows(model: Any, rows: list[dict[str, Any]]) -> None:
    """Add rows; each has the same columns."""
    if not rows:
        return
    table, connection = table_of(model), db.session.connection()
    if connection.dialect.name == "postgresql":
        # An import of 10,000 students takes 10.7 s by INSERT and 4.0 s by COPY.
        _copy_rows(table, connection, rows)
        return
    for start in range(0, len(rows), AT_ONCE):
        db.session.execute(insert(table), rows[start : start + AT_ONCE])


def _copy_rows(table: Table, connection: Connection, rows: list[dict[str, Any]]) -> None:
    """PostgreSQL's own way of taking many rows, in the same transaction."""
    dialect = connection.dialect
    # What SQLAlchemy fills in by itself where it writes an INSERT.
    given = {
        column.name: column.default.arg  # type: ignore[attr-defined]
        for column in table.columns
        if column.default is not None and column.default.is_scalar
    }
    columns = list({**given, **rows[0]})
    convert = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    pairs = list(zip(columns, convert, strict=True))
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        for row in rows:
            values = {**given, **row}
            copy.write_row([process(values[name]) if process else values[name] for name, process in pairs])


def upsert(
    model: Any,
    keys: tuple[str, ...],
    scope: ColumnElement[bool],
    wanted: Mapping[Key, Values],
    *,
    on_insert: Callable[[], Values] | None = None,
) -> Upserted:
    """Make the rows of ``scope`` with a key in ``wanted`` have its values.

    Parameters
    ----------
    keys
        The columns that tell rows apart.
    scope
        Which rows to look at.
    wanted
        By key, the values of the row. A column that a row does not name keeps its value, or is
        empty text in a new row.
    on_insert
        More values of each new row.
    """
    table = table_of(model)
    columns = sorted({column for values in wanted.values() for column in values})
    query = select(table.c.id, *(table.c[key] for key in keys), *(table.c[column] for column in columns))
    width = 1 + len(keys)
    found = {tuple(row[1:width]): (row[0], row[width:]) for row in db.session.execute(query.where(scope))}
    _update(table, columns, found, wanted)
    blank = dict.fromkeys(columns, "")
    insert_rows(
        model,
        [
            {**blank, **values, **dict(zip(keys, key, strict=True)), **(on_insert() if on_insert else {})}
            for key, values in wanted.items()
            if key not in found
        ],
    )
    ids: dict[Key, int] = {}
    others: list[int] = []
    query = select(table.c.id, *(table.c[key] for key in keys))
    for row_id, *key in db.session.execute(query.where(scope)):
        if tuple(key) in wanted:
            ids[tuple(key)] = row_id
        else:
            others.append(row_id)
    return Upserted(ids, others)


def _update(
    table: Table,
    columns: list[str],
    found: Mapping[Key, tuple[int, Any]],
    wanted: Mapping[Key, Values],
) -> None:
    changed = []
    for key, values in wanted.items():
        if key not in found:
            continue
        row_id, cells = found[key]
        now = dict(zip(columns, cells, strict=True))
        if any(now[column] != value for column, value in values.items()):
            then = {**now, **values}
            changed.append({"row_id": row_id, **{f"to_{column}": then[column] for column in columns}})
    if changed:
        db.session.execute(
            update(table)
            .where(table.c.id == bindparam("row_id"))
            .values({column: bindparam(f"to_{column}") for column in columns}),
            changed,
        )
