"""Two seats of one student under the rules of hours: judged together, by the engine and by verify."""

from __future__ import annotations

import pytest

from matching.constraints import constraints
from matching.eligibility import eligible_pairs
from matching.files import parse_round, write_table
from matching.problem import Problem
from matching.verify.census import take_census
from matching.verify.facts import Facts
from matching.verify.profiles import Profiles
from matching.verify.sides import Sides

FIFTEEN = "2011-06-01"
Cells = dict[str, str]


def round_of(*offers: Cells, birth_date: str = FIFTEEN, states: str = "", most: str = "2") -> Problem:
    """One student who may hold several seats; terms from Monday 11 January 2027 on."""
    columns = list(dict.fromkeys(["opportunity_id", "seats", *(name for offer in offers for name in offer)]))
    rows = [{"opportunity_id": f"o{n}", "seats": "1", **offer} for n, offer in enumerate(offers)]
    return parse_round(
        {
            "students.csv": write_table(
                ["student_id", "birth_date", "max_placements"], [["s", birth_date, most]]
            ),
            "opportunities.csv": write_table(
                columns, [[row.get(name, "") for name in columns] for row in rows]
            ),
            "policy.toml": f'on_date = 2027-01-11\n[law]\njurisdictions = ["US"{states}]\n'.encode(),
        }
    )


def clash(problem: Problem) -> bool:
    eligible = eligible_pairs(problem)
    assert len(eligible) == 2, "each is lawful alone"
    found = len(constraints(problem, eligible).clashes) == 1
    assert Sides(Facts(problem)).clash(0, 0, 1) == found
    return found


def at(schedule: str, **cells: str) -> Cells:
    return {"schedule": schedule, **cells}


WEEK = "Mon 15:00-18:00;Tue 15:00-18:00;Wed 15:00-18:00;Thu 15:00-18:00"


@pytest.mark.parametrize(
    ("one", "other", "unlawful"),
    [
        # three hours on a school day
        (at("Mon 15:00-17:00"), at("Mon 17:00-18:00"), False),
        (at("Mon 15:00-17:00"), at("Mon 17:00-18:01"), True),
        (at("Mon 15:00-17:00"), at("Tue 17:00-19:00"), False),
        # eighteen in a school week
        (at(WEEK), at("Fri 15:00-18:00;Sat 09:00-12:00"), False),
        (at(WEEK), at("Fri 15:00-18:00;Sat 09:00-12:01"), True),
        # only in a week in which both run
        (at(WEEK, end_date="2027-01-23"), at("Sat 09:00-16:00", start_date="2027-01-23"), True),
        (at(WEEK, end_date="2027-01-23"), at("Sat 09:00-16:00", start_date="2027-01-24"), False),
        (at(WEEK), at("2027-01-30 09:00-16:00", start_date="2027-01-30", end_date="2027-01-30"), True),
        # what is only stated of a week adds up too
        (at("", hours_per_week="10"), at("", hours_per_week="8"), False),
        (at("", hours_per_week="10"), at("", hours_per_week="8.1"), True),
        (at("Sat 07:00-19:00", flexible_hours="7"), at(WEEK), True),
        (at("Sat 07:00-19:00", flexible_hours="6"), at(WEEK), False),
        # nothing is asked of an observation
        (at("Mon 15:00-17:00"), at("Mon 17:00-19:00", employment="observation"), False),
        # the first dates of a seat before a birthday, and after it
        (at("Mon 15:00-17:00"), at("Mon 17:00-19:00", start_date="2027-06-02"), False),
        (at("Mon 15:00-17:00"), at("Mon 17:00-19:00", start_date="2027-05-31", end_date="2027-06-01"), True),
    ],
)
def test_hours_of_two_seats_add_up(one: Cells, other: Cells, unlawful: bool) -> None:
    assert clash(round_of(one, other)) is unlawful
    assert clash(round_of(other, one)) is unlawful
    assert not clash(round_of(one, other, birth_date="2008-01-01"))


def test_rest_and_hours_in_24_of_two_seats() -> None:
    night = round_of(
        at("Fri 20:00-22:00"), at("Sat 05:30-07:00"), birth_date="2010-03-01", states=', "US-LA"'
    )
    assert clash(night)
    day = round_of(at("Fri 15:00-20:00"), at("Sat 11:00-14:01"), birth_date="2009-06-01", states=', "US-CO"')
    assert clash(day)
    enough = round_of(
        at("Fri 15:00-20:00"), at("Sat 11:00-14:00"), birth_date="2009-06-01", states=', "US-CO"'
    )
    assert not clash(enough)


def test_eligible_pairs_that_are_given_are_not_asked() -> None:
    problem = parse_round(
        {
            "students.csv": write_table(
                ["student_id", "birth_date", "max_placements"], [["s", FIFTEEN, "3"]]
            ),
            "opportunities.csv": write_table(
                ["opportunity_id", "seats", "schedule"],
                [[f"o{n}", "1", f"Mon {15 + n}:00-{16 + n}:00"] for n in range(4)],
            ),
            "eligible.csv": b"student_id,opportunity_id,utility\ns,o0,1\ns,o1,1\ns,o2,1\ns,o3,1\n",
            "policy.toml": b"on_date = 2027-01-11\n",
        }
    )
    assert constraints(problem, eligible_pairs(problem)).capacity.tolist() == [3]


@pytest.mark.parametrize(
    ("birth_date", "employment", "seats"),
    [(FIFTEEN, "employee", 2), (FIFTEEN, "observation", 3), ("2008-01-01", "employee", 3)],
)
def test_at_most_two_seats_where_three_have_rules_of_hours(
    birth_date: str, employment: str, seats: int
) -> None:
    offers = [at(f"{day} 16:00-17:00", employment=employment) for day in ("Mon", "Tue", "Wed", "Thu")]
    problem = round_of(*offers, birth_date=birth_date, most="3")
    eligible = eligible_pairs(problem)
    assert constraints(problem, eligible).capacity.tolist() == [seats]
    facts = Facts(problem)
    census = take_census(facts, Profiles(facts))
    assert Sides(facts).most_seats(census).tolist() == [seats]
