"""How people are written to, by the people themselves: asking for texts and stopping, hours, slips."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
import zxingcpp
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import PHONE, WIDE, sign_in_as
from tests.browser.serving import Server
from wbl.messages.gateway import signature


def reply(server: Server, text: str, number: str) -> None:
    """What the gateway passes on of a phone's answer."""
    body = json.dumps({"from": number, "text": text, "id": f"{text} {time.time_ns()}"}).encode()
    headers = {"X-Signature": signature("s", body), "Content-Type": "application/json"}
    asked = urllib.request.Request(f"{server.address}/texts/demo", data=body, headers=headers, method="POST")
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.status == 204


def test_a_student_asks_for_texts_on_a_phone_and_stops_them(
    server: Server, visit: Callable[..., Page]
) -> None:
    page = visit(PHONE)
    sign_in_as(page, server.demo, "student")
    page.goto("/account")
    page.get_by_role("link", name="Change Hours without mail").click()
    page.get_by_label("At other hours, which I choose below").check()
    page.get_by_label("From").fill("20:00")
    page.get_by_label("Until").fill("08:30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    user = server.one("SELECT user_id FROM message_choice WHERE quiet_from = 1200 AND quiet_until = 510")
    page.get_by_label("Mobile number").fill("(504) 555-0177")
    page.get_by_label("I want text messages at this number").check()
    page.get_by_role("button", name="Ask for texts").click()
    expect(page.get_by_text("Reply YES to the text that we sent you")).to_be_visible()
    reply(server, "Yes", "+15045550177")
    page.reload()
    expect(page.get_by_text("You get a text at")).to_be_visible()
    reply(server, "STOP", "+15045550177")
    page.reload()
    expect(page.get_by_role("button", name="Ask for texts")).to_be_visible()
    found = server.ask("SELECT confirmed_at, stopped_by FROM text_consent WHERE user_id = ?", user)
    assert [(bool(confirmed), by) for confirmed, by in found] == [(True, "word")]


def test_a_family_takes_its_calendar_along_and_ends_it(server: Server, visit: Callable[..., Page]) -> None:
    page = visit(PHONE)
    page.goto(server.demo["family_link"])
    page.locator("main button").click()
    page.locator("#messages a").click()
    page.locator("#calendar button").click()
    address = page.locator("#calendar code").inner_text()
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert b"BEGIN:VEVENT" in answer.read()
    page.locator("#calendar form[action$='/end'] button").click()
    expect(page.locator("#calendar code")).to_have_count(0)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address, timeout=30)


def test_a_coordinator_prints_slips_for_whom_no_mail_reaches(
    server: Server, visit: Callable[..., Page]
) -> None:
    page = visit(WIDE)
    sign_in_as(page, server.demo, "coordinator")
    round_id = server.demo["ids"]["round"]
    # A family whose one address does not work, said on the page for it.
    email = server.one(
        "SELECT min(g.email) FROM guardian g JOIN family_link f ON f.guardian_id = g.id "
        "JOIN placement p ON p.id = f.placement_id WHERE p.round_id = ? AND g.email <> '' "
        "AND f.revoked_at IS NULL AND p.state = 'published' AND "
        "(SELECT count(*) FROM family_link o WHERE o.placement_id = f.placement_id) = 1",
        round_id,
    )
    page.goto("/unreached")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Stop mail to it").click()
    expect(page.get_by_role("rowheader", name=email)).to_be_visible()
    page.goto(f"/rounds/{round_id}/letters#slips")
    expect(page.get_by_role("link", name="Slips, A4 (PDF)")).to_be_visible()
    answer = page.request.get(f"/rounds/{round_id}/letters/slips.pdf?paper=a4")
    assert answer.ok
    reader = PdfReader(io.BytesIO(answer.body()))
    codes = [
        zxingcpp.read_barcodes(image.image.convert("L").resize((600, 600)))[0].text
        for one in reader.pages
        for image in one.images
    ]
    assert codes and all(code.startswith(f"{server.address}/f/") for code in codes)
    page.goto(codes[0])
    expect(page.locator("main button")).to_be_visible()
    # It works after all.
    page.goto("/unreached")
    row = page.get_by_role("row").filter(has_text=email)
    row.get_by_role("button", name="It works: send again").click()
    expect(page.get_by_role("rowheader", name=email)).to_have_count(0)
