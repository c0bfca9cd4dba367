"""The law and a student's time against a district's calendar: holidays, letters, birthdays within."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from matching.eligibility.labor_rules import load_rules
from matching.files import parse_round
from tests.matching.profiles import codes, conditions_of, law_rules, one_pair, table

YOUNG = {"birth_date": "2012-06-15"}
MONDAY = date(2027, 1, 18)


def off(*dates: str) -> list[dict[str, str]]:
    return [{"date": day, "in_session": "no"} for day in dates]


def rotation(last: str, first: date = MONDAY) -> list[dict[str, str]]:
    """A and B by turns on school days, beginning with A on the first Monday."""
    rows, letters, day = [], 0, first
    while day <= date.fromisoformat(last):
        if day.weekday() < 5:
            rows.append({"date": day.isoformat(), "in_session": "yes", "day_letter": "AB"[letters % 2]})
            letters += 1
        day += timedelta(days=1)
    return rows


def test_a_holiday_is_a_day_without_school() -> None:
    work = {"schedule": "2027-02-15 09:00-17:00"}
    assert law_rules(one_pair(YOUNG, work)) == ["HOURS-SCHOOL", "HOURS-SCHOOL-DAY"]
    assert law_rules(one_pair(YOUNG, work, calendar=off("2027-02-15"))) == []
    long = {"schedule": "2027-02-15 09:00-17:01"}
    assert law_rules(one_pair(YOUNG, long, calendar=off("2027-02-15"))) == ["HOURS-DAY"]


def test_a_weekly_schedule_is_unlawful_where_one_of_its_dates_is() -> None:
    mondays = ["2027-01-18", "2027-01-25", "2027-02-01"]
    work = {"schedule": "Mon 09:00-17:00", "end_date": "2027-02-07"}
    assert law_rules(one_pair(YOUNG, work, calendar=off(*mondays))) == []
    assert law_rules(one_pair(YOUNG, work, calendar=off(*mondays[:2]))) == [
        "HOURS-SCHOOL",
        "HOURS-SCHOOL-DAY",
    ]
    short = {**work, "end_date": "2027-01-31"}
    assert law_rules(one_pair(YOUNG, short, calendar=off(*mondays[:2]))) == []


def test_a_date_in_session_is_a_school_day_in_the_holidays() -> None:
    policy = "[law]\nin_session = false"
    work = {"schedule": "Wed 09:00-15:00", "end_date": "2027-03-05"}
    assert law_rules(one_pair(YOUNG, work, policy)) == []
    rows = [{"date": "2027-03-03", "in_session": "yes"}]
    assert law_rules(one_pair(YOUNG, work, policy, calendar=rows)) == ["HOURS-SCHOOL", "HOURS-SCHOOL-DAY"]


def test_a_week_is_a_school_week_with_one_school_day_in_it() -> None:
    week = ["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"]
    work = {"schedule": ";".join(f"{day} 09:00-17:00" for day in week[:4]), "end_date": "2027-01-22"}
    assert law_rules(one_pair(YOUNG, work, calendar=off(*week))) == []
    assert law_rules(one_pair(YOUNG, work, calendar=off(*week[:4]))) == ["HOURS-SCHOOL-WEEK"]


def test_the_evening_before_a_holiday_is_not_before_a_school_day() -> None:
    policy = '[law]\njurisdictions = ["US", "US-MN"]'
    older = {"birth_date": "2009-12-15"}
    work = {"schedule": "2027-02-14 19:00-23:30"}  # a Sunday
    assert law_rules(one_pair(older, work, policy)) == ["MN-LATE"]
    assert law_rules(one_pair(older, work, policy, calendar=off("2027-02-15"))) == []


@pytest.mark.parametrize(
    ("born", "rules"),
    [
        ("2011-03-01", []),  # 16 on the Monday of the first breach
        ("2011-03-02", ["HOURS-SCHOOL"]),
    ],
)
def test_a_birthday_in_the_middle_ends_the_rules_of_its_age(born: str, rules: list[str]) -> None:
    # Mondays are free of school until 1 March 2027.
    free = [(MONDAY + timedelta(weeks=n)).isoformat() for n in range(6)]
    work = {"schedule": "Mon 14:00-17:00", "end_date": "2027-03-19"}
    assert law_rules(one_pair({"birth_date": born}, work, calendar=off(*free))) == rules


def test_the_eighteenth_birthday_ends_a_states_rules_in_the_middle() -> None:
    policy = '[law]\njurisdictions = ["US", "US-CO"]'
    work = {"schedule": "2027-03-06 08:00-17:00"}
    assert law_rules(one_pair({"birth_date": "2009-03-06"}, work, policy)) == []
    assert law_rules(one_pair({"birth_date": "2009-03-07"}, work, policy)) == ["CO-24-HOURS"]


def test_a_week_that_holds_the_birthday_counts_its_first_days_alone() -> None:
    # 8 h on Sunday, 3 h a day from Monday to Wednesday: over 18 h with Thursday, 21 January.
    work = {"schedule": "Sun 09:00-17:00;Mon 15:00-18:00;Tue 15:00-18:00;Wed 15:00-18:00;Thu 15:00-17:00",
            "start_date": "2027-01-17", "end_date": "2027-01-23"}  # fmt: skip
    assert law_rules(one_pair({"birth_date": "2011-01-21"}, work)) == []
    assert law_rules(one_pair({"birth_date": "2011-01-22"}, work)) == ["HOURS-SCHOOL-WEEK"]


def test_lessons_of_a_letter_are_on_its_dates() -> None:
    policy = '[law]\nschool_hours = "A 08:00-15:00;B 08:00-12:00"'
    days = rotation("2027-05-14")
    on_b = {"schedule": "B 12:00-15:00"}
    assert law_rules(one_pair(YOUNG, on_b, policy, calendar=days)) == []
    assert law_rules(one_pair(YOUNG, {"schedule": "B 11:59-14:00"}, policy, calendar=days)) == [
        "HOURS-SCHOOL"
    ]
    # Mondays are A and B by turns.
    weekly = {"schedule": "Mon 12:00-15:00"}
    assert law_rules(one_pair(YOUNG, weekly, policy, calendar=days)) == ["HOURS-SCHOOL"]
    one_monday = {**weekly, "start_date": "2027-01-25", "end_date": "2027-01-29"}
    assert law_rules(one_pair(YOUNG, one_monday, policy, calendar=days)) == []


def test_hours_of_letters_add_up_in_the_weeks_where_they_fall() -> None:
    # A comes up three times in the first week and twice in the second.
    days = rotation("2027-05-14")
    saturday = "2027-01-{:02} 09:00-17:00;2027-01-{:02} 10:00-12:00"
    work = {"schedule": f"A 15:00-18:00;{saturday.format(17, 23)}", "start_date": "2027-01-17"}
    assert law_rules(one_pair(YOUNG, work, calendar=days)) == ["HOURS-SCHOOL-WEEK"]
    assert (
        law_rules(one_pair(YOUNG, {"schedule": f"A 15:00-18:00;{saturday.format(24, 30)}"}, calendar=days))
        == []
    )


@pytest.mark.parametrize(
    ("schedule", "available", "end", "fits"),
    [
        ("A 13:00-16:00", "A 12:00-17:00", "2027-05-14", True),
        ("A 13:00-16:00", "B 12:00-17:00", "2027-05-14", False),
        ("A 13:00-16:00", "A 12:00-15:59", "2027-05-14", False),
        # Mondays are A and B by turns: of one letter only in the first week.
        ("Mon 13:00-16:00", "A 12:00-17:00", "2027-05-14", False),
        ("Mon 13:00-16:00", "A 12:00-17:00", "2027-01-22", True),
        ("Mon 13:00-16:00", "A 12:00-17:00;B 13:00-16:00", "2027-05-14", True),
        ("Mon 13:00-16:00", "A 12:00-17:00;Mon 13:00-16:00", "2027-05-14", True),
        # A falls on every weekday in two weeks.
        ("A 13:00-16:00", "Mon 12:00-17:00;Wed 12:00-17:00;Fri 12:00-17:00", "2027-01-22", True),
        ("A 13:00-16:00", "Mon 12:00-17:00;Wed 12:00-17:00;Fri 12:00-17:00", "2027-01-29", False),
        ("2027-01-20 13:00-16:00", "A 12:00-17:00", "2027-05-14", True),
        ("2027-01-21 13:00-16:00", "A 12:00-17:00", "2027-05-14", False),
        # No Saturday has a letter.
        ("Sat 13:00-16:00", "A 12:00-17:00;B 12:00-17:00", "2027-05-14", False),
        # Without an end, as far as the calendar has letters.
        ("A 13:00-16:00", "A 12:00-17:00", "", True),
        ("Mon 13:00-16:00", "A 12:00-17:00;B 13:00-16:00", "", True),
    ],
)
def test_each_occurrence_of_a_window_needs_time(schedule: str, available: str, end: str, fits: bool) -> None:
    problem = one_pair(
        {"available": available}, {"schedule": schedule, "end_date": end}, calendar=rotation("2027-05-14")
    )
    assert codes(problem) == ([] if fits else ["schedule"])


def test_flexible_hours_find_the_time_that_is_free_whatever_the_letter() -> None:
    days = rotation("2027-05-14")
    work = {"schedule": "Mon 12:00-18:00", "flexible_hours": "3"}
    student = {"available": "A 12:00-16:00;B 13:00-18:00"}  # on every Monday from 13:00 to 16:00
    assert codes(one_pair(student, work, calendar=days)) == []
    assert codes(one_pair(student, {**work, "flexible_hours": "3.1"}, calendar=days)) == ["schedule"]
    first_week = {**work, "flexible_hours": "4", "end_date": "2027-01-22"}
    assert codes(one_pair(student, first_week, calendar=days)) == []


def test_flexible_hours_are_lawful_at_the_strictest_of_their_dates() -> None:
    mondays = [(MONDAY + timedelta(weeks=n)).isoformat() for n in range(3)]
    work = {"schedule": "Mon 09:00-19:00", "flexible_hours": "8", "end_date": "2027-02-05"}
    assert law_rules(one_pair(YOUNG, work, calendar=off(*mondays))) == []
    assert law_rules(one_pair(YOUNG, work, calendar=off(*mondays[:2]))) == ["HOURS-FLEXIBLE"]


def test_flexible_hours_obey_all_files_together() -> None:
    # Each file leaves three hours on a Monday; together they leave 16:00 to 18:30.
    overlay = """
jurisdiction = "district"
name = { en = "district", es = "del distrito" }
[[rules]]
code = "D-LATE"
kind = "latest"
under_age = 18
time = "18:30"
before = "any"
citation = "policy 1"
source = "the board"
sure = "V"
en = "late work"
es = "trabajo tarde"
[[rules]]
code = "D-EARLY"
kind = "earliest"
under_age = 18
time = "16:00"
days = "any"
citation = "policy 2"
source = "the board"
sure = "V"
en = "early work"
es = "trabajo temprano"
"""
    policy = '[law]\noverlays = ["district.toml"]'

    def found(hours: str, overlays: bool) -> list[str]:
        people = table([{"student_id": "s", **YOUNG}])
        work = {"opportunity_id": "o", "seats": "1", "place": "remote", "start_date": "2027-01-18",
                "end_date": "2027-05-14", "schedule": "Mon 15:00-20:00", "flexible_hours": hours}  # fmt: skip
        files = {"students.csv": people, "opportunities.csv": table([work])}
        if overlays:
            files |= {"policy.toml": policy.encode(), "district.toml": overlay.encode()}
        return law_rules(parse_round(files))

    assert found("3", overlays=False) == []
    assert found("2.5", overlays=True) == []
    assert found("3", overlays=True) == ["HOURS-FLEXIBLE"]


def test_no_more_than_the_best_days_of_a_week_count() -> None:
    policy = '[law]\njurisdictions = ["US", "US-MA"]'
    older = {"birth_date": "2009-12-15"}
    week = ";".join(f"{day} 15:00-18:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"))
    work = {"schedule": f"{week};Sun 15:00-17:00", "flexible_hours": "18"}
    assert law_rules(one_pair(older, work, policy)) == []
    assert law_rules(one_pair(older, {**work, "flexible_hours": "18.1"}, policy)) == ["MA-FLEXIBLE"]


def test_a_diploma_lifts_what_it_lifts_and_nothing_else() -> None:
    policy = '[law]\njurisdictions = ["US", "US-CO"]'
    work = {"schedule": "Sat 08:00-18:00", "hazards": "HO11"}
    graduate = {"birth_date": "2009-12-15", "credentials": "CPR;diploma"}
    assert law_rules(one_pair(graduate, work, policy)) == ["HO11"]
    assert law_rules(one_pair({"birth_date": "2009-12-15"}, work, policy)) == ["HO11", "CO-24-HOURS"]


def test_two_states_at_once_are_both_asked() -> None:
    policy = '[law]\njurisdictions = ["US", "US-MA", "US-OR", "US-NM"]'
    problem = one_pair({"birth_date": "2012-06-15"}, {"schedule": "Sat 09:00-12:00"}, policy)
    assert conditions_of(problem) == ("law:OR-EMPLOYER-CERTIFICATE", "permit")
    assert "permit" in {rule.condition for rule in load_rules("US-MA").rules}


def test_a_trainee_free_of_hours_rules_is_asked_for_no_supervision() -> None:
    older = {"birth_date": "2009-12-15"}
    work = {"employment": "trainee", "schedule": "Mon 18:00-23:59"}
    states = 'jurisdictions = ["US", "US-MA"]'
    bound = one_pair(older, work, f"[law]\n{states}")
    assert conditions_of(bound) == ("law:MA-SUPERVISION", "permit")
    free = one_pair(older, work, f'[law]\n{states}\ntrainees = "hours_exempt"')
    assert law_rules(free) == [] and conditions_of(free) == ("permit",)
