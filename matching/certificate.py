"""The certificate: for each goal its value, a bound, and the prices that prove the bound.

``verify`` reads it. For the pairs of the face that the goals before left open, with price p of the
student and q of the opportunity (0 where none is listed): p + q is at least the pair's weight; a
price is negative only where its node is tight; and the sum of p plus the seats times q is the
value. Then no choice of pairs is worth more. The face of the next goal is the pairs at exactly
their weight, with every node that has a price tight.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from matching.engines.flow import Proof
from matching.problem import IntArray, Problem

FORMAT = 1


def certificate(
    problem: Problem,
    method: str,
    values: Sequence[tuple[str, int]],
    proofs: Sequence[Proof],
) -> bytes:
    """certificate.json: sorted keys, no spaces, so that equal results are equal bytes.

    Parameters
    ----------
    values
        Name and value of each goal, in order.
    proofs
        One a goal, or none at all: then nothing is proved and each bound is null.
    """
    goals: list[dict[str, Any]]
    if proofs:
        goals = [_proved(problem, proof) for proof in proofs]
    else:
        goals = [{"name": name, "value": value, "bound": None} for name, value in values]
    document = {"format": FORMAT, "digest": problem.digest, "method": method, "goals": goals}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (text + "\n").encode()


def _proved(problem: Problem, proof: Proof) -> dict[str, Any]:
    return {
        "name": proof.goal.name,
        "value": proof.value,
        "bound": proof.bound,
        "prices": {
            "students": _by_identifier(problem.students.ids, proof.prices.students),
            "opportunities": _by_identifier(problem.opportunities.ids, proof.prices.opportunities),
        },
    }


def _by_identifier(ids: Sequence[str], prices: IntArray) -> dict[str, int]:
    return {ids[i]: int(prices[i]) for i in np.flatnonzero(prices).tolist()}
