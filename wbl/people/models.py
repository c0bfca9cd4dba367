"""Districts, schools, students and their guardians.

What is sensitive lies apart, each in a table of its own (birth date, home, needs, groups), so
that a list or a search cannot carry it along by accident.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import db


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
    """An accommodation that a student needs, by code."""

    __tablename__ = "student_need"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)


class StudentGroup(db.Model):
    """A reporting group of a student. For figures; never shown with a name beside it."""

    __tablename__ = "student_group"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)


class Guardian(db.Model):
    """An adult of a student's, without a sign-in. ``may_receive`` false: gets nothing, ever."""

    __tablename__ = "guardian"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    relation: Mapped[str] = mapped_column(String(64), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(35), default="")
    may_sign: Mapped[bool] = mapped_column(default=False)
    may_receive: Mapped[bool] = mapped_column(default=False)
    student: Mapped[Student] = relationship(back_populates="guardians")
