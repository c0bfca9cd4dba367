"""What an administrator does to users: roles, caseloads, and who may sign in."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, func, select, update

from wbl import clock
from wbl.accounts import codes, resets, services
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import Place, check_place
from wbl.accounts.models import Caseload, Membership, Role, User, UserSession
from wbl.administration import queries
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError
from wbl.people.models import District, Student


def give_role(actor: Actor, user_id: int, place: Place) -> None:
    """One more role for a user of the district. Flushes."""
    user = queries.user(actor, place.district_id, user_id)
    check_place(actor, place)
    services.add_membership(user, role=place.role, **place.scope)
    record(actor, "role.give", user, district_id=place.district_id, role=place.role.value)


def take_role(actor: Actor, district_id: int, user_id: int, membership_id: int) -> None:
    """Take a role away; an advisor's caseload goes with the role. Flushes.

    Raises
    ------
    Conflict
        Where nobody would be left to administer the district.
    """
    user = queries.user(actor, district_id, user_id)
    held = next((role for role in queries.roles_of(district_id, user_id) if role.id == membership_id), None)
    if held is None:
        raise Conflict(_("This role was taken away already."))
    if held.role is Role.ADMINISTRATOR:
        _check_another(district_id, user_id)
    if held.role is Role.ADVISOR:
        _empty_caseload(district_id, user_id)
    db.session.execute(delete(Membership).where(Membership.id == membership_id))
    record(actor, "role.take", user, district_id=district_id, role=held.role.value)


def _check_another(district_id: int, user_id: int) -> None:
    # Of two who take each other's role away at once, the second sees what the first did.
    db.session.execute(select(District.id).where(District.id == district_id).with_for_update())
    others = db.session.scalar(
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.district_id == district_id,
            Membership.role == Role.ADMINISTRATOR,
            Membership.user_id != user_id,
            User.active,
        )
    )
    if not others:
        raise Conflict(_("This is the district's only administrator. Make somebody else one first."))


def _own_alone(actor: Actor, district_id: int, user_id: int) -> User:
    """A user whose sign-in is this district's business alone."""
    user = queries.user(actor, district_id, user_id)
    if queries.has_roles_elsewhere(district_id, user_id):
        raise Conflict(
            _("This person has a role in another district too, so only their roles here are yours to change.")
        )
    return user


def set_active(actor: Actor, district_id: int, user_id: int, active: bool) -> None:
    """Let somebody sign in, or not any more: then every session of theirs ends. Flushes."""
    user = _own_alone(actor, district_id, user_id)
    if not active:
        if user.id == actor.user_id:
            raise Conflict(_("You cannot close your own account. Ask another administrator."))
        if any(role.role is Role.ADMINISTRATOR for role in queries.roles_of(district_id, user_id)):
            _check_another(district_id, user_id)
        db.session.execute(
            update(UserSession)
            .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
    user.active, user.closed_at = active, None if active else clock.now()
    record(actor, "account.open" if active else "account.close", user, district_id=district_id)
    db.session.flush()


def reset_codes(actor: Actor, district_id: int, user_id: int) -> None:
    """For whom the phone is lost: codes are set up anew at the next sign-in. Flushes."""
    codes.turn_off(actor, _own_alone(actor, district_id, user_id), district_id)


def mail_new_password(actor: Actor, district_id: int, user_id: int) -> None:
    """Mail somebody a link to a new password. Flushes.

    Raises
    ------
    Conflict
        Where enough were mailed, or the account is closed.
    """
    user = queries.user(actor, district_id, user_id)
    if not user.active:
        raise Conflict(_("This account is closed. Open it first."))
    if not resets.send(user):
        raise Conflict(_("Three links were mailed within the last hour. Wait, or ask them to look for it."))
    record(actor, "account.password_mail", user, district_id=district_id)


def set_caseload(actor: Actor, district_id: int, user_id: int, identifiers: Collection[str]) -> int:
    """Whom an advisor looks after: exactly these students, by identifier. Flushes.

    Returns
    -------
    int
        How many that is.

    Raises
    ------
    DomainError
        Where an identifier is none of the district's; the message names the first ones.
    """
    user = queries.user(actor, district_id, user_id)
    wanted = {text.strip() for text in identifiers if text.strip()}
    found: dict[str, int] = {}
    listed = sorted(wanted)
    for at in range(0, len(listed), 500):
        rows = db.session.execute(
            select(Student.external_id, Student.id).where(
                Student.district_id == district_id, Student.external_id.in_(listed[at : at + 500])
            )
        ).tuples()
        found.update(rows.all())
    missing = sorted(wanted - found.keys())
    if missing:
        raise DomainError(
            ngettext(
                "The district has no student %(names)s.",
                "The district has no students %(names)s.",
                len(missing),
                names=", ".join(missing[:5]) + (" …" if len(missing) > 5 else ""),
            ),
            field="students",
        )
    _empty_caseload(district_id, user_id)
    db.session.add_all(Caseload(user_id=user.id, student_id=row_id) for row_id in found.values())
    record(actor, "caseload.set", user, district_id=district_id, students=len(found))
    db.session.flush()
    return len(found)


def _empty_caseload(district_id: int, user_id: int) -> None:
    of_district = select(Student.id).where(Student.district_id == district_id)
    db.session.execute(
        delete(Caseload).where(Caseload.user_id == user_id, Caseload.student_id.in_(of_district)),
        execution_options={"synchronize_session": False},
    )
