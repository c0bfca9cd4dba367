"""On random small rounds ``verify`` judges pairs, counts and stable results as the oracle does.

``THOROUGH=1`` tries many more rounds.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.files import RoundFaults, parse_round
from matching.pairs import REASONS
from matching.problem import UNKNOWN
from matching.solve import Infeasible, solve
from matching.verify import verify
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.placed import Truth
from matching.verify.profiles import Profiles
from tests.matching import oracle
from tests.matching.strategies import Files, listed_rounds, rounds

pytestmark = pytest.mark.slow

EXAMPLES = 4000 if os.environ.get("THOROUGH") else 150

small_rounds = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not os.environ.get("THOROUGH"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
@small_rounds
@given(rounds())
def test_verify_judges_every_pair_as_the_oracle_does(files: Files) -> None:
    problem, pairs = parse_round(files), oracle.judge_all(oracle.read(files))
    facts = Facts(problem)
    profiles = Profiles(facts)
    for (student, opportunity), judged in pairs.items():
        pair = (facts.student_index[student], facts.opportunity_index[opportunity])
        truth = Truth.of(facts, pair)
        assert truth.examined.against == judged.reasons, pair
        one = (np.array(pair[:1]), np.array(pair[1:]))
        for reason in REASONS[REASONS.index("reserved") :]:
            assert bool(profiles.fails(reason, *one)[0]) == (reason in judged.reasons), (pair, reason)
        assert truth.examined.way.longer == (UNKNOWN if judged.minutes is None else judged.minutes), pair
        if not judged.reasons:
            assert truth.examined.conditions == judged.conditions, pair
            assert truth.utility == judged.utility, pair


@pytest.mark.slow
@small_rounds
@given(st.one_of(rounds(), listed_rounds()))
def test_the_census_counts_what_the_oracle_counts(files: Files) -> None:
    problem, world = parse_round(files), oracle.read(files)
    pairs = oracle.judge_all(world)
    facts = Facts(problem)
    census = take_census(facts, Profiles(facts))
    counted = zip(
        (facts.student(i) for i in census.student.tolist()),
        (facts.opportunity(j) for j in census.opportunity.tolist()),
        census.utility.tolist(),
        strict=True,
    )
    eligible = [(*pair, judged.utility) for pair, judged in pairs.items() if not judged.reasons]
    assert list(counted) == eligible
    considered = pairs if world.listed is None else world.listed
    assert census.considered == len(considered)
    first = Counter((pair[0], pairs[pair].reasons[:1]) for pair in considered)
    for student, row in zip(problem.students.ids, census.excluded.tolist(), strict=True):
        assert row == [first[student, (reason,)] for reason in REASONS]


@pytest.mark.slow
@small_rounds
@given(st.one_of(rounds(), listed_rounds()))
def test_a_stable_result_is_that_of_deferred_acceptance(files: Files) -> None:
    problem, world = parse_round(files), oracle.read(files)
    try:
        outputs = solve(problem, method="stable").files()
    except (RoundFaults, Infeasible):
        return
    assert verify(problem, outputs) == []
    eligible = {pair: judged for pair, judged in oracle.judge_all(world).items() if not judged.reasons}
    assert _matching(outputs) == oracle.deferred_acceptance(world, eligible)


def _matching(outputs: Files) -> oracle.Matching:
    rows = csv.DictReader(io.StringIO(outputs["placements.csv"].decode()))
    return {row["student_id"]: row["opportunity_id"] for row in rows}
