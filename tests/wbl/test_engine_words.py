"""Pages on which the engine says what is wrong with files: in the language of whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests import factories as make
from tests.wbl.rounds_support import (
    OPPORTUNITIES,
    PEOPLE,
    STUDENTS,
    Place,
    bring_in,
    make_place,
    small_folder,
    solve,
    stage,
)
from wbl.accounts.models import Role
from wbl.db import db, transaction
from wbl.rounds import imports
from wbl.rounds.models import ImportState, RoundImport, SolveRun

SignIn = Callable[..., FlaskClient]
FAULTS: dict[str, str | None] = {
    "students": STUDENTS.replace(",11,", ",99,").replace("2010-03-04", "3/4/2010"),
    "opportunities": OPPORTUNITIES.replace("CLINIC,1,", "CLINIC,x,"),
    "preferences": "student_id,opportunity_id,rank\nS1,NOWHERE,1\nS1,SHOP\n",
    "people": PEOPLE.replace(",es\n", ",español!\n"),
    "pairs": "student_a,student_b,relation\nS1,S1,near\n",
    "policy.toml": "[weights]\npreference = -1\ncolor = 1\n[objective]\ngoals = 3\n",
}
ENGLISH = ("expected", "not known", "no row", "whole number", "missing", "speaks English", "unknown")
NOT_ELIGIBLE = "student_id,opportunity_id,decision\nS2,CLINIC,require\n"


def main_of(client: FlaskClient, address: str, language: str) -> str:
    """What the page itself holds, as markup, for who has chosen this language."""
    client.post("/language", data={"language": language, "next": "/"})
    answer = client.get(address)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert f'<html lang="{language}"' in page
    return unescape(page[page.index("<main") : page.index("</main>")])


def staged_faults(place: Place) -> str:
    """An upload that cannot be imported; the address of what is said of it."""
    files = small_folder(**FAULTS)
    state, preview = imports.judge(place.round, files)
    assert state is ImportState.FAULTY
    with transaction():
        import_id = imports.stage(place.actor, place.round_id, files, state, preview).id
    return f"/rounds/{place.round_id}/imports/{import_id}"


def run_page(place: Place, run: SolveRun) -> str:
    return f"/rounds/{place.round_id}/runs/{run.number}"


@pytest.fixture
def place() -> Place:
    return make_place()


def test_faults_of_an_import_are_told_in_spanish(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    """They were found in English: who reads them need not be who uploaded."""
    address = staged_faults(place)
    sign_in(place.user)
    page = main_of(client, address, "es")
    for words in (
        '"99" no es un número entero de 1 a 13',
        '"3/4/2010" no es una fecha',
        'ninguna fila de opportunities.csv tiene el opportunity_id "NOWHERE"',
        "la fila tiene 2 celdas, el encabezado tiene 3",
        '"near" no se conoce; se esperaba together o apart',
        "no es una etiqueta de idioma",
        "-1 no es un número de 0 a 1000000",
        "clave desconocida",
        "3 no es una lista de palabras entre comillas",
    ):
        assert words in page
    assert 'lang="en"' not in page and not [words for words in ENGLISH if words in page]
    english = main_of(client, address, "en")
    assert '"99" is not a whole number from 1 to 13' in english and "clave desconocida" not in english


def test_a_fault_of_before_shows_the_english_that_was_kept(
    client: FlaskClient, sign_in: SignIn, place: Place
) -> None:
    address = staged_faults(place)
    with transaction():
        staged = db.session.get_one(RoundImport, int(address.rsplit("/", 1)[1]))
        faults = [
            {name: value for name, value in fault.items() if name not in ("template", "values")}
            for fault in staged.preview["faults"]
        ]
        staged.preview = {**staged.preview, "faults": faults}
    sign_in(place.user)
    assert '"99" is not a whole number from 1 to 13' in main_of(client, address, "es")


def test_what_is_left_alone_is_said_in_spanish(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    files = {
        **small_folder(students=STUDENTS.replace("student_id,", "student_id,shoe_size,", 1)),
        "x.txt": b"",
    }
    files["students.csv"] = re.sub(rb"(?m)^(S\d),", rb"\1,,", files["students.csv"])
    import_id = stage(place, files)
    sign_in(place.user)
    page = main_of(client, f"/rounds/{place.round_id}/imports/{import_id}", "es")
    assert "students.csv:1: shoe_size: columna desconocida" in page and "x.txt: archivo desconocido" in page
    assert "left alone" not in page


def test_faults_of_a_run_are_told_in_spanish_and_by_name(
    client: FlaskClient, sign_in: SignIn, place: Place
) -> None:
    bring_in(place, small_folder(pins=NOT_ELIGIBLE))
    run = solve(place)
    sign_in(place.user)
    page = main_of(client, run_page(place, run), "es")
    assert "el par exigido no es elegible: estudiante Benny Ochoa en CLINIC" in page
    assert 'lang="en"' not in page and "habla inglés" not in page
    english = main_of(client, run_page(place, run), "en")
    assert "the required pair is not eligible: student Benny Ochoa at CLINIC" in english


def test_a_run_of_before_is_marked_as_english(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    bring_in(place, small_folder(pins=NOT_ELIGIBLE))
    run = solve(place)
    with transaction():
        stored = db.session.get_one(SolveRun, run.id)
        assert stored.error is not None
        faults = [
            {name: value for name, value in fault.items() if name not in ("template", "values")}
            for fault in stored.error["faults"]
        ]
        stored.error = {**stored.error, "faults": faults}
    sign_in(place.user)
    page = main_of(client, run_page(place, run), "es")
    assert '<span lang="en">the required pair is not eligible: student Benny Ochoa' in page
    assert "habla inglés" in page


def test_what_a_method_cannot_keep_to_is_told_in_spanish(
    client: FlaskClient, sign_in: SignIn, place: Place
) -> None:
    bring_in(place, small_folder(limits="scope,id,min,max\nemployer,E1,,1\n"))
    run = solve(place, method="stable")
    assert run.error is not None and run.error["kind"] == "not_supported"
    assert run.error["message"].endswith("and the round has limits.csv; use auto")
    sign_in(place.user)
    page = main_of(client, run_page(place, run), "es")
    assert "y la ronda tiene limits.csv; use auto" in page
    assert 'lang="en"' not in page and "habla inglés" not in page


def test_faults_of_a_districts_file_are_told_in_spanish(
    client: FlaskClient, sign_in: SignIn, place: Place
) -> None:
    with make.made():
        administrator = make.make_staff(place.district, Role.ADMINISTRATOR)
    browser = sign_in(administrator)
    browser.post("/language", data={"language": "es", "next": "/"})
    answer = browser.post(
        f"/administration/{place.district.id}/calendar",
        data={"file": (BytesIO(b"date,in_session\n2027-02-30,yes\n"), "any.csv")},
        content_type="multipart/form-data",
    )
    page = unescape(answer.get_data(as_text=True))
    assert '"2027-02-30" no es un día del calendario' in page and "habla inglés" not in page
