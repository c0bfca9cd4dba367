"""What a round offers, as cells of opportunities.csv."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, null, select

from wbl.db import plain_rows
from wbl.employers.models import Employer, Site
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.rounds.columns import OFFERING_TEXT_COLUMNS, OPPORTUNITY_WORDS, number_cell
from wbl.rounds.kept_seats import frozen_seats
from wbl.rounds.models import Pin, PinDecision, Round

Cells = dict[str, str]


def opportunities_of(
    placement_round: Round,
    part: ColumnElement[bool],
    *,
    shortlist: bool | None = None,
    holding: bool = False,
    words: bool = False,
) -> dict[str, Cells]:
    """Cells by the identifier of the opportunity, of those that fulfil ``part``, a condition on ``Offering``.

    ``shortlist``, ``holding`` and ``words`` are those of ``snapshot.read_rows_of``. What they do not ask for
    is not looked up: pages judge a thousand opportunities for one student.
    """
    texts = [*(getattr(Offering, name) for name in OFFERING_TEXT_COLUMNS)]
    if words:
        texts += [getattr(Opportunity, name) for name in OPPORTUNITY_WORDS]
    found = plain_rows(
        select(
            Opportunity.external_id,
            Employer.external_id,
            Site.external_id,
            Opportunity.title,
            Offering.latitude,
            Offering.longitude,
            Offering.start_date,
            Offering.end_date,
            Offering.seats,
            Offering.interview_per_seat,
            null() if shortlist is None else _decided(),
            frozen_seats() if holding else null(),
            *texts,
        )
        .select_from(Offering)
        .join(Opportunity)
        .outerjoin(Employer, Employer.id == Opportunity.employer_id)
        .outerjoin(Site, Site.id == Opportunity.site_id)
        .where(Offering.round_id == placement_round.id, part)
    )
    names = (*OFFERING_TEXT_COLUMNS, *(OPPORTUNITY_WORDS if words else ()))
    cells_of = {}
    for name, employer, site, title, latitude, longitude, start, end, *seats_and_texts in found:
        seats, per_seat, decisions, held, *cells = seats_and_texts
        cells_of[name] = {
            "employer_id": employer or "",
            "site_id": site or "",
            "title": title,
            "latitude": number_cell(latitude),
            "longitude": number_cell(longitude),
            "start_date": start.isoformat() if start else "",
            "end_date": end.isoformat() if end else "",
            **dict(zip(names, cells, strict=True)),
            **_seats(seats, per_seat, decisions, held, shortlist),
        }
    return cells_of


def _decided() -> ColumnElement[int]:
    """For how many students the employer of an offering has decided, or somebody for it."""
    return (
        select(func.count(Pin.id))
        .join(Submission, Submission.id == Pin.submission_id)
        .where(
            Pin.offering_id == Offering.id,
            Pin.decision == PinDecision.REQUIRE,
            Pin.removed_at.is_(None),
            attends(),
        )
        .correlate(Offering)
        .scalar_subquery()
    )


def _seats(
    seats: int, per_seat: int | None, decisions: int, held: int | None, shortlist: bool | None
) -> Cells:
    """How many may be placed: see ``snapshot.read_rows_of``."""
    if held is not None:
        return {"seats": str(held), "min_students": ""}
    if per_seat is None or shortlist is None:
        return {"seats": str(seats)}
    # With how many it takes place is for the decisions to see to.
    return {"seats": str(seats * per_seat if shortlist else min(seats, decisions)), "min_students": ""}
