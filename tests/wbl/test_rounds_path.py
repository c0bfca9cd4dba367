"""The way of a round by its pages: create, import, solve, review."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.rounds_support import make_place, small_folder, zipped
from wbl.db import db
from wbl.demo.district import demo_round
from wbl.rounds.models import Round, RoundImport
from wbl.rounds.solving import work_on_next_run

NEW_ROUND = {
    "name": "Spring internships",
    "starts_on": "2027-01-11",
    "ends_on": "2027-05-28",
    "order": "placed_first",
    "preference": "40",
    "interest": "25",
    "travel": "20",
    "growth": "15",
    "unranked": "if_open",
}


def test_from_creation_to_review_on_the_demo_round(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    place = make_place()
    sign_in(place.user)
    made = client.post("/rounds/new", data={**NEW_ROUND, "district": place.district.id})
    assert made.status_code == 302
    round_id = db.session.scalar(select(Round.id).order_by(Round.id.desc()))
    assert made.location == f"/rounds/{round_id}/prepare"
    upload = {"files": (io.BytesIO(zipped(demo_round(), "demo/")), "demo.zip")}
    answer = client.post(f"/rounds/{round_id}/import", data=upload, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    preview = client.get(answer.location).get_data(as_text=True)
    assert "What would change" in preview
    assert db.session.get_one(Round, round_id).state == "draft"  # nothing is saved yet
    assert client.post(f"{answer.location}/confirm").status_code == 302
    queued = client.post(f"/rounds/{round_id}/runs", data={"method": "auto"})
    assert queued.location == f"/rounds/{round_id}/runs/1"
    assert "Waiting for its turn" in client.get(queued.location).get_data(as_text=True)
    assert work_on_next_run()
    for page in ("", "/unplaced", "/goals"):
        assert client.get(f"{queued.location}{page}").status_code == 200
    review = client.get(queued.location).get_data(as_text=True)
    assert "placed of 120" in review
    assert "Proved: no match can place more." in review
    assert client.get(f"/rounds/{round_id}").status_code == 200
    assert client.get("/rounds/").status_code == 200


def test_several_csv_files_at_once(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    place = make_place()
    sign_in(place.user)
    files = [(io.BytesIO(data), name) for name, data in small_folder().items()]
    answer = client.post(
        f"/rounds/{place.round_id}/import", data={"files": files}, content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    staged = db.session.scalars(select(RoundImport)).one()
    assert staged.preview["counts"]["students"] == 3
    assert staged.preview["counts"]["people"] == 2
