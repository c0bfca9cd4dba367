"""What holds for a round as a whole, as the rows and files of its folder."""

from __future__ import annotations

from sqlalchemy import select

from wbl.db import db
from wbl.rounds.columns import number_cell
from wbl.rounds.models import Budget, Limit, Round, RoundFile


def limits_of(placement_round: Round) -> list[tuple[str, str, str, str]]:
    """The rows of limits.csv."""
    found = db.session.execute(
        select(Limit.scope, Limit.name, Limit.low, Limit.high).where(Limit.round_id == placement_round.id)
    ).tuples()
    return sorted((scope, name, number_cell(low), number_cell(high)) for scope, name, low, high in found)


def budgets_of(placement_round: Round) -> list[tuple[str, str]]:
    """The rows of budgets.csv."""
    found = db.session.execute(
        select(Budget.external_id, Budget.amount).where(Budget.round_id == placement_round.id)
    ).tuples()
    return sorted((key, amount) for key, amount in found)


def kept_files_of(placement_round: Round, *, but: str = "") -> dict[str, bytes]:
    """The calendar, feed and labor rules of a round, as they came; ``but`` one, which may be large."""
    found = db.session.execute(
        select(RoundFile.name, RoundFile.content).where(
            RoundFile.round_id == placement_round.id, RoundFile.name != but
        )
    ).tuples()
    return dict(sorted(found))
