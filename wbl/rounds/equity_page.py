"""A run by group, before it is published, and beside another run: small groups are left out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.db import db
from wbl.errors import Conflict
from wbl.people.models import School
from wbl.rounds import archive
from wbl.rounds.group_words import group_category, group_name
from wbl.rounds.models import RunArchive, SolveRun

if TYPE_CHECKING:
    from matching.equity import Equity, Group

SCHOOL = "school"
FOUR_FIFTHS = 0.8


def equity_page(run: SolveRun, other: SolveRun | None) -> dict[str, Any]:
    """The figures of ``run`` by group, and those of ``other`` beside them.

    Raises
    ------
    Conflict
        Where the profiles that the run was solved from are erased.
    """
    runs = [each for each in (run, other) if each is not None]
    archives = [db.session.get_one(RunArchive, each.id) for each in runs]
    if archives[0].profiles is None:
        raise Conflict(_("The profiles of this run were erased, and its groups with them."))
    try:
        figures = _figures(archives[0].profiles, *(kept.results for kept in archives))
    except (KeyError, ValueError):  # it placed students or used opportunities that left since
        raise Conflict(
            _("The two runs were solved from different students or opportunities. Choose another run.")
        ) from None
    schools = school_names(run)
    return {
        "smallest": figures.smallest,
        "total": figures.total,
        "categories": [
            _category(category, groups, schools) for category, groups in figures.categories.items()
        ],
        "clusters": [found for found in figures.clusters if found is not None][:1],
        "hidden": any(group.students is None for groups in figures.categories.values() for group in groups),
        "looks": any(
            one.look for groups in figures.categories.values() for group in groups for one in group.results
        ),
    }


def _category(category: str, groups: Sequence[Group], schools: dict[str, str]) -> dict[str, Any]:
    """A category's groups with their figures, and the names of those that are left out."""
    named = [(_name(category, group.id, schools), group) for group in groups]
    return {
        "id": category,
        "name": group_category(category),
        "groups": [(name, group) for name, group in named if group.students is not None],
        "left_out": [name for name, group in named if group.students is None],
        "funnel": _funnel(named),
    }


@lru_cache(maxsize=4)
def _figures(profiles: bytes, *results: bytes) -> Equity:
    """The figures of runs as they were kept; remembered, since a run never changes."""
    from matching.equity import equity, read_outcomes

    problem = archive.problem_of(profiles)
    return equity(problem, [read_outcomes(problem, archive.unpack(kept)) for kept in results])


def _funnel(named: Sequence[tuple[str, Group]]) -> dict[str, Any]:
    """The chart of a category in the run itself: placed and first choice, as shares of all students."""
    rows: list[dict[str, Any]] = []
    for name, group in named:
        if group.students is None:
            continue
        one = group.results[0]
        first = None if one.rate is None or one.first_choices is None else one.rate * one.first_choices
        rows.append(
            {
                "label": name,
                "students": group.students,
                "placed": one.rate,
                "first": first,
                "look": one.look,
            }
        )
    rates = [row["placed"] for row in rows if row["placed"] is not None]
    return {"groups": rows, "line": FOUR_FIFTHS * max(rates) if len(rates) > 1 else None}


def _name(category: str, group: str, schools: dict[str, str]) -> str:
    if category == SCHOOL and group:
        return schools.get(group) or group
    name = group_name(group)
    return name[:1].upper() + name[1:]


def school_names(run: SolveRun) -> dict[str, str]:
    """The schools of the run's district by identifier."""
    found = db.session.execute(
        select(School.external_id, School.name).where(School.district_id == run.round.district_id)
    )
    return dict(found.tuples().all())
