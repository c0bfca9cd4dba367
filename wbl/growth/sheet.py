"""Evaluations of one placement side by side and over time, as arrays that a page draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wbl.growth.models import Evaluation, Moment, RatedBy
from wbl.growth.rubrics import Item


@dataclass(frozen=True, slots=True)
class Row:
    """One item: by moment, what the mentor said and what the student; None where nothing was said."""

    item: Item
    mentor: tuple[int | None, ...]
    student: tuple[int | None, ...]
    evidence: tuple[tuple[Moment, RatedBy, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """``moments``: those at which anybody rated, in order; the rows' tuples have one entry for each.

    ``mentor_means`` and ``student_means``: of the items that the same side rated at each of its moments,
    so that a mean never moves because another item was looked at.
    """

    moments: tuple[Moment, ...]
    rows: tuple[Row, ...]
    mentor_means: tuple[float | None, ...]
    student_means: tuple[float | None, ...]
    whole: tuple[tuple[Moment, RatedBy, str], ...]

    @property
    def mentor_growth(self) -> float | None:
        """Last less first rating of the mentor, in points; None before there are two."""
        known = [value for value in self.mentor_means if value is not None]
        return known[-1] - known[0] if len(known) > 1 else None


def sheet_of(items: Sequence[Item], evaluations: Sequence[Evaluation]) -> Sheet:
    """Put evaluations (those that count, with their ratings) beside each other."""
    by = {(one.rated_by, one.moment): one for one in evaluations}
    moments = tuple(moment for moment in Moment if any(key[1] is moment for key in by))
    levels = {key: {one.code: one.level for one in found.ratings} for key, found in by.items()}

    def line(side: RatedBy, code: str) -> tuple[int | None, ...]:
        return tuple(levels.get((side, moment), {}).get(code) for moment in moments)

    rows = tuple(
        Row(
            item=item,
            mentor=line(RatedBy.MENTOR, item.code),
            student=line(RatedBy.STUDENT, item.code),
            evidence=tuple(
                (moment, side, rating.evidence)
                for (side, moment), found in by.items()
                for rating in found.ratings
                if rating.code == item.code and rating.evidence
            ),
        )
        for item in items
    )
    return Sheet(
        moments=moments,
        rows=rows,
        mentor_means=_means(moments, levels, RatedBy.MENTOR),
        student_means=_means(moments, levels, RatedBy.STUDENT),
        whole=tuple((moment, side, found.evidence) for (side, moment), found in by.items() if found.evidence),
    )


def _means(
    moments: Sequence[Moment], levels: Mapping[tuple[RatedBy, Moment], Mapping[str, int]], side: RatedBy
) -> tuple[float | None, ...]:
    given = [levels[side, moment] for moment in moments if (side, moment) in levels]
    shared = set.intersection(*map(set, given)) if given else set()
    return tuple(
        sum(levels[side, moment][code] for code in shared) / len(shared)
        if shared and (side, moment) in levels
        else None
        for moment in moments
    )
