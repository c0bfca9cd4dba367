"""A real server and a real browser. Tests look at pages as people do, and at the database after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.serving import SECRET, Server, fill, finished_demo, serving
from tests.wbl.rounds_support import zipped
from wbl.accounts.models import Role
from wbl.accounts.services import create_user
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.messages.models import MessageSetting
from wbl.people.models import District

if TYPE_CHECKING:
    from tests.browser.hands import Hand

PASSWORD = "correct horse battery"
WIDE, PHONE = 1280, 390
BOTH = pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
"""The databases: for a test whose server is to be asked for on each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a file, which meet what those before them left, and nothing else."""
    demo = finished_demo(tmp_path_factory.getbasetemp())
    with serving(demo, tmp_path_factory.mktemp("sqlite-server") / "instance") as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that holds the demo, to be copied."""
    # pytest wants to import a plugin itself first, so not at the head of this file.
    from tests.databases import new_postgres_database

    database = new_postgres_database()
    fill(finished_demo(tmp_path_factory.getbasetemp()), database)
    return database


@pytest.fixture(scope="module")
def postgresql_server(postgresql_demo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same on PostgreSQL."""
    from tests.databases import new_postgres_database

    demo = finished_demo(tmp_path_factory.getbasetemp())
    folder = tmp_path_factory.mktemp("postgresql-server") / "instance"
    with serving(demo, folder, new_postgres_database(postgresql_demo)) as server:
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """The server on SQLite, or the one on the database that the test is parametrised with."""
    found: Server = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_server")
    return found


@pytest.fixture
def demo(server: Server) -> dict[str, Any]:
    """The demo district with a published round: a sign-in a role, a family's link, and ids to look at."""
    return server.demo


@pytest.fixture(scope="session")
def demo_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo round as the zip that a coordinator uploads."""
    path = tmp_path_factory.mktemp("upload") / "spring.zip"
    path.write_bytes(zipped(demo_round(), folder="spring/"))
    return path


@contextmanager
def prepared(server: Server) -> Iterator[None]:
    """Inside the application, to write down what no page of a test's journey does."""
    with create_app({**server.settings, "SECRET_KEY": SECRET}).app_context():
        yield
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def new_district(server: Server) -> str:
    """An empty district of this test alone; the e-mail of its coordinator."""
    slug = f"levee-{uuid4().hex[:8]}"
    email = f"{slug}@school.example"
    with prepared(server), transaction():
        district = District(
            name="Levee Schools",
            slug=slug,
            phone="555-0100",
            email=f"office@{slug}.example",
            codes_required=False,
        )
        db.session.add(district)
        db.session.flush()
        # Tests run at any hour.
        db.session.add(MessageSetting(district_id=district.id, quiet_from=0, quiet_until=0))
        create_user(
            email=email,
            name="Pat Reyes",
            password=PASSWORD,
            role=Role.COORDINATOR,
            district_id=district.id,
        )
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


@pytest.fixture
def hand(request: pytest.FixtureRequest, visit: Callable[..., Page]) -> Hand:
    """The hand that the test is parametrised with, on a page of nobody yet."""
    kind = request.param
    made: Hand = kind(visit(kind.width, javascript=kind.javascript, touch=kind.touch))
    return made


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


@pytest.fixture(scope="module")
def annex(sqlite_server: Server) -> dict[str, Any]:
    """The demo and what it has nobody for: ``ids`` for the addresses, ``people`` by their role."""
    # Not at the head of this file: it imports tests, which pytest wants to import itself first.
    from tests.browser.annex import build

    found = build(sqlite_server)
    of_demo = {person["role"]: person for person in sqlite_server.demo["people"]}
    family = sqlite_server.demo["family_link"].rsplit("/", 1)[1]
    return {"ids": {**found["ids"], "family": family}, "people": {**of_demo, **found["people"]}}
