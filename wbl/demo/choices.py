"""What made-up students say about opportunities: ranks, refusals, and what would help them grow.

Students look at what they could really do (the eligible pairs) and prefer what fits their
interests, lies near and is popular; some set their heart on something they cannot have, because
people do, and every such choice has a reason to show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from matching.eligibility import eligible_pairs
from matching.files import parse_round
from matching.fit import parts, score
from matching.pairs import PARTS, Scored
from matching.problem import Problem
from wbl.demo.records import Growth, Preference, Refusal

LONGEST_LIST = 6
DREAM = 0.25  # share of lists with a choice that the student is not eligible for
REFUSES = 0.12
INTERVIEWS = 0.7  # share of opportunities whose employer ranks those who ranked it


@dataclass(frozen=True, slots=True)
class Choices:
    preferences: list[Preference]
    refusals: list[Refusal]
    growth: list[Growth]
    attainable: list[tuple[str, str]]  # first choices that are eligible pairs


def make_choices(files: Mapping[str, bytes], fixed: Mapping[str, Collection[str]], seed: int) -> Choices:
    """Make up what students say of a round that holds no such file yet.

    Parameters
    ----------
    files
        The round so far.
    fixed
        The ranked opportunities, best first, of students whose list is given.
    """
    problem = parse_round(files)
    scored = score(problem, eligible_pairs(problem))
    rng = np.random.default_rng([seed, len(problem.students)])
    ranked = dict(_lists(problem, scored, rng))
    ranked |= {student: list(opportunities) for student, opportunities in fixed.items()}
    return Choices(
        preferences=_preferences(ranked, rng),
        refusals=list(_refusals(problem, scored, ranked, set(fixed), rng)),
        growth=[
            Growth(student, opportunity, round(float(rng.beta(4, 2)), 2))
            for student in sorted(ranked)
            if rng.random() < 0.5
            for opportunity in ranked[student]
        ],
        attainable=_attainable(problem, scored, ranked),
    )


def _lists(problem: Problem, scored: Scored, rng: np.random.Generator) -> Iterator[tuple[str, list[str]]]:
    """Yield the ranked opportunities of each student; none for one in ten."""
    pairs = scored.pairs
    popularity = rng.normal(0, 0.08, len(problem.opportunities))
    made_of = parts(problem, scored, np.arange(len(pairs)))
    appeal = (
        made_of[:, PARTS.index("interest")]
        + 0.5 * made_of[:, PARTS.index("travel")]
        + popularity[pairs.opportunity]
        + rng.normal(0, 0.3, len(pairs))
    )
    order = np.lexsort((-appeal, pairs.student))
    best = pairs.opportunity[order]
    ids = problem.opportunities.ids
    count = len(problem.students)
    starts = np.searchsorted(pairs.student[order], np.arange(count + 1))
    lengths = rng.integers(2, LONGEST_LIST + 1, count)
    lengths[rng.random(count) < 0.1] = 0
    dreams = rng.choice(len(ids), count, p=_share(popularity))
    dreams[rng.random(count) >= DREAM] = -1
    for i, student in enumerate(problem.students.ids):
        chosen = best[starts[i] : starts[i + 1]][: lengths[i]].tolist()
        if lengths[i] and dreams[i] >= 0 and dreams[i] not in chosen:
            chosen = [int(dreams[i]), *chosen[: LONGEST_LIST - 1]]
        if chosen:
            yield student, [ids[j] for j in chosen]


def _share(popularity: np.ndarray) -> np.ndarray:
    weight = np.exp(4 * popularity)
    return weight / weight.sum()


def _preferences(ranked: Mapping[str, list[str]], rng: np.random.Generator) -> list[Preference]:
    """Number the lists, and let the employers who interview rank those who ranked them."""
    applicants: dict[str, list[str]] = {}
    for student in sorted(ranked):
        for opportunity in ranked[student]:
            applicants.setdefault(opportunity, []).append(student)
    places: dict[tuple[str, str], int] = {}
    for opportunity in sorted(applicants):
        if rng.random() < INTERVIEWS:
            order = rng.permutation(len(applicants[opportunity]))
            for place, index in enumerate(order, start=1):
                places[applicants[opportunity][index], opportunity] = place
    return [
        Preference(student, opportunity, rank, places.get((student, opportunity)))
        for student in sorted(ranked)
        for rank, opportunity in enumerate(ranked[student], start=1)
    ]


def _attainable(problem: Problem, scored: Scored, ranked: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Return the first choices that are eligible pairs, by student."""
    size = len(problem.opportunities)
    student_index = {student: i for i, student in enumerate(problem.students.ids)}
    opportunity_index = {opportunity: j for j, opportunity in enumerate(problem.opportunities.ids)}
    first = [(student, ranked[student][0]) for student in sorted(ranked) if ranked[student]]
    keys = np.array([student_index[s] * size + opportunity_index[o] for s, o in first], np.int64)
    eligible = np.isin(keys, scored.pairs.student * size + scored.pairs.opportunity)
    return [pair for pair, is_eligible in zip(first, eligible, strict=True) if is_eligible]


def _refusals(
    problem: Problem,
    scored: Scored,
    ranked: Mapping[str, list[str]],
    fixed: Collection[str],
    rng: np.random.Generator,
) -> Iterator[Refusal]:
    """Some students refuse one thing that they could do and did not rank."""
    pairs = scored.pairs
    starts = np.searchsorted(pairs.student, np.arange(len(problem.students) + 1))
    refuses = rng.random(len(problem.students)) < REFUSES
    for i in np.flatnonzero(refuses & (np.diff(starts) > 4)):
        student = problem.students.ids[i]
        index = int(rng.integers(starts[i], starts[i + 1]))
        opportunity = problem.opportunities.ids[pairs.opportunity[index]]
        if student not in fixed and opportunity not in ranked.get(student, ()):
            yield Refusal(student, opportunity)
