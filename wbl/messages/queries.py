"""Reading addresses that do not work, and what people chose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, User
from wbl.agreements.models import Paperwork
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.messages.models import HeldMail, MessageChoice, TextConsent, Unreachable
from wbl.pagination import Page, paginate
from wbl.people.models import Guardian, Student
from wbl.placements.models import Placement

OPEN, SETTLED = "open", "settled"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has an address. ``row_id``: of the page about them; None: there is none."""

    kind: str  # student | guardian | user | site | supervisor
    name: str
    row_id: int | None


def unreached(actor: Actor, *, settled: bool = False, page: int = 1) -> Page[Unreachable]:
    """A page of the addresses that do not work, the newest first: those that wait, or the settled ones."""
    statement = select(Unreachable).where(
        Unreachable.district_id.in_(actor.coordinator_of),
        Unreachable.lifted_at.is_(None),
        Unreachable.settled_at.is_not(None) if settled else Unreachable.settled_at.is_(None),
    )
    return paginate(statement.order_by(Unreachable.since.desc(), Unreachable.id.desc()), page)


def held_counts(row_ids: Collection[int]) -> dict[int, int]:
    """How many mails wait for each of these addresses to work."""
    rows = db.session.execute(
        select(HeldMail.unreachable_id, func.count())
        .join(OutboxItem, OutboxItem.id == HeldMail.item_id)
        .where(HeldMail.unreachable_id.in_(row_ids), OutboxItem.state == OutboxState.FAILED)
        .group_by(HeldMail.unreachable_id)
    ).tuples()
    return dict(rows.all())


def held_items(item_ids: Collection[int]) -> set[int]:
    """Which of these mails wait for an address to work."""
    return set(db.session.scalars(select(HeldMail.item_id).where(HeldMail.item_id.in_(item_ids))))


def holders(actor: Actor, addresses: Collection[str]) -> dict[str, list[Holder]]:
    """Whose these addresses are, in the actor's districts, by the address in small letters."""
    found: dict[str, list[Holder]] = {}
    if not addresses:
        return found
    districts = actor.coordinator_of

    def add(kind: str, statement: Select[tuple[str, str, int]]) -> None:
        for address, name, row_id in db.session.execute(statement.distinct()):
            one = Holder(kind, name, row_id)
            if one not in found.setdefault(address, []):
                found[address].append(one)

    def among(column: ColumnElement[str] | object) -> tuple[ColumnElement[str], ColumnElement[bool]]:
        small = func.lower(column)
        return small, small.in_(list(addresses))

    student = func.trim(Student.given_name + " " + Student.family_name)
    address, is_one = among(Student.email)
    add("student", select(address, student, Student.id).where(Student.district_id.in_(districts), is_one))
    address, is_one = among(Guardian.email)
    add(
        "guardian",
        select(address, Guardian.name, Guardian.student_id)
        .join(Student, Student.id == Guardian.student_id)
        .where(Student.district_id.in_(districts), is_one),
    )
    address, is_one = among(User.email)
    add(
        "user",
        select(address, User.name, User.id)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Student, Student.id == Membership.student_id)
        .outerjoin(Employer, Employer.id == Membership.employer_id)
        .where(
            func.coalesce(Membership.district_id, Student.district_id, Employer.district_id).in_(districts),
            is_one,
        ),
    )
    address, is_one = among(Site.contact_email)
    add(
        "site",
        select(address, Employer.name, Employer.id)
        .join(Employer, Employer.id == Site.employer_id)
        .where(Employer.district_id.in_(districts), is_one),
    )
    address, is_one = among(Paperwork.supervisor_email)
    add(
        "supervisor",
        select(address, Paperwork.supervisor, Paperwork.placement_id)
        .join(Placement, Placement.id == Paperwork.placement_id)
        .join(Student, Student.id == Placement.student_id)
        .where(Student.district_id.in_(districts), is_one),
    )
    return found


def choice_of(*, user_id: int | None = None, guardian_id: int | None = None) -> MessageChoice | None:
    """What one person chose; None where they chose nothing."""
    mine = (
        MessageChoice.user_id == user_id if user_id is not None else MessageChoice.guardian_id == guardian_id
    )
    return db.session.scalar(select(MessageChoice).where(mine))


def consents_of(*, user_id: int | None = None, guardian_id: int | None = None) -> list[TextConsent]:
    """The texts that a person has asked for and not stopped."""
    mine = TextConsent.user_id == user_id if user_id is not None else TextConsent.guardian_id == guardian_id
    return list(db.session.scalars(select(TextConsent).where(mine, TextConsent.stopped_at.is_(None))))


def consents_of_phone(district_id: int, phone: str) -> list[TextConsent]:
    """Everything that a number was ever asked for in a district."""
    statement = select(TextConsent).where(TextConsent.district_id == district_id, TextConsent.phone == phone)
    return list(db.session.scalars(statement))


def consents_of_address(district_id: int, address: str) -> list[TextConsent]:
    """The texts that whoever reads this address wants, and has said yes to from the phone."""
    statement = (
        select(TextConsent)
        .outerjoin(User, User.id == TextConsent.user_id)
        .outerjoin(Guardian, Guardian.id == TextConsent.guardian_id)
        .where(
            TextConsent.district_id == district_id,
            TextConsent.confirmed_at.is_not(None),
            TextConsent.stopped_at.is_(None),
            func.lower(func.coalesce(User.email, Guardian.email)) == address.lower(),
        )
    )
    return list(db.session.scalars(statement))
