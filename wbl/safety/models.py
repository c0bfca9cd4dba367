"""Safety concerns that students raise, and the record of incidents and injuries.

A concern is read by the coordinators of its district and by the contact of the school that it names,
and by nobody else. Its words lie here alone: no mail, no list and no row of the record holds them.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.db import UtcDateTime, db, state_column
from wbl.opportunities.models import Opportunity
from wbl.people.models import School, Student
from wbl.placements.models import Placement


class ConcernKind(enum.StrEnum):
    """What happened, as the student tapped it."""

    HURT = "hurt"  # somebody hurt or threatened them
    HARASSED = "harassed"  # touch or words that they do not want
    DANGER = "danger"  # the work or the place is dangerous
    MADE_TO = "made_to"  # told to do what they should not
    UNWELL = "unwell"  # they are not all right
    OTHER = "other"


class ConcernPlace(enum.StrEnum):
    """Where it happened."""

    PLACEMENT = "placement"
    WAY = "way"
    SCHOOL = "school"
    ELSEWHERE = "elsewhere"
    UNSAID = "unsaid"


class ConcernState(enum.StrEnum):
    """All but CLOSED are open: the opportunity takes no new students meanwhile."""

    RAISED = "raised"  # nobody has read it, or what was added to it
    READ = "read"
    ANSWERED = "answered"
    CLOSED = "closed"


class SafetyConcern(db.Model):
    """What a student raised. ``school_id``: whose contact reads it besides the coordinators; none where
    the student has no school, or did not want that.

    ``opportunity_id`` is what takes no new students while it is open: of ``placement_id``, and kept
    when that is erased.
    """

    __tablename__ = "safety_concern"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="SET NULL"))
    kind: Mapped[ConcernKind] = mapped_column(state_column(ConcernKind, "safety_concern_kind"))
    place: Mapped[ConcernPlace] = mapped_column(state_column(ConcernPlace, "safety_concern_place"))
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id", ondelete="SET NULL"))
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunity.id", ondelete="SET NULL"))
    state: Mapped[ConcernState] = mapped_column(state_column(ConcernState, "safety_concern_state"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waits_since: Mapped[datetime] = mapped_column(UtcDateTime)  # for somebody to read what is new in it
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since it was last opened
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    student: Mapped[Student] = relationship()
    school: Mapped[School | None] = relationship()
    placement: Mapped[Placement | None] = relationship()
    opportunity: Mapped[Opportunity | None] = relationship()
    entries: Mapped[list[ConcernEntry]] = relationship(back_populates="concern", order_by="ConcernEntry.id")
    __table_args__ = (
        Index("ix_safety_concern_district_id_state", "district_id", "state"),
        Index("ix_safety_concern_opportunity_id_state", "opportunity_id", "state"),
        CheckConstraint(
            "(state IN ('answered', 'closed')) = (answered_at IS NOT NULL)", name="never_closed_unanswered"
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_its_day"),
        CheckConstraint("place = 'placement' OR placement_id IS NULL", name="placement_where_it_happened"),
    )

    @property
    def is_open(self) -> bool:
        return self.state is not ConcernState.CLOSED


class EntryKind(enum.StrEnum):
    RAISED = "raised"
    SAID = "said"  # the student adds something
    READ = "read"  # for the first time since something was new
    NOTED = "noted"  # for those who may read the concern
    ANSWERED = "answered"  # what was done
    PLACED = "placed"  # it is about another place than was said
    CLOSED = "closed"
    REOPENED = "reopened"


class ConcernEntry(db.Model):
    """What happened to a concern, in its order. Never changed."""

    __tablename__ = "concern_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("safety_concern.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind, "concern_entry_kind"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    words: Mapped[str] = mapped_column(Text, default="")
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())  # the student may read it
    concern: Mapped[SafetyConcern] = relationship(back_populates="entries")


class RequiredReport(db.Model):
    """A report that the law requires, as it was made: by whom, when, to whom. Outside this application."""

    __tablename__ = "required_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("safety_concern.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[str] = mapped_column(String(200))
    made_to: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reference: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConcernDraft(db.Model):
    """What a student has begun to write and not sent: nobody else reads it."""

    __tablename__ = "concern_draft"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SafetyNumber(db.Model):
    """A number of a district's own that its students see: a local hotline, the school's guard."""

    __tablename__ = "safety_number"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    name_es: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40))
    hint: Mapped[str] = mapped_column(String(200), default="")  # when it is answered, and by whom
    hint_es: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(300))  # where it was looked up
    checked_on: Mapped[date]


class Reported(enum.StrEnum):
    """Whether something was reported to an authority or an insurer."""

    YES = "yes"
    NO = "no"  # still to be done
    NOT_NEEDED = "not_needed"


class Incident(db.Model):
    """An accident, an injury or a near miss. What is so is its newest version."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id", ondelete="SET NULL"))
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id", ondelete="SET NULL"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")  # what was done, with which it was closed
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    student: Mapped[Student] = relationship()
    school: Mapped[School | None] = relationship()
    placement: Mapped[Placement | None] = relationship()
    versions: Mapped[list[IncidentVersion]] = relationship(
        back_populates="incident", order_by="IncidentVersion.number"
    )
    __table_args__ = (
        Index("ix_incident_district_id_closed_at", "district_id", "closed_at"),
        CheckConstraint("closed_at IS NULL OR answer <> ''", name="never_closed_unanswered"),
    )


class IncidentVersion(db.Model):
    """What was kept of an incident, whole. A correction is another version; none ever changes."""

    __tablename__ = "incident_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    number: Mapped[int]
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(Text, default="")  # it was corrected
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(300))
    what: Mapped[str] = mapped_column(Text)
    injury: Mapped[str] = mapped_column(Text, default="")
    treatment: Mapped[str] = mapped_column(Text, default="")
    guardian_told: Mapped[str] = mapped_column(String(300), default="")  # who, by whom and how
    guardian_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    employer_told: Mapped[str] = mapped_column(String(300), default="")
    employer_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    insurer_told: Mapped[str] = mapped_column(String(300), default="")
    insurer_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    osha: Mapped[Reported] = mapped_column(state_column(Reported, "incident_osha"))
    workers_comp: Mapped[Reported] = mapped_column(state_column(Reported, "incident_workers_comp"))
    follow_up: Mapped[str] = mapped_column(Text, default="")
    incident: Mapped[Incident] = relationship(back_populates="versions")
    __table_args__ = (UniqueConstraint("incident_id", "number"),)
