"""Who leaves the district before a round begins takes no part in it, and stays on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.collecting import Collecting, collecting_place
from tests.wbl.published import published_place
from tests.wbl.rounds_support import solve
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.rounds import services
from wbl.rounds.models import Proposal, Round
from wbl.rounds.snapshot import snapshot

SignIn = Callable[..., FlaskClient]


def leave(place: Collecting, days: int) -> None:
    """S1 leaves so many days after the round begins."""
    with transaction():
        starts_on = db.session.get_one(Round, place.round_id).starts_on
        db.session.get_one(Student, place.student.id).left_on = starts_on + timedelta(days=days)


def names_in(place: Collecting) -> bool:
    db.session.rollback()
    mine = place.submission().pseudonym.encode()
    return mine in snapshot(db.session.get_one(Round, place.round_id))["students.csv"]


def test_a_leaver_is_left_out_and_the_coordinator_sees_why(app: object, sign_in: SignIn) -> None:
    place = collecting_place()
    office = sign_in(place.place.user)
    path = f"/rounds/{place.round_id}"
    assert "What takes no part" not in office.get(f"{path}/prepare").text
    leave(place, 0)
    assert names_in(place)  # until after the round began: there is a place to be had
    leave(place, -1)
    assert not names_in(place)
    page = office.get(f"{path}/prepare").text
    assert "1 student who has left" in page and f"/postings/left-out/{place.round_id}" in page
    listed = office.get(f"/postings/left-out/{place.round_id}").text
    assert "Ana" in listed and "No roster names them any more" in listed
    with pytest.raises(Conflict, match="no longer takes part"), transaction():
        services.add_pin(
            place.place.actor,
            place.round_id,
            place.submission().id,
            place.offering("CLINIC").id,
            decision="require",
            reason="They asked for it",
        )
    run = solve(place.place)
    mine = select(Proposal).where(Proposal.submission_id == place.submission().id)
    assert db.session.scalar(mine.where(Proposal.run_id == run.id)) is None
    # On record as before; and a roster that names them again brings them back.
    assert db.session.get_one(Submission, place.submission().id).active
    with transaction():
        db.session.get_one(Student, place.student.id).left_on = None
    assert names_in(place)


def test_a_placed_leaver_waits_for_an_end(app: object, sign_in: SignIn) -> None:
    published = published_place()
    office = sign_in(published.place.user)
    with transaction():
        student = db.session.get_one(Student, published.placement("S1").student_id)
        student.left_on = published.place.round.starts_on - timedelta(days=3)
    home = office.get("/home").text
    assert "1 student with a place has left the district" in home
    listed = office.get(f"/rounds/{published.place.round_id}/placements?waiting=left").text
    assert "Ana" in listed and "Benny" not in listed
