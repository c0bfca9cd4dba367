"""Whatever order people act in: one active placement a seat, signed documents stay, revoked links too."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from tests import factories as make
from tests.wbl.paperwork_support import Chain, make_chain
from tests.wbl.published import student_user
from wbl.agreements import advancing, links, signing, tasks
from wbl.agreements.document import digest_of
from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkState,
    PaperworkTask,
    SignerRole,
    SigningLink,
    TrainingAgreement,
)
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.opportunities.models import Offering, Opportunity
from wbl.placements import changing
from wbl.placements.judging import Judged
from wbl.placements.models import EndKind, FamilyLink, Placement, PlacementState
from wbl.rounds.queries import publication_in_force

EXAMPLES, STEPS = 30, 50
"""1,500 steps, each of up to a dozen transactions, in about 45 s; 200 × 50 would take five minutes."""
WHO = st.sampled_from([0, 1])


@dataclass
class Contender(Chain):
    """A student with a placement at the clinic, which has one seat."""

    fixed: int = 0
    guardian_id: int = 0
    round_id: int = 0
    district_id: int = 0

    @property
    def placement_id(self) -> int:
        return self.fixed

    @property
    def family_link(self) -> FamilyLink:
        statement = (
            select(FamilyLink)
            .where(FamilyLink.placement_id == self.fixed, FamilyLink.guardian_id == self.guardian_id)
            .order_by(FamilyLink.id.desc())
        )
        return db.session.scalars(statement.limit(1)).one()


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
        ids = ana.id, second.id
    rows = {"round_id": published.place.round_id, "district_id": published.place.district.id}
    rosa, mia = published.guardian("Rosa Castillo").id, published.guardian("Mia Ochoa").id
    return [
        Contender(published, "S1", chain.student, chain.employer, fixed=ids[0], guardian_id=rosa, **rows),
        Contender(published, "S2", benny, chain.employer, fixed=ids[1], guardian_id=mia, **rows),
    ]


class Paper(RuleBasedStateMachine):
    """Two students, one seat, and everybody who can do something, in any order."""

    people: list[Contender]
    restore: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.restore()
        self.documents: dict[int, tuple[str, int]] = {}
        self.signatures: dict[int, tuple[object, ...]] = {}
        self.shut: set[str] = set()

    @rule(who=WHO)
    def accept(self, who: int) -> None:
        self._try(self.people[who].accept)

    @rule(who=WHO)
    def student(self, who: int) -> None:
        self._try(self.people[who].student_signs)

    @rule(who=WHO, name=st.sampled_from([True, True, True, False]))
    def family(self, who: int, name: bool) -> None:
        self._try(lambda: self.people[who].family_agrees(name=name))

    @rule(who=WHO)
    def guardian(self, who: int) -> None:
        self._try(self.people[who].guardian_signs)

    @rule(who=WHO, supervisor=st.sampled_from(["Pat Reyes", "Pat Reyes", "Kim Doe"]))
    def confirm(self, who: int, supervisor: str) -> None:
        self._try(lambda: self.people[who].confirm(supervisor))

    @rule(who=WHO)
    def employer(self, who: int) -> None:
        self._try(self.people[who].employer_signs)

    @rule(who=WHO)
    def school(self, who: int) -> None:
        self._try(self.people[who].school_signs)

    @rule(who=WHO)
    def arrange(self, who: int) -> None:
        self._try(self.people[who].close_tasks)

    @rule(who=WHO)
    def everybody(self, who: int) -> None:
        """All that is missing at once, so that the far end of the chain is seen often."""
        self._try(self.people[who].accept)
        for _turn in range(2):
            for step in (
                self.people[who].student_signs,
                self.people[who].family_agrees,
                self.people[who].guardian_signs,
                self.people[who].confirm,
            ):
                self._try(step)
        for step in (self.people[who].employer_signs, self.people[who].school_signs):
            self._try(step)

    @rule(who=WHO)
    def not_arranged_after_all(self, who: int) -> None:
        one = self.people[who]
        task_id = db.session.scalar(
            select(PaperworkTask.id).where(PaperworkTask.placement_id == one.placement_id).limit(1)
        )
        if task_id is not None:
            self._try(lambda: tasks.open_again(one.coordinator, one.placement_id, task_id), wrap=True)

    @rule(words=st.sampled_from(["Meet patients", "Meet patients, take notes", "File papers"]))
    def the_posting_changes(self, words: str) -> None:
        with transaction() as session:
            session.execute(update(Opportunity).values(description=words))

    @rule(who=WHO)
    def new_version(self, who: int) -> None:
        one = self.people[who]
        self._try(lambda: advancing.make_new_version(one.coordinator, one.placement_id), wrap=True)

    @rule(who=WHO)
    def revoke(self, who: int) -> None:
        one = self.people[who]
        link = links.in_force(one.placement_id, SignerRole.EMPLOYER)
        if link is not None:
            token, link_id = link.token, link.id
            self._try(lambda: links.revoke(one.coordinator, one.placement_id, link_id), wrap=True)
            self.shut.add(token)
            stale = db.session.get_one(SigningLink, link_id)
            self._refused(lambda: signing.sign_by_link(stale, one.given("Somebody")))

    @rule(who=WHO)
    def new_link(self, who: int) -> None:
        one = self.people[who]
        for link in links.of_placement(one.placement_id):
            self.shut.add(link.token)
        self._try(
            lambda: links.make_by_hand(one.coordinator, one.placement_id, SignerRole.EMPLOYER, ""), wrap=True
        )
        newest = links.in_force(one.placement_id, SignerRole.EMPLOYER)
        if newest is not None:
            self.shut.discard(newest.token)

    @rule(who=WHO)
    def end(self, who: int) -> None:
        one = self.people[who]
        for link in links.of_placement(one.placement_id):
            self.shut.add(link.token)
        self._try(
            lambda: changing.end(one.coordinator, one.placement_id, kind=EndKind.ENDED, reason="It ended"),
            wrap=True,
        )

    @rule(who=WHO)
    def begin_again(self, who: int) -> None:
        one = self.people[who]
        found = db.session.get_one(Placement, one.placement_id, populate_existing=True)
        if found.state is PlacementState.WITHDRAWN:
            with transaction():
                publication = publication_in_force(one.round_id)
                assert publication is not None
                made = changing.begin_change(one.coordinator, publication)
                judged = Judged(1, 5, ["permit"], {})
                changing.add(made, publication, found.student_id, found.offering_id, judged)
                changing.announce(made, publication, one.district_id, [found.id])

    def _try(self, act: Callable[[], object], *, wrap: bool = False) -> None:
        """Do it, where it may be done now; what is refused leaves nothing behind."""
        with suppress(DomainError, AssertionError):
            if wrap:
                with transaction():
                    act()
            else:
                act()
        db.session.rollback()

    def _refused(self, act: Callable[[], object]) -> None:
        refused = True
        with suppress(DomainError), transaction():
            act()
            refused = False
        db.session.rollback()
        assert refused, "a revoked link signed something"

    @invariant()
    def one_active_placement_a_seat(self) -> None:
        db.session.rollback()
        for offering in db.session.scalars(select(Offering)):
            seats = db.session.scalars(
                select(Paperwork.seat).where(
                    Paperwork.offering_id == offering.id, Paperwork.state == PaperworkState.ACTIVE
                )
            ).all()
            assert len(seats) == len(set(seats)) <= offering.seats

    @invariant()
    def active_means_signed_by_all_and_in_force(self) -> None:
        for one in self.people:
            paperwork = one.paperwork
            placement = db.session.get_one(Placement, one.placement_id, populate_existing=True)
            in_force = placement.state is PlacementState.PUBLISHED
            assert in_force == (paperwork.state in (PaperworkState.OPEN, PaperworkState.ACTIVE))
            if paperwork.state is PaperworkState.ACTIVE:
                rows = db.session.execute(
                    select(AgreementSignature.agreement_id, AgreementSignature.role)
                    .join(TrainingAgreement)
                    .where(TrainingAgreement.placement_id == one.placement_id)
                )
                signed: dict[int, set[str]] = {}
                for agreement_id, role in rows:
                    signed.setdefault(agreement_id, set()).add(role)
                assert {"student", "guardian", "employer", "school"} in signed.values()

    @invariant()
    def signed_documents_never_change(self) -> None:
        documents = db.session.scalars(select(TrainingAgreement)).all()
        assert self.documents.keys() <= {one.id for one in documents}
        for one in documents:
            assert digest_of(one.content) == one.digest
            said = self.documents.setdefault(one.id, (one.digest, one.version))
            assert said == (one.digest, one.version)
        signatures = db.session.scalars(select(AgreementSignature)).all()
        assert self.signatures.keys() <= {one.id for one in signatures}
        for signature in signatures:
            now = (signature.agreement_id, signature.role, signature.name, signature.digest)
            assert self.signatures.setdefault(signature.id, now) == now

    @invariant()
    def what_was_shut_stays_shut(self) -> None:
        assert [token for token in self.shut if links.by_token(token) is not None] == []


def test_whatever_order_people_act_in(_sqlite_app: Flask) -> None:
    """On SQLite, whose file is put back between examples; the services run on both in their own tests."""
    app, folder = _sqlite_app, Path(_sqlite_app.instance_path)
    saved = dict(app.config)
    with app.app_context():
        db.engine.dispose()
        shutil.copy(folder / "empty.db", folder / "test.db")
        for name in ("test.db-wal", "test.db-shm"):
            (folder / name).unlink(missing_ok=True)
        people = contenders(app)
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
        shutil.copy(folder / "test.db", folder / "contended.db")

        def restore() -> None:
            db.session.remove()
            db.engine.dispose()
            for name in ("test.db-wal", "test.db-shm"):
                (folder / name).unlink(missing_ok=True)
            shutil.copy(folder / "contended.db", folder / "test.db")

        machine = type("OnFile", (Paper,), {"people": people, "restore": staticmethod(restore)})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        db.session.remove()
        db.engine.dispose()
    app.config.clear()
    app.config.update(saved)
