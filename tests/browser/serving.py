"""The application as it is served: gunicorn and the worker, on a copy of the demo, on either database.

The demo takes most of a minute to make, so one process of a run makes it, and all take copies.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from psycopg import sql
from sqlalchemy import NullPool, create_engine, text

from tests.conftest import COMPILED_TEMPLATES

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "for tests only"


@dataclass(frozen=True)
class Server:
    """A web server and a worker on a database of their own, which the migrations made."""

    address: str
    folder: Path
    database: str

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "INSTANCE_PATH": str(self.folder),
            "SQLALCHEMY_DATABASE_URI": self.database,
            "GALLERY": True,
            "COMPILED_TEMPLATES": str(COMPILED_TEMPLATES),
        }

    @property
    def environment(self) -> dict[str, str]:
        outside = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SMTP_URL")
        }
        # A gateway that nobody reaches: so that its pages can be looked at.
        texts = {
            "TEXT_URL_DEMO": "https://texts.invalid/send",
            "TEXT_TOKEN_DEMO": "t",
            "TEXT_SECRET_DEMO": "s",
        }
        # Beside other tests a worker that lets everything go first would not get far.
        own = {"PUBLIC_URL": self.address, "SECRET_KEY": SECRET, "WORKER_NICENESS": "0"}
        return {**outside, **texts, **own}

    @property
    def app(self) -> str:
        return f"wbl.app:create_app({self.settings})"

    def flask(self, *arguments: str) -> str:
        """Run a command of the application; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", self.app, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{arguments[0]}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database, as they are there and not as a page says; ``?`` stands for a value."""
        names = iter(range(len(values)))
        named = re.sub(r"\?", lambda _mark: f":v{next(names)}", query)
        with create_engine(self.database, poolclass=NullPool).connect() as connection:
            rows = connection.execute(text(named), {f"v{at}": value for at, value in enumerate(values)})
            return [tuple(row) for row in rows]

    def one(self, query: str, *values: object) -> Any:
        return self.ask(query, *values)[0][0]

    def read(self, query: str, *values: object) -> Any:
        """What a column of JSON holds: PostgreSQL's driver has read it already."""
        value = self.one(query, *values)
        return json.loads(value) if isinstance(value, str) else value

    def wait_for(self, query: str, *values: object, seconds: float = 60) -> None:
        """Until the worker has made this true."""
        end = time.monotonic() + seconds
        while not self.one(query, *values):
            assert time.monotonic() < end, f"still not so after {seconds} s: {query}"
            time.sleep(0.1)

    @cached_property
    def demo(self) -> dict[str, Any]:
        """The demo district with a published round: a sign-in a role, families' links, ids to look at."""
        found: dict[str, Any] = json.loads(self.flask("demo", "sign-ins", "--json"))
        return {**found, "ids": _ids(self)}


def _ids(server: Server) -> dict[str, Any]:
    names = ("round", "run", "publication", "placement", "submission", "student", "employer")
    row = server.ask(
        "SELECT r.id, n.number, u.id, p.id, s.id, s.student_id, y.employer_id FROM round r "
        "JOIN district d ON d.id = r.district_id JOIN solve_run n ON n.id = r.published_run_id "
        "JOIN publication u ON u.round_id = r.id JOIN placement p ON p.publication_id = u.id "
        "JOIN submission s ON s.round_id = r.id AND s.student_id = p.student_id "
        "JOIN offering o ON o.id = p.offering_id JOIN opportunity y ON y.id = o.opportunity_id "
        "WHERE d.slug = 'demo' AND y.employer_id IS NOT NULL ORDER BY p.id LIMIT 1"
    )[0]
    ids = dict(zip(names, row, strict=True))
    state = "SELECT max(id) FROM opportunity WHERE state = ?"
    ids |= {"waiting": server.one(state, "submitted"), "draft": server.one(state, "draft")}
    ids["host"] = server.one("SELECT min(employer_id) FROM membership WHERE role = 'employer'")
    ids["collecting"] = server.one("SELECT max(id) FROM round WHERE opens_at IS NOT NULL")
    advisor = "SELECT district_id, user_id FROM membership WHERE role = 'advisor' ORDER BY id LIMIT 1"
    ids |= dict(zip(("district", "advisor"), server.ask(advisor)[0], strict=True))
    ids["offering"] = server.one("SELECT max(id) FROM offering WHERE round_id = ?", ids["collecting"])
    ids["found"] = server.one("SELECT id FROM found_place ORDER BY id LIMIT 1")
    ids["own_placement"] = server.one(
        "SELECT p.id FROM placement p JOIN membership m ON m.student_id = p.student_id "
        "WHERE p.state = 'published' ORDER BY p.id LIMIT 1"
    )
    ids["question"] = server.one("SELECT min(id) FROM family_question")
    waits = "SELECT min(id) FROM interview WHERE state = 'agreed' AND guardian_at IS NULL"
    ids["interview"] = server.one(waits)
    ids["signature"] = server.one("SELECT min(id) FROM signature WHERE state = 'waiting'")
    return ids


def finished_demo(own: Path) -> Path:
    """The instance folder of a finished demo, made by whichever process of the run asks first.

    ``own``: the temporary folder of this process, which pytest-xdist puts beside the others'.
    """
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "finished").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            server = Server("http://127.0.0.1", folder, _sqlite(folder))
            server.flask("db", "upgrade")
            server.flask("demo", "run", "--once")
            (folder / "finished").touch()
    return folder


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'throughline.db'}"


def fill(demo: Path, postgres: str) -> None:
    """Put the demo into an empty database of PostgreSQL."""
    Server("http://127.0.0.1", demo, postgres.replace("postgresql://", "postgresql+psycopg://")).flask(
        "db", "upgrade"
    )
    _copy_rows(demo / "throughline.db", postgres)


@contextmanager
def serving(demo: Path, folder: Path, postgres: str = "") -> Iterator[Server]:
    """A server on a copy of the demo: in SQLite, or in the database ``postgres``, which holds it."""
    shutil.copytree(demo, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    database = postgres.replace("postgresql://", "postgresql+psycopg://") or _sqlite(folder)
    server = Server(f"http://127.0.0.1:{port}", folder, database)
    bind = ["--bind", f"127.0.0.1:{port}", "--config", "python:wbl.web_server", "--workers", "1"]
    started = [server.start("gunicorn", server.app, *bind)]
    try:
        started.append(server.start("flask", "--app", server.app, "worker", "run"))
        assert server.demo, "asked before any test changes what is there"
        _until_it_answers(server, started[0])
        yield server
    finally:
        started[0].send_signal(signal.SIGQUIT)  # at once: nobody waits for an answer
        for worker in started[1:]:
            worker.kill()  # it may be in the midst of letters that nobody will read
        for process in started:
            process.wait(timeout=60)


def _until_it_answers(server: Server, web: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert web.poll() is None, (server.folder / "gunicorn.log").read_text()
        try:
            urlopen(f"{server.address}/sign-in", timeout=30).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((server.folder / "gunicorn.log").read_text())


def _copy_rows(path: Path, postgres: str) -> None:
    """Every row of a database in SQLite into one in PostgreSQL that has the same tables.

    As text, which PostgreSQL reads by each column's own type.
    """
    source = sqlite3.connect(path)
    with psycopg.connect(postgres) as target:
        # Tables point at each other in circles: keys are not looked at while rows arrive.
        target.execute("SET session_replication_role = replica")
        tables = target.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in tables:
            table = sql.Identifier(name)
            target.execute(sql.SQL("TRUNCATE {} CASCADE").format(table))
        for (name,) in tables:
            table = sql.Identifier(name)
            rows = source.execute(f'SELECT * FROM "{name}"')
            columns = sql.SQL(", ").join(sql.Identifier(column[0]) for column in rows.description)
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
            with target.cursor() as cursor, cursor.copy(into) as copy:
                for row in rows:
                    copy.write_row(row)
            if "id" in [column[0] for column in rows.description]:
                counter = (
                    "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {} HAVING max(id) > 0"
                )
                target.execute(sql.SQL(counter).format(sql.Literal(f'"{name}"'), table))
    source.close()
