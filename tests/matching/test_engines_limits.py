"""Limits, goals of any sign and the goal of the worst on small networks, against every choice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from matching.constraints import LimitSet
from matching.engines.flow import CannotHold, Goal, Proof, Warm, goal_by_goal, start, worth
from matching.engines.mend import mend
from matching.engines.nesting import Limit, first_overlap, nest
from matching.engines.network import CannotMeet, Network, best, first_face
from matching.engines.prices import no_prices, recover
from matching.files import parse_round
from matching.problem import IntArray
from matching.solve import solve
from matching.verify import verify
from tests.matching.test_engines import random_network, random_required

NAMES = ("placed", "priority", "floors", "utility", "first_choices", "fewest_changes", "worst_utility")
FAR = 10**9


def random_limits(rng: np.random.Generator, network: Network, soft: bool) -> tuple[LimitSet, ...]:
    """A tree of up to three sets on either side, some with equal members."""
    found: list[LimitSet] = []
    for of_students, size in ((True, network.students), (False, len(network.seats))):
        members = np.sort(rng.permutation(size)[: rng.integers(1, size + 1)])
        sets = [members, np.setdiff1d(np.arange(size), members)]
        sets.append(members[: rng.integers(0, len(members) + 1)])
        for place, part in enumerate(sets[: rng.integers(0, 4)]):
            low = int(rng.integers(0, 3)) if rng.random() < 0.6 else 0
            high = max(low, int(rng.integers(0, 4))) if rng.random() < 0.6 else network.students
            name = f"{'s' if of_students else 'o'}{place}"
            is_soft = of_students and soft and low > 0 and rng.random() < 0.7
            found.append(LimitSet("group", name, low, high, is_soft, of_students, part))
    return tuple(found)


def random_goals(rng: np.random.Generator, network: Network, soft: bool) -> list[Goal]:
    """Each of some of the goals once, in any order; ``floors`` wherever a limit is soft."""
    count, n = len(network.student), network.students
    had = {s: s % 3 for s in range(n) if rng.random() < 0.6}
    before = np.array([had.get(s, -1) for s in network.student.tolist()], np.int64)
    kept = (before == network.opportunity).astype(np.int64) - (before == -1)
    goals = {
        "placed": Goal("placed", np.ones(count, np.int64)),
        "priority": Goal("priority", rng.integers(0, 3, n)[network.student]),
        "floors": Goal("floors", np.zeros(count, np.int64), missing=-1),
        "utility": Goal("utility", rng.integers(0, int(rng.choice([2, 5, 1000])), count)),
        "first_choices": Goal("first_choices", (rng.random(count) < 0.3).astype(np.int64)),
        "fewest_changes": Goal("fewest_changes", kept, constant=-len(had)),
        "worst_utility": Goal("worst_utility", rng.integers(0, 6, count), worst=True),
    }
    order = rng.permutation(len(NAMES))[: rng.integers(1, 6)]
    names = [NAMES[i] for i in order.tolist()]
    if soft and "floors" not in names:
        names.append("floors")
    return [goals[name] for name in names]


def counted(network: Network, limit: Limit, chosen: list[int]) -> int:
    side = network.student if limit.of_students else network.opportunity
    return len([place for place in side[chosen].tolist() if place in limit.members])


def every_choice(network: Network, required: IntArray) -> Iterator[list[int]]:
    options = [[-1, *np.flatnonzero(network.student == s).tolist()] for s in range(network.students)]
    for pair in required.tolist():
        options[network.student[pair]] = [pair]
    for choice in itertools.product(*options):
        chosen = [pair for pair in choice if pair >= 0]
        taken = np.bincount(network.opportunity[chosen], minlength=len(network.seats))
        if (taken > network.seats).any():
            continue
        counts = [counted(network, limit, chosen) for limit in network.limits]
        if all(
            (limit.soft or count >= limit.low) and count <= limit.high
            for limit, count in zip(network.limits, counts, strict=True)
        ):
            yield chosen


def value(network: Network, goal: Goal, chosen: list[int]) -> int:
    weights: list[int] = goal.weight[chosen].tolist()
    if goal.worst:
        return min(weights, default=0)
    lacking: int = sum(
        max(0, limit.low - counted(network, limit, chosen)) for limit in network.limits if limit.soft
    )
    return goal.constant + sum(weights) + goal.missing * lacking


class Program:
    """The certificate's program, as its description has it: columns with bounds, rows with bounds."""

    def __init__(self, network: Network, required: IntArray) -> None:
        n = network.students
        pinned = {int(network.student[pair]): pair for pair in required.tolist()}
        self.columns: dict[tuple[str, object], list[int]] = {}
        self.entries: dict[tuple[str, object], list[tuple[str, object]]] = {}
        self.rows: dict[tuple[str, object], list[int]] = {}
        for s in range(n):
            self.rows["student", s] = [1, 1] if s in pinned else [0, 1]
        for o, seats in enumerate(network.seats.tolist()):
            self.rows["opportunity", o] = [0, seats]
        for pair, (s, o) in enumerate(
            zip(network.student.tolist(), network.opportunity.tolist(), strict=True)
        ):
            fixed = pinned.get(s, pair) == pair
            self.columns["pair", pair] = [0, 1 if fixed else 0]
            self.entries["pair", pair] = [("student", s), ("opportunity", o)]
        for limit in network.limits:
            name = ("limit", limit.scope, limit.id)
            names = [name]
            self.rows["row", name] = [0 if limit.soft else limit.low, limit.high]
            if limit.soft:
                floor = ("floor", limit.scope, limit.id)
                names.append(floor)
                self.rows["row", floor] = [limit.low, FAR]
                self.columns["missing", floor] = [0, limit.low]
                self.entries["missing", floor] = [("row", floor)]
            self._count(network, limit, names)
        self.rows["row", ("goal", "worst_utility")] = [0, FAR]
        for pair in range(len(network.student)):
            self.entries["pair", pair].append(("row", ("goal", "worst_utility")))

    def _count(self, network: Network, limit: Limit, names: Sequence[tuple[str, ...]]) -> None:
        side = network.student if limit.of_students else network.opportunity
        for pair in np.flatnonzero(np.isin(side, limit.members)).tolist():
            self.entries["pair", pair].extend(("row", name) for name in names)

    def bound(self, proof: Proof, weight: IntArray, missing: int) -> int:
        """Weak duality: what no choice can be worth more than, at any prices at all."""
        price = self.price(proof)
        total = 0
        for row, (low, high) in self.rows.items():
            total += price.get(row, 0) * (high if price.get(row, 0) > 0 else low)
        for column, (low, high) in self.columns.items():
            left = self.left(column, price, weight, missing)
            total += max(left * low, left * high)
        assert abs(total) < FAR
        return total

    @staticmethod
    def price(proof: Proof) -> dict[tuple[str, object], int]:
        prices = proof.prices
        found: dict[tuple[str, object], int] = {}
        found.update({("student", s): p for s, p in enumerate(prices.students.tolist())})
        found.update({("opportunity", o): p for o, p in enumerate(prices.opportunities.tolist())})
        found.update({("row", name): p for name, p in zip(prices.names, prices.rows.tolist(), strict=True)})
        return found

    def left(
        self,
        column: tuple[str, object],
        price: dict[tuple[str, object], int],
        weight: IntArray,
        missing: int,
    ) -> int:
        kind, key = column
        worth = int(weight[int(str(key))]) if kind == "pair" else missing
        return worth - sum(price.get(row, 0) for row in self.entries[column])

    def prove(self, proof: Proof) -> None:
        """Check a proof, then keep to what it leaves."""
        goal = proof.goal
        if goal.worst:
            self._prove_worst(proof)
            return
        assert proof.value == proof.bound
        assert proof.bound == goal.constant + self.bound(proof, goal.weight, goal.missing)
        price = self.price(proof)
        for column, bounds in self.columns.items():
            left = self.left(column, price, goal.weight, goal.missing)
            if left:
                bounds[:] = [bounds[left > 0]] * 2
        for row, bounds in self.rows.items():
            if price.get(row, 0):
                bounds[:] = [bounds[price[row] > 0]] * 2

    def _prove_worst(self, proof: Proof) -> None:
        weight = proof.goal.weight
        kept = {column: list(bounds) for column, bounds in self.columns.items()}
        self._give_up(weight <= proof.bound)
        assert self.bound(proof, np.ones(len(weight), np.int64), 0) < 1
        self.columns = kept
        assert proof.value == proof.bound
        if proof.value > 0:
            self._give_up(weight < proof.value)
            self.rows["row", ("goal", "worst_utility")][0] = 1

    def _give_up(self, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        for pair in np.flatnonzero(which).tolist():
            self.columns["pair", pair] = [0, 0]


def assert_proved(network: Network, required: IntArray, proofs: tuple[Proof, ...]) -> None:
    program = Program(network, required)
    for proof in proofs:
        program.prove(proof)


def random_case(seed: int) -> tuple[Network, IntArray, list[Goal]]:
    rng = np.random.default_rng(seed)
    plain = random_network(rng, 5, 4)
    soft = bool(rng.random() < 0.5)
    limits = random_limits(rng, plain, soft)
    network = Network(plain.student, plain.opportunity, plain.seats, plain.students, limits)
    required = random_required(rng, network)
    return network, required, random_goals(rng, network, any(limit.soft for limit in limits))


@pytest.mark.parametrize("block", range(10))
def test_every_goal_in_any_order_under_limits_is_the_best_and_is_proved(block: int) -> None:
    held = 0
    for seed in range(40 * block, 40 * block + 40):
        network, required, goals = random_case(seed)
        choices = list(every_choice(network, required))
        if not choices:
            with pytest.raises(CannotHold) as caught:
                goal_by_goal(network, goals, required)
            nothing = Goal("nothing", np.zeros(len(network.student), np.int64))
            proof = Proof(nothing, 0, 0, caught.value.prices)
            assert Program(network, required).bound(proof, nothing.weight, 0) < 0
            continue
        held += 1
        seat, proofs = goal_by_goal(network, goals, required)
        chosen = [pair for pair in seat.tolist() if pair >= 0]
        assert chosen in choices
        reached = tuple(value(network, goal, chosen) for goal in goals)
        best = max(tuple(value(network, goal, choice) for goal in goals) for choice in choices)
        assert reached == tuple(proof.value for proof in proofs) == best
        assert_proved(network, required, proofs)
    assert 10 < held < 40


def test_a_warm_start_reaches_the_values_of_a_solve_from_nothing() -> None:
    """One more pin, some pairs less, and prices that are off: each is proved on its own."""
    for seed in range(80):
        network, required, goals = random_case(seed)
        rng = np.random.default_rng(seed)
        try:
            seat, proofs = goal_by_goal(network, goals, required)
        except CannotHold:
            continue
        warm = Warm(np.where(seat >= 0, network.opportunity[seat], -1), proofs)
        kept = rng.random(len(network.student)) < 0.8
        other = replace(network, student=network.student[kept], opportunity=network.opportunity[kept])
        goals = [replace(goal, weight=goal.weight[kept]) for goal in goals]
        required = random_required(rng, other)
        try:
            _, cold = goal_by_goal(other, goals, required)
        except CannotHold:
            continue
        seat, proofs = goal_by_goal(other, goals, required, warm=warm)
        chosen = [pair for pair in seat.tolist() if pair >= 0]
        assert chosen in list(every_choice(other, required))
        assert [proof.value for proof in proofs] == [proof.value for proof in cold]
        assert [value(other, goal, chosen) for goal in goals] == [proof.value for proof in proofs]
        assert_proved(other, required, proofs)


def test_mending_starts_from_any_seats_and_prices() -> None:
    for seed in range(80):
        network, required, goals = random_case(seed)
        rng = np.random.default_rng(seed)
        goal = next((goal for goal in goals if not goal.worst), None)
        try:
            face, seat = start(network, required)
        except CannotHold:
            continue
        if goal is None:
            continue
        right = recover(
            network, face, goal.weight, best(network, face, goal.weight, goal.missing), goal.missing
        )
        off = replace(right, opportunities=right.opportunities + rng.integers(-3, 4, len(network.seats)))
        values = set()
        for prices in (right, off, no_prices(network)):
            mended = mend(network, face, goal.weight, seat, prices, goal.missing)
            assert mended is not None
            bound = goal.constant + mended[1].bound(network, face, goal.missing)
            assert worth(network, goal, mended[0]) == bound
            values.add(bound)
        assert values == {goal.constant + right.bound(network, face, goal.missing)}


def test_overlapping_limits_are_no_network() -> None:
    one = LimitSet("group", "a", 0, 1, False, True, np.array([0, 1]))
    other = LimitSet("group", "b", 0, 1, False, True, np.array([1, 2]))
    with pytest.raises(ValueError, match="group b overlaps"):
        nest([one, other], 3, np.array([1]))


def test_larger_networks_with_limits_are_proved() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        plain = random_network(rng, 60, 20)
        cut = rng.integers(0, 60, 60) < 25
        limits = (
            LimitSet("school", "a", 3, int(cut.sum()) // 2, False, True, np.flatnonzero(cut)),
            LimitSet("group", "b", 20, 60, True, True, np.flatnonzero(~cut)),
            LimitSet("employer", "c", 0, 8, False, False, np.arange(12)),
            LimitSet("site", "d", 1, 4, False, False, np.arange(5)),
        )
        network = Network(plain.student, plain.opportunity, plain.seats + 1, 60, limits)
        required = np.zeros(0, np.int64)
        goals = random_goals(rng, network, True)
        _, proofs = goal_by_goal(network, goals, required)
        assert_proved(network, required, proofs)


def test_a_floor_that_all_students_meet_is_charged_where_verify_charges_it() -> None:
    """Without a ``max`` such a floor is fixed, so that its row may have a price above 0."""
    tables = {
        "students.csv": "student_id\na\nb\n",
        "opportunities.csv": "opportunity_id,seats,employer_id\no0,2,e\no1,1,e\n",
        "eligible.csv": "student_id,opportunity_id,utility\na,o0,0\na,o1,1\nb,o0,0\nb,o1,1\n",
        "preferences.csv": "student_id,opportunity_id,rank\na,o0,1\na,o1,2\nb,o0,1\nb,o1,2\n",
        "limits.csv": "scope,id,min,max\nemployer,e,2,\n",
        "policy.toml": "format = 1\non_date = 2027-01-11\n[objective]\n"
        'goals = ["utility", "first_choices"]\n',
    }
    problem = parse_round({name: text.encode() for name, text in tables.items()})
    result = solve(problem)
    assert result.method == "flow"
    last = result.proofs[-1]
    assert isinstance(last, Proof)
    assert last.prices.rows.tolist() == [1]
    assert verify(problem, result.files()) == []


def cross(one: LimitSet, other: LimitSet) -> bool:
    some, others = set(one.members.tolist()), set(other.members.tolist())
    return one.of_students == other.of_students and bool(some & others and some - others and others - some)


@pytest.mark.parametrize("seed", range(100))
def test_limits_that_overlap_are_found_as_by_comparing_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    limits = [
        LimitSet("group", str(place), 0, 1, False, bool(rng.integers(2)), np.flatnonzero(rng.random(5) < 0.5))
        for place in range(rng.integers(0, 6))
    ]
    found = first_overlap(limits, 5, 5)
    if found is None:
        assert not any(cross(one, other) for one, other in itertools.combinations(limits, 2))
    else:
        assert cross(*found)


def test_only_what_cannot_be_met_is_called_so() -> None:
    one = np.zeros(1, np.int64)
    asks = LimitSet("group", "g", 2, 2, False, False, one)
    network = Network(one, one, np.ones(1, np.int64), 1, (asks,))
    with pytest.raises(CannotMeet):
        best(network, first_face(network, one[:0]), one)
    free = Network(one, one, np.ones(1, np.int64), 1)
    with pytest.raises(RuntimeError, match="BAD_COST_RANGE"):
        best(free, first_face(free, one[:0]), one + 2**62)
