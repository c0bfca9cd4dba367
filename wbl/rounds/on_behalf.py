"""What a student says of themselves, written down by a coordinator: on the phone, on paper, face to face."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.interests import submissions
from wbl.interests.models import Preference, Submission
from wbl.opportunities.models import Offering
from wbl.people.models import Student
from wbl.rounds.queries import round_by_id


class Heard(enum.StrEnum):
    """How the student said it."""

    PHONE = "phone"
    PAPER = "paper"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Said:
    """The answers, as the services of the student's own pages take them."""

    modes: Sequence[str]
    minutes: int
    available: str | None  # None: at any time
    languages: Sequence[str]
    pay: str
    ranked: Sequence[int]  # offerings, the first choice first


def student_of(actor: Actor, round_id: int, student_id: int) -> tuple[Student, Submission | None]:
    """A student of the round's district, and their part in the round.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    placement_round = round_by_id(actor, round_id)
    student = db.session.scalar(
        select(Student).where(Student.id == student_id, Student.district_id == placement_round.district_id)
    )
    if student is None:
        raise NotFound()
    submission = db.session.scalar(
        select(Submission).where(Submission.round_id == round_id, Submission.student_id == student_id)
    )
    return student, submission


def write_down(
    actor: Actor, round_id: int, student_id: int, said: Said, *, heard: Heard, submit: bool
) -> Submission:
    """Keep a student's answers while the round collects, as the student would; the record says who did it.

    Flushes.

    Raises
    ------
    Conflict
        Where the round does not collect now.
    DomainError
        Where something is missing, or an opportunity is chosen twice.
    """
    round_by_id(actor, round_id, lock=True)
    student, _submission = student_of(actor, round_id, student_id)
    if len(set(said.ranked)) < len(said.ranked):
        raise DomainError(_("An opportunity is chosen twice. Choose each once."), field="choice_1")
    # The student's own services, with the coordinator as the one who acts.
    for_student = replace(actor, student_ids=frozenset({student.id}))
    submissions.begin(for_student, round_id)
    submissions.save_travel(for_student, round_id, said.modes, said.minutes)
    submissions.save_times(for_student, round_id, said.available)
    submissions.save_work(for_student, round_id, said.languages, said.pay)
    _student, found = student_of(actor, round_id, student_id)
    assert found is not None
    _rank(found, said.ranked)
    if submit:
        found.submitted_at = clock.now()
    db.session.flush()
    record(
        actor,
        "submission.on_behalf",
        found,
        district_id=student.district_id,
        round=round_id,
        heard=heard.value,
        submitted=submit,
    )
    db.session.flush()
    return found


def _rank(submission: Submission, ranked: Sequence[int]) -> None:
    """Put the choices in place of earlier ones; what an employer said of the student stays."""
    offered = set(
        db.session.scalars(
            select(Offering.id).where(
                Offering.round_id == submission.round_id, Offering.active, Offering.id.in_(ranked)
            )
        )
    )
    if offered != set(ranked):
        raise DomainError(_("One of these is not offered any more. Choose again."), field="choice_1")
    own = Preference.submission_id == submission.id
    db.session.execute(delete(Preference).where(own, Preference.opportunity_rank.is_(None)))
    db.session.execute(update(Preference).where(own).values(rank=None))
    kept = {
        preference.offering_id: preference
        for preference in db.session.scalars(
            select(Preference).where(own).execution_options(populate_existing=True)
        )
    }
    for rank, offering_id in enumerate(ranked, 1):
        preference = kept.get(offering_id)
        if preference is None:
            preference = Preference(submission_id=submission.id, offering_id=offering_id)
            db.session.add(preference)
        preference.rank = rank
    db.session.flush()
