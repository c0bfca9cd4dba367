"""Families on a phone, without JavaScript, in their own languages; and what a coordinator does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in_as
from tests.browser.looking import faults_of
from tests.browser.serving import Server

READS = {"vi": "Mở thư", "ar": "افتحوا الرسالة", "zh_Hans": "打开信件"}
ANSWERS = (
    "SELECT c.granted FROM consent c JOIN signature s ON s.id = c.signature_id "
    "WHERE s.name = ? AND c.field = 'name'"
)


@pytest.mark.parametrize("language", READS)
def test_a_familys_pages_are_accessible_and_fit(
    visit: Callable[..., Page], demo: dict[str, Any], language: str
) -> None:
    page = visit(PHONE)
    page.goto(demo["family_links"][language])
    html = page.locator("html")
    expect(html).to_have_attribute("lang", language.replace("_", "-"))
    expect(html).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    assert faults_of(page) == []
    page.get_by_role("button", name=READS[language]).click()
    expect(page.locator("#law")).to_be_visible()
    assert faults_of(page) == []


def test_an_arabic_family_signs_and_an_interpreter_makes_it_count(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    family, coordinator = visit(PHONE, javascript=False), visit()
    family.goto(demo["family_links"]["ar"])
    family.locator("main button").click()
    for question in family.locator("#answers fieldset").all():
        question.get_by_label("نعم").check()
    signer = "سلمى نصر"
    family.get_by_label("اسمكم الكامل").fill(signer)
    family.get_by_role("button", name="التوقيع").click()
    expect(family.locator("#answers .notice.warn")).to_contain_text("مترجم")
    family.locator("#questions textarea").fill("متى يبدأ؟")
    family.locator("#questions button").click()
    expect(family.locator("#questions blockquote")).to_have_text("متى يبدأ؟")
    state = "SELECT state FROM signature WHERE name = ?"
    assert server.ask(ANSWERS, signer) == [(1,)]
    assert server.one(state, signer) == "waiting"

    sign_in_as(coordinator, demo, "coordinator")
    coordinator.goto("/families/")
    coordinator.get_by_role("link", name="متى يبدأ؟").click()
    coordinator.get_by_label("Your answer").fill("يوم الثلاثاء.")
    coordinator.get_by_role("button", name="Answer", exact=True).click()
    coordinator.get_by_role("link", name="wait for an interpreter", exact=False).click()
    coordinator.get_by_role("row").filter(has_text=signer).get_by_role("link").click()
    coordinator.get_by_label("Name of the interpreter").fill("Huda Karam")
    coordinator.get_by_role("button", name="The answers count").click()
    expect(coordinator.get_by_role("status")).to_contain_text("count from now on")
    assert server.one(state, signer) == "interpreted"
    family.reload()
    expect(family.locator("#questions")).to_contain_text("يوم الثلاثاء.")
    expect(family.locator("#answers")).to_contain_text(signer)


def test_a_coordinator_restricts_a_contact(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    coordinator, family = visit(), visit(PHONE)
    guardian, student, placement = server.ask(
        "SELECT g.id, g.student_id, l.placement_id FROM family_link l "
        "JOIN guardian g ON g.id = l.guardian_id JOIN placement p ON p.id = l.placement_id "
        "WHERE l.revoked_at IS NULL AND g.language = 'en' AND p.state = 'published' AND p.round_id = ? "
        "ORDER BY l.id DESC LIMIT 1",
        demo["ids"]["round"],
    )[0]
    sign_in_as(coordinator, demo, "coordinator")
    coordinator.goto(f"/placements/{placement}")
    address = coordinator.locator("#links code").first.inner_text()
    coordinator.goto(f"/students/{student}/guardians/{guardian}")
    coordinator.get_by_label("Restricted: receives nothing").check()
    coordinator.get_by_role("button", name="Put on record").click()
    expect(coordinator.get_by_role("alert")).to_contain_text("Leave both boxes empty")
    coordinator.get_by_role("checkbox", name="May be told").uncheck()
    coordinator.get_by_role("checkbox", name="May sign").uncheck()
    coordinator.get_by_role("button", name="Put on record").click()
    expect(coordinator.locator("main")).to_contain_text("restricted")
    answer = family.goto(address)
    assert answer is not None and answer.status == 404
    left = "SELECT count(*) FROM family_link WHERE guardian_id = ? AND revoked_at IS NULL"
    assert server.one(left, guardian) == 0
