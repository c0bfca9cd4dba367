"""A district's settings for safety: who reads concerns at each school, and the numbers that students see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, Role
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError, NotFound
from wbl.people.models import District, School
from wbl.safety.models import SafetyNumber

MOST = 12


def district(actor: Actor, district_id: int) -> District:
    """One of the districts that the actor administers.

    Raises
    ------
    NotFound
        Where there is none, or it is another's.
    """
    found = db.session.get(District, district_id) if district_id in actor.administrator_of else None
    if found is None:
        raise NotFound()
    return found


def set_contacts(actor: Actor, district_id: int, school_id: int, membership_ids: Collection[int]) -> None:
    """Who of a school's staff reads the concerns of its students: exactly these. Flushes.

    Raises
    ------
    NotFound
        Where the school is another district's, or somebody is not of its staff.
    """
    district(actor, district_id)
    school = db.session.scalar(
        select(School).where(School.id == school_id, School.district_id == district_id)
    )
    if school is None:
        raise NotFound()
    staff = {
        one.id: one
        for one in db.session.scalars(
            select(Membership).where(Membership.role == Role.SCHOOL_STAFF, Membership.school_id == school_id)
        )
    }
    if set(membership_ids) - staff.keys():
        raise NotFound()
    for membership in staff.values():
        wanted = membership.id in membership_ids
        if membership.safety_contact != wanted:
            membership.safety_contact = wanted
            record(
                actor,
                "safety.contact" if wanted else "safety.contact_end",
                membership,
                district_id=district_id,
            )
    db.session.flush()


def add_number(
    actor: Actor,
    district_id: int,
    *,
    name: str,
    name_es: str,
    phone: str,
    hint: str,
    hint_es: str,
    source: str,
    checked_on: date,
) -> SafetyNumber:
    """A number that the district's students see. Flushes.

    Raises
    ------
    DomainError
        Where it has no digits, is not said where it comes from, or there are enough.
    """
    found = district(actor, district_id)
    there = db.session.scalars(select(SafetyNumber.id).where(SafetyNumber.district_id == district_id)).all()
    if len(there) >= MOST:
        raise DomainError(
            _("%(most)s numbers are enough: somebody in need has to find the right one.", most=MOST)
        )
    if sum(character.isdigit() for character in phone) < 3:
        raise DomainError(_("Enter a phone number."), field="phone")
    if checked_on > clock.today(found.timezone):
        raise DomainError(_("This day is still to come."), field="checked_on")
    made = SafetyNumber(
        district_id=district_id,
        name=name.strip(),
        name_es=name_es.strip(),
        phone=phone.strip(),
        hint=hint.strip(),
        hint_es=hint_es.strip(),
        source=source.strip(),
        checked_on=checked_on,
    )
    db.session.add(made)
    db.session.flush()
    record(actor, "safety.number", made, district_id=district_id)
    return made


def drop_number(actor: Actor, district_id: int, number_id: int) -> None:
    """Students see it no more. Flushes."""
    district(actor, district_id)
    found = db.session.scalar(
        select(SafetyNumber).where(SafetyNumber.id == number_id, SafetyNumber.district_id == district_id)
    )
    if found is None:
        raise NotFound()
    record(actor, "safety.number_drop", found, district_id=district_id)
    change(delete(SafetyNumber).where(SafetyNumber.id == number_id))
