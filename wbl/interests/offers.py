"""What a student may browse in a round: filtered, judged for them, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import joinedload

from wbl.db import db, plain_rows
from wbl.employers.models import Employer
from wbl.errors import NotFound
from wbl.interests.judging import Judged, judged
from wbl.interests.models import FoundPlace, OfferingNote, Preference, Refusal, Submission
from wbl.interests.week import DAYS
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.queries import offered
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page
from wbl.rounds.models import Round
from wbl.search import contains

A_PAGE = 20
FIT, NEAR, TITLE = SORTS = ("fit", "near", "title")
MINUTES = (15, 30, 45, 60)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for."""

    text: str = ""
    kind: str = ""
    cluster: str = ""
    minutes: int = 0  # one way, at most; 0: any
    pay: str = ""  # paid | unpaid
    day: str = ""  # Mon … Sun
    possible: bool = False
    area: tuple[float, float, float, float] | None = None  # south, west, north, east
    sort: str = FIT
    page: int = 1

    @property
    def filtered(self) -> bool:
        return bool(
            self.text
            or self.kind
            or self.cluster
            or self.minutes
            or self.pay
            or self.day
            or self.possible
            or self.area
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering as the student sees it."""

    offering: Offering
    judged: Judged | None  # None: it cannot be told yet
    rank: int | None
    refused: bool
    note: str


@dataclass(frozen=True, slots=True)
class Offers:
    """A page of offers, and what the filters can choose from."""

    page: Page[Offer]
    kinds: list[str]
    clusters: list[str]
    all: int
    possible: int | None  # of all; None: it cannot be told yet


def own_offered(placement_round: Round, submission: Submission) -> Select[tuple[Offering]]:
    """What this student may browse and choose: not what another student found for themself."""
    of_another = exists().where(
        FoundPlace.offering_id == Offering.id, FoundPlace.submission_id != submission.id
    )
    return offered(placement_round.id).where(~of_another)


def _filtered(statement: Select, wanted: Wanted) -> Select:
    statement = statement.join(Opportunity, Opportunity.id == Offering.opportunity_id).outerjoin(
        Employer, Employer.id == Opportunity.employer_id
    )
    for word in wanted.text.split():
        columns = (
            Opportunity.title,
            Opportunity.title_es,
            Opportunity.description,
            Opportunity.description_es,
            Employer.name,
        )
        statement = statement.where(or_(*(contains(column, word) for column in columns)))
    if wanted.kind:
        statement = statement.where(Offering.kind == wanted.kind)
    if wanted.cluster:
        statement = statement.where(Offering.cluster == wanted.cluster)
    if wanted.pay:
        statement = statement.where(Offering.paid == ("yes" if wanted.pay == "paid" else "no"))
    if wanted.day in DAYS:
        statement = statement.where(contains(Offering.schedule, f"{wanted.day} "))
    if wanted.area:
        south, west, north, east = wanted.area
        statement = statement.where(
            Offering.latitude.between(south, north), Offering.longitude.between(west, east)
        )
    return statement


def offers(placement_round: Round, submission: Submission, wanted: Wanted) -> Offers:
    """A page of what is offered, in a fixed number of queries."""
    judgement = judged(placement_round, submission)
    every = _every(placement_round, submission)
    ids = _in_order(_wanted_of(every, placement_round, submission, wanted), wanted, judgement)
    pages = max(1, -(-len(ids) // A_PAGE))
    number = min(max(1, wanted.page), pages)
    shown = ids[(number - 1) * A_PAGE : number * A_PAGE]
    return Offers(
        page=Page(
            items=with_choices(submission, shown, judgement), number=number, total=len(ids), size=A_PAGE
        ),
        kinds=sorted({row.kind for row in every if row.kind}),
        clusters=sorted({row.cluster for row in every if row.cluster}),
        all=len(every),
        possible=None
        if judgement is None
        else sum(1 for row in every if (found := judgement.get(row.external_id)) and found.possible),
    )


def matching_ids(placement_round: Round, submission: Submission, wanted: Wanted) -> list[int]:
    """The offerings that the filters leave, in order."""
    rows = _wanted_of(_every(placement_round, submission), placement_round, submission, wanted)
    return _in_order(rows, wanted, judged(placement_round, submission))


class _Row(NamedTuple):
    """Of each offering, what lists and filters go by."""

    id: int
    external_id: str
    title: str
    kind: str
    cluster: str


def _every(placement_round: Round, submission: Submission) -> list[_Row]:
    statement = own_offered(placement_round, submission).join(
        Opportunity, Opportunity.id == Offering.opportunity_id
    )
    columns = (Offering.id, Opportunity.external_id, Opportunity.title, Offering.kind, Offering.cluster)
    return [_Row(*row) for row in plain_rows(statement.with_only_columns(*columns))]


def _wanted_of(
    rows: list[_Row], placement_round: Round, submission: Submission, wanted: Wanted
) -> list[_Row]:
    """Those that the database's filters leave."""
    if not wanted.filtered:
        return rows
    statement = _filtered(own_offered(placement_round, submission), wanted)
    left = set(db.session.scalars(statement.with_only_columns(Offering.id)))
    return [row for row in rows if row.id in left]


def _in_order(rows: list[_Row], wanted: Wanted, judgement: Mapping[str, Judged] | None) -> list[int]:
    known = judgement or {}
    if wanted.possible and judgement is not None:
        rows = [row for row in rows if (found := known.get(row.external_id)) and found.possible]
    if wanted.minutes and judgement is not None:
        near = {code for code, found in known.items() if (found.minutes or 0) <= wanted.minutes}
        rows = [row for row in rows if row.external_id in near]

    def key(row: _Row) -> tuple[float, ...]:
        found = known.get(row.external_id)
        if found is None:
            return (2, 0)
        if wanted.sort == NEAR:
            return (not found.possible, found.minutes or 0)
        return (not found.possible, -found.worth)

    by_title = sorted(rows, key=lambda row: (row.title.lower(), row.id))
    return [row.id for row in (by_title if wanted.sort == TITLE else sorted(by_title, key=key))]


def with_choices(
    submission: Submission, offering_ids: Sequence[int], judgement: Mapping[str, Judged] | None
) -> list[Offer]:
    """Offerings in the order given, with what the student said of each."""
    found = {
        offering.id: offering
        for offering in db.session.scalars(
            select(Offering)
            .where(Offering.id.in_(offering_ids))
            .options(
                joinedload(Offering.opportunity).joinedload(Opportunity.employer),
                joinedload(Offering.opportunity).joinedload(Opportunity.site),
            )
        )
    }
    ranks = {
        row[0]: row[1]
        for row in db.session.execute(
            select(Preference.offering_id, Preference.rank).where(Preference.submission_id == submission.id)
        )
    }
    refused = set(
        db.session.scalars(select(Refusal.offering_id).where(Refusal.submission_id == submission.id))
    )
    notes = {
        row[0]: row[1]
        for row in db.session.execute(
            select(OfferingNote.offering_id, OfferingNote.text).where(
                OfferingNote.submission_id == submission.id, OfferingNote.offering_id.in_(offering_ids)
            )
        )
    }
    return [
        Offer(
            offering=found[offering_id],
            judged=(judgement or {}).get(found[offering_id].opportunity.external_id),
            rank=ranks.get(offering_id),
            refused=offering_id in refused,
            note=notes.get(offering_id, ""),
        )
        for offering_id in offering_ids
        if offering_id in found
    ]


def one(placement_round: Round, submission: Submission, offering_id: int) -> Offer:
    """One offering as the student sees it.

    Raises
    ------
    NotFound
        Where it is not offered to them.
    """
    if db.session.scalar(own_offered(placement_round, submission).where(Offering.id == offering_id)) is None:
        raise NotFound()
    return with_choices(submission, [offering_id], judged(placement_round, submission))[0]


def ranked(placement_round: Round, submission: Submission) -> list[Offer]:
    """The student's list, the first choice first."""
    ids = db.session.scalars(
        select(Preference.offering_id)
        .join(Offering, Offering.id == Preference.offering_id)
        .where(Preference.submission_id == submission.id, Preference.rank.is_not(None), takes_part())
        .order_by(Preference.rank, Preference.offering_id)
    ).all()
    return with_choices(submission, ids, judged(placement_round, submission))


def refused(submission: Submission) -> list[Offer]:
    """What the student would not take. For nobody but the student."""
    ids = db.session.scalars(
        select(Refusal.offering_id)
        .join(Offering, Offering.id == Refusal.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Refusal.submission_id == submission.id, takes_part())
        .order_by(Opportunity.title, Offering.id)
    ).all()
    return with_choices(submission, ids, None)
