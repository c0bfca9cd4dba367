"""Whom to ask: nobody is told to call where there is no number; numbers call and addresses write."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from tests.wbl.published import NEAR, Published, employer_user, published_place, student_user
from tests.wbl.rounds_support import GUARDIANS
from wbl.db import db, transaction
from wbl.labels import phone_uri
from wbl.letters.models import Letter
from wbl.people.models import StudentBirth


def text(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.status
    return answer.get_data(as_text=True)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def reached_by(published: Published, **ways: str) -> None:
    """The district has only these ways: contact_name, phone, email."""
    with transaction():
        district = db.session.merge(published.place.district)
        for name in ("contact_name", "phone", "email"):
            setattr(district, name, ways.get(name, ""))


def family_page(client: FlaskClient, published: Published) -> str:
    token = published.token("Mia Ochoa")
    client.post(f"/f/{token}/open")
    client.post("/language", data={"language": "en"})
    return text(client, f"/f/{token}")


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        ({"contact_name": "Pat", "phone": "555-0100"}, "Call Pat at District."),
        ({"phone": "555-0100"}, "Call District."),
        ({"contact_name": "Pat", "email": "p@d.example"}, "Write to Pat at District."),
        ({"email": "p@d.example"}, "Write to District."),
        ({"contact_name": "Pat"}, "Ask Pat at District."),
        ({}, "Ask at the school."),
    ],
)
def test_a_page_names_the_way_that_there_is(
    app: Flask,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    ways: dict[str, str],
    said: str,
) -> None:
    published = published_place()
    reached_by(published, **ways)
    with transaction():
        db.session.merge(published.place.district).name = "District"
    host = sign_in(employer_user(published, "E2"), app.test_client())
    for page in (family_page(client, published), text(host, "/our-placements")):
        assert said in words(page)
        assert ('href="tel:5550100"' in page) == ("phone" in ways)
        assert ('href="mailto:p@d.example"' in page) == ("email" in ways)


def test_without_a_number_no_page_says_to_call(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    reached_by(published)
    unplaced = sign_in(student_user(published, "S3"), app.test_client())
    placed = sign_in(student_user(published, "S2"), app.test_client())
    for page in (
        family_page(client, published),
        text(client, "/f/aaaaaaaaaaaaaaaaaaaa", 404),
        text(unplaced, "/my-placement"),
        text(placed, "/my-placement"),
    ):
        assert not re.search(r"\b(call|number)\b", words(page), re.I)
    assert "Your coordinator knows" in words(text(unplaced, "/my-placement"))


@pytest.mark.slow
def test_letters_without_a_number_and_the_warning_to_the_coordinator(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place(letters=True)
    browser = sign_in(published.place.user)
    url = f"/rounds/{published.place.round_id}/letters"
    warning = "Your letters name no phone or e-mail to ask at"
    assert warning not in text(browser, url)

    reached_by(published)
    page = text(browser, url)
    assert warning in page
    slug = published.place.district.slug
    assert f"flask --app wsgi district edit --slug {slug} --phone" in page
    assert f'action="{url}"' in page  # to have them written again
    letter_id = db.session.scalars(
        select(Letter.id).where(Letter.placement_id == published.placement("S2").id)
    ).one()
    token = published.token("Mia Ochoa")
    family = app.test_client()
    family.post(f"/f/{token}/open")
    new = family.get(f"/f/{token}/letter.pdf").data
    old = browser.get(f"/letters/{letter_id}.pdf").data
    said = {name: _words(pdf) for name, pdf in (("old", old), ("new", new))}
    assert "Whom to call" in said["old"] and "555-0100" in said["old"]
    assert "Whom to ask" in said["new"] and "Ask at the school" in said["new"]
    assert not re.search(r"\bcall\b", said["new"], re.I)


def _words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.slow
def test_a_spanish_letter_greets_the_family(app: Flask) -> None:
    published = published_place(letters=True)
    found = {
        row.placement.student.external_id: _words(row.pdf or b"")
        for row in db.session.scalars(select(Letter))
    }
    assert "Estimada familia de Ana Castillo:" in found["S1"]
    assert "Dear Mia Ochoa and family," in found["S2"]
    assert published.run_id


def test_adjustments_are_spoken_of_only_where_one_is_asked(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    sentence = "An adjustment is only told together with the name."
    assert sentence not in family_page(client, published)  # Benny needs none
    token = published.token("Rosa Castillo")
    client.post(f"/f/{token}/open")
    client.post(f"/f/{token}/language", data={"language": "en"})
    page = text(client, f"/f/{token}")
    assert sentence in page
    assert "A no has no effect on the place." in page


def test_a_page_about_a_student_says_what_to_do_without_guardians(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    head = GUARDIANS.splitlines()[0] + "\n"
    published = published_place(guardians=head, students=NEAR)
    placement = published.placement("S1")
    browser = sign_in(published.place.user)
    url = f"/students/{placement.student_id}"
    assert "import the file into the round again" in text(browser, url)
    with transaction():
        db.session.get_one(
            StudentBirth, placement.student_id
        ).birth_date = placement.publication.published_at.date().replace(year=2000)
    page = text(browser, url)
    assert "letters go to the student" in page
    assert "import the file" not in page


def test_numbers_and_addresses_of_people_are_links(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place()
    browser = sign_in(published.place.user)
    ana = text(browser, f"/students/{published.placement('S1').student_id}")
    assert 'href="tel:5550101"' in ana
    assert 'href="mailto:ana@pupils.example"' in ana
    assert 'href="mailto:rosa@home.example"' in ana
    benny = text(browser, f"/students/{published.placement('S2').student_id}")
    assert 'href="tel:5550102"' in benny
    assert "Not given" in benny
    host = published.placement("S1").offering.opportunity.employer_id
    for page in (
        text(browser, f"/employers/{host}"),
        text(browser, f"/placements/{published.placement('S1').id}"),
    ):
        assert 'href="tel:5550103"' in page
        assert 'href="mailto:pat@clinic.example"' in page


@pytest.mark.parametrize(
    ("number", "uri"),
    [
        ("555-0100", "tel:5550100"),
        ("+1 (555) 555-0100", "tel:+15555550100"),
        ("(555) 555-0100 ext. 7", "tel:5555550100;ext=7"),
        ("555-0100 x12", "tel:5550100;ext=12"),
    ],
)
def test_what_a_telephone_dials(number: str, uri: str) -> None:
    assert phone_uri(number) == uri
