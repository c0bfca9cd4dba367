"""The lists of a district's work with employers, to be taken away as files."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.employers import outreach as reaching_out
from wbl.employers.models import OutreachStage
from wbl.employers.words import stage_name
from wbl.exports.tables import Table
from wbl.labels import opportunity_title
from wbl.opportunities import queries as opportunities
from wbl.opportunities.models import OpportunityState
from wbl.opportunities.words import state_name
from wbl.pagination import every


def postings(actor: Actor) -> Table:
    chosen, search = request.args.get("state", ""), request.args.get("q", "").strip()
    state = OpportunityState(chosen) if chosen in set(OpportunityState) else None
    return Table(
        "postings",
        [
            *([(_("Identifier"), lambda row: row.opportunity.external_id)] if actor.coordinator_of else []),
            (_("Posting"), lambda row: opportunity_title(row.opportunity)),
            (_("Employer"), lambda row: row.opportunity.employer and row.opportunity.employer.name),
            (_("State"), lambda row: state_name(row.opportunity.state)),
            (_("Round"), lambda row: row.round and row.round.name),
            (_("Seats"), lambda row: (row.posting and row.posting.answers.get("seats")) or row.seats),
        ],
        every(lambda page: opportunities.postings(actor, state=state, search=search, page=page)),
    )


def outreach(actor: Actor) -> Table:
    chosen, search = request.args.get("stage", ""), request.args.get("q", "").strip()
    stage = OutreachStage(chosen) if chosen in set(OutreachStage) else None
    return Table(
        "outreach",
        [
            (_("Employer"), lambda row: row.employer.name),
            (_("Stage"), lambda row: stage_name(row.outreach.stage)),
            (_("Next action"), lambda row: row.outreach.next_action),
            (_("On"), lambda row: row.outreach.next_on and row.outreach.next_on.isoformat()),
            (_("Contact"), lambda row: row.contact),
            (_("Telephone"), lambda row: row.phone),
        ],
        every(lambda page: reaching_out.pipeline(actor, stage=stage, search=search, page=page)),
    )
