"""Placements of the demo at several steps between published and active, one of them active."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import force_locale
from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements import confirming, links, queries, signing, tasks, versions, visits
from wbl.agreements.document import expected_supervisor
from wbl.agreements.models import SignerRole, Step, VisitKind
from wbl.agreements.opening import first_day
from wbl.agreements.signing import Given
from wbl.agreements.words import intent_of
from wbl.db import db, transaction
from wbl.demo.growth import show_growth
from wbl.letters.content import family_language
from wbl.placements import answers, consents, link_queries
from wbl.placements import queries as placements
from wbl.placements.models import Answer, Consent, Placement, PlacementState

# How far each of the first answered families' placements is taken: the last step that is done.
SHOWN = (Step.DONE, Step.TASKS, Step.SCHOOL, Step.EMPLOYER, Step.GUARDIAN, Step.STUDENT)


def show_paperwork(actor: Actor, round_id: int) -> None:
    """Take placements whose family has answered along the chain, each a step less far than the one before."""
    ids = db.session.scalars(
        select(Placement.id)
        .where(
            Placement.round_id == round_id,
            Placement.state == PlacementState.PUBLISHED,
            Placement.id.in_(select(Consent.placement_id)),
        )
        .order_by(Placement.id)
    ).all()
    told = [one for one in ids if placements.name_told(placements.whole(one))]
    for placement_id, last in zip(told, SHOWN, strict=False):
        with transaction():
            take(actor, placement_id, last)
    for placement_id in told[:1]:  # the one that is active
        show_growth(actor, placement_id)
    db.session.rollback()


def take(actor: Actor, placement_id: int, last: Step) -> None:
    """Take one placement along the chain, up to a step that is done."""
    placement = placements.whole(placement_id)
    order = list(Step)
    reached = order.index(last)
    student = Actor(kind="command", student_ids=frozenset({placement.student_id}))
    answers.answer_own(student, placement_id, Answer.ACCEPTED)
    signing.sign_own(student, placement_id, _given(placement, placement.student.name, SignerRole.STUDENT))
    if reached >= order.index(Step.GUARDIAN):
        _family(placement)
    if reached >= order.index(Step.EMPLOYER):
        _workplace(placement)
    if reached >= order.index(Step.SCHOOL):
        signing.sign_for_school(actor, placement_id, _given(placement, "Coordinator", SignerRole.SCHOOL))
    if reached >= order.index(Step.DONE):
        for task, _closed_by in queries.tasks(placement_id):
            if task.done_at is None:
                tasks.close(actor, placement_id, task.id)
        _visit(actor, placement)


def _given(placement: Placement, name: str, role: SignerRole, language: str = "en") -> Given:
    version = versions.current(placement.id)
    with force_locale(language):
        return Given(name, intent_of(role), language, version.digest if version is not None else "")


def _family(placement: Placement) -> None:
    """Whoever of the family decides signs, unless the student does alone."""
    if placements.student_decides(placement):
        return
    for link in link_queries.of_placement(placement):
        if link.guardian is not None and consents.may_answer_by_link(placement, link):
            given = _given(placement, link.guardian.name, SignerRole.GUARDIAN, family_language(link))
            signing.sign_by_family(link, given)
            return


def _workplace(placement: Placement) -> None:
    link = links.in_force(placement.id, SignerRole.EMPLOYER) or links.make(placement, SignerRole.EMPLOYER)
    supervisor = expected_supervisor(placement) or "Jo Marin"
    confirming.confirm_by_link(link, confirming.Confirmation(supervisor, first_day(placement)))
    if versions.current(placement.id) is not None:
        _sign_again(placement)
        signing.sign_by_link(link, _given(placement, supervisor, SignerRole.EMPLOYER))


def _sign_again(placement: Placement) -> None:
    """Where the supervisor was not known before, the document is a new one: student and family sign it."""
    version = versions.current(placement.id)
    assert version is not None
    if not queries.signatures(version.id):
        student = Actor(kind="command", student_ids=frozenset({placement.student_id}))
        given = _given(placement, placement.student.name, SignerRole.STUDENT)
        signing.sign_own(student, placement.id, given)
        _family(placement)


def _visit(actor: Actor, placement: Placement) -> None:
    """The place was looked at before the start."""
    today = clock.today(placement.publication.round.district.timezone)
    for visit in visits.of_offering(placement.offering_id):
        if visit.kind is VisitKind.BEFORE:
            note = "A quiet desk by the window; the emergency exit is next to it."
            visits.log(actor, visit.id, done_on=min(visit.planned_on, today - timedelta(days=1)), note=note)
