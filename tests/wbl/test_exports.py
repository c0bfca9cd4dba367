"""Lists as files: the rows of the page with its filter, on record, and never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import Published, published_place
from tests.wbl.rounds_support import make_place, solve
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.exports.lists import LISTS
from wbl.exports.tables import Table, csv_lines, safe
from wbl.people.models import Student

Browser = Callable[..., FlaskClient]
OF_A_ROUND = {
    *("proposals", "unplaced", "pins", "moves", "collect"),
    *("placements", "letters", "without", "seats", "missing"),
}


@pytest.fixture
def published(app: Flask) -> Published:
    found = published_place(letters=True)
    solve(found.place, "closest")
    return found


def address_of(name: str, published: Published) -> str:
    asked = f"round={published.place.round_id}&run=1&before=1&after=2&gap=guardian"
    return f"/exports/{name}?{asked}"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_file_of_both_kinds(
    client: FlaskClient, sign_in: Browser, published: Published, name: str
) -> None:
    sign_in(published.place.user)
    answer = client.post(address_of(name, published), data={"format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert all(len(line) == len(lines[0]) for line in lines) and all(lines[0])
    book = openpyxl.load_workbook(
        io.BytesIO(client.post(address_of(name, published), data={"format": "xlsx"}).data)
    )
    sheet = list(book.worksheets[0].iter_rows(values_only=True))
    assert [str(cell) for cell in sheet[0]] == lines[0]
    # The second file is one line of the record longer, and so is the record.
    assert len(sheet) == len(lines) + (name == "record")
    noted = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "list.export")).all()
    assert [event.details for event in noted] == [
        {"list": name, "format": "csv"},
        {"list": name, "format": "xlsx"},
    ]


def test_a_file_has_the_filter_of_its_page_and_all_pages(
    client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    sign_in(published.place.user)
    found = rows_of(client.post("/exports/students?q=Castillo&page=7", data={"format": "csv"}).text)
    assert [(row["Identifier"], row["Student"]) for row in found] == [("S1", "Ana Castillo")]
    with make.made():
        for number in range(1100):
            db.session.add(
                Student(
                    district_id=published.place.district.id,
                    external_id=f"N{number}",
                    family_name="Many",
                    language="en",
                )
            )
    found = rows_of(client.post("/exports/students?q=Many", data={"format": "csv"}).text)
    assert len({row["Identifier"] for row in found}) == len(found) == 1100


def test_no_cell_is_a_formula(client: FlaskClient, sign_in: Browser, published: Published) -> None:
    evil = '=HYPERLINK("http://evil.example","x")'
    with transaction():
        student = db.session.scalars(select(Student).where(Student.external_id == "S1")).one()
        student.preferred_name, student.family_name = "", evil
        student.given_name = ""
    sign_in(published.place.user)
    found = rows_of(client.post("/exports/students", data={"format": "csv"}).text)
    assert f"'{evil}" in {row["Student"] for row in found}
    data = client.post("/exports/students", data={"format": "xlsx"}).data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == evil)
    assert cell.data_type == "s" and cell.hyperlink is None
    assert [safe(value) for value in ("+1", "-1", "@a", "\tx", "a=b", -1, None)] == [
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "a=b",
        "-1",
        "",
    ]
    assert list(csv_lines(Table("x", [("A", str)], iter([])))) == ["\ufeffA\r\n"]


def test_only_coordinators_take_lists_and_only_their_own(
    app: Flask, client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    with make.made():
        pupil = make.make_student_user(make.make_student(published.place.district))
    sign_in(pupil)
    assert client.post("/exports/students", data={"format": "csv"}).status_code == 403
    stranger = sign_in(make_place().user, app.test_client())
    for name in LISTS:
        answer = stranger.post(address_of(name, published), data={"format": "csv"})
        text = answer.text
        assert answer.status_code == (404 if name in OF_A_ROUND else 200), name
        assert "Castillo" not in text and "Bayou" not in text, name
    assert stranger.post("/exports/secrets", data={}).status_code == 404
    assert stranger.post("/exports/students", data={"format": "exe"}).status_code == 404
