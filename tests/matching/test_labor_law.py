"""Both sides of every line that the federal rules draw (us.toml names the sources)."""

from __future__ import annotations

from datetime import date

import pytest

from matching.eligibility.labor_rules import (
    find_rule,
    hazard_codes,
    jurisdictions,
    labor_day,
    load_rules,
)
from matching.files import RoundFaults
from tests.matching.profiles import against, codes, conditions_of, law_rules, one_pair

STARRED = {"HO5", "HO8", "HO10", "HO12", "HO14", "HO16", "HO17"}
AT_13, AT_14 = "2013-01-19", "2013-01-18"  # on 18 January 2027, the first day
AT_15, AT_16 = "2011-01-19", "2011-01-18"
AT_17, AT_18 = "2009-01-19", "2009-01-18"
YOUNG = {"birth_date": "2012-06-15"}  # 14, and under 16 to the end
AFTERNOON = "Mon 15:00-18:00"
NO_SCHOOL = "[law]\nin_session = false"


def test_the_rules_have_seventeen_orders_of_which_seven_have_an_exemption() -> None:
    tasks = load_rules("US").tasks
    orders = {code: rule for code, rule in tasks.items() if code.startswith("HO")}
    assert set(orders) == {f"HO{n}" for n in range(1, 18)}
    assert {code for code, rule in orders.items() if rule.exemption_age == 16} == STARRED
    assert {rule.min_age for rule in orders.values()} == {18}
    assert hazard_codes() == frozenset(tasks)


def test_every_rule_says_where_it_stands_and_how_sure_that_is() -> None:
    rules = load_rules("US")
    every = [rules.minimum_age, rules.driving, *rules.tasks.values(), *rules.hours_rules.values()]
    for rule in every:
        assert "29 CFR 570." in rule.citation
        assert rule.source and rule.sure in {"V", "V2", "G"}
        assert rule.effective is None or rule.effective <= date(2026, 1, 1)
        assert rule.text["en"] and rule.text["es"]
        assert find_rule(rule.code) == rule


def test_rules_that_do_not_ship_are_refused() -> None:
    assert jurisdictions() == ("US", "US-CO", "US-LA", "US-MA", "US-MN", "US-NM", "US-OR")
    with pytest.raises(KeyError):
        load_rules("US-XX")
    with pytest.raises(RoundFaults):
        one_pair(policy='[law]\njurisdictions = ["US-XX"]')


@pytest.mark.parametrize(("year", "day"), [(2026, "2026-09-07"), (2027, "2027-09-06"), (2025, "2025-09-01")])
def test_labor_day_is_the_first_monday_of_september(year: int, day: str) -> None:
    assert labor_day(year).isoformat() == day


@pytest.mark.parametrize(("birth", "rules"), [(AT_13, ["MIN-AGE"]), (AT_14, []), ("", ["MIN-AGE"])])
def test_nobody_works_under_fourteen(birth: str, rules: list[str]) -> None:
    assert law_rules(one_pair({"birth_date": birth})) == rules


@pytest.mark.parametrize("birth", ["2015-01-01", ""])
def test_nothing_is_asked_of_an_observation(birth: str) -> None:
    work = {"kind": "job_shadow", "hazards": "HO1;Y-BAKING", "drives": "yes", "schedule": "Mon 05:00-23:00"}
    assert codes(one_pair({"birth_date": birth}, work)) == []


def test_an_observation_by_kind_that_is_said_to_be_employment_is_employment() -> None:
    assert law_rules(one_pair({"birth_date": AT_13}, {"kind": "mentorship", "employment": "employee"})) == [
        "MIN-AGE"
    ]


@pytest.mark.parametrize(("birth", "rules"), [(AT_17, ["HO11"]), (AT_18, [])])
def test_an_order_excludes_under_eighteen(birth: str, rules: list[str]) -> None:
    assert law_rules(one_pair({"birth_date": birth}, {"hazards": "HO11"})) == rules


@pytest.mark.parametrize("order", sorted(STARRED))
@pytest.mark.parametrize(
    ("student", "work"),
    [({"student_learner": "yes"}, {}), ({}, {"labor_program": "registered_apprenticeship"})],
)
def test_a_starred_order_is_open_from_sixteen_under_an_agreement(
    order: str, student: dict[str, str], work: dict[str, str]
) -> None:
    work = {**work, "hazards": order}
    at_16 = one_pair({"birth_date": AT_16, **student}, work)
    assert codes(at_16) == []
    assert conditions_of(at_16) == (f"agreement:{order}",)
    assert law_rules(one_pair({"birth_date": AT_15, **student}, work)) == [order]
    assert conditions_of(one_pair({"birth_date": AT_18, **student}, work)) == ()


def test_the_exemption_reaches_no_other_order_and_nobody_else() -> None:
    learner = {"birth_date": AT_17, "student_learner": "yes"}
    assert law_rules(one_pair(learner, {"hazards": "HO5;HO11;HO2"})) == ["HO2", "HO11"]
    assert law_rules(one_pair({"birth_date": AT_17}, {"hazards": "HO5"})) == ["HO5"]
    # The kind alone exempts nobody.
    assert law_rules(one_pair({"birth_date": AT_17}, {"hazards": "HO5", "kind": "apprenticeship"})) == ["HO5"]


@pytest.mark.parametrize(("birth", "rules"), [(AT_17, []), ("2010-01-19", ["DRIVING"])])
def test_nobody_drives_at_sixteen_or_under(birth: str, rules: list[str]) -> None:
    assert law_rules(one_pair({"birth_date": birth}, {"drives": "yes"})) == rules


@pytest.mark.parametrize(
    ("code", "birth", "rules"),
    [
        ("Y-COOKING-OPEN-FLAME", AT_15, ["Y-COOKING-OPEN-FLAME"]),
        ("Y-COOKING-OPEN-FLAME", AT_16, []),
        ("P-GRILL-NO-FLAME", AT_14, []),
        ("P-LIFEGUARD-POOL", "2012-01-19", ["P-LIFEGUARD-POOL"]),
        ("P-LIFEGUARD-POOL", "2012-01-18", []),
    ],
)
def test_the_list_of_fourteen_and_fifteen(code: str, birth: str, rules: list[str]) -> None:
    assert law_rules(one_pair({"birth_date": birth}, {"hazards": code})) == rules


def test_every_prohibited_task_closes_at_sixteen_and_every_permitted_one_is_open_before() -> None:
    for code, rule in load_rules("US").tasks.items():
        if code.startswith("Y-"):
            assert rule.min_age == 16, code
        elif code.startswith("P-"):
            assert rule.min_age in (14, 15), code


@pytest.mark.parametrize(
    ("schedule", "rules"),
    [
        ("Mon 15:00-18:00", []),  # exactly three hours
        ("Mon 15:00-18:01", ["HOURS-SCHOOL-DAY"]),
        ("Fri 15:00-18:01", ["HOURS-SCHOOL-DAY"]),
        ("Mon 15:00-16:30;Mon 17:00-18:30", []),
        ("Mon 15:00-16:30;Mon 17:00-18:31", ["HOURS-SCHOOL-DAY"]),
        ("Mon 15:00-17:00;Mon 16:00-18:00", []),  # what overlaps counts once
        ("Mon 16:00-19:00", []),
        ("Mon 16:01-19:01", ["HOURS-LATE"]),
        ("Sat 07:00-15:00", []),
        ("Sat 06:59-14:59", ["HOURS-EARLY"]),
        ("Sat 07:00-15:01", ["HOURS-DAY"]),
        ("Mon 14:59-16:00", ["HOURS-SCHOOL"]),
        ("Mon 07:00-08:00", []),
        ("Mon 07:00-08:01", ["HOURS-SCHOOL"]),
        ("Sat 09:00-17:00;Sun 09:00-17:00;Mon 15:00-17:00", []),  # eighteen hours
        ("Sat 09:00-17:00;Sun 09:00-17:00;Mon 15:00-17:01", ["HOURS-SCHOOL-WEEK"]),
    ],
)
def test_hours_while_school_is_in_session(schedule: str, rules: list[str]) -> None:
    assert law_rules(one_pair(YOUNG, {"schedule": schedule})) == rules


@pytest.mark.parametrize(
    ("schedule", "rules"),
    [
        (";".join(f"{day} 08:00-16:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")), []),
        (";".join(f"{day} 08:00-16:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")) + ";Sat 08:00-08:01",
         ["HOURS-WEEK"]),
        ("Mon 08:00-16:01", ["HOURS-DAY"]),
    ],
)  # fmt: skip
def test_hours_while_school_is_out(schedule: str, rules: list[str]) -> None:
    assert law_rules(one_pair(YOUNG, {"schedule": schedule}, NO_SCHOOL)) == rules


@pytest.mark.parametrize(
    ("start", "end", "rules"),
    [
        ("2027-06-01", "2027-09-06", []),  # Labor Day, itself included
        ("2027-05-31", "2027-09-06", ["HOURS-LATE"]),  # a Monday
        ("2027-06-01", "2027-09-13", ["HOURS-LATE"]),
        ("2027-06-01", "2027-09-12", []),  # the next Monday is a day too late to matter
        ("2027-06-01", "", ["HOURS-LATE"]),
    ],
)
def test_evenings_are_longer_from_june_to_labor_day(start: str, end: str, rules: list[str]) -> None:
    work = {"schedule": "Mon 18:00-21:00", "start_date": start, "end_date": end}
    assert law_rules(one_pair(YOUNG, work)) == rules
    assert law_rules(one_pair(YOUNG, {**work, "schedule": "Mon 18:30-21:01"})) == ["HOURS-LATE"]


@pytest.mark.parametrize(
    ("born", "rules"),
    [
        ("2011-01-18", []),  # sixteen on the first day, a Monday
        ("2011-01-19", ["HOURS-LATE"]),  # fifteen on one Monday of work
        ("2011-03-01", ["HOURS-LATE"]),
    ],
)
def test_hours_rules_end_on_the_sixteenth_birthday(born: str, rules: list[str]) -> None:
    assert law_rules(one_pair({"birth_date": born}, {"schedule": "Mon 18:00-20:00"})) == rules


def test_only_dates_under_sixteen_are_judged() -> None:
    # Work on Tuesdays from Monday the 18th: whoever turns sixteen on the 19th never breaks the rule.
    work = {"schedule": "Tue 18:00-20:00"}
    assert law_rules(one_pair({"birth_date": "2011-01-19"}, work)) == []
    assert law_rules(one_pair({"birth_date": "2011-01-20"}, work)) == ["HOURS-LATE"]


def test_a_birthday_on_29_february_is_on_1_march_in_other_years() -> None:
    work = {"schedule": "2027-02-28 18:00-20:00"}
    assert law_rules(one_pair({"birth_date": "2011-02-28"}, work)) == []
    leap = {"birth_date": "2012-02-29"}
    late = {"start_date": "2028-02-01", "end_date": "2028-03-05", "schedule": "2028-02-28 18:00-20:00"}
    assert law_rules(one_pair(leap, late)) == ["HOURS-LATE"]
    assert law_rules(one_pair(leap, {**late, "schedule": "2028-02-29 18:00-20:00"})) == []
    at_18 = {"birth_date": "2008-02-29"}
    assert law_rules(one_pair(at_18, {"start_date": "2026-02-28", "hazards": "HO1"})) == ["HO1"]
    assert law_rules(one_pair(at_18, {"start_date": "2026-03-01", "hazards": "HO1"})) == []


def test_work_of_one_date_counts_in_its_week_from_sunday_to_saturday() -> None:
    saturday, sunday = "2027-01-23 09:00-17:00", "2027-01-24 09:00-17:00"
    weekday = "Mon 15:00-18:00;Tue 15:00-18:00"
    assert law_rules(one_pair(YOUNG, {"schedule": f"{weekday};{saturday};{sunday}"})) == []
    both = "2027-01-24 09:00-17:00;2027-01-30 09:00-17:00"  # one week
    assert law_rules(one_pair(YOUNG, {"schedule": f"{weekday};{both}"})) == ["HOURS-SCHOOL-WEEK"]


def test_work_before_an_implied_start_is_judged_at_the_age_of_its_date() -> None:
    # start_date empty: the first date worked is the start, not the later on_date.
    work = {"start_date": "", "end_date": "", "schedule": "2027-02-09 22:00-23:00"}
    turns_16 = {"birth_date": "2011-02-10"}
    assert law_rules(one_pair(turns_16, work, policy="on_date = 2027-02-10\n")) == ["HOURS-LATE"]
    task = {**work, "schedule": "2027-02-09 16:00-17:00", "hazards": "HO5"}
    learner = {"birth_date": "2011-02-10", "student_learner": "yes"}
    assert law_rules(one_pair(learner, task, policy="on_date = 2027-02-10\n")) == ["HO5"]
    assert (
        law_rules(one_pair({"birth_date": "2013-02-10"}, work, policy="on_date = 2027-02-10\n"))[0]
        == "MIN-AGE"
    )


def test_hours_a_week_are_those_of_the_posting_where_it_says_more() -> None:
    assert law_rules(one_pair(YOUNG, {"schedule": AFTERNOON, "hours_per_week": "18"})) == []
    assert law_rules(one_pair(YOUNG, {"schedule": AFTERNOON, "hours_per_week": "18.5"})) == [
        "HOURS-SCHOOL-WEEK"
    ]
    assert law_rules(one_pair(YOUNG, {"hours_per_week": "20"})) == ["HOURS-SCHOOL-WEEK"]
    assert law_rules(one_pair(YOUNG, {"hours_per_week": "5", "flexible_hours": "20"})) == [
        "HOURS-SCHOOL-WEEK"
    ]
    flexible = {"schedule": "Sat 07:00-19:00", "flexible_hours": "6"}
    assert law_rules(one_pair(YOUNG, {**flexible, "hours_per_week": "18"})) == []
    assert law_rules(one_pair(YOUNG, {**flexible, "hours_per_week": "25"})) == ["HOURS-SCHOOL-WEEK"]


def test_school_hours_are_those_of_the_students_school() -> None:
    student = {**YOUNG, "school_id": "h"}
    school = {"school_hours": "Mon 10:00-16:00"}
    assert law_rules(one_pair(student, {"schedule": "Mon 15:00-18:00"}, school=school)) == ["HOURS-SCHOOL"]
    assert law_rules(one_pair(student, {"schedule": "Tue 09:00-17:00"}, school=school)) == []


@pytest.mark.parametrize(
    ("employment", "policy", "rules"),
    [
        ("trainee", "as_employees", ["Y-BAKING", "HOURS-LATE"]),
        ("trainee", "hours_exempt", ["Y-BAKING"]),
        ("employee", "hours_exempt", ["Y-BAKING", "HOURS-LATE"]),
    ],
)
def test_a_trainee_may_be_free_of_the_hours_rules_alone(
    employment: str, policy: str, rules: list[str]
) -> None:
    work = {"employment": employment, "hazards": "Y-BAKING", "schedule": "Mon 18:00-20:00"}
    assert law_rules(one_pair(YOUNG, work, f'[law]\ntrainees = "{policy}"')) == rules


@pytest.mark.parametrize(
    ("program", "schedule", "rules"),
    [
        ("wecep", "Mon 09:00-12:00;Tue 09:00-12:00", []),
        ("wecep", "Mon 09:00-12:01", ["HOURS-SCHOOL-DAY"]),
        ("wecep", "Sat 09:00-17:00;Sun 09:00-17:00;Mon 09:00-12:00;Tue 09:00-12:00;Wed 09:00-10:00", []),
        ("wecep", "Sat 09:00-17:00;Sun 09:00-17:00;Mon 09:00-12:00;Tue 09:00-12:00;Wed 09:00-10:01",
         ["HOURS-SCHOOL-WEEK"]),
        ("work_study", "Mon 09:00-17:00", []),
        ("work_study", "Mon 09:00-17:01", ["HOURS-SCHOOL-DAY"]),
        ("work_study", "Mon 09:00-12:00;Tue 09:00-12:00", ["HOURS-SCHOOL"]),
        ("work_study", "Mon 09:00-17:00;Tue 15:00-18:00", []),
        ("work_study", "Mon 09:00-17:00;Tue 15:00-18:00;Sat 09:00-16:01", ["HOURS-SCHOOL-WEEK"]),
        ("", "Mon 09:00-12:00", ["HOURS-SCHOOL"]),
    ],
)  # fmt: skip
def test_programs_change_the_limits(program: str, schedule: str, rules: list[str]) -> None:
    assert law_rules(one_pair(YOUNG, {"labor_program": program, "schedule": schedule})) == rules


@pytest.mark.parametrize(
    ("schedule", "hours", "rules"),
    [
        # 15:00 to 19:00 is what is lawful of a day, of which three hours count.
        ("Mon 08:00-20:00", "3", []),
        ("Mon 08:00-20:00", "3.5", ["HOURS-FLEXIBLE"]),
        ("Mon 08:00-20:00;Sat 08:00-20:00", "11", []),
        ("Mon 08:00-20:00;Sat 08:00-20:00", "11.5", ["HOURS-FLEXIBLE"]),
        # 17:30 to 19:00 is too short a stretch.
        ("Mon 17:30-20:00", "1", ["HOURS-FLEXIBLE"]),
        ("Mon 17:00-20:00", "2", []),
        ("Mon 13:00-17:00", "2", []),
        ("Mon 13:00-16:59", "1", ["HOURS-FLEXIBLE"]),
        # Eighteen hours a week are the most.
        (";".join(f"{day} 08:00-20:00" for day in ("Mon", "Tue", "Wed", "Sat", "Sun")), "18", []),
        (";".join(f"{day} 08:00-20:00" for day in ("Mon", "Tue", "Wed", "Sat", "Sun")), "18.5",
         ["HOURS-FLEXIBLE"]),
    ],
)  # fmt: skip
def test_flexible_hours_must_be_lawful_hours(schedule: str, hours: str, rules: list[str]) -> None:
    assert law_rules(one_pair(YOUNG, {"schedule": schedule, "flexible_hours": hours})) == rules


def test_flexible_hours_have_longer_evenings_only_if_all_of_them_are_in_summer() -> None:
    work = {"schedule": "Mon 18:30-21:00", "flexible_hours": "2.5", "start_date": "2027-06-01"}
    assert law_rules(one_pair(YOUNG, {**work, "end_date": "2027-09-06"}, NO_SCHOOL)) == []
    assert law_rules(one_pair(YOUNG, {**work, "end_date": "2027-09-13"}, NO_SCHOOL)) == ["HOURS-FLEXIBLE"]


def test_details_name_the_rule_the_figures_and_the_birthday() -> None:
    problem = one_pair({"birth_date": AT_15}, {"hazards": "HO16", "schedule": "Mon 16:00-20:00"})
    found = [reason.detail for reason in against(problem)]
    assert found[0] == {
        "rule": "HO16", "citation": "HO 16, 29 CFR 570.67", "age": 15, "min_age": 18, "on": "2029-01-19",
    }  # fmt: skip
    assert found[1] == {
        "rule": "HOURS-SCHOOL-DAY", "citation": "29 CFR 570.35(a)(5)", "found": 240, "limit": 180,
        "under_age": 16, "until": "2027-01-19",
    }  # fmt: skip
    assert found[2]["rule"] == "HOURS-LATE"
    assert (found[2]["found"], found[2]["limit"]) == (20 * 60, 19 * 60)
