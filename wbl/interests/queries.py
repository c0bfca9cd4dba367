"""Reading what students say of themselves. It is theirs: every query is scoped to who is signed in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from matching.files.cells import parse_windows
from matching.problem import Window
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.interests.models import InterestProfile, Occupation, Preference, Submission
from wbl.opportunities.models import Offering
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import Student, StudentNeed
from wbl.rounds.models import Round


def own_student(actor: Actor) -> Student:
    """The signed-in student.

    Raises
    ------
    NotFound
        Where the actor is no student.
    """
    found = db.session.scalar(
        select(Student).where(Student.id.in_(actor.student_ids)).order_by(Student.id.desc()).limit(1)
    )
    if found is None:
        raise NotFound()
    return found


def open_profile(actor: Actor, *, lock: bool = False) -> InterestProfile | None:
    """The profile that the signed-in student has begun and not finished."""
    statement = select(InterestProfile).where(
        InterestProfile.student_id.in_(actor.student_ids), InterestProfile.done_at.is_(None)
    )
    return db.session.scalar(statement.with_for_update() if lock else statement)


def done_profiles(student_ids: Sequence[int] | frozenset[int]) -> list[InterestProfile]:
    """Finished profiles, the newest first."""
    return list(
        db.session.scalars(
            select(InterestProfile)
            .where(InterestProfile.student_id.in_(student_ids), InterestProfile.done_at.is_not(None))
            .order_by(InterestProfile.done_at.desc(), InterestProfile.id.desc())
        )
    )


def own_profile(actor: Actor, profile_id: int) -> InterestProfile:
    """One of the signed-in student's profiles.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    found = db.session.scalar(
        select(InterestProfile).where(
            InterestProfile.id == profile_id, InterestProfile.student_id.in_(actor.student_ids)
        )
    )
    if found is None:
        raise NotFound()
    return found


def imported_occupations() -> list[Occupation]:
    """What was imported from O*NET, by code."""
    return list(db.session.scalars(select(Occupation).order_by(Occupation.soc_code)))


def own_round(actor: Actor, round_id: int) -> tuple[Round, Submission | None]:
    """A round of the signed-in student's district, and their side of it where they have one.

    Raises
    ------
    NotFound
        Where there is none, it is another district's, or it neither collects nor has their side.
    """
    row = db.session.execute(_own_rounds(actor).where(Round.id == round_id)).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def own_rounds(actor: Actor) -> list[tuple[Round, Submission | None]]:
    """Every round that the signed-in student may take part in, or has, the newest first."""
    return [(row[0], row[1]) for row in db.session.execute(_own_rounds(actor).order_by(Round.id.desc()))]


def _own_rounds(actor: Actor) -> Select[tuple[Round, Submission]]:
    districts = select(Student.district_id).where(Student.id.in_(actor.student_ids))
    return (
        select(Round, Submission)
        .outerjoin(
            Submission,
            (Submission.round_id == Round.id)
            & Submission.student_id.in_(actor.student_ids)
            & Submission.active,
        )
        .where(
            Round.district_id.in_(districts),
            or_(
                Submission.id.is_not(None),
                and_(
                    Round.opens_at.is_not(None),
                    Round.closes_at.is_not(None),
                    Round.published_run_id.is_(None),
                ),
            ),
        )
        .options(joinedload(Round.district))
    )


def list_length(submission: Submission) -> int:
    """How many offerings that take part the student has ranked."""
    statement = (
        select(func.count())
        .select_from(Preference)
        .join(Offering, Offering.id == Preference.offering_id)
        .where(Preference.submission_id == submission.id, Preference.rank.is_not(None), takes_part())
    )
    return db.session.scalar(statement) or 0


def own_needs(submission: Submission) -> dict[str, bool]:
    """The student's own accommodation codes, and whether the student told them (else the school)."""
    rows = db.session.execute(
        select(StudentNeed.code, StudentNeed.by_student).where(
            StudentNeed.student_id == submission.student_id
        )
    )
    return {row[0]: row[1] for row in rows}


def hours_asked_for(round_id: int, submission: Submission) -> list[Window]:
    """When something offered in the round is at work, and when the student said that they are free."""
    cells = db.session.scalars(
        select(Offering.schedule)
        .where(Offering.round_id == round_id, takes_part(), Offering.schedule != "")
        .distinct()
    )
    return [window for cell in (*cells, submission.available) if cell for window in parse_windows(cell)]


def languages_asked_for(round_id: int) -> set[str]:
    """The languages that something offered in the round asks for."""
    cells = db.session.scalars(
        select(Offering.requires_languages)
        .where(Offering.round_id == round_id, takes_part(), Offering.requires_languages != "")
        .distinct()
    )
    return {tag.strip() for cell in cells for tag in cell.split(";")}
