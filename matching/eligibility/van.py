"""Which pairs are within reach by the school's van alone: each takes one of its seats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.eligibility.travel import Travel
from matching.pairs import Eligible
from matching.problem import UNKNOWN, BoolArray, Column, Problem

VAN = "van"


def van_only(problem: Problem, eligible: Eligible) -> BoolArray:
    """[p] whether the pair would be excluded by travel if the student's modes lacked ``van``.

    With eligible.csv nothing is derived from profiles, so no pair needs a van.
    """
    needs = np.zeros(len(eligible), np.bool_)
    modes = problem.students.travel_modes
    by_van = np.array([VAN in value for value in modes.values], np.bool_)
    if problem.eligible is not None or not by_van.any():
        return needs
    others = np.array([len(value) > 1 for value in modes.values], np.bool_)
    code = modes.codes[eligible.student]
    # Only a limited way can be too long; a student without any other mode has no other way.
    considered = by_van[code] & (eligible.minutes != UNKNOWN)
    needs[considered & ~others[code]] = True
    rows = np.flatnonzero(considered & others[code])
    if len(rows):
        without = _without_van(problem)
        needs[rows] = Travel(without).fails(eligible.student[rows], eligible.opportunity[rows])
    return needs


def _without_van(problem: Problem) -> Problem:
    modes = problem.students.travel_modes
    # A student who has the van alone keeps it here: such pairs are never asked about.
    values = tuple(value - {VAN} or value for value in modes.values)
    students = replace(problem.students, travel_modes=Column(modes.codes, values))
    return replace(problem, students=students)
