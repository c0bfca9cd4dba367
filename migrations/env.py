"""What Alembic does around each migration.

A new migration, after a change of models, on a database that is up to date:

    .venv/bin/python -m flask --app wsgi db migrate --rev-id 0002 -m "what changes"

Then read what it wrote. Check constraints, triggers and, on SQLite, indexes of expressions are not
compared: add them by hand (tests/test_migrations.py says what is missing). A migration imports
nothing of the application and changes either tables or rows. A table that SQLite rebuilds (a batch)
loses its triggers.
"""

from __future__ import annotations

import warnings
from typing import Any

import click
import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

db = current_app.extensions["migrate"].db
arguments = current_app.extensions["migrate"].configure_args


def render(kind: str, thing: Any, _autogenerate: Any) -> str | bool:
    """Column types as the database knows them, so that no migration needs the application's own."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def say(step: Any, **_rest: Any) -> None:
    way = "up to" if step.is_upgrade else "down from"
    click.echo(f"Database: {way} {step.up_revision_id} ({step.up_revision.doc.rstrip('.')})")


SETTINGS: dict[str, Any] = {
    "target_metadata": db.metadata,
    "render_item": render,
    # SQLite can take a change of tables back as well: a migration is done whole, or not at all.
    "transactional_ddl": True,
    **arguments,
}


def offline() -> None:
    """Print the statements (``--sql``) instead of sending them."""
    context.configure(url=db.engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **SETTINGS)
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    with db.engine.connect().execution_options(immediate=True) as connection:
        context.configure(connection=connection, on_version_apply=lambda ctx, **step: say(**step), **SETTINGS)
        if connection.dialect.name == "sqlite":
            on_sqlite(connection)
        else:
            migrate(connection)


def on_sqlite(connection: sa.Connection) -> None:
    """Without foreign keys meanwhile, which are checked at the end instead.

    A batch makes a table anew and drops the old one. With foreign keys on, the drop would delete
    every row that refers to it with ON DELETE CASCADE.
    """
    driver = connection.connection.dbapi_connection
    assert driver is not None
    # Inside a transaction this would do nothing; none has begun yet.
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        migrate(connection)
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def migrate(connection: sa.Connection) -> None:
    with warnings.catch_warnings(), context.begin_transaction():
        # Said of every comparison on SQLite; the note at the head of this file says what to do.
        warnings.filterwarnings("ignore", message=".*expression-based index")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if lost:
                tables = ", ".join(sorted({row[0] for row in lost}))
                raise RuntimeError(
                    f"after the migration {len(lost)} rows ({tables}) would refer to rows that are not "
                    "there. Nothing was changed."
                )


if context.is_offline_mode():
    offline()
else:
    online()
