"""Actions on many rows at once, remembered so that they can be taken back."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from wbl.db import UtcDateTime, db, state_column


class BulkKind(enum.StrEnum):
    NUDGE = "nudge"  # items: nudges
    PAPER = "paper"  # items: collect marks
    OUT = "out"  # items: collect marks
    PIN = "pin"  # items: pins
    GIVE_LETTERS = "give_letters"  # items: placements


class BulkAction(db.Model):
    """What was done to many rows in one go. ``items`` are their identifiers, never names."""

    __tablename__ = "bulk_action"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    kind: Mapped[BulkKind] = mapped_column(state_column(BulkKind, "bulk_kind"))
    items: Mapped[list[int]] = mapped_column(JSON)
    left_out: Mapped[dict[str, Any]] = mapped_column(JSON)  # reason to how many were not done
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
