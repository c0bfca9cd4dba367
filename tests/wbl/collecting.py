"""A round that collects, for tests of a student's side of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from tests import factories as make
from tests.wbl.beginnings import Ids, begin, ids_of, place_of
from tests.wbl.rounds_support import STUDENTS, Place, bring_in, make_place, small_folder
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds.models import Round

# All of them live near.
NEAR = STUDENTS.replace("30.111149,-90.111151", "30.111149,-90.611151")


@dataclass
class Collecting:
    """The small folder's round, open until tomorrow; the student S1 (Ana, 16) with a sign-in."""

    place: Place
    student: Student
    user: User
    actor: Actor

    @property
    def round_id(self) -> int:
        return self.place.round_id

    @property
    def path(self) -> str:
        return f"/my-rounds/{self.round_id}"

    def submission(self) -> Submission:
        return db.session.scalars(
            select(Submission)
            .where(Submission.round_id == self.round_id, Submission.student_id == self.student.id)
            .execution_options(populate_existing=True)
        ).one()

    def offering(self, external_id: str) -> Offering:
        return db.session.scalars(
            select(Offering)
            .join(Opportunity)
            .where(Offering.round_id == self.round_id, Opportunity.external_id == external_id)
        ).one()

    def close(self) -> None:
        with transaction():
            db.session.get_one(Round, self.round_id).closes_at = clock.now() - timedelta(minutes=1)


def collecting_place(**changes: str | None) -> Collecting:
    *place, student_id, user_id = begin("collecting", lambda: _collecting(changes), **changes)
    user = db.session.get_one(User, user_id)
    return Collecting(place_of(*place), db.session.get_one(Student, student_id), user, make.actor(user))


def _collecting(changes: Mapping[str, str | None]) -> Ids:
    place = make_place()
    bring_in(place, small_folder(**{"students": NEAR, **changes}))
    with make.made():
        placement_round = db.session.get_one(Round, place.round_id)
        placement_round.opens_at = clock.now() - timedelta(days=1)
        placement_round.closes_at = clock.now() + timedelta(days=1)
        student = db.session.scalars(
            select(Student).where(Student.external_id == "S1", Student.district_id == place.district.id)
        ).one()
        user = make.make_student_user(student)
        return *ids_of(place), student.id, user.id
