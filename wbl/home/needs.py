"""What needs a coordinator now: each kind is a function, and one list names them all."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from wbl.accounts.actor import Actor


class Urgency(enum.IntEnum):
    """The order of the page: somebody may be in danger, what cannot wait, what is due, what can be done
    when there is time."""

    AT_ONCE = -1
    NOW = 0
    SOON = 1
    LATER = 2


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for somebody, and the page on which it is done."""

    urgency: Urgency
    text: str  # a sentence with its count
    href: str
    where: str = ""  # the round, or whatever else it belongs to
    hint: str = ""
    by: datetime | None = None  # until when; the earliest comes first


Kind = Callable[[Actor], list[Need]]


def needs_of(actor: Actor, kinds: Sequence[Kind]) -> dict[Urgency, list[Need]]:
    """Everything that waits for this actor, by urgency; within it what is due first."""
    found: dict[Urgency, list[Need]] = {urgency: [] for urgency in Urgency}
    for kind in kinds:
        for need in kind(actor):
            found[need.urgency].append(need)
    for needs in found.values():
        needs.sort(key=lambda need: (need.by is None, need.by.timestamp() if need.by else 0.0))
    return {urgency: needs for urgency, needs in found.items() if needs}
