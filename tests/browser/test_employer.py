"""An employer signs up from outside, and confirms by a link what a coordinator wrote down."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in_as
from tests.browser.serving import Server


def test_an_employer_signs_up_is_checked_and_confirms_by_a_link(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    visitor = visit(PHONE, javascript=False)
    visitor.goto("/employers/join/demo")
    visitor.get_by_label("Name of your organization").fill("Juniper Bakery")
    visitor.get_by_label("Your name").fill("Noor Haddad")
    visitor.get_by_label("Phone").fill("555-0177")
    visitor.get_by_role("button", name="Sign up").click()
    expect(visitor.get_by_text("Your sign-up is with the school district.")).to_be_visible()

    office = visit()
    sign_in_as(office, demo, "coordinator")
    office.goto("/employers/outreach?stage=interested")
    office.get_by_role("link", name="Juniper Bakery").click()
    expect(office.get_by_text("takes no part in the next solve")).to_be_visible()
    office.get_by_role("link", name="Site seen").click()
    office.get_by_role("button", name="Put it on record").click()
    expect(office.get_by_text("It is on record.")).to_be_visible()
    checked = "SELECT c.item FROM vetting_check c JOIN employer e ON e.id = c.employer_id WHERE e.name = ?"
    assert server.ask(checked, "Juniper Bakery") == [("site",)]

    office.goto(f"/postings/{demo['ids']['draft']}")
    office.get_by_label("Their e-mail").fill("")
    office.get_by_role("button", name=re.compile("^Make a (new )?link$")).click()
    address = office.locator("#link code").inner_text()
    visitor.goto(address)
    visitor.get_by_role("button", name="Open it").click()
    visitor.get_by_label("How many students can come?").fill("5")
    visitor.get_by_label("Who looks after the student?").fill("Noor Haddad, baker")
    visitor.get_by_label("Yes, with what I changed here").check()
    visitor.get_by_role("button", name="Send my answer").click()
    expect(visitor.get_by_text("Thank you. Your answer is with the school district.")).to_be_visible()
    answers = server.read("SELECT answers FROM posting WHERE opportunity_id = ?", demo["ids"]["draft"])
    assert answers["seats"] == 5
    said = "SELECT decision FROM posting_comment WHERE opportunity_id = ? ORDER BY id DESC LIMIT 1"
    assert server.one(said, demo["ids"]["draft"]) == "confirm"
