"""The rounds that are measured, made once a size and kept as files: a folder, a problem, its pairs."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.towns import make_round
from matching.eligibility import eligible_pairs
from matching.engines.network import Network
from matching.files import parse_round, write_folder
from matching.fit import score
from matching.problem import IntArray, Problem

SEED = 1
STUDENTS_PER_OPPORTUNITY = 5


@dataclass(frozen=True, slots=True)
class Instance:
    """One round on disk, in forms that each measurement loads before its clock starts."""

    at: Path
    students: int

    @property
    def folder(self) -> Path:
        return self.at / "round"

    @property
    def pairs_file(self) -> Path:
        return self.at / "pairs.npz"

    def problem(self) -> Problem:
        with (self.at / "problem.pickle").open("rb") as file:
            problem: Problem = pickle.load(file)
        return problem

    def network(self) -> tuple[Network, IntArray]:
        """The eligible pairs as a network, and the utility of each."""
        with np.load(self.pairs_file) as arrays:
            student, opportunity, utility, seats = (
                arrays[name].astype(np.int64) for name in ("student", "opportunity", "utility", "seats")
            )
        return Network(student, opportunity, seats, self.students), utility


def named(scratch: Path, students: int, *, sides: bool = False) -> Instance:
    """Where the round of a size lies."""
    return Instance(scratch / f"{students}{'-sides' if sides else ''}", students)


def make(scratch: Path, students: int, *, sides: bool = False) -> None:
    """Make the round of a size; ``sides`` adds caps, floors and cohorts to the same round."""
    instance = named(scratch, students, sides=sides)
    files = make_round(students, students // STUDENTS_PER_OPPORTUNITY, SEED, sides=sides)
    write_folder(instance.folder, files)
    problem = parse_round(files)
    del files
    with (instance.at / "problem.pickle").open("wb") as file:
        pickle.dump(problem, file, pickle.HIGHEST_PROTOCOL)
    eligible = eligible_pairs(problem)
    np.savez(
        instance.pairs_file,
        student=eligible.student.astype(np.int32),
        opportunity=eligible.opportunity.astype(np.int32),
        utility=score(problem, eligible).utility.astype(np.int32),
        seats=problem.opportunities.seats.astype(np.int32),
    )
