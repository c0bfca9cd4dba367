"""Seats that a solve leaves alone: students in force who have accepted theirs, and all students of an
opportunity that takes no new ones while a safety concern is open."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import may_take_part
from wbl.placements.models import Answer, Placement, PlacementAnswer, PlacementState
from wbl.rounds.models import Pin, PinDecision, Round
from wbl.safety.freezing import frozen

PinCells = tuple[str, str, str, str]


def kept_seats(placement_round: Round) -> list[PinCells]:
    """A required pair for each placement in force that stays and that no pin speaks of, by pseudonym.

    A repair so moves nobody who has said yes; where a coordinator forbids such a pair, that counts.
    """
    pinned = exists().where(
        Pin.submission_id == Submission.id, Pin.offering_id == Offering.id, Pin.removed_at.is_(None)
    )
    rows = db.session.execute(
        select(Submission.pseudonym, Opportunity.external_id)
        .select_from(Placement)
        .outerjoin(PlacementAnswer, PlacementAnswer.placement_id == Placement.id)
        .join(
            Submission,
            (Submission.round_id == Placement.round_id) & (Submission.student_id == Placement.student_id),
        )
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(
            Placement.round_id == placement_round.id,
            Placement.state == PlacementState.PUBLISHED,
            or_(PlacementAnswer.answer == Answer.ACCEPTED, frozen()),
            attends(),
            may_take_part(),
            ~pinned,
        )
    )
    return [(student, name, PinDecision.REQUIRE.value, "") for student, name in rows]


def _there() -> Select[tuple[int]]:
    """The placements in force at an offering of students who take part, but those of forbidden pairs."""
    pin = aliased(Pin)
    forbidden = (
        select(pin.id)
        .where(
            pin.submission_id == Submission.id,
            pin.offering_id == Placement.offering_id,
            pin.decision == PinDecision.FORBID,
            pin.removed_at.is_(None),
        )
        .correlate(Submission, Placement)
        .exists()
    )
    return (
        select(Placement.id)
        .join(
            Submission,
            (Submission.round_id == Placement.round_id) & (Submission.student_id == Placement.student_id),
        )
        .where(
            Placement.offering_id == Offering.id,
            Placement.state == PlacementState.PUBLISHED,
            attends(),
            ~forbidden,
        )
        .correlate(Offering)
    )


def frozen_seats() -> ColumnElement[int | None]:
    """Of an offering: how many students it has, where it takes no new ones; else null.

    A solve is given so many seats of it, and who holds them: those who are there stay, and nobody is
    sent to where somebody may be in danger.
    """
    held = _there().with_only_columns(func.count(Placement.id)).scalar_subquery()
    return case((frozen(), held), else_=None)


def stays_with_its_own() -> ColumnElement[bool]:
    """Whether an offering takes no new students and yet has some, who stay."""
    return may_take_part() & frozen() & _there().exists()


def is_held() -> ColumnElement[bool]:
    """Whether the pair of an offering and a submission is a placement in force."""
    return exists().where(
        Placement.offering_id == Offering.id,
        Placement.round_id == Submission.round_id,
        Placement.student_id == Submission.student_id,
        Placement.state == PlacementState.PUBLISHED,
    )
