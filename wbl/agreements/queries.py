"""Reading the paperwork, scoped to the actor: a coordinator's, a student's own, an employer's own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkState,
    PaperworkTask,
    Step,
    TrainingAgreement,
)
from wbl.agreements.standing import OVERDUE
from wbl.db import db
from wbl.errors import NotFound
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate_keys
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.placements.models import Placement, PlacementState
from wbl.placements.queries import declined, let_pass
from wbl.rounds.models import Round

LATE, ACTIVE, OVERDUE_TASKS = "late", "active", "overdue"


def seen_by(actor: Actor) -> Select[tuple[Placement]]:
    """The placements with paperwork that an actor may see, as a statement to build on: a coordinator
    those of the own districts, a student the own, an employer those at its sites (whose student it may
    or may not know by name: ask ``placements.queries.name_told``)."""
    return (
        select(Placement)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Round, Round.id == Placement.round_id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            or_(
                Round.district_id.in_(actor.coordinator_of),
                Placement.student_id.in_(actor.student_ids),
                and_(Opportunity.employer_id.in_(actor.employer_ids), ~declined()),
            )
        )
    )


def active_placements(actor: Actor) -> Select[tuple[Placement]]:
    """Of those that an actor may see, the active ones: filter it, order it, count it."""
    return seen_by(actor).where(
        Placement.state == PlacementState.PUBLISHED, Paperwork.state == PaperworkState.ACTIVE
    )


def active_placement(actor: Actor, placement_id: int) -> Placement:
    """One of them.

    Raises
    ------
    NotFound
        Where it is not active, or not the actor's.
    """
    found = db.session.scalar(active_placements(actor).where(Placement.id == placement_id))
    if found is None:
        raise NotFound()
    return found


def paperwork_of(placement_id: int) -> Paperwork | None:
    return db.session.get(Paperwork, placement_id)


def late() -> ColumnElement[bool]:
    """Whether a step waits although its holder was reminded, or could not be: a condition."""
    return and_(
        Paperwork.nudges >= OVERDUE,
        Paperwork.step.in_((Step.STUDENT, Step.GUARDIAN, Step.EMPLOYER, Step.SUPERVISOR)),
    )


def open_of(actor: Actor) -> ColumnElement[bool]:
    """Of the actor's districts, in force and not active yet: a condition on Paperwork, Placement, Round."""
    return and_(
        Round.district_id.in_(actor.coordinator_of),
        Placement.state == PlacementState.PUBLISHED,
        Paperwork.state == PaperworkState.OPEN,
    )


def of_round(
    placement_round: Round, *, search: str = "", show: str = "", page: int = 1
) -> Page[tuple[Placement, Paperwork, int]]:
    """A page of a round's paperwork by student, with how many tasks are open.

    ``show``: a step, ``late``, ``active``, or "" for all.
    """
    tasks = (
        select(func.count())
        .where(PaperworkTask.placement_id == Placement.id, PaperworkTask.done_at.is_(None))
        .correlate(Placement)
        .scalar_subquery()
    )
    whole = (
        select(Placement, Paperwork, tasks)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .options(
            joinedload(Placement.student).joinedload(Student.school),
            joinedload(Placement.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
        )
    )
    statement = (
        select(Placement.id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Student, Student.id == Placement.student_id)
        .where(Placement.round_id == placement_round.id, Placement.state == PlacementState.PUBLISHED)
        .order_by(Student.family_name, Student.given_name, Student.id, Placement.id)
    )
    for word in search.split():
        statement = statement.where(called(word))
    if show == LATE:
        statement = statement.where(Paperwork.state == PaperworkState.OPEN, late())
    elif show == OVERDUE_TASKS:
        statement = statement.where(Paperwork.state == PaperworkState.OPEN, _behind())
    elif show == ACTIVE:
        statement = statement.where(Paperwork.state == PaperworkState.ACTIVE)
    elif show in set(Step):
        statement = statement.where(Paperwork.state == PaperworkState.OPEN, Paperwork.step == show)
    cut = paginate_keys(statement, page)
    rows = db.session.execute(whole.where(Placement.id.in_(cut.items))).tuples()
    by_key = {row[0].id: row for row in rows}
    return Page([by_key[key] for key in cut.items], cut.number, cut.total, cut.size)


def counts_of_round(placement_round: Round) -> dict[str, int]:
    """How many placements of a round are at each step, late, and active."""
    rows = db.session.execute(
        select(Paperwork.state, Paperwork.step, func.count(), func.count().filter(late()))
        .join(Placement, Placement.id == Paperwork.placement_id)
        .where(Placement.round_id == placement_round.id, Placement.state == PlacementState.PUBLISHED)
        .group_by(Paperwork.state, Paperwork.step)
    )
    found = dict.fromkeys([*(step.value for step in Step), LATE, ACTIVE], 0)
    for state, step, count, behind in rows:
        if state is PaperworkState.OPEN:
            found[step.value] += count
            found[LATE] += behind
        elif state is PaperworkState.ACTIVE:
            found[ACTIVE] += count
    return found


def steps_of(placement_ids: Sequence[int]) -> dict[int, Paperwork]:
    """The paperwork of some placements."""
    rows = db.session.scalars(select(Paperwork).where(Paperwork.placement_id.in_(placement_ids)))
    return {one.placement_id: one for one in rows}


def tasks(placement_id: int) -> list[tuple[PaperworkTask, str | None]]:
    """What is to arrange for a placement, what is open first; and who closed it."""
    rows = db.session.execute(
        select(PaperworkTask, User.name)
        .outerjoin(User, User.id == PaperworkTask.done_by)
        .where(PaperworkTask.placement_id == placement_id)
        .order_by(PaperworkTask.done_at.is_not(None), PaperworkTask.due_on, PaperworkTask.id)
    )
    return [(row[0], row[1]) for row in rows]


def signatures(agreement_id: int) -> list[AgreementSignature]:
    """The signatures under one version that were not dismissed, as they were given."""
    statement = (
        select(AgreementSignature)
        .where(AgreementSignature.agreement_id == agreement_id, AgreementSignature.state != "dismissed")
        .order_by(AgreementSignature.id)
    )
    return list(db.session.scalars(statement))


def earlier_versions(placement_id: int) -> list[tuple[TrainingAgreement, int]]:
    """The versions that are not current any more, the newest first, with how many signed each."""
    signed = (
        select(func.count())
        .where(AgreementSignature.agreement_id == TrainingAgreement.id)
        .correlate(TrainingAgreement)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(TrainingAgreement, signed)
        .where(TrainingAgreement.placement_id == placement_id, TrainingAgreement.superseded_at.is_not(None))
        .order_by(TrainingAgreement.version.desc())
    )
    return [(row[0], row[1]) for row in rows]


def _behind() -> ColumnElement[bool]:
    return exists().where(
        PaperworkTask.placement_id == Placement.id,
        PaperworkTask.done_at.is_(None),
        PaperworkTask.due_on < clock.last_today(),
    )


def overdue_tasks(actor: Actor) -> list[tuple[Round, int]]:
    """Rounds with placements that have something open whose day has passed, with how many placements."""
    return _counted(actor, _behind())


def waiting_for_school(actor: Actor) -> list[tuple[Round, int]]:
    """Rounds with agreements that wait for the school's signature."""
    return _counted(actor, Paperwork.step == Step.SCHOOL)


def lapsed(actor: Actor) -> list[tuple[Round, int]]:
    """Rounds with placements whose student has said nothing by the date."""
    return _counted(actor, let_pass())


def late_steps(actor: Actor) -> list[tuple[Round, int]]:
    """Rounds with steps that wait although their holders were reminded, or could not be."""
    return _counted(actor, late())


def _counted(actor: Actor, where: ColumnElement[bool]) -> list[tuple[Round, int]]:
    rows = db.session.execute(
        select(Round, func.count())
        .join(Placement, Placement.round_id == Round.id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(open_of(actor), where)
        .group_by(Round.id)
        .order_by(Round.id)
    )
    return [(row[0], row[1]) for row in rows]
