"""Whether a run still speaks of the round as it is: asked before it is published.

Runs stay as they were while the round goes on: an import, a pin or another date may have made a
pair unlawful that an older run proposes. Which goals and weights a run followed is a choice between
runs, and so no reason against one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, exists, or_, select

from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering
from wbl.opportunities.taking_part import takes_part
from wbl.rounds import archive
from wbl.rounds.folder import POLICY
from wbl.rounds.models import Pin, PinDecision, Proposal, Round, RunArchive, RunState, SolveRun
from wbl.rounds.policy import read_document, unranked_of
from wbl.rounds.snapshot import snapshot

PINS = "pins.csv"
CHANGES = ("round.import", "round.change", "limit.add", "limit.change", "limit.remove")
"""What the record calls a change of what a run is solved from."""


def check_current(placement_round: Round, run: SolveRun) -> None:
    """Refuse a run that no longer holds.

    Raises
    ------
    Conflict
        Where the students, opportunities or rules are others than those that the run was solved
        from, or it does not keep to the pins that stand.
    """
    if run.method == "shortlist":
        raise Conflict(_("A shortlist says whom employers meet. It is not published."))
    profiles = db.session.scalar(select(RunArchive.profiles).where(RunArchive.run_id == run.id))
    if profiles is None or _deciding(archive.unpack(profiles)) != _deciding(snapshot(placement_round)):
        raise Conflict(_("The data of this round changed after this run. Solve again, and publish that run."))
    if _breaks_pins(run):
        raise Conflict(
            _("Pairs were required or forbidden after this run. Solve again, and publish that run.")
        )


def refusal_of(run: SolveRun) -> str:
    """Why this run cannot be published as things stand; "" where it can."""
    try:
        check_current(run.round, run)
    except Conflict as refused:
        return refused.message
    return ""


def stale_refusal(run: SolveRun) -> str:
    """Why this run can no longer be published, asked where something happened since; "" where it can.

    A look at the whole round takes time, so a run after which nobody changed the round is taken for
    current here. The page that publishes it always looks.
    """
    if run.round.published_run_id is not None:
        return ""
    if run.method == "shortlist":
        return refusal_of(run)
    since = or_(
        exists().where(
            SolveRun.round_id == run.round_id, SolveRun.state == RunState.DONE, SolveRun.number > run.number
        ),
        exists().where(
            AuditEvent.at >= run.queued_at,
            AuditEvent.subject_type == "round",
            AuditEvent.action.in_(CHANGES),
            AuditEvent.district_id == run.round.district_id,
        ),
        exists().where(Submission.round_id == run.round_id, Submission.changed_at >= run.queued_at),
    )
    if db.session.scalar(select(since)) or _breaks_pins(run):
        return refusal_of(run)
    return ""


def _deciding(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What makes pairs possible: all files but the pins, and of the policy the rules alone."""
    decides: dict[str, Any] = {name: data for name, data in files.items() if name not in (POLICY, PINS)}
    policy = read_document(files[POLICY])
    rules = {key: policy.get(key) for key in ("on_date", "law", "travel")}
    return {**decides, POLICY: {**rules, "unranked": unranked_of(policy)}}


def _breaks_pins(run: SolveRun) -> bool:
    same_pair = and_(
        Proposal.run_id == run.id,
        Proposal.submission_id == Pin.submission_id,
        Proposal.offering_id == Pin.offering_id,
    )
    proposed = Proposal.run_id.is_not(None)
    standing = (
        select(Pin.id)
        .join(Submission, Submission.id == Pin.submission_id)
        .join(Offering, Offering.id == Pin.offering_id)
        .outerjoin(Proposal, same_pair)
        .where(Pin.round_id == run.round_id, Pin.removed_at.is_(None))
        .where(attends(), takes_part())
        .where(proposed == (Pin.decision == PinDecision.FORBID))
    )
    return db.session.scalar(standing.limit(1)) is not None
