"""Signing in and out, sessions, languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import Type, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import factories as make
from tests.conftest import PASSWORD
from tests.pages import without_tokens
from tests.wbl.signing_support import attempt, is_in
from wbl.accounts import services
from wbl.accounts.models import User, UserSession
from wbl.app import create_app
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.extensions import limiter
from wbl.people.models import District

SignIn = Callable[..., FlaskClient]
NOT_TOGETHER = "That e-mail and password do not go together."


@pytest.fixture
def user(app: Flask) -> User:
    with make.made():
        return make.make_coordinator(make.make_district())


def language_of(answer: TestResponse) -> str:
    found = re.search(r'<html lang="(\w+)"', answer.get_data(as_text=True))
    assert found
    return found[1]


# ---- signing in --------------------------------------------------------------------------------


def test_signing_in_begins_a_session_and_is_recorded(app: Flask, client: FlaskClient, user: User) -> None:
    assert client.get("/").location == "/sign-in"
    answer = attempt(client, f"  {user.email.upper()} ", PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/home")
    assert is_in(client)
    assert client.get("/").location == "/home"
    assert client.get("/sign-in").location == "/"
    session = db.session.scalars(select(UserSession)).one()
    cookie = client.get_cookie("session")
    assert cookie is not None and session.token_hash not in cookie.value
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor_kind, event.actor_id) == ("account.sign_in", "user", user.id)


def test_each_role_begins_on_its_own_page(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with make.made():
        district = make.make_district()
        homes = {
            make.make_coordinator(district): "/home",
            make.make_student_user(make.make_student(district)): "/my-placement",
            make.make_employer_user(make.make_employer(district)): "/our-placements",
        }
    for who, home in homes.items():
        browser = sign_in(who, app.test_client())
        assert browser.get("/").location == home


def test_wrong_password_unknown_mail_and_inactive_look_the_same(
    app: Flask, client: FlaskClient, user: User
) -> None:
    with make.made():
        gone = make.make_coordinator(make.make_district())
        gone.active = False
    tries = [(user.email, "wrong"), ("nobody@district.example", "wrong"), (gone.email, PASSWORD)]
    pages = set()
    for email, password in tries:
        answer = attempt(client, email, password)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert 'class="error-summary"' in page and NOT_TOGETHER in page
        assert password not in page
        pages.add(without_tokens(page.replace(email, "EMAIL")))
    assert len(pages) == 1
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_what_is_missing_or_too_long_is_said(app: Flask, client: FlaskClient) -> None:
    for email, password, said in (
        ("", "", "Enter your e-mail address."),
        ("a@district.example", "", "Enter your password."),
        ("a" * 250 + "@district.example", "x", "cannot be longer than 254"),
        ("a@district.example", "x" * 501, "cannot be longer than 500"),
    ):
        answer = attempt(client, email, password)
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)


def test_an_account_that_is_ended_is_out_at_once(app: Flask, sign_in: SignIn, user: User) -> None:
    browser = sign_in(user)
    assert is_in(browser)
    with make.made():
        db.session.get_one(User, user.id).active = False
    answer = browser.get("/account")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/account?")


def test_one_address_has_one_account(app: Flask, user: User) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), make.made():
        db.session.add(
            User(
                email=user.email.upper(),
                name="Twice",
                password_hash="x",
                created_at=datetime.now(UTC),
            )
        )
        db.session.flush()


def test_passwords_are_hashed_as_is_asked_of_argon2() -> None:
    # Made before the tests put a quicker hasher in place.
    used = extract_parameters(services._NOBODY)
    assert used.type is Type.ID
    assert used.memory_cost >= 19 * 1024 and used.time_cost >= 2  # OWASP, password storage


# ---- where it leads ----------------------------------------------------------------------------


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "http:rounds",
    "/students/\r\nX-Made-Up: 1",
]


def test_no_way_leads_to_another_site(app: Flask, client: FlaskClient, user: User) -> None:
    for target in ELSEWHERE:
        assert client.get("/sign-in", query_string={"next": target}).status_code == 200
        assert attempt(client, user.email, PASSWORD, next=target).location == "/home", target
        assert client.post("/language", data={"language": "en", "next": target}).location == "/", target
        client.post("/sign-out")


def test_signing_in_leads_where_one_wanted_to_go(app: Flask, client: FlaskClient, user: User) -> None:
    sent = client.get("/students/?q=ana&page=2")
    assert sent.location == "/sign-in?next=/students/?q%3Dana%26page%3D2"
    page = client.get(sent.location).get_data(as_text=True)
    hidden = re.search(r'id="next" name="next"[^>]*value="([^"]*)"', page)
    assert hidden
    wanted = hidden[1].replace("&amp;", "&")
    assert wanted == "/students/?q=ana&page=2"
    # A mistake on the way loses nothing.
    wrong = attempt(client, user.email, "wrong", next=wanted).get_data(as_text=True)
    assert hidden[0] in wrong
    assert attempt(client, user.email, PASSWORD, next=wanted).location == wanted


# ---- sessions ----------------------------------------------------------------------------------


def copied(app: Flask, browser: FlaskClient) -> FlaskClient:
    """Another browser with a copy of this one's cookie."""
    cookie = browser.get_cookie("session")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    return thief


def test_signing_out_ends_the_session_wherever_its_cookie_is(app: Flask, sign_in: SignIn, user: User) -> None:
    browser = sign_in(user)
    other = copied(app, browser)
    assert is_in(other)
    out = browser.post("/sign-out")
    assert (out.status_code, out.location) == (302, "/sign-in")
    assert "You are signed out." in browser.get("/sign-in").get_data(as_text=True)
    assert not is_in(browser)
    assert not is_in(other)


def test_a_session_ended_elsewhere_is_ended_here(app: Flask, sign_in: SignIn, user: User) -> None:
    phone, desk = sign_in(user, app.test_client()), sign_in(user, app.test_client())
    phones = db.session.scalars(select(UserSession.id).order_by(UserSession.id)).first()
    answer = desk.post(f"/account/sessions/{phones}/end")
    assert (answer.status_code, answer.location) == (302, "/account")
    assert not is_in(phone)
    assert is_in(desk)
    assert desk.post(f"/account/sessions/{phones}/end").status_code == 404


def test_one_sees_and_ends_only_ones_own_sessions(app: Flask, sign_in: SignIn, user: User) -> None:
    with make.made():
        other = make.make_coordinator(db.session.get_one(District, 1))
    theirs = sign_in(other, app.test_client())
    theirs_id = db.session.scalars(select(UserSession.id)).one()
    mine = app.test_client()
    mine.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    sign_in(user, mine)
    page = mine.get("/account").get_data(as_text=True)
    assert page.count("/account/sessions/") == 1
    assert f"/account/sessions/{theirs_id}/end" not in page
    assert "Firefox · Linux" in page
    assert "this one" in page
    assert mine.post(f"/account/sessions/{theirs_id}/end").status_code == 404
    assert mine.post("/account/sessions/999999/end").status_code == 404
    assert is_in(theirs)


def test_a_session_expires(app: Flask, sign_in: SignIn, user: User) -> None:
    began = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
    app.config["CLOCK"] = lambda: began
    browser = sign_in(user)
    lifetime: timedelta = app.config["SESSION_LIFETIME"]
    app.config["CLOCK"] = lambda: began + lifetime - timedelta(seconds=1)
    assert is_in(browser)
    app.config["CLOCK"] = lambda: began + lifetime
    assert not is_in(browser)


def test_being_seen_is_noted_every_five_minutes(app: Flask, sign_in: SignIn, user: User) -> None:
    began = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)

    def seen_at(minutes: int) -> datetime:
        app.config["CLOCK"] = lambda: began + timedelta(minutes=minutes)
        assert is_in(browser)
        db.session.expire_all()
        return db.session.scalars(select(UserSession.last_seen_at)).one()

    app.config["CLOCK"] = lambda: began
    browser = sign_in(user)
    assert seen_at(5) == began
    assert seen_at(6) == began + timedelta(minutes=6)
    assert seen_at(10) == began + timedelta(minutes=6)


def test_signing_in_takes_nothing_over_from_a_planted_session(app: Flask, user: User) -> None:
    browser = app.test_client()
    with browser.session_transaction() as planted:
        planted["_user_id"] = "planted"
        planted["family"] = {"link": 1, "until": 9e12}
    attempt(browser, user.email, PASSWORD)
    with browser.session_transaction() as session:
        assert session["_user_id"] != "planted"
        assert "family" not in session


def test_cookies_are_kept_from_scripts_and_from_other_sites(app: Flask, user: User) -> None:
    cookies = attempt(app.test_client(), user.email, PASSWORD).headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        assert "Secure" not in cookie
    app.config["SESSION_COOKIE_SECURE"] = True
    answer = attempt(app.test_client(), user.email, PASSWORD)
    assert all("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


# ---- languages ---------------------------------------------------------------------------------


def test_a_visitor_chooses_a_language(app: Flask, client: FlaskClient, user: User) -> None:
    assert language_of(client.get("/sign-in")) == "en"
    assert language_of(client.get("/sign-in", headers={"Accept-Language": "es-MX,es;q=0.9"})) == "es"
    answer = client.post("/language", data={"language": "es", "next": "/sign-in"})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert language_of(client.get("/sign-in")) == "es"
    assert language_of(attempt(client, user.email, "wrong")) == "es"
    assert attempt(client, user.email, PASSWORD).status_code == 302
    assert language_of(client.get("/account")) == "es"


def test_a_language_chosen_when_signed_in_is_kept_with_the_account(
    app: Flask, sign_in: SignIn, user: User
) -> None:
    browser = sign_in(user)
    browser.post("/language", data={"language": "es", "next": "/account"})
    assert language_of(browser.get("/account")) == "es"
    assert language_of(sign_in(user, app.test_client()).get("/account")) == "es"


def test_other_languages_change_nothing(app: Flask, sign_in: SignIn, user: User) -> None:
    browser = sign_in(user)
    for language in ("fr", "", "ES", "es-MX", "../en"):
        assert browser.post("/language", data={"language": language}).status_code == 302
    assert browser.post("/language").status_code == 302
    assert language_of(browser.get("/account")) == "en"
    assert db.session.get_one(User, user.id, populate_existing=True).locale is None


# ---- too many tries ----------------------------------------------------------------------------


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application on the same database that counts tries; it is settled when one is made."""
    monkeypatch.setattr(limiter, "enabled", True)
    own = create_app({**app.config, "RATELIMIT_ENABLED": True})
    own.test_client_class = app.test_client_class
    with own.app_context():
        yield own
        db.session.remove()
        db.engine.dispose()


def test_failed_tries_are_limited_and_good_ones_are_not(limited: Flask, user: User) -> None:
    browser = limited.test_client()
    for _ in range(3):  # a whole school may sign in from one address
        assert attempt(limited.test_client(), user.email, PASSWORD).status_code == 302
    for _ in range(10):
        assert attempt(browser, user.email, "wrong").status_code == 422
    refused = attempt(browser, user.email, PASSWORD)
    assert refused.status_code == 429
    assert "Nothing" in refused.get_data(as_text=True) or "wait" in refused.get_data(as_text=True).lower()
    assert browser.get("/sign-in").status_code == 200
    elsewhere = limited.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert attempt(elsewhere, user.email, PASSWORD).status_code == 302
