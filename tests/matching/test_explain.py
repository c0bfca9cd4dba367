"""What is said to a student, and that it is theirs alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from matching.eligibility import eligible_pairs
from matching.explain import sentences, tell
from matching.files import parse_round
from matching.files.policy import GOALS
from matching.fit import score
from matching.messages import LANGUAGES
from matching.pairs import Scored
from matching.problem import IntArray, Problem
from matching.sentences import condition_sentence, reason_sentences
from matching.solve import solve
from matching.verify import verify
from tests.matching.profiles import BORN, START, one_pair, random_round, table
from tests.matching.rounds import listed_round

Record = dict[str, Any]


def explained(problem: Problem, seats: dict[str, str]) -> list[Record]:
    """Records of a round in which students have these opportunities."""
    scored = score(problem, eligible_pairs(problem))
    pairs = zip(scored.pairs.student.tolist(), scored.pairs.opportunity.tolist(), strict=True)
    chosen = [
        index
        for index, (s, o) in enumerate(pairs)
        if problem.opportunities.ids[o] in seats.get(problem.students.ids[s], "").split(";")
    ]
    return told(problem, scored, np.array(chosen, np.int64))


def told(problem: Problem, scored: Scored, chosen: IntArray) -> list[Record]:
    """The records of a choice of pairs, one a student."""
    return [json.loads(line) for line in tell(problem, scored, chosen).lines.splitlines()]


def round_of_three(pins: Sequence[dict[str, str]] = ()) -> Problem:
    """Student ``a`` likes a bakery, then a clinic, then a shop; ``b`` likes the clinic."""
    work = {"seats": "1", "start_date": START, "end_date": "2027-05-14", "place": "site"}
    here = {"latitude": "30.000", "longitude": "-90.000"}
    return parse_round(
        {
            "students.csv": table(
                [
                    {"student_id": "a", "birth_date": "2009-03-03", "riasec": "SEC", "travel_modes": "walk",
                     "needs": "quiet_space", "max_travel_minutes": "30", **here},
                    {"student_id": "b", "birth_date": BORN, "max_travel_minutes": "60", **here},
                ]
            ),
            "opportunities.csv": table(
                [
                    {**work, **here, "opportunity_id": "bakery", "hazards": "HO11"},
                    {**work, **here, "opportunity_id": "clinic", "latitude": "30.010"},
                    {**work, **here, "opportunity_id": "shop", "riasec": "SEC"},
                ]
            ),
            "preferences.csv": table(
                [
                    {"student_id": "a", "opportunity_id": "bakery", "rank": "1"},
                    {"student_id": "a", "opportunity_id": "clinic", "rank": "2"},
                    {"student_id": "a", "opportunity_id": "shop", "rank": "3"},
                    {"student_id": "b", "opportunity_id": "clinic", "rank": "1"},
                ]
            ),
            **({"pins.csv": table(list(pins))} if pins else {}),
        }
    )  # fmt: skip


def test_a_record_holds_the_seat_its_parts_and_what_was_better_liked() -> None:
    a, b = explained(round_of_three(), {"a": "shop", "b": "clinic"})
    assert a["placed"] == [
        {
            "opportunity_id": "shop",
            "rank": 3,
            "utility": 40 * 8_000 + 25 * 10_000 + 20 * 10_000 + 15 * 5_000,
            "minutes": 0,
            "leg": {"mode": "walk", "from": "home", "there": 0, "back": 0},
            "parts": {
                "preference": [0.8, 40],
                "interest": [1.0, 25],
                "travel": [1.0, 20],
                "growth": [0.5, 15],
            },
            "conditions": ["arrange:quiet_space"],
        }
    ]
    bakery, clinic = a["better_liked"]
    assert (bakery["opportunity_id"], bakery["outcome"], bakery["utility"]) == ("bakery", "excluded", None)
    assert bakery["reasons"] == [
        {
            "code": "labor_law",
            "rules": [
                {
                    "rule": "HO11",
                    "citation": "HO 11, 29 CFR 570.62",
                    "age": 17,
                    "min_age": 18,
                    "on": "2027-03-03",
                }
            ],
        }
    ]
    assert (clinic["opportunity_id"], clinic["outcome"], clinic["reasons"]) == ("clinic", "seats_taken", [])
    assert clinic["utility"] > 0
    assert b["better_liked"] == []
    assert "unplaced" not in a


def test_words_for_a_placed_student() -> None:
    a, _ = explained(round_of_three(), {"a": "shop", "b": "clinic"})
    text = sentences(a, "en", {"shop": "Corner shop", "bakery": "Riverside Bakery"})
    assert text.headline == "You are placed: Corner shop"
    assert text.why == [
        "It was your third choice.",
        "It fits your interests well.",
        "Getting there from home takes 0 minutes on foot.",
        "The way home takes 0 minutes.",
        "Before you start, the site and your school arrange this for you: quiet space.",
    ]
    assert [(choice.rank, choice.title, choice.sentences) for choice in text.choices] == [
        (
            1,
            "Riverside Bakery",
            [
                "You must be 18 for bakery machines such as dough mixers "
                "(federal rule HO 11, 29 CFR 570.62). You turn 18 on March 3, 2027."
            ],
        ),
        (2, "clinic", ["All of its seats went to other students."]),
    ]
    assert text.unplaced == []
    spanish = sentences(a, "es", {})
    assert spanish.headline == "Tienes un lugar: shop"
    assert spanish.choices[0].sentences == [
        "Debes tener 18 años para esto: máquinas de panadería, como las amasadoras "
        "(norma federal HO 11, 29 CFR 570.62). Cumples 18 el 3 de marzo de 2027."
    ]


def test_a_seat_that_the_school_decided_on_is_called_that() -> None:
    problem = round_of_three(pins=[{"student_id": "a", "opportunity_id": "shop", "decision": "require"}])
    a, b = explained(problem, {"a": "shop", "b": "clinic"})
    assert a["placed"][0]["required"] is True
    assert "required" not in b["placed"][0]
    text = sentences(a, "en", {})
    assert text.why[:2] == ["Your school decided on this place.", "It was your third choice."]
    assert text.choices[1].sentences == ["Your school decided on another place for you."]
    assert "18" in text.choices[0].sentences[0]  # what rules it out is said as before
    assert sentences(a, "es", {}).why[0] == "Tu escuela decidió este lugar."
    assert "school decided" not in " ".join(sentences(b, "en", {}).why)


def test_without_a_seat_every_choice_is_explained() -> None:
    a, _ = explained(round_of_three(), {"b": "clinic;shop"})
    assert [choice["opportunity_id"] for choice in a["better_liked"]] == ["bakery", "clinic", "shop"]
    assert a["unplaced"] == {"reason": "seats_taken", "excluded": {}, "eligible": 2}
    assert sentences(a, "en", {}).unplaced == [
        "2 places were possible for you, and all of their seats went to other students.",
        "Talk with your coordinator about what can change.",
    ]


def work(identifier: str, **cells: str) -> dict[str, str]:
    return {"opportunity_id": identifier, "seats": "1", "start_date": START, "place": "remote", **cells}


def test_several_seats_are_told_one_by_one() -> None:
    problem = parse_round(
        {
            "students.csv": table([{"student_id": "a", "birth_date": BORN, "max_placements": "2"}]),
            "opportunities.csv": table([work("w"), work("x"), work("y")]),
            "preferences.csv": table(
                [
                    {"student_id": "a", "opportunity_id": name, "rank": str(rank)}
                    for rank, name in enumerate("wxy", 1)
                ]
            ),
        }
    )
    (record,) = explained(problem, {"a": "x;y"})
    assert [seat["opportunity_id"] for seat in record["placed"]] == ["x", "y"]
    # Only what stands ahead of the least liked of them, and is not held, is missed.
    assert [choice["opportunity_id"] for choice in record["better_liked"]] == ["w"]
    text = sentences(record, "en", {"x": "Clinic", "y": "Shop"})
    assert text.headline == "You are placed: Clinic and Shop"
    assert text.why[:2] == ["Clinic:", "It was your second choice."]
    assert text.why[text.why.index("Shop:") + 1] == "It was your third choice."


def cohort_round(**cells: str) -> Problem:
    """Students ``a`` and ``b``; ``x`` runs with two students or with none."""
    return parse_round(
        {
            "students.csv": table([{"student_id": name, "birth_date": BORN} for name in "ab"]),
            "opportunities.csv": table([work("x", **{"seats": "3", "min_students": "2", **cells})]),
            "preferences.csv": table([{"student_id": "a", "opportunity_id": "x", "rank": "1"}]),
        }
    )


def test_an_opportunity_that_did_not_open_is_called_that() -> None:
    a, _ = explained(cohort_round(), {})
    assert a["unplaced"] == {"reason": "opportunity_not_opened", "excluded": {}, "eligible": 1}
    assert a["better_liked"][0]["outcome"] == "opportunity_not_opened"
    assert "did not open" in sentences(a, "en", {}).choices[0].sentences[0]
    a, _ = explained(cohort_round(seats="1", min_students="0"), {"b": "x"})
    assert a["unplaced"]["reason"] == a["better_liked"][0]["outcome"] == "seats_taken"


def test_a_free_seat_that_was_withheld_is_a_limit_of_the_round() -> None:
    a, _ = explained(cohort_round(), {"b": "x"})
    assert a["unplaced"]["reason"] == a["better_liked"][0]["outcome"] == "side_constraint"


def test_a_seat_that_stayed_free_although_it_was_liked_better_fitted_less() -> None:
    far = {"latitude": "30.000", "longitude": "-90.000", "place": "site", "seats": "2"}
    problem = parse_round(
        {
            "students.csv": table(
                [{"student_id": "a", "birth_date": BORN, "latitude": "30.070", "longitude": "-90.000"}]
            ),
            "opportunities.csv": table([work("far", **far), work("near", **{**far, "latitude": "30.069"})]),
            "preferences.csv": table(
                [
                    {"student_id": "a", "opportunity_id": "far", "rank": "1"},
                    {"student_id": "a", "opportunity_id": "near", "rank": "2"},
                ]
            ),
        }
    )
    (record,) = explained(problem, {"a": "near"})
    assert record["better_liked"][0]["outcome"] == "fits_less"
    assert "seat left" in sentences(record, "en", {}).choices[0].sentences[0]


def contested(count: int) -> tuple[Problem, Record]:
    """``count`` students who all rank the one seat first; the first of them has it."""
    names = [f"s{i:02}" for i in range(count)]
    files = listed_round(
        {"x": 1},
        [(name, "x", 1000 - i) for i, name in enumerate(names)],
        preferences=[(name, "x", 1, 1) for name in names],
    )
    problem = parse_round(files)
    lines = solve(problem).explanations.splitlines()
    return problem, json.loads(lines[-1])


def test_of_a_contest_only_round_counts_are_told_and_only_from_ten_up() -> None:
    for count, ranked_by in ((10, 10), (19, 10), (20, 20)):
        _, record = contested(count)
        (choice,) = record["better_liked"]
        assert choice["contest"] == {"seats": 1, "ranked_by": ranked_by, "decided_by": "utility"}
        assert sentences(record, "en", {}).choices[0].sentences == [
            "All of its seats went to other students.",
            f"It has 1 seat, and {ranked_by} students or more asked for it.",
            "With you there, the places would fit less well for all students together.",
        ]
    _, record = contested(9)
    assert "contest" not in record["better_liked"][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_goal_that_can_decide_a_contest_has_a_sentence(language: str) -> None:
    for goal in (*GOALS, "tie"):
        contest = {"seats": 2, "ranked_by": 30, "decided_by": goal}
        choice = {
            "opportunity_id": "x",
            "rank": 1,
            "reasons": [],
            "outcome": "seats_taken",
            "contest": contest,
        }
        why = {"reason": "seats_taken", "excluded": {}, "eligible": 1}
        record = {"student_id": "a", "placed": [], "unplaced": why, "better_liked": [choice]}
        assert len(sentences(record, language, {}).choices[0].sentences) == 3


def test_without_an_eligible_pair_the_first_reasons_are_counted() -> None:
    (record,) = explained(one_pair({"birth_date": "2014-01-01"}, {"paid": "no"}), {})
    assert record["unplaced"] == {"reason": "no_eligible_pair", "excluded": {"labor_law": 1}, "eligible": 0}
    assert sentences(record, "en", {}).unplaced[:2] == [
        "No place in this round is possible for you yet.",
        "One is not allowed by law at your age.",
    ]


def test_a_round_of_listed_pairs_knows_ranks_and_seats_only() -> None:
    files = listed_round(
        {"x": 1, "y": 1}, [("a", "x", 7), ("b", "x", 9)], preferences=[("a", "y", 1, 1), ("a", "x", 2, 1)]
    )
    a, b = explained(parse_round(files), {"a": "x"})
    assert a["placed"][0]["leg"] is None and a["placed"][0]["parts"] == {}
    assert a["better_liked"][0]["reasons"] == [{"code": "not_listed"}]
    assert b["unplaced"]["reason"] == "seats_taken"
    for language in LANGUAGES:
        assert sentences(a, language, {}).choices[0].sentences


@pytest.mark.parametrize(
    ("student", "work", "said"),
    [
        ({"birth_date": "2012-06-15"}, {"schedule": "Mon 16:00-20:00"},
         ["Until you are 16, you may work at most 3 hours on a school day. This is 4 hours "
          "(federal rule 29 CFR 570.35(a)(5)).",
          "Until you are 16, you may not work after 7:00\u00a0pm at that time of year. "
          "This ends at 8:00\u00a0pm (federal rule 29 CFR 570.35(a)(6)).",
          "You turn 16 on June 15, 2028."]),
        ({"birth_date": ""}, {"hazards": "HO5"},
         ["The law has a minimum age for this work, and we do not have your birth date "
          "(federal rule 29 CFR 570.2)."]),
        ({"grade": ""}, {"min_grade": "11"}, ["It is for grade 11 and up, and we do not have your grade."]),
        ({"available": "Mon 13:00-15:00"}, {"schedule": "Mon 13:00-16:00;Wed 09:00-12:00"},
         ["It needs you on Monday 1:00\u00a0pm to 4:00\u00a0pm and Wednesday 9:00\u00a0am to 12:00\u00a0pm, "
          "and you are not free for all of that."]),
        ({"available": "Mon 13:00-15:00"}, {"schedule": "Mon 13:00-18:00", "flexible_hours": "3.5"},
         ["It needs 3 hours 30 minutes a week, in stretches of two hours or more. "
          "Your free time has 2 hours for it."]),
        ({"needs": "quiet_space;step_free"}, {"cannot": "step_free;quiet_space"},
         ["It cannot offer this, which you need: quiet space and step-free access."]),
        ({"pay": "paid"}, {"paid": "no"}, ["You asked for paid work, and this is not paid."]),
        ({}, {"requires_languages": "es", "requires_courses": "BIO1"},
         ["It asks for a course that you have not taken yet: BIO1.",
          "It asks for a language that is not on your list: Spanish."]),
        ({}, {"min_age": "18"},
         ["The employer takes students from age 18 on. You turn 18 on June 15, 2027."]),
    ],
)  # fmt: skip
def test_words_for_each_reason(student: dict[str, str], work: dict[str, str], said: list[str]) -> None:
    ranked = [{"student_id": "s", "opportunity_id": "o", "rank": "1"}]
    (record,) = explained(one_pair(student, work, preferences=ranked), {})
    assert sentences(record, "en", {}).choices[0].sentences == said


@pytest.mark.parametrize("seed", range(12))
def test_every_record_of_a_random_round_has_words_and_names_one_student(seed: int) -> None:
    problem = parse_round(random_round(seed))
    scored = score(problem, eligible_pairs(problem))
    first = np.full(len(problem.students), -1)
    first[scored.pairs.student[::-1]] = np.arange(len(scored.pairs))[::-1]
    seat = np.where(np.arange(len(first)) % 3 == 0, -1, first)
    records = told(problem, scored, seat[seat >= 0])
    for identifier, record in zip(problem.students.ids, records, strict=True):
        others = [f'"{other}"' for other in problem.students.ids if other != identifier]
        written = json.dumps(record)
        assert record["student_id"] == identifier
        assert not any(other in written for other in others)
        for language in LANGUAGES:
            text = sentences(json.loads(written), language, {})
            spoken = [text.headline, *text.why, *text.unplaced]
            for choice in text.choices:
                assert choice.sentences
                spoken += choice.sentences
            assert all("{" not in line and "None" not in line for line in spoken)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_and_plain_reason_has_a_sentence(language: str) -> None:
    for code in ("arrange:quiet_space", "agreement:HO5", "permit", "travel_unknown"):
        assert "{" not in condition_sentence(language, code)
    for code in ("forbidden", "refused", "not_ranked", "not_listed"):
        assert reason_sentences({"code": code}, language)
    assert reason_sentences({"code": "reserved", "open_to": ["school:h"]}, language)


def test_without_a_home_on_record_the_way_is_told_from_school() -> None:
    here = {"latitude": "29.951", "longitude": "-90.072"}
    problem = one_pair(
        {"school_id": "h", "travel_modes": "walk"}, {**here, "place": "site"}, school=here,
        policy='[pairs]\nunranked = "always"',
    )  # fmt: skip
    (record,) = explained(problem, {"s": "o"})
    assert record["placed"][0]["leg"]["from"] == "school"
    assert verify(problem, solve(problem).files()) == []
