"""Every model, imported once, so that the metadata is whole (for migrations and tests)."""

from wbl.accounts.models import Membership, Role, User, UserSession
from wbl.audit.models import AuditEvent, Reason
from wbl.employers.models import Employer, Site
from wbl.interests.models import Growth, Preference, Refusal, Submission
from wbl.jobs.models import OutboxItem
from wbl.letters.models import Letter, LetterBook
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import (
    District,
    Guardian,
    School,
    Student,
    StudentBirth,
    StudentGroup,
    StudentHome,
    StudentNeed,
)
from wbl.placements.models import Consent, FamilyLink, Placement, Publication
from wbl.rounds.models import (
    Explanation,
    Pin,
    Proposal,
    Round,
    RoundImport,
    RunArchive,
    SolveRun,
    Unplaced,
)

__all__ = [
    "AuditEvent",
    "Consent",
    "District",
    "Employer",
    "Explanation",
    "FamilyLink",
    "Growth",
    "Guardian",
    "Letter",
    "LetterBook",
    "Membership",
    "Offering",
    "Opportunity",
    "OutboxItem",
    "Pin",
    "Placement",
    "Preference",
    "Proposal",
    "Publication",
    "Reason",
    "Refusal",
    "Role",
    "Round",
    "RoundImport",
    "RunArchive",
    "School",
    "Site",
    "SolveRun",
    "Student",
    "StudentBirth",
    "StudentGroup",
    "StudentHome",
    "StudentNeed",
    "Submission",
    "Unplaced",
    "User",
    "UserSession",
]
