"""Every component, as the gallery shows it; tests/browser/test_gallery.py looks at it in a browser."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from wbl.gallery.routes import ERRORS, PAGES

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)

ADDRESSES = ["/gallery/", *(f"/gallery/{name}" for name in PAGES), *(f"/gallery/errors/{n}" for n in ERRORS)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_page_is_well_formed(client: FlaskClient, address: str, language: str) -> None:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_a_sent_form_comes_back_with_messages(client: FlaskClient) -> None:
    answer = client.post("/gallery/forms", follow_redirects=True)
    assert '<div class="notice good" role="status">' in answer.text
    assert "The round is saved." in answer.text


def test_an_error_names_its_field_and_the_summary_leads_to_it(client: FlaskClient) -> None:
    page = client.get("/gallery/forms").text
    assert '<a href="#faulty-reason">Say why. It is kept in the record.</a>' in page
    assert 'aria-describedby="faulty-reason-hint faulty-reason-error"' in page
    assert '<a href="#faulty-goal-0">' in page, "a group is reached by its first choice"


def test_a_sort_link_keeps_the_filters_and_leaves_the_page(client: FlaskClient) -> None:
    page = client.get("/gallery/review?q=vet&sort=student&direction=asc&page=3").text
    assert 'href="?q=vet&amp;sort=student&amp;direction=desc"' in page
    assert 'href="?q=vet&amp;sort=rank&amp;direction=asc"' in page
    assert 'aria-sort="ascending"' in page


def test_a_query_cannot_lead_a_link_elsewhere(client: FlaskClient) -> None:
    page = client.get("/gallery/review?_scheme=javascript&_external=1&_anchor=x").text
    assert 'href="javascript' not in page


def test_pages_are_never_kept_and_style_sheets_are_asked_about(client: FlaskClient) -> None:
    assert client.get("/gallery/").headers["Cache-Control"] == "no-store"
    with client.get("/static/css/base.css") as sheet:
        assert "no-store" not in sheet.headers["Cache-Control"]
        tag = sheet.headers["ETag"]
    with client.get("/static/css/base.css", headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304
