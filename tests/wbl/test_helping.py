"""What would have helped a student: for their coordinator, and for themselves."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.wbl.published import Published, published_place, student_user
from wbl.db import db, transaction
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.rounds.models import RunArchive

SignIn = Callable[..., FlaskClient]
# S1 comes first for the one seat at the clinic. The seat of the shop stays free: S2 said no to it,
# and S3 asks for a way of 5 minutes at most.
STUDENTS = """\
student_id,school_id,grade,birth_date,latitude,longitude,travel_modes,max_travel_minutes,open_to_others,priority
S1,NORTH,11,2010-03-04,30.123,-90.654,car,60,no,2
S2,NORTH,12,2009-05-06,30.111,-90.611,car,60,no,
S3,,10,2011-07-08,30.1,-90.6,car,5,,
"""
PREFERENCES = "student_id,opportunity_id,rank\nS1,CLINIC,1\nS2,CLINIC,1\nS2,SHOP,2\n"
REFUSALS = "student_id,opportunity_id\nS2,SHOP\n"
LIMITS = "scope,id,min,max\nschool,NORTH,,5\n"


def published(**changes: str) -> Published:
    given = {"students": STUDENTS, "preferences": PREFERENCES, "refusals": REFUSALS}
    return published_place(**{**given, **changes})


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.get_data(as_text=True))


def submission(found: Published, external_id: str) -> int:
    return db.session.scalars(
        select(Submission.id)
        .join(Student)
        .where(Submission.round_id == found.place.round_id, Student.external_id == external_id)
    ).one()


def address(found: Published, external_id: str) -> str:
    number = submission(found, external_id)
    return f"/rounds/{found.place.round_id}/runs/1/students/{number}"


def test_a_coordinator_sees_what_would_help_and_no_refusal(client: FlaskClient, sign_in: SignIn) -> None:
    found = published()
    sign_in(found.place.user)
    assert f"{address(found, 'S3')}/help" in text_of(client, address(found, "S3"))
    page = text_of(client, f"{address(found, 'S3')}/help")
    assert "more minutes of travel each way" in page and "Shop helper" in page
    assert "nobody would lose a seat" in page
    page = text_of(client, f"{address(found, 'S2')}/help")
    assert "No single answer" in page and "said yes" not in page and "Shop helper" not in page


def test_students_see_their_own_and_their_refusals(client: FlaskClient, sign_in: SignIn) -> None:
    found = published()
    sign_in(student_user(found, "S2"))
    here = f"/my-placement/rounds/{found.place.round_id}/help"
    assert here in text_of(client, "/my-placement")
    page = text_of(client, here)
    assert "If you said yes to Shop helper" in page
    assert "Castillo" not in page and "Clinic" not in page
    sign_in(student_user(found, "S3"))
    assert "more minutes of travel" in text_of(client, here)


def test_nothing_is_told_of_a_round_that_is_not_published(client: FlaskClient, sign_in: SignIn) -> None:
    found = published()
    here = f"/my-placement/rounds/{found.place.round_id}/help"
    other = published()
    sign_in(student_user(other, "S2"))
    assert client.get(here).status_code == 404
    from wbl.placements.publishing import withdraw

    with transaction():
        withdraw(found.place.actor, found.publication_id, "Solved from old files.")
    sign_in(student_user(found, "S2"))
    assert client.get(here).status_code == 404


def test_a_round_with_limits_is_solved_again_for_the_coordinator_alone(
    client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = published(limits=LIMITS)
    sign_in(found.place.user)
    assert "more minutes of travel each way" in text_of(client, f"{address(found, 'S3')}/help")
    with monkeypatch.context() as patched:
        patched.setattr("wbl.rounds.helping.SECONDS", 0)  # a page does not wait longer than it may
        assert "takes long to match again" in text_of(client, f"{address(found, 'S3')}/help")
    sign_in(student_user(found, "S3"))
    page = text_of(client, f"/my-placement/rounds/{found.place.round_id}/help")
    assert "limits of its own" in page


def test_after_an_erasure_it_says_so(client: FlaskClient, sign_in: SignIn) -> None:
    found = published()
    with transaction():
        db.session.execute(update(RunArchive).values(profiles=None))
    sign_in(found.place.user)
    answer = client.get(f"{address(found, 'S3')}/help")
    assert answer.status_code == 409 and "erased" in answer.get_data(as_text=True)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_another_district_sees_nothing(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    found, other = published(), published()
    sign_in(other.place.user)
    assert client.get(f"{address(found, 'S3')}/help").status_code == 404
