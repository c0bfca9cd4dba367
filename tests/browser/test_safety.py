"""On a phone: two taps raise a concern, a coordinator answers and closes, and the place is offered again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in_as
from tests.browser.serving import Server

NEWEST = "SELECT max(id) FROM safety_concern"
OF = "SELECT o.opportunity_id FROM placement p JOIN offering o ON o.id = p.offering_id WHERE p.id = ?"
FROZEN = (
    "SELECT count(DISTINCT o.id) FROM offering o "
    "JOIN safety_concern c ON c.opportunity_id = o.opportunity_id "
    "WHERE o.round_id = ? AND c.state != 'closed'"
)
ABOUT = "SELECT opportunity_id FROM safety_concern WHERE id = ?"


def test_a_concern_from_two_taps_to_its_end(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    before = server.one("SELECT count(*) FROM safety_concern")
    frozen = server.one(FROZEN, demo["ids"]["round"])
    page = visit(PHONE, touch=True)
    sign_in_as(page, demo, "student")
    page.goto("/my-placement")
    page.get_by_role("link", name="Safety").locator("visible=true").tap()
    page.get_by_role("button", name="The work or the place is dangerous").tap()
    expect(page.get_by_role("heading", name="It is sent")).to_be_visible()
    assert server.one("SELECT count(*) FROM safety_concern") == before + 1
    concern = server.one(NEWEST)
    assert server.one(ABOUT, concern) == server.one(OF, demo["ids"]["own_placement"])
    page.get_by_label("Add something").fill("The saw has no guard.")
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_text("The saw has no guard.")).to_be_visible()

    office = visit(PHONE, touch=True)
    sign_in_as(office, demo, "coordinator")
    office.goto(f"/postings/left-out/{demo['ids']['round']}")
    expect(office.get_by_text("A safety concern about it is open")).to_have_count(frozen + 1)
    office.goto("/home")
    office.get_by_role("link", name=re.compile("safety concerns? that nobody has read")).tap()
    expect(office.get_by_text("guard")).to_have_count(0)
    office.locator("tr", has_text=f"Concern {concern}").get_by_role("button", name="Open and read").tap()
    expect(office.get_by_text("The saw has no guard.")).to_be_visible()
    expect(office.get_by_role("button", name="Close it")).to_have_count(0)
    office.get_by_label("What was done?").fill("The saw has its guard since today.")
    office.get_by_label("The student may read this").check()
    office.get_by_role("button", name="Answer").tap()
    office.get_by_role("button", name="Close it").tap()
    expect(office.get_by_text("is closed").first).to_be_visible()
    assert server.one("SELECT state FROM safety_concern WHERE id = ?", concern) == "closed"
    office.goto(f"/postings/left-out/{demo['ids']['round']}")
    expect(office.get_by_text("A safety concern about it is open")).to_have_count(frozen)

    page.reload()
    expect(page.get_by_text("The saw has its guard since today.")).to_be_visible()


def test_words_outlive_a_session_that_ended(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    """What was typed is there again after signing in, in the same tab and for the same person alone."""
    page = visit(PHONE, touch=True)
    sign_in_as(page, demo, "student")
    page.goto("/safety")
    page.get_by_text("Write something first, or say where it was").tap()
    page.context.clear_cookies()
    page.get_by_label("In your own words").fill("I want to tell you about Tuesday.")
    with page.expect_navigation():
        page.get_by_role("button", name="I am not all right").tap()
    sign_in_as(page, demo, "student")
    page.goto("/safety")
    expect(page.get_by_label("In your own words")).to_have_value("I want to tell you about Tuesday.")
    page.get_by_role("button", name="I am not all right").tap()
    expect(page.get_by_text("I want to tell you about Tuesday.")).to_be_visible()
    page.wait_for_load_state()  # its scripts have run
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('draft '))") == []
