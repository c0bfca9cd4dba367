"""From an invitation in a mail to a desk behind a second step, and in again by a recovery code."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.conftest import BOTH, PASSWORD, PHONE
from tests.browser.looking import faults_of
from tests.browser.serving import SECRET, Server
from tests.wbl.mailbox import link_in, read
from wbl.accounts import invitations
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import Place
from wbl.accounts.models import Role
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.messages.models import MessageSetting
from wbl.people.models import District


def _invite(server: Server, email: str) -> None:
    # Links are derived from the secret, which is the server's.
    settings = {**server.settings, "SECRET_KEY": SECRET}
    with create_app(settings).app_context():
        with transaction():
            district = District(name="Levee Schools", slug=email.split("@")[0], codes_required=True)
            db.session.add(district)
            db.session.flush()
            db.session.add(MessageSetting(district_id=district.id, quiet_from=0, quiet_until=0))  # any hour
            actor = Actor(kind="command", administrator_of=frozenset({district.id}))
            invitations.invite(actor, Place(district.id, Role.COORDINATOR), email=email, name="Pat Reyes")
        db.engine.dispose()


@BOTH
def test_from_a_mail_to_a_desk(server: Server, visit: Callable[..., Page]) -> None:
    email = f"pat-{uuid4().hex[:8]}@school.example"
    _invite(server, email)
    mails = server.folder / "mail"
    server.wait_for(
        "SELECT count(*) FROM outbox_item o JOIN invitation i ON o.key = 'invitation:' || i.id "
        "WHERE i.email = ? AND o.state = 'done'",
        email,
    )
    page = visit(PHONE, javascript=False)
    page.goto(link_in(next(mail for mail in read(mails) if mail["To"] == email)))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Keep the password and begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up one-time codes")
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn codes on").click()
    recovery = page.locator(".code-list code").all_inner_texts()
    assert len(recovery) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url(re.compile("/(rounds/|home)?$"))

    again = visit()
    again.goto("/sign-in")
    again.get_by_label("E-mail").fill(email)
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Enter your code")
    assert faults_of(again) == []
    again.get_by_role("textbox", name="Code").fill("000000")
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_role("alert")).to_contain_text("That code is not right")
    again.get_by_role("textbox", name="Code").fill(recovery[0])
    again.get_by_role("button", name="Sign in").click()
    again.wait_for_url(lambda url: "/sign-in" not in url)
    assert server.ask(
        "SELECT m.role, (SELECT count(*) FROM recovery_code r WHERE r.user_id = u.id AND r.used_at IS NULL), "
        "(SELECT count(*) FROM user_session s WHERE s.user_id = u.id) "
        'FROM "user" u JOIN membership m ON m.user_id = u.id WHERE u.email = ?',
        email,
    ) == [("coordinator", 9, 2)]
