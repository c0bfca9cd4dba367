"""Areas that a home can be named by: squares of a grid, so coarse that ten students live in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.problem import FloatArray, IntArray, Problem

SMALLEST_AREA = 10
"""Students who live in an area that is named, at least: of fewer, a home could be guessed."""

# Degrees, each four times the area of the one before: about 5, 10, 20 and 40 km.
_SIDES = (0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True, slots=True)
class Area:
    """A square of the grid, named by its middle."""

    latitude: float
    longitude: float
    school_id: str  # of the nearest school of those in the square, "" where there is none


def areas_of(problem: Problem, students: IntArray) -> dict[Area, IntArray]:
    """Some students by the smallest square around their home in which ten students live.

    Who lives where not even the coarsest square has ten, or whose home is unknown, is left out.
    """
    latitude, longitude = problem.students.latitude, problem.students.longitude
    left = students[~np.isnan(latitude[students])]
    found: dict[Area, IntArray] = {}
    for side in _SIDES:
        square = np.column_stack([np.floor(latitude / side), np.floor(longitude / side)])
        kinds, of_all = np.unique(square, axis=0, return_inverse=True)
        of_all = of_all.ravel()
        living = np.bincount(of_all[~np.isnan(latitude)], minlength=len(kinds))
        enough = living[of_all[left]] >= SMALLEST_AREA
        kept = left[enough]
        for kind in np.unique(of_all[kept]).tolist():
            north, east = (kinds[kind] + 0.5) * side
            area = Area(round(float(north), 3), round(float(east), 3), _school_in(problem, kinds[kind], side))
            found[area] = kept[of_all[kept] == kind]
        left = left[~enough]
    return found


def _school_in(problem: Problem, square: FloatArray, side: float) -> str:
    """The school nearest to the middle, of those in the square."""
    schools = problem.schools
    within = np.floor(schools.latitude / side) == square[0]
    within &= np.floor(schools.longitude / side) == square[1]
    rows = np.flatnonzero(within)
    if not len(rows):
        return ""
    middle = (square + 0.5) * side
    off = np.hypot(schools.latitude[rows] - middle[0], schools.longitude[rows] - middle[1])
    return schools.ids[int(rows[int(off.argmin())])]
