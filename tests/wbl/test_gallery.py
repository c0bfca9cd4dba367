"""Every component, as the gallery shows it: valid, accessible, fitting the screen, usable without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Route
from werkzeug.serving import make_server

from wbl.gallery.routes import ERRORS, PAGES

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)

ADDRESSES = ["/gallery/", *(f"/gallery/{name}" for name in PAGES), *(f"/gallery/errors/{n}" for n in ERRORS)]
Fresh = Callable[..., BrowserContext]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_page_is_well_formed(client: FlaskClient, address: str, language: str) -> None:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_a_sent_form_comes_back_with_messages(client: FlaskClient) -> None:
    answer = client.post("/gallery/forms", follow_redirects=True)
    assert '<div class="notice good" role="status">' in answer.text
    assert "The round is saved." in answer.text


def test_an_error_names_its_field_and_the_summary_leads_to_it(client: FlaskClient) -> None:
    page = client.get("/gallery/forms").text
    assert '<a href="#faulty-reason">Say why. It is kept in the record.</a>' in page
    assert 'aria-describedby="faulty-reason-hint faulty-reason-error"' in page
    assert '<a href="#faulty-goal-0">' in page, "a group is reached by its first choice"


def test_a_sort_link_keeps_the_filters_and_leaves_the_page(client: FlaskClient) -> None:
    page = client.get("/gallery/review?q=vet&sort=student&direction=asc&page=3").text
    assert 'href="?q=vet&amp;sort=student&amp;direction=desc"' in page
    assert 'href="?q=vet&amp;sort=rank&amp;direction=asc"' in page
    assert 'aria-sort="ascending"' in page


def test_a_query_cannot_lead_a_link_elsewhere(client: FlaskClient) -> None:
    page = client.get("/gallery/review?_scheme=javascript&_external=1&_anchor=x").text
    assert 'href="javascript' not in page


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context_of(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """``context_of(width)``: a fresh browser of nobody yet, closed with the test."""
    with ExitStack() as stack:

        def fresh(width: int = 1280, **settings: Any) -> BrowserContext:
            context = chromium.new_context(viewport={"width": width, "height": 900}, **settings)
            stack.callback(context.close)
            return context

        yield fresh


def faults_of(page: Page, width: int) -> list[str]:
    found = []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("wider than the screen")
    for violation in Axe().run(page, options=RULES).response["violations"]:
        found += [f"{violation['id']}: {node['html'][:120]}" for node in violation["nodes"]]
    return found


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_no_page_breaks_an_accessibility_rule(
    address: str, context_of: Fresh, width: int, theme: str
) -> None:
    faults: dict[str, list[str]] = {}
    # The checker is injected, which the content policy forbids; the test below has it in force.
    page = context_of(width, color_scheme=theme, bypass_csp=True).new_page()
    for path in (*ADDRESSES[: -len(ERRORS)], "/gallery/errors/404"):
        page.goto(address + path)
        found = faults_of(page, width)
        if found:
            faults[path] = found
    assert not faults


@pytest.mark.browser
def test_nothing_offends_the_content_policy_and_pages_reflow(
    address: str, context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of(320).new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ADDRESSES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
    assert said == []


@pytest.mark.browser
def test_a_phone_reaches_everything_without_scripts(
    address: str, context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of(390, java_script_enabled=False).new_page()
    page.goto(f"{address}/gallery/components")
    page.get_by_role("button", name="utility").click()
    assert page.get_by_text("How good a pair is for the student").is_visible()
    page.get_by_text("Why not the city aquarium?").click()
    assert page.get_by_text("Both seats went to other students.").is_visible()
    page.get_by_role("button", name="Asks first").click()
    assert page.get_by_text("The round is saved.").is_visible()


@pytest.mark.browser
def test_progress_is_replaced_until_the_run_ends(
    address: str, context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of().new_page()
    asked: list[str | None] = []

    def answer(route: Route) -> None:
        asked.append(route.request.headers.get("x-fragment"))
        original = route.fetch()
        running = len(asked) < 4
        body = original.text().replace("14 seconds", f"{len(asked)} seconds")
        if running:
            body = body.replace('id="run-progress"', 'id="run-progress" data-refresh="0.1"')
        route.fulfill(response=original, body=body)

    page.route("**/gallery/solving", answer)
    page.goto(f"{address}/gallery/solving")
    page.get_by_text("5 seconds").wait_for()
    # The page, two fragments that replace a part, one that ends it, and the page once more.
    assert asked == [None, "run-progress", "run-progress", "run-progress", None]


@pytest.mark.browser
def test_a_slip_of_the_finger_is_asked_about(address: str, context_of: Fresh) -> None:
    page = context_of().new_page()
    page.goto(f"{address}/gallery/solving")
    stop = page.get_by_role("button", name="Stop the run")
    stop.click()
    assert page.get_by_role("dialog").get_by_text("Stop run 4?").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_text("The round is saved.").count() == 0
    stop.click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
    page.get_by_text("The round is saved.").wait_for()


def test_pages_are_never_kept_and_style_sheets_are_asked_about(client: FlaskClient) -> None:
    assert client.get("/gallery/").headers["Cache-Control"] == "no-store"
    with client.get("/static/css/base.css") as sheet:
        assert "no-store" not in sheet.headers["Cache-Control"]
        tag = sheet.headers["ETag"]
    with client.get("/static/css/base.css", headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304
