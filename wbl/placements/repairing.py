"""A repair: another run takes the place of what is in force, with as few changes as can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.agreements.opening import begun
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.placements.changing import add, announce, begin_change, close, in_force
from wbl.placements.judging import Judged
from wbl.placements.models import EndKind, Placement, PlacementChange, PlacementState, Publication
from wbl.placements.publishing import of_seat
from wbl.rounds.models import Explanation, Proposal, RunState, SolveRun
from wbl.rounds.queries import run_by_number
from wbl.rounds.staleness import check_current

Pair = tuple[int, int]  # student, offering


@dataclass(frozen=True, slots=True)
class Moved:
    """A student whom a repair treats differently."""

    student: Student
    before: list[Offering]
    after: list[Offering]


@dataclass(frozen=True, slots=True)
class Repair:
    """What publishing a run as changes would do."""

    same: int = 0
    added: dict[Pair, Proposal] = field(default_factory=dict)
    ended: dict[Pair, Placement] = field(default_factory=dict)

    @property
    def students(self) -> set[int]:
        return {student for student, _offering in (*self.added, *self.ended)}

    @property
    def losing(self) -> set[int]:
        """Students who would have no seat any more."""
        return {student for student, _offering in self.ended} - {student for student, _ in self.added}


def repair_of(publication: Publication, run: SolveRun) -> Repair:
    """A run against what is in force."""
    placed = db.session.scalars(
        select(Placement).where(
            Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED
        )
    )
    now = {(one.student_id, one.offering_id): one for one in placed}
    proposed = db.session.execute(
        select(Submission.student_id, Proposal)
        .join(Submission, Submission.id == Proposal.submission_id)
        .where(Proposal.run_id == run.id)
    )
    then = {(student_id, proposal.offering_id): proposal for student_id, proposal in proposed}
    return Repair(
        same=len(now.keys() & then.keys()),
        added={pair: then[pair] for pair in sorted(then.keys() - now.keys())},
        ended={pair: now[pair] for pair in sorted(now.keys() - then.keys())},
    )


def moves_of(repair: Repair) -> list[Moved]:
    """Who moves, by name, with what they had and would have."""
    students = db.session.scalars(
        select(Student)
        .where(Student.id.in_(repair.students))
        .options(joinedload(Student.school))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    ids = {offering for _student, offering in (*repair.added, *repair.ended)}
    offerings = {
        offering.id: offering
        for offering in db.session.scalars(
            select(Offering)
            .where(Offering.id.in_(ids))
            .options(joinedload(Offering.opportunity).joinedload(Opportunity.employer))
        )
    }

    def of(student: Student, pairs: dict[Pair, Any]) -> list[Offering]:
        return [offerings[offering] for one, offering in pairs if one == student.id]

    return [Moved(student, of(student, repair.ended), of(student, repair.added)) for student in students]


def refusal(publication: Publication, run: SolveRun) -> str:
    """Why a run cannot be published as changes; "" where it can."""
    try:
        check(publication, run)
    except Conflict as why:
        return why.message
    return ""


def check(publication: Publication, run: SolveRun) -> None:
    """Whether a run may take the place of what is in force.

    Raises
    ------
    Conflict
        Where it is not done, is older than what is in force, or the round or a placement has
        changed since.
    """
    if run.state is not RunState.DONE:
        raise Conflict(_("Only a run that is finished can be published."))
    if run.queued_at <= publication.published_at:
        raise Conflict(_("This run is older than what is published. Solve again with the fewest changes."))
    since = db.session.scalar(
        select(PlacementChange.id)
        .where(PlacementChange.publication_id == publication.id, PlacementChange.at >= run.queued_at)
        .limit(1)
    )
    if since is not None:
        raise Conflict(_("Placements were changed after this run. Solve again with the fewest changes."))
    check_current(run.round, run)
    ended = [placement.id for placement in repair_of(publication, run).ended.values()]
    if begun(ended):
        raise Conflict(
            _("This run would move a student who has begun. Solve again: active placements stay as they are.")
        )


def publish_changes(actor: Actor, round_id: int, number: int) -> PlacementChange:
    """Make a run what is in force, by ending and adding placements; the others stay as they are. Flushes.

    Raises
    ------
    NotFound
        Where there is no such run, or it is another district's.
    Conflict
        Where it may not (see :func:`check`), or would change nothing.
    """
    placement_round, publication = in_force(actor, round_id)
    run = run_by_number(actor, round_id, number)
    check(publication, run)
    repair = repair_of(publication, run)
    if not repair.students:
        raise Conflict(_("This run gives everybody the seat they have: there is nothing to change."))
    made = begin_change(actor, publication, run_id=run.id)
    said = _records(run)
    new: dict[int, int] = {}
    ids = []
    for (student_id, offering_id), proposal in repair.added.items():
        judged = _judged(proposal, said.get(proposal.submission_id, {}))
        placement = add(made, publication, student_id, offering_id, judged)
        new[student_id] = placement.id
        ids.append(placement.id)
    for (student_id, _offering), placement in repair.ended.items():
        kind = EndKind.REPLACED if student_id in new else EndKind.ENDED
        close(made, placement, kind, replaced_by=new.get(student_id))
    announce(made, publication, placement_round.district_id, ids)
    record(
        actor,
        "placement.repair",
        placement_round,
        district_id=placement_round.district_id,
        run=run.number,
        added=made.added,
        ended=made.ended,
    )
    db.session.flush()
    return made


def _records(run: SolveRun) -> dict[int, dict[str, Any]]:
    rows = db.session.execute(
        select(Explanation.submission_id, Explanation.record).where(Explanation.run_id == run.id)
    )
    return {row.submission_id: row.record for row in rows}


def _judged(proposal: Proposal, said: dict[str, Any]) -> Judged:
    name = proposal.offering.opportunity.external_id
    return Judged(proposal.rank, proposal.travel_minutes, list(proposal.conditions), of_seat(said, name))
