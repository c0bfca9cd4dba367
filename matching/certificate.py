"""The certificate: for each goal its value, a bound, and what proves the bound.

``verify`` reads it. The round is a program of rows and columns (``program.py``); any whole prices
of its rows bound a goal from above, so nothing in here is trusted, only added up. A goal that plain
prices meet exactly leaves to the next one the optimal face: columns with a reduced cost stay at
their bound, rows with a price bind. A goal that only cases close, or that keeps a gap, stays as a
row ``("goal", name)``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from matching.engines.goal import Proof
from matching.engines.mip.outcome import Proved
from matching.engines.prices import Prices
from matching.problem import IntArray, Problem
from matching.program import Previous

FORMAT = 1


def certificate(
    problem: Problem,
    method: str,
    values: Sequence[tuple[str, int]],
    proofs: Sequence[Proof] | Sequence[Proved],
    previous: Previous | None = None,
) -> bytes:
    """certificate.json: sorted keys, no spaces, so that equal results are equal bytes.

    Parameters
    ----------
    values
        Name and value of each goal, in order.
    proofs
        One a goal, or none at all: then nothing is proved and each bound is null.
    previous
        What was held before, where ``fewest_changes`` is a goal that was optimised.
    """
    goals: list[dict[str, Any]]
    if proofs:
        goals = [goal_record(problem, proof) for proof in proofs]
    else:
        goals = [{"name": name, "value": value, "bound": None} for name, value in values]
    document = {"format": FORMAT, "digest": problem.digest, "method": method, "goals": goals}
    if previous is not None and "fewest_changes" in problem.policy.goals:
        document["previous"] = previous_record(problem, previous)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (text + "\n").encode()


def goal_record(problem: Problem, proof: Proof | Proved) -> dict[str, Any]:
    """One goal of the certificate, whichever engine proved it."""
    if isinstance(proof, Proved):
        return {"name": proof.name, "value": proof.value, "bound": proof.bound, **proof.record}
    record: dict[str, Any] = {"name": proof.goal.name, "value": proof.value, "bound": proof.bound}
    if not (proof.goal.worst and proof.value == 0 and not len(proof.goal.weight)):
        record["prices"] = prices_record(problem, proof.prices)
    return record


def prices_record(problem: Problem, prices: Prices) -> dict[str, Any]:
    """Prices of a network by identifier; zeros are left out, and ``rows`` where there is none."""
    record: dict[str, Any] = {
        "students": _by_identifier(problem.students.ids, prices.students),
        "opportunities": _by_identifier(problem.opportunities.ids, prices.opportunities),
    }
    rows = [[*name, price] for name, price in zip(prices.names, prices.rows.tolist(), strict=True) if price]
    if rows:
        record["rows"] = sorted(rows, key=lambda row: row[:-1])
    return record


def previous_record(problem: Problem, previous: Previous) -> dict[str, list[str]]:
    """Who of this round held what before, by identifier; who held nothing is left out."""
    held: Mapping[str, Sequence[str]] = previous
    return {name: sorted(held[name]) for name in problem.students.ids if held.get(name)}


def _by_identifier(ids: Sequence[str], prices: IntArray) -> dict[str, int]:
    return {ids[i]: int(prices[i]) for i in prices.nonzero()[0].tolist()}
