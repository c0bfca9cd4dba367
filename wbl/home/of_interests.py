"""What students of rounds wait for: a word about a place that they found."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.home.needs import Need, Urgency
from wbl.interests.models import FoundPlace, FoundState, Submission
from wbl.rounds.models import Round


def found(actor: Actor) -> list[Need]:
    """Places that students found, and that nobody has looked at yet."""
    rows = db.session.execute(
        select(Round, func.count(FoundPlace.id))
        .join(Submission, Submission.round_id == Round.id)
        .join(FoundPlace, FoundPlace.submission_id == Submission.id)
        .where(Round.district_id.in_(actor.coordinator_of), FoundPlace.state == FoundState.WAITING)
        .group_by(Round.id)
    )
    return [
        Need(
            Urgency.SOON,
            ngettext(
                "%(num)s place that a student found waits for you",
                "%(num)s places that students found wait for you",
                count,
            ),
            url_for("found.index", round_id=placement_round.id),
            placement_round.name,
            _("Call the contact, then accept it or say why not."),
        )
        for placement_round, count in rows
    ]
