"""What this engine hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matching.problem import IntArray
from matching.program import Prices, Program


@dataclass(frozen=True, slots=True, eq=False)
class Proved:
    """What a goal reached, what it cannot exceed, and why.

    Attributes
    ----------
    record
        The goal's part of certificate.json, without name, value and bound: ``prices`` or
        ``cases``, and ``scale`` where that is not 1.
    """

    name: str
    value: int
    bound: int
    record: dict[str, Any]

    @property
    def closed(self) -> bool:
        return self.value == self.bound


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A result: pairs (indices into ``Scored``, ascending) and a proof a goal, in order.

    ``status`` is ``optimal`` where every goal is closed and no clock had a say, else ``feasible``.
    """

    chosen: IntArray
    proofs: tuple[Proved, ...]
    status: str


class NothingFeasible(Exception):
    """No choice of pairs keeps to all required pins and side constraints.

    ``proof`` is what shows it (``scale`` and ``prices`` or ``cases``), None where only the solver
    says so.
    """

    def __init__(self, proof: dict[str, Any] | None) -> None:
        super().__init__("nothing keeps to all required pins and side constraints")
        self.proof = proof


class NothingFound(Exception):
    """The time was up before any feasible choice was found; none may exist."""


def prices_record(program: Program, prices: Prices) -> dict[str, Any]:
    """Prices by identifier in the words of certificate.json; zeros are left out."""
    n, first_side = len(program.student_ids), program.first_side
    used = prices.rows.nonzero()[0]
    values = prices.rows[used].tolist()
    named = list(zip(used.tolist(), values, strict=True))
    record: dict[str, Any] = {
        "students": {program.student_ids[row]: price for row, price in named if row < n},
        "opportunities": {
            program.opportunity_ids[row - n]: price for row, price in named if n <= row < first_side
        },
    }
    rows = sorted((program.row_name(row), price) for row, price in named if row >= first_side)
    if rows:
        record["rows"] = [[*name, price] for name, price in rows]
    return record


def scaled(record: dict[str, Any], scale: int) -> dict[str, Any]:
    """The record with its scale, which is not written where it is 1."""
    return record if scale == 1 else {"scale": scale, **record}
