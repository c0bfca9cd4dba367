"""Policies to TOML and back, and codes of rounds in words."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from matching.files import parse_round
from tests.wbl.rounds_support import bring_in, make_place, small_folder
from wbl.db import transaction
from wbl.rounds import services, words
from wbl.rounds.columns import home_cell, number_cell
from wbl.rounds.policy import order_of, policy_toml, read_document, shares_of, with_choices

START = date(2027, 1, 11)
WHOLE = """\
format = 1
on_date = 2027-02-01
[objective]
goals = ["priority", "placed"]
[weights]
preference = 33.5
interest = 0
[pairs]
unranked = "always"
[travel]
circuity = 1.25
speed_km_h = { walk = 4.5, car = 40 }
[law]
jurisdictions = ["US"]
trainees = "hours_exempt"
school_hours = "Mon 08:00-15:00;Tue 08:00-15:00"
in_session = false
[solver]
time_limit_seconds = 30
seed = 7
"""


def test_a_policy_is_the_same_after_the_database() -> None:
    document = read_document(WHOLE.encode())
    folder = small_folder(**{"policy.toml": WHOLE})
    again = {**folder, "policy.toml": policy_toml(document, START)}
    assert parse_round(again).policy == parse_round(folder).policy
    assert parse_round(again).digest == parse_round(folder).digest


def test_text_in_a_policy_is_escaped() -> None:
    document = {"law": {"school_hours": 'a "quoted" \\ text'}}
    assert read_document(policy_toml(document, START))["law"] == document["law"]


def test_a_policy_without_a_date_takes_the_rounds_first_day() -> None:
    assert read_document(policy_toml({}, START))["on_date"] == "2027-01-11"
    assert read_document(policy_toml({"on_date": "2027-02-01"}, START))["on_date"] == "2027-02-01"


def test_moving_a_round_moves_the_day_on_which_ages_are_taken(app: Flask) -> None:
    place = make_place()
    bring_in(place, small_folder(**{"policy.toml": "on_date = 2027-01-11\n"}))
    with transaction():
        services.change_round(
            place.actor,
            place.round_id,
            name="Later",
            starts_on=date(2027, 3, 1),
            ends_on=date(2027, 5, 28),
            policy=place.round.policy,
        )
    assert place.round.policy["on_date"] == "2027-03-01"


def test_choices_replace_what_they_name_and_nothing_else() -> None:
    document = read_document(WHOLE.encode())
    assert order_of(document) == "as_imported"
    changed = with_choices(
        document, order="placed_first", weights={"preference": 1.0, "travel": 3.0}, unranked="never"
    )
    assert changed["travel"] == document["travel"]
    assert order_of(changed) == "placed_first"
    assert order_of({}) == "placed_first"
    assert shares_of({"weights": {"preference": 0, "interest": 0, "travel": 30, "growth": 10}}) == {
        "preference": 0,
        "interest": 0,
        "travel": 75,
        "growth": 25,
    }


@pytest.mark.parametrize(
    ("value", "cell"), [(30.0, "30"), (1e-05, "0.00001"), (-90.5, "-90.5"), (7, "7"), (None, "")]
)
def test_numbers_as_cells(value: float | int | None, cell: str) -> None:
    assert number_cell(value) == cell


def test_a_home_is_rounded_to_three_decimals() -> None:
    assert [home_cell(cell) for cell in ("30.12349", "-0.0001", "-90.6", "")] == [
        "30.123",
        "0",
        "-90.6",
        "",
    ]


def test_why_in_a_few_words(app: Flask) -> None:
    def parts(preference: float, interest: float, travel: float, growth: float) -> dict[str, list[float]]:
        values = {"preference": preference, "interest": interest, "travel": travel, "growth": growth}
        return {name: [value, 25] for name, value in values.items()}

    with app.test_request_context():
        assert words.short_why(parts(1, 0.2, 0.9, 0.5), 1) == "first choice, close by"
        assert words.short_why(parts(0, 0.9, 0.2, 0.5), None) == "strong interest"
        assert words.short_why(parts(0.6, 0.6, 0.2, 0.5), 5) == "choice 5, fair interest"
        assert words.short_why(parts(0, 0.1, 0.1, 0.1), None) == "a seat that was free"
        assert words.goal_amount("utility", 80_249_999) == "80.2"
        assert words.goals_sentence(("placed", "utility")) == (
            "Place as many students as possible, then make the placements fit as well as they can."
        )
        assert words.goal_amount("floors", -2) == "2"
        assert words.goal_change("floors", 2) == "−2"  # two seats fewer are missing
        assert words.goal_change("placed", 2) == "+2"
        shares = [part["share"] for part in words.parts_of(parts(1, 0.5, 0, 1))]
        assert shares == [25, 12.5, 0, 25]


def test_why_nobody_took_a_student(app: Flask) -> None:
    with app.test_request_context():
        assert "4 opportunities" in words.unplaced_words("seats_taken", "eligible:4")
        said = words.unplaced_words("no_eligible_pair", "refused:50;travel:40;age:3")
        assert "40" in said and "50" not in said  # what a student refused stays with them
        assert words.unplaced_words("no_eligible_pair", "refused:2").endswith("for this student.")
