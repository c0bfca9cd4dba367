"""From a published placement to an active one: whose turn it is, what changes it, and what never changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from tests import factories as make
from tests.wbl.mailbox import delivered
from tests.wbl.paperwork_support import MOMENT, Chain, at, come_of_age, make_chain
from tests.wbl.published import published_place, solve_again
from wbl.agreements import advancing, links, nudging, opening, queries, signing, tasks
from wbl.agreements.document import digest_of
from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkState,
    PaperworkTask,
    SignerRole,
    SiteVisit,
    Step,
    TaskHolder,
    TrainingAgreement,
)
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotAllowed, NotFound
from wbl.interests.models import Preference, Submission
from wbl.jobs.models import OutboxItem
from wbl.jobs.worker import drain
from wbl.opportunities.models import Opportunity
from wbl.people.models import DistrictLanguage
from wbl.placements import changing, consents
from wbl.placements.models import EndKind, Placement, SignatureState
from wbl.placements.publishing import withdraw
from wbl.placements.repairing import check, repair_of
from wbl.rounds import archive
from wbl.rounds import services as rounds
from wbl.rounds.models import RunArchive, SolveRun
from wbl.rounds.queries import publication_in_force


def told(chain: Chain) -> list[str]:
    """Whom mail about the step that waits now is queued for."""
    items = db.session.scalars(select(OutboxItem).where(OutboxItem.key.startswith("mail:paperwork:")))
    return [
        item.payload["to"].partition(":")[0] for item in items if item.payload["what"] == chain.step.value
    ]


def test_each_step_tells_the_next_person_and_the_last_task_makes_it_active(app: Flask) -> None:
    chain = make_chain(app)
    assert (chain.step, told(chain)) == (Step.STUDENT, [])  # the letter has told them
    chain.accept()
    assert chain.step is Step.STUDENT  # and signs
    assert chain.student_signs()
    assert (chain.step, told(chain)) == (Step.GUARDIAN, ["family"])
    chain.family_agrees()
    assert chain.step is Step.GUARDIAN  # and signs
    assert chain.guardian_signs()
    assert (chain.step, told(chain)) == (Step.EMPLOYER, ["link"])
    chain.confirm("Kim Doe")
    assert chain.step is Step.STUDENT  # another supervisor is another document
    assert chain.student_signs()
    assert chain.guardian_signs()
    assert chain.employer_signs()
    assert chain.step is Step.SCHOOL
    assert chain.school_signs()
    assert chain.step is Step.TASKS
    assert len(chain.open_tasks()) == 2
    assert chain.paperwork.state is PaperworkState.OPEN
    chain.close_tasks()
    paperwork = chain.paperwork
    assert (paperwork.state, paperwork.step, paperwork.seat) == (PaperworkState.ACTIVE, Step.DONE, 1)
    assert (
        db.session.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "paperwork.active")
        )
        == 1
    )
    for actor in (chain.coordinator, chain.student, chain.employer):
        assert [one.id for one in db.session.scalars(queries.active_placements(actor))] == [
            chain.placement_id
        ]
    stranger = make_stranger()
    assert db.session.scalars(queries.active_placements(stranger)).all() == []


def make_stranger():  # type: ignore[no-untyped-def]
    with make.made():
        return make.actor(make.make_coordinator(make.make_district()))


def test_nobody_signs_before_their_turn(app: Flask) -> None:
    chain = make_chain(app)
    with pytest.raises(Conflict, match="has not accepted"):
        chain.student_signs()
    chain.accept()
    chain.student_signs()
    with pytest.raises(Conflict, match="signs last"):
        chain.school_signs()
    with transaction():
        link = links.make_by_hand(chain.coordinator, chain.placement_id, SignerRole.EMPLOYER, "")
        token = link.token
    assert links.by_token(token) is None  # the family has not agreed that they know who comes
    with pytest.raises(Conflict, match="family signs first"):
        chain.employer_signs()
    with pytest.raises(Conflict, match="has not agreed"):
        chain.confirm()
    chain.family_agrees(name=False)
    assert chain.step is Step.GUARDIAN
    chain.guardian_signs()
    assert chain.step is Step.GUARDIAN  # an agreement names both sides
    chain.family_agrees()
    assert chain.step is Step.EMPLOYER
    assert links.by_token(token) is not None
    with pytest.raises(Conflict, match="Confirm"):
        chain.employer_signs()
    chain.family_agrees(name=False)
    assert links.by_token(token) is None


def test_a_changed_document_needs_new_signatures_and_the_signed_one_stays(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    first = db.session.scalars(select(TrainingAgreement)).one()
    digest, content = first.digest, dict(first.content)
    assert digest == digest_of(content)
    with transaction() as session:
        session.execute(update(Opportunity).values(description="Meet patients, and file their papers"))
    old = chain.given("Ana Castillo")
    with transaction():
        # What is signed is what was read: the document has changed since.
        assert signing.sign_by_family(chain.family_link, old) is None
    versions = db.session.scalars(select(TrainingAgreement).order_by(TrainingAgreement.version)).all()
    assert [one.version for one in versions] == [1, 2]
    assert (versions[0].digest, versions[0].content) == (digest, content)
    assert versions[1].digest != digest
    assert chain.step is Step.STUDENT
    signed = db.session.execute(
        select(TrainingAgreement.version, AgreementSignature.digest).join(AgreementSignature)
    ).all()
    assert {tuple(row) for row in signed} == {(1, digest)}
    for statement in (
        "UPDATE training_agreement SET content = '{}'",
        "UPDATE training_agreement SET digest = 'x' WHERE version = 2",
        "UPDATE agreement_signature SET name = 'Somebody else'",
    ):
        with pytest.raises(DatabaseError, match="never changes"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_a_supervisor_who_is_somebody_else_signs_too(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    with pytest.raises(DomainError, match="e-mail"):
        chain.confirm(supervisor_signs=True)
    chain.confirm("Kim Doe", supervisor_signs=True, email="kim@clinic.example")
    chain.student_signs()
    chain.guardian_signs()
    chain.employer_signs()
    assert (chain.step, told(chain)) == (Step.SUPERVISOR, ["link"])
    with pytest.raises(Conflict, match="signs last"):
        chain.school_signs()
    link = links.in_force(chain.placement_id, SignerRole.SUPERVISOR)
    assert link is not None
    with transaction():
        assert signing.sign_by_link(link, chain.given("Kim Doe"))
    assert chain.step is Step.SCHOOL


def test_a_student_of_age_signs_alone(app: Flask) -> None:
    chain = make_chain(app)
    chain.accept()
    chain.student_signs()
    come_of_age(chain)
    with pytest.raises(NotAllowed):
        chain.guardian_signs()
    with transaction():
        advancing.advance(chain.coordinator, chain.placement_id)
    assert chain.step is Step.STUDENT  # who now says what the employer may know
    said = {"name": True, "adjustment:large_print": False, "adjustment:quiet_space": True}
    with transaction():
        signed = consents.Signed("Ana Castillo", "en", dict.fromkeys(said, "?"))
        consents.answer_own(chain.student, chain.placement_id, said, signed)
    assert chain.step is Step.EMPLOYER


def test_a_signature_on_a_translation_that_nobody_checked_waits(app: Flask) -> None:
    chain = make_chain(app)
    with transaction() as session:
        session.execute(DistrictLanguage.__table__.delete())
    chain.accept()
    chain.student_signs()
    chain.family_agrees()
    assert chain.guardian_signs("vi")
    assert chain.step is Step.GUARDIAN
    signature = db.session.scalars(
        select(AgreementSignature).where(AgreementSignature.state == SignatureState.WAITING)
    ).one()
    with pytest.raises(Conflict, match="signed already"):
        chain.guardian_signs("vi")
    with transaction():
        signing.settle(chain.coordinator, chain.placement_id, signature.id, counts=False)
    assert chain.guardian_signs("en")  # not counted, so they sign again


def test_something_of_ones_own_to_arrange_holds_it_too(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_school()
    with transaction():
        tasks.add(
            chain.coordinator, chain.placement_id, "A badge for the door", TaskHolder.SITE, date(2027, 1, 8)
        )
    chain.school_signs()
    *others, last = chain.open_tasks()
    for task_id in others:
        with transaction():
            tasks.close(chain.coordinator, chain.placement_id, task_id)
    assert chain.step is Step.TASKS
    with transaction():
        tasks.open_again(chain.coordinator, chain.placement_id, others[0])
        tasks.close(chain.coordinator, chain.placement_id, last)
    assert chain.paperwork.state is PaperworkState.OPEN
    with transaction():
        tasks.close(chain.coordinator, chain.placement_id, others[0])
    assert chain.paperwork.state is PaperworkState.ACTIVE
    with pytest.raises(Conflict, match="active already"):
        tasks.add(chain.coordinator, chain.placement_id, "A badge", TaskHolder.SITE, date(2027, 1, 8))
    db.session.rollback()
    with pytest.raises(NotFound):
        tasks.close(make_stranger(), chain.placement_id, last)


def test_what_ends_opens_nothing_any_more_and_what_begins_again_begins_anew(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_active()
    placement_id, token = chain.placement_id, chain.signing_link.token
    with pytest.raises(Conflict, match="active"):
        withdraw(chain.coordinator, chain.published.publication_id, "A mistake")
    db.session.rollback()
    with transaction():
        changing.end(chain.coordinator, placement_id, kind=EndKind.ENDED, reason="Moved away")
    assert chain.paperwork.state is PaperworkState.ENDED
    assert links.by_token(token) is None
    with pytest.raises(Conflict, match="in force no more"):
        tasks.close(chain.coordinator, placement_id, 1)
    db.session.rollback()
    with transaction():
        publication = publication_in_force(chain.published.place.round_id)
        found = db.session.get_one(Placement, placement_id)
        made = changing.begin_change(chain.coordinator, publication)
        judged = changing.Judged(1, 10, ["permit"], {})
        changing.add(made, publication, found.student_id, found.offering_id, judged)
    assert (chain.paperwork.state, chain.step, chain.paperwork.seat) == (
        PaperworkState.OPEN,
        Step.STUDENT,
        None,
    )
    assert [task.code for task in db.session.scalars(select(PaperworkTask))] == ["permit"]
    assert (
        db.session.scalar(select(func.count()).select_from(AgreementSignature)) > 0
    )  # what was signed stays


def test_a_repair_leaves_accepted_seats_alone_and_never_moves_who_has_begun(app: Flask) -> None:
    chain = make_chain(app)
    published = chain.published
    chain.accept()
    with transaction() as session:
        # With its rank gone the seat would fit somebody else better: the yes keeps it.
        session.execute(update(Preference).values(rank=None))
    run = db.session.get_one(SolveRun, solve_again(published.place))
    publication = publication_in_force(published.place.round_id)
    assert publication is not None
    assert chain.placement_id not in [one.id for one in repair_of(publication, run).ended.values()]
    assert PINNED in archive.unpack(profiles_of(run))["pins.csv"].decode()
    chain.student_signs()
    chain.family_agrees()
    chain.guardian_signs()
    chain.confirm()
    chain.employer_signs()
    chain.school_signs()
    chain.close_tasks()
    with transaction():
        placement = published.placement("S1")
        submission_id = db.session.scalars(
            select(Submission.id).where(Submission.student_id == placement.student_id)
        ).one()
        rounds.add_pin(
            chain.coordinator,
            published.place.round_id,
            submission_id,
            placement.offering_id,
            decision="forbid",
            reason="For this test",
        )
    at(app, MOMENT + timedelta(days=1))
    run = db.session.get_one(SolveRun, solve_again(published.place))
    assert chain.placement_id in [one.id for one in repair_of(publication, run).ended.values()]
    with pytest.raises(Conflict, match="has begun"):
        check(publication, run)


PINNED = ",CLINIC,require"


def profiles_of(run: SolveRun) -> bytes:
    return db.session.scalars(select(RunArchive.profiles).where(RunArchive.run_id == run.id)).one()


def test_an_active_placement_is_completed_when_its_last_day_has_come(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_active()
    with pytest.raises(Conflict, match="still to come"):
        advancing.complete(chain.coordinator, chain.placement_id)
    db.session.rollback()
    at(app, MOMENT + timedelta(days=300))
    with transaction():
        advancing.complete(chain.coordinator, chain.placement_id)
    assert chain.paperwork.state is PaperworkState.COMPLETED
    with pytest.raises(Conflict, match="completed"):
        changing.end(chain.coordinator, chain.placement_id, kind=EndKind.ENDED, reason="Too late")


def test_who_waits_is_nudged_every_four_days_and_then_the_coordinator_knows(app: Flask) -> None:
    chain = make_chain(app)
    chain.accept()
    chain.student_signs()
    drain()
    before = len(delivered(app))

    def nudged(days: int) -> int:
        at(app, MOMENT + timedelta(days=days, minutes=1))
        while nudging.nudge_next():
            pass
        drain()
        db.session.rollback()
        return len([mail for mail in delivered(app) if mail["To"] == "rosa@home.example"])

    first = nudged(0)
    assert nudged(3) == first
    assert queries.late_steps(chain.coordinator) == []
    assert nudged(4) == first + 1
    assert nudged(5) == first + 1
    assert nudged(8) == first + 2
    # Benny, too, has not said anything: he has neither a sign-in nor an address.
    assert [count for _round, count in queries.late_steps(chain.coordinator)] == [2]
    digests = [mail for mail in delivered(app) if mail["To"] == chain.published.place.user.email]
    assert len(digests) == 1
    assert len(delivered(app)) > before
    text_of = digests[0].get_content()
    assert "Castillo" not in text_of
    chain.family_agrees()
    chain.guardian_signs()
    assert [count for _round, count in queries.late_steps(chain.coordinator)] == [1]


def test_what_was_published_before_there_was_paperwork_begins_by_itself(app: Flask) -> None:
    published = published_place()
    with transaction() as session:
        for model in (PaperworkTask, Paperwork, SiteVisit):
            session.execute(model.__table__.delete())
    assert nudging.nudge_next()
    assert not opening.begin_missing()
    assert db.session.scalar(select(func.count()).select_from(Paperwork)) == 2
    assert {task.code for task in db.session.scalars(select(PaperworkTask))} == set(
        published.placement("S1").conditions
    ) | set(published.placement("S2").conditions)
