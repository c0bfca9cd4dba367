"""How far students are in a round, for advisors, schools and programs: nothing of needs, homes or groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import joinedload

from wbl.accounts.actor import Actor
from wbl.accounts.models import Caseload
from wbl.agreements.models import Paperwork
from wbl.db import db
from wbl.errors import NotFound
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.pagination import Page, paginate_keys
from wbl.people.models import School, Student
from wbl.people.queries import called
from wbl.placements.models import Answer, Consent, Placement, PlacementAnswer, PlacementState
from wbl.placements.queries import counting
from wbl.placements.told import NAME
from wbl.rounds.models import Round

STAGES = ("not_begun", "begun", "submitted", "placed", "answered")


@dataclass(frozen=True, slots=True)
class Standing:
    """One student in one round."""

    student: Student
    submission: Submission | None
    placements: Sequence[Placement]  # in force
    answered: bool  # the family has said what the employer may be told
    answers: Mapping[int, Answer]  # what the student said to a placement, by its id
    paperwork: Mapping[int, Paperwork]  # how far it is, by the placement's id; not what is to arrange

    @property
    def begun(self) -> bool:
        """Has begun; what came with an imported file counts as begun and submitted."""
        return self.submission is not None

    @property
    def submitted(self) -> bool:
        submission = self.submission
        return submission is not None and (submission.begun_at is None or submission.submitted_at is not None)

    @property
    def stage(self) -> str:
        """How far they are: one of ``STAGES``."""
        if self.placements:
            return "answered" if self.answered else "placed"
        return "submitted" if self.submitted else "begun" if self.begun else "not_begun"


def rounds_followed(actor: Actor) -> ColumnElement[bool]:
    """The rounds of the districts in which this actor follows somebody."""
    schools = select(School.district_id).where(School.id.in_(actor.school_ids))
    of_programs = {district_id for district_id, _program in actor.programs}
    return or_(Round.district_id.in_(actor.advisor_of | of_programs), Round.district_id.in_(schools))


def followed_anywhere(actor: Actor) -> ColumnElement[bool]:
    """The students whom this actor follows, in whichever round."""
    found: list[ColumnElement[bool]] = [
        and_(
            Student.district_id.in_(actor.advisor_of),
            Student.id.in_(select(Caseload.student_id).where(Caseload.user_id == actor.user_id)),
        ),
        Student.school_id.in_(actor.school_ids),
    ]
    found += [
        and_(
            Student.district_id == district_id,
            Student.id.in_(select(Submission.student_id).where(_in_program(program))),
        )
        for district_id, program in sorted(actor.programs)
    ]
    return and_(Student.left_on.is_(None), or_(*found))


def _in_program(program: str) -> ColumnElement[bool]:
    # A cell with several programs holds them with semicolons between. Most hold one or none, and need not be
    # taken apart: of 40,000 that took 13 ms, and takes 4.
    cell = literal(";") + func.replace(Submission.programs, " ", "") + literal(";")
    among_others = cell.contains(f";{program.replace(' ', '')};", autoescape=True)
    more = func.length(Submission.programs) > len(program)
    return or_(Submission.programs == program, and_(more, among_others))


def rounds(actor: Actor) -> Sequence[Round]:
    """The rounds in which this actor follows students, the newest first."""
    return db.session.scalars(
        select(Round)
        .where(rounds_followed(actor))
        .options(joinedload(Round.district))
        .order_by(Round.starts_on.desc(), Round.id.desc())
    ).all()


def round_by_id(actor: Actor, round_id: int) -> Round:
    """One of them.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(select(Round).where(Round.id == round_id, rounds_followed(actor)))
    if found is None:
        raise NotFound()
    return found


def _followed(actor: Actor, placement_round: Round) -> ColumnElement[bool]:
    """The students of that round's district whom this actor follows."""
    district_id = placement_round.district_id
    found: list[ColumnElement[bool]] = [false()]
    if district_id in actor.advisor_of:
        found.append(Student.id.in_(select(Caseload.student_id).where(Caseload.user_id == actor.user_id)))
    if actor.school_ids:
        found.append(Student.school_id.in_(actor.school_ids))
    found += [_in_program(program) for of_district, program in actor.programs if of_district == district_id]
    return and_(Student.district_id == district_id, Student.left_on.is_(None), or_(*found))


def _has_answer() -> ColumnElement[bool]:
    """Whether the family of a placement has said whether the name may be told, in a way that counts."""
    return exists().where(Consent.placement_id == Placement.id, Consent.field == NAME, counting())


def _answered(placement_round: Round) -> ColumnElement[bool]:
    return exists().where(_has_answer(), *_in_force(placement_round))


def _in_force(placement_round: Round) -> tuple[ColumnElement[bool], ...]:
    return (
        Placement.round_id == placement_round.id,
        Placement.student_id == Student.id,
        Placement.state == PlacementState.PUBLISHED,
    )


def _stage(placement_round: Round) -> ColumnElement[str]:
    """How far a student is: one of ``STAGES``."""
    return case(
        (_answered(placement_round), "answered"),
        (exists().where(*_in_force(placement_round)), "placed"),
        (Submission.id.is_(None), "not_begun"),
        (or_(Submission.begun_at.is_(None), Submission.submitted_at.is_not(None)), "submitted"),
        else_="begun",
    )


def _with_submissions(placement_round: Round) -> Select[tuple[Student, Submission]]:
    """Students, with what they have in a round."""
    return select(Student, Submission).outerjoin(
        Submission,
        and_(Submission.student_id == Student.id, Submission.round_id == placement_round.id),
    )


def _base(actor: Actor, placement_round: Round) -> Select[tuple[Student, Submission]]:
    return _with_submissions(placement_round).where(_followed(actor, placement_round))


def standings(
    actor: Actor, placement_round: Round, *, search: str = "", stage: str = "", page: int = 1
) -> Page[Standing]:
    """A page of the actor's students by name, each with how far they are. Three queries."""
    statement = _base(actor, placement_round).with_only_columns(Student.id, maintain_column_froms=True)
    for word in search.split():
        statement = statement.where(called(word))
    if stage in STAGES:
        statement = statement.where(_stage(placement_round) == stage)
    ordered = statement.order_by(Student.family_name, Student.given_name, Student.id)
    found = paginate_keys(ordered, page)
    whole = _with_submissions(placement_round).options(joinedload(Student.school))
    students = {
        student.id: (student, submission)
        for student, submission in db.session.execute(whole.where(Student.id.in_(found.items))).tuples()
    }
    placements: dict[int, list[Placement]] = {}
    answered: set[int] = set()
    answers: dict[int, Answer] = {}
    steps: dict[int, Paperwork] = {}
    rows = db.session.execute(
        select(
            Placement,
            _has_answer(),
            PlacementAnswer.answer,
            Paperwork,
        )
        .outerjoin(PlacementAnswer, PlacementAnswer.placement_id == Placement.id)
        .outerjoin(Paperwork, Paperwork.placement_id == Placement.id)
        .where(
            Placement.round_id == placement_round.id,
            Placement.state == PlacementState.PUBLISHED,
            Placement.student_id.in_(found.items),
        )
        .options(joinedload(Placement.offering).joinedload(Offering.opportunity))
        .order_by(Placement.id)
    ).tuples()
    for placement, has_answer, said, paperwork in rows:
        if paperwork is not None:
            steps[placement.id] = paperwork
        if said is not None:
            answers[placement.id] = said
        placements.setdefault(placement.student_id, []).append(placement)
        if has_answer:
            answered.add(placement.student_id)
    items = [
        Standing(student, submission, placements.get(student.id, []), student.id in answered, answers, steps)
        for student, submission in (students[student_id] for student_id in found.items)
    ]
    return Page(items=items, number=found.number, total=found.total, size=found.size)


def counts(actor: Actor, placement_round: Round) -> dict[str, int]:
    """How many of the actor's students are at each stage."""
    stage = _stage(placement_round).label("stage")
    counted = _base(actor, placement_round).with_only_columns(stage, func.count(), maintain_column_froms=True)
    found = dict(db.session.execute(counted.group_by("stage")).tuples().all())
    return {name: found.get(name, 0) for name in STAGES}
