"""Where to recruit: a kind of work, a place and a time that would place the most of the unplaced.

A made-up opportunity stands in the middle of an area, at a time that work of this round has, open
to everyone and without a rule of its own; the law and what students asked for hold as for any
other. How many it would place is what solving the round with it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from matching.advise.again import Outcome, Round
from matching.advise.areas import Area, areas_of
from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.fit import parts, score
from matching.hypothetical import column_of, taken, with_more_work, with_opportunities, with_students
from matching.pairs import PARTS, Eligible, Scored
from matching.problem import UNKNOWN, BoolArray, Codes, IntArray, Opportunities, Problem, Windows

MOST_SEATS = 10  # of one piece of advice: an employer takes no whole school
_AREAS = 40  # with the most of the unplaced
_TIMES = 8  # with the most work of the round


class _Place(NamedTuple):
    area: Area
    windows: Windows
    living: int  # of the unplaced


def where_to_recruit(now: Round, result: Outcome) -> Iterator[dict[str, Any]]:
    """Places and times, each verified by solving with the work added; the best first.

    Each is about students whom those before it do not reach.

    Yields
    ------
    dict
        ``latitude, longitude, school_id`` of the area's middle, ``windows`` ([day, start, end]),
        ``cluster`` ("" where the round names none), ``seats``, ``students`` more that they are
        certain to place, and ``reached``, the unplaced for whom it would be possible.
    """
    problem = now.problem
    unplaced = np.flatnonzero(~result.placed)
    places = _places(problem, unplaced) if problem.eligible is None else []
    if not places:
        return
    work = _work(problem, places, [""] * len(places))
    open_to = _reaching(problem, unplaced, work)
    left = np.ones(len(unplaced), np.bool_)
    suggested: list[dict[str, Any]] = []
    for _ in range(now.tries):
        reached = (open_to & left[:, None]).sum(axis=0)
        best = int(reached.argmax())
        if not reached[best]:
            break
        students = unplaced[open_to[:, best] & left]
        left &= ~open_to[:, best]
        one = _suggestion(now, result, places[best], students)
        if one:
            suggested.append(one)
    yield from sorted(suggested, key=lambda one: -one["students"])


def _places(problem: Problem, unplaced: IntArray) -> list[_Place]:
    areas = sorted(areas_of(problem, unplaced).items(), key=lambda item: (-len(item[1]), item[0].latitude))
    table = problem.opportunities
    counted = Counter(table.schedule.codes[np.isnan(table.flexible_hours)].tolist())
    times = [table.schedule.values[code] for code, _ in sorted(counted.items(), key=lambda i: (-i[1], i[0]))]
    weekly = [windows for windows in times if windows and all(w.weekly for w in windows)][:_TIMES]
    return [
        _Place(area, windows, len(students))
        for area, students in areas[:_AREAS]
        for windows in weekly or [()]
    ]


def _work(problem: Problem, places: Sequence[_Place], clusters: Sequence[str]) -> Opportunities:
    """An opportunity at each place, with the interests of its cluster."""
    count, like = len(places), _clusters(problem)
    # One of the round's own gives the columns their kinds; all that it asks is taken away.
    rows = np.array([like.get(cluster, 0) for cluster in clusters], np.int64)
    base = taken(problem.opportunities, rows)
    nothing: Codes = frozenset()
    none, no_number = np.full(count, UNKNOWN), np.full(count, np.nan)
    known = np.array([cluster in like for cluster in clusters], np.bool_)
    bare: dict[str, Any] = {name: column_of([nothing] * count) for name in _CODES}
    bare |= {name: column_of([""] * count) for name in _TEXTS}
    dates = problem.opportunities.start_date
    return replace(
        base,
        **bare,
        ids=tuple(f"more-{i}" for i in range(count)),
        seats=np.full(count, MOST_SEATS),
        min_students=np.zeros(count, np.int64),
        kind=column_of(["internship"] * count),
        employment=column_of(["employee"] * count),
        cluster=column_of(list(clusters)),
        scores=np.where(known[:, None], base.scores, np.nan),
        letters=np.where(known[:, None], base.letters, UNKNOWN),
        place=column_of(["site"] * count),
        latitude=np.array([one.area.latitude for one in places]),
        longitude=np.array([one.area.longitude for one in places]),
        schedule=column_of([one.windows for one in places]),
        flexible_hours=no_number,
        hours_per_week=np.array([sum(w.end - w.start for w in one.windows) / 60 for one in places]),
        hourly_wage=no_number,
        cost=no_number,
        growth=no_number,
        start_date=np.full(count, int(np.median(dates)) if len(dates) else UNKNOWN),
        end_date=none,
        paid=none,
        drives=np.zeros(count, np.bool_),
        min_age=none,
        min_grade=none,
    )


_CODES = (
    *("provides", "arranges", "cannot", "hazards", "open_to", "teaches"),
    *("requires_credentials", "requires_courses", "requires_languages"),
)
_TEXTS = ("employer_id", "site_id", "title", "labor_program", "soc_code", "budget_id")


def _clusters(problem: Problem) -> Mapping[str, int]:
    """Each cluster of the round, and the opportunity whose interests are the most common in it."""
    table = problem.opportunities
    found: dict[str, int] = {}
    for code, cluster in enumerate(table.cluster.values):
        rows = np.flatnonzero(table.cluster.codes == code)
        if cluster and len(rows):
            _, first, count = np.unique(table.letters[rows], axis=0, return_index=True, return_counts=True)
            found[cluster] = int(rows[first[count.argmax()]])
    return found


def _reaching(problem: Problem, students: IntArray, work: Opportunities) -> BoolArray:
    """[students, work] for whom each would be possible."""
    pairs = eligible_pairs(with_opportunities(with_students(problem, students), work))
    open_to = np.zeros((len(students), len(work)), np.bool_)
    open_to[pairs.student, pairs.opportunity] = True
    return open_to


def _suggestion(now: Round, result: Outcome, place: _Place, students: IntArray) -> dict[str, Any] | None:
    """What work there would bring; None where it is not certain to place anybody more."""
    problem = now.problem
    cluster = _liked_cluster(problem, place, students)
    work = replace(_work(problem, [place], [cluster]), seats=np.array([min(len(students), MOST_SEATS)]))
    then = _with_work(now, work).tried()
    placed = then.students_above(result) if then else None
    if not placed or placed < 0:
        return None
    return {
        "latitude": place.area.latitude,
        "longitude": place.area.longitude,
        "school_id": place.area.school_id,
        "windows": [[w.day, w.start, w.end] for w in place.windows],
        "cluster": cluster,
        "seats": placed,
        "students": placed,
        "reached": len(students),
    }


def _liked_cluster(problem: Problem, place: _Place, students: IntArray) -> str:
    """The cluster that is nearest to the interests of the students; "" where the round has none."""
    clusters = sorted(_clusters(problem))
    if not clusters:
        return ""
    work = _work(problem, [place] * len(clusters), clusters)
    part = with_opportunities(with_students(problem, students), work)
    scored = score(part, eligible_pairs(part))
    interest = parts(part, scored, np.arange(len(scored.pairs)))[:, PARTS.index("interest")]
    total = np.bincount(scored.pairs.opportunity, interest, minlength=len(clusters))
    return clusters[int(total.argmax())]


def _with_work(now: Round, work: Opportunities) -> Round:
    """The round with work added behind its own; pairs there were are not asked about again."""
    alone = with_opportunities(now.problem, work)
    old, new = now.scored, score(alone, eligible_pairs(alone))
    width = len(now.problem.opportunities)
    student = np.concatenate([old.pairs.student, new.pairs.student])
    opportunity = np.concatenate([old.pairs.opportunity, new.pairs.opportunity + width])
    order = np.lexsort((opportunity, student))
    pairs = Eligible(
        student[order],
        opportunity[order],
        np.concatenate([old.pairs.minutes, new.pairs.minutes])[order],
        np.concatenate([old.pairs.travel_unknown, new.pairs.travel_unknown])[order],
        old.pairs.considered + new.pairs.considered,
        old.pairs.excluded,
    )
    problem = with_more_work(now.problem, work)
    scored = Scored(
        pairs,
        np.concatenate([old.rank, new.rank])[order],
        np.concatenate([old.utility, new.utility])[order],
    )
    return Round(problem, scored, constraints(problem, pairs).is_network)
