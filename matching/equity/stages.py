"""How far each group comes, stage by stage: how many reached each, with what pay and how many hours.

A number of few students is left out, and with it what would let it be worked out: at each stage the
students who reached it are guarded as the groups of a run are (``suppression``), and a group that is
left out at one stage is left out at every later one, or its number would lie between two that are
shown. How many stopped between two shown stages is shown, also where they are few: that is what the
figures are for.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.equity.suppression import LEAST_SMALLEST, MOST_SMALLEST, SMALLEST, hidden_groups
from matching.problem import BoolArray, FloatArray

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
    hidden: list[list[BoolArray]] = []
    totals: list[int | None] = []
    for stage, who in enumerate(reached):
        before = hidden[-1] if hidden else None
        everybody = int(who.sum())
        cut = bool(totals) and totals[-1] is None
        if cut or 0 < everybody < smallest:
            totals.append(None)
            hidden.append([np.ones(len(groups), np.bool_) for groups in sets])
            continue
        totals.append(everybody)
        hidden.append(hidden_groups(sets, who, reached[stage + 1 :], smallest, before) if sets else [])
    means = _means(sets, reached, paid, hidden, of, smallest)
    categories = {
        category: _groups(groups, reached, [at[place] for at in hidden], means[place], paid, hours, of)
        for place, (category, groups) in enumerate(members.items())
    }
    everyone = np.ones(len(reached[0]), np.bool_)
    total = _group("", everyone, totals, paid, hours, reached[of], shown=bool(totals[of]))
    return Stages(smallest, total, categories)


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
