"""Which seats are worth most: what one more seat at each opportunity would bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from matching.advise.again import Outcome, Round
from matching.problem import IntArray


def worth_of_seats(now: Round, result: Outcome) -> IntArray:
    """[goals, m] what one more seat at each opportunity is worth to each goal at the most.

    They are the prices that prove the result. Where the round has no limits they are the least
    that do, and then exactly what one more seat brings, goal by goal. Without prices (a round with
    side constraints) it is how many of the unplaced could take one more seat.
    """
    width = len(now.problem.opportunities)
    if result.proofs:
        return np.array([proof.prices.opportunities for proof in result.proofs])
    pairs = now.scored.pairs
    asking = pairs.opportunity[~result.placed[pairs.student]]
    return np.bincount(asking, minlength=width).reshape(1, width)


def most_wanted_seats(now: Round, result: Outcome) -> Iterator[dict[str, Any]]:
    """The opportunities where one more seat brings most, each verified by solving with it.

    Yields
    ------
    dict
        ``opportunity_id``, ``seats`` (now), ``students`` more that would be placed, and the
        ``utility`` more, None where it is not certain. Some of either is certain to be more.
    """
    worth = worth_of_seats(now, result)
    order = np.lexsort(worth[::-1] * -1)
    seats = now.problem.opportunities.seats
    for o in order[: now.tries].tolist():
        if not worth[:, o].any():
            return
        more = seats.copy()
        more[o] += 1
        then = now.with_seats(more).tried(result)
        students = then.students_above(result) if then else None
        utility = then.utility_above(result) if then else None
        if students is None or not (students > 0 or (students == 0 and (utility or 0) > 0)):
            continue
        yield {
            "opportunity_id": now.problem.opportunities.ids[o],
            "seats": int(seats[o]),
            "students": students,
            "utility": utility,
        }
