"""A student cannot come on a day: whoever supervises and the school hear of it, once."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError
from wbl.hours import queries, telling
from wbl.hours.entries import days_of, hold
from wbl.hours.models import Absence
from wbl.hours.when import local


def say_absent(actor: Actor, placement_id: int) -> Absence:
    """The signed-in student cannot come today. Flushes. Said twice, it is told once.

    Raises
    ------
    NotFound
        Where it is no placement of theirs that became active.
    DomainError
        Where the placement is not on.
    """
    placement = queries.own(actor, placement_id)
    hold(placement)
    today = local(clock.now(), placement.publication.round.district.timezone).date()
    first, last = days_of(placement, db.session.get_one(Paperwork, placement.id))
    if not first <= today <= last:
        raise DomainError(_("There is no work today at this placement."))
    for known in queries.absences(placement_id):
        if known.on_day == today:
            return known
    absence = Absence(placement_id=placement_id, on_day=today, said_at=clock.now())
    db.session.add(absence)
    db.session.flush()
    record(actor, "hours.absent", placement, district_id=placement.publication.round.district_id)
    telling.tell_absence(placement, absence)
    db.session.flush()
    return absence
