"""A small published round, for tests of placements, letters and family pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from tests import factories as make
from tests.wbl.beginnings import Ids, begin, ids_of, place_of
from tests.wbl.rounds_support import STUDENTS, Place, bring_in, make_place, small_folder, stage
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.jobs.worker import work_on_next_item
from wbl.people.models import Guardian, Student
from wbl.placements.models import FamilyLink, Placement
from wbl.placements.publishing import publish
from wbl.rounds import imports, services
from wbl.rounds.models import SolveRun
from wbl.rounds.solving import work_on_next_run

# S2 of the small folder lives too far away from everything: here near enough.
NEAR = STUDENTS.replace("30.111149,-90.111151", "30.111149,-90.611151")


@dataclass
class Published:
    """Ana (S1, 16, two needs) at the clinic; Benny (S2, 17) at the shop; S3 is placed nowhere."""

    place: Place
    run_id: int
    publication_id: int

    def placement(self, external_id: str) -> Placement:
        return db.session.scalars(
            select(Placement)
            .join(Student)
            .where(
                Student.external_id == external_id,
                Student.district_id == self.place.district.id,
                Placement.publication_id == self.publication_id,
            )
        ).one()

    def guardian(self, name: str) -> Guardian:
        return db.session.scalars(
            select(Guardian)
            .join(Student)
            .where(Guardian.name == name, Student.district_id == self.place.district.id)
        ).one()

    def token(self, guardian: str | None, external_id: str = "") -> str:
        """The newest link's token: of a guardian by name, else of the student."""
        statement = select(FamilyLink).join(Placement).order_by(FamilyLink.id.desc())
        if guardian is not None:
            statement = statement.where(FamilyLink.guardian_id == self.guardian(guardian).id)
        else:
            statement = statement.where(
                FamilyLink.guardian_id.is_(None),
                FamilyLink.placement_id == self.placement(external_id).id,
            )
        return db.session.scalars(statement).first().token  # type: ignore[union-attr]


def solved_place(**changes: str | None) -> tuple[Place, int]:
    """A round that is imported and solved; its newest run."""
    *place, run_id = begin("solved", lambda: _solved(changes), **changes)
    return place_of(*place), run_id


def _solved(changes: Mapping[str, str | None]) -> Ids:
    place = make_place()
    import_id = stage(place, small_folder(**{"students": NEAR, **changes}))
    with transaction():
        imports.confirm(place.actor, place.round_id, import_id)
    return *ids_of(place), solve_again(place)


def solve_again(place: Place) -> int:
    with transaction():
        run_id = services.queue_run(place.actor, place.round_id).id
    assert work_on_next_run()
    run = db.session.get_one(SolveRun, run_id, populate_existing=True)
    assert run.state == "done", run.error
    db.session.rollback()
    return run_id


def published_place(*, letters: bool = False, **changes: str | None) -> Published:
    *place, run_id, publication_id = begin("published", lambda: _published(changes), **changes)
    while letters and work_on_next_item():
        pass
    return Published(place_of(*place), run_id, publication_id)


def _published(changes: Mapping[str, str | None]) -> Ids:
    place, run_id = solved_place(**changes)
    with transaction():
        return *ids_of(place), run_id, publish(place.actor, run_id).id


def published_again(published: Published) -> Published:
    """The same people in a second round of the district, published too."""
    with transaction():
        made = services.create_round(
            published.place.actor,
            published.place.district.id,
            name="Summer internships",
            starts_on=date(2027, 6, 7),
            ends_on=date(2027, 8, 6),
        )
        round_id = made.id
    place = Place(published.place.district, published.place.user, published.place.actor, round_id)
    bring_in(place, small_folder(students=NEAR))
    run_id = solve_again(place)
    with transaction():
        publication_id = publish(place.actor, run_id).id
    return Published(place, run_id, publication_id)


def employer_user(published: Published, external_id: str) -> User:
    with make.made():
        employer = db.session.scalars(
            select(Employer).where(
                Employer.external_id == external_id,
                Employer.district_id == published.place.district.id,
            )
        ).one()
        return make.make_employer_user(employer)


def student_user(published: Published, external_id: str) -> User:
    with make.made():
        student = db.session.scalars(
            select(Student).where(
                Student.external_id == external_id,
                Student.district_id == published.place.district.id,
            )
        ).one()
        return make.make_student_user(student)
