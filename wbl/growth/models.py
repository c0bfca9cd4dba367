"""What a student learns in a placement: the rubric, evaluations on it, and how the site was.

An evaluation points at the version of the rubric that it was made on. A version that is, or was, in
force never changes, so that an old rating keeps its meaning.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wbl.audit.models import Reason
from wbl.db import UtcDateTime, db, state_column
from wbl.links.models import Link
from wbl.placements.models import Placement


class VersionState(enum.StrEnum):
    DRAFT = "draft"  # being written; nobody is rated on it
    IN_FORCE = "in_force"  # what new placements are rated on
    PAST = "past"  # placements that began on it go on with it


class RubricVersion(db.Model):
    """A district's rubric, as it was at one time. ``content``: see ``rubrics.py``."""

    __tablename__ = "rubric_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(state_column(VersionState, "rubric_version_state"))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    in_force_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    past_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (
        UniqueConstraint("district_id", "number"),
        Index(
            "uq_rubric_version_in_force",
            "district_id",
            unique=True,
            sqlite_where=text("state = 'in_force'"),
            postgresql_where=text("state = 'in_force'"),
        ),
        Index(
            "uq_rubric_version_draft",
            "district_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )


class LearningPlan(db.Model):
    """What one placement is rated on: a version of the rubric, and three to five skills of its own.

    ``skills`` are names by code (``skill:1`` …), in order: they change until the first evaluation.
    """

    __tablename__ = "learning_plan"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"))
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    version: Mapped[RubricVersion] = relationship()


class Moment(enum.StrEnum):
    """When in a placement, in order."""

    BASELINE = "baseline"
    MID = "mid"
    FINAL = "final"


class RatedBy(enum.StrEnum):
    MENTOR = "mentor"
    STUDENT = "student"  # themself


class Rater(db.Model):
    """Somebody at an employer who rates students: one row a person, whichever student or year.

    ``key`` is the address in small letters, or the name where none is known. It stays when the person
    changes nothing but what they say of a student, so that how leniently they rate can be told.
    """

    __tablename__ = "rater"
    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    __table_args__ = (UniqueConstraint("employer_id", "key"),)


class EvaluationSource(enum.StrEnum):
    LINK = "link"
    ACCOUNT = "account"
    TOLD = "told"  # on the phone or on paper, written down by a coordinator


class Evaluation(db.Model):
    """How one student was rated once. It never changes; one that was wrong is set aside, with a reason."""

    __tablename__ = "evaluation"
    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"), index=True)
    moment: Mapped[Moment] = mapped_column(state_column(Moment, "evaluation_moment"))
    rated_by: Mapped[RatedBy] = mapped_column(state_column(RatedBy, "evaluation_rated_by"))
    rater_id: Mapped[int | None] = mapped_column(ForeignKey("rater.id"), index=True)
    evidence: Mapped[str] = mapped_column(Text, default="")  # a sentence on the whole
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[EvaluationSource] = mapped_column(state_column(EvaluationSource, "evaluation_source"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who gave it, or wrote it down
    void_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    placement: Mapped[Placement] = relationship()
    version: Mapped[RubricVersion] = relationship()
    rater: Mapped[Rater | None] = relationship()
    void_reason: Mapped[Reason | None] = relationship()
    ratings: Mapped[list[Rating]] = relationship(back_populates="evaluation", order_by="Rating.code")
    __table_args__ = (
        Index(
            "uq_evaluation_counting",
            "placement_id",
            "moment",
            "rated_by",
            unique=True,
            sqlite_where=text("void_at IS NULL"),
            postgresql_where=text("void_at IS NULL"),
        ),
        CheckConstraint("rated_by = 'mentor' OR rater_id IS NULL", name="students_are_no_raters"),
    )


class Rating(db.Model):
    """One competency, or skill, in one evaluation. What could not be seen has no row."""

    __tablename__ = "rating"
    evaluation_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    level: Mapped[int]
    evidence: Mapped[str] = mapped_column(Text, default="")
    evaluation: Mapped[Evaluation] = relationship(back_populates="ratings")
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 5", name="level_1_to_5"),)


class EvaluationDue(db.Model):
    """When a mentor is asked to rate, once for each moment of a placement."""

    __tablename__ = "evaluation_due"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    moment: Mapped[Moment] = mapped_column(state_column(Moment, "evaluation_due_moment"), primary_key=True)
    due_on: Mapped[date]
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placement: Mapped[Placement] = relationship()
    __table_args__ = (Index("ix_evaluation_due_due_on", "due_on"),)


class RatingLink(Link, db.Model):
    """A way for a mentor to rate one student once, without an account. Of the token only a hash is kept."""

    __tablename__ = "rating_link"
    PURPOSE = "rating-link"
    PATH = "r"
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), index=True)
    moment: Mapped[Moment] = mapped_column(state_column(Moment, "rating_link_moment"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    rater: Mapped[Rater] = relationship()


class SiteRating(db.Model):
    """What a student says of the site: for the coordinator alone."""

    __tablename__ = "site_rating"
    placement_id: Mapped[int] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True
    )
    learned: Mapped[int]
    supported: Mapped[int]
    safe: Mapped[int]
    again: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a coordinator has followed it up
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    placement: Mapped[Placement] = relationship()
    __table_args__ = (
        CheckConstraint(
            "learned BETWEEN 1 AND 5 AND supported BETWEEN 1 AND 5"
            " AND safe BETWEEN 1 AND 5 AND again BETWEEN 1 AND 5",
            name="each_1_to_5",
        ),
    )


# What was rated, and on which words, stays what it was. Only the sentences beside it can be erased.
_SAID = "placement_id, version_id, moment, rated_by, rater_id, given_at, source"
_RATED = "evaluation_id, code, level"
_WORDS = "district_id, number, content"
SQLITE_TRIGGERS = {
    "rubric_version": [
        f"""CREATE TRIGGER rubric_version_fixed BEFORE UPDATE OF {_WORDS} ON rubric_version
    WHEN OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'rubric_version never changes'); END""",
        """CREATE TRIGGER rubric_version_no_draft_again BEFORE UPDATE OF state ON rubric_version
    WHEN NEW.state = 'draft' AND OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'rubric_version never changes'); END""",
    ],
    "evaluation": [
        f"""CREATE TRIGGER evaluation_fixed BEFORE UPDATE OF {_SAID} ON evaluation
    BEGIN SELECT RAISE(ABORT, 'evaluation never changes'); END"""
    ],
    "rating": [
        f"""CREATE TRIGGER rating_fixed BEFORE UPDATE OF {_RATED} ON rating
    BEGIN SELECT RAISE(ABORT, 'rating never changes'); END"""
    ],
}
POSTGRESQL_TRIGGERS = {
    "rubric_version": [
        """CREATE FUNCTION rubric_version_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rubric_version never changes'; END $$""",
        f"""CREATE TRIGGER rubric_version_fixed BEFORE UPDATE OF {_WORDS} ON rubric_version
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION rubric_version_refuse()""",
        """CREATE TRIGGER rubric_version_no_draft_again BEFORE UPDATE OF state ON rubric_version
    FOR EACH ROW WHEN (NEW.state = 'draft' AND OLD.state <> 'draft')
    EXECUTE FUNCTION rubric_version_refuse()""",
    ],
    "evaluation": [
        """CREATE FUNCTION evaluation_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'evaluation never changes'; END $$""",
        f"""CREATE TRIGGER evaluation_fixed BEFORE UPDATE OF {_SAID} ON evaluation
    FOR EACH ROW EXECUTE FUNCTION evaluation_refuse()""",
    ],
    "rating": [
        """CREATE FUNCTION rating_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rating never changes'; END $$""",
        f"""CREATE TRIGGER rating_fixed BEFORE UPDATE OF {_RATED} ON rating
    FOR EACH ROW EXECUTE FUNCTION rating_refuse()""",
    ],
}
for _model in (RubricVersion, Evaluation, Rating):
    for _dialect, _triggers in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRESQL_TRIGGERS)):
        for _statement in _triggers[_model.__tablename__]:
            event.listen(_model.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
