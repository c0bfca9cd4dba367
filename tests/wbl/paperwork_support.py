"""What tests of the paperwork share: a published round, and each person's own step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Flask
from sqlalchemy import select, update

from tests import factories as make
from tests.wbl.beginnings import Ids, actor_of, begin, ids_of, place_of
from tests.wbl.published import Published, employer_user, published_place, student_user
from wbl.accounts.actor import Actor
from wbl.agreements import confirming, links, signing, tasks, versions
from wbl.agreements.models import Paperwork, PaperworkTask, SignerRole, SigningLink, Step
from wbl.agreements.signing import Given
from wbl.db import db, transaction
from wbl.people.models import StudentBirth
from wbl.placements import answers, consents
from wbl.placements import queries as placements
from wbl.placements.models import Answer, FamilyLink

MOMENT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
INTENT = "I agree to this."
ORIENTED = date(2027, 1, 11)


@dataclass
class Chain:
    """One student's placement, and what its people do. Ana (S1) is at the clinic, with two adjustments."""

    published: Published
    external_id: str
    student: Actor
    employer: Actor
    guardian: str = "Rosa Castillo"

    @property
    def coordinator(self) -> Actor:
        return self.published.place.actor

    @property
    def placement_id(self) -> int:
        return self.published.placement(self.external_id).id

    @property
    def paperwork(self) -> Paperwork:
        return db.session.get_one(Paperwork, self.placement_id, populate_existing=True)

    @property
    def step(self) -> Step:
        db.session.rollback()
        return self.paperwork.step

    @property
    def family_link(self) -> FamilyLink:
        found = db.session.scalars(
            select(FamilyLink)
            .where(
                FamilyLink.placement_id == self.placement_id,
                FamilyLink.guardian_id == self.published.guardian(self.guardian).id,
            )
            .order_by(FamilyLink.id.desc())
        ).first()
        assert found is not None
        return found

    @property
    def signing_link(self) -> SigningLink:
        found = links.in_force(self.placement_id, SignerRole.EMPLOYER)
        assert found is not None
        return found

    def given(self, name: str, language: str = "en") -> Given:
        """A signature under what is current now."""
        version = versions.current(self.placement_id)
        return Given(name, INTENT, language, version.digest if version is not None else "")

    def accept(self) -> None:
        with transaction():
            answers.answer_own(self.student, self.placement_id, Answer.ACCEPTED)

    def student_signs(self) -> bool:
        with transaction():
            return signing.sign_own(self.student, self.placement_id, self.given("Ana Castillo")) is not None

    def family_agrees(self, *, name: bool = True) -> None:
        with transaction():
            placement = placements.whole(self.placement_id)
            fields = consents.fields_of(placement)
            given = dict.fromkeys(fields, True) | {"name": name}
            signed = consents.Signed("Rosa Castillo", "es", dict.fromkeys(fields, "?"))
            consents.answer_by_link(self.family_link, placement, given, signed)

    def guardian_signs(self, language: str = "es") -> bool:
        with transaction():
            given = self.given("Rosa Castillo", language)
            return signing.sign_by_family(self.family_link, given) is not None

    def confirm(self, supervisor: str = "Pat Reyes", **values: object) -> None:
        said = confirming.Confirmation(supervisor, ORIENTED, **values)  # type: ignore[arg-type]
        with transaction():
            confirming.confirm_by_link(self.signing_link, said)

    def employer_signs(self) -> bool:
        with transaction():
            return signing.sign_by_link(self.signing_link, self.given("Pat Reyes")) is not None

    def school_signs(self) -> bool:
        with transaction():
            given = self.given("Coordinator")
            return signing.sign_for_school(self.coordinator, self.placement_id, given) is not None

    def open_tasks(self) -> list[int]:
        return list(
            db.session.scalars(
                select(PaperworkTask.id).where(
                    PaperworkTask.placement_id == self.placement_id, PaperworkTask.done_at.is_(None)
                )
            )
        )

    def close_tasks(self) -> None:
        for task_id in self.open_tasks():
            with transaction():
                tasks.close(self.coordinator, self.placement_id, task_id)

    def up_to_employer(self) -> None:
        self.accept()
        self.student_signs()
        self.family_agrees()
        self.guardian_signs()

    def up_to_school(self) -> None:
        self.up_to_employer()
        self.confirm()
        self.employer_signs()

    def up_to_active(self) -> None:
        self.up_to_school()
        self.school_signs()
        self.close_tasks()


@dataclass
class Fixed(Chain):
    """The same of one placement that is known by its number, so that nothing has to be looked up."""

    fixed: int = 0

    @property
    def placement_id(self) -> int:
        return self.fixed


def fixed(chain: Chain) -> Fixed:
    return Fixed(
        chain.published, chain.external_id, chain.student, chain.employer, chain.guardian, chain.placement_id
    )


def at(app: Flask, moment: datetime) -> None:
    app.config["CLOCK"] = lambda: moment


def make_chain(app: Flask, **changes: str | None) -> Chain:
    """Ana's placement at the clinic in December: the round begins on 11 January."""
    at(app, MOMENT)
    return _found(begin("chain", lambda: _ids(_made(changes)), **changes))


def make_active(app: Flask, email: str = "", **changes: str | None) -> Chain:
    """The same when everything is signed and done; the employer may have named an address."""
    at(app, MOMENT)

    def build() -> Ids:
        chain = make_chain(app, **changes)
        chain.up_to_employer()
        chain.confirm(email=email)
        chain.employer_signs()
        chain.school_signs()
        chain.close_tasks()
        return _ids(chain)

    return _found(begin("active", build, email=email, **changes))


def _made(changes: Mapping[str, str | None]) -> Chain:
    published = published_place(**changes)
    student, employer = student_user(published, "S1"), employer_user(published, "E1")
    return Chain(published, "S1", make.actor(student), make.actor(employer))


def _ids(chain: Chain) -> Ids:
    published, people = chain.published, (chain.student.user_id, chain.employer.user_id)
    return *ids_of(published.place), published.run_id, published.publication_id, *people


def _found(ids: Ids) -> Chain:
    *place, run_id, publication_id, student_id, employer_id = ids
    published = Published(place_of(*place), run_id, publication_id)
    return Chain(published, "S1", actor_of(student_id), actor_of(employer_id))


def come_of_age(chain: Chain) -> None:
    """As if the student were 18."""
    with transaction() as session:
        session.execute(
            update(StudentBirth)
            .where(StudentBirth.student_id == chain.published.placement("S1").student_id)
            .values(birth_date=date(2008, 1, 1))
        )
