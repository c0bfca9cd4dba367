"""Reading placements, scoped to the actor: a coordinator's districts, a student's own, an employer's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.interests.models import Submission
from wbl.letters.models import Letter, LetterState
from wbl.opportunities.models import Offering, Opportunity
from wbl.pagination import Page, paginate_whole
from wbl.people.models import Student, StudentBirth, StudentNeed, YouthAuthority
from wbl.people.queries import called
from wbl.placements.authority import decides_alone
from wbl.placements.models import (
    Answer,
    Consent,
    Placement,
    PlacementAnswer,
    PlacementState,
    Publication,
    Signature,
    SignatureState,
)
from wbl.placements.told import NAME, told
from wbl.rounds.models import Explanation, Round, SolveRun, Unplaced

Q = Select[Any]
# The district drives such a student: it is between school and family, and no adjustment of a workplace.
NO_ADJUSTMENT = "transport"


def _whole(statement: Q) -> Q:
    """With everything that a page about a placement shows."""
    opportunity = joinedload(Placement.offering).joinedload(Offering.opportunity)
    return statement.options(
        opportunity.joinedload(Opportunity.employer),
        opportunity.joinedload(Opportunity.site),
        joinedload(Placement.student).joinedload(Student.school),
        joinedload(Placement.publication).joinedload(Publication.round).joinedload(Round.district),
    )


def of_student(actor: Actor, student_id: int) -> list[Placement]:
    """A student's placements, the newest first, for their coordinator."""
    statement = (
        select(Placement)
        .join(Student, Student.id == Placement.student_id)
        .where(Placement.student_id == student_id, Student.district_id.in_(actor.coordinator_of))
        .order_by(Placement.id.desc())
    )
    return list(db.session.scalars(_whole(statement)))


def placement(actor: Actor, placement_id: int) -> Placement:
    """One placement, for its coordinator.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.scalar(
        _whole(
            select(Placement)
            .join(Student, Student.id == Placement.student_id)
            .where(Placement.id == placement_id, Student.district_id.in_(actor.coordinator_of))
        ).options(joinedload(Placement.student).selectinload(Student.guardians))
    )
    if found is None:
        raise NotFound()
    return found


def publication_of_round(actor: Actor, round_id: int) -> tuple[Round, Publication | None]:
    """A round and its publication in force.

    Raises
    ------
    NotFound
        Where there is no such round, or it is another district's.
    """
    placement_round = db.session.scalar(
        select(Round).where(Round.id == round_id, Round.district_id.in_(actor.coordinator_of))
    )
    if placement_round is None:
        raise NotFound()
    publication = db.session.scalar(
        select(Publication)
        .where(Publication.round_id == round_id, Publication.withdrawn_at.is_(None))
        .options(joinedload(Publication.run))
    )
    return placement_round, publication


def counting() -> ColumnElement[bool]:
    """An answer that counts: see ``Consent.counts``."""
    settled = (SignatureState.COUNTS, SignatureState.INTERPRETED)
    signed = exists().where(Signature.id == Consent.signature_id, Signature.state.in_(settled))
    return or_(~Consent.granted, Consent.signature_id.is_(None), signed)


def _unanswered() -> Any:
    return ~exists().where(Consent.placement_id == Placement.id, Consent.field == NAME, counting())


def declined() -> Any:
    """Whether the student has said no to a placement: a condition of a statement about placements."""
    return exists().where(
        PlacementAnswer.placement_id == Placement.id, PlacementAnswer.answer == Answer.DECLINED
    )


def let_pass() -> ColumnElement[bool]:
    """Whether the student has said nothing to a placement by the date: a condition, as ``declined``."""
    return and_(
        Placement.answer_by < clock.last_today(),
        ~exists().where(PlacementAnswer.placement_id == Placement.id),
    )


def own_answers(placement_ids: Sequence[int]) -> dict[int, PlacementAnswer]:
    """What students themselves said, by placement, with the reason of a no."""
    found = db.session.scalars(
        select(PlacementAnswer)
        .where(PlacementAnswer.placement_id.in_(placement_ids))
        .options(joinedload(PlacementAnswer.reason))
    )
    return {answer.placement_id: answer for answer in found}


def of_publication(
    publication: Publication, *, search: str = "", waiting: str = "", page: int = 1
) -> Page[Placement]:
    """A page of a publication's placements by student; ``waiting``: ``consent``, ``letter`` or
    ``student`` (no answer of the student's yet); ``declined``: the student said no; ``left``: they
    left the district."""
    statement = (
        select(Placement.id)
        .join(Student, Student.id == Placement.student_id)
        .where(Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    for word in search.split():
        statement = statement.where(called(word))
    if waiting == "consent":
        statement = statement.where(_unanswered())
    elif waiting == "declined":
        statement = statement.where(declined())
    elif waiting == "lapsed":
        statement = statement.where(let_pass())
    elif waiting == "left":
        statement = statement.where(Student.left_on.is_not(None))
    elif waiting == "student":
        statement = statement.where(~exists().where(PlacementAnswer.placement_id == Placement.id))
    elif waiting == "letter":
        held = select(Letter.placement_id).where(Letter.state == LetterState.HELD)
        statement = statement.where(Placement.id.in_(held))
    return paginate_whole(statement, _whole(select(Placement)), page)


def answered(placement_ids: Sequence[int]) -> set[int]:
    """Those placements of which somebody has said whether the name may be told."""
    return set(
        db.session.scalars(
            select(Consent.placement_id)
            .where(Consent.placement_id.in_(placement_ids), Consent.field == NAME, counting())
            .distinct()
        )
    )


def unsettled(placement_ids: Sequence[int]) -> set[int]:
    """Those placements of which a family's yes waits for an interpreter."""
    waiting = exists().where(Signature.id == Consent.signature_id, Signature.state == SignatureState.WAITING)
    waits = and_(Consent.placement_id.in_(placement_ids), Consent.field == NAME, Consent.granted, waiting)
    return set(db.session.scalars(select(Consent.placement_id).where(waits).distinct()))


def own_placements(actor: Actor) -> list[Placement]:
    """The signed-in student's published placements, those of the newest round first."""
    statement = (
        select(Placement)
        .where(Placement.student_id.in_(actor.student_ids), Placement.state == PlacementState.PUBLISHED)
        .order_by(Placement.round_id.desc(), Placement.id.desc())
    )
    return list(db.session.scalars(_whole(statement)))


def own_placement(actor: Actor, placement_id: int) -> Placement:
    """One of the signed-in student's published placements.

    Raises
    ------
    NotFound
        Where it is somebody else's, withdrawn, or not there.
    """
    for placement in own_placements(actor):
        if placement.id == placement_id:
            return placement
    raise NotFound()


def own_unplaced(actor: Actor) -> list[tuple[Round, Explanation | None]]:
    """The published rounds that placed the signed-in student nowhere, the newest first, and what
    each said."""
    # Placed since, by a change of the publication.
    has_seat = exists().where(
        Placement.round_id == Round.id,
        Placement.student_id == Submission.student_id,
        Placement.state == PlacementState.PUBLISHED,
    )
    rows = db.session.execute(
        select(Round, Explanation)
        .join(Unplaced, Unplaced.run_id == Round.published_run_id)
        .join(Submission, Submission.id == Unplaced.submission_id)
        .outerjoin(
            Explanation,
            (Explanation.run_id == Unplaced.run_id) & (Explanation.submission_id == Unplaced.submission_id),
        )
        .where(Submission.student_id.in_(actor.student_ids), ~has_seat)
        .options(joinedload(Round.district))
        .order_by(Round.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def own_published_run(actor: Actor, round_id: int) -> tuple[SolveRun, Submission]:
    """The published run of a round that the signed-in student took part in, and their part in it.

    Raises
    ------
    NotFound
        Where the round is not published, or they have no part in it.
    """
    row = db.session.execute(
        select(SolveRun, Submission)
        .join(Round, Round.published_run_id == SolveRun.id)
        .join(Submission, Submission.round_id == Round.id)
        .where(Round.id == round_id, Submission.student_id.in_(actor.student_ids))
        .options(joinedload(SolveRun.round).joinedload(Round.district))
    ).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def hosted(actor: Actor) -> list[Placement]:
    """The published placements at the actor's employers, by offering."""
    return list(db.session.scalars(_whole(_hosted(actor))))


def _hosted(actor: Actor) -> Q:
    return (
        select(Placement)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            Opportunity.employer_id.in_(actor.employer_ids),
            Placement.state == PlacementState.PUBLISHED,
            ~declined(),
        )
        .order_by(Placement.round_id.desc(), Opportunity.title, Placement.offering_id, Placement.id)
    )


def hosted_one(actor: Actor, placement_id: int) -> Placement:
    """One of the placements at the actor's employers whose student they know by name.

    Raises
    ------
    NotFound
        Where it is another employer's, withdrawn or declined, or the family has not agreed (any more)
        that the name is told.
    """
    found = db.session.scalar(_whole(_hosted(actor).where(Placement.id == placement_id)))
    if found is None or not name_told(found):
        raise NotFound()
    return found


def name_told(placement: Placement) -> bool:
    """Whether the employer may know who comes: the newest answer that counts is a yes."""
    return told(consent_rows([placement.id]).get(placement.id, []), student_decides(placement), ())[0]


def whole(placement_id: int) -> Placement:
    """A placement that exists, read again, with everything that a page about it shows; for nobody in
    particular: whoever asks has been let in by something else."""
    statement = _whole(select(Placement).where(Placement.id == placement_id))
    return db.session.scalars(statement, execution_options={"populate_existing": True}).one()


def adjustments(student_ids: Sequence[int]) -> dict[int, list[str]]:
    """By student: the codes of which a family may agree that an employer is told."""
    statement = (
        select(StudentNeed.student_id, StudentNeed.code)
        .where(StudentNeed.student_id.in_(student_ids), StudentNeed.code != NO_ADJUSTMENT)
        .order_by(StudentNeed.code)
    )
    found: dict[int, list[str]] = {student_id: [] for student_id in student_ids}
    for student_id, code in db.session.execute(statement):
        found[student_id].append(code)
    return found


def consent_rows(placement_ids: Sequence[int]) -> dict[int, list[Consent]]:
    """Every answer that was given, by placement, the oldest first."""
    found: dict[int, list[Consent]] = {}
    statement = (
        select(Consent)
        .where(Consent.placement_id.in_(placement_ids))
        .options(joinedload(Consent.signature))
        .order_by(Consent.id)
    )
    for consent in db.session.scalars(statement):
        found.setdefault(consent.placement_id, []).append(consent)
    return found


def history(placement: Placement) -> list[Consent]:
    """Every answer that was given, the newest first."""
    statement = (
        select(Consent)
        .where(Consent.placement_id == placement.id)
        .options(joinedload(Consent.guardian), joinedload(Consent.signature))
        .order_by(Consent.id.desc())
    )
    return list(db.session.scalars(statement))


def deciding(placements: Sequence[Placement]) -> set[int]:
    """The students of these placements who answer alone today, at their district: of age, or settled so."""
    ids = [placement.student_id for placement in placements]
    rows = db.session.execute(
        select(Student.id, StudentBirth.birth_date, YouthAuthority)
        .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
        .outerjoin(YouthAuthority, YouthAuthority.student_id == Student.id)
        .where(Student.id.in_(ids))
    )
    known = {row[0]: (row[1], row[2]) for row in rows}
    found = set()
    for placement in placements:
        born, authority = known[placement.student_id]
        if decides_alone(born, authority, clock.today(placement.publication.round.district.timezone)):
            found.add(placement.student_id)
    return found


def student_decides(placement: Placement) -> bool:
    """Whether the student answers alone today, at the district."""
    return placement.student_id in deciding([placement])


def newest_signature(placement: Placement) -> Signature | None:
    """The newest typed signature under answers about this placement."""
    return db.session.scalar(
        select(Signature).where(Signature.placement_id == placement.id).order_by(Signature.id.desc()).limit(1)
    )
