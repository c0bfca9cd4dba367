"""Which rows are past their retention: for each kind a statement that gives their identifiers.

A row that was erased is due no more, so that a purge which was cut short goes on by asking again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, or_, select

from wbl.accounts.models import Invitation, Membership, PasswordReset, User, UserSession
from wbl.administration.queries import in_district
from wbl.agreements.models import (
    EmergencyContact,
    Paperwork,
    PaperworkTask,
    SigningLink,
    SiteVisit,
    TrainingAgreement,
)
from wbl.employers.models import ProspectUpload
from wbl.family.models import FamilyQuestion
from wbl.growth.models import Evaluation, Rating, RatingLink, SiteRating
from wbl.interests.models import Submission
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.letters.models import Letter, LetterBook, LetterGiven
from wbl.people.models import Student, StudentBirth, StudentGroup, StudentHome, StudentNeed
from wbl.placements.models import Consent, FamilyLink, Placement, Signature
from wbl.reflections.models import Reflection
from wbl.reports.models import Thanks
from wbl.rosters.models import RosterImport, RosterState
from wbl.rounds.models import ImportState, Round, RoundImport, RunArchive, SolveRun
from wbl.safety.models import ConcernDraft, Incident, SafetyConcern

Ids = Select[tuple[int]]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _ended(district_id: int, before: date) -> ColumnElement[bool]:
    return and_(Round.district_id == district_id, Round.ends_on < before)


def _takes_part_since(day: date) -> ColumnElement[bool]:
    """Of a student: whether a round that they take part in ended on that day or later."""
    return exists().where(
        Submission.student_id == Student.id, Round.id == Submission.round_id, Round.ends_on >= day
    )


def submissions(district_id: int, before: date) -> Ids:
    return (
        select(Submission.id)
        .join(Round, Round.id == Submission.round_id)
        .where(_ended(district_id, before), Submission.erased_at.is_(None))
    )


def runs(district_id: int, before: date) -> Ids:
    return (
        select(RunArchive.run_id)
        .join(SolveRun, SolveRun.id == RunArchive.run_id)
        .join(Round, Round.id == SolveRun.round_id)
        .where(_ended(district_id, before), RunArchive.erased_at.is_(None))
    )


def letters(district_id: int, before: date) -> Ids:
    """Placements that have a letter, a book or a link."""
    there: list[Any] = [
        exists().where(model.placement_id == Placement.id)
        for model in (Letter, LetterGiven, FamilyLink, SigningLink)
    ]
    there.append(exists().where(LetterBook.publication_id == Placement.publication_id))
    return _placements(district_id, before).where(or_(*there))


def consents(district_id: int, before: date) -> Ids:
    """Placements about which a family answered, signed or asked, or of which there is paperwork."""
    models = (Consent, Signature, FamilyQuestion, TrainingAgreement, PaperworkTask)
    there: list[Any] = [exists().where(model.placement_id == Placement.id) for model in models]
    named = or_(Paperwork.supervisor != "", Paperwork.supervisor_email != "")
    there.append(exists().where(Paperwork.placement_id == Placement.id, named))
    there.append(exists().where(SiteVisit.offering_id == Placement.offering_id, SiteVisit.note != ""))
    return _placements(district_id, before).where(or_(*there))


def growth(district_id: int, before: date) -> Ids:
    """Placements in which something was written: reflections, what a student said of the site, sentences
    of evaluations, thank-yous; or that have a link to rate."""
    there: list[Any] = [
        exists().where(model.placement_id == Placement.id)
        for model in (Reflection, SiteRating, RatingLink, Thanks)
    ]
    there.append(exists().where(Evaluation.placement_id == Placement.id, Evaluation.evidence != ""))
    there.append(
        exists().where(
            Evaluation.placement_id == Placement.id,
            Rating.evaluation_id == Evaluation.id,
            Rating.evidence != "",
        )
    )
    return _placements(district_id, before).where(or_(*there))


def _placements(district_id: int, before: date) -> Ids:
    return select(Placement.id).join(Round, Round.id == Placement.round_id).where(_ended(district_id, before))


def needs(district_id: int, before: date) -> Ids:
    """Students with needs, groups, a home, a birth date or somebody to call, whose last round is long past.

    Whom a roster still names keeps them: the next one would bring them back.
    """
    there = [
        exists().where(model.student_id == Student.id)
        for model in (StudentNeed, StudentGroup, StudentHome, StudentBirth, EmergencyContact)
    ]
    took_part = exists().where(Submission.student_id == Student.id)
    return select(Student.id).where(
        Student.district_id == district_id,
        or_(*there),
        or_(
            Student.left_on < before, and_(Student.left_on.is_(None), Student.rostered.is_(False), took_part)
        ),
        ~_takes_part_since(before),
    )


def accounts(district_id: int, before: date) -> Ids:
    """Accounts that were closed, of people who have a role here and in no other district."""
    here = exists().where(Membership.user_id == User.id, in_district(district_id))
    elsewhere = exists().where(Membership.user_id == User.id, ~func.coalesce(in_district(district_id), False))
    return select(User.id).where(User.active.is_(False), User.closed_at < _midnight(before), here, ~elsewhere)


def leavers(district_id: int, before: date) -> Ids:
    """Students who left, but those of whom a safety concern or an incident is kept: that has a period of
    its own, and the student goes once it is over."""
    kept = [exists().where(model.student_id == Student.id) for model in (SafetyConcern, Incident)]
    return select(Student.id).where(
        Student.district_id == district_id, Student.left_on < before, ~_takes_part_since(before), ~or_(*kept)
    )


def concerns(district_id: int, before: date) -> Ids:
    """Safety concerns that were closed; one that is open is never erased."""
    return select(SafetyConcern.id).where(
        SafetyConcern.district_id == district_id, SafetyConcern.closed_at < _midnight(before)
    )


def incidents(district_id: int, before: date) -> Ids:
    return select(Incident.id).where(
        Incident.district_id == district_id, Incident.closed_at < _midnight(before)
    )


def concern_drafts(district_id: int, before: date) -> Ids:
    """What students began to write and never sent."""
    return (
        select(ConcernDraft.student_id)
        .join(Student, Student.id == ConcernDraft.student_id)
        .where(Student.district_id == district_id, ConcernDraft.saved_at < _midnight(before))
    )


def round_uploads(district_id: int, before: date) -> Ids:
    """Uploads that nobody said yes to."""
    return (
        select(RoundImport.id)
        .join(Round, Round.id == RoundImport.round_id)
        .where(
            Round.district_id == district_id,
            RoundImport.state != ImportState.APPLIED,
            RoundImport.created_at < _midnight(before),
        )
    )


def rosters(district_id: int, before: date) -> Ids:
    return select(RosterImport.id).where(
        RosterImport.district_id == district_id,
        RosterImport.state != RosterState.APPLIED,
        RosterImport.created_at < _midnight(before),
    )


def prospects(district_id: int, before: date) -> Ids:
    return select(ProspectUpload.id).where(
        ProspectUpload.district_id == district_id, ProspectUpload.created_at < _midnight(before)
    )


def sessions(district_id: int, before: date) -> Ids:
    moment = _midnight(before)
    return select(UserSession.id).where(
        _of_users(UserSession.user_id, district_id),
        or_(UserSession.expires_at < moment, UserSession.ended_at < moment),
    )


def resets(district_id: int, before: date) -> Ids:
    return select(PasswordReset.id).where(
        _of_users(PasswordReset.user_id, district_id), PasswordReset.expires_at < _midnight(before)
    )


def _of_users(column: Any, district_id: int) -> ColumnElement[bool]:
    """Of people with a role in the district, and of those with none anywhere, whom nobody else clears."""
    has_role = exists().where(Membership.user_id == column)
    return or_(column.in_(select(Membership.user_id).where(in_district(district_id))), ~has_role)


def invitations(district_id: int, before: date) -> Ids:
    """Invitations that were taken, taken back, or have run out: they hold a name and an address."""
    return select(Invitation.id).where(
        Invitation.district_id == district_id,
        func.coalesce(Invitation.accepted_at, Invitation.revoked_at, Invitation.expires_at)
        < _midnight(before),
    )


def jobs(district_id: int, before: date) -> Ids:
    """Jobs that are done. The row stays, for its key says that a thing was done once."""
    return select(OutboxItem.id).where(
        OutboxItem.district_id == district_id,
        OutboxItem.state == OutboxState.DONE,
        OutboxItem.done_at < _midnight(before),
        cast(OutboxItem.payload, Text) != "{}",
    )
