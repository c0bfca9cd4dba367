"""How far students are, for advisors, schools and programs: their own, and nothing that is sensitive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests import factories as make
from tests.pages import without_tokens
from tests.wbl.published import Published, published_place
from wbl import clock, pagination
from wbl.accounts.models import Caseload, Role, User
from wbl.db import db
from wbl.interests.models import Submission
from wbl.people.models import School, Student
from wbl.placements.models import Answer, Consent, ConsentSource, PlacementAnswer

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def published(app: Flask) -> Published:
    """Ana (S1) and Benny (S2) of North are placed, S3 of no school is not."""
    return published_place()


def staff(published: Published, role: Role, **scope: object) -> User:
    with make.made():
        return make.make_staff(published.place.district, role, **scope)


def look(browser: FlaskClient, published: Published, query: str = "") -> str:
    answer = browser.get(f"/status/{published.place.round_id}{query}")
    assert answer.status_code == 200
    return without_tokens(answer.get_data(as_text=True)).partition("<main")[2]


def test_a_school_sees_its_own(app: Flask, published: Published, sign_in: SignIn) -> None:
    school_id = db.session.scalars(select(School.id)).one()
    browser = sign_in(staff(published, Role.SCHOOL_STAFF, school_id=school_id))
    assert browser.get("/status/").location == f"/status/{published.place.round_id}"
    page = look(browser, published)
    assert "Ana Castillo" in page and "Benny Ochoa" in page and "S3" not in page
    assert "Clinic aide" in page and "2 students" in page
    for word in ("quiet_space", "Quiet", "2010", "30.12", "english_learner", "rosa@home", "555-0101"):
        assert word not in page
    assert "Benny" not in look(browser, published, "?q=ana")
    with make.made() as session:
        session.add(
            Consent(
                placement_id=published.placement("S1").id,
                field="name",
                granted=False,
                source=ConsentSource.PAPER,
                at=clock.now(),
            )
        )
    assert "Benny" not in look(browser, published, "?stage=answered")
    with make.made() as session:
        session.add(
            PlacementAnswer(placement_id=published.placement("S2").id, answer=Answer.DECLINED, at=clock.now())
        )
    assert look(browser, published).count("said no") == 1
    assert "Ana" not in look(browser, published, "?stage=placed")
    for path in (f"/rounds/{published.place.round_id}", "/students/", "/record/", "/administration/"):
        assert browser.get(path).status_code == 403


def test_a_list_ends_with_its_last_page(
    app: Flask, published: Published, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "PAGE_SIZE", 1)
    school_id = db.session.scalars(select(School.id)).one()
    browser = sign_in(staff(published, Role.SCHOOL_STAFF, school_id=school_id))
    for query, there, elsewhere in (
        ("?page=0", "Ana Castillo", "Benny"),
        ("?page=1", "Ana Castillo", "Benny"),
        ("?page=2", "Benny Ochoa", "Ana"),
        ("?page=99", "Benny Ochoa", "Ana"),
        ("?page=99&q=ana", "Ana Castillo", "Benny"),
    ):
        page = look(browser, published, query)
        assert there in page and elsewhere not in page, query
    assert "Ana" not in look(browser, published, "?page=9&q=nobody")


def test_an_advisor_sees_the_caseload(
    app: Flask, published: Published, sign_in: SignIn, count_queries: Callable[[], object]
) -> None:
    advisor = staff(published, Role.ADVISOR)
    browser = sign_in(advisor)
    assert "You follow nobody in this round" in look(browser, published)
    students = {row.external_id: row.id for row in db.session.scalars(select(Student))}
    with make.made() as session:
        session.add_all(Caseload(user_id=advisor.id, student_id=students[name]) for name in ("S2", "S3"))
        # S3 has begun in the browser; a student without a submission has not.
        session.execute(
            update(Submission).where(Submission.student_id == students["S3"]).values(begun_at=clock.now())
        )
        late = make.make_student(published.place.district, given_name="Late")
        session.add(Caseload(user_id=advisor.id, student_id=late.id))
        # In a caseload by mistake: another district's student stays unseen.
        foreign = make.make_student(make.make_district(), given_name="Foreign")
        session.add(Caseload(user_id=advisor.id, student_id=foreign.id))
    page = look(browser, published)
    assert "Benny" in page and "S3" in page and "Late" in page
    assert "Ana" not in page and "Foreign" not in page
    assert "Late" in look(browser, published, "?stage=not_begun")
    assert "S3" in look(browser, published, "?stage=begun")
    assert "S3" not in look(browser, published, "?stage=submitted")

    def sent() -> int:
        with count_queries() as statements:  # type: ignore[attr-defined]
            look(browser, published)
        return len(statements)

    before = sent()
    with make.made() as session:
        for _number in range(10):
            more = make.make_student(published.place.district)
            session.add(Caseload(user_id=advisor.id, student_id=more.id))
    assert sent() == before <= 15


def test_a_program_lead_sees_the_program(app: Flask, published: Published, sign_in: SignIn) -> None:
    with make.made() as session:
        for external_id, programs in (("S1", "HEALTH; IT"), ("S2", "HEALTHY"), ("S3", "IT")):
            of_student = select(Student.id).where(Student.external_id == external_id).scalar_subquery()
            session.execute(
                update(Submission).where(Submission.student_id == of_student).values(programs=programs)
            )
    page = look(sign_in(staff(published, Role.PROGRAM_LEAD, program="HEALTH")), published)
    assert "Ana" in page and "Benny" not in page and "S3" not in page


def test_rounds_of_other_districts_are_not_there(app: Flask, published: Published, sign_in: SignIn) -> None:
    with make.made():
        other = make.make_district()
        user = make.make_staff(other, Role.ADVISOR)
    browser = sign_in(user)
    assert "No round yet" in browser.get("/status/").get_data(as_text=True)
    assert browser.get(f"/status/{published.place.round_id}").status_code == 404
