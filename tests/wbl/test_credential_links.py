"""Whom a link shows a credential to, and what of it outlives its student."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from tests.pages import without_tokens
from tests.wbl.paperwork_support import at, come_of_age
from tests.wbl.test_credentials import LATER, completed_chain, issued
from wbl.agreements.models import Paperwork
from wbl.credentials import looking, sharing
from wbl.credentials.models import CredentialDocument
from wbl.credentials.verifying import Verdict
from wbl.db import db, transaction
from wbl.errors import DomainError, NotFound
from wbl.people.models import District, Student

SignIn = Callable[..., FlaskClient]


def test_under_18_a_link_opens_only_while_the_family_says_yes(
    app: Flask, sign_in: SignIn, client: FlaskClient
) -> None:
    chain = completed_chain(app)
    credential_id = issued(chain).credential_id
    with pytest.raises(DomainError, match="your family says"), transaction():
        sharing.make(chain.student, credential_id, 7)
    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=True))
    with transaction():
        link = sharing.make(chain.student, credential_id, 7)
        token, link_id = link.token, link.id
    with pytest.raises(DomainError), transaction():
        sharing.make(chain.student, credential_id, 8)
    page = client.get(f"/c/{token}").get_data(as_text=True)
    assert "Ana" not in without_tokens(page)  # one button, and nothing of anybody
    assert client.get(f"/c/{token}/credential.jwt").headers["Location"] == f"/c/{token}"
    client.post(f"/c/{token}/open")
    page = client.get(f"/c/{token}").get_data(as_text=True)
    assert "Ana Castillo" in page and "This credential is valid" in page and "Rosa" not in page
    assert looking.look_at(client.get(f"/c/{token}/credential.jwt").get_data()).verdict is Verdict.VALID
    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=False))
    assert client.get(f"/c/{token}").status_code == 404
    come_of_age(chain)
    assert client.get(f"/c/{token}").status_code == 200
    with transaction() as session:
        session.execute(update(District).values(sharing_needs_consent=False))
    at(app, LATER + timedelta(days=8))
    assert client.get(f"/c/{token}").status_code == 404  # run out
    at(app, LATER)
    with transaction():
        sharing.revoke(chain.student, credential_id, link_id)
    assert client.get(f"/c/{token}").status_code == 404
    with pytest.raises(NotFound), transaction():
        sharing.revoke(chain.student, credential_id, link_id)


def test_what_names_nobody_outlives_the_student(app: Flask, client: FlaskClient) -> None:
    chain = completed_chain(app)
    document = issued(chain)
    token, uuid = document.token, document.credential.uuid
    with transaction() as session:
        session.execute(delete(Student).where(Student.id == document.student_id))
    assert db.session.scalar(select(func.count()).select_from(CredentialDocument)) == 0
    assert "stands" in client.get(f"/credentials/{uuid}").get_data(as_text=True)
    assert looking.look_at(token.encode()).verdict is Verdict.VALID
