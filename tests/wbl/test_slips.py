"""Paper slips: for whom, on which paper, and a square code that a decoder reads."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PageObject, PdfReader

from tests.wbl.test_messages import place_with
from wbl import clock
from wbl.db import db, transaction
from wbl.letters import slips
from wbl.letters.content import grouped
from wbl.messages.models import Cause, Unreachable
from wbl.placements.models import Publication

PAPERS = {"letter": (612, 792), "a4": (595, 842)}
SLIP_HEIGHT = 93 / 25.4 * 72  # with the margin above it


def places_of(page: PageObject, *words: str) -> tuple[list[float], float]:
    """How far from the left the lines begin that hold the words, and how far up the lowest is; in points."""
    lefts, heights = [], []

    def visit(text: str, at: list[float], within: list[float], _font: object, _size: float) -> None:
        if any(word in text for word in words):
            lefts.append(within[4] * at[0] + within[5] * at[2] + at[4])
            heights.append(within[4] * at[1] + within[5] * at[3] + at[5])

    page.extract_text(visitor_text=visit)
    assert len(lefts) == len(words)
    return lefts, min(heights)


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_slip_leads_to_the_family_page(app: Flask, sign_in: Callable[..., FlaskClient], paper: str) -> None:
    published = place_with(rosa="")
    browser = sign_in(published.place.user)
    round_id = published.place.round_id
    answer = browser.get(f"/rounds/{round_id}/letters/slips.pdf?paper={paper}")
    assert answer.status_code == 200
    reader = PdfReader(io.BytesIO(answer.data))
    page = reader.pages[0]
    assert len(reader.pages) == 1
    assert (round(page.mediabox.width), round(page.mediabox.height)) == PAPERS[paper]
    token = published.token("Rosa Castillo")
    codes = [zxingcpp.read_barcodes(image.image.convert("L").resize((600, 600))) for image in page.images]
    assert [code[0].text for code in codes] == [f"http://localhost/f/{token}"]
    text = page.extract_text()
    assert "Hay algo" in text  # in Rosa's language
    assert grouped(token) in text.replace("\n", "")
    student = published.placement("S1").student.name
    inside = text[text.index("Hay algo") :]
    assert student in text and student not in inside
    # Side by side: outside on the left, inside on the right, and none of it below the edge of the slip.
    lefts, bottom = places_of(page, "Hay algo", grouped(token)[-5:])
    assert min(lefts) > page.mediabox.width / 2
    assert bottom > page.mediabox.height - SLIP_HEIGHT
    # Mia Brown has an address: no slip, and nobody of her family.
    assert published.placement("S2").student.name not in text


def test_who_gets_one(app: Flask) -> None:
    published = place_with()
    publication = db.session.get_one(Publication, published.publication_id)
    assert slips.count(publication) == 0
    with transaction():
        db.session.add(
            Unreachable(
                district_id=published.place.district.id,
                address="mia@home.example",
                cause=Cause.SAID,
                since=clock.now(),
            )
        )
    assert slips.count(db.session.get_one(Publication, published.publication_id)) == 1
    with transaction():
        published.guardian("Rosa Castillo").email = ""
    assert slips.count(db.session.get_one(Publication, published.publication_id)) == 2
    with transaction():
        published.guardian("Rosa Castillo").may_receive = False
    assert slips.count(db.session.get_one(Publication, published.publication_id)) == 1


def test_slips_are_the_districts_own(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published, other = place_with(rosa=""), place_with()
    browser = sign_in(other.place.user)
    # Theirs all have an address.
    assert browser.get(f"/rounds/{other.place.round_id}/letters/slips.pdf").status_code == 409
    assert browser.get(f"/rounds/{published.place.round_id}/letters/slips.pdf").status_code == 404
