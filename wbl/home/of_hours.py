"""What hours need of a coordinator: a breach of the law, a week that no mentor answers."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.home.needs import Need, Urgency
from wbl.hours import queries
from wbl.hours.models import EntryState

PATIENCE = timedelta(days=14)


def breaches(actor: Actor) -> list[Need]:
    """Placements with hours beyond what the law allows."""
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s student worked more than the law allows",
                "%(num)s students worked more than the law allows",
                count,
            ),
            url_for("hours.of_round", round_id=found.id, show="breaches"),
            found.name,
            _("Talk to the place of work, and say what was done. The hours have to be paid."),
        )
        for found, count in queries.rounds_with(actor, queries.has_breach())
    ]


def unconfirmed(actor: Actor) -> list[Need]:
    """Placements with hours that have waited for a mentor for two weeks."""
    waiting = queries.has_entry(EntryState.SUBMITTED, clock.now().date() - PATIENCE)
    return [
        Need(
            Urgency.SOON,
            ngettext(
                "%(num)s student has hours that no mentor has confirmed for two weeks",
                "%(num)s students have hours that no mentor has confirmed for two weeks",
                count,
            ),
            url_for("hours.of_round", round_id=found.id, show="waiting"),
            found.name,
            _("Call the mentor, and write down what they say."),
        )
        for found, count in queries.rounds_with(actor, waiting)
    ]
