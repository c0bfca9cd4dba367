"""How far a student is towards the hours they need, what they are worth, and whether they lag behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select

from wbl import clock
from wbl.agreements.models import Paperwork
from wbl.agreements.opening import first_day
from wbl.db import db, plain_rows
from wbl.hours import queries
from wbl.hours.models import EntryState, HoursSetting, TimeEntry
from wbl.hours.queries import Totals, hours_in
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement
from wbl.reports import thresholds
from wbl.reports.thresholds import DEFAULT, Thresholds
from wbl.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Progress:
    """Minutes, and the hours needed (None: nobody has said). ``credits``: of confirmed hours."""

    totals: Totals
    needed: int | None = None
    per_credit: int | None = None
    behind: bool = False

    @property
    def share(self) -> float | None:
        """Of the hours needed, what is worked: at most 1."""
        return min(1.0, self.totals.worked / 60 / self.needed) if self.needed else None

    @property
    def credits(self) -> float | None:
        """What the confirmed hours are worth in the district, to two decimals and never rounded up."""
        if self.per_credit is None:
            return None
        return self.totals.confirmed * 100 // (60 * self.per_credit) / 100


def of_placement(placement: Placement) -> Progress:
    return of_placements([placement])[placement.id]


def of_placements(found: Sequence[Placement]) -> dict[int, Progress]:
    """The progress of placements that are loaded with their round; four queries."""
    totals = queries.totals([one.id for one in found])
    needed = queries.needed(found)
    districts = {one.publication.round.district_id for one in found}
    limits = thresholds.of_districts(districts)
    settings = {
        row.district_id: row.hours_per_credit
        for row in db.session.scalars(select(HoursSetting).where(HoursSetting.district_id.in_(districts)))
    }
    return {
        one.id: Progress(
            totals[one.id],
            needed.get(one.id),
            settings.get(one.publication.round.district_id),
            is_behind(
                totals[one.id].worked,
                needed.get(one.id),
                first_day(one),
                one.offering.end_date or one.publication.round.ends_on,
                clock.today(one.publication.round.district.timezone),
                limits[one.publication.round.district_id],
            ),
        )
        for one in found
    }


def planned(needed: int | None, first: date, last: date, today: date) -> float:
    """The minutes that would be worked by today if they were even over the placement's days."""
    passed, all_days = (today - first).days, (last - first).days + 1
    if not needed or passed <= 0 or all_days <= 0:
        return 0.0
    return needed * 60 * min(1.0, passed / all_days)


def least(needed: int | None, first: date, last: date, today: date, limits: Thresholds = DEFAULT) -> float:
    """The minutes under which a student is behind: even over the days, less the district's slack.

    Nobody is behind in the first days (``grace_days``).
    """
    if (today - first).days < limits.grace_days:
        return 0.0
    return (1 - limits.behind_percent / 100) * planned(needed, first, last, today)


def is_behind(
    worked: int, needed: int | None, first: date, last: date, today: date, limits: Thresholds = DEFAULT
) -> bool:
    """Whether these minutes are fewer than the least."""
    return worked < least(needed, first, last, today, limits)


def behind_ids(placement_round: Round) -> list[int]:
    """The placements of a round whose students are behind; one query."""
    minutes = (
        select(func.coalesce(func.sum(TimeEntry.minutes), 0))
        .where(TimeEntry.placement_id == Placement.id, TimeEntry.state != EntryState.WITHDRAWN)
        .correlate(Placement)
        .scalar_subquery()
    )
    rows = plain_rows(
        select(Placement.id, minutes, Submission.hours_needed, Offering.start_date, Offering.end_date)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Offering, Offering.id == Placement.offering_id)
        .outerjoin(
            Submission,
            and_(Submission.round_id == Placement.round_id, Submission.student_id == Placement.student_id),
        )
        .where(Placement.round_id == placement_round.id, queries.begun())
    )
    general = queries.setting(placement_round.district_id).hours_needed
    today = clock.today(placement_round.district.timezone)
    limits = thresholds.of_district(placement_round.district_id)
    return [
        placement_id
        for placement_id, worked, cell, first, last in rows
        if is_behind(
            int(worked),
            hours_in(cell) or general,
            first or placement_round.first_day,
            last or placement_round.ends_on,
            today,
            limits,
        )
    ]
