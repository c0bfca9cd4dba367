"""Queueing the mail that asks a mentor to rate."""

from __future__ import annotations

from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue


def enqueue_mail(link_id: int, time: int, district_id: int) -> None:
    """Once for each link and time: 0 when it is made, 1 as a reminder. Flushes."""
    enqueue(
        OutboxKind.MAIL,
        f"mail:rating:{link_id}:{time}",
        {"about": "rating", "link_id": link_id, "time": time},
        district_id=district_id,
    )
