"""What tests of growth share: an active placement, and ratings by its people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask

from tests.wbl.paperwork_support import Chain, at, make_active
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.growth import asking, evaluating, plans
from wbl.growth.evaluating import Given
from wbl.growth.models import Evaluation, Moment
from wbl.placements import queries

SETTLED = datetime(2027, 1, 25, 18, tzinfo=UTC)
"""Two weeks after the first day; the round ends on 28 May."""
HALF_WAY = datetime(2027, 3, 22, 18, tzinfo=UTC)
LAST_WEEK = datetime(2027, 5, 24, 18, tzinfo=UTC)
AFTERWARDS = datetime(2027, 6, 1, 18, tzinfo=UTC)


def active_chain(app: Flask, moment: datetime = SETTLED) -> Chain:
    """Ana at the clinic, everything signed; it is ``moment`` now."""
    chain = make_active(app, email="pat@clinic.example")
    at(app, moment)
    return chain


def work() -> None:
    """The worker, until nothing is due."""
    while asking.ask_next():
        pass
    db.session.rollback()


def codes(chain: Chain) -> list[str]:
    """Everything that is rated in the placement."""
    return [one.code for one in plans.items_of(queries.whole(chain.placement_id), "en")]


def given(chain: Chain, level: int, **other: int) -> Given:
    """All items at one level, but for those that are named; 0 is not seen."""
    levels: Mapping[str, int] = dict.fromkeys(codes(chain), level) | other
    return Given({code: value for code, value in levels.items() if value}, whole="I saw it on Tuesday.")


def mentor_rates(
    chain: Chain, moment: Moment, level: int, name: str = "Pat Reyes", **other: int
) -> Evaluation:
    with transaction():
        return evaluating.give_as_told(
            chain.coordinator, chain.placement_id, moment, given(chain, level, **other), name=name
        )


def student_rates(chain: Chain, moment: Moment, level: int) -> Evaluation:
    with transaction():
        return evaluating.give_own(chain.student, chain.placement_id, moment, given(chain, level))


def user_of(actor_id: int | None) -> User:
    return db.session.get_one(User, actor_id)


def filled(chain: Chain, level: int, **more: str) -> dict[str, str]:
    """The fields of a form to rate."""
    fields = {f"level_{number}": str(level) for number in range(len(codes(chain)))}
    return {**fields, "whole": "She asked before she began.", **more}
