"""Fixtures that every test may use. Databases are real: each test of the application runs on both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from tests.pages import CheckingClient
from wbl.accounts import services as accounts
from wbl.accounts.models import User
from wbl.app import create_app
from wbl.db import db

pytest_plugins = ["tests.databases", "tests.chromium"]

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
COMPILED_TEMPLATES = ROOT / ".pytest_cache" / "templates"  # of every process that a test begins
PASSWORD = "correct horse battery"
BEGINNINGS = "beginnings of tests"  # what an application that tests share keeps of them


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped, also where none was: a green run may have looked at little."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"Skipped: {skipped}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL, so that ``script/test --quick`` can leave it out."""
    for item in items:
        chosen = item.callspec.params if hasattr(item, "callspec") else {}
        if "postgresql" in chosen.values():
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashing is slow on purpose, and every test signs somebody in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder shared/data is not beside the project")
    return SHARED_DATA


def _settings(folder: Path, url: str) -> dict[str, object]:
    return {
        "TESTING": True,
        "SECRET_KEY": "for tests only",
        "SQLALCHEMY_DATABASE_URI": url,
        "INSTANCE_PATH": str(folder),
        "MAIL_FOLDER": str(folder / "mail"),
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "PUBLIC_URL": "http://localhost",
        "GALLERY": True,
        "COUNT_SECONDS": 0,
        "COMPILED_TEMPLATES": str(COMPILED_TEMPLATES),
    }


@pytest.fixture(scope="session")
def _sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("sqlite")
    app = create_app(_settings(folder, f"sqlite:///{folder / 'test.db'}"))
    app.test_client_class = CheckingClient
    app.extensions[BEGINNINGS] = None  # tests/wbl/beginnings.py
    with app.app_context():
        flask_migrate.upgrade()
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.remove()
        db.engine.dispose()
    shutil.copy(folder / "test.db", folder / "empty.db")
    return app


@pytest.fixture(scope="session")
def _postgresql_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    # pytest wants to import a plugin itself first, so not at the head of this file.
    from tests.databases import new_postgres_database

    folder = tmp_path_factory.mktemp("postgresql")
    url = new_postgres_database().replace("postgresql://", "postgresql+psycopg://")
    app = create_app(_settings(folder, url))
    app.test_client_class = CheckingClient
    app.extensions[BEGINNINGS] = None  # tests/wbl/beginnings.py
    with app.app_context():
        flask_migrate.upgrade()
    return app


def _empty_sqlite(app: Flask) -> None:
    folder = Path(app.instance_path)
    for name in ("test.db", "test.db-wal", "test.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder / "empty.db", folder / "test.db")


def filled_tables() -> list[str]:
    """The tables in which there is a row."""
    names = [table.name for table in db.metadata.sorted_tables]
    found = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
    return list(db.session.scalars(text(found)))


def _empty_postgresql() -> None:
    """Delete what is there, and count from one again: truncating makes every file of every table anew."""
    filled = filled_tables()
    # Keys and triggers are not looked at meanwhile: tables point at each other in circles.
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    for name in filled:
        db.session.execute(text(f'DELETE FROM "{name}"'))
    counters = (
        "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
    )
    db.session.execute(text(f"{counters} WHERE last_value IS NOT NULL"))
    db.session.commit()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty database, inside its context; once for each kind of database."""
    app: Flask = request.getfixturevalue(f"_{request.param}_app")
    settings = dict(app.config)
    with app.app_context():
        if request.param == "sqlite":
            db.engine.dispose()
            _empty_sqlite(app)
        else:
            _empty_postgresql()
        shutil.rmtree(app.config["MAIL_FOLDER"], ignore_errors=True)
        yield app
        db.session.remove()
        db.engine.dispose()
    app.config.clear()
    app.config.update(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that fails on a page that breaks a rule (tests/pages.py)."""
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> Callable[..., FlaskClient]:
    """``sign_in(user)`` signs the client in as them, by the real form."""

    def as_user(user: User, browser: FlaskClient | None = None) -> FlaskClient:
        browser = browser or client
        answer = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser

    return as_user


@pytest.fixture
def count_queries() -> Callable[[], object]:
    """``with count_queries() as queries: …`` collects the statements that were sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith("BEGIN"):
                statements.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting
