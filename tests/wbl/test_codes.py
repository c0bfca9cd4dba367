"""The second step of signing in: set up, asked for, never taken twice, locked after wrong ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests import factories as make
from tests.conftest import PASSWORD
from wbl.accounts.models import OneTimeCode, RecoveryCode, User, UserSession
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.people.models import District

SignIn = Callable[..., FlaskClient]
START = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
SET_UP, CODE = "/sign-in/set-up-codes", "/sign-in/code"


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self, app: Flask) -> None:
        self.now = START
        app.config["CLOCK"] = lambda: self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)

    def code(self, secret: str, steps: int = 0) -> str:
        return pyotp.TOTP(secret).at(self.now + timedelta(seconds=30 * steps))


@pytest.fixture
def watch(app: Flask) -> Watch:
    return Watch(app)


@pytest.fixture
def staff(app: Flask) -> User:
    """A coordinator in a district that asks its staff for codes."""
    with make.made():
        district = make.make_district()
        district.codes_required = True
        return make.make_coordinator(district)


def first_step(browser: FlaskClient, user: User, target: str = "") -> str:
    answer = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    return str(answer.location)


def secret_on(browser: FlaskClient, path: str = SET_UP) -> str:
    page = browser.get(path).get_data(as_text=True)
    assert "<svg" in page
    found = re.search(r'<code class="secret"[^>]*>([A-Z2-7 ]+)</code>', page)
    assert found
    return found[1].replace(" ", "")


def set_up(browser: FlaskClient, user: User, watch: Watch) -> tuple[str, list[str]]:
    """Enrol on the way in; the secret and the recovery codes."""
    assert first_step(browser, user) == SET_UP
    secret = secret_on(browser)
    page = browser.post(SET_UP, data={"code": watch.code(secret)}).get_data(as_text=True)
    recovery = re.findall(r"<li><code>([a-z2-7-]+)</code>", page)
    assert len(recovery) == 10
    return secret, recovery


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_staff_sets_codes_up_at_the_next_sign_in(
    app: Flask, client: FlaskClient, staff: User, watch: Watch
) -> None:
    assert first_step(client, staff, "/students/") == SET_UP
    assert not is_in(client)
    secret = secret_on(client)
    assert secret_on(client) == secret  # a page loaded again asks for no other app
    wrong = client.post(SET_UP, data={"code": watch.code(secret, 5)})
    assert wrong.status_code == 422 and "That code is not right" in wrong.get_data(as_text=True)
    assert not is_in(client) and db.session.scalar(select(OneTimeCode.user_id)) is None
    kept = client.post(SET_UP, data={"code": f"{watch.code(secret)[:3]} {watch.code(secret)[3:]}"})
    assert kept.status_code == 200 and "Keep these recovery codes" in kept.get_data(as_text=True)
    assert 'href="/students/"' in kept.get_data(as_text=True)
    assert is_in(client)
    row = db.session.get_one(OneTimeCode, staff.id)
    assert secret not in (row.nonce, staff.password_hash)
    assert "account.codes_on" in set(db.session.scalars(select(AuditEvent.action)))


def test_a_code_opens_once(app: Flask, client: FlaskClient, staff: User, watch: Watch) -> None:
    secret, _recovery = set_up(client, staff, watch)
    browser = app.test_client()
    assert first_step(browser, staff, "/jobs/") == CODE
    assert "Enter your code" in browser.get(CODE).get_data(as_text=True)
    used = browser.post(CODE, data={"code": watch.code(secret)})  # the one it was set up with
    assert used.status_code == 422 and "used already" in used.get_data(as_text=True)
    watch.on(seconds=30)
    assert browser.post(CODE, data={"code": watch.code(secret)}).location == "/jobs/"
    assert is_in(browser)
    other = app.test_client()
    first_step(other, staff)
    assert other.post(CODE, data={"code": watch.code(secret)}).status_code == 422
    watch.on(seconds=30)
    # Clocks differ: the neighbour's code is as good, the one after it is not.
    assert other.post(CODE, data={"code": watch.code(secret, 2)}).status_code == 422
    assert other.post(CODE, data={"code": watch.code(secret, 1)}).status_code == 302
    assert db.session.get_one(OneTimeCode, staff.id).failures == 0


def test_too_many_wrong_codes_lock_for_a_while(
    app: Flask, client: FlaskClient, staff: User, watch: Watch
) -> None:
    secret, recovery = set_up(client, staff, watch)
    browser = app.test_client()
    first_step(browser, staff)
    watch.on(minutes=1)
    for _number in range(5):
        assert "That code is not right" in browser.post(CODE, data={"code": "000000"}).get_data(as_text=True)
    for code in (watch.code(secret), recovery[0]):
        answer = browser.post(CODE, data={"code": code})
        assert answer.status_code == 422 and "Wait 15 minutes" in answer.get_data(as_text=True)
    watch.on(minutes=16)
    # The first step is too long ago by then.
    assert browser.post(CODE, data={"code": watch.code(secret)}).location == "/sign-in"
    first_step(browser, staff)
    assert browser.post(CODE, data={"code": watch.code(secret)}).status_code == 302
    assert is_in(browser)


def test_a_recovery_code_works_once(app: Flask, client: FlaskClient, staff: User, watch: Watch) -> None:
    _secret, recovery = set_up(client, staff, watch)
    assert db.session.scalar(select(RecoveryCode.id).where(RecoveryCode.code_hash == recovery[0])) is None
    for browser, status in ((app.test_client(), 302), (app.test_client(), 422)):
        first_step(browser, staff)
        assert browser.post(CODE, data={"code": recovery[0].upper()}).status_code == status
    page = client.get("/account").get_data(as_text=True)
    assert "9 left" in page
    client.post("/account/codes/recovery", data={"current": "wrong"})
    assert "9 left" in client.get("/account").get_data(as_text=True)
    client.post("/account/codes/recovery", data={"current": PASSWORD})
    assert "10 left" in client.get("/account").get_data(as_text=True)
    browser = app.test_client()
    first_step(browser, staff)
    assert browser.post(CODE, data={"code": recovery[1]}).status_code == 422


def test_the_second_step_needs_the_first_one_and_the_same_password(
    app: Flask, client: FlaskClient, staff: User, watch: Watch
) -> None:
    for path in (SET_UP, CODE):
        assert client.get(path).location == "/sign-in"
        assert client.post(path, data={"code": "123456"}).location == "/sign-in"
    secret, _recovery = set_up(client, staff, watch)
    browser = app.test_client()
    first_step(browser, staff)
    watch.on(minutes=1)
    assert browser.get(SET_UP).location == "/sign-in"  # who has codes sets up no others
    browser = app.test_client()
    first_step(browser, staff)
    with make.made() as session:
        session.execute(update(User).where(User.id == staff.id).values(password_hash="another"))
    assert browser.post(CODE, data={"code": watch.code(secret)}).location == "/sign-in"
    assert len(list(db.session.scalars(select(UserSession)))) == 1


def test_codes_are_a_choice_where_nobody_asks_for_them(app: Flask, sign_in: SignIn, watch: Watch) -> None:
    with make.made():
        user = make.make_student_user(make.make_student(make.make_district()))
    browser = sign_in(user)
    assert "A code from your phone protects" in browser.get("/account").get_data(as_text=True)
    secret = secret_on(browser, "/account/codes")
    browser.post("/account/codes", data={"code": watch.code(secret)})
    assert first_step(app.test_client(), user) == CODE
    assert browser.get("/account/codes").location == "/account"
    assert "Turn one-time codes off" in browser.get("/account/codes/off").get_data(as_text=True)
    browser.post("/account/codes/off", data={"current": "not it"})
    assert first_step(app.test_client(), user) == CODE
    browser.post("/account/codes/off", data={"current": PASSWORD})
    assert first_step(app.test_client(), user) == "/my-placement"
    assert db.session.scalar(select(RecoveryCode.id)) is None


def test_another_phone_where_codes_are_required(
    app: Flask, client: FlaskClient, staff: User, watch: Watch
) -> None:
    old, _recovery = set_up(client, staff, watch)
    answer = client.post("/account/codes/off", data={"current": PASSWORD})
    assert answer.location == "/account/codes"
    assert first_step(app.test_client(), staff) == SET_UP
    watch.on(minutes=1)
    new = secret_on(client, "/account/codes")
    assert new != old
    client.post("/account/codes", data={"code": watch.code(new)})
    watch.on(minutes=1)
    browser = app.test_client()
    first_step(browser, staff)
    assert browser.post(CODE, data={"code": watch.code(old)}).status_code == 422
    assert browser.post(CODE, data={"code": watch.code(new)}).status_code == 302


def test_a_code_in_the_digits_of_another_script_is_that_code(
    app: Flask, client: FlaskClient, staff: User, watch: Watch
) -> None:
    secret, _recovery = set_up(client, staff, watch)
    watch.on(minutes=1)
    browser = app.test_client()
    first_step(browser, staff)
    for odd in ("²²²²²²", "كلمة", "１２３４５"):
        assert browser.post(CODE, data={"code": odd}).status_code == 422, odd
    arabic = watch.code(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert browser.post(CODE, data={"code": arabic}).status_code == 302


def test_a_district_may_do_without(app: Flask, client: FlaskClient, staff: User, watch: Watch) -> None:
    with make.made() as session:
        session.execute(update(District).values(codes_required=False))
    assert first_step(client, staff) == "/home"
