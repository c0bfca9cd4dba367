"""What the pages about one placement's growth show, ready for a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.agreements.opening import first_day
from wbl.growth import plans, queries
from wbl.growth.models import Evaluation, Moment, RatedBy
from wbl.growth.sheet import Sheet, sheet_of
from wbl.growth.words import moment_name
from wbl.placements.models import Placement
from wbl.reflections import queries as reflections
from wbl.reflections.models import Phase


@dataclass(frozen=True, slots=True)
class GrowthPage:
    """One placement: who was rated when, side by side, and the lines of a chart."""

    placement: Placement
    sheet: Sheet
    evaluations: list[Evaluation]
    completed: bool
    chart: dict[str, Any]

    def given(self, moment: Moment, side: RatedBy) -> bool:
        return any(one.moment == moment and one.rated_by == side for one in self.evaluations)

    @property
    def moments(self) -> list[Moment]:
        """The moments of this placement: a short one has no evaluation half-way."""
        first, last = first_day(self.placement), plans.last_day(self.placement)
        rated = {one.moment for one in self.evaluations}
        return [moment for moment in Moment if moment in plans.due_days(first, last) or moment in rated]


def page_of(placement: Placement, *, with_student: bool = True, own: bool = False) -> GrowthPage:
    """``with_student`` False leaves out how the student rated themself."""
    found = queries.evaluations(placement.id)
    if not with_student:
        found = [one for one in found if one.rated_by is RatedBy.MENTOR]
    sheet = sheet_of(plans.items_of(placement, str(get_locale().language)), found)
    series = [{"label": _("The mentor"), "values": sheet.mentor_means}]
    if any(value is not None for value in sheet.student_means):
        series.append({"label": _("You") if own else _("The student"), "values": sheet.student_means})
    chart = {"points": [moment_name(moment) for moment in sheet.moments], "series": series}
    return GrowthPage(placement, sheet, found, queries.is_completed(placement.id), chart)


def to_rate(page: GrowthPage, side: RatedBy) -> list[Moment]:
    """The moments at which this side has not rated yet."""
    return [moment for moment in page.moments if not page.given(moment, side)]


@dataclass(frozen=True, slots=True)
class ToWrite:
    """A reflection that can be written now, or was begun."""

    phase: Phase
    number: int
    begun: bool


def to_write(placement: Placement) -> list[ToWrite]:
    """What a student can reflect on now: what was begun, this week and the last one, before and after."""
    first, last, today = first_day(placement), plans.last_day(placement), plans.today_of(placement)
    there = {(one.phase, one.number): one for one in reflections.of_placement(placement.id, drafts=True)}
    week = reflections.week_of(first, last, today)
    wanted = [(Phase.BEFORE, 0)]
    wanted += [(Phase.WEEKLY, number) for number in (week - 1, week) if number > 0]
    wanted += [(Phase.AFTER, 0)]
    wanted += [key for key, one in there.items() if one.handed_in_at is None and key not in wanted]
    return [
        ToWrite(phase, number, (phase, number) in there)
        for phase, number in wanted
        if reflections.may_write(phase, number, first, last, today)
        and ((phase, number) not in there or there[phase, number].handed_in_at is None)
    ]
