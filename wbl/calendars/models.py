"""Calendars by a secret address: the feeds, and what each event was when somebody last could read it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.accounts.models import User
from wbl.db import UtcDateTime, db
from wbl.placements.models import FamilyLink


class CalendarFeed(db.Model):
    """An address under which one person's calendar is read; revoked, it gives nothing.

    Of a user, or of whoever has a family link, with which it ends. Only the hash of the token is stored.
    """

    __tablename__ = "calendar_feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    family_link_id: Mapped[int | None] = mapped_column(
        ForeignKey("family_link.id", ondelete="CASCADE"), index=True
    )
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when its marks were last brought up to date
    user: Mapped[User | None] = relationship()
    family_link: Mapped[FamilyLink | None] = relationship()
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (family_link_id IS NULL)", name="of_one_person"),)


class CalendarMark(db.Model):
    """What a feed last said of one event: by this it knows that one changed, or is cancelled."""

    __tablename__ = "calendar_mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("calendar_feed.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts: Mapped[str] = mapped_column(String(32))  # 2027-01-12T13:00, or a date alone
    zone: Mapped[str] = mapped_column(String(64))
    last_on: Mapped[date]  # after this date it is over, and no longer cancelled
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (UniqueConstraint("feed_id", "uid"),)
