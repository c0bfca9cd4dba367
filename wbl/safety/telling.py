"""Queueing mail about safety concerns: that there is one, and nothing of what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue_all
from wbl.safety import queries
from wbl.safety.models import ConcernEntry, SafetyConcern


def readers_of(concern: SafetyConcern) -> Sequence[int | None]:
    """Users who may read it; where nobody may, None for the district's own address."""
    return [user.id for user in queries.readers(concern)] or [None]


def tell_readers(concern: SafetyConcern, entry: ConcernEntry, again: int = 0) -> None:
    """A mail to everybody who may read it. ``again``: which reminder it is."""
    _enqueue("concern", concern, entry, readers_of(concern), again)


def tell_student(concern: SafetyConcern, entry: ConcernEntry) -> None:
    """A mail to the student that there is an answer."""
    _enqueue(
        "concern_answer", concern, entry, [user.id for user in queries.users_of_student(concern.student_id)]
    )


def key_of(about: str, entry: ConcernEntry, user_id: int | None, again: int) -> str:
    """One mail to one person about one thing, once."""
    return f"mail:{about}:{entry.id}:{user_id or 'district'}:{again}"


def _enqueue(
    about: str, concern: SafetyConcern, entry: ConcernEntry, users: Sequence[int | None], again: int = 0
) -> None:
    payloads = {
        key_of(about, entry, user_id, again): {
            "about": about,
            "concern_id": concern.id,
            "entry_id": entry.id,
            "user_id": user_id,
            "again": again,
        }
        for user_id in users
    }
    enqueue_all(OutboxKind.MAIL, payloads, district_id=concern.district_id)
