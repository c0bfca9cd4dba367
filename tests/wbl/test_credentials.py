"""Credentials: issued for what was completed, verified without us, revoked, and shared by their student."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from tests import factories as make
from tests.pages import without_tokens
from tests.wbl.paperwork_support import MOMENT, Chain, at, make_chain
from tests.wbl.published import student_user
from wbl.accounts.models import User
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.audit.models import AuditEvent
from wbl.credentials import issuing, keys, looking, revocation, tokens
from wbl.credentials.models import Credential, CredentialDocument, RevocationReason, SigningKey
from wbl.credentials.verifying import Verdict, unknown_status, verify
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.people.models import Student

SignIn = Callable[..., FlaskClient]
LATER = MOMENT + timedelta(days=120)


def complete(chain: Chain) -> None:
    """As if the last day had come and gone."""
    with transaction() as session:
        session.execute(
            update(Paperwork)
            .where(Paperwork.placement_id == chain.placement_id)
            .values(state=PaperworkState.COMPLETED, completed_at=MOMENT)
        )


def completed_chain(app: Flask) -> Chain:
    chain = make_chain(app)
    complete(chain)
    at(app, LATER)
    return chain


def issued(chain: Chain) -> CredentialDocument:
    with transaction():
        issuing.issue(chain.coordinator, chain.published.place.round_id, [chain.placement_id])
    return db.session.scalars(
        select(CredentialDocument).order_by(CredentialDocument.credential_id.desc())
    ).first()  # type: ignore[return-value]


def test_a_coordinator_issues_by_list_and_a_student_takes_it_away(
    app: Flask,
    sign_in: SignIn,
    client: FlaskClient,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    chain = completed_chain(app)
    place = chain.published.place
    browser = sign_in(place.user)
    here = f"/rounds/{place.round_id}/credentials"
    with count_queries() as sent:
        listed = browser.get(here).get_data(as_text=True)
    assert len(sent) <= 25
    assert "Ana Castillo" in listed and "Benny" not in listed  # only who has completed
    shown = browser.post(f"{here}/preview", data={"placement": [chain.placement_id]}).get_data(as_text=True)
    assert "Issue 1 credential" in shown and "Ana Castillo" in shown
    assert db.session.scalar(select(func.count()).select_from(Credential)) == 0  # looking issues nothing
    db.session.rollback()
    browser.post(here, data={"placements": str(chain.placement_id), "whole": ""})
    credential = db.session.scalars(select(Credential)).one()
    assert credential.issued_at == LATER
    assert f"/credentials/records/{credential.id}" in browser.get(f"{here}?state=issued").get_data(
        as_text=True
    )
    assert browser.post(here, data={"placements": str(chain.placement_id), "whole": ""}).status_code == 400
    browser.post("/sign-out")

    student = sign_in(db.session.get_one(User, chain.student.id))
    assert "Ana Castillo" in student.get("/my-credentials").get_data(as_text=True)
    token = student.get(f"/my-credentials/{credential.id}.jwt").get_data()
    enveloped = student.get(f"/my-credentials/{credential.id}.json").get_data()
    assert json.loads(enveloped)["type"] == "EnvelopedVerifiableCredential"
    for data in (token, enveloped):
        assert looking.look_at(data).verdict is Verdict.VALID


def test_a_document_says_what_it_should_and_names_nobody_else(app: Flask) -> None:
    chain = completed_chain(app)
    token = tokens.parse(issued(chain).token)
    assert set(token.header) == {"alg", "kid", "typ"} and token.header["alg"] == "RS256"
    said = token.payload
    assert said["credentialSubject"]["identifier"][0]["identityHash"] == "Ana Castillo"
    assert said["credentialSubject"]["achievement"]["achievementType"] == "Fieldwork"
    assert (said["iss"], said["jti"], said["sub"]) == (
        said["issuer"]["id"],
        said["id"],
        said["credentialSubject"]["id"],
    )
    for other in ("Rosa", "Pat Reyes", "S1", "Benny"):
        assert other not in json.dumps(said)


def test_one_stands_a_placement_and_only_for_what_was_completed(app: Flask) -> None:
    chain = make_chain(app)
    place = chain.published.place
    with pytest.raises(DomainError), transaction():
        issuing.issue(chain.coordinator, place.round_id, [chain.placement_id])
    complete(chain)
    first = issued(chain).credential_id
    with pytest.raises(DomainError), transaction():
        issuing.issue(chain.coordinator, place.round_id, None)
    with transaction():
        issuing.revoke(chain.coordinator, first, RevocationReason.WRONG)
    with pytest.raises(Conflict), transaction():
        issuing.revoke(chain.coordinator, first, RevocationReason.ASKED)
    assert issued(chain).credential_id != first
    with transaction() as session:
        session.execute(update(Student).values(given_name="", family_name="", preferred_name=""))
        issuing.revoke(chain.coordinator, first + 1, RevocationReason.REPLACED)
    assert issuing.plan(chain.coordinator, place.round_id, None).left_out == {"nameless": 1}
    assert (
        db.session.scalar(
            select(func.count()).where(AuditEvent.action.in_(("credential.issue", "credential.revoke")))
        )
        == 4
    )


def test_another_district_sees_and_touches_nothing(app: Flask, sign_in: SignIn) -> None:
    chain = completed_chain(app)
    credential_id = issued(chain).credential_id
    with make.made():
        stranger = make.make_coordinator(make.make_district())
    browser = sign_in(stranger)
    round_id = chain.published.place.round_id
    assert browser.get(f"/rounds/{round_id}/credentials").status_code == 404
    assert browser.post(f"/rounds/{round_id}/credentials", data={"whole": "yes"}).status_code == 404
    assert browser.post(f"/credentials/records/{credential_id}", data={"reason": "wrong"}).status_code == 404
    browser.post("/sign-out")
    other = sign_in(student_user(chain.published, "S2"))
    assert other.get(f"/my-credentials/{credential_id}.jwt").status_code == 404
    assert other.post(f"/my-credentials/{credential_id}/links", data={"days": 7}).status_code == 404
    assert "Ana" not in other.get("/my-credentials").get_data(as_text=True)


def test_no_byte_of_a_signed_credential_can_change_and_still_verify(app: Flask) -> None:
    chain = completed_chain(app)
    whole = issued(chain).token.encode()
    known, now = keys.every(), LATER
    assert verify(whole, known, now, unknown_status).verdict is Verdict.VALID

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(whole) - 1), st.integers(0, 255))
    def changed(place: int, byte: int) -> None:
        if byte != whole[place]:
            broken = whole[:place] + bytes([byte]) + whole[place + 1 :]
            assert verify(broken, known, now, unknown_status).verdict is not Verdict.VALID

    changed()
    # The last character of a signature has bits that nobody reads: each other one is tried.
    for byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
        for end in (len(whole), whole.index(b"."), whole.rindex(b".")):
            broken = whole[: end - 1] + bytes([byte]) + whole[end:]
            if broken != whole:
                assert verify(broken, known, now, unknown_status).verdict is not Verdict.VALID


def test_a_token_does_not_say_itself_whom_to_believe(app: Flask) -> None:
    chain = completed_chain(app)
    payload = tokens.parse(issued(chain).token).payload
    own = keys.RSAKey.generate_key(2048)
    address = keys.in_use(chain.published.place.district.id).address  # type: ignore[union-attr]
    forged = tokens.sign(own, address, payload)
    assert looking.look_at(forged.encode()).verdict is Verdict.CHANGED
    shown = tokens.jws.serialize_compact(
        {"alg": "RS256", "jwk": {k: own.as_dict(private=False)[k] for k in ("kty", "n", "e")}},
        json.dumps(payload),
        own,
    )
    assert looking.look_at(shown.encode()).verdict is Verdict.FOREIGN
    key = keys.opened(keys.in_use(chain.published.place.district.id))  # type: ignore[arg-type]
    lying = tokens.sign(key, address, {**payload, "sub": "urn:uuid:somebody"})
    assert [fault.path for fault in looking.look_at(lying.encode()).faults] == ["sub"]


def test_no_other_algorithm_is_talked_into_believing_our_key(app: Flask) -> None:
    """Whatever the head says: none, a shared secret made of the public key, a curve's signature."""
    chain = completed_chain(app)
    token = tokens.parse(issued(chain).token)
    key = keys.opened(keys.in_use(chain.published.place.district.id))  # type: ignore[arg-type]
    _head, payload, signature = token.text.split(".")
    for public in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        for algorithm, secret in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            head = _part({**token.header, "alg": algorithm})
            made = hmac.new(public, f"{head}.{payload}".encode(), secret).digest()
            assert looking.look_at(f"{head}.{payload}.{_part(made)}".encode()).verdict is Verdict.MALFORMED
    for header, verdict in (
        ({"alg": "none"}, Verdict.MALFORMED),
        ({"alg": "None"}, Verdict.MALFORMED),
        ({"alg": None}, Verdict.MALFORMED),
        ({"alg": ["RS256"]}, Verdict.MALFORMED),
        ({"alg": "PS256"}, Verdict.MALFORMED),
        ({"alg": "ES256"}, Verdict.CHANGED),
        ({"alg": "EdDSA"}, Verdict.CHANGED),
        ({"kid": 5}, Verdict.MALFORMED),
        ({"kid": token.header["kid"] + "/"}, Verdict.FOREIGN),
        ({"kid": "../" + token.header["kid"]}, Verdict.FOREIGN),
        ({"jku": "https://evil.example/keys"}, Verdict.MALFORMED),
        ({"crit": ["b64"], "b64": False}, Verdict.MALFORMED),
    ):
        head = _part({**token.header, **header})
        assert looking.look_at(f"{head}.{payload}.{signature}".encode()).verdict is verdict, header
    assert looking.look_at(f"{_head}.{payload}.{signature}".encode()).verdict is Verdict.VALID


def _part(value: bytes | dict[str, object]) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_dates_at_the_edge_of_the_calendar_are_read(app: Flask) -> None:
    chain = completed_chain(app)
    payload = tokens.parse(issued(chain).token).payload
    found = keys.in_use(chain.published.place.district.id)
    assert found is not None
    for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        odd = tokens.sign(keys.opened(found), found.address, {**payload, "validFrom": edge})
        assert looking.look_at(odd.encode()).verdict is Verdict.MALFORMED


def test_a_districts_key_speaks_for_no_other_district(app: Flask) -> None:
    chain = completed_chain(app)
    payload = tokens.parse(issued(chain).token).payload
    with make.made():
        other = make.make_district("Another district")
        own = keys.for_signing(chain.coordinator, other)
        address, private = own.address, keys.opened(own)
    lying = tokens.sign(private, address, payload)
    assert looking.look_at(lying.encode()).verdict not in (Verdict.VALID, Verdict.UNCHECKED)


def test_a_revoked_one_is_told_as_revoked_here_and_by_its_list(
    app: Flask, sign_in: SignIn, client: FlaskClient
) -> None:
    chain = completed_chain(app)
    document = issued(chain)
    credential = document.credential
    token, payload = document.token, tokens.parse(document.token).payload
    listed = payload["credentialStatus"]["statusListCredential"].removeprefix("http://localhost")
    before = client.get(listed)
    assert before.mimetype == "application/vc+jwt" and before.cache_control.max_age == 300
    browser = sign_in(chain.published.place.user)
    assert browser.post(f"/credentials/records/{credential.id}", data={}).status_code == 422
    browser.post(f"/credentials/records/{credential.id}", data={"reason": "not_completed"})
    browser.post("/sign-out")
    assert looking.look_at(token.encode()).verdict is Verdict.REVOKED
    after = client.get(listed)
    for answer, expected in ((before, False), (after, True)):
        status = tokens.parse(answer.get_data(as_text=True))
        key = tokens.key_for(status, keys.every())
        assert key is not None and tokens.signature_holds(status, key)
        assert revocation.revoked_by(payload, status.payload) is expected
    page = client.get(f"/credentials/{credential.uuid}").get_data(as_text=True)
    assert "was revoked" in page and "Ana" not in without_tokens(page) and "not completed" not in page
    said = client.post("/credentials/verify", data={"document": token}).get_data(as_text=True)
    assert "This credential was revoked" in said
    db.session.rollback()
    browser = sign_in(db.session.get_one(User, chain.student.id))
    assert "The placement was not completed after all" in browser.get("/my-credentials").get_data(
        as_text=True
    )


def test_the_page_that_verifies_says_which_of_all(app: Flask, client: FlaskClient) -> None:
    chain = completed_chain(app)
    token = issued(chain).token
    shown = client.post("/credentials/verify", data={"document": f"  {token}\n"}).get_data(as_text=True)
    assert "This credential is valid" in shown and "Ana Castillo" in shown
    assert chain.published.place.district.name in shown
    wrong = client.post("/credentials/verify", data={"document": token[:-9] + "AAAAAAAAA"}).get_data(
        as_text=True
    )
    assert "This is not what was signed" in wrong
    assert "This is no Open Badges 3.0 credential" in client.post(
        "/credentials/verify", data={"document": "hello"}
    ).get_data(as_text=True)
    assert client.post("/credentials/verify", data={"document": " "}).status_code == 422
    deep = client.post("/credentials/verify", data={"document": "[" * 5000}).get_data(as_text=True)
    assert "This is no Open Badges 3.0 credential" in deep
    assert client.post("/credentials/verify", data={"document": '{"type": {"a": []}}'}).status_code == 200
    assert client.get("/credentials/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_new_key_signs_and_the_old_one_still_verifies(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    chain = completed_chain(app)
    slug = chain.published.place.district.slug
    first = issued(chain)
    old = first.token
    with transaction():
        issuing.revoke(chain.coordinator, first.credential_id, RevocationReason.KEY)
    run = app.test_cli_runner()
    assert run.invoke(args=["credential", "rotate", "--district", slug]).exit_code == 0
    new = issued(chain).token
    assert tokens.parse(new).header["kid"] != tokens.parse(old).header["kid"]
    published = client.get(f"/credentials/issuers/{slug}/keys.json").get_json()["keys"]
    assert len(published) == 2 and not any(set(key) & {"d", "p", "q", "dp", "dq", "qi"} for key in published)
    address = tokens.parse(old).header["kid"].removeprefix("http://localhost")
    assert client.get(address).get_json() in published
    assert client.get(f"/credentials/issuers/{slug}").get_json()["id"] == tokens.parse(new).payload["iss"]
    # Without this server: the file, the keys, and the list as it is now.
    (tmp_path / "keys.json").write_text(json.dumps({"keys": published}))
    status = (
        tokens.parse(old).payload["credentialStatus"]["statusListCredential"].removeprefix("http://localhost")
    )
    (tmp_path / "list.jwt").write_text(client.get(status).get_data(as_text=True))
    for token, verdict in ((old, "revoked"), (new, "valid")):
        (tmp_path / "mine.jwt").write_text(token)
        files = [str(tmp_path / "mine.jwt"), "--keys", str(tmp_path / "keys.json")]
        listed = run.invoke(args=["credential", "verify", *files, "--status", str(tmp_path / "list.jwt")])
        assert f"({verdict})" in listed.output and listed.exit_code == (verdict != "valid")
        without = run.invoke(args=["credential", "verify", *files])
        assert "Whether it was revoked since was not checked." in without.output
    (tmp_path / "list.jwt").write_text(old)
    assert (
        run.invoke(args=["credential", "verify", *files, "--status", str(tmp_path / "list.jwt")]).exit_code
        == 1
    )


def test_a_copy_of_the_database_signs_nothing(app: Flask) -> None:
    chain = completed_chain(app)
    document = issued(chain)
    key = db.session.scalars(select(SigningKey)).one()
    assert b"PRIVATE" not in key.sealed
    app.config["SECRET_KEY"] = "another one"
    with pytest.raises(Conflict):
        keys.opened(key)
    assert looking.look_at(document.token.encode()).verdict is Verdict.VALID
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text("UPDATE credential_document SET token = 'x'"))
