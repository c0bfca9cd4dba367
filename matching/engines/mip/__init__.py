"""Rounds that are more than a network: linear programs, integer programs, and proofs by cases."""

from matching.engines.mip.goals import feasible, solve_program
from matching.engines.mip.outcome import NothingFeasible, NothingFound, Outcome, Proved

__all__ = ["NothingFeasible", "NothingFound", "Outcome", "Proved", "feasible", "solve_program"]
