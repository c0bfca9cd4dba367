"""Addresses that do not work, quiet hours, what a person chooses."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import factories as make
from tests.wbl.mailbox import delivered
from tests.wbl.published import Published, published_place, student_user
from tests.wbl.smtp_server import mail_server
from wbl.accounts.models import Role
from wbl.db import db, transaction
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.jobs.worker import work_on_next_item
from wbl.messages.models import Cause, HeldMail, MessageChoice, MessageSetting, Unreachable
from wbl.messages.quiet import Hours, is_quiet, over
from wbl.people.models import Student

GUARDIANS = """student_id,name,relation,email,language,may_receive,may_sign
S1,Rosa Castillo,parent,{rosa},es,yes,yes
S2,Mia Brown,parent,{mia},en,yes,yes
"""


def place_with(rosa: str = "rosa@home.example", mia: str = "mia@home.example") -> Published:
    """A published round whose two guardians have these addresses; the letters are out of the way."""
    published = published_place(guardians=GUARDIANS.format(rosa=rosa, mia=mia))
    with transaction():
        for item in db.session.scalars(select(OutboxItem).where(OutboxItem.kind == OutboxKind.LETTERS)):
            outbox.done(item)
    return published


def work() -> None:
    while work_on_next_item():
        pass
    db.session.rollback()


def item_of(guardian: str, published: Published) -> OutboxItem:
    wanted = published.guardian(guardian).id
    items = db.session.scalars(select(OutboxItem).where(OutboxItem.kind == OutboxKind.MAIL))
    return next(item for item in items if item.payload.get("guardian_id") == wanted)


def received(folder: Path) -> list[str]:
    mails = [email.message_from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    return [mail["To"] for mail in mails]


# ---- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["gone", "plain", "closed"])
def test_a_hard_refusal_stops_mail_and_a_coordinator_lifts_it(
    app: Flask, sign_in: Callable[..., FlaskClient], tmp_path: Path, word: str
) -> None:
    published = place_with(rosa=f"{word}@home.example")
    with mail_server(tmp_path / "mail") as url:
        app.config["SMTP_URL"] = url
        work()
        assert received(tmp_path / "mail") == ["mia@home.example"]
        item = item_of("Rosa Castillo", published)
        assert (item.state, item.attempts, item.error) == (OutboxState.FAILED, 1, "Unreached")
        row = db.session.scalars(select(Unreachable)).one()
        assert (row.address, row.cause, row.code) == (f"{word}@home.example", Cause.REFUSED, 550)

        # A second mail to it does not even ask the server.
        with transaction():
            other = dict(item_of("Rosa Castillo", published).payload)
            outbox.enqueue(OutboxKind.MAIL, "mail:again", other, district_id=published.place.district.id)
        (tmp_path / "mail" / f"{word}.works").touch()
        work()
        assert received(tmp_path / "mail") == ["mia@home.example"]
        assert len(db.session.scalars(select(HeldMail)).all()) == 2

        browser = sign_in(published.place.user)
        assert "1 e-mail address does not work" in browser.get("/home").get_data(as_text=True)
        page = browser.get("/unreached").get_data(as_text=True)
        assert f"{word}@home.example" in page and "Rosa Castillo" in page and "(550)" in page
        assert browser.post(f"/unreached/{row.id}/settle", data={"how": "paper"}).status_code == 302
        assert "e-mail address does not work" not in browser.get("/home").get_data(as_text=True)
        assert "On paper" in browser.get("/unreached?state=settled").get_data(as_text=True)

        assert browser.post(f"/unreached/{row.id}/lift").status_code == 302
        work()
        assert received(tmp_path / "mail") == ["mia@home.example", *[f"{word}@home.example"] * 2]
        assert browser.post(f"/unreached/{row.id}/lift").status_code == 404


def test_a_refusal_of_the_sender_is_no_fault_of_the_address(app: Flask, tmp_path: Path) -> None:
    published = place_with(rosa="policy@home.example")
    with mail_server(tmp_path / "mail") as url:
        app.config["SMTP_URL"] = url
        work()
    item = item_of("Rosa Castillo", published)
    assert (item.state, item.error) == (OutboxState.FAILED, "SMTP 550")
    assert db.session.scalars(select(Unreachable)).all() == []


@pytest.mark.parametrize("word", ["later", "full"])
def test_a_soft_refusal_is_tried_again_later_and_later_and_is_then_seen(
    app: Flask, sign_in: Callable[..., FlaskClient], tmp_path: Path, word: str
) -> None:
    published = place_with(rosa=f"{word}@home.example")
    waits = []
    with mail_server(tmp_path / "mail") as url:
        app.config["SMTP_URL"] = url
        moment = datetime.now(UTC)
        for _attempt in range(outbox.MOST_ATTEMPTS):
            app.config["CLOCK"] = lambda: moment  # noqa: B023  # read before it moves on
            work()
            item = item_of("Rosa Castillo", published)
            if item.state is OutboxState.PENDING:
                waits.append(item.due_at - moment)
                moment = item.due_at
        assert item.state is OutboxState.FAILED
        assert waits == sorted(set(waits)) and len(waits) == outbox.MOST_ATTEMPTS - 1
        assert waits[0] == timedelta(minutes=2) and sum(waits, timedelta()) > timedelta(hours=4)
        assert db.session.scalars(select(Unreachable)).all() == []
        browser = sign_in(published.place.user)
        assert "could not go out" in browser.get("/home").get_data(as_text=True)
        (tmp_path / "mail" / f"{word}.works").touch()
        assert browser.post(f"/jobs/{item.id}/retry").status_code == 302
        work()
        assert f"{word}@home.example" in received(tmp_path / "mail")


def test_staff_says_that_an_address_does_not_work(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = place_with()
    browser = sign_in(published.place.user)
    assert browser.post("/unreached", data={"address": "Rosa@Home.example "}).status_code == 302
    assert browser.post("/unreached", data={"address": "rosa@home.example"}).status_code == 422
    assert browser.post("/unreached", data={"address": "two@a.example, b@b.example"}).status_code == 422
    assert [mail["To"] for mail in delivered(app)] == ["mia@home.example"]
    # Another district's people neither see it, nor is their mail stopped.
    with make.made():
        other = make.make_coordinator(make.make_district())
    row_id = db.session.scalars(select(Unreachable.id)).one()
    stranger = sign_in(other, app.test_client())
    assert "rosa@home" not in stranger.get("/unreached").get_data(as_text=True)
    assert stranger.post(f"/unreached/{row_id}/lift").status_code == 404


# ---- quiet hours -----------------------------------------------------------------------------------

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
minutes = st.integers(0, 24 * 60 - 1)
# Hypothesis adds the zone.
BEGINNING, ENDING = datetime(2024, 1, 1), datetime(2031, 1, 1)  # noqa: DTZ001


def shown(moment: datetime, zone: str) -> int:
    local = moment.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def within(minute: int, begins: int, ends: int) -> bool:
    """Counted off by hand, minute after minute."""
    at = begins
    while at != ends:
        if at == minute:
            return True
        at = (at + 1) % (24 * 60)
    return False


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(BEGINNING, ENDING, timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    minutes,
    minutes,
)
def test_nothing_is_sent_in_quiet_hours_and_no_minute_too_late(
    moment: datetime, zone: str, begins: int, ends: int
) -> None:
    hours = Hours(begins, ends)
    assert is_quiet(moment, zone, hours) is within(shown(moment, zone), begins, ends)
    until = over(moment, zone, hours)
    assert until >= moment
    assert not within(shown(until, zone), begins, ends)
    # Every minute before it is quiet: it is the first.
    at = moment
    while at < until:
        assert within(shown(at, zone), begins, ends)
        at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        # In the night of March 14, 2027 clocks skip 2:00 to 3:00: the night is an hour shorter.
        ("2027-03-13T21:00-06:00", "2027-03-14T07:00-05:00"),
        ("2027-03-14T03:00-05:00", "2027-03-14T07:00-05:00"),
        # In that of November 7 they show 1:00 to 2:00 twice: it is an hour longer.
        ("2027-11-06T21:00-05:00", "2027-11-07T07:00-06:00"),
        ("2027-11-07T01:30-05:00", "2027-11-07T07:00-06:00"),
        ("2027-11-07T01:30-06:00", "2027-11-07T07:00-06:00"),
        ("2027-11-06T20:59-05:00", "2027-11-06T20:59-05:00"),
        ("2027-11-07T07:00-06:00", "2027-11-07T07:00-06:00"),
    ],
)
def test_both_nights_in_which_clocks_change(moment: str, until: str) -> None:
    hours = Hours(21 * 60, 7 * 60)
    found = over(datetime.fromisoformat(moment).astimezone(UTC), "America/Chicago", hours)
    assert found == datetime.fromisoformat(until)


def test_an_end_that_clocks_skip_is_where_they_go_on() -> None:
    found = over(datetime(2027, 3, 14, 7, 0, tzinfo=UTC), "America/Chicago", Hours(60, 150))
    assert found == datetime(2027, 3, 14, 8, 0, tzinfo=UTC)  # 3:00: 2:30 is not there


def at(app: Flask, text: str) -> None:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    app.config["CLOCK"] = lambda: moment


def addresses(app: Flask) -> list[str]:
    return sorted(mail["To"] for mail in delivered(app))


def test_mail_waits_for_the_morning_of_the_district_or_of_the_person(app: Flask) -> None:
    published = place_with()
    with transaction():
        db.session.delete(db.session.get_one(MessageSetting, published.place.district.id))
    with transaction():
        mia = published.guardian("Mia Brown")
        row = MessageChoice(guardian_id=mia.id, quiet_from=20 * 60, quiet_until=9 * 60)
        db.session.add(row)
        for item in db.session.scalars(select(OutboxItem)):
            item.due_at = datetime(2026, 11, 1, tzinfo=UTC)
    at(app, "2026-12-01T22:00-06:00")
    assert addresses(app) == []
    item = item_of("Rosa Castillo", published)
    assert (item.state, item.attempts) == (OutboxState.PENDING, 0)
    assert item.due_at == datetime.fromisoformat("2026-12-02T07:00-06:00")
    at(app, "2026-12-02T06:59-06:00")
    assert addresses(app) == []
    at(app, "2026-12-02T07:00-06:00")
    assert addresses(app) == ["rosa@home.example"]
    at(app, "2026-12-02T09:00-06:00")
    assert addresses(app) == ["mia@home.example", "rosa@home.example"]


def test_what_is_urgent_does_not_wait(app: Flask) -> None:
    published = place_with()
    with transaction():
        for item in db.session.scalars(select(OutboxItem)):
            item.due_at = datetime(2026, 11, 1, tzinfo=UTC)
        setting = db.session.get_one(MessageSetting, published.place.district.id)
        setting.quiet_from, setting.quiet_until = 21 * 60, 7 * 60
        item = item_of("Rosa Castillo", published)
        item.payload = {**item.payload, "urgent": True}
    at(app, "2026-12-01T22:00-06:00")
    assert addresses(app) == ["rosa@home.example"]


def test_a_person_chooses_language_and_hours(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = place_with()
    user = student_user(published, "S1")
    browser = sign_in(user)
    own = {"language": "es", "quiet": "own", "quiet_from": "20:00", "quiet_until": "09:30"}
    assert browser.post("/account/messages", data={**own, "quiet_until": ""}).status_code == 422
    assert browser.post("/account/messages", data={**own, "quiet_until": "half past"}).status_code == 422
    assert browser.post("/account/messages", data={**own, "language": "xx"}).status_code == 422
    assert browser.post("/account/messages", data=own).status_code == 302
    row = db.session.scalars(select(MessageChoice)).one()
    assert (row.user_id, row.quiet_from, row.quiet_until) == (user.id, 1200, 570)
    db.session.refresh(user)
    assert user.locale == "es"
    assert "8:00" in browser.get("/account").get_data(as_text=True)
    assert browser.post("/account/messages", data={"language": "en", "quiet": "district"}).status_code == 302
    db.session.rollback()
    assert db.session.scalars(select(MessageChoice)).one().quiet_from is None


def test_a_guardian_chooses_behind_their_link(app: Flask, client: FlaskClient) -> None:
    published = place_with()
    token = published.token("Rosa Castillo")
    assert client.post(f"/f/{token}/messages", data={"language": "vi", "quiet": "never"}).status_code == 302
    assert db.session.scalars(select(MessageChoice)).all() == []  # not let in yet
    client.post(f"/f/{token}/open")
    assert "Cómo" in client.get(f"/f/{token}/messages").get_data(as_text=True)
    assert client.post(f"/f/{token}/messages", data={"language": "vi", "quiet": "never"}).status_code == 302
    db.session.rollback()
    rosa = published.guardian("Rosa Castillo")
    assert (rosa.chosen_language, rosa.language) == ("vi", "es")
    mail = next(mail for mail in delivered(app) if mail["To"] == "rosa@home.example")
    assert "Thư" in mail["Subject"] or "thư" in mail["Subject"].lower()


def test_the_district_sets_its_hours(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    with make.made():
        district = make.make_district()
        boss = make.make_staff(district, Role.ADMINISTRATOR)
    browser = sign_in(boss)
    address = f"/administration/{district.id}/messages"
    assert browser.post(address, data={"quiet_from": "22:00", "quiet_until": "06:30"}).status_code == 302
    db.session.rollback()
    row = db.session.get_one(MessageSetting, district.id)
    assert (row.quiet_from, row.quiet_until) == (1320, 390)
    assert 'value="22:00"' in browser.get(address).get_data(as_text=True)


def test_another_districts_choice_is_not_ours(app: Flask) -> None:
    """Two guardians of two districts share an address: each district has its own."""
    published = place_with()
    with make.made():
        other = make.make_student(make.make_district())
        guardian = make.make_guardian(other, email="rosa@home.example")
    with transaction():
        db.session.add(MessageChoice(guardian_id=guardian.id, quiet_from=0, quiet_until=1439))
    assert "rosa@home.example" in addresses(app)
    assert published.guardian("Rosa Castillo").id != guardian.id
    assert db.session.get_one(Student, other.id).district_id != published.place.district.id
