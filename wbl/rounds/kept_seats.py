"""Seats that a solve leaves alone: students in force who have accepted theirs."""

from __future__ import annotations

from sqlalchemy import exists, select

from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.placements.models import Answer, Placement, PlacementAnswer, PlacementState
from wbl.rounds.models import Pin, PinDecision, Round

PinCells = tuple[str, str, str, str]


def kept_seats(placement_round: Round) -> list[PinCells]:
    """A required pair for each accepted placement in force that no pin speaks of, by pseudonym.

    A repair so moves nobody who has said yes; where a coordinator forbids such a pair, that counts.
    """
    pinned = exists().where(
        Pin.submission_id == Submission.id, Pin.offering_id == Offering.id, Pin.removed_at.is_(None)
    )
    rows = db.session.execute(
        select(Submission.pseudonym, Opportunity.external_id)
        .select_from(Placement)
        .join(PlacementAnswer, PlacementAnswer.placement_id == Placement.id)
        .join(
            Submission,
            (Submission.round_id == Placement.round_id) & (Submission.student_id == Placement.student_id),
        )
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            Placement.round_id == placement_round.id,
            Placement.state == PlacementState.PUBLISHED,
            PlacementAnswer.answer == Answer.ACCEPTED,
            attends(),
            takes_part(),
            ~pinned,
        )
    )
    return [(student, name, PinDecision.REQUIRE.value, "") for student, name in rows]
