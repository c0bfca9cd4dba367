"""What holds for several students of a round together, ready for a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager

from matching.eligibility.labor_rules.reading import RuleFaults, parse_overlays
from wbl.accounts.models import User
from wbl.db import db
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page, paginate
from wbl.people.models import School, Student
from wbl.rounds.folder import CALENDAR
from wbl.rounds.limits import names_of
from wbl.rounds.models import Budget, Companion, ImportState, Limit, Round, RoundFile, RoundImport
from wbl.rounds.policy import goals_of

SHOWN = 50
_ONE_WILL_DO = ("", "0", "1")


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """calendar.csv in a few words."""

    first: date
    last: date
    in_session: int
    off: int
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetRow:
    name: str
    amount: float
    opportunities: int


@dataclass(frozen=True, slots=True)
class LocalRule:
    """A rule of a district's own file."""

    file: str
    says: str
    citation: str


def limits_page(placement_round: Round, language: str, *, page: int = 1) -> dict[str, Any]:
    """The values of the page, in a fixed number of queries."""
    listed: Page[Limit] = paginate(
        select(Limit).where(Limit.round_id == placement_round.id).order_by(Limit.scope, Limit.name), page
    )
    kept = _files(placement_round)
    companions = _companions(placement_round)
    smallest = _smallest_groups(placement_round)
    return {
        "listed": listed,
        "names": names_of(placement_round, [(limit.scope, limit.name) for limit in listed.items]),
        "floors_are_soft": "floors" in goals_of(placement_round.policy),
        "companions": db.session.execute(companions.limit(SHOWN)).tuples().all(),
        "companion_count": _count(companions),
        "budgets": _budgets(placement_round),
        "vans": _vans(placement_round),
        "smallest": db.session.scalars(smallest.limit(SHOWN)).all(),
        "smallest_count": _count(smallest),
        "several": _count(
            select(Submission.id).where(
                Submission.round_id == placement_round.id,
                attends(),
                Submission.max_placements.not_in(_ONE_WILL_DO),
            )
        ),
        "school_year": _school_year(kept.get(CALENDAR)),
        "feed": placement_round.policy.get("travel", {}).get("feed", ""),
        "service_date": placement_round.policy.get("travel", {}).get("date"),
        "local_rules": _local_rules(placement_round, kept, language),
        "came": _last_import(placement_round),
    }


def _count(statement: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def _companions(placement_round: Round) -> Select[Any]:
    """Both students, each with their part in the round, and how they belong together."""
    one, other = aliased(Submission), aliased(Submission)
    first, second = aliased(Student), aliased(Student)
    return (
        select(one.id, first, other.id, second, Companion.relation)
        .select_from(Companion)
        .join(one, one.id == Companion.first_id)
        .join(first, first.id == one.student_id)
        .join(other, other.id == Companion.second_id)
        .join(second, second.id == other.student_id)
        .where(one.round_id == placement_round.id, one.active, other.active)
        .order_by(first.family_name, first.given_name, first.id, second.family_name, second.id)
    )


def _budgets(placement_round: Round) -> list[BudgetRow]:
    of_round = Offering.round_id == placement_round.id
    uses = dict(
        db.session.execute(
            select(Offering.budget_id, func.count())
            .where(of_round, takes_part(), Offering.budget_id != "")
            .group_by(Offering.budget_id)
        )
        .tuples()
        .all()
    )
    found = db.session.scalars(
        select(Budget).where(Budget.round_id == placement_round.id).order_by(Budget.external_id)
    )
    return [
        BudgetRow(budget.external_id, float(budget.amount), uses.get(budget.external_id, 0))
        for budget in found
    ]


def _vans(placement_round: Round) -> Sequence[School]:
    attended = (
        select(Student.school_id).join(Submission).where(Submission.round_id == placement_round.id, attends())
    )
    return db.session.scalars(
        select(School)
        .where(School.id.in_(attended), School.van_seats.is_not(None))
        .order_by(School.name, School.external_id)
    ).all()


def _smallest_groups(placement_round: Round) -> Select[tuple[Offering]]:
    return (
        select(Offering)
        .join(Offering.opportunity)
        .where(
            Offering.round_id == placement_round.id,
            takes_part(),
            Offering.min_students.not_in(_ONE_WILL_DO),
        )
        .options(contains_eager(Offering.opportunity).joinedload(Opportunity.employer))
        .order_by(Opportunity.title, Opportunity.external_id)
    )


def _files(placement_round: Round) -> dict[str, bytes]:
    """The calendar and the district's rules; a feed is large, and its name is enough."""
    wanted = {CALENDAR, *placement_round.policy.get("law", {}).get("overlays", ())}
    found = db.session.execute(
        select(RoundFile.name, RoundFile.content).where(
            RoundFile.round_id == placement_round.id, RoundFile.name.in_(wanted)
        )
    ).tuples()
    return dict(found.all())


def _school_year(content: bytes | None) -> SchoolYear | None:
    if content is None:
        return None
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if not rows:
        return None
    days = sorted(date.fromisoformat(row["date"].strip()) for row in rows)
    open_on = sum(row["in_session"].strip() == "yes" for row in rows)
    letters = sorted({(row.get("day_letter") or "").strip() for row in rows} - {""})
    return SchoolYear(days[0], days[-1], open_on, len(rows) - open_on, tuple(letters))


def _local_rules(placement_round: Round, kept: Mapping[str, bytes], language: str) -> list[LocalRule]:
    names = [name for name in placement_round.policy.get("law", {}).get("overlays", ()) if name in kept]
    found = []
    for name in names:
        try:
            (rules,) = parse_overlays({name: kept[name].decode("utf-8-sig")})
        except (RuleFaults, ValueError):  # shipped rules may have taken one of its codes since
            continue
        found += [LocalRule(name, rule.text.get(language, rule.code), rule.citation) for rule in rules.rules]
    return found


def _last_import(placement_round: Round) -> tuple[RoundImport, str | None] | None:
    found = db.session.execute(
        select(RoundImport, User.name)
        .outerjoin(User, User.id == RoundImport.user_id)
        .where(RoundImport.round_id == placement_round.id, RoundImport.state == ImportState.APPLIED)
        .order_by(RoundImport.id.desc())
        .limit(1)
    ).first()
    return None if found is None else (found[0], found[1])
