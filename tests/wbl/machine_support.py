"""What the state machines share: a database that is put back for each example, and how long they run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import text

from tests.conftest import filled_tables
from wbl.db import db, transaction

PARTS = pytest.mark.parametrize("part", range(4))
"""The long runs are in four parts, each of other lives: no test may take too long on a busy machine."""
EXAMPLES = {"sqlite": 50, "postgresql": 8}
"""Lives a part, of 50 steps each: 200 in all on SQLite. PostgreSQL costs twice as much for the same rules."""
STEPS = 50


class Worlds:
    """Named states of a test's database: made once, and put back as often as wanted.

    SQLite's file is copied. On PostgreSQL the rows are copied to another schema and back, which takes a
    tenth of the time of a database from a template.
    """

    def __init__(self, app: Flask) -> None:
        self.file = Path(str(db.engine.url.database))
        self.on_file = db.engine.dialect.name == "sqlite"
        self.files: dict[str, Path] = {}
        self.schemas: list[str] = []
        self.back: dict[str, str] = {}
        """What to send to PostgreSQL to put a world back, by its name."""

    def keep(self, name: str) -> None:
        """Remember what is in the database now."""
        if self.on_file:
            self._close()
            self.files[name] = self.file.with_name(f"{uuid4().hex}.kept")
            shutil.copy(self.file, self.files[name])
            return
        names = [table.name for table in db.metadata.sorted_tables]
        filled = filled_tables()
        schema = f"kept_{uuid4().hex}"
        counters = self._ask(
            "SELECT format('SELECT setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename),"
            " coalesce(last_value, start_value), last_value IS NOT NULL) FROM pg_sequences"
            " WHERE schemaname = 'public'"
        )
        with transaction() as session:
            session.execute(text(f'CREATE SCHEMA "{schema}"'))
            for one in filled:
                session.execute(text(f'CREATE TABLE "{schema}"."{one}" AS TABLE "{one}"'))
        self.schemas.append(schema)
        # Keys and triggers are not looked at meanwhile: tables point at each other in circles.
        self.back[name] = ";".join(
            [
                "SET LOCAL session_replication_role = replica",
                *(f'DELETE FROM "{one}"' for one in names),
                *(f'INSERT INTO "{one}" SELECT * FROM "{schema}"."{one}"' for one in filled),
                *(row[0] for row in counters),
            ]
        )

    def put_back(self, name: str) -> None:
        """Make the database as it was when that name was kept."""
        if self.on_file:
            self._close()
            for ending in ("-wal", "-shm"):
                self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
            shutil.copy(self.files[name], self.file)
            return
        db.session.remove()
        with db.engine.begin() as connection:
            connection.exec_driver_sql(self.back[name])

    def forget(self) -> None:
        """Remove what was kept."""
        if self.on_file:
            for kept in self.files.values():
                kept.unlink()
            return
        with transaction() as session:
            for schema in self.schemas:
                session.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))

    def _ask(self, what: str) -> list[Any]:
        return list(db.session.execute(text(what)))

    def _close(self) -> None:
        """Nobody holds SQLite's file open, and everything is in it."""
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Run a machine so often, for so many steps each."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def run_long(machine: type[RuleBasedStateMachine]) -> None:
    """A part of the 200 × 50 steps on SQLite, or of the 32 × 50 on PostgreSQL."""
    run(machine, examples=EXAMPLES[db.engine.dialect.name], steps=STEPS)
