"""What somebody sends who means no good, or a program that went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from matching.files import RoundFaults
from tests.wbl.family_support import read_in
from tests.wbl.published import published_place
from tests.wbl.rounds_support import GUARDIANS, make_place, small_folder
from wbl.administration.rule_files import CALENDAR, faults_of
from wbl.agreements.link_routes import door as signing_door
from wbl.db import db, transaction
from wbl.family import routes as family
from wbl.family.door_routes import door as family_door
from wbl.jobs import mail
from wbl.placements.models import Consent
from wbl.placements.publishing import withdraw
from wbl.rounds.folder import read_upload
from wbl.rounds.imports import judge
from wbl.rounds.models import ImportState, Round


@pytest.mark.parametrize("number", ["2147483648", "9" * 23])
@pytest.mark.parametrize(
    "address",
    [
        "/rounds/{}",
        "/rounds/1/runs/{}",
        "/rounds/1/imports/{}",
        "/students/{}",
        "/placements/{}",
        "/letters/{}.pdf",
        "/employers/{}",
    ],
)
def test_a_number_that_no_row_has_is_missing(
    address: str, number: str, app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    client = sign_in(published_place().place.user)
    assert client.get(address.format(number)).status_code == 404
    assert client.get(f"/students/?school={number}").status_code == 200
    assert client.get(f"/rounds/1/runs/1?school={number}").status_code == 200


def test_the_address_of_a_link_is_in_no_log(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = published_place().token("Rosa Castillo")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(_token: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(family_door, "find", broken)
    monkeypatch.setattr(signing_door, "find", broken)
    with caplog.at_level(logging.DEBUG):
        pages = [client.get(address) for address in (f"/f/{token}", f"/f/{token}/agreement", f"/a/{token}")]
    assert [page.status_code for page in pages] == [500, 500, 500]
    assert "Exception on /f/" in caplog.text and "Exception on /a/" in caplog.text
    assert token not in caplog.text
    # A family reads the same page of its own, wherever it was.
    assert pages[0].data == pages[1].data != pages[2].data


def test_every_link_with_a_token_is_kept_out_of_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Also one that a feature adds later."""
    with_token = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert len(with_token) > 10
    for rule in with_token:
        address = rule.rule.replace("<token>", "abcdefghij")
        caplog.clear()
        logging.getLogger(app.name).error(f"Exception on {address} [GET]")
        assert "Exception on /" in caplog.text and "abcdefghij" not in caplog.text, rule


def test_mail_goes_to_one_address_and_a_title_adds_no_header(app: Flask) -> None:
    made = mail.message(
        to="rosa@home.example", subject="Clinic\r\nBcc: carlos@evil.example", body="", message_id="1"
    )
    assert (made["Subject"], made["Bcc"]) == ("Clinic Bcc: carlos@evil.example", None)
    for two in ("rosa@home.example, carlos@evil.example", "rosa@home.example;carlos@evil.example", "rosa"):
        with pytest.raises(ValueError, match="one address"):
            mail.message(to=two, subject="", body="", message_id="1")


def test_an_error_of_the_database_holds_no_values(app: Flask) -> None:
    with pytest.raises(SQLAlchemyError) as raised:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Castillo"})
    assert "Castillo" not in str(raised.value)
    db.session.rollback()


@pytest.mark.parametrize(
    "policy", [b"a=" + b"[" * 20_000, b"a" + b".a" * 50_000 + b"=1", b"a=" + b"9" * 5_000]
)
def test_an_absurd_policy_is_a_fault_of_the_upload(policy: bytes, app: Flask) -> None:
    placement_round = db.session.get_one(Round, make_place().round_id)
    state, preview = judge(placement_round, {"students.csv": b"student_id\nana\n", "policy.toml": policy})
    assert state is ImportState.FAULTY and "policy.toml" in str(preview)


def test_a_file_that_is_no_text_is_a_fault_that_a_page_can_show(app: Flask) -> None:
    for content in (b"\x00\xff" * 50, b"\xff,\xff\n1,2\n"):
        found = faults_of(CALENDAR, content)
        assert found
        assert all(fault.column.encode() and fault.message.encode() for fault in found)


@pytest.mark.parametrize(
    "address", ["all:rosa,other@evil.example", "a@b.example;", "<rosa@evil.example>", "a@b,c.d"]
)
def test_an_address_is_one_address(address: str) -> None:
    cell = f'"{address}"'
    with pytest.raises(RoundFaults) as raised:
        read_upload(
            small_folder(guardians=GUARDIANS.replace("rosa@home.example", cell)), {}, date(2027, 1, 11)
        )
    assert [fault.column for fault in raised.value.faults] == ["email"]


def test_a_line_break_leads_nowhere(client: FlaskClient) -> None:
    answer = client.post("/language", data={"language": "es", "next": "/rounds/\r\nX-Odd: 1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_an_answer_that_a_withdrawal_overtakes_is_not_kept(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link is read, then the publication is withdrawn, then the answer's own transaction begins."""
    published = published_place()
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")

    @contextmanager
    def overtaken() -> Iterator[Session]:
        with transaction():
            withdraw(published.place.actor, published.publication_id, "A mistake")
        with transaction() as session:
            yield session

    monkeypatch.setattr(family, "transaction", overtaken)
    answers = read_in("es")
    assert client.post(f"/f/{token}/answers", data=answers).status_code == 404
    assert db.session.scalar(select(func.count(Consent.id))) == 0
