"""A student's side of a round: beginning it, and what they say of themselves, until the deadline."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests.models import Submission
from wbl.interests.queries import own_round
from wbl.interests.services import newest_cell
from wbl.people.models import Student, StudentNeed
from wbl.rounds.applying_people import new_pseudonyms
from wbl.rounds.models import CollectMark, MarkKind, Round

MODES = ("walk", "bike", "transit", "car", "van")
PAYS = ("either", "paid", "unpaid")
TRAVEL, TIMES, WORK, NEEDS = PARTS = ("travel", "times", "work", "needs")
LEAST_MINUTES, MOST_MINUTES = 5, 240

# Said in the round before, or known of the student from there: a new round begins with it.
CARRIED = (
    "travel_modes",
    "max_travel_minutes",
    "available",
    "languages",
    "credentials",
    "courses",
    "programs",
    "pay",
    "student_learner",
)


def begin(actor: Actor, round_id: int) -> Submission:
    """Take part in a round that collects, with what the student said last time. Flushes.

    Raises
    ------
    NotFound
        Where there is no such round for this student.
    Conflict
        Where it does not collect now.
    """
    placement_round, found = own_round(actor, round_id)
    _check_collecting(placement_round)
    student = _student_of(actor, placement_round)
    found = found or db.session.scalar(
        select(Submission).where(Submission.round_id == round_id, Submission.student_id == student.id)
    )
    if found is None:
        found = Submission(
            round_id=round_id,
            student_id=student.id,
            **_pseudonym(round_id),
            **_carried(student.id),
        )
        db.session.add(found)
    elif found.begun_at is not None and found.active:
        return found
    # Who begins takes part, whatever was noted before.
    change(
        delete(CollectMark).where(
            CollectMark.round_id == round_id,
            CollectMark.student_id == student.id,
            CollectMark.kind == MarkKind.OUT,
        )
    )
    found.active = True
    found.begun_at = found.changed_at = clock.now()
    found.riasec = newest_cell(student.id) or found.riasec or ""
    found.parts_done = []
    db.session.flush()
    record(actor, "submission.begin", found, district_id=placement_round.district_id, round=round_id)
    db.session.flush()
    return found


def _student_of(actor: Actor, placement_round: Round) -> Student:
    """The student, locked, so that two tabs that begin at once make one submission."""
    student = db.session.scalar(
        select(Student)
        .where(Student.id.in_(actor.student_ids), Student.district_id == placement_round.district_id)
        .with_for_update()
    )
    if student is None:
        raise NotFound()
    return student


def _pseudonym(round_id: int) -> dict[str, str]:
    taken = set(db.session.scalars(select(Submission.pseudonym).where(Submission.round_id == round_id)))
    return new_pseudonyms(taken)()


def _carried(student_id: int) -> dict[str, str]:
    last = db.session.scalar(
        select(Submission).where(Submission.student_id == student_id).order_by(Submission.id.desc()).limit(1)
    )
    return {} if last is None else {column: getattr(last, column) for column in CARRIED}


def _check_collecting(placement_round: Round) -> None:
    if not placement_round.collects_at(clock.now()):
        raise Conflict(
            _("This round takes no answers at the moment. If something has to change, ask your coordinator.")
        )


def touch(actor: Actor, round_id: int) -> Submission:
    """The signed-in student's submission in a round that collects, held for a change. Flushes.

    Whether the round still collects is part of the write, so that nothing is changed a moment after
    the deadline; and of two changes of a student at once the second waits for the first.

    Raises
    ------
    NotFound
        Where they have not begun.
    Conflict
        Where the round does not collect now.
    """
    placement_round, found = own_round(actor, round_id)
    if found is None or found.begun_at is None:
        raise NotFound()
    now = clock.now()
    collecting = select(Round.id).where(
        Round.opens_at <= now, Round.closes_at > now, Round.published_run_id.is_(None)
    )
    held = change(
        update(Submission)
        .where(Submission.id == found.id, Submission.active, Submission.round_id.in_(collecting))
        .values(changed_at=now)
    )
    if not held:
        _check_collecting(placement_round)
        raise Conflict(_("You do not take part in this round any more. Ask your coordinator."))
    db.session.refresh(found)
    return found


def _saved(submission: Submission, part: str) -> None:
    submission.parts_done = sorted({*submission.parts_done, part})
    db.session.flush()


def save_travel(actor: Actor, round_id: int, modes: Sequence[str], minutes: int) -> None:
    """Keep how the student travels, and how long at most one way. Flushes.

    Raises
    ------
    DomainError
        Where no way is chosen, or the minutes make no sense.
    """
    chosen = [mode for mode in MODES if mode in modes]
    if not chosen:
        raise DomainError(_("Choose at least one way to get there."), field="modes")
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise DomainError(_("Choose how long the trip may take."), field="minutes")
    submission = touch(actor, round_id)
    submission.travel_modes = ";".join(chosen)
    submission.max_travel_minutes = str(minutes)
    _saved(submission, TRAVEL)


def save_times(actor: Actor, round_id: int, available: str | None) -> None:
    """Keep when the student is free. Flushes.

    Parameters
    ----------
    available
        Windows as a cell; None: at any time. "" is refused: an empty cell would mean any time.
    """
    if available == "":
        raise DomainError(_("Mark at least one half hour, or choose that any time is fine."), field="week")
    submission = touch(actor, round_id)
    submission.available = available or ""
    _saved(submission, TIMES)


def save_work(actor: Actor, round_id: int, languages: Sequence[str], pay: str) -> None:
    """Keep the languages that the student speaks, and whether the work has to be paid. Flushes."""
    if pay not in PAYS:
        raise DomainError(_("Choose one of the three."), field="pay")
    submission = touch(actor, round_id)
    submission.languages = ";".join(sorted(set(languages)))
    submission.pay = pay
    _saved(submission, WORK)


def save_needs(actor: Actor, round_id: int, codes: Sequence[str]) -> None:
    """Keep what the student needs to do their best. What the school has on record stays. Flushes."""
    submission = touch(actor, round_id)
    of_student = select(StudentNeed.code).where(StudentNeed.student_id == submission.student_id)
    by_school = set(db.session.scalars(of_student.where(~StudentNeed.by_student)))
    db.session.execute(
        delete(StudentNeed).where(StudentNeed.student_id == submission.student_id, StudentNeed.by_student)
    )
    db.session.add_all(
        StudentNeed(student_id=submission.student_id, code=code, by_student=True)
        for code in sorted(set(codes) - by_school)
    )
    _saved(submission, NEEDS)
