"""Letters: to whom, in which language, what they say and what they never say; and the mail."""

from __future__ import annotations

import email
import io
import socket
from collections.abc import Callable
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from tests.wbl.published import published_place
from tests.wbl.rounds_support import GUARDIANS
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import work_on_next_item
from wbl.letters.models import Letter, LetterState
from wbl.letters.services import write_letters


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def mails(app: Flask) -> dict[str, email.message.EmailMessage]:
    found = {}
    for path in Path(app.config["MAIL_FOLDER"]).glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        found[message["To"]] = message
    return found


@pytest.mark.slow
def test_letters_are_tagged_one_page_and_in_the_familys_language(app: Flask) -> None:
    published = published_place(letters=True)
    letters = {row.placement.student.external_id: row for row in db.session.scalars(select(Letter))}
    assert {key: (letter.language, letter.state) for key, letter in letters.items()} == {
        "S1": ("es", LetterState.WRITTEN),
        "S2": ("en", LetterState.WRITTEN),
    }
    for letter in letters.values():
        assert letter.pdf is not None
        reader = PdfReader(io.BytesIO(letter.pdf))
        root = reader.trailer["/Root"]
        assert len(reader.pages) == 1
        assert root["/MarkInfo"]["/Marked"]
        assert root["/StructTreeRoot"]
        assert root["/Lang"] == letter.language
        assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
        assert reader.metadata is not None and reader.metadata.title
    spanish, english = words(letters["S1"].pdf or b""), words(letters["S2"].pdf or b"")
    assert "Ana Castillo" in spanish and "1 Main Street" in spanish and "A notebook" in spanish
    assert "Benny Ochoa" in english and "Wednesday, 3:30 to 5:30 pm" in english
    assert published.token("Mia Ochoa")[:5] in english


@pytest.mark.slow
def test_letters_say_nothing_of_needs_groups_or_law(app: Flask) -> None:
    published_place(letters=True)
    for letter in db.session.scalars(select(Letter)):
        said = words(letter.pdf or b"").lower()
        for secret in ("quiet", "large print", "english_learner", "learner", "hazard", "cfr", "age", "ho1"):
            assert f" {secret} " not in f" {said} ", secret


@pytest.mark.slow
def test_the_book_holds_all_letters_in_the_order_of_schools(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place(letters=True)
    browser = sign_in(published.place.user)
    answer = browser.get(f"/rounds/{published.place.round_id}/letters/book.pdf")
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    assert len(reader.pages) == 2
    assert "Castillo" in reader.pages[0].extract_text()
    assert "Ochoa" in reader.pages[1].extract_text()
    tree = reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()["/K"]
    tagged = [(part["/Pg"], part["/Lang"]) for part in (kid.get_object() for kid in tree)]
    # Ana's family reads Spanish, Benny's English, and a screen reader is told so.
    assert {language for page, language in tagged if page == reader.pages[0]} == {"es"}
    assert {language for page, language in tagged if page == reader.pages[1]} == {"en"}
    page = browser.get(f"/rounds/{published.place.round_id}/letters").get_data(as_text=True)
    assert "Print all letters" in page
    letter = db.session.scalars(select(Letter.id)).first()
    assert browser.get(f"/letters/{letter}.pdf").data.startswith(b"%PDF")


@pytest.mark.slow
def test_nobody_who_is_restricted_gets_a_letter_or_mail(app: Flask) -> None:
    only_luis = "\n".join(line for line in GUARDIANS.splitlines() if "Rosa" not in line) + "\n"
    only_luis = only_luis.replace("Luis Castillo,father,,", "Luis Castillo,father,luis@home.example,")
    published_place(letters=True, guardians=only_luis)
    letters = {row.placement.student.external_id: row for row in db.session.scalars(select(Letter))}
    assert letters["S1"].state is LetterState.HELD
    assert letters["S1"].pdf is None
    assert letters["S2"].state is LetterState.WRITTEN
    assert set(mails(app)) == {"mia@home.example"}


@pytest.mark.slow
def test_mail_holds_a_link_and_no_name_of_the_student(app: Flask) -> None:
    published = published_place(letters=True)
    found = mails(app)
    assert set(found) == {"rosa@home.example", "mia@home.example"}
    for address, guardian in (("rosa@home.example", "Rosa Castillo"), ("mia@home.example", "Mia Ochoa")):
        message = found[address]
        body = message.get_content()
        assert f"http://localhost/f/{published.token(guardian)}" in body
        for secret in ("Ana ", "Benny", "Bayou", "Shop"):
            assert secret not in body + str(message["Subject"])


@pytest.mark.slow
def test_doing_it_twice_gives_the_same_letters_once(app: Flask) -> None:
    published = published_place(letters=True)
    before = {letter.placement_id: letter.pdf for letter in db.session.scalars(select(Letter))}
    db.session.rollback()
    write_letters({"publication_id": published.publication_id})
    db.session.rollback()
    after = list(db.session.scalars(select(Letter)))
    assert {letter.placement_id for letter in after} == set(before)


def test_a_guardian_restricted_after_publishing_gets_no_mail(app: Flask) -> None:
    published = published_place()
    with transaction():
        published.guardian("Rosa Castillo").may_receive = False
    while work_on_next_item():
        pass
    assert set(mails(app)) == {"mia@home.example"}


def test_mail_that_fails_is_tried_again_and_then_waits_for_a_person(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    from wbl.jobs import outbox

    published = published_place()
    app.config["SMTP_URL"] = "smtp://127.0.0.1:1"  # nobody listens there
    with transaction():
        for item in db.session.scalars(select(OutboxItem).where(OutboxItem.kind == "letters")):
            db.session.delete(item)
        db.session.flush()
        for item in db.session.scalars(select(OutboxItem)):
            item.attempts = outbox.MOST_ATTEMPTS - 1
    while work_on_next_item():
        pass
    states = [item.state for item in db.session.scalars(select(OutboxItem))]
    assert states == [OutboxState.FAILED, OutboxState.FAILED]
    errors = {item.error for item in db.session.scalars(select(OutboxItem))}
    assert errors == {"ConnectionRefusedError"}
    browser = sign_in(published.place.user)
    assert "could not be done" in browser.get("/jobs/?state=failed").get_data(as_text=True)
    app.config["SMTP_URL"] = ""
    first = db.session.scalars(select(OutboxItem.id)).first()
    assert browser.post(f"/jobs/{first}/retry").status_code == 302
    while work_on_next_item():
        pass
    assert len(mails(app)) == 1


def test_mail_goes_to_a_real_server(app: Flask) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Mailbox

    published = published_place()
    folder = Path(app.instance_path) / "mailbox"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Mailbox(str(folder)), hostname="127.0.0.1", port=port)
    server.start()
    try:
        app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        while work_on_next_item():
            pass
    finally:
        server.stop()
    received = [path.read_text() for path in (folder / "new").iterdir()]
    assert len(received) == 2
    assert all("Message-ID: <letter-" in text for text in received)
    assert published.publication_id


@pytest.mark.slow
def test_letters_to_somebody_restricted_later_do_not_go_out(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place(letters=True)
    browser = sign_in(published.place.user)
    round_id = published.place.round_id
    with transaction():
        published.guardian("Rosa Castillo").may_receive = False
    hers = db.session.scalars(
        select(Letter.id).where(Letter.placement_id == published.placement("S1").id)
    ).one()
    assert browser.get(f"/letters/{hers}.pdf").status_code == 404
    assert browser.get(f"/rounds/{round_id}/letters/book.pdf").status_code == 409
    assert "may no longer go out" in browser.get(f"/rounds/{round_id}/letters").get_data(as_text=True)
    assert browser.post(f"/rounds/{round_id}/letters").status_code == 302
    assert browser.post(f"/rounds/{round_id}/letters").status_code == 409  # being written already
    while work_on_next_item():
        pass
    db.session.rollback()
    states = {row.placement.student.external_id: row.state for row in db.session.scalars(select(Letter))}
    assert states == {"S1": LetterState.HELD, "S2": LetterState.WRITTEN}
    book = browser.get(f"/rounds/{round_id}/letters/book.pdf")
    assert len(PdfReader(io.BytesIO(book.data)).pages) == 1
