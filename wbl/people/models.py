"""Districts, schools, students and their guardians.

What is sensitive lies apart, each in a table of its own (birth date, home, needs, groups), so
that a list or a search cannot carry it along by accident.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    or_,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column


class District(db.Model):
    """The tenant: it owns its schools, students, staff and rounds."""

    __tablename__ = "district"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="America/Chicago")
    phone: Mapped[str] = mapped_column(String(40), default="")  # whom a family calls
    email: Mapped[str] = mapped_column(String(254), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    # Whether its staff needs a one-time code besides the password. The demo does without, and says so.
    codes_required: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Whether a student under 18 needs a family's yes to share what is theirs by a link.
    sharing_needs_consent: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Languages of families' pages that it does not offer: all others it does.
    languages_withheld: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")


class DistrictFile(db.Model):
    """What every new round of a district starts with: its school calendar, its own labor rules.

    Checked by the engine's own reader before it is kept, and kept as it came.
    """

    __tablename__ = "district_file"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Retention(db.Model):
    """How long a district keeps one kind of record, in months after its last use."""

    __tablename__ = "retention"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    months: Mapped[int]


class School(db.Model):
    """A school; cells as in schools.csv."""

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    school_hours: Mapped[str] = mapped_column(Text, default="")
    van_seats: Mapped[int | None]
    __table_args__ = (UniqueConstraint("district_id", "external_id"),)


class Student(db.Model):
    """A student of a district. Exists without a sign-in."""

    __tablename__ = "student"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    external_id: Mapped[str] = mapped_column(String(64))
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    preferred_name: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(35), default="")  # BCP 47, of letters and pages
    grade: Mapped[int | None]
    rostered: Mapped[bool] = mapped_column(default=False, server_default=false())  # came with a roster
    left_on: Mapped[date | None]  # since when no roster names the student any more; nothing is deleted
    school: Mapped[School | None] = relationship()
    guardians: Mapped[list[Guardian]] = relationship(back_populates="student", order_by="Guardian.id")
    __table_args__ = (
        UniqueConstraint("district_id", "external_id"),
        CheckConstraint("grade IS NULL OR (grade >= 1 AND grade <= 13)", name="grade_range"),
    )

    @property
    def name(self) -> str:
        """As the student wishes to be called; the identifier where no name is known."""
        given = self.preferred_name or self.given_name
        return f"{given} {self.family_name}".strip() or self.external_id


class StudentBirth(db.Model):
    __tablename__ = "student_birth"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    birth_date: Mapped[date]


class StudentHome(db.Model):
    """Where travel is computed from, rounded to three decimals (about 100 m) before it is stored."""

    __tablename__ = "student_home"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]


class StudentNeed(db.Model):
    """An accommodation that a student needs, by code. What the school has on record only it can remove."""

    __tablename__ = "student_need"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    by_student: Mapped[bool] = mapped_column(default=False, server_default=false())


class StudentGroup(db.Model):
    """A reporting group of a student. For figures; with a name beside it only in the list behind one."""

    __tablename__ = "student_group"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)


class StudentCte(db.Model):
    """A student's career and technical education, as Perkins V reports it. None, "": nobody has said.

    ``graduation_year``: the year in which the school year ends with which the student graduates.
    ``graduated``: whether they did.
    """

    __tablename__ = "student_cte"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    concentrator: Mapped[bool | None]
    graduation_year: Mapped[int | None] = mapped_column(index=True)
    graduated: Mapped[bool | None]
    cip_code: Mapped[str] = mapped_column(String(7), default="")  # 51.3801
    cluster: Mapped[str] = mapped_column(String(64), default="")
    __table_args__ = (
        CheckConstraint(
            "graduation_year IS NULL OR (graduation_year BETWEEN 2000 AND 2100)", name="graduation_year_range"
        ),
    )


class YouthAuthority(db.Model):
    """A student under 18 who signs alone: an unaccompanied youth, or one whom a court declared of age."""

    __tablename__ = "youth_authority"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    def in_force(self, today: date) -> bool:
        return _between(self.valid_from, today, self.valid_until)


class Standing(enum.StrEnum):
    """By what right an adult speaks for a student."""

    PARENT = "parent"
    COURT_GUARDIAN = "court_guardian"  # by a court's order
    FOSTER_PARENT = "foster_parent"
    DECISION_MAKER = "decision_maker"  # for education, appointed
    OTHER = "other"  # an adult who may be told
    RESTRICTED = "restricted"  # receives nothing and signs nothing


class Guardian(db.Model):
    """An adult of a student's, without a sign-in. ``may_receive`` false: gets nothing, ever.

    The roster says who may sign and who may be told, until a coordinator has settled it: what was
    settled (``settled_at``) no roster changes. Outside its dates a record gives no right.
    """

    __tablename__ = "guardian"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    relation: Mapped[str] = mapped_column(String(64), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(35), default="")  # as the school has it
    # What they chose themself on their page: it goes before, and no roster changes it.
    chosen_language: Mapped[str] = mapped_column(String(35), default="", server_default="")
    may_sign: Mapped[bool] = mapped_column(default=False)
    may_receive: Mapped[bool] = mapped_column(default=False)
    roster_id: Mapped[str | None] = mapped_column(String(64))  # whom a roster means
    standing: Mapped[Standing | None] = mapped_column(state_column(Standing, "guardian_standing"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    order_seen_on: Mapped[date | None]  # when somebody at school read the court's or agency's paper
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    student: Mapped[Student] = relationship(back_populates="guardians")
    __table_args__ = (
        CheckConstraint(
            "standing IS NULL OR standing <> 'restricted' OR NOT (may_sign OR may_receive)",
            name="restricted_has_no_right",
        ),
    )

    def in_force(self, today: date) -> bool:
        """Whether the record gives its rights on this date of the district."""
        return _between(self.valid_from, today, self.valid_until)

    def signs(self, today: date) -> bool:
        return self.may_sign and self.in_force(today)

    def receives(self, today: date) -> bool:
        return self.may_receive and self.in_force(today)

    @classmethod
    def receives_on(cls, today: date) -> ColumnElement[bool]:
        """``receives`` for a statement."""
        return and_(
            cls.may_receive,
            or_(cls.valid_from.is_(None), cls.valid_from <= today),
            or_(cls.valid_until.is_(None), cls.valid_until >= today),
        )


def _between(first: date | None, day: date, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


class DistrictLanguage(db.Model):
    """A language of families' pages and letters whose translation a district has had checked."""

    __tablename__ = "district_language"
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(35), primary_key=True)
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
