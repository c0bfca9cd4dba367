"""Rounds with profiles: one pair at a time, and random ones that meet every rule."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np

from matching.eligibility import Reason, conditions, reasons
from matching.files import parse_round, write_table
from matching.problem import Problem
from matching.verify.facts import Facts
from matching.verify.rules import examine
from tests.matching.strategies_law import within

Row = Mapping[str, str]

# A student of 17 for whom nothing is closed, and an opportunity that asks nothing.
BORN = "2009-06-15"
START = "2027-01-18"  # a Monday
END = "2027-05-14"


def table(rows: list[Row]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return write_table(columns, ([row.get(name, "") for name in columns] for row in rows))


def one_pair(
    student: Row | None = None,
    opportunity: Row | None = None,
    policy: str = "",
    school: Row | None = None,
    **files: list[Row],
) -> Problem:
    """A round of student ``s`` and opportunity ``o``."""
    people = {"student_id": "s", "birth_date": BORN, **(student or {})}
    work = {
        "opportunity_id": "o", "seats": "1", "start_date": START, "end_date": END, "place": "remote",
    }  # fmt: skip
    contents = {
        "students.csv": table([people]),
        "opportunities.csv": table([{**work, **(opportunity or {})}]),
        "policy.toml": policy.encode(),
        **{f"{name}.csv": table(rows) for name, rows in files.items()},
    }
    if school is not None:
        contents["schools.csv"] = table([{"school_id": people.get("school_id", "h"), **school}])
    return parse_round(contents)


def against(problem: Problem) -> list[Reason]:
    """Everything that speaks against the first pair; ``verify`` finds the same, in code of its own."""
    first = np.zeros(1, np.int64)
    found = reasons(problem, first, first)[0]
    facts = Facts(problem)
    assert examine(facts, (0, 0)).against == tuple(dict.fromkeys(reason.code for reason in found))
    rules = {reason.detail["rule"] for reason in found if reason.code == "labor_law"}
    assert set(facts.ruling((0, 0)).against) == rules
    return found


def codes(problem: Problem) -> list[str]:
    return [reason.code for reason in against(problem)]


def law_rules(problem: Problem) -> list[str]:
    """Codes of the rules of law against the first pair."""
    return [reason.detail["rule"] for reason in against(problem) if reason.code == "labor_law"]


def conditions_of(problem: Problem) -> tuple[str, ...]:
    """What must be arranged for the first pair; ``verify`` finds the same."""
    first = np.zeros(1, np.int64)
    found = conditions(problem, first, first)[0]
    assert examine(Facts(problem), (0, 0)).conditions == found
    return found


WEEKLY = (
    "Mon 15:00-18:00", "Mon 13:00-16:00", "Tue 15:30-18:30", "Wed 16:00-20:00", "Wed 15:00-17:00",
    "Thu 06:30-08:00", "Fri 15:00-18:30", "Sat 09:00-17:00", "Sat 09:00-18:00", "Sun 10:00-14:00",
    "Sat 18:00-20:30",
)  # fmt: skip
DATED = (
    "2027-06-02 09:00-15:00",
    "2027-09-07 17:00-20:00",
    "2027-01-17 09:00-12:00",
    "2027-05-28 16:00-19:30",
)
FREE = (
    "Mon 12:00-20:00", "Tue 12:00-18:30", "Wed 08:00-16:00", "Wed 16:00-21:00", "Thu 00:00-24:00",
    "Fri 14:00-19:00", "Sat 08:00-18:00", "Sun 00:00-12:00", "Sun 12:00-20:00",
    "2027-06-02 08:00-16:00",
)  # fmt: skip
HAZARDS = ("HO5", "HO16", "HO2", "HO11", "Y-BAKING", "P-OFFICE", "P-LIFEGUARD-POOL")


def random_round(seed: int, students: int = 7, opportunities: int = 9) -> dict[str, bytes]:
    """A small round in which every reason, condition and part turns up now and then."""
    draw = random.Random(seed)

    def some(values: tuple[str, ...], share: float = 0.5) -> str:
        return ";".join(value for value in values if draw.random() < share)

    def one(*values: str) -> str:
        return draw.choice(values)

    def place() -> dict[str, str]:
        if draw.random() < 0.15:
            return {}
        return {
            "latitude": f"{29.9 + draw.random() / 5:.3f}",
            "longitude": f"{-90.1 + draw.random() / 5:.3f}",
        }

    people: list[Row] = [
        {
            "student_id": f"s{i}",
            "school_id": one("h0", "h1", "h2", ""),
            "grade": one("", "9", "10", "11", "12"),
            "birth_date": one("", "2008-02-29", "2009-03-01", "2010-12-01", "2011-02-16", "2011-06-03",
                              "2011-09-08", "2012-05-01", "2013-01-17", "2013-01-19"),
            **place(),
            "riasec": one("", "S", "SEC", "RI", "1;2;3;4;5;6", "6;6;0;1;2;3", "4;4;4;4;4;4"),
            "travel_modes": one("", "walk", "bike;transit", "car", "walk;van"),
            "max_travel_minutes": one("", "20", "45", "8"),
            "available": one("", some(FREE), some(FREE, 0.8)),
            "needs": some(("transport", "step_free", "quiet"), 0.2),
            "languages": one("", "en", "en;es"),
            "credentials": one("", "CPR"),
            "courses": one("", "BIO1", "BIO1;CTE2"),
            "programs": one("", "HEALTH", "HEALTH;IT"),
            "pay": one("", "paid", "unpaid"),
            "open_to_others": one("", "no"),
            "student_learner": one("", "yes"),
        }
        for i in range(students)
    ]  # fmt: skip
    work: list[Row] = [
        {
            "opportunity_id": f"o{i}",
            "seats": one("0", "1", "2"),
            "kind": one("internship", "internship", "job_shadow"),
            "employment": one("", "", "trainee"),
            "labor_program": one("", "", "wecep", "work_study", "registered_apprenticeship"),
            "riasec": one("", "E", "CES", "6;5;4;3;2;1", "0;1;0;1;0;7"),
            "place": one("", "", "", "remote", "school"),
            **place(),
            "schedule": one("", some(WEEKLY, 0.2), some((*WEEKLY, *DATED), 0.2), some(DATED, 0.4)),
            "flexible_hours": one("", "", "4", "7.5", "19"),
            "start_date": one("2027-01-18", "2027-05-20", "2027-06-01", ""),
            "end_date": one("", "2027-06-25", "2027-09-30"),
            "hours_per_week": one("", "", "", "6", "20"),
            "paid": one("", "yes", "no"),
            "provides": some(("step_free", "quiet"), 0.3),
            "cannot": some(("step_free", "quiet"), 0.2),
            "hazards": some(HAZARDS, 0.15),
            "drives": one("", "", "", "yes"),
            "min_age": one("", "", "15", "18"),
            "min_grade": one("", "", "10", "12"),
            "requires_credentials": one("", "", "CPR"),
            "requires_courses": one("", "", "CTE2", "BIO1;CTE2"),
            "requires_languages": one("", "", "es"),
            "open_to": one("", "", "school:h0", "program:IT;school:h1"),
        }
        for i in range(opportunities)
    ]  # fmt: skip
    for row in work:
        row["schedule"] = within(row["schedule"], row["start_date"], row["end_date"])
        if row["employment"] == "trainee":
            row["paid"] = row["paid"].replace("yes", "no")
    pairs = [(f"s{i}", f"o{j}") for i in range(students) for j in range(opportunities)]

    def pair_rows(share: float) -> list[dict[str, str]]:
        return [{"student_id": s, "opportunity_id": o} for s, o in pairs if draw.random() < share]

    ranked = [{**row, "rank": str(draw.randint(1, 13))} for row in pair_rows(0.25)]
    forbidden = [{**row, "decision": "forbid", "reason": "x"} for row in pair_rows(0.05)]
    growth = [{**row, "value": one("0", "0.25", "1")} for row in pair_rows(0.2)]
    policy = f"""format = 1
on_date = 2027-02-16
[weights]
preference = 3
interest = 5
travel = 7
growth = 11
[pairs]
unranked = "{one("if_open", "always", "never")}"
[travel]
reference_minutes = 40
[law]
in_session = {one("true", "true", "false")}
trainees = "{one("as_employees", "hours_exempt")}"
"""
    hours = "Mon 08:00-14:00;Tue 08:00-14:00;Sat 08:00-12:00"
    files = {
        "students": people,
        "opportunities": work,
        "schools": [
            {"school_id": "h0", "latitude": "29.95", "longitude": "-90.05", "school_hours": hours},
            {"school_id": "h1", "latitude": "29.99", "longitude": "-89.98", "school_hours": ""},
            {"school_id": "h2", "latitude": "", "longitude": "", "school_hours": ""},
        ],
        "preferences": ranked,
        "refusals": pair_rows(0.05),
        "pins": forbidden,
        "growth": growth,
    }
    return {"policy.toml": policy.encode()} | {
        f"{name}.csv": table(rows) for name, rows in files.items() if rows
    }
