"""The certificate: that no other choice of pairs is better, checked without any solver.

Goal by goal, prices (of one program, or of a tree of cases) bound the value from above. Prices that
meet the value leave to the next goal exactly the optimal choices, the *face*; after any other proof
the goal is kept as a row of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.problem import Problem
from matching.verify.cases import Proven, prove
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.goals import Objectives, Previous, Reached, goal_value, read_previous
from matching.verify.outputs import CERTIFICATE, shown, unknown_keys, whole
from matching.verify.profiles import Profiles
from matching.verify.program import NotChecked, Program
from matching.verify.rows import Rows
from matching.verify.sides import Sides
from matching.verify.violations import Report

METHODS = ("flow", "mip", "stable")
KEYS = ("digest", "format", "goals", "method", "previous")
GOAL_KEYS = ("bound", "cases", "name", "prices", "scale", "value")
PROOF_KEYS = {"cases", "prices", "scale"}
REMEMBERS = "fewest_changes"
WORST = "worst_utility"


def check_canonical(text: str, certificate: Mapping[str, Any], report: Report) -> None:
    """Equal results are equal bytes: sorted keys, no spaces, one line."""
    try:
        canonical = json.dumps(certificate, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        canonical = ""
    if text != canonical + "\n":
        report.add(CERTIFICATE, "the file is not in canonical form (sorted keys, no spaces)")


def check_previous(
    problem: Problem,
    certificate: Mapping[str, Any],
    previous: Mapping[str, Sequence[str]],
    report: Report,
) -> None:
    """Check what the certificate says of the earlier result against that result."""
    known = set(problem.students.ids)
    held = {student: sorted(seats) for student, seats in previous.items() if student in known}
    if REMEMBERS in problem.policy.goals and certificate.get("previous") != held:
        report.add(CERTIFICATE, "previous is not what the earlier result holds for this round")


@dataclass(frozen=True, slots=True)
class Checker:
    """Everything that the proofs of a round are checked against."""

    facts: Facts
    profiles: Profiles
    census: Census
    sides: Sides
    report: Report

    def check(self, certificate: Mapping[str, Any], pairs: Sequence[Pair], status: object) -> None:
        """Check everything that certificate.json says, and that it proves what ``status`` claims."""
        goals = certificate.get("goals")
        if not self._check_head(certificate, goals, status):
            return
        previous = self._previous(certificate)
        reached = Reached.of(self.facts, self.census, pairs)
        values = [
            goal_value(self.facts, self.sides, reached, previous, name)
            for name in self.facts.problem.policy.goals
        ]
        assert isinstance(goals, list)
        for goal, value in zip(goals, values, strict=True):
            where = f"goal {goal['name']}"
            unknown_keys(CERTIFICATE, where, goal, GOAL_KEYS, self.report)
            if whole(goal.get("value")) != value:
                self._say(f"{where}: value is {shown(goal.get('value'))}, the result reaches {value}")
        if status == "stable":
            for goal in goals:
                if goal.get("bound") is not None or PROOF_KEYS & goal.keys():
                    self._say(f"goal {goal['name']}: a stable result proves no bound")
        else:
            rows = Rows(self.facts, self.profiles, self.census, self.sides, previous)
            self._check_proofs(rows, goals, values, status)

    def _say(self, message: str) -> None:
        self.report.add(CERTIFICATE, message)

    def _check_head(self, certificate: Mapping[str, Any], goals: object, status: object) -> bool:
        """Check what stands above the proofs; whether the goals can be looked at."""
        unknown_keys(CERTIFICATE, "the certificate", certificate, KEYS, self.report)
        if whole(certificate.get("format")) != 1:
            self._say("format is not 1")
        if certificate.get("digest") != self.facts.problem.digest:
            self._say("the digest is not that of this round")
        method = certificate.get("method")
        if method not in METHODS:
            self._say(f"method is {shown(method)}; expected flow, mip or stable")
        if (method == "stable") != (status == "stable"):
            self._say(f"method {shown(method)} does not go with the status {shown(status)}")
        names = list(self.facts.problem.policy.goals)
        if not isinstance(goals, list) or not all(isinstance(goal, dict) for goal in goals):
            self._say("goals is not a list of objects")
            return False
        if [goal.get("name") for goal in goals] != names:
            self._say(f"goals are not those of the policy in order: {', '.join(names)}")
            return False
        return True

    def _previous(self, certificate: Mapping[str, Any]) -> Previous:
        """What students had before, where a goal needs it."""
        if REMEMBERS not in self.facts.problem.policy.goals:
            if "previous" in certificate:
                self._say("previous is given, but no goal needs it")
            return {}
        previous = read_previous(self.facts, certificate.get("previous"))
        if previous is None:
            self._say(
                "previous is not an object of students of this round with sorted lists of opportunities"
            )
        return previous or {}

    def _check_proofs(
        self, rows: Rows, goals: Sequence[Mapping[str, Any]], values: Sequence[int], status: object
    ) -> None:
        required = [(student, o) for student, pins in self.facts.required.items() for o in pins]
        program, objectives = Program(rows, required), Objectives(rows)
        for goal, value in zip(goals, values, strict=True):
            name = goal["name"]
            objective = objectives.better_than(-1) if name == WORST else objectives.of(name)
            proven: Proven | None = None
            if status == "feasible" and goal.get("bound") is None:
                if PROOF_KEYS & goal.keys():
                    self._say(f"goal {name}: there is a proof, but no bound")
            else:
                try:
                    if name == WORST:
                        self._check_worst(program, objectives, goal, value, status)
                    else:
                        proven = prove(program, objective, goal)
                        self._compare(name, goal.get("bound"), proven.bound, value, status)
                except NotChecked as fault:
                    self._say(f"goal {name}: {fault}")
            if name == WORST:
                program.close_pairs(self.census.utility < value)
                # Somebody has a seat, where anything but nothing was reached.
                if value > 0:
                    program.keep_goal(name, objective, 1)
            elif proven is not None and proven.exact is not None and proven.bound == value:
                program.restrict(*proven.exact)
            else:
                program.keep_goal(name, objective, value)

    def _compare(self, name: str, bound: object, computed: int, value: int, status: object) -> None:
        where = f"goal {name}"
        if whole(bound) != computed:
            self._say(f"{where}: bound is {shown(bound)}, the prices give {computed}")
        if computed < value:
            self._say(f"{where}: the prices allow {computed}, less than {value}")
        elif computed > value and status != "feasible":
            self._say(f"{where}: not proved optimal: the result reaches {value}, the prices allow {computed}")

    def _check_worst(
        self, program: Program, objectives: Objectives, goal: Mapping[str, Any], value: int, status: object
    ) -> None:
        """The smallest utility: that with the pairs above the bound alone, nobody can be placed.

        Raises
        ------
        NotChecked
            Where the proof is malformed.
        """
        where, bound = f"goal {WORST}", whole(goal.get("bound"))
        if bound is None or bound < value:
            self._say(f"{where}: bound is {shown(goal.get('bound'))}, the result reaches {value}")
            return
        if bound > value and status != "feasible":
            self._say(f"{where}: not proved optimal: the result reaches {value}, the bound is {bound}")
        below = self.census.utility <= bound
        if not program.pair_high[~below].any() and not PROOF_KEYS & goal.keys():
            return  # no pair above the bound is left: there is nothing to prove
        before = program.pair_high.copy()
        program.close_pairs(below)
        seats = prove(program, objectives.better_than(bound), goal).bound
        cannot_be = bool((program.pair_low[below] > 0).any())
        program.pair_high = before
        if seats >= 1 and not cannot_be:
            self._say(f"{where}: the prices allow {seats} seats above {bound}")
