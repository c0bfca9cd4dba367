"""What a student could have answered otherwise that would have helped: each verified by solving.

Asked are the student's own answers alone: how far they travel and how, when they have time, pay,
whether they are open to others, what they rank or refuse. Never the law, what they need, or whom
they belong to. Of the others nothing is told but whether one of them would be left without a seat,
and that only of opportunities that ten students or more ranked. Else a change is told where it gets
the student a seat that stayed free, by what they answered alone; see ``contest``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from matching.contest import Contest
from matching.eligibility import eligible_pairs
from matching.fit import score
from matching.hypothetical import Answers, with_answers, with_students
from matching.messages import say
from matching.pairs import Eligible, Scored, among
from matching.problem import UNKNOWN, IntArray, Problem, Window, Windows
from matching.residual import GOAL_UNIT, Cost, Move, NotComputed, Residual, Solved, held_seats, read_solved
from matching.results import Result
from matching.sentences import help_sentence, titles_of
from matching.solve import Infeasible, NothingYet, solve

MORE_MINUTES = 60
"""How much further than their limit a student is asked to travel, at most."""

MINUTES_STEP = 5
NEW_MODES = ("walk", "bike", "transit")  # what somebody can decide on without a driver
WINDOWS_TRIED = 8  # the shortest

SOLVED_AGAIN = 150
"""Students of the largest round with side constraints that is solved again for each change."""

TRIES_BY_SOLVING = 2  # changes of a kind that are solved then
SECONDS_BY_SOLVING = 5.0  # for all of them together
KINDS = ("open_to_others", "pay", "rank", "travel_minutes", "travel_mode", "window", "refusal")


class Malformed(Exception):
    """A result folder lacks a file that is needed, or one of them is not of the format."""


@dataclass(frozen=True, slots=True)
class Change:
    """A student's own answer, changed: a kind of KINDS, what about it, and how large it is."""

    kind: str
    detail: Mapping[str, Any]
    answers: Answers
    size: int  # to compare changes of one kind


@dataclass(frozen=True, slots=True)
class Helpful:
    """A change that would help, and what would come of it."""

    change: Change
    opportunity: int
    displaces: bool  # somebody else would be without a seat
    example: bool = False  # there would be a seat, this one or another

    def record(self, problem: Problem) -> dict[str, Any]:
        """The change as codes and numbers."""
        return {
            "change": self.change.kind,
            **self.change.detail,
            "opportunity_id": problem.opportunities.ids[self.opportunity],
            "displaces": self.displaces,
            **({"example": True} if self.example else {}),
        }


def helpful_changes(solved: Solved, student: int, residual: Residual | None = None) -> list[Helpful]:
    """The smallest change of each kind with which every best result has the student better off.

    Better off is somebody without a seat who gets one, and somebody with a seat who gets one that
    they ranked higher. Exact: each is the result of solving again (see ``residual``).

    A change is told only where the opportunity was ranked by ten students or more, or has a free
    seat; and none where it brings the student nearer to any other opportunity, unless they had no
    seat and most of all students are to be placed: then the free seat is one for them, or another.

    Parameters
    ----------
    residual
        Of ``solved``, to share what it has built among questions about several students.

    Returns
    -------
    list of Helpful
        At most one a kind: those that leave nobody without a seat first, then in the order of KINDS.
    """
    if solved.problem.eligible is not None:
        return []  # the list of pairs decides, and no answer changes it
    residual = residual or Residual(solved)
    asked = _Asked(solved.problem, student, int(solved.seat[student]))
    found: dict[str, Helpful] = {}
    # Where most of all students are to be placed, a change that leaves nobody without a seat counts
    # one more, and it is no use to look at what counts none.
    placing = solved.goals[:1] == ("placed",) and asked.seat == UNKNOWN
    one_more = -(GOAL_UNIT ** (len(solved.goals) - 1)) // 2 if placing else 0
    changes, trial = asked.changes()
    now = residual.own_costs(asked.as_it_is(), 0, student)
    for copy, change in enumerate(changes):
        known = found.get(change.kind)
        if known and not known.displaces:
            continue
        doubtful = residual.contest.doubtful(now, residual.own_costs(trial, copy, student), asked.seat)
        if doubtful and not placing:
            continue
        move = _better(residual, asked, trial, copy, one_more if known or doubtful else 0)
        if move and (known is None or not move.displaces):
            found[change.kind] = Helpful(change, move.opportunity, move.displaces, doubtful)
    return _in_order(found)


def helpful_by_solving(
    problem: Problem,
    seat: Mapping[int, Collection[int]],
    student: int,
    deadline: float | None = None,
) -> list[Helpful]:
    """For a round with side constraints: changes with which solving it again has the student better off.

    A few of each kind are solved, each to a proved optimum. That is the result which ``solve`` would
    give, and one best result: where several are equally good, the student may be no better off in
    another. ``helpful_changes`` says more, of rounds that are networks. A change is told only where
    ten students or more ranked the opportunity, or its seat stayed free and nobody else has to move.

    Parameters
    ----------
    seat
        What each placed student holds now.
    deadline
        A time of ``time.monotonic()``, by default ``SECONDS_BY_SOLVING`` from now. A change whose
        result is not proved by then is none that helps.

    Raises
    ------
    NotComputed
        ``side_constraints``, where the round is too large for that; ``time``, where the deadline
        passed before all were tried and none was found.
    """
    if deadline is None:
        deadline = monotonic() + SECONDS_BY_SOLVING
    if len(problem.students) > SOLVED_AGAIN or "fewest_changes" in problem.policy.goals:
        raise NotComputed("side_constraints")
    held = seat.get(student, ())
    asked = _Asked(problem, student, next(iter(held), UNKNOWN))
    taken = np.array([o for seats in seat.values() for o in seats], np.int64)
    contest = Contest.of(problem, np.bincount(taken, minlength=len(problem.opportunities)))
    changes, trial = asked.changes()
    tries: dict[str, int] = {}
    found: dict[str, Helpful] = {}
    all_tried = True
    for copy, change in enumerate(changes):
        better = asked.better(trial, copy) - set(held)
        tries[change.kind] = tries.get(change.kind, 0) + 1
        if not better or change.kind in found or tries[change.kind] > TRIES_BY_SOLVING:
            continue
        result = _proved(with_answers(problem, np.array([student]), [change.answers]), deadline)
        if result is None:
            all_tried = False
            continue
        got = sorted(better & set(result.opportunity[result.student == student].tolist()))
        if got and (contest.large[got[0]] or (contest.free[got[0]] and _stay(seat, result, student))):
            displaces = not set(seat) - {student} <= set(result.student.tolist())
            found[change.kind] = Helpful(change, got[0], displaces)
    if not (found or all_tried):
        raise NotComputed("time")
    return _in_order(found)


def _stay(seat: Mapping[int, Collection[int]], result: Result, student: int) -> bool:
    """Whether all others hold what they held."""
    before = {(other, o) for other, seats in seat.items() for o in seats if other != student}
    after = set(zip(result.student.tolist(), result.opportunity.tolist(), strict=True))
    return before == {pair for pair in after if pair[0] != student}


def _proved(problem: Problem, deadline: float) -> Result | None:
    """A best result that is proved before the deadline, if there is one."""
    left = min(deadline - monotonic(), problem.policy.solver.time_limit_seconds)
    if left <= 0:
        return None
    solver = replace(problem.policy.solver, time_limit_seconds=left)
    try:
        result = solve(replace(problem, policy=replace(problem.policy, solver=solver)))
    except (Infeasible, NothingYet):
        return None
    return result if result.status == "optimal" else None


def _in_order(found: Mapping[str, Helpful]) -> list[Helpful]:
    return sorted(found.values(), key=lambda one: (one.displaces, KINDS.index(one.change.kind)))


def what_would_help(
    problem: Problem, files: Mapping[str, bytes], student: int, deadline: float | None = None
) -> list[Helpful]:
    """The changes that would help a student, from the result folder of the round.

    Parameters
    ----------
    deadline
        A time of ``time.monotonic()``, for a round that is solved again for each change; see
        ``helpful_by_solving``.

    Raises
    ------
    NotComputed
        For a result of which it cannot be told.
    Malformed
    """
    read = _read(problem, files)
    if isinstance(read, Solved):
        return helpful_changes(read, student)
    return helpful_by_solving(problem, read, student, deadline)


def _read(problem: Problem, files: Mapping[str, bytes]) -> Solved | dict[int, list[int]]:
    """A result as it can be asked what would help: solved by a flow, or who holds which seats."""
    try:
        try:
            return read_solved(problem, files)
        except NotComputed as error:
            if str(error) not in ("side_constraints", "goals"):
                raise
        return held_seats(problem, files)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None


def help_lines(
    problem: Problem, files: Mapping[str, bytes], student: int, language: str, *, placed: bool
) -> list[str]:
    """What would help a student, in words; nothing for somebody with a seat who missed nothing.

    Raises
    ------
    Malformed
    """
    titles = titles_of(problem)
    head = say(language, "help_head")
    try:
        found = what_would_help(problem, files, student)
    except NotComputed as error:
        return [head, f"  {say(language, f'help_unknown_{error}')}"]
    if found:
        return [head, *(f"  {help_sentence(one.record(problem), language, titles)}" for one in found)]
    return [] if placed else [head, f"  {say(language, 'help_none')}"]


def _better(residual: Residual, asked: _Asked, trial: Scored, copy: int, limit: Cost) -> Move | None:
    """The better seat that the copy of the student gets in every best result, if so."""
    bids = residual.bids(trial, copy, asked.student)
    better = asked.better(trial, copy)
    own = residual.own_costs(trial, copy, asked.student)
    told = residual.contest.bids(bids, own, asked.seat)
    wanted = {o: cost for o, cost in told.items() if o in better}
    if min(wanted.values(), default=limit) >= limit:
        return None
    others = {o: cost for o, cost in bids.items() if o not in better}
    instead = residual.best(asked.student, others, limit)
    return residual.best(asked.student, wanted, instead.cost if instead else limit)


class _Asked:
    """One student, with all that they could have answered otherwise."""

    def __init__(self, problem: Problem, student: int, seat: int) -> None:
        self.problem, self.student, self.seat = problem, student, seat
        self._alone = with_students(problem, np.array([student]))
        ranked = self._alone.preferences
        self._rank = dict(zip(ranked.opportunity.tolist(), ranked.rank.tolist(), strict=True))

    def better(self, trial: Scored, copy: int) -> set[int]:
        """The opportunities among a copy's pairs that would make the student better off."""
        opportunities = _of_copy(trial.pairs, copy).tolist()
        if self.seat == UNKNOWN:
            return set(opportunities)
        rank = self._rank.get(self.seat)
        return {
            o
            for o in opportunities
            if o != self.seat and o in self._rank and (rank is None or self._rank[o] < rank)
        }

    def as_it_is(self) -> Scored:
        """The student's pairs with their own answers."""
        pairs, problem = self._pairs_of([Answers()])
        return score(problem, pairs)

    def changes(self) -> tuple[list[Change], Scored]:
        """Changes worth a try, smaller ones of a kind first, and the pairs that each leads to."""
        changes = [*self._simple(), *self._found_by_looking()]
        pairs, problem = self._pairs_of([change.answers for change in changes])
        return changes, score(problem, pairs)

    def _pairs_of(self, answers: Sequence[Answers]) -> tuple[Eligible, Problem]:
        copies = np.arange(len(answers))
        problem = with_students(self.problem, np.full(len(answers), self.student))
        problem = with_answers(problem, copies, answers)
        return eligible_pairs(problem), problem

    def _simple(self) -> Iterator[Change]:
        students = self._alone.students
        if not students.open_to_others[0] and self._rank:
            yield Change("open_to_others", {}, Answers(open_to_others=True), 0)
        if students.pay[0] != "either":
            yield Change("pay", {"asked": students.pay[0]}, Answers(pay="either"), 0)
        modes = students.travel_modes[0]
        for mode in NEW_MODES:
            if mode not in modes:
                yield Change("travel_mode", {"mode": mode}, Answers(travel_modes=modes | {mode}), 0)

    def _found_by_looking(self) -> Iterator[Change]:
        """Changes whose size shows in what would become possible."""
        limit = int(self._alone.students.max_travel_minutes[0])
        refused = self._alone.refusals.opportunity.tolist()
        pairs, _ = self._pairs_of(
            [
                Answers(),
                Answers(max_travel_minutes=limit + MORE_MINUTES),
                Answers(always_available=True),
                Answers(open_to_others=True),
                *(Answers(accepts=o) for o in refused),
            ]
        )
        now, further, always, open_to_all = (_of_copy(pairs, copy) for copy in range(4))
        yield from self._minutes(limit, pairs.minutes[pairs.student == 1][~np.isin(further, now)])
        yield from self._windows(np.setdiff1d(always, now))
        yield from self._rankings(open_to_all)
        for copy, o in enumerate(refused, 4):
            if o in _of_copy(pairs, copy):
                detail = {"refused": self.problem.opportunities.ids[o]}
                yield Change("refusal", detail, Answers(accepts=o), 0)

    def _minutes(self, limit: int, minutes: IntArray) -> Iterator[Change]:
        more = -(-(minutes - limit) // MINUTES_STEP) * MINUTES_STEP
        for by in np.unique(more[more > 0]).tolist():
            yield Change(
                "travel_minutes", {"by": by, "limit": limit}, Answers(max_travel_minutes=limit + by), by
            )

    def _windows(self, opportunities: IntArray) -> Iterator[Change]:
        """More time: what one opportunity lacks, the shortest first."""
        table, mine = self.problem.opportunities, self._alone.students.available[0] or ()
        lacking: dict[Windows, int] = {}
        for o in opportunities.tolist():
            missed = tuple(w for w in table.schedule[o] if not _inside(w, mine))
            if missed and np.isnan(table.flexible_hours[o]):
                lacking[missed] = sum(_uncovered(w, mine) for w in missed)
        for missed, size in sorted(lacking.items(), key=lambda item: (item[1], item[0]))[:WINDOWS_TRIED]:
            detail = {"windows": [[w.day, w.start, w.end] for w in missed]}
            yield Change("window", detail, Answers(available=(*mine, *missed)), size)

    def _rankings(self, opportunities: IntArray) -> Iterator[Change]:
        """One opportunity more on the list; it stands last there, so nobody is better off who has a seat."""
        if self.seat != UNKNOWN:
            return
        ranked = np.array(sorted(self._rank), np.int64)
        unranked = opportunities[~among(opportunities, ranked)]
        for o in unranked.tolist():
            detail = {"ranks": self.problem.opportunities.ids[o]}
            yield Change("rank", detail, Answers(ranks=o), 0)


def _of_copy(pairs: Eligible, copy: int) -> IntArray:
    return pairs.opportunity[slice(*np.searchsorted(pairs.student, [copy, copy + 1]))]


def _inside(window: Window, available: Windows) -> bool:
    days = {window.day, window.weekday}
    return any(w.day in days and w.start <= window.start and window.end <= w.end for w in available)


def _uncovered(window: Window, available: Windows) -> int:
    """Minutes of a window that none of the others holds."""
    free = np.ones(window.end - window.start, np.bool_)
    for one in available:
        if one.day in (window.day, window.weekday):
            free[max(0, one.start - window.start) : max(0, one.end - window.start)] = False
    return int(free.sum())
