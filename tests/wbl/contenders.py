"""Two students at one seat, and what each of them, their families and their workplace do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from tests import factories as make
from tests.wbl.paperwork_support import Fixed, make_chain
from tests.wbl.published import student_user
from wbl.agreements import links
from wbl.agreements.models import SignerRole, SigningLink, Step
from wbl.db import db, transaction
from wbl.errors import NotFound
from wbl.placements import changing
from wbl.placements.judging import Judged
from wbl.placements.models import EndKind, FamilyLink, Placement
from wbl.rounds.queries import publication_in_force


@dataclass
class Contender(Fixed):
    """A student with a placement at the clinic, which has one seat."""

    guardian_id: int = 0
    round_id: int = 0
    district_id: int = 0
    offering_id: int = 0

    @property
    def family_link(self) -> FamilyLink:
        statement = (
            select(FamilyLink)
            .where(FamilyLink.placement_id == self.fixed, FamilyLink.guardian_id == self.guardian_id)
            .order_by(FamilyLink.id.desc())
        )
        return db.session.scalars(statement.limit(1)).one()

    @property
    def signing_link(self) -> SigningLink:
        found = links.in_force(self.fixed, SignerRole.EMPLOYER)
        if found is None:
            raise NotFound()
        return found

    @property
    def next_act(self) -> Callable[[], object]:
        """What whoever holds the step does next."""
        return {
            Step.STUDENT: self.accept_and_sign,
            Step.GUARDIAN: self.family_signs,
            Step.EMPLOYER: self.workplace_signs,
            Step.SCHOOL: self.school_signs,
            Step.TASKS: self.close_tasks,
        }.get(self.step, self.close_tasks)

    def accept_and_sign(self) -> None:
        self.accept()
        self.student_signs()

    def family_signs(self) -> None:
        self.family_agrees()
        self.guardian_signs()

    def workplace_signs(self) -> None:
        self.confirm()
        self.employer_signs()

    def is_placed_again(self) -> None:
        """At the same place, without asking whether there is a seat."""
        with transaction():
            publication = publication_in_force(self.round_id)
            assert publication is not None
            made = changing.begin_change(self.coordinator, publication)
            found = db.session.get_one(Placement, self.fixed)
            judged = Judged(1, 5, ["permit"], {})
            changing.add(made, publication, found.student_id, found.offering_id, judged)
            changing.announce(made, publication, self.district_id, [found.id])


def contenders(app: Flask) -> list[Contender]:
    """Ana and Benny, both placed at the clinic's one seat, as by a fault that put a second one in."""
    chain = make_chain(app)
    published = chain.published
    benny = make.actor(student_user(published, "S2"))
    with transaction():
        publication = publication_in_force(published.place.round_id)
        assert publication is not None
        made = changing.begin_change(chain.coordinator, publication)
        ana, other = published.placement("S1"), published.placement("S2")
        changing.close(made, other, EndKind.ENDED)
        second = changing.add(
            made, publication, other.student_id, ana.offering_id, Judged(1, 5, ["permit"], {})
        )
        changing.announce(made, publication, published.place.district.id, [second.id])
        ids, offering_id = (ana.id, second.id), ana.offering_id
    rows = {
        "round_id": published.place.round_id,
        "district_id": published.place.district.id,
        "offering_id": offering_id,
    }
    rosa, mia = published.guardian("Rosa Castillo").id, published.guardian("Mia Ochoa").id
    return [
        Contender(published, "S1", chain.student, chain.employer, fixed=ids[0], guardian_id=rosa, **rows),
        Contender(published, "S2", benny, chain.employer, fixed=ids[1], guardian_id=mia, **rows),
    ]
