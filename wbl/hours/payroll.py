"""Hours that are paid, for whoever pays them."""

from __future__ import annotations

from collections.abc import Sequence

from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.placements.models import Placement


def paid(found: Sequence[Placement]) -> list[Placement]:
    """Those of some placements that are paid."""
    return [one for one in found if one.offering.paid == "yes"]


def note(actor: Actor, found: Sequence[Placement]) -> None:
    """Put on record whose hours an employer took away for payroll. Flushes."""
    for one in found:
        record(actor, "hours.payroll", one, district_id=one.publication.round.district_id)
    db.session.flush()
