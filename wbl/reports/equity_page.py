"""Ready values for pages of figures by group and stage: tables, a chart a category, what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wbl.people.models import District
from wbl.reports import equity
from wbl.reports.equity import STAGES, Scope, Stage
from wbl.reports.words import category_name, member_name, stage_label
from wbl.rounds.equity_page import FOUR_FIFTHS
from wbl.rounds.models import Round

if TYPE_CHECKING:
    from matching.equity.stages import StageGroup, Stages

PLACED, COMPLETED = STAGES.index(Stage.PLACED), STAGES.index(Stage.COMPLETED)


def school_years(rounds: Sequence[Round]) -> list[tuple[int, District]]:
    """The school years in which rounds began, each by district, the newest first."""
    found = {(equity.year_of(one.starts_on), one.district_id): one.district for one in rounds}
    return [(year, district) for (year, _id), district in sorted(found.items(), key=lambda row: -row[0][0])]


def equity_page(scope: Scope) -> dict[str, Any]:
    """The figures of a scope."""
    figures = equity.counted(scope).figures
    schools = equity.school_names(scope.district.id)
    return {
        "stages": list(STAGES),
        "labels": [stage_label(stage) for stage in STAGES],
        "total": figures.total,
        "smallest": figures.smallest,
        "categories": [
            {
                **tabled(category, groups, schools),
                "funnel": funnel(category, groups, schools, PLACED, COMPLETED),
            }
            for category, groups in figures.categories.items()
        ],
        "hidden": has_hidden(figures),
        "looks": any(any(one.look) for groups in figures.categories.values() for one in groups),
    }


def has_hidden(figures: Stages) -> bool:
    """Whether any number is left out."""
    everything = [figures.total, *(one for groups in figures.categories.values() for one in groups)]
    return any(count is None for one in everything for count in one.reached)


def tabled(category: str, groups: Sequence[StageGroup], schools: Mapping[str, str]) -> dict[str, Any]:
    """A category's groups with a number shown at the first stage at least, and the names of the rest."""
    named = [(member_name(category, one.id, dict(schools)), one) for one in groups]
    return {
        "id": category,
        "name": category_name(category),
        "groups": [(name, one) for name, one in named if one.reached[0] is not None],
        "left_out": [name for name, one in named if one.reached[0] is None],
        "looks": any(any(one.look) for one in groups),
    }


def funnel(
    category: str, groups: Sequence[StageGroup], schools: Mapping[str, str], outer: int, inner: int
) -> dict[str, Any]:
    """The chart of a category: who reached two stages, as shares of those at the first."""
    rows = [
        {
            "label": member_name(category, one.id, dict(schools)),
            "students": one.reached[0],
            "placed": _share(one, outer),
            "first": _share(one, inner),
            "look": one.look[outer],
        }
        for one in groups
        if one.reached[0]
    ]
    rates = [rate for one in groups if (rate := _share(one, outer)) is not None]
    return {"groups": rows, "line": FOUR_FIFTHS * max(rates) if len(rates) > 1 else None}


def _share(one: StageGroup, stage: int) -> float | None:
    first, here = one.reached[0], one.reached[stage]
    return here / first if first and here is not None else None
