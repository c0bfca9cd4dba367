"""An employer writes a posting on a phone, the law follows, the coordinator approves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Server, sign_in_as

GO_ON = "Save and go on"


def _go_on(page: Page) -> None:
    page.get_by_role("button", name=GO_ON).click()


def test_a_posting_from_a_phone_to_an_offering(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    employer = visit(PHONE)
    sign_in_as(employer, demo, "employer")
    employer.goto("/postings/new")
    employer.get_by_label("Title").fill("Deli helper")
    employer.get_by_label("Internship", exact=True).check()
    employer.get_by_label("In which round?").select_option(index=1)
    _go_on(employer)

    law = employer.locator("#law")
    expect(law).to_contain_text("14 and up.")
    employer.get_by_text("Kitchens and food").click()
    employer.get_by_label("Use or clean a meat slicer").check()
    # The first answer waits for the engine to be loaded.
    expect(law).to_contain_text("16–17 only with a student-learner agreement", timeout=20_000)
    expect(law).to_contain_text("HO 10, 29 CFR 570.61")
    employer.get_by_label("A few sentences for students").fill("Sandwiches for the whole plaza.")
    _go_on(employer)

    employer.get_by_label("The same days each week").check()
    expect(employer.get_by_text("Single days", exact=True)).to_be_hidden()
    friday = employer.get_by_role("group", name="Friday")
    friday.get_by_label("From").fill("15:30")
    friday.get_by_label("To").fill("18:30")
    _go_on(employer)
    employer.get_by_label("Which place of work?").select_option(index=1)
    _go_on(employer)
    employer.get_by_label("How many students can come?").fill("2")
    _go_on(employer)
    employer.get_by_label("No", exact=True).check()
    _go_on(employer)
    for question in employer.locator("main form fieldset").all():
        question.get_by_label("Yes", exact=True).check()
    _go_on(employer)
    _go_on(employer)  # accessibility: not sure of anything
    _go_on(employer)  # nothing is required
    employer.get_by_label("Who looks after the student?").fill("Dana Ruiz, kitchen lead")
    _go_on(employer)
    employer.get_by_role("button", name="Send it to the school district").click()
    expect(employer.get_by_text("The school district looks at it now.")).to_be_visible()

    office = visit(javascript=False)
    sign_in_as(office, demo, "coordinator")
    office.goto("/postings/?state=submitted")
    office.get_by_role("link", name="Deli helper").click()
    office.get_by_role("button", name="Approve").click()
    expect(office.get_by_text("Approved. Students see it in its round.")).to_be_visible()

    found = server.ask(
        "SELECT o.seats, o.schedule, o.hazards, o.employment, o.active, p.answers FROM offering o "
        "JOIN opportunity y ON y.id = o.opportunity_id JOIN posting p ON p.opportunity_id = y.id "
        "WHERE y.title = 'Deli helper' AND y.state = 'approved'"
    )
    assert [row[:5] for row in found] == [(2, "Fri 15:30-18:30", "HO10;Y-FOOD-MACHINES", "trainee", 1)]
    assert set(json.loads(found[0][5])["factors"].values()) == {"yes"}


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
    office.get_by_role("button", name="Make a link").click()
    address = office.locator("#link code").inner_text()
    visitor.goto(address)
    visitor.get_by_role("button", name="Open it").click()
    visitor.get_by_label("How many students can come?").fill("5")
    visitor.get_by_label("Who looks after the student?").fill("Noor Haddad, baker")
    visitor.get_by_label("Yes, with what I changed here").check()
    visitor.get_by_role("button", name="Send my answer").click()
    expect(visitor.get_by_text("Thank you. Your answer is with the school district.")).to_be_visible()
    answers = server.one("SELECT answers FROM posting WHERE opportunity_id = ?", demo["ids"]["draft"])
    assert json.loads(answers)["seats"] == 5
    said = "SELECT decision FROM posting_comment WHERE opportunity_id = ? ORDER BY id DESC LIMIT 1"
    assert server.one(said, demo["ids"]["draft"]) == "confirm"
