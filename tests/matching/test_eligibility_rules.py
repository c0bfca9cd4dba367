"""Both sides of every line that the format draws, apart from the law's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from matching.eligibility import eligible_pairs, legs, reasons
from matching.files import parse_round
from matching.problem import UNKNOWN, Problem
from tests.matching.profiles import BORN, START, against, codes, conditions_of, one_pair, table

HOME = {"latitude": "30.000", "longitude": "-90.000"}
SITE = {"latitude": "30.050", "longitude": "-90.000", "place": "site"}
SCHOOL = {"latitude": "30.100", "longitude": "-90.000"}
# Due north the great circle is the meridian: 6371.0088 km × 0.05° in radians.
KM = 6371.0088 * math.radians(0.05)


def minutes(problem: Problem) -> tuple[int, int, bool]:
    """There, back, and whether the way there starts at the school."""
    found, _ = legs(problem, np.array([0]), np.array([0]))
    return int(found.there[0]), int(found.back[0]), bool(found.from_school[0])


@pytest.mark.parametrize(
    ("modes", "expected", "mode"),
    [
        ("walk", math.ceil(KM * 1.3 / 4.8 * 60), "walk"),
        ("bike", math.ceil(KM * 1.3 / 15 * 60 + 2), "bike"),
        ("transit", math.ceil(KM * 1.3 / 18 * 60 + 10), "transit"),
        ("car", math.ceil(KM * 1.3 / 35 * 60 + 5), "car"),
        ("van", math.ceil(KM * 1.3 / 30 * 60 + 10), "van"),
        ("walk;bike;car", math.ceil(KM * 1.3 / 35 * 60 + 5), "car"),
        ("", math.ceil(KM * 1.3 / 18 * 60 + 10), "transit"),
    ],
)
def test_minutes_are_the_least_over_the_modes_rounded_up(modes: str, expected: int, mode: str) -> None:
    problem = one_pair({**HOME, "travel_modes": modes, "max_travel_minutes": "500"}, SITE)
    assert minutes(problem) == (expected, expected, False)
    assert legs(problem, np.array([0]), np.array([0]))[1] == [mode]
    assert eligible_pairs(problem).minutes.tolist() == [expected]


def test_the_limit_itself_is_in_reach() -> None:
    needed = math.ceil(KM * 1.3 / 15 * 60 + 2)
    student = {**HOME, "travel_modes": "bike"}
    assert codes(one_pair({**student, "max_travel_minutes": str(needed)}, SITE)) == []
    too_far = one_pair({**student, "max_travel_minutes": str(needed - 1)}, SITE)
    assert [(r.code, r.detail) for r in against(too_far)] == [
        ("travel", {"minutes": needed, "limit": needed - 1})
    ]
    assert eligible_pairs(too_far).excluded["travel"] == 1


def test_a_place_of_their_own_takes_the_overhead_alone() -> None:
    here = {"latitude": "30.000", "longitude": "-90.000", "place": "site"}
    student = {**HOME, "travel_modes": "transit", "max_travel_minutes": "10"}
    assert codes(one_pair(student, here)) == []
    assert codes(one_pair({**student, "max_travel_minutes": "9"}, here)) == ["travel"]


@pytest.mark.parametrize(
    ("schedule", "policy", "from_school"),
    [
        ("Mon 15:00-18:00", "", True),
        ("Fri 17:00-19:00", "", True),
        ("Fri 17:01-19:00", "", False),
        ("Sat 10:00-12:00", "", False),
        ("2027-01-22 09:00-12:00", "", True),  # a Friday
        ("2027-01-23 09:00-12:00", "", False),
        ("", "", False),
        ("Mon 15:00-18:00", "[law]\nin_session = false", False),
        ("Mon 15:00-18:00;Sat 10:00-12:00", "", True),
    ],
)
def test_the_way_there_starts_at_school_on_school_afternoons(
    schedule: str, policy: str, from_school: bool
) -> None:
    student = {**HOME, "school_id": "h", "travel_modes": "walk", "max_travel_minutes": "900"}
    farther = {"latitude": "30.200", "longitude": "-90.000"}
    problem = one_pair(student, {**SITE, "schedule": schedule}, policy, school=farther)
    from_home, by_school = math.ceil(KM * 1.3 / 4.8 * 60), math.ceil(3 * KM * 1.3 / 4.8 * 60)
    assert minutes(problem) == (by_school if from_school else from_home, from_home, from_school)


def test_a_window_at_school_and_one_at_home_take_the_longer_way() -> None:
    student = {**HOME, "school_id": "h", "travel_modes": "walk", "max_travel_minutes": "900"}
    near = {"latitude": "30.040", "longitude": "-90.000"}
    both = {**SITE, "schedule": "Mon 15:00-18:00;Sat 10:00-12:00"}
    only = {**SITE, "schedule": "Mon 15:00-18:00"}
    from_home, by_school = math.ceil(KM * 1.3 / 4.8 * 60), math.ceil(KM / 5 * 1.3 / 4.8 * 60)
    assert minutes(one_pair(student, both, school=near)) == (from_home, from_home, False)
    assert minutes(one_pair(student, only, school=near)) == (by_school, from_home, True)


def test_the_school_stands_in_for_an_unknown_home() -> None:
    problem = one_pair(
        {"school_id": "h", "travel_modes": "walk", "max_travel_minutes": "900"}, SITE, school=SCHOOL
    )
    there, back, _ = minutes(problem)
    assert there == back == math.ceil(KM * 1.3 / 4.8 * 60)
    assert conditions_of(problem) == ()


@pytest.mark.parametrize(
    ("student", "work", "conditions"),
    [
        ({}, SITE, ("travel_unknown",)),
        (HOME, {"place": "site"}, ("travel_unknown",)),
        ({**HOME, "needs": "transport"}, SITE, ()),
        ({"needs": "transport"}, {"place": "site"}, ()),
        (HOME, {**SITE, "place": "remote"}, ()),
        ({}, {"place": "school"}, ()),
    ],
)
def test_where_travel_is_not_considered_nothing_is_too_far(
    student: dict[str, str], work: dict[str, str], conditions: tuple[str, ...]
) -> None:
    problem = one_pair({**student, "max_travel_minutes": "1", "travel_modes": "walk"}, work)
    assert codes(problem) == []
    assert conditions_of(problem) == conditions
    assert eligible_pairs(problem).minutes.tolist() == [UNKNOWN]


@pytest.mark.parametrize(
    ("grade", "least", "fails"), [("11", "11", False), ("10", "11", True), ("", "11", True), ("", "", False)]
)
def test_grade(grade: str, least: str, fails: bool) -> None:
    assert codes(one_pair({"grade": grade}, {"min_grade": least})) == ["grade"] * fails


@pytest.mark.parametrize(
    ("born", "least", "reasons"),
    [
        ("2010-01-18", "17", []),  # seventeen on the first day
        ("2010-01-19", "17", ["age"]),
        ("", "17", ["age"]),
        ("", "", []),
    ],
)
def test_age_of_the_employers_own_rule(born: str, least: str, reasons: list[str]) -> None:
    work = {"min_age": least, "kind": "job_shadow"}
    assert codes(one_pair({"birth_date": born}, work)) == reasons


def test_ages_are_taken_on_the_policys_date_where_there_is_no_other() -> None:
    work = {"min_age": "17", "start_date": "", "end_date": ""}
    born = {"birth_date": "2010-02-01"}
    assert codes(one_pair(born, work, "on_date = 2027-02-01")) == []
    assert codes(one_pair(born, work, "on_date = 2027-01-31")) == ["age"]


@pytest.mark.parametrize(
    ("schedule", "available", "fails"),
    [
        ("Mon 13:00-16:00", "Mon 13:00-16:00", False),
        ("Mon 13:00-16:00", "Mon 13:01-16:00", True),
        ("Mon 13:00-16:00", "Mon 13:00-15:59", True),
        ("Mon 13:00-16:00", "Tue 13:00-16:00", True),
        ("Mon 13:00-16:00", "Mon 13:00-15:00;Mon 15:00-16:00", True),  # of no single window
        ("Mon 13:00-16:00;Wed 13:00-16:00", "Mon 12:00-17:00", True),
        ("Mon 13:00-16:00", "", False),
        ("", "Mon 13:00-16:00", False),
        ("2027-01-25 13:00-16:00", "Mon 12:00-17:00", False),  # a Monday
        ("2027-01-25 13:00-16:00", "2027-01-25 12:00-17:00", False),
        ("2027-01-25 13:00-16:00", "2027-01-26 12:00-17:00;Tue 12:00-17:00", True),
        ("Mon 13:00-16:00", "2027-01-25 12:00-17:00", True),  # one Monday is not every Monday
    ],
)
def test_schedule(schedule: str, available: str, fails: bool) -> None:
    assert codes(one_pair({"available": available}, {"schedule": schedule})) == ["schedule"] * fails


@pytest.mark.parametrize(
    ("available", "hours", "fails"),
    [
        ("Mon 13:00-15:00", "2", False),  # a stretch of exactly two hours
        ("Mon 13:00-14:59", "1", True),
        ("Mon 13:00-15:00", "2.5", True),
        ("Mon 13:00-14:30;Mon 14:30-15:00", "2", False),  # stretches that touch are one
        ("Mon 13:00-14:30;Mon 14:31-16:00", "1", True),
        ("Mon 13:00-15:00;Wed 08:00-11:00", "4", False),
        ("Mon 13:00-15:00;Wed 08:00-11:00", "4.5", True),
        ("Mon 11:00-14:00", "2", False),
        ("", "8", False),
        ("", "8.5", True),
    ],
)
def test_flexible_hours(available: str, hours: str, fails: bool) -> None:
    work = {"schedule": "Mon 12:00-18:00;Wed 09:00-11:00", "flexible_hours": hours}
    assert codes(one_pair({"available": available}, work)) == ["schedule"] * fails


def test_flexible_hours_of_a_fifteen_year_old_are_lawful_hours_in_common() -> None:
    student = {"birth_date": "2012-06-15", "available": "Mon 08:00-17:00;Tue 15:00-19:00"}
    work = {"schedule": "Mon 12:00-20:00;Tue 12:00-20:00", "flexible_hours": "5"}
    assert codes(one_pair(student, work)) == []  # Monday 15 to 17, Tuesday three of four hours
    found = against(one_pair(student, {**work, "flexible_hours": "5.5"}))
    assert [(r.code, r.detail) for r in found] == [("schedule", {"minutes": 300, "needed": 330})]
    older = {**student, "birth_date": "2009-06-15"}
    assert codes(one_pair(older, {**work, "flexible_hours": "9"})) == []


def test_flexible_hours_without_windows_clash_with_nothing() -> None:
    assert codes(one_pair({"available": "Mon 13:00-14:00"}, {"flexible_hours": "30"})) == []


def test_a_need_excludes_only_where_it_is_not_possible() -> None:
    student = {"needs": "quiet;step_free"}
    assert [r.detail for r in against(one_pair(student, {"cannot": "step_free;seated"}))] == [
        {"need": "step_free"}
    ]
    assert codes(one_pair(student, {"cannot": "seated"})) == []
    assert conditions_of(one_pair(student, {"provides": "quiet"})) == ("arrange:step_free",)
    # What will be arranged still has to be.
    assert conditions_of(one_pair(student, {"arranges": "quiet;step_free"})) == (
        "arrange:quiet",
        "arrange:step_free",
    )


@pytest.mark.parametrize(
    ("asks", "paid", "fails"),
    [
        ("paid", "no", True), ("paid", "yes", False), ("paid", "", False),
        ("unpaid", "yes", True), ("unpaid", "no", False), ("unpaid", "", False),
        ("either", "yes", False), ("either", "no", False), ("", "no", False),
    ],
)  # fmt: skip
def test_pay(asks: str, paid: str, fails: bool) -> None:
    assert codes(one_pair({"pay": asks}, {"paid": paid})) == ["pay"] * fails


def test_every_missing_requirement_is_named() -> None:
    work = {"requires_credentials": "CPR;OSHA", "requires_courses": "BIO1", "requires_languages": "es"}
    found = against(one_pair({"credentials": "CPR", "languages": "en"}, work))
    assert [reason.code for reason in found] == ["requirement"] * 3
    assert [reason.detail for reason in found] == [
        {"kind": "credential", "item": "OSHA"},
        {"kind": "course", "item": "BIO1"},
        {"kind": "language", "item": "es"},
    ]
    assert codes(one_pair({"credentials": "CPR;OSHA", "courses": "BIO1", "languages": "es"}, work)) == []


@pytest.mark.parametrize(
    ("open_to", "fails"),
    [
        ("", False), ("school:h", False), ("school:g", True), ("program:IT", False),
        ("program:LAW", True), ("school:g;program:IT", False),
    ],
)  # fmt: skip
def test_reserved(open_to: str, fails: bool) -> None:
    student = {"school_id": "h", "programs": "IT;HEALTH"}
    assert codes(one_pair(student, {"open_to": open_to})) == ["reserved"] * fails


@pytest.mark.parametrize(
    ("unranked", "open_to_others", "fails"),
    [("never", "yes", True), ("if_open", "yes", False), ("if_open", "no", True), ("always", "no", False)],
)
def test_what_was_not_ranked(unranked: str, open_to_others: str, fails: bool) -> None:
    policy = f'[pairs]\nunranked = "{unranked}"'
    student = {"student_id": "s", "birth_date": BORN, "open_to_others": open_to_others}
    works = [
        {"opportunity_id": name, "seats": "1", "start_date": START, "place": "remote"} for name in ("o", "p")
    ]
    files = {
        "students.csv": table([student]),
        "opportunities.csv": table(works),
        "policy.toml": policy.encode(),
    }
    one, two = np.zeros(2, np.int64), np.arange(2)
    assert reasons(parse_round(files), one, two) == [[], []]  # ranked nothing
    files["preferences.csv"] = table([{"student_id": "s", "opportunity_id": "o", "rank": "3"}])
    problem = parse_round(files)
    found = [[reason.code for reason in why] for why in reasons(problem, one, two)]
    assert found == [[], ["not_ranked"] * fails]
    assert eligible_pairs(problem).excluded["not_ranked"] == fails


def test_a_pin_and_a_refusal_are_told_apart() -> None:
    pair = {"student_id": "s", "opportunity_id": "o"}
    pin = [{**pair, "decision": "forbid", "reason": "as agreed"}]
    assert codes(one_pair(pins=pin)) == ["forbidden"]
    assert codes(one_pair(refusals=[pair])) == ["refused"]
    both = one_pair(pins=pin, refusals=[pair])
    assert codes(both) == ["forbidden", "refused"]
    assert eligible_pairs(both).excluded["forbidden"] == 1
    assert eligible_pairs(both).excluded["refused"] == 0


def test_all_reasons_are_named_in_their_order() -> None:
    student = {"birth_date": "2012-06-15", "grade": "9", "needs": "quiet", "pay": "paid",
               "available": "Tue 15:00-18:00", **HOME, "travel_modes": "walk"}  # fmt: skip
    work = {**SITE, "min_grade": "11", "min_age": "16", "hazards": "HO1", "schedule": "Mon 15:00-18:00",
            "cannot": "quiet", "paid": "no", "requires_courses": "X", "open_to": "school:h"}  # fmt: skip
    assert codes(one_pair(student, work)) == [
        "reserved", "travel", "grade", "age", "labor_law", "schedule", "accommodation", "pay", "requirement",
    ]  # fmt: skip
