"""An employer on a phone that runs scripts, by touch: from a posting to who comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.conftest import BOTH, PHONE
from tests.browser.hands import Thumb, sign_in_by
from tests.browser.looking import WIDER_THAN_THE_WINDOW
from tests.browser.serving import Server
from tests.browser.test_journeys import write_posting

pytestmark = BOTH


def test_an_employer_posts_and_sees_who_comes_by_touch(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    page = visit(PHONE, touch=True)
    thumb = Thumb(page)
    employer = next(person for person in demo["people"] if person["role"] == "employer")
    title = f"Deli helper {uuid4().hex[:6]}"
    sign_in_by(thumb, employer["email"], employer["password"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Our placements")
    _from_the_menu(page, "Postings")
    thumb.follow("New posting")
    write_posting(thumb, title)
    thumb.press("Send it to the school district")
    expect(page.get_by_text("The school district looks at it now.")).to_be_visible()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
    state = "SELECT y.state, p.answers FROM opportunity y JOIN posting p ON p.opportunity_id = y.id "
    assert server.one(f"{state}WHERE y.title = ?", title) == "submitted"
    answers = server.read(
        "SELECT p.answers FROM posting p JOIN opportunity y ON y.id = p.opportunity_id WHERE y.title = ?",
        title,
    )
    assert answers["seats"] == 2 and answers["weekly"] == {"Fri": ["15:30", "18:30"]}

    _from_the_menu(page, "Our placements")
    coming = server.ask(
        "SELECT DISTINCT y.title FROM placement p JOIN offering o ON o.id = p.offering_id JOIN opportunity y "
        "ON y.id = o.opportunity_id WHERE y.employer_id = ? AND p.state = 'published'",
        demo["ids"]["host"],
    )
    assert coming
    for (place,) in coming:
        expect(page.get_by_role("heading", name=place).first).to_be_visible()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


def _from_the_menu(page: Page, entry: str) -> None:
    page.locator("header summary").filter(has_text="Menu").tap()
    with page.expect_navigation():
        page.locator("header").get_by_role("link", name=entry).locator("visible=true").first.tap()
