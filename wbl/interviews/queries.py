"""Reading interviews: of a round for its coordinators, an employer's, a student's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from matching.equity.suppression import SMALLEST, hidden_groups
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.interviews.models import Decision, Interview, InterviewState
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import District, Guardian, Student, StudentBirth, StudentGroup, YouthAuthority
from wbl.placements.authority import decides_alone
from wbl.rounds.models import Round, RunState, SolveRun

SHARED = ("name", "school", "grade", "email", "phone", "languages")
"""What a student may agree to share; the name goes with every yes."""


def _whole(statement: Select[tuple[Interview]]) -> Select[tuple[Interview]]:
    return statement.options(
        joinedload(Interview.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
        joinedload(Interview.submission).joinedload(Submission.student).joinedload(Student.school),
        joinedload(Interview.guardian),
    ).execution_options(populate_existing=True)  # states change by conditional updates


def of_round(round_id: int) -> Sequence[Interview]:
    """Every interview of a round, by opportunity and student."""
    statement = (
        select(Interview)
        .join(Offering, Offering.id == Interview.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Submission, Submission.id == Interview.submission_id)
        .join(Student, Student.id == Submission.student_id)
        .where(Interview.round_id == round_id)
        .order_by(Opportunity.title, Offering.id, Student.family_name, Student.given_name, Interview.id)
        .limit(2000)
    )
    return db.session.scalars(_whole(statement)).all()


def offerings(round_id: int) -> Sequence[Offering]:
    """The offerings of a round whose employers interview first."""
    return db.session.scalars(
        select(Offering)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.round_id == round_id, Offering.interview_per_seat.is_not(None), takes_part())
        .options(joinedload(Offering.opportunity).joinedload(Opportunity.employer))
        .order_by(Opportunity.title, Offering.id)
    ).all()


def newest_shortlist(round_id: int) -> SolveRun | None:
    """The newest shortlist run that is done."""
    return db.session.scalar(
        select(SolveRun)
        .where(SolveRun.round_id == round_id, SolveRun.method == "shortlist", SolveRun.state == RunState.DONE)
        .order_by(SolveRun.number.desc())
        .limit(1)
    )


def of_employer(actor: Actor) -> list[Interview]:
    """The interviews of the actor's employers to which student, and guardian where needed, said yes; of
    whoever takes part in the round no more an employer is told nothing."""
    statement = (
        select(Interview)
        .join(Offering, Offering.id == Interview.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Submission, Submission.id == Interview.submission_id)
        .where(
            Opportunity.employer_id.in_(actor.employer_ids),
            Interview.state.in_((InterviewState.AGREED, InterviewState.DECIDED)),
            attends(),
        )
        .order_by(Opportunity.title, Offering.id, Interview.starts_at, Interview.id)
    )
    found = db.session.scalars(_whole(statement)).all()
    free = agreed_in_full(found)
    return [one for one in found if one.id in free]


def waiting_for_consent(actor: Actor) -> int:
    """How many of the shortlisted are still being asked: a number, and nobody's name."""
    statement = (
        select(func.count())
        .select_from(Interview)
        .join(Offering, Offering.id == Interview.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Opportunity.employer_id.in_(actor.employer_ids), Interview.state == InterviewState.ASKED)
    )
    return db.session.scalar(statement) or 0


def agreed_in_full(found: Sequence[Interview]) -> set[int]:
    """Those of some interviews for which a guardian's yes is there, or the student is 18."""
    alone = deciding_alone([one.submission.student for one in found])
    return {one.id for one in found if one.guardian_at is not None or one.submission.student_id in alone}


def deciding_alone(students: Sequence[Student]) -> set[int]:
    """Which of some students answer alone today: of age, or on record as a youth who does."""
    ids = {student.id for student in students}
    found = db.session.execute(
        select(Student.id, StudentBirth.birth_date, YouthAuthority, District.timezone)
        .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
        .outerjoin(YouthAuthority, YouthAuthority.student_id == Student.id)
        .join(District, District.id == Student.district_id)
        .where(Student.id.in_(ids))
    ).tuples()
    return {key for key, birth, youth, zone in found if decides_alone(birth, youth, clock.today(zone))}


def signers(found: Interview) -> list[Guardian]:
    """The guardians who may sign for the student of an interview today."""
    student = found.submission.student
    today = clock.today(db.session.get_one(District, student.district_id).timezone)
    return [guardian for guardian in student.guardians if guardian.signs(today)]


def of_student(actor: Actor) -> Sequence[Interview]:
    """The signed-in student's own interviews, the newest first."""
    statement = (
        select(Interview)
        .join(Submission, Submission.id == Interview.submission_id)
        .where(Submission.student_id.in_(actor.student_ids))
        .order_by(Interview.id.desc())
        .limit(50)
    )
    return db.session.scalars(_whole(statement)).all()


def one_of(found: Sequence[Interview], interview_id: int) -> Interview:
    """That of some interviews.

    Raises
    ------
    NotFound
        Where it is none of them.
    """
    for one in found:
        if one.id == interview_id:
            return one
    raise NotFound()


def in_round(actor: Actor, interview_id: int) -> Interview:
    """An interview of a round that the actor coordinates.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        _whole(
            select(Interview)
            .join(Round, Round.id == Interview.round_id)
            .where(Interview.id == interview_id, Round.district_id.in_(actor.coordinator_of))
        )
    )
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class GroupRate:
    """How many of a group were met and taken; None where the group is too small to be told of."""

    code: str
    met: int | None
    taken: int | None


def by_group(found: Sequence[Interview]) -> dict[str, list[GroupRate]]:
    """Decisions by reporting group, by category; small groups are left out with what would give them back."""
    decided = [one for one in found if one.decision is not None]
    students = [one.submission.student_id for one in decided]
    taken = np.array([one.decision is Decision.TAKE for one in decided], np.bool_)
    groups: dict[str, set[int]] = {}
    for student_id, code in db.session.execute(
        select(StudentGroup.student_id, StudentGroup.code).where(StudentGroup.student_id.in_(set(students)))
    ):
        groups.setdefault(code, set()).add(student_id)
    categories: dict[str, list[str]] = {}
    for code in sorted(groups):
        categories.setdefault(code.partition(":")[0], []).append(code)
    return _rates(categories, groups, students, taken)


def _rates(
    categories: Mapping[str, list[str]],
    groups: Mapping[str, set[int]],
    students: list[int],
    taken: np.ndarray,
) -> dict[str, list[GroupRate]]:
    if not students:
        return {}
    names, sets = list(categories), []
    for name in names:
        rows = [np.array([s in groups[code] for s in students], np.bool_) for code in categories[name]]
        rest = ~np.any(rows, axis=0)
        sets.append(np.array([*rows, rest], np.bool_))
    everyone = np.ones(len(students), np.bool_)
    hidden = hidden_groups(sets, everyone, [taken], SMALLEST)
    return {
        name: [
            GroupRate(
                code,
                None if out else int(row.sum()),
                None if out else int((row & taken).sum()),
            )
            for code, row, out in zip([*categories[name], ""], sets[at], hidden[at], strict=True)
            if row.any()
        ]
        for at, name in enumerate(names)
    }
