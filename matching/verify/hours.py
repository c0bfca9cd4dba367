"""The hours and times of day of the youngest workers, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from matching.problem import UNKNOWN, Windows
from matching.verify.times import Span, by_day, common, free_on, joined, length, weekday, without

if TYPE_CHECKING:
    from matching.verify.law import LawOpportunity, Situation

SHORTEST_STRETCH = 120
"""Minutes: flexible hours count "in stretches of two hours or more"."""

SUNDAY = 6
NOT_IN, WINTER, SUMMER = range(3)
Week = tuple[int, ...]
"""Seven days from Sunday: NOT_IN where the rules do not reach, else by the time of year."""

FROM_SUNDAY = (6, 0, 1, 2, 3, 4, 5)


class Day(NamedTuple):
    """The work of one day of a week."""

    weekday: int
    season: int
    work: list[Span]


def first_day_of_age(birth: int, age: int) -> int:
    """Ordinal of the day on which somebody reaches an age; 1 March for 29 February."""
    born = date.fromordinal(birth)
    try:
        return born.replace(year=born.year + age).toordinal()
    except ValueError:
        return date(born.year + age, 3, 1).toordinal()


def _labor_day(year: int) -> int:
    first = date(year, 9, 1)
    return first.toordinal() + (7 - first.weekday()) % 7


@cache
def _summer(year: int, first: str) -> Span:
    month, day = map(int, first.split("-"))
    return date(year, month, day).toordinal(), _labor_day(year)


def season_of(day: int, summer_first: str) -> int:
    """SUMMER from ``summer_first`` (month-day) to Labor Day, else WINTER."""
    first, last = _summer(date.fromordinal(day).year, summer_first)
    return SUMMER if first <= day <= last else WINTER


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _sunday_on_or_before(day: int) -> int:
    return day - (weekday(day) - SUNDAY) % 7


@cache
def weeks_between(first: int, stop: int, summer_first: str) -> frozenset[Week]:
    """The kinds of weeks from ordinal ``first`` to the day before ``stop``."""
    found: set[Week] = set()
    for sunday in range(_sunday_on_or_before(first), stop, 7):
        saturday = sunday + 6
        season = season_of(sunday, summer_first)
        if first <= sunday and saturday < stop and season_of(saturday, summer_first) == season:
            found.add((season,) * 7)
        else:
            days = range(sunday, sunday + 7)
            inside = (first <= day < stop for day in days)
            seasons = (season_of(day, summer_first) for day in days)
            found.add(tuple(s if i else NOT_IN for s, i in zip(seasons, inside, strict=True)))
    return frozenset(found)


def long_enough(spans: list[Span]) -> int:
    """Minutes of the spans of two hours or more."""
    return length(span for span in spans if span[1] - span[0] >= SHORTEST_STRETCH)


@dataclass(frozen=True, slots=True)
class Limits:
    """The ``[hours]`` table of one jurisdiction; times and lengths in minutes."""

    under_age: int
    earliest: int
    latest: int
    summer_latest: int
    summer_first: str
    summer_last: str
    school_day: float
    other_day: float
    school_week: float
    other_week: float
    during_school: bool
    programs: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Limits:
        """The figures of a TOML file, checked for what this reading of them relies on."""
        if data["week_starts"] != "Sun" or data["summer_last"] != "labor-day":
            raise ValueError("hours rules with another week or summer are not understood")
        return cls(
            under_age=data["under_age"],
            earliest=_clock(data["earliest"]),
            latest=_clock(data["latest"]),
            summer_latest=_clock(data["summer_latest"]),
            summer_first=data["summer_first"],
            summer_last=data["summer_last"],
            school_day=data["school_day_hours"] * 60,
            other_day=data["other_day_hours"] * 60,
            school_week=data["school_week_hours"] * 60,
            other_week=data["other_week_hours"] * 60,
            during_school=data["during_school"],
            programs=data["programs"],
        )

    def _evening(self, season: int) -> int:
        return self.summer_latest if season == SUMMER else self.latest

    def _week_limit(self, program: dict[str, Any], school_week: bool) -> float:
        if not school_week:
            return self.other_week
        hours = program.get("school_week_hours")
        return self.school_week if hours is None else float(hours * 60)

    def broken(
        self,
        offer: LawOpportunity,
        situation: Situation,
        school_hours: Windows,
        in_session: bool,
    ) -> list[str]:
        """Codes of the hours rules that the opportunity breaks."""
        if offer.flexible_hours is not None and offer.schedule:
            possible = self.flexible_minutes(offer, situation, None, school_hours, in_session)
            return ["HOURS-FLEXIBLE"] if possible < offer.flexible_hours * 60 else []
        lessons = by_day(school_hours) if in_session else {}
        program = self.programs.get(offer.labor_program, {})
        weekly = by_day(window for window in offer.schedule if window.weekly)
        stated = (offer.hours_per_week or 0) * 60
        if stated <= sum(map(length, weekly.values())):
            stated = 0
        limit = self._week_limit(program, bool(lessons))
        found: set[str] = set()
        for week in self._weeks(offer, situation, weekly):
            found |= self._broken_days(week, lessons, program)
            if max(stated, sum(length(day.work) for day in week)) > limit:
                found.add("HOURS-SCHOOL-WEEK" if lessons else "HOURS-WEEK")
        return sorted(found)

    def _weeks(
        self, offer: LawOpportunity, situation: Situation, weekly: dict[int, list[Span]]
    ) -> list[list[Day]]:
        """The work of every kind of week, and of each week with work of a single date in it."""
        weeks = [
            [
                Day(day, season, weekly.get(day, []) if season != NOT_IN else [])
                for day, season in zip(FROM_SUNDAY, week, strict=True)
            ]
            for week in situation.weeks
        ]
        # Work of one date is judged on its date, whatever start and end say.
        dates = by_day(w for w in offer.schedule if not w.weekly and w.day < situation.until)
        stop = situation.until if offer.end == UNKNOWN else min(situation.until, offer.end + 1)
        for sunday in {_sunday_on_or_before(day) for day in dates}:
            week = []
            for day in range(sunday, sunday + 7):
                regular = weekly.get(weekday(day), []) if offer.start <= day < stop else []
                work = joined([*regular, *dates.get(day, [])])
                week.append(Day(weekday(day), season_of(day, self.summer_first), work))
            weeks.append(week)
        return weeks

    def _broken_days(
        self, week: list[Day], lessons: dict[int, list[Span]], program: dict[str, Any]
    ) -> set[str]:
        """Codes of what one week's days break."""
        found: set[str] = set()
        in_lessons = [day for day in week if common(day.work, lessons.get(day.weekday, []))]
        closed = not program.get("during_school", self.during_school)
        if closed and len(in_lessons) > program.get("during_school_days", 0):
            found.add("HOURS-SCHOOL")
        for day in week:
            if not day.work:
                continue
            if day.work[0][0] < self.earliest:
                found.add("HOURS-EARLY")
            if day.work[-1][1] > self._evening(day.season):
                found.add("HOURS-LATE")
            if day.weekday in lessons:
                limit = self.school_day
                if day in in_lessons and "during_school_day_hours" in program:
                    limit = program["during_school_day_hours"] * 60
                if length(day.work) > limit:
                    found.add("HOURS-SCHOOL-DAY")
            elif length(day.work) > self.other_day:
                found.add("HOURS-DAY")
        return found

    @staticmethod
    def free_minutes(days: dict[int, list[Span]], available: Windows | None) -> int:
        """Minutes that a schedule and the student's time have in common, in long stretches."""
        return sum(long_enough(common(spans, free_on(day, available))) for day, spans in days.items())

    def flexible_minutes(
        self,
        offer: LawOpportunity,
        situation: Situation,
        available: Windows | None,
        school_hours: Windows,
        in_session: bool,
    ) -> int:
        """Minutes a week of a flexible schedule that are lawful, and free if so asked."""
        program = self.programs.get(offer.labor_program, {})
        lessons = by_day(school_hours) if in_session else {}
        unprotected, protected, gains = 0, 0.0, []
        for day, spans in by_day(offer.schedule).items():
            free = common(spans, free_on(day, available))
            seasons = self._seasons(day, situation)
            if not seasons:
                unprotected += long_enough(free)
                continue
            lawful = common(free, [(self.earliest, self._evening(min(seasons)))])
            taught = lessons.get(weekday(day), [])
            limit = self.school_day if taught else self.other_day
            if program.get("during_school", self.during_school):
                taught = []
            minutes = min(limit, long_enough(without(lawful, taught)))
            protected += minutes
            if taught and program.get("during_school_days"):
                longest = program["during_school_day_hours"] * 60
                gains.append(max(0.0, min(longest, long_enough(lawful)) - minutes))
        protected += sum(sorted(gains, reverse=True)[: program.get("during_school_days", 0)])
        return int(unprotected + min(protected, self._week_limit(program, bool(lessons))))

    def _seasons(self, day: int, situation: Situation) -> set[int]:
        """The times of year at which the rules reach a weekday or a date; none if they do not."""
        if day >= 7:
            return {season_of(day, self.summer_first)} if day < situation.until else set()
        place = (day - SUNDAY) % 7
        return {week[place] for week in situation.weeks} - {NOT_IN}
