"""Changing a student's own interest profiles. They never gate anything, and nobody else reads them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import DomainError, NotFound
from wbl.interests.activities import HIGHEST, MOST, activities, cell_of, first_open, scores_of
from wbl.interests.models import InterestProfile, ProfileSource, Submission
from wbl.interests.queries import done_profiles, open_profile, own_profile, own_student
from wbl.rounds.models import Round


def begin_profile(actor: Actor) -> InterestProfile:
    """Start the activities, or go on where the student left off. Flushes."""
    found = open_profile(actor)
    if found is not None:
        return found
    profile = InterestProfile(
        student_id=own_student(actor).id,
        source=ProfileSource.ACTIVITIES,
        answers={},
        begun_at=clock.now(),
    )
    db.session.add(profile)
    db.session.flush()
    return profile


def answer(actor: Actor, number: int, value: int) -> InterestProfile:
    """Keep the answer to an activity; the last one that was open finishes the profile. Flushes.

    Raises
    ------
    NotFound
        Where nothing is begun, or there is no such activity.
    DomainError
        Where the answer is none of the five.
    """
    profile = open_profile(actor, lock=True)
    if profile is None or not 1 <= number <= len(activities()):
        raise NotFound()
    if not 0 <= value <= MOST:
        raise DomainError(_("Choose one of the five answers."), field="answer")
    # A new mapping: a change inside the old one would go unnoticed.
    profile.answers = {**profile.answers, activities()[number - 1].code: value}
    if first_open(profile.answers) is None:
        profile.scores = [float(score) for score in scores_of(profile.answers)]
        profile.done_at = clock.now()
        db.session.flush()
        _tell_rounds(profile.student_id)
    db.session.flush()
    return profile


def enter_scores(actor: Actor, instrument: str, highest: float, given: Sequence[float]) -> InterestProfile:
    """Keep six scores of another instrument, in the order R I A S E C, scaled to 0 to 40. Flushes.

    Raises
    ------
    DomainError
        Where a score lies outside of what the instrument gives.
    """
    if highest <= 0 or any(not 0 <= score <= highest for score in given):
        raise DomainError(_("A score lies between 0 and the highest score."), field="highest")
    profile = InterestProfile(
        student_id=own_student(actor).id,
        source=ProfileSource.ENTERED,
        instrument=instrument.strip(),
        highest=highest,
        answers=dict(zip("RIASEC", given, strict=True)),
        scores=[round(HIGHEST * score / highest, 1) for score in given],
        begun_at=clock.now(),
        done_at=clock.now(),
    )
    db.session.add(profile)
    db.session.flush()
    _tell_rounds(profile.student_id)
    return profile


def delete_profile(actor: Actor, profile_id: int) -> None:
    """Take one of the student's own profiles away, for good. Flushes.

    Raises
    ------
    NotFound
        Where it is somebody else's, or not there.
    """
    profile = own_profile(actor, profile_id)
    done, student_id = profile.done_at is not None, profile.student_id
    db.session.execute(delete(InterestProfile).where(InterestProfile.id == profile.id))
    if done:
        _tell_rounds(student_id)


def newest_cell(student_id: int) -> str:
    """The interests of the newest finished profile as the round format writes them, "" without one."""
    profiles = done_profiles([student_id])
    return cell_of(profiles[0].scores or ()) if profiles and profiles[0].scores else ""


def _tell_rounds(student_id: int) -> None:
    """What the student has begun in rounds that still collect follows the newest profile."""
    now = clock.now()
    collecting = select(Round.id).where(
        Round.opens_at <= now, Round.closes_at > now, Round.published_run_id.is_(None)
    )
    db.session.execute(
        update(Submission)
        .where(Submission.student_id == student_id, Submission.round_id.in_(collecting))
        .values(riasec=newest_cell(student_id))
        .execution_options(synchronize_session=False)
    )
