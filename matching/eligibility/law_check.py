"""Youth employment law for one person: on a date, for a schedule, and for hours that were worked.

The same rules and the same code as in a round, with plain arguments. Of a log every breach is found,
of a schedule the first of each rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from matching.eligibility.ages import age_on, birthday
from matching.eligibility.hours import Breach, Judge, week_breaches
from matching.eligibility.labor_law import APPRENTICESHIP, OBSERVATION
from matching.eligibility.labor_rules import AgeRule, HoursRule, Note, Rule, rule_sets
from matching.eligibility.law_tables import DECIMALS, exempts, natural, stated_only
from matching.eligibility.plans import PlanMaker
from matching.eligibility.school_year import SchoolYear
from matching.eligibility.stretches import DAY, NEVER, Stretches, join, sunday_of
from matching.eligibility.work import NOTHING, DayWork, Work
from matching.problem import UNKNOWN, Calendar, LawPolicy, Windows, no_calendar

_MINUTE = timedelta(minutes=1)

Shift = tuple[datetime, datetime]
"""When somebody began and ended to work, both with a time zone."""


@dataclass(frozen=True, slots=True)
class Law:
    """Which rules are asked, and when school is.

    Attributes
    ----------
    jurisdictions, overlays
        As in the policy: jurisdictions that ship, and the text of a district's own files by name.
    school_hours
        Of the person's school.
    in_session
        What holds on dates without a row in the calendar.
    trainees_are_exempt
        Whether rules about hours are not asked of trainees.
    """

    jurisdictions: tuple[str, ...] = ("US",)
    overlays: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    school_hours: Windows = LawPolicy().school_hours
    in_session: bool = True
    calendar: Calendar = field(default_factory=no_calendar)
    trainees_are_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What the law looks at in a student; ``birth_date`` is None where it is not known."""

    birth_date: date | None
    student_learner: bool = False
    credentials: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Job:
    """What the law looks at in an opportunity, apart from when it is worked."""

    employment: str = "employee"
    labor_program: str = ""
    hazards: frozenset[str] = frozenset()
    drives: bool = False


@dataclass(frozen=True, slots=True)
class Plans:
    """A weekly schedule from ``start`` to ``end`` (None: open), as an opportunity states it."""

    start: date
    end: date | None = None
    schedule: Windows = ()
    flexible_hours: float | None = None
    hours_per_week: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken.

    Attributes
    ----------
    rule, citation
        Its code, and where it stands.
    jurisdiction
        Whose it is, by its code (or the overlay's name for itself).
    found, limit
        The age and the least age; minutes of work or rest, minutes after midnight, or days. None
        for an age that is not known.
    day
        The date on which it is broken.
    """

    rule: str
    citation: str
    jurisdiction: str
    found: int | None
    limit: int
    day: date


@dataclass(frozen=True, slots=True)
class Answer:
    """What the law says: ``findings`` forbid, ``conditions`` must be arranged, ``notes`` be known.

    ``conditions`` are codes as in placements.csv; ``asked_by`` has the codes of the rules behind
    them; ``notes`` the codes of rules of the kind ``note`` about what was asked.
    """

    findings: tuple[Finding, ...] = ()
    conditions: tuple[str, ...] = ()
    asked_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lawful(self) -> bool:
        return not self.findings


def check(
    law: Law,
    person: Person,
    job: Job,
    *,
    on: date | None = None,
    plans: Plans | None = None,
    log: Sequence[Shift] = (),
    zone: str = "",
) -> Answer:
    """What youth employment law says of a person at a job.

    Any of three questions may be asked, together or alone.

    Parameters
    ----------
    on
        A first day: is the person old enough, for the tasks and to drive? With ``plans`` it is
        their start, with a ``log`` the date of the first shift.
    plans
        Is the schedule lawful on every date on which the person is protected?
    log
        Shifts that were worked; those that overlap count once, seconds are left off. Real time is
        counted: a night in which clocks change has an hour more or less.
    zone
        IANA name of the zone by whose clocks the work was done; needed with a log.

    Raises
    ------
    ValueError
        A log without a zone, a shift without a time zone or that ends before it begins.
    RuleFaults
        An overlay is not well formed.
    zoneinfo.ZoneInfoNotFoundError
        No zone has this name.
    """
    worked = LoggedWork(log, zone) if log else None
    if plans:  # work of a date before the start is work: ages are taken on the first
        dates = (date.fromordinal(window.day) for window in plans.schedule if window.day >= 7)
        plans = replace(plans, start=min([plans.start, *dates]))
    first = plans.start if plans else on or (worked.first if worked else None)
    if job.employment == OBSERVATION or first is None:
        return Answer()
    return _Asked(law, person, job, first).answer(plans, worked)


class LoggedWork:
    """Shifts as dates of a zone: by the clock on the wall, and in real minutes."""

    def __init__(self, log: Iterable[Shift], zone: str) -> None:
        if not zone:
            raise ValueError("a log needs the zone by whose clocks the work was done")
        self._zone = ZoneInfo(zone)
        spans = join(_span(shift) for shift in log)
        self._days: dict[int, DayWork] = {}
        self._spans: dict[int, Stretches] = {}
        for start, end in spans:
            while start < end:
                midnight = self._midnight_after(start)
                self._add(start, min(end, midnight), ends_day=end >= midnight)
                start = midnight
        self.first = date.fromordinal(min(self._days)) if self._days else None

    @property
    def days(self) -> list[int]:
        """Ordinals of the dates with work, ascending."""
        return sorted(self._days)

    def on(self, day: int) -> DayWork:
        return self._days.get(day, NOTHING)

    def spans(self, day: int) -> Stretches:
        return self._spans.get(day, ())

    def _local(self, minute: int) -> datetime:
        return (datetime(1970, 1, 1, tzinfo=UTC) + minute * _MINUTE).astimezone(self._zone)

    def _midnight_after(self, minute: int) -> int:
        tomorrow = self._local(minute).date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self._zone)
        return _minute(midnight)

    def _add(self, start: int, end: int, *, ends_day: bool) -> None:
        began, ended = self._local(start), self._local(end)
        first = began.hour * 60 + began.minute
        last = DAY if ends_day else ended.hour * 60 + ended.minute
        # Where clocks go back, work may end by the wall before it began.
        hours = (min(first, last), max(first, last))
        day = began.toordinal()
        before = self._days.get(day, NOTHING)
        self._days[day] = DayWork(join([*before.hours, hours]), before.minutes + end - start)
        self._spans[day] = (*self._spans.get(day, ()), (start, end))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _span(shift: Shift) -> tuple[int, int]:
    start, end = shift
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("a shift needs times with a time zone")
    first, last = _minute(start), _minute(end)
    if last < first:  # times of one zone would compare by the clock on the wall
        raise ValueError(f"a shift ends ({end}) before it begins ({start})")
    return first, last


class _Asked:
    """One person at one job from a first day on."""

    def __init__(self, law: Law, person: Person, job: Job, first: date) -> None:
        self._law, self._person, self._job = law, person, job
        self._first = first.toordinal()
        sets = rule_sets(law.jurisdictions, law.overlays)
        self._own = {rule.code: one.jurisdiction for one in sets for rule in one.rules}
        self._rules = [
            rule
            for one in sets
            for rule in one.rules
            if rule.asked and not rule.not_with & person.credentials
        ]
        exempt = law.trainees_are_exempt and job.employment == "trainee"
        self._hours = [
            rule.for_program(job.labor_program)
            for rule in self._rules
            if isinstance(rule, HoursRule) and not exempt and self._ends(rule) > self._first
        ]
        self._year = SchoolYear(law.school_hours, law.in_session, law.calendar)
        self._age = None
        if person.birth_date is not None:
            self._age = age_on(person.birth_date.toordinal(), self._first)

    def _ends(self, rule: HoursRule) -> int:
        """First day on which a rule no longer protects the person, 0 where the age is unknown."""
        birth = self._person.birth_date
        return birthday(birth.toordinal(), rule.under_age).toordinal() if birth else 0

    def answer(self, plans: Plans | None, worked: LoggedWork | None) -> Answer:
        """Everything that the questions bring up."""
        findings, asks = self._ages()
        if plans is not None:
            breaches = self._of_plans(plans)
            asks += self._asking(breaches)
            findings += [self._finding(breach) for breach in breaches if not breach.rule.condition]
        if worked is not None:
            breaches = self._of_log(worked)
            asks += self._asking(breaches)
            findings += [self._finding(breach) for breach in breaches if not breach.rule.condition]
        conditions = {rule.condition for rule in asks} | self._agreements()
        return Answer(
            tuple(findings),
            tuple(sorted(conditions)),
            tuple(dict.fromkeys(rule.code for rule in asks)),
            self._notes({finding.rule for finding in findings}),
        )

    def _asking(self, breaches: Iterable[Breach]) -> list[Rule]:
        """Rules that ask for something to be arranged, in force on the first day."""
        rules = (breach.rule for breach in breaches)
        return [rule for rule in rules if rule.condition and rule.holds(self._first)]

    def _finding(self, breach: Breach) -> Finding:
        rule = breach.rule
        day = date.fromordinal(breach.day)
        return Finding(rule.code, rule.citation, self._own[rule.code], breach.found, breach.limit, day)

    def _asked_ages(self) -> list[AgeRule]:
        """Rules about ages that the job brings up: to work at all, the tasks, driving."""
        rules = [r for r in self._rules if isinstance(r, AgeRule) and not r.condition]
        found = [rule for rule in rules if rule.kind == "minimum_age"]
        tasks = [rule for rule in rules if rule.kind == "task" and rule.code in self._job.hazards]
        found += sorted(tasks, key=lambda rule: natural(rule.code))
        if self._job.drives:
            found += [rule for rule in rules if rule.kind == "driving"]
        return [rule for rule in found if rule.holds(self._first)]

    @property
    def _learns(self) -> bool:
        return self._person.student_learner or self._job.labor_program == APPRENTICESHIP

    def _ages(self) -> tuple[list[Finding], list[Rule]]:
        asked, age = self._asked_ages(), self._age
        if age is None:
            broken = [rule for rule in asked if rule.kind == "minimum_age"] or asked
            return [self._too_young(rule) for rule in broken], []
        broken = [r for r in asked if age < r.min_age and not (self._learns and exempts(r, age))]
        asks: list[Rule] = [
            rule
            for rule in self._rules
            if isinstance(rule, AgeRule) and rule.condition and age < rule.min_age and rule.holds(self._first)
        ]
        return [self._too_young(rule) for rule in broken], asks

    def _too_young(self, rule: AgeRule) -> Finding:
        day = date.fromordinal(self._first)
        return Finding(rule.code, rule.citation, self._own[rule.code], self._age, rule.min_age, day)

    def _agreements(self) -> set[str]:
        age = self._age
        if age is None or not self._learns:
            return set()
        return {
            f"agreement:{rule.code}"
            for rule in self._asked_ages()
            if age < rule.min_age and exempts(rule, age)
        }

    def _notes(self, broken: set[str]) -> tuple[str, ...]:
        """Notes for somebody under 18 about rules that the job brings up and does not break."""
        asked = {rule.code for rule in self._asked_ages()} | {rule.code for rule in self._hours}
        asked -= broken
        minor = self._age is not None and self._age < 18
        return tuple(
            rule.code for rule in self._rules if isinstance(rule, Note) and minor and asked & set(rule.about)
        )

    def _of_plans(self, plans: Plans) -> list[Breach]:
        posted = round(max(plans.hours_per_week or 0.0, plans.flexible_hours or 0.0) * 60, DECIMALS)
        end = UNKNOWN if plans.end is None else plans.end.toordinal()
        work = Work(plans.schedule, plans.start.toordinal(), end, posted)
        judge = Judge(self._hours, self._year)
        found = [b for b in judge.first_breaches(work).values() if b.day < self._ends(b.rule)]
        if plans.flexible_hours is not None and plans.schedule:
            found = [breach for breach in found if breach.rule.condition]
            if stated := stated_only(work, plans.flexible_hours):
                week = Judge([rule for rule in self._hours if rule.kind == "week_hours"], self._year)
                found += [b for b in week.first_breaches(stated).values() if b.day < self._ends(b.rule)]
            found += self._of_flexible(work, plans.flexible_hours)
        order = {rule.code: i for i, rule in enumerate(judge.rules)}
        return sorted(found, key=lambda breach: (breach.day, order[breach.rule.code]))

    def _of_flexible(self, work: Work, hours: float) -> list[Breach]:
        named = [rule for rule in self._hours if rule.kind == "flexible" and rule.holds(self._first)]
        if not named:
            return []
        maker = PlanMaker(work, self._hours, self._year, {})
        ends = {rule.under_age: self._ends(rule) for rule in self._hours}
        moments = maker.moments()
        states = tuple(sum(moment < ends[age] for moment in moments) for age in maker.ages)
        lawful = maker.plan(states).lawful
        rule = min(named, key=lambda rule: rule.under_age)
        needed = round(hours * 60, DECIMALS)
        return [Breach(work.start, rule, lawful, round(needed))] if lawful < needed else []

    def _of_log(self, worked: LoggedWork) -> list[Breach]:
        days = worked.days
        first_week = sunday_of(days[0]) if days else NEVER
        found: list[Breach] = []
        for sunday in sorted({sunday_of(day) for day in days}):
            breaches = week_breaches(sunday, worked, self._hours, self._year, first_week, every=True)
            found += [breach for breach in breaches if breach.day < self._ends(breach.rule)]
        return sorted(found, key=lambda breach: breach.day)


__all__ = ["Answer", "Finding", "Job", "Law", "Person", "Plans", "Shift", "check"]
