"""Who hears that a credential was issued, or revoked."""

from __future__ import annotations

from email.message import EmailMessage

from flask import Flask
from sqlalchemy import select

from tests.wbl.mailbox import delivered
from tests.wbl.paperwork_support import Chain, come_of_age
from tests.wbl.test_credentials import completed_chain, issued
from wbl.accounts.models import Membership, User
from wbl.credentials import issuing
from wbl.credentials.models import RevocationReason
from wbl.db import db, transaction


def about(app: Flask) -> dict[str, EmailMessage]:
    """The mails about credentials, by whom they went to and what they say."""
    found = {}
    for mail in delivered(app):
        if mail["Message-ID"].startswith("<credential-"):
            what = "issued" if "-issued-" in mail["Message-ID"] else "revoked"
            found[f"{mail['To']} {what}"] = mail
    return found


def account(chain: Chain) -> str:
    """The address of the student's sign-in."""
    found = db.session.scalar(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.student_id == chain.published.placement("S1").student_id)
    )
    assert found is not None
    return found


def text(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert body is not None
    return str(body.get_content())


def test_student_and_guardian_hear_of_it_and_nobody_is_named(app: Flask) -> None:
    chain: Chain = completed_chain(app)
    document = issued(chain)
    found = about(app)
    assert set(found) == {f"{account(chain)} issued", "rosa@home.example issued"}
    to_rosa = text(found["rosa@home.example issued"])
    assert "credencial" in to_rosa and "Rosa Castillo" in to_rosa  # in her language, to her
    assert "Ana" not in to_rosa and "Ana" not in found["rosa@home.example issued"]["Subject"]
    with transaction():
        issuing.revoke(chain.coordinator, document.credential_id, RevocationReason.WRONG)
    found = about(app)
    assert set(found) == {
        f"{to} {what}" for to in (account(chain), "rosa@home.example") for what in ("issued", "revoked")
    }
    assert "WRONG" not in text(found["rosa@home.example revoked"]).upper().split()


def test_of_age_they_alone_hear_of_it_and_by_their_account(app: Flask) -> None:
    chain = completed_chain(app)
    come_of_age(chain)
    issued(chain)
    found = about(app)
    assert set(found) == {f"{account(chain)} issued"}
    assert "http://localhost/my-credentials" in text(found[f"{account(chain)} issued"])


def test_what_was_revoked_at_once_is_not_announced(app: Flask) -> None:
    chain = completed_chain(app)
    document = issued(chain)
    with transaction():
        issuing.revoke(chain.coordinator, document.credential_id, RevocationReason.WRONG)
    assert {key.split()[1] for key in about(app)} == {"revoked"}
