"""Hours on a phone that loses its network: tapped, kept, killed, sent later, and stored once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.at_work import at_work
from tests.browser.conftest import PHONE, Server, prepared, sign_in_as

KEPT = "Saved on this phone. It is sent as soon as there is a network."
STORED = "SELECT count(*), count(ended_at), coalesce(sum(version), 0) FROM time_entry WHERE placement_id = ?"
CACHED = (
    "async () => { const found = []; for (const name of await caches.keys()) "
    "for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname); "
    "return found; }"
)
LEFT = (
    "async () => [(await caches.keys()).length, (await indexedDB.databases()).length, "
    "(await navigator.serviceWorker.getRegistrations()).length, localStorage.length]"
)


@pytest.fixture
def phone(sqlite_server: Server, chromium: Browser) -> Iterator[BrowserContext]:
    """A phone of nobody yet. What it says on its console while it is away is no fault."""
    context = chromium.new_context(
        base_url=sqlite_server.address,
        viewport={"width": PHONE, "height": 800},
        locale="en-US",
        timezone_id="America/Denver",
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_taps_without_a_network_are_stored_once(
    sqlite_server: Server, demo: dict[str, Any], phone: BrowserContext
) -> None:
    placement = demo["ids"]["own_placement"]
    with prepared(sqlite_server):
        at_work(placement)
    before = sqlite_server.ask(STORED, placement)[0]
    page = phone.new_page()
    sign_in_as(page, demo, "student")
    page.goto(f"/my-hours/{placement}")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(page.get_by_role("button", name="Check in")).to_be_visible()
    cached = page.evaluate(CACHED)
    assert "/my-hours/offline" in cached
    assert all(path.startswith("/static/") for path in cached if path != "/my-hours/offline")

    phone.set_offline(True)
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_text(KEPT)).to_be_visible()
    page.close()  # the phone kills it

    page = phone.new_page()
    page.goto(f"/my-hours/{placement}")
    expect(page.get_by_text("There is no network now")).to_be_visible()
    expect(page.get_by_text("You are checked in since")).to_be_visible()
    page.get_by_role("button", name="Check out").click()
    expect(page.get_by_text("You are not checked in.")).to_be_visible()
    assert sqlite_server.ask(STORED, placement)[0] == before
    page.close()

    # The server has it, and its answer is lost on the way.
    lost: list[str] = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    phone.route("**/sync", lose)
    phone.set_offline(False)
    page = phone.new_page()
    # Waited for by the browser: while the test sleeps, nobody answers what `lose` has stopped on its way.
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/sync")):
        page.goto("/my-placement")  # any page sends what waits
    assert sqlite_server.ask(STORED, placement)[0][0] == before[0] + 1
    page.goto(f"/my-hours/{placement}")
    expect(page.locator("[data-hours-kept] li")).to_have_count(0)
    assert lost and '"stored"' in lost[0]
    after = sqlite_server.ask(STORED, placement)[0]
    assert after == (before[0] + 1, before[1] + 1, before[2] + 1)

    _signs_out(page)
    assert page.evaluate(LEFT) == [0, 0, 0, 0]


def _signs_out(page: Page) -> None:
    page.locator("summary").filter(has_text="Menu").click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    page.wait_for_url("**/sign-in")


def away_at_work(server: Server, demo: dict[str, Any], phone: BrowserContext) -> tuple[int, Page]:
    """A placement under way, and its student's page of hours on a phone that has lost its network."""
    placement = demo["ids"]["own_placement"]
    with prepared(server):
        at_work(placement)
    page = phone.new_page()
    sign_in_as(page, demo, "student")
    page.goto(f"/my-hours/{placement}")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.set_offline(True)
    page.goto(f"/my-hours/{placement}")
    return placement, page


def test_a_day_is_written_down_without_a_network(
    sqlite_server: Server, demo: dict[str, Any], phone: BrowserContext
) -> None:
    placement, page = away_at_work(sqlite_server, demo, phone)
    page.get_by_text("Write down a day").click()
    day = (datetime.now(UTC).date() - timedelta(days=9)).isoformat()
    page.get_by_label("Day", exact=True).fill(day)
    page.locator("#begins").fill("07:00")
    page.locator("#ends").fill("06:00")
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()  # the end comes first: it is not taken
    expect(page.locator("[data-hours-kept] li")).to_have_count(0)
    page.locator("#ends").fill("08:30")
    save.click()
    expect(page.locator("[data-hours-kept] li")).to_have_count(1)
    phone.set_offline(False)  # this alone sends it
    stored = "SELECT count(*) FROM time_entry WHERE placement_id = ? AND minutes = 90"
    sqlite_server.wait_for(stored, placement)


def test_a_week_is_written_down_without_a_network(
    sqlite_server: Server, demo: dict[str, Any], phone: BrowserContext
) -> None:
    placement, page = away_at_work(sqlite_server, demo, phone)
    page.get_by_text("Write down a week").click()
    some_day = datetime.now(UTC).date() - timedelta(days=9)
    sunday = some_day - timedelta(days=some_day.isoweekday() % 7)
    page.get_by_label("Any day of that week").fill(some_day.isoformat())
    tuesday, friday = (
        page.get_by_role("group", name=f"{day:%A, %B} {day.day}")
        for day in (sunday + timedelta(days=2), sunday + timedelta(days=5))
    )
    tuesday.get_by_label("From").fill("07:00")
    tuesday.get_by_label("To", exact=True).fill("08:15")
    friday.get_by_label("From").fill("07:00")
    save = page.get_by_role("button", name="Save the week")
    save.click()  # Friday lacks its end: nothing of the week is taken
    expect(page.locator("[data-hours-kept] li")).to_have_count(0)
    friday.get_by_label("To", exact=True).fill("08:45")
    friday.get_by_label("Break, in minutes").fill("30")
    save.click()
    expect(page.locator("[data-hours-kept] li")).to_have_count(2)
    page.close()  # the phone kills it
    page = phone.new_page()
    page.goto(f"/my-hours/{placement}")
    expect(page.locator("[data-hours-kept] li")).to_have_count(2)
    phone.set_offline(False)
    stored = "SELECT count(*) = 2 FROM time_entry WHERE placement_id = ? AND minutes = 75"
    sqlite_server.wait_for(stored, placement)
