"""Asking the hosts of an earlier round again, with their postings filled in."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.employers import outreach
from wbl.employers.models import OutreachStage
from wbl.errors import DomainError
from wbl.opportunities import links, services


def ask(actor: Actor, of_round: int, target: int, employer_ids: Sequence[int]) -> tuple[int, int]:
    """Copy what these employers offered into another round, and mail each a link to confirm it. Flushes.

    Returns
    -------
    tuple of int
        How many drafts were made, and how many mails are on their way.

    Raises
    ------
    DomainError
        Where nothing can be offered in that round, or these employers offered nothing.
    """
    found = outreach.postings_in(actor, of_round, employer_ids)
    if not found:
        raise DomainError(_("These employers offered nothing in that round."))
    mailed = 0
    for opportunity in found:
        copy = services.duplicate(actor, opportunity.id, target)
        email = opportunity.site.contact_email if opportunity.site is not None else ""
        if email:
            links.make(actor, copy.id, email)
            mailed += 1
    for employer_id in dict.fromkeys(one.employer_id for one in found):
        if employer_id is not None:
            said = _("See whether they confirmed their postings")
            outreach.save(actor, employer_id, stage=OutreachStage.CONTACTED, next_action=said, next_on=None)
    return len(found), mailed
