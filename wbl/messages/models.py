"""How people are written to: addresses that do not work, quiet hours, what a person chose."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.people.models import District

OF_ONE_PERSON = "(user_id IS NULL) <> (guardian_id IS NULL)"


class Cause(enum.StrEnum):
    """How it is known that an address does not work."""

    REFUSED = "refused"  # the mail server said so, for good
    SAID = "said"  # somebody at school did


class Settled(enum.StrEnum):
    """How a family or a contact is reached instead."""

    ADDRESS = "address"  # by another address
    PHONE = "phone"
    PAPER = "paper"


class Unreachable(db.Model):
    """An address that does not work: a district sends nothing there until somebody lifts it."""

    __tablename__ = "unreachable"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254))  # in small letters
    cause: Mapped[Cause] = mapped_column(state_column(Cause, "unreachable_cause"))
    code: Mapped[int | None]  # what the mail server answered: 550
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    settled: Mapped[Settled | None] = mapped_column(state_column(Settled, "unreachable_settled"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    __table_args__ = (
        Index(
            "uq_unreachable_in_force",
            "district_id",
            "address",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )


class HeldMail(db.Model):
    """A mail that did not go out because its address does not work; it does where that is lifted."""

    __tablename__ = "held_mail"
    item_id: Mapped[int] = mapped_column(ForeignKey("outbox_item.id", ondelete="CASCADE"), primary_key=True)
    unreachable_id: Mapped[int] = mapped_column(ForeignKey("unreachable.id", ondelete="CASCADE"), index=True)


class MessageSetting(db.Model):
    """When a district sends nothing. None yet: no row, and the application's own hours hold.

    Minutes after midnight by the clocks of the district; the same twice: always.
    """

    __tablename__ = "message_setting"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name="minutes"),
    )


class MessageChoice(db.Model):
    """A person's own quiet hours; both empty: the district's hold.

    Their language is the account's (``User.locale``), or the guardian's (``chosen_language``).
    """

    __tablename__ = "message_choice"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="CASCADE"))
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    __table_args__ = (
        CheckConstraint(OF_ONE_PERSON, name="of_one_person"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="both_hours"),
        UniqueConstraint("user_id"),
        UniqueConstraint("guardian_id"),
    )


class AskedBy(enum.StrEnum):
    """Where somebody asked for text messages."""

    ACCOUNT = "account"
    FAMILY_LINK = "family_link"


class StoppedBy(enum.StrEnum):
    """How text messages ended."""

    WORD = "word"  # a stop word, from the phone
    PAGE = "page"
    REPLACED = "replaced"  # by another number


class TextConsent(db.Model):
    """That somebody wants text messages: when and how they asked, their yes from the phone, their stop.

    Nothing but the question goes to a number before the yes came from it: whoever mistypes a number
    would else send a family's link to a stranger.
    """

    __tablename__ = "text_consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="CASCADE"), index=True)
    phone: Mapped[str] = mapped_column(String(16), index=True)  # as E.164 writes it: +15045550100
    language: Mapped[str] = mapped_column(String(35))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[AskedBy] = mapped_column(state_column(AskedBy, "text_asked_by"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_by: Mapped[StoppedBy | None] = mapped_column(state_column(StoppedBy, "text_stopped_by"))
    district: Mapped[District] = relationship()
    __table_args__ = (CheckConstraint(OF_ONE_PERSON, name="of_one_person"),)

    @property
    def in_force(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None


class TextSent(db.Model):
    """A text that the gateway took: counted for the most of a day. What it said is not kept."""

    __tablename__ = "text_sent"
    id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("text_consent.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # what the gateway knows a copy by
    what: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
