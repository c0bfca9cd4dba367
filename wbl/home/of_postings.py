"""What employers wait for."""

from __future__ import annotations

from flask import url_for
from flask_babel import ngettext

from wbl.accounts.actor import Actor
from wbl.employers import outreach
from wbl.employers.models import OutreachStage
from wbl.employers.queries import lapsing
from wbl.home.needs import Need, Urgency
from wbl.opportunities.models import OpportunityState
from wbl.opportunities.queries import counts


def approvals(actor: Actor) -> list[Need]:
    """Postings that wait for a yes, or for a comment."""
    waiting = counts(actor)[OpportunityState.SUBMITTED]
    if not waiting:
        return []
    text = ngettext(
        "%(num)s posting waits for your approval", "%(num)s postings wait for your approval", waiting
    )
    return [Need(Urgency.SOON, text, url_for("opportunities.index", state=OpportunityState.SUBMITTED.value))]


def next_actions(actor: Actor) -> list[Need]:
    """What the outreach has planned for today, or earlier."""
    due = outreach.due(actor)
    if not due:
        return []
    text = ngettext(
        "%(num)s employer is to be reached out to", "%(num)s employers are to be reached out to", due
    )
    return [Need(Urgency.SOON, text, url_for("employers.pipeline"))]


def sign_ups(actor: Actor) -> list[Need]:
    """Employers who signed up, and wait for a call."""
    waiting = outreach.counts(actor)[OutreachStage.INTERESTED]
    if not waiting:
        return []
    text = ngettext(
        "%(num)s employer is interested and not vetted yet",
        "%(num)s employers are interested and not vetted yet",
        waiting,
    )
    return [Need(Urgency.LATER, text, url_for("employers.pipeline", stage=OutreachStage.INTERESTED.value))]


def vettings(actor: Actor) -> list[Need]:
    """Employers of whose vetting something lapses within a month, or has."""
    count = lapsing(actor)
    if not count:
        return []
    text = ngettext(
        "The vetting of %(num)s employer lapses soon, or has",
        "The vetting of %(num)s employers lapses soon, or has",
        count,
    )
    return [Need(Urgency.SOON, text, url_for("employers.index", lapsing="yes"))]
