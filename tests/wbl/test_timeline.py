"""A student's timeline, and how long what is kept for safety stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.safety_support import Safe, closed, make_safe, raised, student
from tests.wbl.test_safety import NOON
from wbl.db import db, transaction
from wbl.people.models import Student
from wbl.retention import due, erasing
from wbl.safety.models import SafetyConcern

Browser = Callable[..., FlaskClient]


@pytest.fixture
def safe(app: Flask) -> Safe:
    app.config["CLOCK"] = lambda: NOON
    return make_safe()


def test_it_shows_the_students_own_way(
    safe: Safe, sign_in: Browser, count_queries: Callable[[], object]
) -> None:
    browser = sign_in(safe.ana)
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = browser.get("/my-timeline").text
    assert len(statements) <= 25
    assert "You began a placement" in page and "Clinic aide, Bayou Clinic" in page
    assert "Spring internships" in page and "Shop helper" not in page
    with make.made():
        new = make.make_student_user(make.make_student(safe.published.place.district))
    empty = sign_in(new).get("/my-timeline").text
    assert "Your way begins here" in empty and 'href="/my-interests/"' in empty


def test_safety_has_a_period_of_its_own(safe: Safe) -> None:
    district_id = safe.published.place.district.id
    concern_id = raised(safe)
    later = date(2040, 1, 1)
    with transaction() as session:
        session.get_one(Student, student(safe.published, "S1").id).left_on = NOON.date()
        for submission in student_parts(safe):
            submission.active = False
    assert db.session.scalars(due.concerns(district_id, later)).all() == [], "an open one is never erased"
    closed(safe, concern_id)
    assert db.session.scalars(due.concerns(district_id, NOON.date())).all() == []
    ids = db.session.scalars(due.concerns(district_id, NOON.date() + timedelta(days=2))).all()
    assert list(ids) == [concern_id]
    ana = student(safe.published, "S1").id
    assert ana not in db.session.scalars(due.leavers(district_id, later)).all()
    db.session.rollback()
    with transaction():
        erasing.concerns(ids)
    assert db.session.scalars(select(SafetyConcern)).all() == []
    assert ana in db.session.scalars(due.leavers(district_id, later)).all()


def student_parts(safe: Safe) -> list[object]:
    from wbl.interests.models import Submission

    return list(
        db.session.scalars(
            select(Submission).where(Submission.student_id == student(safe.published, "S1").id)
        )
    )
