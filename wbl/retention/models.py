"""What was erased of a district at night because it was past its retention."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wbl.db import UtcDateTime, db


class Purge(db.Model):
    """A district's newest purge. Its row is what two workers wait for each other at.

    ``erased``: how many of each kind. A purge without an end goes on where it was: what is erased
    is not due any more.
    """

    __tablename__ = "purge"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    on_day: Mapped[date]  # the night, at the district
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased: Mapped[dict[str, int]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(String(80), default="")  # the kind of error that ended it, if one did
