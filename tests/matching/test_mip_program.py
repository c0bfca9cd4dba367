"""What prices prove, in whole numbers: bounds hold for any prices, and faces lose no optimum."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.files import parse_round
from matching.fit import score
from matching.pins import required_pairs
from matching.problem import IntArray
from matching.program import FREE, Prices, Program, Weight, bound, exact_product, face, violated, with_row
from matching.program.round import Round, round_program
from tests.matching.sided_rounds import earlier_result, sided_round

FEASIBLE = (0, 3, 6, 8, 9, 13)
KINDS = ("limits", "cohorts", "budgets", "companions", "several", "clashes")


def small(seed: int) -> Round:
    problem = parse_round(sided_round(seed, KINDS, students=4, opportunities=3))
    eligible = eligible_pairs(problem)
    scored = score(problem, eligible)
    asked = constraints(problem, eligible)
    return round_program(problem, scored, asked, required_pairs(problem, eligible), earlier_result(seed))


def choices(round_: Round) -> list[IntArray]:
    """Every choice that keeps to all rows."""
    program = round_.program
    found = []
    for bits in product((0, 1), repeat=program.pairs):
        x = round_.complete(np.flatnonzero(bits))
        if not len(violated(program, x)):
            found.append(x)
    return found


def any_prices(program: Program, seed: int, scale: int) -> Prices:
    rng = np.random.default_rng(seed)
    rows = rng.integers(-300, 300, program.rows)
    rows[(rows > 0) & (program.high >= FREE)] = 0
    rows[(rows < 0) & (program.low <= -FREE)] = 0
    return Prices(rows, scale)


@pytest.mark.parametrize("seed", FEASIBLE)
def test_any_prices_bound_every_choice(seed: int) -> None:
    round_ = small(seed)
    feasible = choices(round_)
    assert feasible
    for scale in (1, 7):
        prices = any_prices(round_.program, seed, scale)
        for weight in round_.weights.values():
            limit = bound(round_.program, weight, prices).value
            assert all(weight.value(x) <= limit for x in feasible)


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_what_fractions_say(seed: int) -> None:
    round_ = small(seed)
    program, weight = round_.program, round_.weights["utility"]
    prices = any_prices(program, seed, 7)
    matrix = program.matrix.toarray().tolist()
    y = prices.rows.tolist()
    total = sum(
        (
            Fraction(p * (int(program.high[r]) if p > 0 else int(program.low[r])), 7)
            for r, p in enumerate(y)
            if p
        ),
        Fraction(0),
    )
    for column in range(program.columns):
        reduced = int(weight.columns[column]) - Fraction(
            sum(p * matrix[row][column] for row, p in enumerate(y)), 7
        )
        total += reduced * int((program.hi if reduced > 0 else program.lo)[column])
    found = bound(program, weight, prices)
    assert found.value == total.numerator // total.denominator
    assert found.exact == (total.denominator == 1)


def test_a_face_keeps_every_choice_that_reaches_the_bound() -> None:
    round_ = small(FEASIBLE[0])
    program = round_.program
    weight = Weight("none", np.zeros(program.columns, np.int64))
    feasible = choices(round_)
    assert feasible
    for seed in range(200):
        prices = any_prices(program, seed, 1)
        proven = bound(program, weight, prices)
        if any(weight.value(x) == proven.value for x in feasible):
            left = face(program, proven, prices)
            assert all(not len(violated(left, x)) for x in feasible if weight.value(x) == proven.value)
    nothing = Prices(np.zeros(program.rows, np.int64))
    assert all(
        not len(violated(face(program, bound(program, weight, nothing), nothing), x)) for x in feasible
    )


def test_a_price_on_a_bound_that_is_not_there_is_refused() -> None:
    round_ = small(2)
    program = with_row(round_.program, ("goal", "utility"), round_.weights["utility"].columns, 0)
    rows = np.zeros(program.rows, np.int64)
    rows[-1] = 1
    with pytest.raises(ValueError, match="bound that the row does not have"):
        bound(program, round_.weights["placed"], Prices(rows))


def test_numbers_beyond_64_bits_are_refused_and_sums_are_not() -> None:
    round_ = small(2)
    rows = np.full(round_.program.rows, 2**61)
    rows[round_.program.high >= FREE] = 0
    with pytest.raises(OverflowError):
        bound(round_.program, round_.weights["placed"], Prices(rows))
    many = np.full(1000, 2**52)
    assert exact_product(many, many) == 1000 * 2**104


def test_names_are_those_of_the_certificate() -> None:
    round_ = small(3)
    program = round_.program
    assert program.row_name(0) == ("student", "s0")
    assert program.row_name(len(program.student_ids)) == ("opportunity", "o0")
    assert program.row_name(program.first_side) == program.side_names[0]
    kind, student, opportunity = program.column_name(0)
    assert kind == "pair" and student.startswith("s") and opportunity.startswith("o")
    assert len(set(program.side_names)) == len(program.side_names)
