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
from wbl.rounds.models import Round

PATIENCE = timedelta(days=14)


def hours(actor: Actor) -> list[Need]:
    """Placements with hours beyond what the law allows, and with hours that no mentor confirms."""
    waiting = queries.has_entry(EntryState.SUBMITTED, clock.last_today() - PATIENCE)
    found: list[Need] = []
    for placement_round, (broken, unconfirmed) in queries.rounds_with(actor, queries.has_breach(), waiting):
        if broken:
            found.append(_breaches(placement_round, broken))
        if unconfirmed:
            found.append(_unconfirmed(placement_round, unconfirmed))
    return found


def _breaches(placement_round: Round, count: int) -> Need:
    return Need(
        Urgency.NOW,
        ngettext(
            "%(num)s student worked more than the law allows",
            "%(num)s students worked more than the law allows",
            count,
        ),
        url_for("hours.of_round", round_id=placement_round.id, show="breaches"),
        placement_round.name,
        _("Talk to the place of work, and say what was done. The hours have to be paid."),
    )


def _unconfirmed(placement_round: Round, count: int) -> Need:
    return Need(
        Urgency.SOON,
        ngettext(
            "%(num)s student has hours that no mentor has confirmed for two weeks",
            "%(num)s students have hours that no mentor has confirmed for two weeks",
            count,
        ),
        url_for("hours.of_round", round_id=placement_round.id, show="waiting"),
        placement_round.name,
        _("Call the mentor, and write down what they say."),
    )
