"""The small questions that permissions are answered by."""

from __future__ import annotations

from collections.abc import Callable

from wbl.accounts.actor import Actor

Predicate = Callable[[Actor], bool]


def signed_in(actor: Actor) -> bool:
    return actor.kind == "user"


def coordinates(actor: Actor) -> bool:
    return bool(actor.coordinator_of)


def is_student(actor: Actor) -> bool:
    return bool(actor.student_ids)


def is_employer(actor: Actor) -> bool:
    return bool(actor.employer_ids)
