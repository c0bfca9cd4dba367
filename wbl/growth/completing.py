"""A placement is completed: its last day has come and its final evaluation is there.

The transition itself is ``agreements.advancing.complete``; here is what has to be so before it.
"""

from __future__ import annotations

from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.agreements import advancing
from wbl.agreements.models import Paperwork
from wbl.audit.services import keep_reason, record
from wbl.errors import DomainError
from wbl.growth.links import is_given
from wbl.growth.models import Moment
from wbl.placements import queries


def complete(actor: Actor, placement_id: int, why: str = "") -> Paperwork:
    """An active placement whose last day has come is completed. Flushes.

    Parameters
    ----------
    why
        Why there is no final evaluation, where there is none: the words are kept.

    Raises
    ------
    NotFound
        Where it is not a placement of the actor's districts.
    Conflict
        Where it is not active, or its last day is still to come.
    DomainError
        Where there is neither a final evaluation nor a reason.
    """
    placement = queries.placement(actor, placement_id)
    final = is_given(placement_id, Moment.FINAL)
    if not final and len(why.strip()) < 3:
        raise DomainError(
            _("The mentor has not given the final evaluation. Ask for it, or say why there is none."),
            field="why",
        )
    done = advancing.complete(actor, placement_id)
    if not final:
        record(
            actor,
            "evaluation.missing",
            placement,
            district_id=placement.publication.round.district_id,
            reason=keep_reason(why),
        )
    return done
