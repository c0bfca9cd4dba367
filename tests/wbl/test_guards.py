"""What guards every page: the token of its forms, its headers, and an answer to whatever is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories as make
from tests.conftest import PASSWORD
from tests.wbl.signing_support import attempt, is_in
from tests.wbl.test_permissions import address
from wbl.accounts import queries
from wbl.accounts.models import User
from wbl.db import db
from wbl.letters.models import Letter, LetterState

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def user(app: Flask) -> User:
    with make.made():
        return make.make_coordinator(make.make_district())


# ---- forged requests ---------------------------------------------------------------------------


def test_no_form_is_taken_without_its_token(app: Flask, sign_in: SignIn, user: User) -> None:
    browser = sign_in(user)
    app.config["WTF_CSRF_ENABLED"] = True
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "messages.reply":  # no browser's: a gateway signs what it sends
            assert browser.post(address(rule), data="STOP").status_code in (403, 404)
        elif rule.methods and "POST" in rule.methods:
            answer = browser.post(address(rule), data={"csrf_token": "made up"})
            assert answer.status_code == 400, rule
            assert "Nothing was changed" in answer.get_data(as_text=True)
            tried += 1
    assert tried >= 15
    assert is_in(browser)


def test_forms_carry_their_token(app: Flask, client: FlaskClient, user: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = True

    def token(path: str) -> str:
        found = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).get_data(as_text=True))
        assert found
        return str(found[-1])

    before = token("/sign-in")
    assert attempt(client, user.email, PASSWORD, csrf_token=before).status_code == 302
    # Signing in begins anew: what was known before it is worth nothing.
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert client.post("/sign-out", data={"csrf_token": token("/account")}).location == "/sign-in"


# ---- headers -----------------------------------------------------------------------------------


def assert_guarded(answer: TestResponse, *, kept: bool = False) -> None:
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert (answer.headers.get("Cache-Control") == "no-store") is not kept


def test_every_kind_of_answer_carries_the_headers(
    app: Flask, sign_in: SignIn, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(user)
    answers = {
        200: browser.get("/account"),
        302: browser.get("/"),
        308: browser.get("/students"),
        404: browser.get("/no-such-page"),
        405: browser.get("/language"),
        422: attempt(browser, "x", "y"),
    }
    app.config["WTF_CSRF_ENABLED"] = True
    answers[400] = browser.post("/sign-out")
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["MAX_CONTENT_LENGTH"] = 10
    answers[413] = browser.post("/language", data={"language": "x" * 100})

    def broken(*_: object) -> None:
        raise RuntimeError("made to break")

    monkeypatch.setattr(queries, "own_sessions", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answers[500] = browser.get("/account")
    assert "made to break" not in answers[500].get_data(as_text=True)
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_guarded(answer)
    with browser.get("/static/css/base.css") as style:
        assert style.status_code == 200
        assert_guarded(style, kept=True)


def test_letters_and_refusals_carry_the_headers(app: Flask, sign_in: SignIn) -> None:
    from tests.wbl.published import employer_user, published_place

    published = published_place()
    with make.made():
        letter = Letter(
            placement_id=published.placement("S1").id,
            state=LetterState.WRITTEN,
            language="en",
            pdf=b"%PDF-1.7",
            written_at=datetime.now(UTC),
        )
        db.session.add(letter)
        db.session.flush()
        url = f"/letters/{letter.id}.pdf"
    pdf = sign_in(published.place.user).get(url)
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    assert_guarded(pdf)
    refused = sign_in(employer_user(published, "E1"), app.test_client()).get(url)
    assert refused.status_code == 403
    assert_guarded(refused)


# ---- odd input ---------------------------------------------------------------------------------


def test_odd_addresses_are_answered(app: Flask, sign_in: SignIn, user: User) -> None:
    browser = sign_in(user)
    for status, url in (
        (400, "/students/?q=%00"),
        (400, "/record/?action=a&action=b%00"),
        (200, f"/students/?school={10**30}"),
        (200, f"/students/?page={10**30}"),
        (200, "/students/?page=-1"),
        (404, f"/students/{10**12}"),
        (404, f"/rounds/{10**30}/runs/{10**30}"),
    ):
        assert browser.get(url).status_code == status, url
    assert attempt(app.test_client(), "a\0@district.example", "x").status_code == 400
