"""Finding by a few letters: students, employers, opportunities and rounds, within what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.employers.models import Employer
from wbl.opportunities.models import Opportunity
from wbl.people.models import Student
from wbl.people.queries import called
from wbl.rounds.models import Round
from wbl.search import contains
from wbl.status.queries import followed_anywhere, rounds_followed

LEAST = 2
"""Fewer letters find everybody."""
SHOWN = 10
"""Of each kind; the lists of each kind show all."""


@dataclass(slots=True)
class Found:
    """What was found of each kind, and of which kinds there is more."""

    students: Sequence[Student] = ()
    employers: Sequence[Employer] = ()
    opportunities: Sequence[Opportunity] = ()
    rounds: Sequence[Round] = ()
    more: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return len(self.students) + len(self.employers) + len(self.opportunities) + len(self.rounds)


def find(actor: Actor, text: str) -> Found:
    """Everything that goes by these words, each of them somewhere. At most six queries."""
    words = text.split()
    found = Found()
    if len("".join(words)) < LEAST:
        return found
    mine = actor.coordinator_of

    def first(kind: str, statement: Select, matches: list[ColumnElement[bool]]) -> list:
        rows = db.session.scalars(statement.where(*matches).limit(SHOWN + 1)).unique().all()
        if len(rows) > SHOWN:
            found.more.add(kind)
        return list(rows[:SHOWN])

    students = (
        select(Student)
        .where(or_(Student.district_id.in_(mine), followed_anywhere(actor)))
        .options(selectinload(Student.school))
        .order_by(Student.family_name, Student.given_name, Student.id)
    )
    found.students = first("students", students, [called(word) for word in words])
    rounds = (
        select(Round)
        .where(or_(Round.district_id.in_(mine), rounds_followed(actor)))
        .order_by(Round.starts_on.desc(), Round.id.desc())
    )
    found.rounds = first("rounds", rounds, [contains(Round.name, word) for word in words])
    if mine:
        employers = (
            select(Employer).where(Employer.district_id.in_(mine)).order_by(Employer.name, Employer.id)
        )
        found.employers = first("employers", employers, [contains(Employer.name, word) for word in words])
        opportunities = (
            select(Opportunity)
            .where(Opportunity.district_id.in_(mine))
            .options(joinedload(Opportunity.employer))
            .order_by(Opportunity.title, Opportunity.id)
        )
        titles = (Opportunity.title, Opportunity.title_es, Opportunity.external_id)
        matches = [or_(*(contains(column, word) for column in titles)) for word in words]
        found.opportunities = first("opportunities", opportunities, matches)
    return found
