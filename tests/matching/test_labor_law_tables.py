"""A table of both sides of the line that each single rule draws, and that no rule is without one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from matching.eligibility.labor_rules import Note, jurisdictions, load_rules
from matching.problem import Problem
from tests.matching.profiles import conditions_of, law_rules, one_pair

SIDES = ("broken", "kept")
AT = {14: "2013-01-18", 15: "2012-01-18", 16: "2011-01-18", 17: "2010-01-18", 18: "2009-01-18"}
"""Born on these days, somebody reaches the age on 18 January 2027, a Monday and the first day."""
DAY_BEFORE = {age: born[:-2] + "19" for age, born in AT.items()}
YOUNG, OLDER = "2012-06-15", "2009-12-15"  # 14 and 17, to the end
FIVE = ("Mon", "Tue", "Wed", "Thu", "Fri")


@dataclass(frozen=True)
class Row:
    """A student at an opportunity, and whether the rule with this code speaks against it."""

    code: str
    side: str
    birth: str
    work: dict[str, str]
    state: str = "US"
    student: dict[str, str] = field(default_factory=dict)
    in_session: bool = True
    calendar: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.code} {self.side} {self.birth} {' '.join(self.work.values())}"

    def problem(self) -> Problem:
        states = ["US"] if self.state == "US" else ["US", self.state]
        names = ", ".join(f'"{name}"' for name in states)
        session = str(self.in_session).lower()
        policy = f"[law]\njurisdictions = [{names}]\nin_session = {session}"
        days = [{"date": day, "in_session": held} for day, held in self.calendar]
        files = {"calendar": days} if days else {}
        return one_pair({"birth_date": self.birth, **self.student}, self.work, policy, **files)


def days(names: tuple[str, ...], hours: str) -> str:
    return ";".join(f"{name} {hours}" for name in names)


def ages(code: str, age: int, work: dict[str, str]) -> list[Row]:
    return [Row(code, "broken", DAY_BEFORE[age], work), Row(code, "kept", AT[age], work)]


def hours(code: str, birth: str, kept: str, broken: str, **more: object) -> list[Row]:
    return [
        Row(code, "kept", birth, {"schedule": kept}, **more),  # type: ignore[arg-type]
        Row(code, "broken", birth, {"schedule": broken}, **more),  # type: ignore[arg-type]
    ]


ORDERS = [f"HO{number}" for number in range(1, 18)]
FROM_16 = [
    *("Y-MANUFACTURING", "Y-MINING", "Y-PROCESSING", "Y-HOISTING", "Y-BOILER-ROOM", "Y-MAINTENANCE-REPAIR"),
    *("Y-POWER-MACHINERY", "Y-LAWN-MACHINES", "Y-FOOD-MACHINES", "Y-GOLF-CART-ATV", "Y-AMUSEMENT-RIDES"),
    *("Y-MOTOR-VEHICLE", "Y-LADDERS-SCAFFOLDS", "Y-WINDOW-SILLS", "Y-BAKING", "Y-COOKING-OPEN-FLAME"),
    *("Y-COOKING-EQUIPMENT", "Y-FRYER-MANUAL", "Y-HOT-OIL-SURFACES", "Y-FREEZER-COOLER"),
    *("Y-MEAT-PREPARATION", "Y-PEDDLING", "Y-SIGN-WAVING", "Y-LOADING", "Y-POULTRY-CATCHING", "Y-MESSENGER"),
    *("Y-TRANSPORTATION", "Y-WAREHOUSING", "Y-COMMUNICATIONS-UTILITIES", "Y-CONSTRUCTION"),
    *("Y-VEHICLE-PITS-LIFTS", "Y-TIRE-RIMS", "Y-LIFEGUARD-OPEN-WATER", "Y-CHEMICAL-STORAGE"),
    *("AG-TRACTOR", "AG-MACHINES", "AG-EARTH-LIFTS-SAWS", "AG-ANIMALS", "AG-TIMBER", "AG-LADDERS"),
    *("AG-DRIVING", "AG-SILOS-PITS", "AG-CHEMICALS", "AG-EXPLOSIVES", "AG-AMMONIA"),
]
FROM_14 = [
    *("P-OFFICE", "P-CREATIVE", "P-GRILL-NO-FLAME", "P-FRYER-AUTOMATIC", "P-SALES", "P-SHELVING-PRICING"),
    *("P-BAGGING", "P-ERRANDS", "P-CLEANUP", "P-GROUNDS-HAND-TOOLS", "P-KITCHEN", "P-PRODUCE", "P-OWN-TOOLS"),
    *("P-CAR-WASH-FUEL", "P-TRADE-OFFICE-SALES"),
]
SUMMER = {"start_date": "2027-06-01", "end_date": "2027-09-06"}  # 1 June to Labor Day
JULY = {"start_date": "2027-07-01", "end_date": "2027-09-06"}
WEEKEND = "Sat 09:00-17:00;Sun 09:00-17:00"
FEDERAL = [
    *ages("MIN-AGE", 14, {}),
    *ages("DRIVING", 17, {"drives": "yes"}),
    *(row for code in ORDERS for row in ages(code, 18, {"hazards": code})),
    *(row for code in FROM_16 for row in ages(code, 16, {"hazards": code})),
    *(row for code in FROM_14 for row in ages(code, 14, {"hazards": code})),
    *ages("P-LIFEGUARD-POOL", 15, {"hazards": "P-LIFEGUARD-POOL"}),
    *hours("HOURS-SCHOOL", YOUNG, "Mon 15:00-16:00", "Mon 14:59-16:00"),
    *hours("HOURS-SCHOOL", YOUNG, "Mon 07:00-08:00", "Mon 07:00-08:01"),
    *hours("HOURS-SCHOOL-DAY", YOUNG, "Fri 15:00-18:00", "Fri 15:00-18:01"),
    *hours("HOURS-DAY", YOUNG, "Sat 09:00-17:00", "Sat 09:00-17:01"),
    *hours("HOURS-SCHOOL-WEEK", YOUNG, f"{WEEKEND};Mon 15:00-17:00", f"{WEEKEND};Mon 15:00-17:01"),
    *hours("HOURS-WEEK", YOUNG, days(FIVE, "08:00-16:00"), days((*FIVE, "Sat"), "08:00-14:41"),
           in_session=False),
    *hours("HOURS-EARLY", YOUNG, "Sat 07:00-09:00", "Sat 06:59-09:00"),
    *hours("HOURS-LATE", YOUNG, "Sat 17:00-19:00", "Sat 17:00-19:01"),
    Row("HOURS-LATE", "kept", YOUNG, {"schedule": days(("Mon", "Tue"), "18:30-21:00"), **SUMMER}),
    Row("HOURS-LATE", "broken", YOUNG, {"schedule": "Mon 18:30-21:01", **SUMMER}),
    Row("HOURS-LATE", "broken", YOUNG, {"schedule": "Mon 18:30-21:00", **SUMMER, "start_date": "2027-05-31"}),
    Row("HOURS-LATE", "broken", YOUNG, {"schedule": "Tue 18:30-21:00", **SUMMER, "end_date": "2027-09-07"}),
    Row("HOURS-LATE", "kept", AT[16], {"schedule": "Mon 18:00-23:00"}),
    Row("HOURS-LATE", "broken", DAY_BEFORE[16], {"schedule": "Mon 18:00-23:00"}),
    Row("HOURS-FLEXIBLE", "kept", YOUNG, {"schedule": "Mon 08:00-20:00", "flexible_hours": "3"}),
    Row("HOURS-FLEXIBLE", "broken", YOUNG, {"schedule": "Mon 08:00-20:00", "flexible_hours": "3.1"}),
    # Programs.
    Row("HOURS-SCHOOL", "kept", YOUNG, {"schedule": "Mon 09:00-12:00", "labor_program": "wecep"}),
    Row("HOURS-SCHOOL-WEEK", "kept", YOUNG, {
        "schedule": f"{WEEKEND};Mon 09:00-12:00;Tue 09:00-12:00;Wed 09:00-10:00", "labor_program": "wecep"}),
    Row("HOURS-SCHOOL-WEEK", "broken", YOUNG, {
        "schedule": f"{WEEKEND};Mon 09:00-12:00;Tue 09:00-12:00;Wed 09:00-10:01", "labor_program": "wecep"}),
    Row("HOURS-SCHOOL", "kept", YOUNG, {"schedule": "Mon 09:00-17:00", "labor_program": "work_study"}),
    Row("HOURS-SCHOOL-DAY", "kept", YOUNG, {"schedule": "Mon 09:00-17:00", "labor_program": "work_study"}),
    Row("HOURS-SCHOOL-DAY", "broken", YOUNG, {"schedule": "Mon 09:00-17:01", "labor_program": "work_study"}),
    Row("HOURS-SCHOOL", "broken", YOUNG, {
        "schedule": "Mon 09:00-10:00;Tue 09:00-10:00", "labor_program": "work_study"}),
    # Two days in the fourth week from the first on, not in the third.
    Row("HOURS-SCHOOL", "kept", YOUNG, {
        "schedule": "2027-02-08 09:00-10:00;2027-02-09 09:00-10:00", "labor_program": "work_study"}),
    Row("HOURS-SCHOOL", "broken", YOUNG, {
        "schedule": "2027-02-01 09:00-10:00;2027-02-02 09:00-10:00", "labor_program": "work_study"}),
]  # fmt: skip

LA, MA, MN, CO, OR = (f"US-{code}" for code in ("LA", "MA", "MN", "CO", "OR"))
GRADUATE, LETTER = {"credentials": "diploma"}, {"credentials": "mn_parent_letter"}
BEFORE_REST = "Mon 20:00-23:00;Tue {}-09:00"
NINE_HOURS_48 = days((*FIVE, "Sat"), "09:00-17:00")
STATES = [
    # Louisiana: 16 until 23:00 before a school day, 17 until midnight, from 5:00 on a school day.
    Row("LA-LATE-16", "kept", AT[16], {"schedule": "Mon 19:00-23:00", "end_date": "2027-02-26"}, LA),
    Row("LA-LATE-16", "broken", AT[16], {"schedule": "Mon 19:00-23:01", "end_date": "2027-02-26"}, LA),
    Row("LA-LATE-16", "kept", AT[16], {"schedule": "Fri 19:00-24:00", "end_date": "2027-02-26"}, LA),
    Row("LA-LATE-16", "broken", AT[16], {"schedule": "Sun 19:00-24:00", "end_date": "2027-02-26"}, LA),
    Row("LA-LATE-16", "kept", AT[17], {"schedule": "Mon 19:00-24:00"}, LA),
    Row("LA-LATE-16", "broken", DAY_BEFORE[17], {"schedule": "Mon 19:00-24:00"}, LA),
    Row("LA-LATE-16", "kept", AT[16], {"schedule": "Mon 19:00-24:00"}, LA, GRADUATE),
    Row("LA-LATE-16", "kept", AT[16], {"schedule": "Mon 19:00-24:00"}, LA, in_session=False),
    *hours("LA-EARLY", OLDER, "Mon 05:00-07:00", "Mon 04:59-07:00", state=LA),
    *hours("LA-EARLY", OLDER, "Sat 00:00-02:00", "Mon 00:00-02:00", state=LA),
    Row("LA-EARLY", "kept", OLDER, {"schedule": "Mon 04:59-07:00"}, LA, GRADUATE),
    Row("LA-EARLY", "kept", AT[18], {"schedule": "Mon 04:59-07:00"}, LA),
    *hours("LA-REST", OLDER, BEFORE_REST.format("07:00"), BEFORE_REST.format("06:59"), state=LA),
    # Work over midnight is one work, and Saturday's rest before Sunday counts too.
    *hours("LA-REST", OLDER, "Fri 22:00-24:00;Sat 00:00-02:00;Sat 10:00-12:00",
           "Fri 22:00-24:00;Sat 00:00-02:00;Sat 09:59-12:00", state=LA),
    *hours("LA-REST", OLDER, "Sat 18:00-24:00;Sun 08:00-12:00", "Sat 18:00-24:00;Sun 07:59-12:00", state=LA),
    Row("LA-FLEXIBLE", "kept", OLDER, {"schedule": "Mon 03:00-07:00", "flexible_hours": "2"}, LA),
    Row("LA-FLEXIBLE", "broken", OLDER, {"schedule": "Mon 03:00-07:00", "flexible_hours": "2.1"}, LA),
    # Massachusetts.
    *hours("MA-DAY", OLDER, "Sat 09:00-18:00", "Sat 09:00-18:01", state=MA),
    *hours("MA-WEEK", OLDER, NINE_HOURS_48, days((*FIVE, "Sat"), "09:00-17:01"), state=MA),
    *hours("MA-DAYS", OLDER, NINE_HOURS_48, days((*FIVE, "Sat", "Sun"), "17:00-18:00"), state=MA),
    *hours("MA-EARLY", OLDER, "Sat 06:00-08:00", "Sat 05:59-08:00", state=MA),
    *hours("MA-LATE-SCHOOL", OLDER, "Mon 18:00-22:00", "Mon 18:00-22:01", state=MA),
    *hours("MA-LATE-SCHOOL", OLDER, "Fri 18:00-22:01", "Sun 18:00-22:01", state=MA),
    Row("MA-LATE-SCHOOL", "kept", OLDER, {"schedule": "2027-01-20 18:00-22:30"}, MA,
        calendar=(("2027-01-21", "no"),)),
    Row("MA-LATE-SCHOOL", "broken", OLDER, {"schedule": "2027-01-24 18:00-22:30"}, MA),
    *hours("MA-LATE", OLDER, "Fri 18:00-23:30", "Fri 18:00-23:31", state=MA),
    Row("MA-LATE-SUMMER", "kept", YOUNG, {"schedule": "Thu 18:30-21:00", **JULY}, MA),
    Row("MA-LATE-SUMMER", "broken", YOUNG,
        {"schedule": "Wed 18:30-21:00", **JULY, "start_date": "2027-06-30"}, MA),
    Row("MA-LATE-SUMMER", "broken", YOUNG,
        {"schedule": "Tue 18:30-21:00", **JULY, "end_date": "2027-09-07"}, MA),
    Row("MA-FLEXIBLE", "kept", OLDER, {"schedule": "Sat 08:00-20:00", "flexible_hours": "9"}, MA),
    Row("MA-FLEXIBLE", "broken", OLDER, {"schedule": "Sat 08:00-20:00", "flexible_hours": "9.1"}, MA),
    # Minnesota, with and without a parent's letter.
    *hours("MN-LATE", OLDER, "Mon 19:00-23:00", "Mon 19:00-23:01", state=MN),
    *hours("MN-LATE", OLDER, "Fri 19:00-24:00", "Sun 19:00-24:00", state=MN),
    *hours("MN-EARLY", OLDER, "Mon 05:00-07:00", "Mon 04:59-07:00", state=MN),
    Row("MN-LATE", "kept", OLDER, {"schedule": "Mon 19:00-23:30"}, MN, LETTER),
    Row("MN-EARLY", "kept", OLDER, {"schedule": "Mon 04:30-07:00"}, MN, LETTER),
    *hours("MN-LATE-LETTER", OLDER, "Mon 19:00-23:30", "Mon 19:00-23:31", state=MN, student=LETTER),
    *hours("MN-EARLY-LETTER", OLDER, "Mon 04:30-07:00", "Mon 04:29-07:00", state=MN, student=LETTER),
    Row("MN-FLEXIBLE", "kept", OLDER, {"schedule": "Mon 20:00-24:00", "flexible_hours": "3"}, MN),
    Row("MN-FLEXIBLE", "broken", OLDER, {"schedule": "Mon 20:00-24:00", "flexible_hours": "3.1"}, MN),
    # Colorado: eight hours in any 24, also over midnight; a diploma lifts the rules.
    *hours("CO-24-HOURS", OLDER, "Sat 09:00-17:00", "Sat 09:00-17:01", state=CO),
    *hours("CO-24-HOURS", OLDER, "Fri 18:00-24:00;Sat 00:00-02:00",
           "Fri 18:00-24:00;Sat 00:00-02:01", state=CO),
    *hours("CO-24-HOURS", OLDER, "Mon 15:00-20:00;Tue 15:00-20:00",
           "Mon 15:00-20:00;Tue 11:00-15:00", state=CO),
    *hours("CO-24-HOURS", OLDER, "Sat 15:00-20:00;Sun 15:00-20:00",
           "Sat 15:00-20:00;Sun 11:00-15:00", state=CO),
    Row("CO-24-HOURS", "kept", OLDER, {"schedule": "Sat 09:00-18:00"}, CO, GRADUATE),
    *hours("CO-WEEK", OLDER, days(FIVE, "15:00-23:00"), days((*FIVE, "Sat"), "15:00-21:41"), state=CO),
    Row("CO-WEEK", "kept", OLDER, {"schedule": "", "hours_per_week": "40"}, CO),
    Row("CO-WEEK", "broken", OLDER, {"schedule": "", "hours_per_week": "40.5"}, CO),
    Row("CO-FLEXIBLE", "kept", OLDER, {"schedule": "Sat 08:00-20:00", "flexible_hours": "8"}, CO),
    Row("CO-FLEXIBLE", "broken", OLDER, {"schedule": "Sat 08:00-20:00", "flexible_hours": "8.1"}, CO),
    # Oregon.
    Row("OR-WEEK", "kept", OLDER, {"schedule": days(FIVE, "15:00-23:48")}, OR),
    Row("OR-WEEK", "broken", OLDER, {"schedule": days(FIVE, "15:00-23:49")}, OR),
    Row("OR-FLEXIBLE", "kept", OLDER, {"schedule": days(FIVE, "14:00-24:00"), "flexible_hours": "44"}, OR),
    Row("OR-FLEXIBLE", "broken", OLDER,
        {"schedule": days(FIVE, "14:00-24:00"), "flexible_hours": "44.1"}, OR),
]  # fmt: skip

# Of a condition "broken" means that it is asked for.
WECEP = {"labor_program": "wecep"}
CONDITIONS = [
    Row("NM-PERMIT", "broken", DAY_BEFORE[16], {}, "US-NM"),
    Row("NM-PERMIT", "kept", AT[16], {}, "US-NM"),
    Row("LA-PERMIT", "broken", DAY_BEFORE[18], {}, LA),
    Row("LA-PERMIT", "kept", AT[18], {}, LA),
    Row("MA-PERMIT", "broken", DAY_BEFORE[18], {}, MA),
    Row("MA-PERMIT", "kept", AT[18], {}, MA),
    Row("MA-SUPERVISION", "kept", OLDER, {"schedule": "Mon 18:00-20:00"}, MA),
    Row("MA-SUPERVISION", "broken", OLDER, {"schedule": "Mon 18:00-20:01"}, MA),
    Row("MA-SUPERVISION", "kept", AT[18], {"schedule": "Mon 18:00-21:00"}, MA),
    Row("MA-SUPERVISION", "broken", DAY_BEFORE[18], {"schedule": "Mon 18:00-21:00"}, MA),
    Row("MN-PROOF-OF-AGE", "broken", DAY_BEFORE[18], {}, MN),
    Row("MN-PROOF-OF-AGE", "kept", AT[18], {}, MN),
    Row("MN-SCHOOL-HOURS", "broken", YOUNG, {"schedule": "Mon 14:59-16:00", **WECEP}, MN),
    Row("MN-SCHOOL-HOURS", "kept", YOUNG, {"schedule": "Mon 15:00-16:00", **WECEP}, MN),
    Row("CO-SCHOOL-RELEASE", "broken", YOUNG, {"schedule": "Mon 14:59-16:00", **WECEP}, CO),
    Row("CO-SCHOOL-RELEASE", "kept", YOUNG, {"schedule": "Mon 15:00-16:00", **WECEP}, CO),
    Row("CO-SCHOOL-RELEASE", "kept", OLDER, {"schedule": "Mon 14:59-16:00"}, CO),
    Row("OR-EMPLOYER-CERTIFICATE", "broken", DAY_BEFORE[18], {}, OR),
    Row("OR-EMPLOYER-CERTIFICATE", "kept", AT[18], {}, OR),
]
ASKED = {rule.code: rule.condition for name in jurisdictions() for rule in load_rules(name).rules}


@pytest.mark.parametrize("row", [*FEDERAL, *STATES], ids=str)
def test_both_sides_of_each_rule(row: Row) -> None:
    found = law_rules(row.problem())
    assert (row.code in found) == (row.side == "broken"), found


@pytest.mark.parametrize("row", CONDITIONS, ids=str)
def test_both_sides_of_each_condition(row: Row) -> None:
    problem = row.problem()
    assert (ASKED[row.code] in conditions_of(problem)) == (row.side == "broken")
    assert law_rules(problem) == []


def test_no_rule_is_without_a_row_on_either_side() -> None:
    rows = {(row.code, row.side) for row in [*FEDERAL, *STATES, *CONDITIONS]}
    rules = [rule for name in jurisdictions() for rule in load_rules(name).rules]
    missing = [(r.code, side) for r in rules if not isinstance(r, Note) for side in SIDES
               if (r.code, side) not in rows]  # fmt: skip
    assert missing == []
    assert {row.code for row in [*FEDERAL, *STATES, *CONDITIONS]} <= {rule.code for rule in rules}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("learner", ["yes", ""])
@pytest.mark.parametrize("program", ["registered_apprenticeship", ""])
def test_each_order_with_and_without_an_exemption(order: str, learner: str, program: str) -> None:
    work = {"hazards": order, "labor_program": program}
    starred = order in {"HO5", "HO8", "HO10", "HO12", "HO14", "HO16", "HO17"}
    learns = bool(learner or program)
    for birth, old_enough in ((DAY_BEFORE[16], False), (AT[16], True), (DAY_BEFORE[18], True)):
        problem = one_pair({"birth_date": birth, "student_learner": learner}, work)
        exempt = starred and learns and old_enough
        assert law_rules(problem) == ([] if exempt else [order])
        if exempt:
            assert conditions_of(problem) == (f"agreement:{order}",)
    grown = one_pair({"birth_date": AT[18], "student_learner": learner}, work)
    assert law_rules(grown) == [] and conditions_of(grown) == ()
