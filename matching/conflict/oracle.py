"""Whether a choice of pairs exists that keeps to some of a round's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.certificate import prices_record
from matching.conflict.rules import Change, Rule, variant
from matching.constraints import constraints
from matching.engines.flow import CannotHold, start
from matching.engines.highs.process import Process
from matching.engines.mip import NothingFeasible, NothingFound, feasible
from matching.engines.network import UNPLACED, Network
from matching.interrupts import ended_at_once
from matching.pairs import Scored
from matching.pins import find_pairs
from matching.problem import IntArray, Problem


class OutOfTime(Exception):
    """The deadline passed without an answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A choice of pairs (ascending), or None and what proves that there is none, if anything does."""

    chosen: IntArray | None
    proof: Mapping[str, Any] | None = None


class Oracle:
    """Answers for one round, whose eligible pairs stay what they are."""

    def __init__(self, problem: Problem, scored: Scored, process: Process) -> None:
        """``process`` has the deadline of all answers."""
        self.problem, self.scored = problem, scored
        self._process = process
        self.asked = 0  # questions so far

    def ask(self, rules: Iterable[Rule], changes: Iterable[Change] = ()) -> Answer:
        """A choice that keeps to these rules, the seats and ``max_placements``.

        Raises
        ------
        OutOfTime
        """
        if self._process.seconds_left <= 0:
            raise OutOfTime
        self.asked += 1
        problem = variant(self.problem, rules, changes)
        eligible = self.scored.pairs
        pins = problem.pins
        rows = np.flatnonzero(pins.require)
        required = find_pairs(problem, eligible, pins.student[rows], pins.opportunity[rows])
        asked = constraints(problem, eligible)
        try:
            if not asked.is_network:
                return Answer(feasible(problem, self.scored, asked, required, process=self._process))
            network = Network(
                eligible.student,
                eligible.opportunity,
                problem.opportunities.seats,
                len(problem.students),
                asked.limits,
            )
            with ended_at_once():
                seat = start(network, required)[1]
            return Answer(np.sort(seat[seat != UNPLACED]))
        except CannotHold as error:
            return Answer(None, {"prices": prices_record(problem, error.prices)})
        except NothingFeasible as error:
            return Answer(None, error.proof)
        except NothingFound:
            raise OutOfTime from None
