"""A way by timetable, ride by ride: on the pages of a placement, of a run, and in the letter."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from pypdf import PdfReader
from sqlalchemy import select

from tests.wbl.published import Published, published_place, student_user
from wbl.db import db, transaction
from wbl.letters import rendering
from wbl.letters.content import content_of, journey
from wbl.placements.models import FamilyLink
from wbl.rounds.models import Explanation

SignIn = Callable[..., FlaskClient]
WAY = {
    "mode": "transit",
    "from": "home",
    "there": 29,
    "back": 35,
    "steps": {
        "there": [
            {"mode": "walk", "at": 745, "minutes": 6},
            {"mode": "bus", "line": "94", "at": 751, "minutes": 17},
            {"mode": "walk", "at": 768, "minutes": 3},
        ],
        "back": [
            {"mode": "walk", "at": 1050, "minutes": 3},
            {"mode": "tram", "line": "12", "at": 1055, "minutes": 10},
            {"mode": "bus", "line": "94", "at": 1070, "minutes": 9},
            {"mode": "walk", "at": 1079, "minutes": 6},
        ],
    },
}


def by_timetable(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "placed": [{**seat, "leg": WAY} for seat in record["placed"]]}


@pytest.fixture
def published(app: Flask) -> Published:
    found = published_place()
    with transaction():
        placement = found.placement("S2")
        placement.explanation = by_timetable(placement.explanation)
        for each in db.session.scalars(select(Explanation).where(Explanation.run_id == found.run_id)):
            each.record = by_timetable(each.record) if each.record["placed"] else each.record
    return found


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_the_way_is_told_once_a_page(client: FlaskClient, sign_in: SignIn, published: Published) -> None:
    placement = published.placement("S2")
    with force_locale("en"):
        way = journey(placement.explanation)
    assert "About 29 minutes by public transport from home." in way
    assert "bus 94 at 12:31" in way and "streetcar 12 at 5:35\u00a0pm" in way
    sign_in(published.place.user)
    assert text_of(client, f"/placements/{placement.id}").count("bus 94 at 12:31") == 1
    run = f"/rounds/{published.place.round_id}/runs/1/students"
    part = db.session.scalars(
        select(Explanation.submission_id).where(Explanation.run_id == published.run_id)
    ).all()
    assert any("bus 94 at 12:31" in text_of(client, f"{run}/{number}") for number in part)
    sign_in(student_user(published, "S2"))
    assert text_of(client, "/my-placement").count("bus 94 at 12:31") == 1


@pytest.mark.parametrize(("language", "said"), [("en", "bus 94 at 12:31"), ("es", "94 a las 12:31")])
def test_the_letter_tells_it_on_one_page(app: Flask, published: Published, language: str, said: str) -> None:
    placement = published.placement("S2")
    link = db.session.scalars(select(FamilyLink).where(FamilyLink.placement_id == placement.id)).first()
    assert link is not None
    with app.test_request_context(), force_locale(language):
        letter = content_of(placement, link, link.guardian, language, placement.publication.published_at)
        pages = PdfReader(io.BytesIO(rendering.pdf(rendering.typeset(letter)))).pages
    assert len(pages) == 1
    assert said in " ".join(pages[0].extract_text().split())
