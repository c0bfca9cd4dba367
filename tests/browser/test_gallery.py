"""Every component in a real browser: accessible, fitting the screen, usable without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.serving import Server
from tests.wbl.test_gallery import ADDRESSES
from wbl.gallery.routes import ERRORS

Fresh = Callable[..., BrowserContext]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def context_of(server: Server, chromium: Browser) -> Iterator[Fresh]:
    """``context_of(width)``: a fresh browser of nobody yet, closed with the test."""
    with ExitStack() as stack:

        def fresh(width: int = 1280, **settings: Any) -> BrowserContext:
            context = chromium.new_context(
                base_url=server.address, viewport={"width": width, "height": 900}, **settings
            )
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


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_no_page_breaks_an_accessibility_rule(context_of: Fresh, width: int, theme: str) -> None:
    faults: dict[str, list[str]] = {}
    # The checker is injected, which the content policy forbids; the test below has it in force.
    page = context_of(width, color_scheme=theme, bypass_csp=True).new_page()
    for path in (*ADDRESSES[: -len(ERRORS)], "/gallery/errors/404"):
        page.goto(path)
        found = faults_of(page, width)
        if found:
            faults[path] = found
    assert not faults


def test_nothing_offends_the_content_policy_and_pages_reflow(context_of: Fresh) -> None:
    page = context_of(320).new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ADDRESSES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
    assert said == []


def test_a_phone_reaches_everything_without_scripts(context_of: Fresh) -> None:
    page = context_of(390, java_script_enabled=False).new_page()
    page.goto("/gallery/components")
    page.get_by_role("button", name="utility").click()
    assert page.get_by_text("How good a pair is for the student").is_visible()
    page.get_by_text("Why not the city aquarium?").click()
    assert page.get_by_text("Both seats went to other students.").is_visible()
    page.get_by_role("button", name="Asks first").click()
    assert page.get_by_text("The round is saved.").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_head_of_a_sorted_column_is_heard_once(context_of: Fresh, width: int) -> None:
    page = context_of(width).new_page()
    page.goto("/gallery/review")
    expect(page.get_by_role("columnheader", name="Student", exact=True)).to_have_count(1)


def test_progress_is_replaced_until_the_run_ends(context_of: Fresh) -> None:
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
    page.goto("/gallery/solving")
    page.get_by_text("5 seconds").wait_for()
    # The page, two fragments that replace a part, one that ends it, and the page once more.
    assert asked == [None, "run-progress", "run-progress", "run-progress", None]


def test_a_slip_of_the_finger_is_asked_about(context_of: Fresh) -> None:
    page = context_of().new_page()
    page.goto("/gallery/solving")
    stop = page.get_by_role("button", name="Stop the run")
    stop.click()
    assert page.get_by_role("dialog").get_by_text("Stop run 4?").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_text("The round is saved.").count() == 0
    stop.click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
    page.get_by_text("The round is saved.").wait_for()
