"""The law three times: the engine, ``verify`` and a walk over every date agree on random rounds.

``THOROUGH=1`` tries many more rounds.
"""

from __future__ import annotations

import os
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from matching.eligibility import conditions, reasons
from matching.eligibility.joint_hours import JointHours
from matching.files import RoundFaults, parse_round
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.rules import examine
from tests.matching import oracle_law
from tests.matching.oracle import clashes
from tests.matching.oracle_law import unlawful_together
from tests.matching.oracle_round import read
from tests.matching.strategies import Files
from tests.matching.strategies_law import law_rounds

pytestmark = pytest.mark.slow

law_settings = settings(
    max_examples=6000 if os.environ.get("THOROUGH") else 100,
    deadline=None,
    derandomize=not os.environ.get("THOROUGH"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.mark.slow
@law_settings
@given(law_rounds())
def test_engine_verify_and_a_walk_over_every_date_agree(files: Files) -> None:
    try:
        problem = parse_round(files)
    except RoundFaults as faults:
        # A letter may be drawn that no date of the calendar got.
        assert "day letter" in str(faults), faults
        return
    world, facts = read(files), Facts(problem)
    profiles = Profiles(facts)
    pairs = list(product(range(len(problem.students)), range(len(problem.opportunities))))
    columns = (np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs]))
    unlawful, no_time = (profiles.fails(reason, *columns) for reason in ("labor_law", "schedule"))
    asked = conditions(problem, *columns)
    for place, (pair, against) in enumerate(zip(pairs, reasons(problem, *columns), strict=True)):
        student, offer = (
            world.students[facts.student(pair[0])],
            world.opportunities[facts.opportunity(pair[1])],
        )
        broken, expected = oracle_law.ruling(world, student, offer)
        ruling, examined = facts.ruling(pair), examine(facts, pair)
        by_engine = {str(reason.detail["rule"]) for reason in against if reason.code == "labor_law"}
        assert set(ruling.against) == broken == by_engine, (student, offer)
        assert bool(unlawful[place]) == bool(broken), (student, offer)
        clash = clashes(world, student, offer)
        assert ("schedule" in examined.against) == clash == bool(no_time[place]), (student, offer)
        assert clash == any(reason.code == "schedule" for reason in against), (student, offer)
        if not against:
            assert set(examined.conditions) - {"travel_unknown"} == expected, (student, offer)
            assert set(asked[place]) - {"travel_unknown"} == expected, (student, offer)


@pytest.mark.slow
@law_settings
@given(law_rounds())
def test_the_hours_of_two_seats_are_judged_alike(files: Files) -> None:
    try:
        problem = parse_round(files)
    except RoundFaults as faults:
        assert "day letter" in str(faults), faults
        return
    world, facts = read(files), Facts(problem)
    offers = range(len(problem.opportunities))
    for student, one, other in product(range(len(problem.students)), offers, offers):
        if one == other:
            continue
        rows = world.opportunities[facts.opportunity(one)], world.opportunities[facts.opportunity(other)]
        own = world.students[facts.student(student)]
        expected = unlawful_together(world, own, *rows)
        said = facts.law.too_much(facts.law_offer(one), facts.law_offer(other), facts.law_student(student))
        engine = JointHours(problem).breaks(np.array([student]), np.array([one]), np.array([other]))
        assert bool(engine[0]) == said == expected, (own, *rows)
