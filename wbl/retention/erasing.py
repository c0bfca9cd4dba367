"""Erasing rows by their identifiers. Each function is one batch, inside the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from wbl import clock
from wbl.accounts.models import (
    Identity,
    Invitation,
    Membership,
    OneTimeCode,
    PasswordReset,
    RecoveryCode,
    User,
    UserSession,
)
from wbl.agreements.models import (
    EmergencyContact,
    Paperwork,
    PaperworkTask,
    SigningLink,
    SiteVisit,
    TrainingAgreement,
)
from wbl.audit.models import AuditEvent, Reason
from wbl.db import change, db
from wbl.employers.models import ProspectUpload
from wbl.family.models import FamilyQuestion
from wbl.growth.models import Evaluation, Rating, RatingLink, SiteRating
from wbl.hours.models import HoursLink
from wbl.interests.models import (
    FoundPlace,
    Growth,
    OfferingNote,
    Preference,
    Refusal,
    Submission,
    SubmissionReceipt,
)
from wbl.interviews.models import Interview
from wbl.jobs.models import OutboxItem
from wbl.letters.models import Letter, LetterBook, LetterGiven
from wbl.people.models import Student, StudentBirth, StudentGroup, StudentHome, StudentNeed
from wbl.placements.models import (
    Consent,
    FamilyLink,
    Placement,
    PlacementAnswer,
    PlacementChange,
    Publication,
    Signature,
)
from wbl.reflections.models import Reflection
from wbl.reports.models import Thanks
from wbl.rosters.models import RosterImport
from wbl.rounds import archive
from wbl.rounds.columns import SUBMISSION_COLUMNS
from wbl.rounds.models import (
    Companion,
    Explanation,
    Pin,
    RoundImport,
    RunAdvice,
    RunArchive,
    SealedReason,
    SolveRun,
    Unplaced,
)
from wbl.safety.models import ConcernDraft, Incident, SafetyConcern

Erase = Callable[[Sequence[int]], None]
EXPLANATIONS = "explanations.jsonl"


def rows_of(model: Any) -> Erase:
    """Deletes the rows themselves."""

    def erase(ids: Sequence[int]) -> None:
        change(delete(model).where(model.id.in_(ids)))

    return erase


def submissions(ids: Sequence[int]) -> None:
    """What a student said in a round, and what was decided about them by hand. That they took part stays."""
    _blank(select(FoundPlace.reason_id).where(FoundPlace.submission_id.in_(ids)))
    _blank(select(Pin.reason_id).where(Pin.submission_id.in_(ids)))
    # Why placements of the round were given, ended or withdrawn: a round is past its period as a whole.
    rounds = select(Submission.round_id).where(Submission.id.in_(ids))
    publications = select(Publication.id).where(Publication.round_id.in_(rounds))
    _blank(select(PlacementChange.reason_id).where(PlacementChange.publication_id.in_(publications)))
    _blank(select(Publication.withdrawn_reason_id).where(Publication.id.in_(publications)))
    pins = select(Pin.id).where(Pin.submission_id.in_(ids))
    change(delete(SealedReason).where(SealedReason.pin_id.in_(pins)))
    for model in (Preference, Refusal, OfferingNote, SubmissionReceipt, Growth, FoundPlace):
        change(delete(model).where(model.submission_id.in_(ids)))
    change(delete(Companion).where(or_(Companion.first_id.in_(ids), Companion.second_id.in_(ids))))
    change(update(Interview).where(Interview.submission_id.in_(ids)).values(fields=[], place=""))
    blank: dict[str, Any] = dict.fromkeys(SUBMISSION_COLUMNS, "")
    change(
        update(Submission).where(Submission.id.in_(ids)).values(**blank, parts_done=[], erased_at=clock.now())
    )


def runs(ids: Sequence[int]) -> None:
    """The profiles of runs, and what is said of each student. The table of pairs and the results stay."""
    for run_id in ids:
        kept = db.session.get_one(RunArchive, run_id)
        results = archive.unpack(kept.results)
        results.pop(EXPLANATIONS, None)
        kept.results, kept.profiles, kept.erased_at = archive.pack(results), None, clock.now()
        db.session.flush()
        db.session.expunge(kept)
    change(delete(Explanation).where(Explanation.run_id.in_(ids)))
    change(delete(RunAdvice).where(RunAdvice.run_id.in_(ids)))
    change(update(Unplaced).where(Unplaced.run_id.in_(ids)).values(detail=""))
    rounds = select(SolveRun.round_id).where(SolveRun.id.in_(ids))
    change(update(Placement).where(Placement.round_id.in_(rounds)).values(explanation={}))


def letters(ids: Sequence[int]) -> None:
    books = select(Placement.publication_id).where(Placement.id.in_(ids))
    change(delete(LetterBook).where(LetterBook.publication_id.in_(books)))
    for model in (Letter, LetterGiven, FamilyLink, SigningLink, HoursLink):
        change(delete(model).where(model.placement_id.in_(ids)))


def consents(ids: Sequence[int]) -> None:
    _blank(select(PlacementAnswer.reason_id).where(PlacementAnswer.placement_id.in_(ids)))
    _blank(_recorded_of(ids).where(AuditEvent.action == "placement.decline"))
    for model in (Consent, Signature, FamilyQuestion, TrainingAgreement, PaperworkTask):
        change(delete(model).where(model.placement_id.in_(ids)))
    nobody = {"supervisor": "", "supervisor_email": "", "supervisor_phone": ""}
    change(update(Paperwork).where(Paperwork.placement_id.in_(ids)).values(**nobody))
    visited = select(Placement.offering_id).where(Placement.id.in_(ids))
    change(update(SiteVisit).where(SiteVisit.offering_id.in_(visited)).values(note=""))


def growth(ids: Sequence[int]) -> None:
    """What was written in a placement, by the student and of them. The levels of the mentor's stay, for
    a site's record; what the student said of the site goes."""
    change(delete(Reflection).where(Reflection.placement_id.in_(ids)))
    for model in (SiteRating, RatingLink, Thanks):
        change(delete(model).where(model.placement_id.in_(ids)))
    rated = select(Evaluation.id).where(Evaluation.placement_id.in_(ids))
    _blank(select(Evaluation.void_reason_id).where(Evaluation.placement_id.in_(ids)))
    change(update(Rating).where(Rating.evaluation_id.in_(rated)).values(evidence=""))
    change(update(Evaluation).where(Evaluation.placement_id.in_(ids)).values(evidence=""))


def needs(ids: Sequence[int]) -> None:
    for model in (StudentNeed, StudentGroup, StudentHome, StudentBirth, EmergencyContact):
        change(delete(model).where(model.student_id.in_(ids)))


def accounts(ids: Sequence[int]) -> None:
    """A person's name, address and ways in. The row stays: the record says "user 12" did a thing."""
    for model in (Membership, Identity, OneTimeCode, RecoveryCode, UserSession, PasswordReset):
        change(delete(model).where(model.user_id.in_(ids)))
    for user_id in ids:
        change(
            update(User)
            .where(User.id == user_id)
            .values(
                name="",
                email=f"erased-{user_id}@throughline.invalid",
                locale=None,
                active=False,
                # No password has this for its hash.
                password_hash=secrets.token_hex(16),
            )
        )


def leavers(ids: Sequence[int]) -> None:
    """Students with everything of theirs, and the account of whom it was for nothing else."""
    submissions_of = select(Submission.id).where(Submission.student_id.in_(ids))
    placements_of = select(Placement.id).where(Placement.student_id.in_(ids))
    _blank(select(FoundPlace.reason_id).where(FoundPlace.submission_id.in_(submissions_of)))
    _blank(select(Pin.reason_id).where(Pin.submission_id.in_(submissions_of)))
    _blank(_recorded_of(placements_of))
    users = set(db.session.scalars(select(Membership.user_id).where(Membership.student_id.in_(ids))))
    change(delete(Student).where(Student.id.in_(ids)))
    others = db.session.scalars(select(Membership.user_id).where(Membership.user_id.in_(users)))
    accounts(sorted(users - set(others)))


def concern_drafts(ids: Sequence[int]) -> None:
    change(delete(ConcernDraft).where(ConcernDraft.student_id.in_(ids)))


def _recorded_of(placements: Any) -> Select[Any]:
    """What somebody typed about these placements: the record still names it where its own row is gone."""
    return select(AuditEvent.reason_id).where(
        AuditEvent.subject_type == Placement.__tablename__, AuditEvent.subject_id.in_(placements)
    )


def jobs(ids: Sequence[int]) -> None:
    change(update(OutboxItem).where(OutboxItem.id.in_(ids)).values(payload={}, error=""))


def _blank(reasons: Select[Any]) -> None:
    """Erase words that somebody typed; the record keeps the row that held them."""
    change(update(Reason).where(Reason.id.in_(reasons)).values(text=""))


round_uploads, rosters, prospects = rows_of(RoundImport), rows_of(RosterImport), rows_of(ProspectUpload)
concerns, incidents = rows_of(SafetyConcern), rows_of(Incident)
sessions, resets, invitations = rows_of(UserSession), rows_of(PasswordReset), rows_of(Invitation)
