"""What an employer sees of its placements: how many come, and of whom the family agreed, who."""

from __future__ import annotations

from dataclasses import dataclass, field

from wbl.accounts.actor import Actor
from wbl.opportunities.models import Offering
from wbl.placements import queries, told
from wbl.placements.models import Placement
from wbl.rounds.models import Round


@dataclass(slots=True)
class Hosted:
    """The placements of one offering. ``visitors``: name and adjustments, as far as they may be told."""

    offering: Offering
    round: Round
    seats: int = 0
    visitors: list[tuple[str, list[str]]] = field(default_factory=list)
    known: list[Placement] = field(default_factory=list)  # theirs, in the same order

    @property
    def waiting(self) -> int:
        """How many come of whom nothing may be told (yet)."""
        return self.seats - len(self.visitors)


def hosted(actor: Actor) -> list[Hosted]:
    """The actor's employers' placements in force, by offering."""
    found = queries.hosted(actor)
    given = queries.consent_rows([entry.id for entry in found])
    needed = queries.adjustments([entry.student_id for entry in found])
    of_age = queries.deciding(found)
    by_offering: dict[int, Hosted] = {}
    for entry in found:
        one = by_offering.setdefault(entry.offering_id, Hosted(entry.offering, entry.publication.round))
        one.seats += 1
        rows = given.get(entry.id, [])
        name, adjustments = told.told(rows, entry.student_id in of_age, needed[entry.student_id])
        if name:
            one.visitors.append((entry.student.name, adjustments))
            one.known.append(entry)
    return list(by_offering.values())
