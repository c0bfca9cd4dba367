"""Migrations on real databases: up, down, on data, and what they make is what the models say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy.exc import DatabaseError, IntegrityError

from tests import factories as make
from tests.conftest import ROOT
from tests.databases import new_postgres_database
from tests.wbl.published import published_place
from wbl.agreements.models import Paperwork, PaperworkTask, SiteVisit
from wbl.app import create_app
from wbl.db import db
from wbl.messages.models import MessageSetting
from wbl.people.models import District, DistrictLanguage
from wbl.placements.models import Placement

# SQLAlchemy cannot read such an index from SQLite; here it is compared by its statement instead.
pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")

VERSIONS = sorted(file.name[:4] for file in (ROOT / "migrations" / "versions").glob("0*.py"))
LATEST = VERSIONS[-1]
KINDS = ("sqlite", "postgresql")


def new_database(kind: str, folder: Path) -> str:
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'migrated.db'}"
    return new_postgres_database().replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application, inside its context, on a database in which there is nothing at all."""
    app = create_app(
        {
            "SECRET_KEY": "for tests only",
            "SQLALCHEMY_DATABASE_URI": new_database(request.param, tmp_path),
            "INSTANCE_PATH": str(tmp_path),
            "PUBLIC_URL": "http://localhost",
            "RATELIMIT_ENABLED": False,
        }
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def upgrade(directory: Path | None = None, **arguments: Any) -> None:
    db.session.remove()  # an open reader would hold PostgreSQL's tables
    flask_migrate.upgrade(str(directory) if directory else None, **arguments)


def downgrade(directory: Path | None = None, revision: str = "base") -> None:
    db.session.remove()
    flask_migrate.downgrade(str(directory) if directory else None, revision=revision)


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored, table by table."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in db.metadata.sorted_tables
        }


def schema() -> dict[str, Any]:
    """What the database itself says it consists of: columns, constraints, indexes, triggers, functions."""
    inspector = sa.inspect(db.engine)
    found: dict[str, Any] = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        found[f"{table}: columns"] = {
            column["name"]: (repr(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        }
        found[f"{table}: primary key"] = inspector.get_pk_constraint(table)
        for part in ("foreign_keys", "unique_constraints", "check_constraints"):
            listed = getattr(inspector, f"get_{part}")(table)
            found[f"{table}: {part}"] = sorted(listed, key=lambda one: str(one["name"]))
    with db.engine.connect() as connection:
        for statement in DEFINITIONS[db.engine.dialect.name]:
            found |= {row[0]: row[1] for row in connection.exec_driver_sql(statement)}
    return found


# Of indexes SQLAlchemy cannot read all, of triggers and functions none.
DEFINITIONS = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"],
    "postgresql": [
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


@pytest.fixture
def own_directory(tmp_path: Path) -> Path:
    """A copy of the migrations, to which a test adds its own."""
    directory = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", directory, ignore=shutil.ignore_patterns("__pycache__"))
    return directory


def add(directory: Path, body: str, back: str = "pass") -> None:
    (directory / "versions" / "9999_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "9999"\ndown_revision = "{LATEST}"\n'
        f"def upgrade():\n    {body}\ndef downgrade():\n    {back}\n"
    )


# ---- what the migrations make ------------------------------------------------------------------


def test_they_make_what_the_models_say(empty: Flask) -> None:
    upgrade()
    migrated = schema()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    downgrade()
    assert schema() == {}
    db.create_all()
    created = schema()
    assert migrated.keys() == created.keys()
    for name, what in created.items():
        assert migrated[name] == what, name
    # The comparison would be worth little if it saw nothing.
    assert created["round: check_constraints"][0]["name"] == "ck_round_round_state"
    assert "lower" in created["uq_user_email_lower"].lower()
    assert "IS NULL" in created["uq_publication_in_force"]
    assert any("append-only" in str(text) for text in created.values())


def test_down_to_nothing_and_up_again(empty: Flask) -> None:
    upgrade()
    first = schema()
    downgrade()
    assert tables() == {"alembic_version"}
    upgrade()
    assert schema() == first


def test_on_a_published_round(empty: Flask) -> None:
    upgrade()
    published_place()
    before = rows()
    assert all(
        before[name] for name in ("placement", "family_link", "proposal", "audit_event", "outbox_item")
    )
    upgrade()  # nothing is left to do
    assert rows() == before
    downgrade()
    assert tables() == {"alembic_version"}
    upgrade()
    assert not any(rows().values())
    published_place()
    assert len(rows()["placement"]) == 2


def test_each_step_down_and_up_on_a_published_round(empty: Flask) -> None:
    upgrade()
    published_place()
    with make.made() as session:
        # What comes back after a way down is what a migration gives: staff needs codes, and what is
        # published asks for no answer by a date.
        session.execute(sa.update(District).values(codes_required=True))
        session.execute(sa.update(Placement).values(answer_by=None))
        # And which languages a district has had checked is gone with the step that knows of them.
        session.execute(sa.delete(DistrictLanguage))
        # And when it sends nothing.
        session.execute(sa.delete(MessageSetting))
        # Nor what is begun of the paperwork, which the worker begins anew.
        for model in (PaperworkTask, Paperwork, SiteVisit):
            session.execute(sa.delete(model))
    before, now = rows(), schema()
    downgrade(revision="0001")
    assert "placement_limit" not in tables()
    upgrade()
    assert (rows(), schema()) == (before, now)


# ---- what holds afterwards ---------------------------------------------------------------------


def test_the_database_holds_the_rules_after_a_migration(empty: Flask) -> None:
    upgrade()
    with make.made():
        district = make.make_district()
        make.make_coordinator(district)
        placement_round = make.make_round(district)
    email = db.session.scalar(sa.text('SELECT email FROM "user"'))
    refused = {
        f"INSERT INTO reason (id, text) VALUES ({district.id}, NULL)": IntegrityError,
        f"UPDATE round SET state = 'lost' WHERE id = {placement_round.id}": IntegrityError,
        "INSERT INTO school (district_id, external_id, name, school_hours) VALUES (999, 'A', '', '')": (
            IntegrityError
        ),
        'INSERT INTO "user" (email, name, password_hash, active, created_at) '
        f"SELECT '{email.upper()}', '', '', active, created_at FROM \"user\"": IntegrityError,
        "UPDATE audit_event SET action = 'other'": DatabaseError,
        "DELETE FROM audit_event": DatabaseError,
    }
    db.session.execute(
        sa.text(
            "INSERT INTO audit_event (at, actor_kind, action, subject_type, details) "
            "VALUES ('2027-01-01', 'command', 'x', 'x', '{}')"
        )
    )
    db.session.commit()
    for statement, error in refused.items():
        with pytest.raises(error):
            db.session.execute(sa.text(statement))
        db.session.rollback()


# ---- migrations that will follow ---------------------------------------------------------------


def test_a_table_made_anew_takes_nothing_with_it(empty: Flask, own_directory: Path) -> None:
    """SQLite changes a table by dropping it, and rows refer to it with ON DELETE CASCADE."""
    anew = "always" if db.engine.dialect.name == "sqlite" else "auto"
    batch = f'with op.batch_alter_table("district", recreate="{anew}") as batch:\n        '
    add(
        own_directory,
        batch + 'batch.add_column(sa.Column("note", sa.Text()))',
        batch + 'batch.drop_column("note")',
    )
    upgrade(own_directory, revision=LATEST)
    published_place()
    before, first = rows(), schema()
    upgrade(own_directory)
    assert "note" in schema()["district: columns"]
    assert rows() == before
    downgrade(own_directory, LATEST)
    assert rows() == before
    assert schema() == first
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM solve_run WHERE id IN (SELECT run_id FROM publication)"))


def test_a_migration_that_breaks_leaves_nothing(empty: Flask, own_directory: Path) -> None:
    add(
        own_directory,
        'op.create_table("extra", sa.Column("id", sa.Integer()))\n    op.execute("SELECT gone")',
    )
    with pytest.raises(DatabaseError, match="gone"):
        upgrade(own_directory)
    assert not tables() & {"extra", "district"}


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_a_migration_that_loses_a_row_others_refer_to_is_refused(
    empty: Flask, own_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(own_directory, 'op.execute("DELETE FROM district")')
    upgrade(own_directory, revision=LATEST)
    published_place()
    before = rows()
    with pytest.raises(SystemExit):
        upgrade(own_directory)
    assert "Nothing was changed" in caplog.text
    assert rows() == before
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


# ---- from a shell ------------------------------------------------------------------------------


def test_tables_of_unknown_origin_are_refused(empty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    db.create_all()
    with pytest.raises(SystemExit):
        upgrade()
    assert "no record of how they were made" in caplog.text
    assert "flask db stamp" in caplog.text
    assert "alembic_version" not in tables()
    flask_migrate.stamp(revision="head")
    upgrade()


def test_statements_without_a_database(empty: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade(sql=True)
    statements = capsys.readouterr().out
    anew = 11 if db.engine.dialect.name == "sqlite" else 0  # tables that SQLite makes anew
    assert statements.count("CREATE TABLE") == len(db.metadata.tables) + 1 + anew
    assert "audit_event is append-only" in statements
    assert statements.rstrip().endswith("COMMIT;")
    assert tables() == set()


@pytest.mark.slow
def test_the_command_says_what_it_does(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}", "SECRET_KEY": "x"}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Database: up to 0001 (The first tables)"
    assert [line.partition(" (")[0] for line in lines] == [f"Database: up to {one}" for one in VERSIONS]
