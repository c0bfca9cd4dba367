"""Which figures of small groups are left out, and which others with them.

A group of fewer than ``smallest`` students shows nothing. Left out by itself it could be worked out
from the total, so further groups are left out with it (complementary suppression), the smallest
first, until none of these is left to work out:

* those of a category who are in no shown group. They are ``smallest`` or more; each of the groups
  left out among them could be that large, and could hold placed students and others;
* where groups of a category overlap, those whom any sum or difference of shown groups and the total
  singles out: they are nobody, or ``smallest`` or more;
* whoever a shown group has more than another that lies wholly within it, whatever their categories
  (a school that is one group and a few others), also where the larger of the two is only what is
  left of the total by a category.

The same is asked of the students behind each mean. Nothing is asked of sums over groups of more
than two categories, nor of several results or several values of ``smallest`` seen together: see
docs/decisions/equity.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.problem import BoolArray, IntArray

SMALLEST, LEAST_SMALLEST, MOST_SMALLEST = 10, 3, 30

Sets = BoolArray
"""[groups, n] which students each group of one category holds."""


def hidden_groups(
    categories: Sequence[Sets],
    everyone: BoolArray,
    parts: Sequence[BoolArray] = (),
    smallest: int = SMALLEST,
    already: Sequence[BoolArray] | None = None,
) -> list[BoolArray]:
    """[groups] which groups of each category show nothing.

    Parameters
    ----------
    categories
        The groups of each category; every student is in one of them at least.
    everyone
        [n] the students in question, all of them or those behind a mean; of others nothing counts.
    parts
        [n] each, some of them (placed, in paid work, …). Where those left out of a category had none
        of a part, or all, each would have none or all.
    already
        Those that are left out in any case.

    Notes
    -----
    Where all together are fewer than ``smallest``, all groups are left out; the total is then to be
    left out too.
    """
    sets = [groups & everyone for groups in categories]
    hidden = []
    for index, groups in enumerate(sets):
        count = groups.sum(axis=1)
        few: BoolArray = (count < smallest) & (count > 0)
        hidden.append(few | already[index] if already is not None else few)
    while True:
        for groups, out in zip(sets, hidden, strict=True):
            while out.any() or _overlap(groups):
                shown = np.flatnonzero(~out & groups.any(axis=1))
                if not len(shown) or _safe(groups, everyone, parts, out, smallest):
                    break
                out[_smallest_of(groups, shown)] = True
        found = _nested(sets, everyone, hidden, smallest)
        if found is None:
            return hidden
        hidden[found[0]][found[1]] = True


def _overlap(groups: Sets) -> bool:
    return bool((groups.sum(axis=0) > 1).any())


def _smallest_of(groups: Sets, some: IntArray) -> int:
    return int(some[int(groups[some].sum(axis=1).argmin())])


def _safe(
    groups: Sets, everyone: BoolArray, parts: Sequence[BoolArray], hidden: BoolArray, smallest: int
) -> bool:
    shown = groups[~hidden]
    rest = everyone & ~shown.any(axis=0)
    left = int(rest.sum())
    if left:
        among = int((groups[hidden] & rest).any(axis=1).sum())
        if left - (among - 1) < smallest:
            return False
        # A part that nobody of them all has, or everybody, says as much with the total.
        telling = [part for part in parts if 0 < int((part & everyone).sum()) < int(everyone.sum())]
        if not all(0 < int((part & rest).sum()) < left for part in telling):
            return False
    return not _overlap(shown) or not _singled_out(shown, everyone, smallest)


def _singled_out(shown: Sets, everyone: BoolArray, smallest: int) -> bool:
    """Whether some sum of shown groups and the total is about few students only.

    Students who are in the same shown groups are alike. Shown numbers are sums over kinds of alike
    students; one of few students comes out exactly where a combination of the rows is nothing but
    for kinds of few: where those columns add to the rank.
    """
    kinds, count = np.unique(np.vstack([shown, everyone])[:, everyone], axis=1, return_counts=True)
    large = count >= smallest
    return _rank(kinds[:, large]) < _rank(kinds)


def _rank(columns: BoolArray) -> int:
    return int(np.linalg.matrix_rank(columns.astype(float))) if columns.size else 0


def _nested(
    sets: Sequence[Sets], everyone: BoolArray, hidden: Sequence[BoolArray], smallest: int
) -> tuple[int, int] | None:
    """Category and group of a shown group that lies in another set but for a few, if there is one.

    The other sets are shown groups, the total, and what is left of it by each category.
    """
    names, rows = [], []
    for category, (groups, out) in enumerate(zip(sets, hidden, strict=True)):
        for group in np.flatnonzero(~out & groups.any(axis=1)).tolist():
            names.append((category, group))
            rows.append(groups[group])
    if not rows:
        return None
    rests = [everyone & ~groups[~out].any(axis=0) for groups, out in zip(sets, hidden, strict=True)]
    inner = np.array(rows)
    outer = np.vstack([inner, everyone, *rests])
    within = _common(inner, outer)
    more = outer.sum(axis=1)[None, :] - within
    found = (within == inner.sum(axis=1)[:, None]) & (more > 0) & (more < smallest)
    at = np.flatnonzero(found.any(axis=1))
    return names[_smallest_of(inner, at)] if len(at) else None


def _common(first: BoolArray, second: BoolArray) -> NDArray[np.float32]:
    """How many students each of the first sets shares with each of the second."""
    return np.asarray(first.astype(np.float32) @ second.astype(np.float32).T)


def pooled_rows(table: IntArray, smallest: int = SMALLEST) -> list[list[int]]:
    """Rows of a table of counts, those with a small cell taken together until none is small.

    Returns
    -------
    list of list of int
        The rows that stand alone, one each, and last those taken together; empty where even all
        together have a small cell. A cell of 0 is not small.
    """
    small = ((table > 0) & (table < smallest)).any(axis=1)
    alone, pool = np.flatnonzero(~small).tolist(), np.flatnonzero(small).tolist()
    alone.sort(key=lambda row: -int(table[row].sum()))
    while pool:
        together = table[pool].sum(axis=0)
        if len(pool) > 1 and not ((together > 0) & (together < smallest)).any():
            return [*([row] for row in sorted(alone)), sorted(pool)]
        if not alone:
            return []
        pool.append(alone.pop())
    return [[row] for row in sorted(alone)]
