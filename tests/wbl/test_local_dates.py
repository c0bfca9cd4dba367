"""Every instant is shown as the district's clocks have it; a link outlives the placement it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import employer_user, published_place, student_user
from wbl.db import db, transaction
from wbl.i18n import local_date
from wbl.jobs.models import OutboxItem
from wbl.jobs.worker import work_on_next_item
from wbl.people.queries import timezone_of
from wbl.placements import link_queries, links
from wbl.placements.models import FamilyLink
from wbl.rounds.models import Round

EVENING = datetime(2026, 11, 22, 0, 54, tzinfo=UTC)  # in Chicago it is still November 21, 6:54 pm
YES = {"answer_0": "yes", "answer_1": "yes", "answer_2": "yes"}
SIGNED = {"signed_name": "Rosa Castillo", "read_in": "en"}


@pytest.fixture
def evening(app: Flask) -> None:
    app.config["CLOCK"] = lambda: EVENING


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def test_a_consent_has_the_date_that_the_family_had(
    app: Flask, evening: None, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")
    client.post(f"/f/{token}/language", data={"language": "en"})
    assert client.post(f"/f/{token}/answers", data={**YES, **SIGNED}).status_code == 302
    coordinator, student = app.test_client(), app.test_client()
    sign_in(published.place.user, coordinator)
    sign_in(student_user(published, "S1"), student)
    for browser, url in (
        (client, f"/f/{token}"),
        (coordinator, f"/placements/{published.placement('S1').id}"),
        (student, "/my-placement"),
    ):
        page = text(browser, url)
        assert "Nov 21, 2026" in page, url
        assert "Nov 22" not in page, url


@pytest.mark.parametrize("url", ["/jobs/", "/record/", "/account"])
def test_lists_show_the_districts_time(
    app: Flask, evening: None, sign_in: Callable[..., FlaskClient], url: str
) -> None:
    published = published_place()
    page = text(sign_in(published.place.user), url)
    assert "November 21, 2026, 6:54 pm" in page
    assert "November 22" not in page


def test_the_zone_of_a_person_is_that_of_their_district(app: Flask) -> None:
    published = published_place()
    with transaction():
        published.place.district.timezone = "America/Denver"
    for user in (
        published.place.user,
        student_user(published, "S1"),
        employer_user(published, "E1"),
    ):
        assert timezone_of(make.actor(user)) == "America/Denver"


def test_universal_time_is_named(app: Flask, evening: None, sign_in: Callable[..., FlaskClient]) -> None:
    with make.made():
        user = make.make_coordinator(make.make_district())
        db.session.delete(user.memberships[0])
    assert "November 22, 2026, 12:54 am UTC" in text(sign_in(user), "/account")


@pytest.mark.slow
def test_a_link_works_until_a_month_after_the_placement(
    app: Flask, evening: None, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    placement = published.placement("S1")
    ends = placement.offering.end_date or placement.publication.round.ends_on
    assert ends - EVENING.date() > timedelta(days=60)
    last = ends + timedelta(days=30)
    link = link_queries.of_placement(placement)[0]
    assert local_date(link.expires_at, "America/Chicago") == last
    said = f"{last:%B} {last.day}, {last.year}"
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")
    client.post(f"/f/{token}/language", data={"language": "en"})
    assert f"You can change your answer here until {said}." in text(client, f"/f/{token}")
    coordinator = text(sign_in(published.place.user, app.test_client()), f"/placements/{placement.id}")
    assert f"{last:%b} {last.day}, {last.year}" in coordinator
    with transaction():
        for item in db.session.scalars(select(OutboxItem).where(OutboxItem.kind == "letters")):
            db.session.delete(item)
    while work_on_next_item():
        pass
    mails = [path.read_text() for path in Path(app.config["MAIL_FOLDER"]).glob("*.eml")]
    assert any(f"works until {said}" in mail for mail in mails)
    app.config["CLOCK"] = lambda: link.expires_at - timedelta(minutes=1)
    assert client.get(f"/f/{token}").status_code == 200
    app.config["CLOCK"] = lambda: link.expires_at + timedelta(minutes=1)
    assert client.get(f"/f/{token}").status_code == 404


def test_a_link_to_a_placement_that_is_over_still_gives_time_to_read(app: Flask) -> None:
    published = published_place()
    placement = published.placement("S1")
    after = datetime(2028, 1, 1, 18, tzinfo=UTC)
    app.config["CLOCK"] = lambda: after
    with transaction():
        made = links.make(published.place.actor, placement.id, published.guardian("Rosa Castillo").id)
        link_id = made.id
    link = db.session.get_one(FamilyLink, link_id)
    assert link.expires_at == after + app.config["FAMILY_LINK_LIFETIME"]


def test_an_offering_without_an_end_ends_with_the_round(app: Flask) -> None:
    published = published_place()
    placement = published.placement("S1")
    with transaction():
        placement.offering.end_date = None
        db.session.get_one(Round, placement.round_id).ends_on = date(2030, 6, 1)
        made = links.make(published.place.actor, placement.id, published.guardian("Rosa Castillo").id)
        link_id = made.id
    link = db.session.get_one(FamilyLink, link_id)
    assert local_date(link.expires_at, "America/Chicago") == date(2030, 7, 1)
