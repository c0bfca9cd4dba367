"""Who rates: one row for each person of an employer, by which leniency can be told over the years."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.accounts.invitations import checked_email
from wbl.agreements.models import Paperwork
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import DomainError
from wbl.growth.models import Rater
from wbl.placements.models import Placement


def rater_of(placement: Placement, name: str, email: str = "") -> Rater:
    """The row of a person at the placement's employer, made where there is none. Flushes.

    Whoever has an address is known by it; somebody without one by their name.

    Raises
    ------
    DomainError
        Where nobody is named, the address is none, or the placement has no employer on record.
    """
    employer_id = placement.offering.opportunity.employer_id
    name = " ".join(name.split())[:200]
    address = checked_email(email) if email.strip() else ""
    if employer_id is None:
        raise DomainError(_("This placement has no employer on record."))
    if len(name) < 2 and not address:
        raise DomainError(_("Say who rates."), field="name")
    key = (address or name).casefold()[:254]
    # Of two at once one waits, so that a person has one row.
    db.session.scalar(select(Employer.id).where(Employer.id == employer_id).with_for_update())
    found = db.session.scalar(select(Rater).where(Rater.employer_id == employer_id, Rater.key == key))
    if found is None:
        found = Rater(employer_id=employer_id, key=key, name=name, email=address)
        db.session.add(found)
    elif name:
        found.name = name
    db.session.flush()
    return found


def contact_of(placement: Placement) -> tuple[str, str]:
    """Name and address of whom to ask: the supervisor whom the employer confirmed, else the site."""
    paperwork = db.session.get(Paperwork, placement.id)
    if paperwork is not None and paperwork.supervisor_email:
        return paperwork.supervisor, paperwork.supervisor_email
    site = placement.offering.opportunity.site
    name = (paperwork.supervisor if paperwork is not None else "") or (site.contact_name if site else "")
    return name, site.contact_email if site is not None else ""
