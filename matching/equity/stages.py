"""How far each group comes, stage by stage: how many reached each, with what pay and how many hours.

A number of few students is left out, and with it what would let it be worked out: at each stage the
students who reached it are guarded as the groups of a run are (``suppression``), and a group that is
left out at one stage is left out at every later one, or its number would lie between two that are
shown. Nobody reaches a stage without the one before: so what is left of a total also says that no group
lost more than that many, and further groups are left out until every number of few could be another
number of few. How many stopped between two shown stages is shown, also where they are few: that is what the
figures are for.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.equity.suppression import LEAST_SMALLEST, MOST_SMALLEST, SMALLEST, hidden_groups
from matching.problem import BoolArray, FloatArray, IntArray

FOUR_FIFTHS = 0.8


@dataclass(frozen=True, slots=True)
class StageGroup:
    """A group. ``reached``: how many students reached each stage, None where it is left out.

    ``paid``: the share of those who reached the stage that pay and hours are of; ``hours``: their mean.
    ``look``: at each stage, whether the share of the first that reached it is under four fifths of the
    highest in the category (29 CFR 1607.4(D)): a prompt to look, not a verdict.
    """

    id: str
    reached: tuple[int | None, ...]
    paid: float | None
    hours: float | None
    look: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Stages:
    """All students, and each group by category."""

    smallest: int
    total: StageGroup
    categories: dict[str, tuple[StageGroup, ...]]

    def shows(self, category: str, group: str, stage: int) -> bool:
        """Whether this number is shown; ``category`` "": of all students."""
        among = self.categories.get(category, ()) if category else (self.total,)
        return any(
            one.id == group and 0 <= stage < len(one.reached) and one.reached[stage] is not None
            for one in among
        )


def stages(
    members: Mapping[str, Mapping[str, BoolArray]],
    reached: Sequence[BoolArray],
    *,
    paid: BoolArray | None = None,
    hours: FloatArray | None = None,
    of: int = 0,
    smallest: int = SMALLEST,
) -> Stages:
    """How many of each group reached each stage.

    Parameters
    ----------
    members
        [n] each: the members of each group by category, as ``categories_of`` gives them.
    reached
        [n] each: who reached each stage; each within the one before.
    paid, hours
        [n] whether what they reached is paid, and hours of work in it.
    of
        The stage whose students pay and hours are of.
    smallest
        A number of fewer students is left out; 3 to 30. None at all is no number of few.

    Raises
    ------
    ValueError
        ``smallest`` is out of range, or a stage has students that the one before has not.
    """
    if not LEAST_SMALLEST <= smallest <= MOST_SMALLEST:
        raise ValueError(f"the smallest group is {LEAST_SMALLEST} to {MOST_SMALLEST} students")
    if any((later & ~earlier).any() for earlier, later in itertools.pairwise(reached)):
        raise ValueError("a stage has students that the one before has not")
    sets = [np.array(list(groups.values())) for groups in members.values()]
    hidden, totals = _hidden(
        sets, reached, smallest, [np.zeros((len(reached), len(one)), np.bool_) for one in sets]
    )
    means = _means(sets, reached, paid, hidden, of, smallest)
    categories = {
        category: _groups(groups, reached, [at[place] for at in hidden], means[place], paid, hours, of)
        for place, (category, groups) in enumerate(members.items())
    }
    everyone = np.ones(len(reached[0]), np.bool_)
    total = _group("", everyone, totals, paid, hours, reached[of], shown=bool(totals[of]))
    return Stages(smallest, total, categories)


def _hidden(
    sets: Sequence[BoolArray], reached: Sequence[BoolArray], smallest: int, forced: Sequence[BoolArray]
) -> tuple[list[list[BoolArray]], list[int | None]]:
    """By stage: which groups of each category are left out, and the total, None where it is as well.

    ``forced``: [stages, groups] of each category, what is left out in any case; more is added to it.
    """
    hidden: list[list[BoolArray]] = []
    totals: list[int | None] = []
    most = [np.full(len(groups), groups.shape[1]) for groups in sets]  # as far as a reader knows
    for stage, who in enumerate(reached):
        everybody = int(who.sum())
        if (totals and totals[-1] is None) or 0 < everybody < smallest:
            totals.append(None)
            hidden.append([np.ones(len(groups), np.bool_) for groups in sets])
            continue
        totals.append(everybody)
        already = [at[stage] | (hidden[-1][place] if hidden else False) for place, at in enumerate(forced)]
        out = hidden_groups(sets, who, reached[stage + 1 :], smallest, already) if sets else []
        for place, groups in enumerate(sets):
            while _tells(groups & who, who, out[place], most[place], smallest):
                count = (groups & who).sum(axis=1)
                shown = np.flatnonzero(~out[place] & (count > 0))
                if not len(shown):  # what is known of a stage before says it
                    told = [at for at in range(stage) if not hidden[at][place].all()]
                    if not told:
                        break
                    forced[place][told[-1]] = True
                    return _hidden(sets, reached, smallest, forced)
                out[place][shown[count[shown].argmin()]] = True
                out = hidden_groups(sets, who, reached[stage + 1 :], smallest, out)
        most = [
            np.where(left_out, np.minimum(known, _rest(groups, who, left_out)), (groups & who).sum(axis=1))
            for groups, left_out, known in zip(sets, out, most, strict=True)
        ]
        hidden.append(out)
    return hidden, totals


def _rest(groups: BoolArray, who: BoolArray, out: BoolArray) -> int:
    """How many of these students are in no group that is shown."""
    return int((who & ~groups[~out].any(axis=0)).sum())


def _tells(groups: BoolArray, who: BoolArray, out: BoolArray, most: IntArray, smallest: int) -> bool:
    """Whether a number of few that is left out could be no other number of few.

    A group that is left out has at most as many as are left of the total, and as had reached the stage
    before (``most``); and at least what the others that are left out cannot be.
    """
    left = _rest(groups, who, out)
    upper = np.minimum(most[out], left)
    lower = left - (upper.sum() - upper)
    count = groups[out].sum(axis=1)
    few = (count > 0) & (count < smallest)
    choices = np.minimum(upper, smallest - 1) - np.maximum(lower, 1) + 1
    return bool((few & (choices < 2)).any())


def _means(
    sets: Sequence[BoolArray],
    reached: Sequence[BoolArray],
    paid: BoolArray | None,
    hidden: Sequence[Sequence[BoolArray]],
    of: int,
    smallest: int,
) -> list[BoolArray]:
    """Which groups show neither pay nor hours: those left out at that stage, and whom the share of the
    paid would give away."""
    if paid is None or not sets:
        return list(hidden[of])
    return hidden_groups(sets, reached[of], (paid & reached[of],), smallest, hidden[of])


def _groups(
    groups: Mapping[str, BoolArray],
    reached: Sequence[BoolArray],
    hidden: Sequence[BoolArray],
    without_means: BoolArray,
    paid: BoolArray | None,
    hours: FloatArray | None,
    of: int,
) -> tuple[StageGroup, ...]:
    made = []
    for at, (name, of_group) in enumerate(groups.items()):
        counts = [
            None if left_out[at] else int((of_group & who).sum())
            for who, left_out in zip(reached, hidden, strict=True)
        ]
        shown = not without_means[at]
        made.append(_group(name, of_group, counts, paid, hours, reached[of], shown=shown))
    best = [
        max((rate for one in made if (rate := _rate(one, stage)) is not None), default=0.0)
        for stage in range(len(reached))
    ]
    return tuple(
        StageGroup(
            one.id,
            one.reached,
            one.paid,
            one.hours,
            tuple(
                (rate := _rate(one, stage)) is not None and rate < FOUR_FIFTHS * best[stage]
                for stage in range(len(reached))
            ),
        )
        for one in made
    )


def _rate(one: StageGroup, stage: int) -> float | None:
    """The share of those at the first stage who reached this one."""
    first, here = one.reached[0], one.reached[stage]
    return here / first if first and here is not None else None


def _group(
    name: str,
    members: BoolArray,
    counts: Sequence[int | None],
    paid: BoolArray | None,
    hours: FloatArray | None,
    who: BoolArray,
    *,
    shown: bool,
) -> StageGroup:
    some = members & who
    show = shown and bool(some.any())
    return StageGroup(
        name,
        tuple(counts),
        float(paid[some].mean()) if show and paid is not None else None,
        float(hours[some].mean()) if show and hours is not None else None,
        (False,) * len(counts),
    )
