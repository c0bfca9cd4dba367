"""Changes after which everything that is required can hold, each verified."""

from __future__ import annotations

from collections.abc import Sequence

from matching.conflict.holds import needed
from matching.conflict.oracle import Answer, Oracle, OutOfTime
from matching.conflict.rules import Change, Rule, number_of
from matching.conflict.smallest import minimal

MOST_CHANGES = 40
"""Changes of one repair; a round that needs more has another fault than its numbers."""

MOST_REPAIRS = 12
MOST_QUESTIONS = 200
"""After so many no further repair is looked for, where there is one: a count, so that every machine
finds the same."""

MOST_SEATS = 8  # opportunities of which more seats are tried
_STEPS = 20  # of the search for the least amount: budgets are large numbers

Changes = tuple[Change, ...]


def repairs(
    oracle: Oracle, rules: Sequence[Rule], conflict: Sequence[Rule], crowded: Sequence[Rule]
) -> tuple[tuple[Changes, ...], bool]:
    """Repairs that begin with each rule of a conflict, and with more seats; whether these are all.

    The cheapest come first: cheaper is what changes fewer rules, and then what changes them less.

    Parameters
    ----------
    rules
        All of the round.
    conflict
        A minimal conflict: one of its rules has to give way, or a seat has to be added.
    crowded
        Rules of kind ``seats`` that the conflict touches.
    """
    found: list[Changes] = []
    complete, most = len(crowded) <= MOST_SEATS, oracle.asked + MOST_QUESTIONS
    for rule in (*conflict, *crowded[:MOST_SEATS]):
        if found and oracle.asked >= most:
            complete = False
            break
        try:
            repair = _repair(oracle, rules, rule)
        except OutOfTime:
            complete = False
            break
        if repair and all(set(repair) != set(other) for other in found):
            found.append(repair)
    found.sort(key=lambda repair: (len(repair), sum(change.cost for change in repair)))
    return tuple(found[:MOST_REPAIRS]), complete and len(found) <= MOST_REPAIRS


def _repair(oracle: Oracle, rules: Sequence[Rule], first: Rule) -> Changes | None:
    """A repair that changes ``first`` and, where that is not enough, others of its kind before others."""
    changes = [_given_up(oracle, first)]
    while (answer := oracle.ask(rules, changes)).chosen is None:
        core = minimal(oracle, rules, changes)
        if not core or len(changes) >= MOST_CHANGES:
            return None
        already = {change.rule for change in changes}
        left = [rule for rule in core if rule not in already]
        alike = [rule for rule in left if (rule.kind, rule.bound) == (first.kind, first.bound)]
        if first.kind == "seats":
            pinned = [rule for rule in left if rule.kind == "pin"]
            places = [Rule("seats", int(oracle.problem.pins.opportunity[rule.row])) for rule in pinned]
            alike = [rule for rule in dict.fromkeys(places) if rule not in already]
        if not (alike or left):
            return None
        changes.append(_given_up(oracle, (alike or left)[-1]))
    for place in range(len(changes)):
        answer = _least(oracle, rules, changes, place, answer)
    return tuple(change for change in changes if change.after != change.before)


def _given_up(oracle: Oracle, rule: Rule) -> Change:
    """The rule taken out; seats cannot be, so there are enough for everybody."""
    before = number_of(oracle.problem, rule)
    return Change(rule, before, len(oracle.problem.students) if rule.kind == "seats" else None)


def _least(
    oracle: Oracle, rules: Sequence[Rule], changes: list[Change], place: int, answer: Answer
) -> Answer:
    """Put the least change that is enough in the place of one; the answer to what is left then."""
    rule, before = changes[place].rule, changes[place].before
    if rule.kind in ("pin", "together", "apart"):
        kept = changes[:place] + changes[place + 1 :]
        again = oracle.ask(rules, kept)
        if again.chosen is not None:
            changes[place] = Change(rule, before, before)
            return again
        return answer
    assert answer.chosen is not None
    enough = needed(oracle.problem, oracle.scored, rule, answer.chosen)
    down = rule.kind == "min_students" or rule.bound == "min"
    if rule.kind == "min_students" and enough == 0:
        enough = before
    enough = min(enough, before) if down else max(enough, before)
    best, too_little = enough, before + 1 if down else before - 1
    for _ in range(_STEPS):
        if abs(best - too_little) <= 1:
            break
        tried = (best + too_little) // 2
        changes[place] = Change(rule, before, tried)
        again = oracle.ask(rules, changes)
        if again.chosen is None:
            too_little = tried
        else:
            best, answer = tried, again
    changes[place] = Change(rule, before, best)
    return answer
