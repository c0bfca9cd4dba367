"""A family, a student and an employer: each sees their own, and the name only after a yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import BOTH, PHONE, sign_in_as
from tests.browser.serving import Server

pytestmark = BOTH
NAME = "SELECT granted FROM consent WHERE field = 'name' AND placement_id = ? ORDER BY id DESC LIMIT 1"


def _unanswered_at_the_employer(server: Server) -> tuple[int, str]:
    """A placement with the demo's employer for which nobody has answered: its id, the student's name."""
    placement_id, given, family = server.ask(
        "SELECT p.id, coalesce(nullif(s.preferred_name, ''), s.given_name), s.family_name "
        "FROM placement p JOIN offering o ON o.id = p.offering_id "
        "JOIN opportunity y ON y.id = o.opportunity_id "
        "JOIN membership m ON m.employer_id = y.employer_id JOIN student s ON s.id = p.student_id "
        "WHERE p.state = 'published' AND p.id NOT IN (SELECT placement_id FROM consent) AND EXISTS "
        "(SELECT 1 FROM family_link l JOIN guardian g ON g.id = l.guardian_id "
        "WHERE l.placement_id = p.id AND g.may_sign AND g.language = 'en') ORDER BY p.id LIMIT 1"
    )[0]
    return placement_id, f"{given} {family}"


def _address(coordinator: Page, placement_id: int) -> str:
    """The address of the family's link, as the coordinator reads it out on the telephone."""
    coordinator.goto(f"/placements/{placement_id}")
    return coordinator.locator("#links code").first.inner_text()


def _answer(page: Page, answer: str) -> None:
    page.get_by_label("Your full name").fill("Alex Example")
    for question in page.locator("#answers fieldset").all():
        question.get_by_label(answer).check()
    page.get_by_role("button", name="Sign and save my answers").click()
    expect(page.get_by_text("Your answers are on record", exact=False).first).to_be_visible()


def test_the_employer_sees_a_name_only_after_the_family_said_yes(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    placement_id, name = _unanswered_at_the_employer(server)
    coordinator, employer, family = visit(), visit(), visit(PHONE, javascript=False)
    sign_in_as(coordinator, demo, "coordinator")
    sign_in_as(employer, demo, "employer")
    expect(employer.get_by_role("heading", level=1)).to_have_text("Our placements")
    expect(employer.locator("main")).not_to_contain_text(name)

    family.goto(_address(coordinator, placement_id))
    expect(family.locator("main")).not_to_contain_text(name)
    family.get_by_role("button", name="Open the letter").click()
    expect(family.get_by_role("heading", level=1)).to_contain_text(name)
    employer.reload()
    expect(employer.locator("main")).not_to_contain_text(name)
    assert server.ask(NAME, placement_id) == []

    _answer(family, "Yes, they may be told")
    assert server.one(NAME, placement_id) == 1
    employer.reload()
    expect(employer.locator("main")).to_contain_text(name)

    _answer(family, "No")
    assert server.one(NAME, placement_id) == 0
    employer.reload()
    expect(employer.locator("main")).not_to_contain_text(name)
    sources = server.ask("SELECT DISTINCT source FROM consent WHERE placement_id = ?", placement_id)
    assert sources == [("family_link",)]


def test_a_student_reads_where_and_why(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    page = visit(PHONE)
    sign_in_as(page, demo, "student")
    title, employer = server.ask(
        "SELECT y.title, e.name FROM placement p JOIN offering o ON o.id = p.offering_id "
        "JOIN opportunity y ON y.id = o.opportunity_id JOIN employer e ON e.id = y.employer_id "
        'JOIN membership m ON m.student_id = p.student_id JOIN "user" u ON u.id = m.user_id '
        "WHERE u.email = 'student@demo.example' AND p.state = 'published'",
    )[0]
    expect(page.get_by_role("heading", level=1)).to_contain_text(employer)
    expect(page.locator("main")).to_contain_text(title)
    expect(page.get_by_role("heading", name="Why this one")).to_be_visible()
    for path in ("/rounds/", "/students/", "/our-placements", f"/placements/{demo['ids']['placement']}"):
        assert page.request.get(path).status in (403, 404), path


def test_a_link_that_was_revoked_opens_nothing(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    coordinator, family = visit(), visit(PHONE)
    sign_in_as(coordinator, demo, "coordinator")
    link_id, placement_id = server.ask(
        "SELECT l.id, l.placement_id FROM family_link l JOIN placement p ON p.id = l.placement_id "
        "WHERE l.revoked_at IS NULL AND l.guardian_id IS NOT NULL AND p.round_id = ? ORDER BY l.id LIMIT 1",
        demo["ids"]["round"],
    )[0]
    address = _address(coordinator, placement_id)
    family.goto(address)
    expect(family.locator("main form button")).to_be_visible()

    coordinator.locator("#links").get_by_role("button", name="Revoke", exact=True).first.click()
    dialog = coordinator.get_by_role("dialog")
    expect(dialog).to_contain_text("Whoever has this link will see nothing any more.")
    dialog.get_by_role("button", name="Go back").click()
    assert server.ask("SELECT revoked_at FROM family_link WHERE id = ?", link_id) == [(None,)]
    coordinator.locator("#links").get_by_role("button", name="Revoke", exact=True).first.click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(coordinator.locator("#links")).to_contain_text("revoked")
    assert server.ask("SELECT revoked_at FROM family_link WHERE id = ?", link_id) != [(None,)]
    answer = family.goto(address)
    assert answer is not None and answer.status == 404
    expect(family.locator("main form")).to_have_count(0)
