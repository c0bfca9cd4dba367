"""Who can sign in to a demo district, and the family whose link is there to try."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Select, case, exists, select

from wbl.accounts import services as accounts
from wbl.accounts.actor import COMMAND
from wbl.accounts.models import Membership, Role, User
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.demo import staff
from wbl.interests.models import Submission
from wbl.messages.models import MessageSetting
from wbl.opportunities.models import Offering, Opportunity
from wbl.people import languages
from wbl.people.models import District, Guardian, Student
from wbl.placements import consents, queries
from wbl.placements.models import Consent, FamilyLink, Placement, PlacementState
from wbl.rounds.models import Round, Unplaced

SLUG = "demo"


def password_of(email: str) -> str:
    """The password of a demo sign-in: derived from this installation's secret, known nowhere else."""
    key = current_app.config["SECRET_KEY"].encode()
    return "demo-" + hmac.new(key, f"demo:{email}".encode(), hashlib.sha256).hexdigest()[:12]


def email_of(role: str, slug: str) -> str:
    """The e-mail of a district's demo sign-in of a role."""
    return f"{role.replace('_', '-')}@{slug}.example"


def slug_of(name: str) -> str:
    """A district's slug for a folder's name."""
    return f"{SLUG}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"[:64]


@dataclass(frozen=True, slots=True)
class Office:
    """The district of a round: what its letters say of whom to call. Empty text is left out."""

    slug: str
    name: str
    timezone: str
    contact: str = ""
    phone: str = ""
    email: str = ""


def ensure_district(office: Office) -> tuple[District, User]:
    """The district with its coordinator's sign-in, made where they are not there yet."""
    email = email_of("coordinator", office.slug)
    district = db.session.scalar(select(District).where(District.slug == office.slug))
    if district is None:
        district = District(slug=office.slug)
        db.session.add(district)
    district.name, district.timezone = office.name, office.timezone
    district.contact_name, district.phone, district.email = office.contact, office.phone, office.email
    # Whoever tries the demo has no phone set up for it; the district's settings show that it is off.
    district.codes_required = False
    new = district.id is None
    db.session.flush()
    # Somebody at the demo's office reads Spanish; a yes in the other languages waits for an interpreter.
    languages.mark_reviewed(COMMAND, district, "es")
    if new:
        # Whoever tries it at night still sees its mail.
        db.session.add(MessageSetting(district_id=district.id, quiet_from=0, quiet_until=0))
        record(COMMAND, "district.create", district, district_id=district.id)
    user = db.session.scalar(select(User).where(User.email == email))
    if user is None:
        user = accounts.create_user(
            email=email,
            name=office.contact or "Coordinator",
            password=password_of(email),
            role=Role.COORDINATOR,
            district_id=district.id,
        )
        accounts.set_sealed_reader(COMMAND, user, district.id, may=True)
    return district, user


def ensure_sign_ins(round_id: int) -> None:
    """A placed student, an unplaced one, an employer and staff get a sign-in: whose pages show most."""
    placement_round = db.session.get_one(Round, round_id)
    shown = db.session.scalars(
        select(Placement).where(Placement.round_id == round_id).order_by(Placement.id)
    ).all()
    # A student who did not get the first choice sees the most explanation.
    student = max(shown, key=lambda placement: len(placement.explanation.get("better_liked", [])) > 0)
    hosts = [p.offering.opportunity.employer for p in shown if p.offering.opportunity.employer is not None]
    employer = max(hosts, key=lambda host: (hosts.count(host), host.name)) if hosts else None
    waiting = db.session.scalar(unplaced_of(placement_round).limit(1))
    slug = placement_round.district.slug
    with transaction():
        email = email_of("student", slug)
        _sign_in(email, student.student.name, Role.STUDENT, student_id=student.student_id)
        if employer is not None:
            _sign_in(email_of("employer", slug), employer.name, Role.EMPLOYER, employer_id=employer.id)
        if waiting is not None:
            email = email_of("student_unplaced", slug)
            _sign_in(email, waiting.name, Role.STUDENT, student_id=waiting.id)
    emails = {role: email_of(role.value, slug) for role in staff.NAMES}
    passwords = {role: password_of(email) for role, email in emails.items()}
    staff.ensure_staff(placement_round, emails, passwords)


def _sign_in(
    email: str, name: str, role: Role, *, student_id: int | None = None, employer_id: int | None = None
) -> None:
    """The demo's sign-in of this role, made or pointed at somebody of this round."""
    user = db.session.scalar(select(User).where(User.email == email))
    if user is None:
        accounts.create_user(
            email=email,
            name=name,
            password=password_of(email),
            role=role,
            student_id=student_id,
            employer_id=employer_id,
        )
        return
    user.name = name
    membership = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
    membership.student_id, membership.employer_id = student_id, employer_id


def unplaced_of(placement_round: Round) -> Select[tuple[Student]]:
    """The students whom the published run of a round placed nowhere."""
    return (
        select(Student)
        .join(Submission, Submission.student_id == Student.id)
        .join(Unplaced, Unplaced.submission_id == Submission.id)
        .where(Unplaced.run_id == placement_round.published_run_id)
        .order_by(Submission.id)
    )


def open_links(round_id: int) -> Select[tuple[FamilyLink]]:
    """The links of a round's guardians who receive and sign: a statement to build on."""
    return (
        select(FamilyLink)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .join(Guardian, Guardian.id == FamilyLink.guardian_id)
        .where(
            Placement.round_id == round_id,
            Placement.state == PlacementState.PUBLISHED,
            *FamilyLink.in_force(),
            Guardian.may_receive,
            Guardian.may_sign,
        )
    )


def link_to_try(round_id: int) -> FamilyLink | None:
    """The link of a family that has something to do: it may answer.

    The best one: the student is placed with the employer who has a sign-in, so that the answer can be
    seen to arrive there; nobody has answered; the page is in English.
    """
    placement_round = db.session.get_one(Round, round_id)
    host = (
        select(Membership.employer_id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == email_of("employer", placement_round.district.slug))
        .scalar_subquery()
    )
    answered = exists().where(Consent.placement_id == FamilyLink.placement_id)
    found = db.session.scalars(
        open_links(round_id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .order_by(
            case((Opportunity.employer_id == host, 0), else_=1),
            case((answered, 1), else_=0),
            case((Guardian.language == "en", 0), else_=1),
            FamilyLink.id,
        )
    )
    # At 18 a student answers alone, and such a family has nothing to do.
    may = (link for link in found if consents.may_answer_by_link(queries.whole(link.placement_id), link))
    return next(may, None)
