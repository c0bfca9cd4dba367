"""What placements under way need: somebody to talk with a student, evaluations, completing."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.actor import Actor
from wbl.growth import queries
from wbl.home.needs import Need, Urgency


def under_way(actor: Actor) -> list[Need]:
    """Students who rated safety or support low and whom nobody has talked with; placements that can be
    completed; mentors who have not rated although they were asked a week ago; thank-yous to pass on."""
    found, counts = [], queries.waiting(actor)
    if counts.unsafe:
        text = ngettext(
            "%(num)s student rates safety or support at a site low",
            "%(num)s students rate safety or support at their sites low",
            counts.unsafe,
        )
        hint = _("Talk with them, and note that you did.")
        found.append(Need(Urgency.NOW, text, url_for("growth.index", show="unsafe"), hint=hint))
    if counts.to_complete:
        text = ngettext(
            "%(num)s placement can be completed",
            "%(num)s placements can be completed",
            counts.to_complete,
        )
        found.append(Need(Urgency.SOON, text, url_for("growth.index", show="to_complete")))
    if counts.unrated:
        text = ngettext(
            "%(num)s evaluation by a mentor is overdue",
            "%(num)s evaluations by mentors are overdue",
            counts.unrated,
        )
        hint = _("Call, and write down what they say, or send another link.")
        found.append(Need(Urgency.LATER, text, url_for("growth.index", show="unrated"), hint=hint))
    if counts.thanks:
        text = ngettext(
            "%(num)s student says thank you to an employer",
            "%(num)s students say thank you to their employers",
            counts.thanks,
        )
        hint = _("Read it, and pass it on.")
        found.append(Need(Urgency.LATER, text, url_for("reports.thanks"), hint=hint))
    return found
