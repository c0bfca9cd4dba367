"""What a family hears when a placement ends: once, in its language, without a reason; who may be told."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from tests import factories as make
from tests.wbl.family_support import guardians_reading, untranslated
from tests.wbl.mailbox import delivered, delivered_about
from tests.wbl.published import Published, published_place
from tests.wbl.rounds_support import GUARDIANS
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.people import languages
from wbl.people.models import Standing
from wbl.placements import changing, consents
from wbl.placements.models import EndKind
from wbl.placements.publishing import withdraw

SignIn = Callable[..., FlaskClient]
WHY = "The host said something about Ana"


def end(published: Published, external_id: str = "S1") -> int:
    placement_id = published.placement(external_id).id
    with transaction():
        changing.end(published.place.actor, placement_id, kind=EndKind.SEAT_LOST, reason=WHY)
    return placement_id


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_whoever_heard_of_a_placement_hears_of_its_end_once(app: Flask, sign_in: SignIn) -> None:
    luis_too = "S1,Luis Castillo,father,luis@home.example,,en,no,yes"
    two = GUARDIANS.replace("S1,Luis Castillo,father,,,es,no,no", luis_too)
    published = published_place(letters=True, guardians=two)
    with make.made():  # since then a court has said otherwise
        luis = published.guardian("Luis Castillo")
        luis.standing, luis.may_receive = Standing.RESTRICTED, False
    placement_id = end(published)
    [(to, subject, body)] = delivered_about(app, "end")
    assert to == "rosa@home.example" and subject == "Una práctica ha terminado"
    assert "555-0100" in body and "Lo que su familia aceptó termina con ella" in body
    for private in ("Ana", "Clinic", "host", "/f/"):
        assert private not in body, private

    browser = sign_in(published.place.user)
    assert "Letter that it ended" in browser.get(f"/placements/{placement_id}").get_data(as_text=True)
    answer = browser.get(f"/placements/{placement_id}/ended.pdf")
    letter = text_of(answer.data)
    assert answer.mimetype == "application/pdf"
    assert (
        "Ana Castillo" in letter and "Bayou Clinic" in letter and "555-0100" in letter and WHY not in letter
    )
    # One that is in force has no such letter, and another district's is not there.
    assert browser.get(f"/placements/{published.placement('S2').id}/ended.pdf").status_code == 404
    with make.made():
        stranger = make.make_coordinator(make.make_district())
    assert (
        sign_in(stranger, app.test_client()).get(f"/placements/{placement_id}/ended.pdf").status_code == 404
    )


def test_who_has_not_heard_of_it_yet_hears_nothing(app: Flask) -> None:
    published = published_place()  # its mails still wait
    end(published)
    assert delivered_about(app, "end") == []


@pytest.mark.parametrize("on_paper", [False, True])
@pytest.mark.parametrize("all_of_it", [False, True])
def test_whose_mail_failed_has_not_heard_unless_they_answered(
    app: Flask, on_paper: bool, all_of_it: bool
) -> None:
    published = published_place()
    placement_id, rosa = published.placement("S1").id, published.guardian("Rosa Castillo").id
    with transaction():  # her server never answered
        item = db.session.scalars(
            select(OutboxItem).where(OutboxItem.key == f"mail:placement:{placement_id}:{rosa}")
        ).one()
        item.state, item.error = OutboxState.FAILED, "ConnectionRefusedError"
    delivered(app)
    if on_paper:  # by the letter on paper
        with transaction():
            answers = dict.fromkeys(consents.fields_of(published.placement("S1")), True)
            consents.record_paper(published.place.actor, placement_id, answers, rosa)
    if all_of_it:
        with transaction():
            withdraw(published.place.actor, published.publication_id, WHY)
    else:
        end(published)
    told = [to for to, _subject, _body in delivered_about(app, "withdrawn" if all_of_it else "end")]
    assert ("rosa@home.example" in told) is on_paper
    assert not all_of_it or "mia@home.example" in told


def test_a_whole_publication_that_is_taken_back_tells_whoever_heard(app: Flask) -> None:
    published = published_place(letters=True)
    with make.made():  # it may be told nothing any more
        silenced = published.guardian("Luis Castillo")
        silenced.standing, silenced.may_receive = Standing.RESTRICTED, False
    with transaction():
        withdraw(published.place.actor, published.publication_id, WHY)
    told = {to: (subject, body) for to, subject, body in delivered_about(app, "withdrawn")}
    assert told.keys() == {mail["To"] for mail in delivered(app) if mail["Message-ID"].startswith("<letter-")}
    subject, body = told["rosa@home.example"]
    assert subject == "Nuestra carta sobre una práctica ya no es válida" and "555-0100" in body
    for private in ("Ana", "Clinic", "host", "/f/"):
        assert private not in body, private


@pytest.mark.parametrize(
    ("tag", "said"),
    [("vi", "Một chỗ thực tập đã kết thúc"), ("ar", "انتهى مكان تدريب"), ("zh-CN", "一项实习安排已结束")],
)
def test_in_the_languages_of_families(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn, tag: str, said: str
) -> None:
    published = published_place(letters=True, guardians=guardians_reading(tag))
    placement_id = end(published)
    with untranslated(monkeypatch) as missing:
        [(_to, subject, _body)] = delivered_about(app, "end")
        assert subject == said
        pdf = sign_in(published.place.user).get(f"/placements/{placement_id}/ended.pdf").data
    assert missing == set() and pdf.startswith(b"%PDF")
    # Not offered any more: in English, with the way to an interpreter, in their own language too.
    with transaction():
        languages.offer(published.place.actor, published.place.district, tag.replace("-CN", "_Hans"), False)
    browser = sign_in(published.place.user)
    letter = text_of(browser.get(f"/placements/{placement_id}/ended.pdf").data)
    assert "The placement of Ana Castillo at Bayou Clinic has ended" in letter
    assert "You can ask the school for an interpreter." in letter
