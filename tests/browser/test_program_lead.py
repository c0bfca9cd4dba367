"""A program lead, from the invitation to a list to take away: the program's students, and nobody else."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, prepared
from tests.browser.hands import BY_BOTH_HANDS, Hand, sign_in_by
from tests.browser.serving import Server
from wbl.accounts import invitations, tokens
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import Place
from wbl.accounts.models import Role
from wbl.db import transaction

pytestmark = BY_BOTH_HANDS
PROGRAM = (
    "SELECT program FROM membership WHERE role = 'program_lead' AND program IS NOT NULL ORDER BY id LIMIT 1"
)
IN_PROGRAM = "SELECT b.student_id FROM submission b WHERE b.round_id = ? AND ';' || b.programs || ';' LIKE ?"


def _invited(server: Server, district: int, program: str) -> tuple[str, str]:
    """An e-mail address, and the link that was sent there."""
    email = f"lead-{uuid4().hex[:8]}@school.example"
    with prepared(server), transaction():
        actor = Actor(kind="command", administrator_of=frozenset({district}))
        made = invitations.invite(actor, Place(district, Role.PROGRAM_LEAD, program=program), email=email)
        return email, f"/invitation/{tokens.token_of(invitations.PURPOSE, made.nonce)}"


def test_a_program_lead_follows_the_program_and_nobody_else(
    server: Server, hand: Hand, demo: dict[str, Any]
) -> None:
    page, main = hand.page, hand.page.locator("main")
    round_id, program = demo["ids"]["round"], server.one(PROGRAM)
    email, link = _invited(server, demo["ids"]["district"], program)
    page.goto(link)
    hand.type("Your name", "Peter Novak")
    hand.type("New password", PASSWORD)
    hand.press("Keep the password and begin")
    joined = 'SELECT m.role, m.program FROM membership m JOIN "user" u ON u.id = m.user_id WHERE u.email = ?'
    assert server.ask(joined, email) == [("program_lead", program)]
    page.context.clear_cookies()

    sign_in_by(hand, email)
    hand.follow(server.one("SELECT name FROM round WHERE id = ?", round_id))
    scope = (round_id, f"%;{program};%")
    own = server.one(f"SELECT count(*) FROM student WHERE id IN ({IN_PROGRAM})", *scope)
    everybody = server.one("SELECT count(*) FROM submission WHERE round_id = ?", round_id)
    assert 0 < own < everybody
    expect(page.get_by_text(f"{own} students", exact=True).first).to_be_visible()

    one = (
        "SELECT s.family_name, s.external_id FROM student s JOIN submission b ON b.student_id = s.id "
        f"WHERE b.round_id = ? AND s.id {{}} IN ({IN_PROGRAM}) ORDER BY s.id LIMIT 1"
    )
    inside, outside = (server.ask(one.format(word), round_id, *scope)[0] for word in ("", "NOT"))
    hand.type("Name or identifier", outside[1])
    hand.press("Filter")
    expect(page.get_by_text("Nobody fits that search")).to_be_visible()
    hand.type("Name or identifier", inside[1])
    hand.press("Filter")
    expect(main.locator("tbody tr").filter(has_text=inside[0])).to_have_count(1)

    # Who is placed and whose family has not answered, to be taken away.
    hand.type("Name or identifier", "")
    hand.select("How far", "placed")
    hand.press("Filter")
    shown = main.locator("tbody tr").count()
    csrf = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    sent = page.request.post(
        f"/exports/status?round={round_id}&stage=placed", form={"format": "csv", "csrf_token": csrf}
    )
    rows = list(csv.DictReader(io.StringIO(sent.text().lstrip("\ufeff"))))
    assert len(rows) >= shown > 0
    name = "coalesce(nullif(preferred_name, ''), given_name) || ' ' || family_name"
    followed = server.ask(f"SELECT {name} FROM student WHERE id IN ({IN_PROGRAM})", *scope)
    assert {row["Student"] for row in rows} <= {row[0] for row in followed}
    took = 'SELECT count(*) FROM audit_event a JOIN "user" u ON u.id = a.actor_id WHERE u.email = ?'
    assert server.one(f"{took} AND a.action = 'list.export'", email) == 1

    # What a coordinator decides is not theirs.
    for path in (f"/rounds/{round_id}", f"/placements/{demo['ids']['placement']}", "/students/"):
        assert page.request.get(path).status in (403, 404), path
