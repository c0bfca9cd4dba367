"""What was worked out from a district's closed placements. It is made anew, never changed by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db
from wbl.employers.models import Site
from wbl.opportunities.models import Opportunity


class Learned(db.Model):
    """When a district's placements were looked at, and what went with what (``Effects`` of the engine)."""

    __tablename__ = "learned"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    attempts: Mapped[int] = mapped_column(default=0)  # since it was asked for
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed: Mapped[int] = mapped_column(default=0)  # placements, when it was done
    effects: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    @property
    def id(self) -> int:
        """What an audit row names it by."""
        return self.district_id


class SiteRecord(db.Model):
    """What a site did for its interns, drawn to the mean of all: ``matching.learning.SiteEstimates``.

    Of an opportunity without a site it is the opportunity's own. What stands beside the estimate is
    what it is made of.
    """

    __tablename__ = "site_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunity.id", ondelete="CASCADE"))
    value: Mapped[float]  # 0 to 1; 0.5 is the mean of all sites
    low: Mapped[float]
    high: Mapped[float]
    placements: Mapped[int]
    completed: Mapped[int]
    growth: Mapped[float | None]  # mean of last less first rating, in points of 1 to 5
    hours_kept: Mapped[float | None]  # mean share
    rating: Mapped[float | None]  # mean of what students said, 1 to 5
    teaches: Mapped[list[str]] = mapped_column(JSON)  # competencies in which interns grew as others or more
    site: Mapped[Site | None] = relationship()
    opportunity: Mapped[Opportunity | None] = relationship()
    __table_args__ = (
        CheckConstraint("(site_id IS NULL) <> (opportunity_id IS NULL)", name="of_a_site_or_an_opportunity"),
    )
