"""The database: base class, column types, and the one place that commits.

SQLite runs in WAL mode with foreign keys on. A write takes the write lock at its *start*
(``BEGIN IMMEDIATE``): a transaction that reads first and locks later fails under a second writer,
one that locks first waits its turn.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Delete, Dialect, Enum, MetaData, Select, Update, event
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

_Columns = TypeVar("_Columns", bound=tuple[Any, ...])

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


FOLD = "small_letters"
"""What SQLite calls ``str.lower``: its own ``lower`` leaves Á as it is (see ``search.py``)."""

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def plain_rows(statement: Select[_Columns]) -> Sequence[_Columns]:
    """Thousands of rows of plain values, a third faster than by the session, whose transaction they are in.

    Not for whole objects: of those it gives the columns.
    """
    return db.session.connection().execute(statement).tuples().all()


def state_column(states: type[enum.StrEnum], name: str) -> Enum:
    """A text column that holds only values of ``states``, held to it by a check constraint."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def _small_letters(text: str | None) -> str | None:
    return None if text is None else text.lower()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # Transactions are begun by us (below), not by the driver's own guesses.
    connection.isolation_level = None
    connection.create_function(FOLD, 1, _small_letters, deterministic=True)
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=15000")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def change(statement: Update | Delete) -> int:
    """Send a conditional UPDATE or DELETE; how many rows it changed.

    This is how a claim or a compare-and-set is made: the condition is part of the write, so of two
    that race one changes a row and the other none. Objects in the session are not refreshed.
    """
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult):
        raise TypeError("not a statement that changes rows")
    return result.rowcount


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is written, or nothing is. Only routes, jobs and commands open one.

    What was read before is read again inside, under the write lock, so that a decision is never
    taken on what was true a moment ago.

    Raises
    ------
    RuntimeError
        Where one is open already (a service called another edge), or where something was changed
        outside of one.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() is for the edge: it is open already")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside of transaction()")
    session.rollback()
    session.info["in_transaction"] = True
    try:
        session.connection(execution_options={"immediate": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False
