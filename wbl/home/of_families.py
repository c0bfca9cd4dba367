"""What families wait for: an answer to their question, an interpreter for their signature."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.actor import Actor
from wbl.family import queries as family
from wbl.guardians import queries as guardians
from wbl.home.needs import Need, Urgency


def questions(actor: Actor) -> list[Need]:
    """Questions that came by a family's link."""
    count = family.waiting(actor)
    if not count:
        return []
    text = ngettext("%(num)s question of a family waits", "%(num)s questions of families wait", count)
    return [Need(Urgency.NOW, text, url_for("guardians.questions"), hint=_("Answer on their page."))]


def signatures(actor: Actor) -> list[Need]:
    """Signatures on translations that nobody has checked."""
    count = guardians.waiting(actor)
    if not count:
        return []
    text = ngettext(
        "%(num)s signature waits for an interpreter", "%(num)s signatures wait for an interpreter", count
    )
    hint = _("Go through it with the family and an interpreter.")
    return [Need(Urgency.SOON, text, url_for("guardians.signatures"), hint=hint)]
