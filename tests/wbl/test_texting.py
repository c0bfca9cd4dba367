"""Text messages: asked for, confirmed from the phone, sent once, stopped by a word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests import factories as make
from tests.wbl.paperwork_support import Chain
from tests.wbl.published import Published, employer_user, student_user
from tests.wbl.test_messages import place_with, work
from tests.wbl.text_gateway import Gateway, text_gateway
from wbl.agreements import telling
from wbl.agreements.models import Step
from wbl.agreements.nudging import nudge_next
from wbl.agreements.standing import OVERDUE, standings
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.messages import gateway as gateways
from wbl.messages.models import AskedBy, MessageSetting, StoppedBy, TextConsent, TextSent
from wbl.messages.texting import MOST_A_DAY, phone_number

SECRET = "secret of the replies"
PHONE = "+15045550123"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with text_gateway(tmp_path / "gateway") as running:
        yield running


@pytest.fixture
def published(app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Published:
    place = place_with()
    settings = {"URL": gateway.url, "TOKEN": "token of the district", "SECRET": SECRET}
    for name, value in settings.items():
        monkeypatch.setenv(gateways.setting(name, place.place.district.slug), value)
    return place


def ask(client: FlaskClient, published: Published, phone: str = "(504) 555-0123") -> None:
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")
    answer = client.post(f"/f/{token}/messages/texts", data={"phone": phone, "agree": "y"})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def reply(
    client: FlaskClient, published: Published, text: str, *, signed: str | None = None, number: str = PHONE
) -> int:
    body = json.dumps({"from": number, "text": text, "id": f"reply {text}"}).encode()
    signature = gateways.signature(SECRET, body) if signed is None else signed
    return client.post(
        f"/texts/{published.place.district.slug}",
        data=body,
        headers={"X-Signature": signature, "Content-Type": "application/json"},
    ).status_code


def texts(gateway: Gateway) -> list[str]:
    work()
    return [text["text"] for text in gateway.taken]


def agreed(client: FlaskClient, published: Published, gateway: Gateway) -> int:
    """Rosa gets texts; how many she got so far."""
    ask(client, published)
    assert reply(client, published, "YES") == 204
    return len(texts(gateway))


def mail_again(published: Published, key: str) -> None:
    """One more mail to Rosa."""
    rosa = published.guardian("Rosa Castillo").id
    items = db.session.scalars(select(OutboxItem).where(OutboxItem.kind == OutboxKind.MAIL))
    payload = next(dict(item.payload) for item in items if item.payload.get("guardian_id") == rosa)
    db.session.rollback()
    with transaction():
        outbox.enqueue(OutboxKind.MAIL, key, payload, district_id=published.place.district.id)


def test_only_a_yes_from_the_phone_lets_texts_out(
    client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    ask(client, published)
    sent = texts(gateway)  # the mail goes out, too, and brings no text with it
    assert len(sent) == 1 and "SÍ" in sent[0] and "/f/" not in sent[0]
    assert gateway.taken[0]["to"] == PHONE
    assert gateway.taken[0]["token"] == "Bearer token of the district"
    row = db.session.scalars(select(TextConsent)).one()
    assert (row.asked_by, row.confirmed_at) == (AskedBy.FAMILY_LINK, None)
    assert reply(client, published, "maybe yes") == 204
    assert reply(client, published, "sí") == 204
    assert len(texts(gateway)) == 2
    mail_again(published, "mail:again")
    newest = texts(gateway)[-1]
    assert f"/f/{published.token('Rosa Castillo')}" in newest
    for secret in ("Rosa", "Ana", "Castillo", "clinic", "Clinic"):
        assert secret not in newest
    assert len(newest) < 320


def test_a_stop_word_ends_them_and_a_help_word_says_whom_to_call(
    client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    before = agreed(client, published, gateway)
    assert reply(client, published, "ayuda") == 204
    assert "555-0100" in texts(gateway)[-1]
    assert reply(client, published, "please STOP this!") == 204
    row = db.session.scalars(select(TextConsent)).one()
    assert (row.in_force, row.stopped_by) == (False, StoppedBy.WORD)
    assert reply(client, published, "stop") == 204  # once more: nothing more is said
    mail_again(published, "mail:again")
    assert len(texts(gateway)) == before + 2
    assert reply(client, published, "START") == 204  # a yes does not undo a stop: they ask again
    mail_again(published, "mail:once more")
    assert len(texts(gateway)) == before + 2


def test_a_reply_that_is_not_signed_changes_nothing(
    client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    agreed(client, published, gateway)
    assert reply(client, published, "STOP", signed="") == 403
    assert reply(client, published, "STOP", signed="0" * 64) == 403
    assert client.post("/texts/nobody", data=b"{}").status_code == 404
    body = b"[1]"
    signature = {"X-Signature": gateways.signature(SECRET, body), "Content-Type": "application/json"}
    assert (
        client.post(f"/texts/{published.place.district.slug}", data=body, headers=signature).status_code
        == 400
    )
    assert reply(client, published, "STOP", number="+15045559999") == 204  # somebody else's
    assert db.session.scalars(select(TextConsent)).one().in_force


@pytest.mark.parametrize("how", ["500", "503", "429", "408"])
def test_what_it_cannot_take_now_is_tried_again_under_the_same_key(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway, how: str
) -> None:
    before = agreed(client, published, gateway)
    mail_again(published, "mail:again")
    gateway.answer(how)
    assert len(texts(gateway)) == before
    gateway.answer("202")
    app.config["CLOCK"] = lambda: datetime.now(UTC) + timedelta(minutes=3)
    assert len(texts(gateway)) == before + 1
    assert len({text["key"] for text in gateway.asked[-2:]}) == 1


def test_an_answer_that_is_lost_makes_no_double(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    before = agreed(client, published, gateway)
    mail_again(published, "mail:again")
    gateway.answer("drop")
    texts(gateway)
    gateway.answer("202")
    app.config["CLOCK"] = lambda: datetime.now(UTC) + timedelta(minutes=3)
    assert len(texts(gateway)) == before + 1
    assert [text["key"] for text in gateway.asked[-2:]] == [gateway.taken[-1]["key"]] * 2


def test_a_gateway_that_does_not_answer_holds_nobody_up(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = agreed(client, published, gateway)
    mail_again(published, "mail:again")
    monkeypatch.setattr(gateways, "TIMEOUT", (1, 1))
    gateway.answer("slow")
    assert len(texts(gateway)) == before
    item = db.session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
    assert item is not None and (item.state, item.error) == (OutboxState.PENDING, "GatewayBusy")


@pytest.mark.parametrize("how", ["400", "401", "404", "301", "307"])
def test_what_it_refuses_is_seen_and_a_token_follows_no_redirect(
    app: Flask,
    sign_in: Callable[..., FlaskClient],
    published: Published,
    gateway: Gateway,
    how: str,
) -> None:
    before = agreed(app.test_client(), published, gateway)
    mail_again(published, "mail:again")
    gateway.answer(how)
    assert len(texts(gateway)) == before
    item = db.session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
    assert item is not None and (item.state, item.error) == (OutboxState.FAILED, f"HTTP {how}")
    assert {text["path"] for text in gateway.asked} == {"/send"}
    browser = sign_in(published.place.user)
    assert f"HTTP {how}" in browser.get("/jobs/?state=failed").get_data(as_text=True)
    gateway.answer("202")
    assert browser.post(f"/jobs/{item.id}/retry").status_code == 302
    assert len(texts(gateway)) == before + 1


def test_at_most_so_many_a_day_and_the_rest_tomorrow(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    moment = [datetime(2026, 12, 1, 15, 0, tzinfo=UTC)]
    app.config["CLOCK"] = lambda: moment[0]
    with transaction():
        for item in db.session.scalars(select(OutboxItem)):
            item.due_at = moment[0]
    before = agreed(client, published, gateway)
    already = len(db.session.scalars(select(TextSent).where(TextSent.what == "something")).all())
    for number in range(MOST_A_DAY + 2):
        moment[0] += timedelta(minutes=10)
        mail_again(published, f"mail:{number}")
        work()
    assert len(texts(gateway)) == before - already + MOST_A_DAY
    moment[0] = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)
    # The two that waited say the same: one text says it.
    assert len(texts(gateway)) == before - already + MOST_A_DAY + 1


def test_texts_wait_in_quiet_hours_answers_do_not(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    before = agreed(client, published, gateway)
    with transaction():
        setting = db.session.get_one(MessageSetting, published.place.district.id)
        setting.quiet_from, setting.quiet_until = 0, 24 * 60 - 1
    mail_again(published, "mail:again")
    assert reply(client, published, "HELP") == 204
    assert len(texts(gateway)) == before + 1


def test_a_guardian_without_mail_gets_the_text(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    before = agreed(client, published, gateway)
    with transaction():
        published.guardian("Rosa Castillo").email = ""
    mail_again(published, "mail:again")
    assert len(texts(gateway)) == before + 1
    with transaction():
        published.guardian("Rosa Castillo").may_receive = False
    mail_again(published, "mail:once more")
    assert len(texts(gateway)) == before + 1


def test_a_guardian_without_mail_is_told_of_a_step_that_waits_for_them(
    app: Flask, client: FlaskClient, published: Published, gateway: Gateway
) -> None:
    moment = [datetime(2026, 12, 1, 15, 0, tzinfo=UTC)]
    app.config["CLOCK"] = lambda: moment[0]
    with transaction():
        for item in db.session.scalars(select(OutboxItem)):
            item.due_at = moment[0]
    before = agreed(client, published, gateway)
    with transaction():
        published.guardian("Rosa Castillo").email = ""
    people = student_user(published, "S1"), employer_user(published, "E1")
    chain = Chain(published, "S1", make.actor(people[0]), make.actor(people[1]))
    moment[0] += timedelta(minutes=10)
    chain.accept()
    chain.student_signs()
    assert chain.step is Step.GUARDIAN and chain.paperwork.nudges == 0, "she can be reached"
    found = texts(gateway)
    assert len(found) == before + 1 and published.token("Rosa Castillo") in found[-1]

    # Reminded four days later; not at night.
    moment[0] = datetime(2026, 12, 6, 4, 0, tzinfo=UTC)  # ten in the evening there
    with transaction():
        setting = db.session.get_one(MessageSetting, published.place.district.id)
        setting.quiet_from, setting.quiet_until = 21 * 60, 7 * 60
    while nudge_next():
        pass
    assert len(texts(gateway)) == before + 1
    moment[0] = datetime(2026, 12, 6, 15, 0, tzinfo=UTC)
    assert len(texts(gateway)) == before + 2

    # She stops them: nobody can be written to, and it is the coordinator's at once.
    assert reply(client, published, "STOP") == 204
    count = len(texts(gateway))
    with transaction():
        placement = published.placement("S1")
        telling.tell(chain.paperwork, placement, standings([placement])[placement.id])
    assert len(texts(gateway)) == count and chain.paperwork.nudges == OVERDUE


def test_a_student_asks_and_stops_on_their_page(
    sign_in: Callable[..., FlaskClient], published: Published, gateway: Gateway
) -> None:
    browser = sign_in(student_user(published, "S1"))
    assert browser.post("/account/messages/texts", data={"phone": "12", "agree": "y"}).status_code == 422
    assert browser.post("/account/messages/texts", data={"phone": PHONE}).status_code == 422
    assert browser.post("/account/messages/texts", data={"phone": PHONE, "agree": "y"}).status_code == 302
    assert reply(browser, published, "yes") == 204
    assert "Stop the texts" in browser.get("/account/messages").get_data(as_text=True)
    assert browser.post("/account/messages/texts/stop").status_code == 302
    row = db.session.scalars(select(TextConsent)).one()
    assert row.stopped_by is StoppedBy.PAGE


def test_off_until_all_of_it_is_set(
    app: Flask, sign_in: Callable[..., FlaskClient], published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = published.place.district.slug
    browser = sign_in(student_user(published, "S1"))
    assert "Ask for texts" in browser.get("/account/messages").get_data(as_text=True)
    for name in ("URL", "TOKEN", "SECRET"):
        with monkeypatch.context() as patch:
            patch.delenv(gateways.setting(name, slug))
            assert gateways.gateway_of(slug) is None
            assert "Ask for texts" not in browser.get("/account/messages").get_data(as_text=True)
    monkeypatch.setenv(gateways.setting("URL", slug), "http://gateway.example/send")  # not encrypted
    assert gateways.gateway_of(slug) is None
    monkeypatch.setenv(gateways.setting("URL", slug), "https://gateway.example/send")
    assert gateways.gateway_of(slug) is not None
    monkeypatch.setenv(gateways.setting("METHOD", slug), "GET")
    assert gateways.gateway_of(slug) is None
    assert "token of" not in repr(gateways.Gateway("https://a.example", "POST", "token of", "secret"))


@given(st.text(max_size=30))
def test_a_number_is_one_or_nothing(typed: str) -> None:
    found = phone_number(typed)
    assert found == "" or (found[0] == "+" and found[1:].isdigit() and 8 <= len(found[1:]) <= 15)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("504-555-0123", PHONE),
        ("(504) 555 0123", PHONE),
        ("1 504 555 0123", PHONE),
        ("+15045550123", PHONE),
        ("+84 28 3822 9272", "+842838229272"),
        ("555-0123", ""),
        ("104-555-0123", ""),
        ("", ""),
    ],
)
def test_numbers(typed: str, number: str) -> None:
    assert phone_number(typed) == number
