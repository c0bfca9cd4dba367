"""Somebody who has never been here: from an empty district to a published round, counted in clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.serving import Server
from tests.browser.test_coordinator import OF_DISTRICT

MOST_CLICKS = 12


class Beginner:
    """Clicks, and counts every one: into a field, on a button, on a link."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label)
        self.click(field)
        field.fill(text)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.click(self.page.locator("main").get_by_role("button", name=name).first)


def test_a_round_is_published_in_at_most_twelve_clicks(
    server: Server, visit: Callable[..., Page], new_district: str, demo_zip: Path
) -> None:
    page = visit()
    beginner = Beginner(page)
    page.goto("/")
    beginner.fill("E-mail", new_district)
    beginner.fill("Password", PASSWORD)
    beginner.press("Sign in")
    with page.expect_file_chooser() as chooser:
        beginner.click(page.get_by_label("Round folder"))
    chooser.value.set_files(demo_zip)
    beginner.press("Check the files")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change")
    beginner.press("Import and solve")
    expect(page.get_by_role("heading", name="Placements")).to_be_visible(timeout=60_000)
    publish = page.locator("main").get_by_role("link", name=re.compile(r"^Publish \d"))
    beginner.click(publish.first)
    beginner.press(re.compile(r"^Publish \d"))
    expect(page.get_by_text("Published. The letters are being written now.")).to_be_visible()
    round_id = server.one(OF_DISTRICT, new_district)
    placed = "SELECT count(*) FROM placement WHERE round_id = ? AND state = 'published'"
    assert server.one(placed, round_id) > 100
    assert beginner.clicks <= MOST_CLICKS, beginner.clicks
    print(f"{beginner.clicks} clicks")  # noqa: T201 - the number is what the test is about
