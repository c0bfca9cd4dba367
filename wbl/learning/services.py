"""Bringing what was learned into a round: its offerings, its students, its weights."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from matching.learning import Effect, Suggestion, suggest
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.audit.services import keep_reason, record
from wbl.db import db
from wbl.errors import Conflict
from wbl.growth.lacking import still_to_learn
from wbl.interests.models import Submission
from wbl.learning.models import Learned
from wbl.learning.queries import learned_of, records_by_key
from wbl.learning.tiers import next_tier, tier_of
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement
from wbl.rounds.columns import codes_cell, number_cell
from wbl.rounds.models import Round
from wbl.rounds.policy import PolicyDocument, weights_of
from wbl.rounds.queries import round_by_id


@dataclass(frozen=True, slots=True)
class Brought:
    """How many offerings and students of a round know more now."""

    offerings: int
    students: int


def bring_in(actor: Actor, round_id: int) -> Brought:
    """Write what was learned into an unpublished round, in the place of what it had of it. Flushes.

    An offering gets its site's estimate (``growth``) and what is learned there (``teaches``: the tier of
    its kind, and competencies in which interns grew); a student what is still ``to_learn``.

    Raises
    ------
    Conflict
        Where the round is published, or nothing was worked out yet.
    """
    placement_round = _open_round(actor, round_id)
    learned = learned_of(placement_round.district_id)
    if learned is None or learned.done_at is None:
        raise Conflict(_("Nothing has been worked out yet. Do that first."))
    brought = Brought(_to_offerings(placement_round), _to_students(placement_round))
    record(
        actor,
        "learning.bring_in",
        placement_round,
        district_id=placement_round.district_id,
        opportunities=brought.offerings,
        students=brought.students,
    )
    db.session.flush()
    return brought


def _to_offerings(placement_round: Round) -> int:
    records = records_by_key(placement_round.district_id)
    found = 0
    for offering in db.session.scalars(
        select(Offering)
        .where(Offering.round_id == placement_round.id)
        .options(joinedload(Offering.opportunity))
    ):
        opportunity = offering.opportunity
        own = records.get(("opportunity", opportunity.id))
        known = records.get(("site", opportunity.site_id or 0), own)
        offering.growth = number_cell(round(known.value, 3)) if known is not None else ""
        taught = [tier_of(offering.kind), *(known.teaches if known is not None else ())]
        offering.teaches = codes_cell(";".join(taught))
        found += known is not None
    return found


def _to_students(placement_round: Round) -> int:
    submissions = db.session.scalars(
        select(Submission).where(Submission.round_id == placement_round.id)
    ).all()
    ids = [one.student_id for one in submissions]
    lacking, done = still_to_learn(ids), _kinds_done(ids)
    found = 0
    for submission in submissions:
        codes = list(lacking.get(submission.student_id, ()))
        if submission.student_id in done:
            codes += next_tier(done[submission.student_id])
        submission.to_learn = codes_cell(";".join(codes))
        found += bool(codes)
    return found


def _kinds_done(student_ids: list[int]) -> dict[int, set[str]]:
    """The kinds of the placements that students completed."""
    found: dict[int, set[str]] = {}
    for student_id, kind in db.session.execute(
        select(Placement.student_id, Offering.kind)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Offering, Offering.id == Placement.offering_id)
        .where(Placement.student_id.in_(student_ids), Paperwork.state == PaperworkState.COMPLETED)
    ):
        found.setdefault(student_id, set()).add(kind)
    return found


def suggestion(learned: Learned | None, policy: PolicyDocument) -> Suggestion:
    """What the effects say of a round's weights; without ``because`` where they stay as they are."""
    return suggest(
        weights_of(policy), [Effect(**one) for one in learned.effects] if learned is not None else []
    )


def accept_weights(actor: Actor, round_id: int, reason: str) -> None:
    """Take the suggested weights for a round, for a reason that is kept. Flushes.

    Raises
    ------
    Conflict
        Where the round is published, or nothing is suggested (any more).
    """
    placement_round = _open_round(actor, round_id)
    found = suggestion(learned_of(placement_round.district_id), placement_round.policy)
    if not found.because:
        raise Conflict(_("No change is suggested any more. Look at the figures again."))
    placement_round.policy = {**placement_round.policy, "weights": dict(found.weights)}
    record(
        actor,
        "learning.weights",
        placement_round,
        district_id=placement_round.district_id,
        reason=keep_reason(reason),
        **found.weights,
    )
    db.session.flush()


def _open_round(actor: Actor, round_id: int) -> Round:
    placement_round = round_by_id(actor, round_id, lock=True)
    if placement_round.published_run_id is not None:
        raise Conflict(_("This round is published. What was learned counts in the next one."))
    return placement_round
