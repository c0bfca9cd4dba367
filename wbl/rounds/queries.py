"""Reading rounds, scoped to the actor: what is foreign and what is missing look the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload

from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db
from wbl.employers.models import Employer
from wbl.errors import NotFound
from wbl.interests.models import Preference, Submission
from wbl.interests.taking_part import attends, stays
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page, paginate
from wbl.people.models import District, Student
from wbl.placements.models import Publication
from wbl.rounds.models import (
    Budget,
    Companion,
    Limit,
    Pin,
    Round,
    RoundImport,
    RunArchive,
    RunState,
    SolveRun,
)

ACTIVE_RUNS = (RunState.QUEUED, RunState.RUNNING)
_FOREMOST = (SolveRun.method.in_(("stable", "shortlist")), SolveRun.number.desc())


@dataclass(frozen=True, slots=True)
class Holdings:
    """What takes part in a round."""

    students: int = 0
    opportunities: int = 0
    seats: int = 0
    ranked: int = 0  # students who ranked something
    pins: int = 0


def _visible(actor: Actor) -> Select[tuple[Round]]:
    return select(Round).where(Round.district_id.in_(actor.coordinator_of))


def districts(actor: Actor) -> list[District]:
    """The districts in which this actor may create a round."""
    statement = select(District).where(District.id.in_(actor.coordinator_of)).order_by(District.name)
    return list(db.session.scalars(statement))


def rounds(actor: Actor, most: int | None = None) -> list[tuple[Round, int, int, SolveRun | None]]:
    """The actor's rounds, the newest first: students, offerings, and the run that counts."""
    students = (
        select(func.count())
        .select_from(Submission)
        .join(Student, Student.id == Submission.student_id)
        .where(Submission.round_id == Round.id, Submission.active, stays(Round.starts_on))
        .correlate(Round)
        .scalar_subquery()
    )
    offerings = (
        select(func.count())
        .where(Offering.round_id == Round.id, takes_part())
        .correlate(Round)
        .scalar_subquery()
    )
    newest = (
        select(SolveRun.id)
        .where(SolveRun.round_id == Round.id, SolveRun.state == RunState.DONE)
        .order_by(*_FOREMOST)
        .limit(1)
        .correlate(Round)
        .scalar_subquery()
    )
    counts = aliased(SolveRun)
    statement = (
        _visible(actor)
        .add_columns(students, offerings, counts)
        .outerjoin(counts, counts.id == func.coalesce(Round.published_run_id, newest))
        .options(joinedload(Round.district))
        .order_by(Round.starts_on.desc(), Round.id.desc())
        .limit(most)
    )
    return [tuple(row) for row in db.session.execute(statement)]


def round_by_id(actor: Actor, round_id: int, *, lock: bool = False) -> Round:
    """One of the actor's rounds, with its district.

    ``lock`` holds it until the transaction ends, so that two who change it go one after the other.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    statement = _visible(actor).where(Round.id == round_id).options(joinedload(Round.district))
    if lock:
        statement = statement.with_for_update(of=Round).execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def import_by_id(actor: Actor, round_id: int, import_id: int) -> RoundImport:
    """An upload of one of the actor's rounds."""
    found = db.session.scalar(
        select(RoundImport)
        .join(Round)
        .where(
            RoundImport.id == import_id,
            RoundImport.round_id == round_id,
            Round.district_id.in_(actor.coordinator_of),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def run_by_number(actor: Actor, round_id: int, number: int) -> SolveRun:
    """A run of one of the actor's rounds, with the round and its district."""
    found = db.session.scalar(
        select(SolveRun)
        .join(Round, Round.id == SolveRun.round_id)
        .where(
            SolveRun.round_id == round_id,
            SolveRun.number == number,
            Round.district_id.in_(actor.coordinator_of),
        )
        .options(joinedload(SolveRun.round).joinedload(Round.district))
    )
    if found is None:
        raise NotFound()
    return found


def runs(placement_round: Round) -> list[tuple[SolveRun, str | None]]:
    """The runs of a round, the newest first, each with the name of who asked for it."""
    statement = (
        select(SolveRun, User.name)
        .outerjoin(User, User.id == SolveRun.requested_by)
        .where(SolveRun.round_id == placement_round.id)
        .order_by(SolveRun.number.desc())
    )
    return [(run, name) for run, name in db.session.execute(statement)]


def has_minimums(round_id: int) -> bool:
    """Whether a limit asks for a least number of some group."""
    asked = select(Limit.id).where(Limit.round_id == round_id, Limit.scope == "group", Limit.low > 0)
    return db.session.scalar(asked.limit(1)) is not None


def active_run(round_id: int) -> SolveRun | None:
    """The run that is queued or running, if there is one."""
    return db.session.scalar(
        select(SolveRun).where(SolveRun.round_id == round_id, SolveRun.state.in_(ACTIVE_RUNS))
    )


def newest_done_run(round_id: int) -> SolveRun | None:
    """The newest run that is done; a stable one, which is there to compare, only where no other is."""
    return db.session.scalar(
        select(SolveRun)
        .where(SolveRun.round_id == round_id, SolveRun.state == RunState.DONE)
        .order_by(*_FOREMOST)
        .limit(1)
    )


def holdings(round_id: int) -> Holdings:
    """Counts of what takes part."""
    has_ranked = exists().where(Preference.submission_id == Submission.id)
    students, ranked = db.session.execute(
        select(func.count(), func.count().filter(has_ranked))
        .select_from(Submission)
        .where(Submission.round_id == round_id, attends())
    ).one()
    offerings, seats = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Offering.seats), 0)).where(
            Offering.round_id == round_id, takes_part()
        )
    ).one()
    pins = _count(select(Pin.id).where(Pin.round_id == round_id, Pin.removed_at.is_(None)))
    return Holdings(students=students, opportunities=offerings, seats=seats, ranked=ranked, pins=pins)


def rules_held(round_id: int) -> int:
    """How many limits, budgets and pairs of students hold for several students together."""
    limits = select(func.count()).where(Limit.round_id == round_id).scalar_subquery()
    budgets = select(func.count()).where(Budget.round_id == round_id).scalar_subquery()
    companions = (
        select(func.count())
        .select_from(Companion)
        .join(Submission, Submission.id == Companion.first_id)
        .where(Submission.round_id == round_id, attends())
        .scalar_subquery()
    )
    return db.session.scalar(select(limits + budgets + companions)) or 0


def _count(statement: Select) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def pins(placement_round: Round, *, page: int = 1) -> Page[Pin]:
    """A page of the pins that stand, with student, opportunity, employer and reason."""
    statement = (
        select(Pin)
        .join(Submission, Submission.id == Pin.submission_id)
        .join(Student, Student.id == Submission.student_id)
        .where(Pin.round_id == placement_round.id, Pin.removed_at.is_(None))
        .options(
            joinedload(Pin.submission).joinedload(Submission.student),
            joinedload(Pin.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
            joinedload(Pin.reason),
        )
        .order_by(Student.family_name, Student.given_name, Pin.id)
    )
    return paginate(statement, page)


def sealed_pin(actor: Actor, round_id: int, pin_id: int) -> Pin:
    """A sealed pin that stands, in a district whose sealed reasons the actor may open.

    Raises
    ------
    NotFound
        Where there is none such.
    """
    found = db.session.scalar(
        select(Pin)
        .join(Round)
        .where(
            Pin.id == pin_id,
            Pin.round_id == round_id,
            Pin.sealed,
            Pin.removed_at.is_(None),
            Round.district_id.in_(actor.sealed_of),
        )
        .options(
            joinedload(Pin.round),
            joinedload(Pin.submission).joinedload(Submission.student),
            joinedload(Pin.offering).joinedload(Offering.opportunity).joinedload(Opportunity.employer),
        )
    )
    if found is None:
        raise NotFound()
    return found


def pin_by_id(actor: Actor, round_id: int, pin_id: int) -> Pin:
    """A pin that stands, of one of the actor's rounds."""
    found = db.session.scalar(
        select(Pin)
        .join(Round)
        .where(
            Pin.id == pin_id,
            Pin.round_id == round_id,
            Pin.removed_at.is_(None),
            Round.district_id.in_(actor.coordinator_of),
        )
    )
    if found is None:
        raise NotFound()
    return found


def submission_by_id(actor: Actor, round_id: int, submission_id: int) -> Submission:
    """A student's part in one of the actor's rounds, with student and school."""
    found = db.session.scalar(
        select(Submission)
        .join(Round, Round.id == Submission.round_id)
        .where(
            Submission.id == submission_id,
            Submission.round_id == round_id,
            Round.district_id.in_(actor.coordinator_of),
        )
        .options(joinedload(Submission.student).joinedload(Student.school))
    )
    if found is None:
        raise NotFound()
    return found


def offering_by_id(actor: Actor, round_id: int, offering_id: int) -> Offering:
    """An offering of one of the actor's rounds, with opportunity and employer."""
    found = db.session.scalar(
        select(Offering)
        .join(Round, Round.id == Offering.round_id)
        .where(
            Offering.id == offering_id,
            Offering.round_id == round_id,
            Round.district_id.in_(actor.coordinator_of),
        )
        .options(joinedload(Offering.opportunity).joinedload(Opportunity.employer))
    )
    if found is None:
        raise NotFound()
    return found


class Offered(NamedTuple):
    """An offering as a line of a menu: a thousand of them are too many to load whole."""

    id: int
    external_id: str
    seats: int
    schedule: str
    title: str  # in the language asked for; the identifier where there is none
    employer: str | None

    @property
    def line(self) -> str:
        return f"{self.title} · {self.employer}" if self.employer is not None else self.title


def offerings(round_id: int, language: str) -> list[Offered]:
    """The offerings that take part, by title: for a choice."""
    title = Opportunity.title_es if language == "es" else Opportunity.title
    found = db.session.execute(
        select(
            Offering.id,
            Opportunity.external_id,
            Offering.seats,
            Offering.schedule,
            func.coalesce(
                *(func.nullif(each, "") for each in (title, Opportunity.title)), Opportunity.external_id
            ),
            Employer.name,
        )
        .join(Offering.opportunity)
        .outerjoin(Opportunity.employer)
        .where(Offering.round_id == round_id, takes_part())
        .order_by(Opportunity.title, Opportunity.external_id)
    )
    return [Offered(*row) for row in found]


def _first_said(*texts: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The first text that is not empty."""
    return func.coalesce(*(func.nullif(text, "") for text in texts))


def ranked_by(submission: Submission | None) -> list[int]:
    """The offerings that a student ranked, the first choice first."""
    if submission is None:
        return []
    statement = (
        select(Preference.offering_id)
        .where(Preference.submission_id == submission.id, Preference.rank.is_not(None))
        .order_by(Preference.rank, Preference.offering_id)
    )
    return list(db.session.scalars(statement))


def publication_in_force(round_id: int) -> Publication | None:
    return db.session.scalar(
        select(Publication)
        .where(Publication.round_id == round_id, Publication.withdrawn_at.is_(None))
        .options(joinedload(Publication.run))
    )


def publications(round_id: int) -> Sequence[Publication]:
    """All publications of a round, the newest first, withdrawn ones with their reason."""
    return db.session.scalars(
        select(Publication)
        .where(Publication.round_id == round_id)
        .options(joinedload(Publication.run), joinedload(Publication.withdrawn_reason))
        .order_by(Publication.id.desc())
    ).all()


def publication_by_id(actor: Actor, round_id: int, publication_id: int) -> Publication:
    """A publication in force, of one of the actor's rounds."""
    found = db.session.scalar(
        select(Publication)
        .join(Round)
        .where(
            Publication.id == publication_id,
            Publication.round_id == round_id,
            Publication.withdrawn_at.is_(None),
            Round.district_id.in_(actor.coordinator_of),
        )
        .options(joinedload(Publication.run))
    )
    if found is None:
        raise NotFound()
    return found


def erased_at(run: SolveRun) -> datetime | None:
    """Since when the profiles that a run was solved from are erased; None where they are not."""
    return db.session.scalar(select(RunArchive.erased_at).where(RunArchive.run_id == run.id))
