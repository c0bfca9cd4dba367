"""The search finds by a few letters, each kind, within what one may see."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import Published, published_place
from wbl.accounts.models import Caseload, Role
from wbl.db import db
from wbl.people.models import School, Student

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def published(app: Flask) -> Published:
    return published_place()


def hits(browser: FlaskClient, text: str) -> str:
    answer = browser.get("/search/", query_string={"q": text})
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return page[page.index("<main") :]


def test_a_coordinator_finds_each_kind(
    app: Flask, published: Published, sign_in: SignIn, count_queries: Callable[[], object]
) -> None:
    with make.made():
        foreign = make.make_district()
        make.make_student(foreign, given_name="Anastasia", family_name="Foreign")
        make.make_employer(foreign).name = "Bayou Foreign"
        make.make_round(foreign, name="Spring foreign")
    browser = sign_in(published.place.user)
    for typed, said in (
        ("castil", "Ana Castillo"),
        ("CAST an", "Ana Castillo"),
        ("S3", "S3"),
        ("bayou", "Bayou Clinic"),
        ("aide", "Clinic aide"),
        ("spring", "Spring internships"),
    ):
        page = hits(browser, typed)
        assert said in page and "Foreign" not in page and "foreign" not in page
    (link,) = re.findall(r'href="(/postings/\d+)"', hits(browser, "clinic aide"))
    assert browser.get(link).status_code == 200
    assert "Nothing goes by that name" in hits(browser, "castillo ben")
    assert "Nothing goes by that name" in hits(browser, "%%")
    for few in ("", "a", " a "):
        assert "Type two letters or more" in hits(browser, few)
    assert 'role="search"' in browser.get("/students/").get_data(as_text=True)
    with make.made():
        for _number in range(12):
            make.make_student(published.place.district, family_name="Castilloso")

    with count_queries() as statements:  # type: ignore[attr-defined]
        page = hits(browser, "castillo")
    assert "All students with these letters" in page
    assert len(statements) <= 12


def test_others_find_only_whom_they_follow(app: Flask, published: Published, sign_in: SignIn) -> None:
    district = published.place.district
    school_id = db.session.scalars(select(School.id)).one()
    students = {row.external_id: row.id for row in db.session.scalars(select(Student))}
    with make.made() as session:
        advisor = make.make_staff(district, Role.ADVISOR)
        session.add(Caseload(user_id=advisor.id, student_id=students["S3"]))
        clerk = make.make_staff(district, Role.SCHOOL_STAFF, school_id=school_id)
        lead = make.make_staff(district, Role.PROGRAM_LEAD, program="NONE")
        student = make.make_student_user(make.make_student(district))
        boss = make.make_staff(district, Role.ADMINISTRATOR)
    mine = sign_in(advisor, app.test_client())
    assert "S3" in hits(mine, "S3") and "Ana" not in hits(mine, "castillo")
    page = hits(mine, "bayou") + hits(mine, "clinic")
    assert "Bayou" not in page and "aide" not in page
    assert f"/status/{published.place.round_id}" in hits(mine, "spring")
    assert "Ana Castillo" in hits(sign_in(clerk, app.test_client()), "castillo")
    assert "Ana" not in hits(sign_in(lead, app.test_client()), "castillo")
    for nobody in (student, boss):
        assert sign_in(nobody, app.test_client()).get("/search/?q=castillo").status_code == 403
