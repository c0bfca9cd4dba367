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


def administers(actor: Actor) -> bool:
    return bool(actor.administrator_of)


def follows(actor: Actor) -> bool:
    """An advisor, somebody of a school, or a program's lead."""
    return bool(actor.advisor_of or actor.school_ids or actor.programs)


def offers(actor: Actor) -> bool:
    """Whoever may write postings: an employer's person for it, a coordinator for any of the district's."""
    return is_employer(actor) or coordinates(actor)


def keeps_a_district(actor: Actor) -> bool:
    """Its administrators and coordinators: rosters, and the record of who did what."""
    return administers(actor) or coordinates(actor)


def has_lists(actor: Actor) -> bool:
    """Whoever has a list that can be taken away as a file; which one is asked of the list."""
    return keeps_a_district(actor) or follows(actor) or is_employer(actor)


def may_search(actor: Actor) -> bool:
    return coordinates(actor) or follows(actor)


def keeps_safe(actor: Actor) -> bool:
    """Who reads safety concerns: coordinators of the district, and the contact of a school."""
    return coordinates(actor) or bool(actor.safety_of)


def reads_sealed(actor: Actor) -> bool:
    return bool(actor.sealed_of)
