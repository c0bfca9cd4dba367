"""Inviting somebody into a role: a mail with a link, where they choose name and password.

Administrators invite anybody of their district; coordinators invite students and employers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts import services, tokens
from wbl.accounts.actor import Actor
from wbl.accounts.models import STAFF, Invitation, Role, User
from wbl.accounts.services import Scope
from wbl.addresses import is_address
from wbl.audit.services import record
from wbl.db import change, db
from wbl.employers.models import Employer
from wbl.errors import Conflict, DomainError, NotFound
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue
from wbl.people.models import School, Student

PURPOSE = "invitation"
LIFETIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is invited to: a role in a district, and the row that it names."""

    district_id: int
    role: Role
    school_id: int | None = None
    program: str | None = None
    employer_id: int | None = None
    student_id: int | None = None

    @property
    def scope(self) -> Scope:
        """As a membership names it. Students and employers name no district: their own rows do."""
        return {
            "district_id": self.district_id if self.role in STAFF else None,
            "school_id": self.school_id if self.role is Role.SCHOOL_STAFF else None,
            "program": self.program if self.role is Role.PROGRAM_LEAD else None,
            "employer_id": self.employer_id if self.role is Role.EMPLOYER else None,
            "student_id": self.student_id if self.role is Role.STUDENT else None,
        }


def checked_email(text: str) -> str:
    """An address as it is stored.

    Raises
    ------
    DomainError
        Where it is none.
    """
    email = text.strip().lower()
    if not is_address(email):
        raise DomainError(_("Enter an e-mail address, such as pat@school.org."), field="email")
    return email


def check_place(actor: Actor, place: Place) -> None:
    """Whether this actor may put somebody there, and whether there is such a place.

    Raises
    ------
    NotFound
        Where district, school, employer or student is missing or another district's.
    DomainError
        Where the role lacks what it needs.
    """
    model, row_id = check_role(actor, place)
    if model is None:
        return
    if db.session.scalar(select(model.district_id).where(model.id == row_id)) != place.district_id:
        raise NotFound()


def check_role(
    actor: Actor, place: Place
) -> tuple[type[School] | type[Employer] | type[Student] | None, int | None]:
    """Whether this actor may give that role there, and says all that it needs; the row that it names.

    Raises as :func:`check_place`; whether there is such a row is not asked.
    """
    own = place.role in (Role.STUDENT, Role.EMPLOYER)
    if place.district_id not in actor.administrator_of | (actor.coordinator_of if own else frozenset()):
        raise NotFound()
    if place.role is Role.PROGRAM_LEAD and not (place.program or "").strip():
        raise DomainError(_("Enter the program's code."), field="program")
    needs: dict[Role, tuple[type[School] | type[Employer] | type[Student], int | None, str]] = {
        Role.SCHOOL_STAFF: (School, place.school_id, _("Choose the school.")),
        Role.EMPLOYER: (Employer, place.employer_id, _("Choose the employer.")),
        Role.STUDENT: (Student, place.student_id, _("Choose the student.")),
    }
    if place.role not in needs:
        return None, None
    model, row_id, missing = needs[place.role]
    if row_id is None:
        raise DomainError(missing, field="place")
    return model, row_id


def invite(
    actor: Actor, place: Place, *, email: str, name: str = "", locale: str | None = None
) -> Invitation:
    """Invite somebody; the mail goes out after the commit. Flushes.

    An invitation to the same address and place that waits is taken back: the newest link counts.
    """
    email = checked_email(email)
    check_place(actor, place)
    _take_back_same(place, email)
    nonce = tokens.new_nonce()
    moment = clock.now()
    made = Invitation(
        district_id=place.district_id,
        email=email,
        name=name.strip()[:200],
        locale=locale,
        role=place.role,
        school_id=place.scope["school_id"],
        program=(place.scope["program"] or "").strip() or None,
        employer_id=place.scope["employer_id"],
        student_id=place.scope["student_id"],
        invited_by=actor.user_id,
        nonce=nonce,
        token_hash=tokens.hash_of(tokens.token_of(PURPOSE, nonce)),
        created_at=moment,
        expires_at=moment + LIFETIME,
    )
    db.session.add(made)
    db.session.flush()
    record(actor, "invitation.send", made, district_id=place.district_id, role=place.role.value)
    enqueue(
        OutboxKind.MAIL,
        f"invitation:{made.id}",
        {"about": "invitation", "invitation_id": made.id},
        district_id=place.district_id,
    )
    return made


def place_of(invitation: Invitation) -> Place:
    return Place(
        district_id=invitation.district_id,
        role=invitation.role,
        school_id=invitation.school_id,
        program=invitation.program,
        employer_id=invitation.employer_id,
        student_id=invitation.student_id,
    )


def _take_back_same(place: Place, email: str) -> None:
    scope = place.scope
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.district_id == place.district_id,
            Invitation.email == email,
            Invitation.role == place.role,
            *(
                getattr(Invitation, name).is_not_distinct_from(scope[name])
                for name in ("school_id", "program", "employer_id", "student_id")
            ),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )


def own(actor: Actor, invitation_id: int) -> Invitation:
    """An invitation of the actor's districts.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    found = db.session.get(Invitation, invitation_id)
    if found is None:
        raise NotFound()
    check_place(actor, place_of(found))
    return found


def revoke(actor: Actor, invitation_id: int) -> None:
    """Take an invitation back: its link opens nothing any more. Flushes."""
    found = own(actor, invitation_id)
    taken = change(
        update(Invitation)
        .where(
            Invitation.id == invitation_id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
        )
        .values(revoked_at=clock.now())
    )
    if taken != 1:
        raise Conflict(_("This invitation has been used or taken back already."))
    record(actor, "invitation.revoke", found, district_id=found.district_id)


def send_again(actor: Actor, invitation_id: int) -> Invitation:
    """A fresh link to the same person; the old one opens nothing any more. Flushes."""
    found = own(actor, invitation_id)
    if found.accepted_at is not None:
        raise Conflict(_("This invitation has been used already."))
    return invite(actor, place_of(found), email=found.email, name=found.name, locale=found.locale)


def by_token(token: str) -> Invitation | None:
    """The invitation in force that this link opens, or None."""
    return db.session.scalar(
        select(Invitation).where(
            Invitation.token_hash == tokens.hash_of(token),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
    )


def accept(token: str, *, name: str, password: str, locale: str | None) -> User:
    """Take an invitation: a new sign-in, or one more role for the one that there is. Flushes.

    Parameters
    ----------
    name, password
        Of a new sign-in; nobody who has one is given another password by a mail to join.

    Raises
    ------
    NotFound
        Where the link opens nothing, or was used a moment ago.
    DomainError
        Where the password is too easy.
    """
    found = by_token(token)
    if found is None:
        raise NotFound()
    user = services.user_by_email(found.email)
    if user is None:
        services.check_new_password(password, found.email)
        if not name.strip():
            raise DomainError(_("Enter your name."), field="name")
    elif not user.active:
        raise NotFound()
    taken = change(
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .values(accepted_at=clock.now())
    )
    if taken != 1:
        raise NotFound()
    scope = place_of(found).scope
    if user is None:
        user = services.create_user(
            email=found.email, name=name.strip(), password=password, role=found.role, locale=locale, **scope
        )
    else:
        services.add_membership(user, role=found.role, **scope)
    record(
        services.actor_of(user),
        "invitation.accept",
        found,
        district_id=found.district_id,
        role=found.role.value,
    )
    db.session.flush()
    return user
