"""``check``: one person on a date, a schedule, and a log of hours worked, on nights of all lengths."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from matching.eligibility.hours import Breach, Judge, week_breaches
from matching.eligibility.labor_rules import HoursRule, load_rules
from matching.eligibility.law_check import Answer, Job, Law, Person, Plans, check
from matching.eligibility.school_year import SchoolYear
from matching.eligibility.stretches import NEVER, sunday_of
from matching.eligibility.work import Timetable, Work
from matching.files import parse_windows
from matching.problem import UNKNOWN, Calendar, Column
from tests.matching.profiles import law_rules, one_pair

CHICAGO = ZoneInfo("America/Chicago")
COLORADO = Law(jurisdictions=("US", "US-CO"))
TEEN, YOUNG = Person(date(2010, 6, 1)), Person(date(2012, 6, 1))
MONDAY = date(2027, 1, 18)


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO, fold=fold)


def shift(start: str, end: str) -> tuple[datetime, datetime]:
    return at(start), at(end)


def logged(law: Law, person: Person, *log: tuple[datetime, datetime], job: Job = Job()) -> Answer:  # noqa: B008
    return check(law, person, job, log=log, zone="America/Chicago")


def rules(answer: Answer) -> list[str]:
    return [finding.rule for finding in answer.findings]


# On a date


@pytest.mark.parametrize(("on", "found"), [(date(2026, 5, 31), ["MIN-AGE"]), (date(2026, 6, 1), [])])
def test_the_birthday_itself_opens_work(on: date, found: list[str]) -> None:
    assert rules(check(Law(), YOUNG, Job(), on=on)) == found


def test_an_answer_names_the_rule_the_figures_and_the_date() -> None:
    answer = check(Law(), TEEN, Job(hazards=frozenset({"HO16"}), drives=True), on=MONDAY)
    first, second = answer.findings
    assert (first.rule, first.citation, first.jurisdiction) == ("HO16", "HO 16, 29 CFR 570.67", "US")
    assert (first.found, first.limit, first.day) == (16, 18, MONDAY)
    assert second.rule == "DRIVING" and not answer.lawful and answer.notes == ()


def test_driving_at_17_is_lawful_with_a_note_of_its_limits() -> None:
    answer = check(Law(), Person(date(2010, 1, 18)), Job(drives=True), on=MONDAY)
    assert answer == Answer(notes=("DRIVING-AT-17",))
    assert check(Law(), Person(date(2009, 1, 18)), Job(drives=True), on=MONDAY).notes == ()


def test_agreements_and_permits_are_conditions_with_the_rules_behind_them() -> None:
    job = Job(hazards=frozenset({"HO5", "HO12"}))
    learner = Person(date(2010, 6, 1), student_learner=True)
    answer = check(Law(jurisdictions=("US", "US-MA")), learner, job, on=MONDAY)
    assert answer == Answer((), ("agreement:HO12", "agreement:HO5", "permit"), ("MA-PERMIT",))
    apprentice = Job(labor_program="registered_apprenticeship", hazards=job.hazards)
    assert check(Law(), TEEN, apprentice, on=MONDAY).conditions == ("agreement:HO12", "agreement:HO5")


def test_nothing_is_asked_of_an_observation_and_an_unknown_age_is_none() -> None:
    job = Job(employment="observation", hazards=frozenset({"HO1"}))
    assert check(Law(), Person(None), job, on=MONDAY) == Answer()
    (finding,) = check(Law(), Person(None), Job(hazards=frozenset({"HO1"})), on=MONDAY).findings
    assert (finding.rule, finding.found, finding.limit) == ("MIN-AGE", None, 14)


# For a schedule


SCHEDULES = [
    "Mon 15:00-18:01;Sat 06:00-15:00", "Mon 09:00-10:00", "Fri 18:00-21:00", "2027-02-15 09:00-17:00",
    "Mon 15:00-18:00;Tue 15:00-18:00;Wed 15:00-18:00;Sat 09:00-17:00;Sun 12:00-14:00",
]  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("flexible", [None, 4.0])
@pytest.mark.parametrize("program", ["", "wecep", "work_study"])
def test_a_schedule_is_judged_as_in_a_round(schedule: str, flexible: float | None, program: str) -> None:
    student = {"birth_date": "2012-06-01"}
    work = {"schedule": schedule, "labor_program": program, "flexible_hours": str(flexible or "")}
    policy = '[law]\njurisdictions = ["US", "US-MA", "US-CO"]'
    plans = Plans(MONDAY, date(2027, 5, 14), parse_windows(schedule), flexible)
    law = Law(jurisdictions=("US", "US-MA", "US-CO"))
    answer = check(law, YOUNG, Job(labor_program=program), plans=plans)
    assert rules(answer) == law_rules(one_pair(student, work, policy))


def test_the_first_breach_of_a_schedule_has_its_date() -> None:
    plans = Plans(MONDAY, None, parse_windows("Fri 18:30-19:01"))
    (finding,) = check(Law(), YOUNG, Job(), plans=plans).findings
    assert (finding.rule, finding.day) == ("HOURS-LATE", date(2027, 1, 22))
    assert (finding.found, finding.limit) == (19 * 60 + 1, 19 * 60)
    assert check(Law(), Person(date(2011, 1, 22)), Job(), plans=plans).lawful
    assert not check(Law(), Person(date(2011, 1, 23)), Job(), plans=plans).lawful


def test_a_trainee_may_be_free_of_the_hours_rules() -> None:
    plans = Plans(MONDAY, None, parse_windows("Fri 18:30-20:00"))
    free = Law(trainees_are_exempt=True)
    assert check(free, YOUNG, Job(employment="trainee"), plans=plans).lawful
    assert not check(free, YOUNG, Job(), plans=plans).lawful


# For a log


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2027-01-18T15:00", "2027-01-18T18:00", []),  # three hours on a school day
        ("2027-01-18T15:00", "2027-01-18T18:01", ["HOURS-SCHOOL-DAY"]),
        ("2027-01-18T17:00", "2027-01-18T19:00", []),
        ("2027-01-18T17:00", "2027-01-18T19:01", ["HOURS-LATE"]),
        ("2027-06-01T19:00", "2027-06-01T21:00", []),
        ("2027-05-31T19:00", "2027-05-31T21:00", ["HOURS-LATE"]),
        ("2027-09-06T19:00", "2027-09-06T21:00", []),  # Labor Day
        ("2027-09-07T19:00", "2027-09-07T21:00", ["HOURS-LATE"]),
        ("2027-01-18T14:59", "2027-01-18T16:00", ["HOURS-SCHOOL"]),
        ("2027-01-23T07:00", "2027-01-23T15:00", []),
        ("2027-01-23T06:59", "2027-01-23T14:59", ["HOURS-EARLY"]),
    ],
)
def test_both_sides_of_the_limits_of_hours_worked(start: str, end: str, found: list[str]) -> None:
    assert rules(logged(Law(), YOUNG, shift(start, end))) == found


def test_a_week_is_over_its_limit_on_the_date_that_passes_it() -> None:
    days = [shift(f"2027-01-{day} 15:00", f"2027-01-{day} 18:00") for day in (18, 19, 20, 21, 22)]
    assert logged(Law(), YOUNG, *days, shift("2027-01-23 10:00", "2027-01-23 13:00")).lawful
    (finding,) = logged(Law(), YOUNG, *days, shift("2027-01-23 10:00", "2027-01-23 13:01")).findings
    assert (finding.rule, finding.day, finding.found) == ("HOURS-SCHOOL-WEEK", date(2027, 1, 23), 18 * 60 + 1)


def test_every_breach_of_a_log_is_found_and_only_those_under_the_age() -> None:
    log = [shift(f"2027-01-{day} 17:00", f"2027-01-{day} 19:30") for day in (18, 19, 20)]
    assert [f.day.day for f in logged(Law(), YOUNG, *log).findings] == [18, 19, 20]
    assert [f.day.day for f in logged(Law(), Person(date(2011, 1, 20)), *log).findings] == [18, 19]


def test_shifts_that_overlap_count_once_and_seconds_do_not() -> None:
    twice = [shift("2027-01-18 15:00", "2027-01-18 17:30"), shift("2027-01-18 16:00", "2027-01-18 18:00:59")]
    assert logged(Law(), YOUNG, *twice).lawful


def test_a_log_is_read_by_the_clocks_of_its_zone() -> None:
    utc = (datetime(2027, 1, 19, 0, 0, tzinfo=UTC), datetime(2027, 1, 19, 1, 0, tzinfo=UTC))  # 18:00 to 19:00
    assert logged(Law(), YOUNG, utc).lawful
    answer = check(Law(), YOUNG, Job(), log=[utc], zone="America/New_York")
    assert rules(answer) == ["HOURS-LATE"]


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # Clocks go back on 7 November 2027 and forward on 12 March 2028, both at 2:00.
        ("2027-11-06 22:00", "2027-11-07 05:00", 480),
        ("2027-11-06 22:00", "2027-11-07 05:01", 481),
        ("2028-03-11 22:00", "2028-03-12 07:00", 480),
        ("2028-03-11 22:00", "2028-03-12 07:01", 481),
        ("2027-11-13 22:00", "2027-11-14 06:00", 480),
    ],
)
def test_real_minutes_count_on_the_nights_when_clocks_change(start: str, end: str, minutes: int) -> None:
    person = Person(date(2010, 12, 1))
    answer = logged(COLORADO, person, shift(start, end))
    assert [finding.found for finding in answer.findings] == ([minutes] if minutes > 480 else [])


def test_work_within_the_hour_that_comes_twice() -> None:
    twice = (at("2027-11-07 01:30"), at("2027-11-07 01:10", fold=1))
    law = Law(jurisdictions=("US", "US-LA"))
    assert logged(law, TEEN, twice).lawful  # 40 minutes on a Sunday
    hour = (at("2027-11-07 01:30"), at("2027-11-07 01:30", fold=1))
    late = (at("2027-11-07 01:30", fold=1), at("2027-11-07 08:31"))
    (finding,) = logged(COLORADO, TEEN, hour, late).findings
    assert finding.found == 8 * 60 + 1


@pytest.mark.parametrize(
    ("start", "end", "early", "minutes"),
    [
        # An hour by the wall is not there in March, and is there twice in November.
        ("2028-03-12 00:00", "2028-03-12 09:00", 0, 480),
        ("2028-03-12 00:00", "2028-03-12 09:01", 0, 481),
        ("2027-11-07 00:00", "2027-11-07 07:00", 0, 480),
        ("2027-11-07 00:00", "2027-11-07 07:01", 0, 481),
        ("2028-03-12 01:59", "2028-03-12 03:01", 119, 2),
        ("2028-03-12 07:00", "2028-03-12 15:00", None, 480),
        ("2028-03-12 07:00", "2028-03-12 15:01", None, 481),
        ("2027-11-07 06:59", "2027-11-07 14:59", 419, 480),
    ],
)
def test_under_16_times_are_of_the_wall_and_lengths_are_real_when_clocks_change(
    start: str, end: str, early: int | None, minutes: int
) -> None:
    found = {
        one.rule: one.found for one in logged(Law(), Person(date(2013, 2, 1)), shift(start, end)).findings
    }
    assert found.pop("HOURS-EARLY", None) == early
    assert found == ({"HOURS-DAY": minutes} if minutes > 480 else {})


def test_under_16_an_hour_that_is_there_twice_is_work_in_the_night() -> None:
    """From 1:10 to 1:10 no time passes by the wall, and an hour was worked before seven."""
    hour = (at("2027-11-07 01:10"), at("2027-11-07 01:10", fold=1))
    (finding,) = logged(Law(), YOUNG, hour).findings
    assert (finding.rule, finding.found) == ("HOURS-EARLY", 70)
    school_week = [shift(f"2027-11-{day:02} 15:30", f"2027-11-{day:02} 18:30") for day in range(8, 13)]
    long = (at("2027-11-07 10:00"), at("2027-11-07 12:00"))
    assert rules(logged(Law(), YOUNG, *school_week, long)) == []  # 17 hours
    assert "HOURS-SCHOOL-WEEK" in rules(
        logged(Law(), YOUNG, *school_week, long, hour, shift("2027-11-13 10:00", "2027-11-13 10:01"))
    )


def test_rest_between_two_days_is_real_time_too() -> None:
    law, teen = Law(jurisdictions=("US", "US-LA")), Person(date(2010, 12, 1))
    late = shift("2028-03-11 20:00", "2028-03-11 23:30")
    assert rules(logged(law, teen, late, shift("2028-03-12 07:45", "2028-03-12 10:00"))) == [
        "LA-REST"
    ]  # 7 h 15
    assert logged(law, teen, late, shift("2028-03-12 08:30", "2028-03-12 10:00")).lawful
    autumn = shift("2027-11-06 20:00", "2027-11-06 23:30")
    assert logged(law, teen, autumn, shift("2027-11-07 06:30", "2027-11-07 10:00")).lawful


def test_a_log_brings_up_conditions() -> None:
    law = Law(jurisdictions=("US", "US-MA"))
    answer = logged(law, TEEN, shift("2027-01-18 18:00", "2027-01-18 20:01"))
    assert answer.conditions == ("law:MA-SUPERVISION", "permit")
    assert logged(law, TEEN, shift("2027-01-18 18:00", "2027-01-18 20:00")).conditions == ("permit",)


def test_logs_that_cannot_be_read_are_refused() -> None:
    shifts = shift("2027-01-18 15:00", "2027-01-18 16:00")
    with pytest.raises(ValueError, match="needs the zone"):
        check(Law(), YOUNG, Job(), log=[shifts])
    naive = (shifts[0].replace(tzinfo=None), shifts[1].replace(tzinfo=None))
    with pytest.raises(ValueError, match="with a time zone"):
        logged(Law(), YOUNG, naive)
    with pytest.raises(ValueError, match="before it begins"):
        logged(Law(), YOUNG, (shifts[1], shifts[0]))


def test_a_diploma_lifts_a_states_rules_for_a_log_as_well() -> None:
    long = shift("2027-01-23 08:00", "2027-01-23 18:00")
    graduate = Person(date(2010, 6, 1), credentials=frozenset({"diploma"}))
    assert rules(logged(COLORADO, TEEN, long)) == ["CO-24-HOURS"]
    assert logged(COLORADO, graduate, long).lawful


# The short way of a round against a walk through every week


def every_week(work: Work, rules: list[HoursRule], year: SchoolYear) -> dict[str, int]:
    """The first date of each rule's breach, week by week, without any two taken for alike."""
    table = Timetable(work.schedule, year.letters, work.start, work.last)
    days = [work.start, work.last, *table.dated]
    found: dict[str, int] = {}
    for sunday in range(sunday_of(min(days)), sunday_of(max(days)) + 14, 7):
        for breach in week_breaches(sunday, table, rules, year, sunday_of(work.start)):
            found[breach.rule.code] = min(breach.day, found.get(breach.rule.code, NEVER))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_taking_weeks_for_alike_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)
    start = date(2027, draw.randint(1, 9), draw.randint(1, 28)).toordinal()
    end = start + draw.randint(0, 200)
    days = list(range(start - 10, end + 10))
    letters = ("", "A", "B")
    calendar = Calendar(
        np.array(days, np.int64),
        np.array([draw.random() < 0.8 for _ in days], np.bool_),
        Column(np.array([draw.randrange(3) for _ in days], np.int64), letters),
    )
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "A", "B"]
    names += [date.fromordinal(draw.choice(days)).isoformat() for _ in range(draw.randint(0, 2))]
    windows = []
    for name in draw.sample(names, draw.randint(1, 6)):
        first = draw.randrange(0, 22)
        windows.append(f"{name} {first:02}:00-{min(24, first + draw.randint(1, 10)):02}:00")
    hours = parse_windows("Mon 08:00-15:00;Tue 08:00-15:00;A 09:00-12:00;Fri 08:00-12:00")
    year = SchoolYear(hours, draw.random() < 0.5, calendar)
    program = draw.choice(["", "wecep", "work_study"])
    rules = [
        rule.for_program(program)
        for name in ("US", "US-LA", "US-MA", "US-CO", "US-MN")
        for rule in load_rules(name).rules
        if isinstance(rule, HoursRule)
    ]
    work = Work(parse_windows(";".join(windows)), start, draw.choice([end, end, UNKNOWN]), 0.0)
    judge = Judge(rules, year)
    for _ in range(2):  # the second time from what is known
        found: dict[str, Breach] = judge.first_breaches(work)
        assert {code: breach.day for code, breach in found.items()} == every_week(work, rules, year)
    later = Work(work.schedule, start + timedelta(days=9).days, work.end, 0.0)
    if later.last >= later.start:
        again = {code: breach.day for code, breach in judge.first_breaches(later).items()}
        assert again == every_week(later, rules, year)


@pytest.mark.parametrize(("end", "found"), [("08:00", []), ("08:01", [9 * 60 + 1])])
def test_a_date_of_25_hours_counts_its_real_minutes(end: str, found: list[int]) -> None:
    law = Law(jurisdictions=("US", "US-MA"))
    answer = logged(law, TEEN, shift("2027-11-07 00:00", f"2027-11-07 {end}"))
    assert [finding.found for finding in answer.findings if finding.rule == "MA-DAY"] == found
