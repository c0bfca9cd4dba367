"""Home: what needs a coordinator, by urgency, each line ending where it is done."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import published_place
from tests.wbl.rounds_support import bring_in, make_place, small_folder, stage, zipped
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.letters.models import Letter, LetterState
from wbl.placements.models import Answer, PlacementAnswer
from wbl.rounds import collecting, services
from wbl.rounds.models import Round, RoundImport, RunState, SolveRun

Browser = Callable[..., FlaskClient]
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


def lines_of(page: str) -> dict[str, str]:
    """The sentences of the list and where they lead."""
    part = page[page.index("<main") : page.index("Your rounds")]
    found = re.findall(r'<li class="\w+">.*?<a href="([^"]+)">([^<]+)</a>', part, re.DOTALL)
    return {unescape(text): unescape(href) for href, text in found}


def test_an_empty_district_begins_with_its_files(client: FlaskClient, sign_in: Browser, app: Flask) -> None:
    with make.made():
        district = make.make_district()
        user = make.make_coordinator(district)
    sign_in(user)
    assert client.get("/").location == "/home"
    page = client.get("/home").text
    assert "Begin with your first round" in page and "Round folder" in page
    file = (io.BytesIO(zipped(small_folder())), "spring.zip")
    answer = client.post("/rounds/start", data={"files": file}, content_type="multipart/form-data")
    made = db.session.scalars(select(Round)).one()
    assert (made.district_id, made.name) == (district.id, f"Placements from {made.starts_on:%B %Y}")
    assert "Import and solve" in client.get(answer.location).text
    answer = client.post(f"{answer.location}/confirm", data={"solve": "yes"})
    assert answer.location == f"/rounds/{made.id}/runs/1"
    assert db.session.scalars(select(SolveRun)).one().state is RunState.QUEUED
    wrong = (io.BytesIO(b"student_id\nS1\n"), "students.csv")
    again = client.post("/rounds/start", data={"files": wrong}, content_type="multipart/form-data")
    assert "cannot be imported yet" in client.get(again.location).text
    assert client.post("/rounds/start", data={}).status_code == 422


def test_each_kind_of_need_leads_to_its_place(
    app: Flask, client: FlaskClient, sign_in: Browser, count_queries: Callable[[], object]
) -> None:
    published = published_place(letters=True)  # S3 is placed nowhere; nobody has answered
    place = published.place
    app.config["CLOCK"] = lambda: NOW
    with transaction():
        item = db.session.scalars(select(OutboxItem)).first()
        assert item is not None
        item.state = OutboxState.FAILED
        collects = services.create_round(
            place.actor, place.district.id, name="Summer", starts_on=NOW.date(), ends_on=NOW.date()
        )
        collecting.set_collecting(place.actor, collects.id, NOW - timedelta(days=1), NOW + timedelta(hours=2))
        failed = services.create_round(
            place.actor, place.district.id, name="Broken", starts_on=NOW.date(), ends_on=NOW.date()
        )
        db.session.add(
            SolveRun(round_id=failed.id, number=1, state=RunState.FAILED, queued_at=NOW, ended_at=NOW)
        )
        empty = make.make_round(place.district, name="Empty")
        ids = collects.id, failed.id, empty.id
    stranger = make_place()
    bring_in(stranger, small_folder())
    stage(stranger, small_folder())
    sign_in(place.user)
    with count_queries() as queries:  # type: ignore[attr-defined]
        page = client.get("/home").text
    assert len(queries) <= 25
    lines = lines_of(page)
    assert lines == {
        "1 mail or letter could not go out": "/jobs/?state=failed",
        "3 students have not submitted": f"/rounds/{ids[0]}/collect?progress=waiting",
        "Run 1 failed": f"/rounds/{ids[1]}/runs/1",
        "It is empty: bring in students and opportunities": f"/rounds/{ids[2]}/prepare",
        "2 families have not answered what the employer may know": (
            f"/rounds/{place.round_id}/placements?waiting=consent"
        ),
    }
    for href in lines.values():
        assert client.get(href).status_code == 200, href
    order = [page.index(f">{title}<") for title in ("Now", "When there is time")]
    assert order == sorted(order)
    sign_in(stranger.user)
    staged = db.session.scalars(select(RoundImport.id).where(RoundImport.state == "ready")).one()
    assert lines_of(client.get("/home").text) == {
        "It can be solved": f"/rounds/{stranger.round_id}#solve",
        "An upload waits for your yes or no": f"/rounds/{stranger.round_id}/imports/{staged}",
    }


def test_a_round_that_is_over_needs_nothing(app: Flask, client: FlaskClient, sign_in: Browser) -> None:
    published = published_place(letters=True)
    held, gone = published.placement("S1"), published.placement("S2")
    with transaction() as session:
        session.query(Letter).filter_by(placement_id=held.id).one().state = LetterState.HELD
        session.add(PlacementAnswer(placement_id=gone.id, user_id=None, answer=Answer.DECLINED, at=NOW))
        gone.student.left_on = NOW.date()
        last = session.get_one(Round, published.place.round_id).ends_on
    said = {"1 letter reaches nobody", "1 student said no to a place"}
    said |= {"1 student with a place has left the district"}
    for days, needed in ((0, True), (2, False)):
        day = last + timedelta(days=days)
        app.config["CLOCK"] = lambda day=day: datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
        sign_in(published.place.user)
        found = said & lines_of(client.get("/home").text).keys()
        assert found == (said if needed else set())
