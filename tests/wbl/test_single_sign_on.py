"""Signing in at a district's provider: a real one, in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests import factories as make
from wbl.accounts.models import Identity, IdentityProvider, Role, User, UserSession
from wbl.config import oidc_secret_name
from wbl.db import db
from wbl.people.models import District

PEOPLE = [
    {"sub": "s-pat", "email": "pat@mesa.example", "email_verified": True},
    {"sub": "s-new-pat", "email": "pat@mesa.example", "email_verified": True},
    {"sub": "s-unchecked", "email": "lee@mesa.example", "email_verified": False},
    {"sub": "s-stranger", "email": "nobody@mesa.example", "email_verified": True},
    {"sub": "s-both", "email": "both@mesa.example", "email_verified": True},
    {"sub": "s-gone", "email": "gone@mesa.example", "email_verified": True},
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an OpenID provider that knows these people."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = [argument for person in PEOPLE for argument in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), "-n", "true", *told],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    address = f"http://localhost:{port}"
    end = time.monotonic() + 60
    while True:
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=5).raise_for_status()
            break
        except requests.RequestException:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def district(app: Flask, provider: str, monkeypatch: pytest.MonkeyPatch) -> District:
    """A district with that provider, and four people."""
    with make.made() as session:
        district = make.make_district("Mesa Clara")
        people = {name: make.make_coordinator(district) for name in ("pat", "lee", "both", "gone")}
        for name, user in people.items():
            user.email = f"{name}@mesa.example"
        people["gone"].active = False
        make.accounts.add_membership(
            people["both"], role=Role.COORDINATOR, district_id=make.make_district().id
        )
        session.add(
            IdentityProvider(
                district_id=district.id,
                label="Mesa Clara",
                discovery_url=f"{provider}/.well-known/openid-configuration",
                client_id="throughline",
            )
        )
    monkeypatch.setenv(oidc_secret_name(district.slug), "a secret of the environment")
    return district


def there(browser: FlaskClient, district: District, subject: str, target: str = "") -> str:
    """Go to the provider and say who one is; the address that it sends back to."""
    answer = browser.get(f"/sign-in/with/{district.slug}", query_string={"next": target})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    asked = parse_qs(urlsplit(answer.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://localhost/sign-in/with/{district.slug}/back"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    said = requests.post(answer.location, data={"sub": subject}, allow_redirects=False, timeout=10)
    assert said.status_code == 302, said.text
    return said.headers["Location"].removeprefix("http://localhost")


def sign_in_there(browser: FlaskClient, district: District, subject: str, target: str = "") -> str:
    answer = browser.get(there(browser, district, subject, target))
    assert answer.status_code == 302
    return str(answer.location)


def refused(browser: FlaskClient, district: District, subject: str) -> str:
    assert sign_in_there(browser, district, subject) == "/sign-in"
    return browser.get("/sign-in").get_data(as_text=True)


def sessions() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(UserSession.id))) or 0


def test_signing_in_at_the_provider(app: Flask, client: FlaskClient, district: District) -> None:
    page = client.get("/sign-in?next=/students/").get_data(as_text=True)
    assert "Sign in with Mesa Clara" in page and f"/sign-in/with/{district.slug}?next=/students/" in page
    assert sign_in_there(client, district, "s-pat", "/students/") == "/students/"
    assert client.get("/students/").status_code == 200
    kept = db.session.scalars(select(Identity)).one()
    assert kept.subject == "s-pat"
    # From now on the subject says who it is, whatever the address.
    with make.made() as session:
        session.execute(update(User).where(User.id == kept.user_id).values(email="p.reyes@mesa.example"))
    assert sign_in_there(app.test_client(), district, "s-pat", "//evil.example") == "/home"
    assert db.session.scalar(select(func.count(Identity.id))) == 1


def test_whom_the_provider_opens_nothing_for(app: Flask, client: FlaskClient, district: District) -> None:
    assert "has not checked your e-mail" in refused(client, district, "s-unchecked")
    assert "Nobody here has that address" in refused(client, district, "s-stranger")
    assert "Nobody here has that address" in refused(client, district, "s-gone")
    assert "not in this district alone" in refused(client, district, "s-both")
    assert sessions() == 0
    # An address that is given to somebody else opens nothing.
    assert sign_in_there(client, district, "s-pat") == "/home"
    assert "belonged to another account" in refused(app.test_client(), district, "s-new-pat")
    assert sessions() == 1


def test_answers_that_were_not_asked_for(app: Flask, client: FlaskClient, district: District) -> None:
    back = there(client, district, "s-pat")
    other = app.test_client()
    for browser, path in (
        (other, back),  # planted in another browser: no state
        (client, back.replace("state=", "state=x")),
        (client, f"/sign-in/with/{district.slug}/back?error=access_denied&state=x"),
        (client, f"/sign-in/with/{district.slug}/back"),
    ):
        assert browser.get(path).location == "/sign-in"
        assert "did not work" in browser.get("/sign-in").get_data(as_text=True)
    assert client.get(back).location == "/home"
    client.post("/sign-out")
    assert client.get(back).location == "/sign-in"  # a code and a state are good for once
    back = there(client, district, "s-pat")
    with client.session_transaction() as cookie:
        (key,) = (key for key in cookie if key.startswith("_state_"))
        cookie[key]["data"]["nonce"] = "another"
        cookie.modified = True
    assert client.get(back).location == "/sign-in"
    assert sessions() == 1


def test_the_second_step_comes_after_unless_the_provider_asks_for_one(
    app: Flask, client: FlaskClient, district: District
) -> None:
    with make.made() as session:
        session.execute(update(District).values(codes_required=True))
    assert sign_in_there(client, district, "s-pat") == "/sign-in/set-up-codes"
    assert sessions() == 0
    with make.made() as session:
        session.execute(update(IdentityProvider).values(asks_second_step=True))
    assert sign_in_there(client, district, "s-pat", "/jobs/") == "/jobs/"


def test_a_provider_that_is_off_or_down(
    app: Flask, client: FlaskClient, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make.made() as session:
        session.execute(update(IdentityProvider).values(discovery_url="http://localhost:9/nothing"))
    assert client.get(f"/sign-in/with/{district.slug}").location == "/sign-in"
    assert "did not work" in client.get("/sign-in").get_data(as_text=True)
    monkeypatch.delenv(oidc_secret_name(district.slug))
    assert client.get(f"/sign-in/with/{district.slug}").status_code == 404
    assert "Sign in with" not in client.get("/sign-in").get_data(as_text=True)
    monkeypatch.setenv(oidc_secret_name(district.slug), "x")
    with make.made() as session:
        session.execute(update(IdentityProvider).values(enabled=False))
    assert client.get(f"/sign-in/with/{district.slug}").status_code == 404
