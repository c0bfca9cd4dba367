"""Whether a message may go out now: the address works, and it is no quiet hour of its reader's."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import func, or_, select

from wbl import clock
from wbl.accounts.models import User
from wbl.db import db
from wbl.jobs.underway import Later, Underway, Unreached
from wbl.messages import quiet
from wbl.messages.models import MessageChoice, MessageSetting, Unreachable
from wbl.messages.quiet import Hours
from wbl.people.models import District, Guardian, Student


def unreachable(district_id: int, address: str) -> Unreachable | None:
    """That this address does not work, where the district knows so."""
    return db.session.scalar(
        select(Unreachable).where(
            Unreachable.district_id == district_id,
            Unreachable.address == address.lower(),
            Unreachable.lifted_at.is_(None),
        )
    )


def check(item: Underway, address: str) -> None:
    """Whether this mail may go to this address now.

    Raises
    ------
    Unreached
        Where the address does not work.
    Later
        Where it is a quiet hour and the mail can wait.
    """
    if item.district_id is None:  # asked for at a sign-in page: of no district, and awaited
        return
    if unreachable(item.district_id, address) is not None:
        raise Unreached(address)
    if not item.urgent:
        wait_for(item.district_id, choice_of_address(item.district_id, address))


def wait_for(district_id: int, choice: MessageChoice | None) -> None:
    """Nothing, where it is no quiet hour of this person's.

    Raises
    ------
    Later
        Where it is.
    """
    moment = clock.now()
    zone = db.session.get_one(District, district_id).timezone
    until = quiet.over(moment, zone, hours_of(district_id, choice))
    if until > moment:
        raise Later(until)


def hours_of(district_id: int, choice: MessageChoice | None) -> Hours:
    """A person's own quiet hours, else those of the district, else the application's."""
    if choice is not None and choice.quiet_from is not None and choice.quiet_until is not None:
        return Hours(choice.quiet_from, choice.quiet_until)
    return district_hours(district_id)


def district_hours(district_id: int) -> Hours:
    row = db.session.get(MessageSetting, district_id)
    if row is not None:
        return Hours(row.quiet_from, row.quiet_until)
    begins, ends = current_app.config["QUIET_HOURS"]
    return Hours(begins, ends)


def choice_of_address(district_id: int, address: str) -> MessageChoice | None:
    """What whoever reads this address chose: a user, else a guardian of a student of the district."""
    own = select(User.id).where(func.lower(User.email) == address.lower())
    # From the few who chose something to their addresses, not through all guardians of a district.
    family = (
        select(Guardian.id)
        .join(Student, Student.id == Guardian.student_id)
        .where(
            Guardian.id.in_(select(MessageChoice.guardian_id).where(MessageChoice.guardian_id.is_not(None))),
            Student.district_id == district_id,
            func.lower(Guardian.email) == address.lower(),
        )
    )
    return db.session.scalar(
        select(MessageChoice)
        .where(or_(MessageChoice.user_id.in_(own), MessageChoice.guardian_id.in_(family)))
        .order_by(MessageChoice.user_id.is_(None), MessageChoice.id)
        .limit(1)
    )
