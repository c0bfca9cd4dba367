"""Of which opportunities something may be said to a student who does not hold them.

In a contest of few, whether its holder could have gone elsewhere tells what that one student needs,
refused or belongs to. So nothing is said that could follow from it: see docs/decisions/explaining.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.better_liked import SMALLEST_CONTEST
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem

Costs = Mapping[int, int]
"""What a student's pairs cost by their own answers alone, by opportunity; less is better."""


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """[opportunities] each: a seat stayed free, so nobody has to move; and ten or more ranked it."""

    free: BoolArray
    large: BoolArray

    @classmethod
    def of(cls, problem: Problem, held: IntArray) -> Contest:
        """``held`` [opportunities]: how many students each has in the result."""
        ranked_by = np.bincount(problem.preferences.opportunity, minlength=len(problem.opportunities))
        return cls(held < problem.opportunities.seats, ranked_by >= SMALLEST_CONTEST)

    def tells(self, opportunity: int) -> bool:
        return bool(self.free[opportunity] or self.large[opportunity])

    def doubtful(self, now: Costs, then: Costs, seat: int) -> bool:
        """Whether other answers bring a student nearer to an opportunity that nothing is told of.

        Parameters
        ----------
        now, then
            With the student's own answers, and with others.
        seat
            What the student holds; UNKNOWN for none.
        """
        if seat == UNKNOWN:
            return any(not self.tells(o) and (o not in now or cost < now[o]) for o, cost in then.items())
        if seat not in then or seat not in now:
            return True
        return any(
            o != seat and not self.tells(o) and (o not in now or cost - then[seat] < now[o] - now[seat])
            for o, cost in then.items()
        )

    def bids(self, bids: Costs, own: Costs, seat: int) -> dict[int, int]:
        """Those bids of which can be told that they win, or not, without what follows from few.

        A free seat is worth what the student's own answers say; that it is better than the seat they
        hold has to follow from those alone, as that seat's price comes from who else wanted it.
        """
        return {
            o: bid
            for o, bid in bids.items()
            if self.large[o] or (self.free[o] and (seat == UNKNOWN or own[o] < own[seat]))
        }
