"""Hours as a file: a row a stretch of work, for payroll and for credit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask_babel import gettext as _

from wbl.exports.tables import Cell, Table
from wbl.hours.models import EntryState, TimeEntry
from wbl.hours.when import local
from wbl.hours.words import state_words
from wbl.labels import opportunity_title
from wbl.placements.models import Placement

Column = tuple[str, Callable[[Any], Cell]]


def wage_of(placement: Placement) -> float | None:
    """Dollars an hour, where the placement is paid and its file says how much."""
    offering = placement.offering
    try:
        return float(offering.hourly_wage) if offering.paid == "yes" and offering.hourly_wage else None
    except ValueError:
        return None


def hours_table(name: str, found: Iterable[TimeEntry]) -> Table:
    """Entries that are loaded with their placement; times are by the clocks of the district."""
    states: dict[EntryState, str] = {state: words for state, (words, _kind) in state_words().items()}
    return Table(name, [*_who(), *_when(), *_worth(states)], _with_zone(found))


def payroll_table(found: Iterable[TimeEntry]) -> Table:
    """The same for whoever pays: by name alone, without the school's identifier."""
    whole = hours_table("payroll", found)
    return Table(whole.name, whole.columns[1:], whole.rows)


def _with_zone(found: Iterable[TimeEntry]) -> Iterator[tuple[TimeEntry, Placement, str]]:
    for entry in found:
        placement = entry.placement
        yield entry, placement, placement.publication.round.district.timezone


def _who() -> list[Column]:
    return [
        (_("Identifier"), lambda row: row[1].student.external_id),
        (_("Student"), lambda row: row[1].student.name),
        (_("Opportunity"), lambda row: opportunity_title(row[1].offering.opportunity)),
        (_("Employer"), lambda row: _employer(row[1])),
    ]


def _when() -> list[Column]:
    return [
        (_("Day"), lambda row: row[0].worked_on.isoformat()),
        (_("From"), lambda row: f"{local(row[0].started_at, row[2]):%H:%M}"),
        (_("To"), lambda row: f"{local(row[0].ended_at, row[2]):%H:%M}"),
        (_("Break, in minutes"), lambda row: row[0].break_minutes),
        (_("Hours"), lambda row: round(row[0].minutes / 60, 2)),
    ]


def _worth(states: dict[EntryState, str]) -> list[Column]:
    return [
        (_("State"), lambda row: states[row[0].state]),
        (_("Dollars an hour"), lambda row: wage_of(row[1])),
        (_("Pay"), lambda row: _pay(row[0].minutes, wage_of(row[1]))),
    ]


def _pay(minutes: int, wage: float | None) -> float | None:
    return None if wage is None else round(minutes / 60 * wage, 2)


def _employer(placement: Placement) -> str:
    employer = placement.offering.opportunity.employer
    return employer.name if employer is not None else ""
