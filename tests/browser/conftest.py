"""A real server and a real browser. Tests look at pages as people do, and at the database after."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.wbl.rounds_support import zipped
from wbl import create_app
from wbl.accounts.models import Role
from wbl.accounts.services import create_user
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.people.models import District

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "correct horse battery"
WIDE, PHONE = 1280, 390


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    """A web server and a worker on a database of their own, made by the migrations."""

    address: str
    folder: Path
    environment: dict[str, str]

    @property
    def settings(self) -> dict[str, Any]:
        database = f"sqlite:///{self.folder / 'throughline.db'}"
        return {"INSTANCE_PATH": str(self.folder), "SQLALCHEMY_DATABASE_URI": database, "GALLERY": True}

    @property
    def app(self) -> str:
        return f"wbl:create_app({self.settings})"

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

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database, as they are there and not as a page says."""
        connection = sqlite3.connect(f"file:{self.folder / 'throughline.db'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def one(self, sql: str, *values: object) -> Any:
        return self.ask(sql, *values)[0][0]

    def wait_for(self, sql: str, *values: object, seconds: float = 60) -> None:
        """Until the worker has made this true."""
        end = time.monotonic() + seconds
        while not self.one(sql, *values):
            assert time.monotonic() < end, f"still not so after {seconds} s: {sql}"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a process; each test that changes things has a district of its own."""
    folder = tmp_path_factory.mktemp("instance")
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SMTP_URL")}
    server = Server(address, folder, {**outside, "PUBLIC_URL": address, "SECRET_KEY": "for tests only"})
    bind = ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"]
    started = [server.start("gunicorn", server.app, *bind)]
    try:
        server.flask("db", "upgrade")
        started.append(server.start("flask", "--app", server.app, "worker", "run"))
        _until_it_answers(server, started[0])
        yield server
    finally:
        started[0].terminate()
        for worker in started[1:]:
            worker.kill()  # it may be in the midst of letters that nobody will read
        for process in started:
            process.wait(timeout=60)


@pytest.fixture(scope="session")
def demo(server: Server) -> dict[str, Any]:
    """The demo district with a published round: a sign-in a role, a family's link, and ids to look at."""
    server.flask("demo", "run", "--once")
    found: dict[str, Any] = json.loads(server.flask("demo", "sign-ins", "--json"))
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
    ids["signature"] = server.one("SELECT min(id) FROM signature WHERE state = 'waiting'")
    return {**found, "ids": ids}


@pytest.fixture(scope="session")
def demo_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo round as the zip that a coordinator uploads."""
    path = tmp_path_factory.mktemp("upload") / "spring.zip"
    path.write_bytes(zipped(demo_round(), folder="spring/"))
    return path


@pytest.fixture
def new_district(server: Server) -> str:
    """An empty district of this test alone; the e-mail of its coordinator."""
    slug = f"levee-{uuid4().hex[:8]}"
    email = f"{slug}@school.example"
    with create_app(server.settings).app_context():
        with transaction():
            district = District(
                name="Levee Schools",
                slug=slug,
                phone="555-0100",
                email=f"office@{slug}.example",
                codes_required=False,
            )
            db.session.add(district)
            db.session.flush()
            create_user(
                email=email,
                name="Pat Reyes",
                password=PASSWORD,
                role=Role.COORDINATOR,
                district_id=district.id,
            )
        db.engine.dispose()
    return email


@dataclass
class Watcher:
    """What a page must not do: complain on the console, or ask another host for anything."""

    server: Server
    faults: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", lambda message: self._said(message.type, message.text))
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.server.address, "data:", "blob:")):
            self.faults.append(f"another host: {url}")

    def _said(self, kind: str, text: str) -> None:
        # A refused form is answered with 422, which Chromium notes as a failed load.
        if kind in ("error", "warning") and "status of 4" not in text:
            self.faults.append(f"console: {text}")


@pytest.fixture
def visit(server: Server, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``visit(width, javascript=True, touch=False)``: a fresh browser of nobody yet, watched meanwhile."""
    watcher = Watcher(server)
    contexts: list[BrowserContext] = []

    def fresh(width: int = WIDE, *, javascript: bool = True, touch: bool = False) -> Page:
        context = chromium.new_context(
            base_url=server.address,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            has_touch=touch,
            locale="en-US",
        )
        context.set_default_timeout(20_000)
        watcher.watch(context)
        contexts.append(context)
        return context.new_page()

    yield fresh
    for context in contexts:
        context.close()
    assert watcher.faults == []


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """By the real form."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_in_as(page: Page, demo: dict[str, Any], role: str) -> None:
    person = next(person for person in demo["people"] if person["role"] == role)
    sign_in(page, person["email"], person["password"])
