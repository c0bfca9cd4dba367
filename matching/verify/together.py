"""What placements have to keep to together: seats, groups, limits, companions, budgets, vans, schedules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from matching.problem import MONEY_SCALE, UNKNOWN, IntArray
from matching.verify.census import Census
from matching.verify.facts import Facts, Pair
from matching.verify.outputs import PLACEMENTS
from matching.verify.sides import Limit, Sides
from matching.verify.violations import Report


def check_together(facts: Facts, sides: Sides, census: Census, pairs: Sequence[Pair], report: Report) -> None:
    """Report whatever the placed pairs break as a whole.

    Parameters
    ----------
    pairs
        Student and opportunity of each row of placements.csv.
    """
    held: dict[int, list[int]] = defaultdict(list)
    hosts: dict[int, list[int]] = defaultdict(list)
    for student, opportunity in sorted(set(pairs)):
        held[student].append(opportunity)
        hosts[opportunity].append(student)
    for pair, times in sorted(Counter(pairs).items()):
        if times > 1:
            report.add(PLACEMENTS, f"{facts.pair(pair)} stands here {times} times")
    _check_pins(facts, held, report)
    _check_opportunities(facts, hosts, report)
    _check_students(facts, sides, sides.most_seats(census), held, report)
    for limit in sides.limits.values():
        _check_limit(sides, limit, held, hosts, report)
    _check_companions(facts, sides, held, report)
    _check_budgets(facts, sides, hosts, report)
    _check_vans(facts, sides, held, report)


def _check_pins(facts: Facts, held: dict[int, list[int]], report: Report) -> None:
    for student, required in facts.required.items():
        for opportunity in required:
            if opportunity not in held.get(student, ()):
                pair = facts.pair((student, opportunity))
                report.add(PLACEMENTS, f"a pin requires {pair}, which is not placed")


def _check_opportunities(facts: Facts, hosts: dict[int, list[int]], report: Report) -> None:
    table = facts.problem.opportunities
    for opportunity, students in sorted(hosts.items()):
        name, count = facts.opportunity(opportunity), len(students)
        seats, least = int(table.seats[opportunity]), int(table.min_students[opportunity])
        if count > seats:
            report.add(PLACEMENTS, f"opportunity {name} has {seats} seats but {count} students")
        if count < least:
            report.add(PLACEMENTS, f"opportunity {name} runs with {least} students or none, not with {count}")


def _check_students(
    facts: Facts, sides: Sides, most: IntArray, held: dict[int, list[int]], report: Report
) -> None:
    for student, seats in sorted(held.items()):
        name = facts.student(student)
        if len(seats) > most[student]:
            said = " and ".join(facts.opportunity(opportunity) for opportunity in seats)
            report.add(PLACEMENTS, f"student {name} has more than {_seats(int(most[student]))}: {said}")
        for one, other in combinations(seats, 2):
            if sides.clash(student, one, other):
                overlap = sides.overlap(student, one, other)
                why = "their schedules clash" if overlap else "their hours together are unlawful"
                report.add(
                    PLACEMENTS,
                    f"student {name} cannot hold both {facts.opportunity(one)} and"
                    f" {facts.opportunity(other)}: {why}",
                )


def _check_limit(
    sides: Sides,
    limit: Limit,
    held: dict[int, list[int]],
    hosts: dict[int, list[int]],
    report: Report,
) -> None:
    counts = sides.counts(limit)
    if limit.of_students:
        placed = sum(counts(student) for student in held)
    else:
        placed = len({student for o, students in hosts.items() if counts(o) for student in students})
    where = f"limit {limit.scope} {limit.id}"
    if limit.high is not None and placed > limit.high:
        report.add(PLACEMENTS, f"{where}: {placed} students placed, at most {limit.high} allowed")
    if placed < limit.low and not limit.soft:
        report.add(PLACEMENTS, f"{where}: {placed} students placed, at least {limit.low} demanded")


def _check_companions(facts: Facts, sides: Sides, held: dict[int, list[int]], report: Report) -> None:
    for (one, other), together in sides.companions.items():
        names = f"students {facts.student(one)} and {facts.student(other)}"
        if together:
            if held.get(one, []) != held.get(other, []):
                report.add(PLACEMENTS, f"{names} go together but do not hold the same opportunities")
            continue
        for a in held.get(one, ()):
            for b in held.get(other, ()):
                if sides.same_site(a, b):
                    report.add(
                        PLACEMENTS,
                        f"{names} stay apart but {facts.opportunity(a)} and {facts.opportunity(b)}"
                        " are at one site",
                    )


def _check_budgets(facts: Facts, sides: Sides, hosts: dict[int, list[int]], report: Report) -> None:
    budgets = facts.problem.opportunities.budget_id
    for name, amount in sides.budgets.items():
        spent = sum(sides.cost(o) * len(students) for o, students in hosts.items() if budgets[o] == name)
        if spent > amount:
            report.add(
                PLACEMENTS, f"budget {name}: {spent / MONEY_SCALE:g} spent, {amount / MONEY_SCALE:g} given"
            )


def _check_vans(facts: Facts, sides: Sides, held: dict[int, list[int]], report: Report) -> None:
    riders: Counter[int] = Counter()
    for student, seats in held.items():
        school = int(facts.problem.students.school[student])
        if school == UNKNOWN or sides.van_seats(school) is None:
            continue
        riders[school] += any(sides.needs_van((student, opportunity)) for opportunity in seats)
    for school, count in sorted(riders.items()):
        seats_of_van = sides.van_seats(school)
        if seats_of_van is not None and count > seats_of_van:
            report.add(
                PLACEMENTS,
                f"school {facts.problem.schools.ids[school]}: {count} students need its van,"
                f" which has {_seats(seats_of_van)}",
            )


def _seats(number: int) -> str:
    return "1 seat" if number == 1 else f"{number} seats"
