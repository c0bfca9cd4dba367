"""What students wrote of themselves in a round, where a folder would put something else in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from wbl.db import db
from wbl.interests.models import FoundPlace, Preference, Refusal, Submission
from wbl.opportunities.models import Offering
from wbl.people.models import Student
from wbl.rounds.folder import Folder
from wbl.rounds.models import Round
from wbl.rounds.snapshot import RoundRows

PART_COLUMNS = {
    "travel": ("travel_modes", "max_travel_minutes"),
    "times": ("available",),
    "work": ("languages", "pay"),
}
"""The columns of students.csv that a student writes, by the part that they save."""
WHERE_GIVEN = ("riasec", "open_to_others")
"""Columns that are the student's as soon as there is anything in them."""


@dataclass(frozen=True, slots=True)
class Own:
    """The side of one student who began here."""

    submission_id: int
    columns: frozenset[str]
    choices: bool  # they ranked or refused something, or handed in


@dataclass(frozen=True, slots=True)
class OwnSides:
    """Everything in a round that students wrote; nothing where an import may replace it."""

    by_student: dict[str, Own]  # by the student's identifier
    offerings: frozenset[int]  # places that students found, and a coordinator accepted

    @property
    def with_choices(self) -> set[int]:
        """The submissions whose choices are the student's."""
        return {own.submission_id for own in self.by_student.values() if own.choices}


NOTHING = OwnSides({}, frozenset())


def own_sides(placement_round: Round) -> OwnSides:
    """What the students of a round wrote themselves, or somebody for them, in four queries."""
    in_round = select(Submission.id).where(Submission.round_id == placement_round.id)
    chose = set(db.session.scalars(select(Refusal.submission_id).where(Refusal.submission_id.in_(in_round))))
    chose |= set(
        db.session.scalars(
            select(Preference.submission_id).where(
                Preference.submission_id.in_(in_round), Preference.rank.is_not(None)
            )
        )
    )
    begun = db.session.execute(
        select(Student.external_id, Submission)
        .join(Student, Student.id == Submission.student_id)
        .where(Submission.round_id == placement_round.id, Submission.active, Submission.begun_at.is_not(None))
    ).tuples()
    found = db.session.scalars(
        select(FoundPlace.offering_id)
        .join(Offering, Offering.id == FoundPlace.offering_id)
        .where(Offering.round_id == placement_round.id)
    )
    return OwnSides(
        {external_id: _own(submission, chose) for external_id, submission in begun},
        frozenset(offering_id for offering_id in found if offering_id is not None),
    )


def _own(submission: Submission, chose: set[int]) -> Own:
    columns = {column for part in submission.parts_done for column in PART_COLUMNS.get(part, ())}
    columns |= {column for column in WHERE_GIVEN if getattr(submission, column)}
    chosen = submission.id in chose or submission.submitted_at is not None
    return Own(submission.id, frozenset(columns), chosen)


def replaced(sides: OwnSides, now: RoundRows, folder: Folder) -> list[int]:
    """The submissions of which the folder would replace or drop something that the student wrote."""
    before = _choices(now.preferences, now.refusals)
    after = _choices([(*pair, rank) for pair, (rank, _back) in folder.preferences.items()], folder.refusals)
    found = []
    for student, own in sides.by_student.items():
        cells, then = now.students.get(student), folder.students.get(student)
        if cells is None:  # takes no part now: whoever has left
            continue
        if (
            then is None
            or any(cells[column] != then[column] for column in own.columns)
            or (own.choices and before.get(student) != after.get(student))
        ):
            found.append(own.submission_id)
    return sorted(found)


def _choices(preferences: Any, refusals: Any) -> dict[str, set[tuple[str, str]]]:
    """By student, what they ranked and refused."""
    chosen: dict[str, set[tuple[str, str]]] = {}
    for student, name, rank, *_back in preferences:
        chosen.setdefault(student, set()).add((name, str(rank)))
    for student, name in refusals:
        chosen.setdefault(student, set()).add((name, "refused"))
    return chosen


def students_of(submission_ids: list[int]) -> Select[tuple[Submission]]:
    """These students, by name."""
    return (
        select(Submission)
        .join(Submission.student)
        .where(Submission.id.in_(submission_ids))
        .options(contains_eager(Submission.student).joinedload(Student.school))
        .order_by(Student.family_name, Student.given_name, Submission.id)
    )
