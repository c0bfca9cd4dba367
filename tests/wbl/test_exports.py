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
from tests.wbl.published import Published, employer_user, published_place
from tests.wbl.rounds_support import make_place, solve
from wbl.accounts.invitations import Place, invite
from wbl.accounts.models import Caseload, Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.exports.lists import LISTS
from wbl.exports.tables import Table, csv_lines, safe
from wbl.people.models import Student
from wbl.placements import changing
from wbl.placements.models import EndKind

Browser = Callable[..., FlaskClient]
OF_A_ROUND = {
    *("proposals", "unplaced", "pins", "moves", "collect"),
    *("placements", "letters", "without", "seats", "missing", "hours", "equity"),
}
OTHERS = {"users", "invitations", "status", "hosting"}  # lists that are no coordinator's
OF_COORDINATORS = [name for name in LISTS if name not in OTHERS]


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


@pytest.mark.parametrize("name", OF_COORDINATORS)
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
        pupil = make.make_student_user(make.make_student(published.place.district, external_id="PUPIL"))
    sign_in(pupil)
    assert client.post("/exports/students", data={"format": "csv"}).status_code == 403
    stranger = sign_in(make_place().user, app.test_client())
    for name in LISTS:
        answer = stranger.post(address_of(name, published), data={"format": "csv"})
        text = answer.text
        assert answer.status_code == (403 if name in OTHERS else 404 if name in OF_A_ROUND else 200), name
        assert "Castillo" not in text and "Bayou" not in text, name
    assert stranger.post("/exports/secrets", data={}).status_code == 404
    assert stranger.post("/exports/students", data={"format": "exe"}).status_code == 404


def with_roles(published: Published) -> dict[str, User]:
    """Somebody of each other kind: the advisor follows Ana, the host is Ana's."""
    district = published.place.district
    with make.made():
        advisor = make.make_staff(district, Role.ADVISOR)
        ana = published.placement("S1").student_id
        db.session.add(Caseload(user_id=advisor.id, student_id=ana))
        administrator = make.make_staff(district, Role.ADMINISTRATOR)
        invite(
            make.actor(administrator),
            Place(district.id, Role.ADVISOR),
            email="new@district.example",
        )
    return {"administrator": administrator, "advisor": advisor, "employer": employer_user(published, "E1")}


def test_everybody_takes_away_what_their_page_shows_and_no_more(
    app: Flask, client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    people = with_roles(published)
    browsers = {role: sign_in(user, app.test_client()) for role, user in people.items()}
    district, round_id = published.place.district.id, published.place.round_id
    mine = {
        ("administrator", "users"): (f"?district={district}", ["Name", "E-mail", "Roles", "Status"]),
        ("administrator", "invitations"): (
            f"?district={district}",
            ["E-mail", "Name", "Role", "Sent", "Status"],
        ),
        ("administrator", "record"): ("", ["When", "Who", "What", "About", "Details"]),
        ("advisor", "status"): (
            f"?round={round_id}",
            ["Student", "Grade", "School", "How far", "Placement"],
        ),
        ("employer", "hosting"): (
            "",
            ["Opportunity", "Round", "When", "Dates", "Student", "To prepare"],
        ),
        ("employer", "postings"): ("", ["Posting", "Employer", "State", "Round", "Seats"]),
    }
    for role, browser in browsers.items():
        for name in LISTS:
            query, columns = mine.get((role, name), (f"?district={district}&round={round_id}", []))
            answer = browser.post(f"/exports/{name}{query}", data={"format": "csv"})
            assert answer.status_code == (200 if columns else 403), (role, name)
            if columns:
                rows = rows_of(answer.text)
                assert rows and list(rows[0]) == columns, (role, name)
                workbook = browser.post(f"/exports/{name}{query}", data={"format": "xlsx"})
                assert workbook.status_code == 200 and workbook.data.startswith(b"PK")
    students = rows_of(browsers["advisor"].post(f"/exports/status?round={round_id}", data={}).text)
    assert [(row["Student"], row["How far"]) for row in students] == [("Ana Castillo", "placed")]
    # The family has not agreed yet: the file says as little as the page.
    [row] = rows_of(browsers["employer"].post("/exports/hosting", data={}).text)
    assert (row["Student"], row["To prepare"]) == ("", "")
    noted = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "list.export")).all()
    assert {event.district_id for event in noted} == {district}
    assert {event.actor_id for event in noted} == {user.id for user in people.values()}


def test_a_page_offers_its_own_file_and_another_district_has_none(
    app: Flask, client: FlaskClient, sign_in: Browser, published: Published
) -> None:
    people = with_roles(published)
    district, round_id = published.place.district.id, published.place.round_id
    pages = {
        "administrator": {
            "users": f"/administration/{district}/users",
            "invitations": f"/administration/{district}/invitations",
            "record": "/record/",
        },
        "advisor": {"status": f"/status/{round_id}"},
        "employer": {"hosting": "/our-placements", "postings": "/postings/"},
    }
    for role, offered in pages.items():
        browser = sign_in(people[role], app.test_client())
        for name, page in offered.items():
            assert f'action="/exports/{name}' in browser.get(page).get_data(as_text=True), page
    with make.made():
        elsewhere = make.make_staff(make.make_district(), Role.ADMINISTRATOR)
    stranger = sign_in(elsewhere, app.test_client())
    for name in ("users", "invitations"):
        assert stranger.post(f"/exports/{name}?district={district}", data={}).status_code == 404


def test_an_administrator_reads_the_record_without_typed_reasons(
    app: Flask, sign_in: Browser, published: Published
) -> None:
    with make.made():
        administrator = make.make_staff(published.place.district, Role.ADMINISTRATOR)
        advisor = make.make_staff(published.place.district, Role.ADVISOR)
    why = "Ana told us on the phone"
    with transaction():
        ended = published.placement("S1").id
        changing.end(published.place.actor, ended, kind=EndKind.ENDED, reason=why)
    reader = sign_in(administrator, app.test_client())
    page = reader.get("/record/?action=placement.end").get_data(as_text=True)
    assert published.place.user.name in page and why not in page
    assert 'href="/record/"' in reader.get(f"/administration/{published.place.district.id}").get_data(
        as_text=True
    )
    assert why in sign_in(published.place.user, app.test_client()).get("/record/").get_data(as_text=True)
    assert reader.post("/record/").status_code == 405  # there is nothing to change
    assert sign_in(advisor, app.test_client()).get("/record/").status_code == 403
    with make.made():
        elsewhere = make.make_staff(make.make_district(), Role.ADMINISTRATOR)
    page = sign_in(elsewhere, app.test_client()).get("/record/").get_data(as_text=True)
    assert published.place.user.name not in page and "placement.end" not in page
