"""What the paperwork of placements needs from a coordinator, and what has waited for long."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.actor import Actor
from wbl.agreements import queries
from wbl.agreements.models import Step
from wbl.home.needs import Need, Urgency


def to_sign(actor: Actor) -> list[Need]:
    """Agreements that everybody else has signed."""
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s agreement waits for the school's signature",
                "%(num)s agreements wait for the school's signature",
                count,
            ),
            url_for("agreements.index", round_id=found.id, show=Step.SCHOOL.value),
            found.name,
        )
        for found, count in queries.waiting_for_school(actor)
    ]


def to_arrange(actor: Actor) -> list[Need]:
    """Placements with something to arrange whose day has passed."""
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s placement has something to arrange that is overdue",
                "%(num)s placements have something to arrange that is overdue",
                count,
            ),
            url_for("agreements.index", round_id=found.id, show=queries.OVERDUE_TASKS),
            found.name,
            _("Each page says what, and who arranges it."),
        )
        for found, count in queries.overdue_tasks(actor)
    ]


def late(actor: Actor) -> list[Need]:
    """Steps that wait although their holders were reminded, or cannot be written to."""
    return [
        Need(
            Urgency.SOON,
            ngettext(
                "%(num)s placement waits for somebody who was reminded",
                "%(num)s placements wait for somebody who was reminded",
                count,
            ),
            url_for("agreements.index", round_id=found.id, show=queries.LATE),
            found.name,
            _("Call them: what they say can be written down."),
        )
        for found, count in queries.late_steps(actor)
    ]


def without_answer(actor: Actor) -> list[Need]:
    """Places that the student has let pass without an answer: their seats could be somebody else's."""
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s student has not answered by the date",
                "%(num)s students have not answered by the date",
                count,
            ),
            url_for("placements.index", round_id=found.id, waiting="lapsed"),
            found.name,
            _("Call them. Where they do not come, end the placement, and solve with the fewest changes."),
        )
        for found, count in queries.lapsed(actor)
    ]
