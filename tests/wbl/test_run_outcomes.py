"""Runs that do not end proved best: what conflicts, what would repair it, and how much is missing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from wbl.db import db, transaction
from wbl.rounds.conflict_words import conflict_page
from wbl.rounds.models import RunState, SolveRun
from wbl.rounds.run_page import gap_of

SignIn = Callable[..., FlaskClient]
# Near enough for everybody to reach everything.
STUDENTS = """\
student_id,school_id,travel_modes,birth_date
S1,NORTH,car,2008-03-04
S2,NORTH,car,2008-03-05
"""
WORK = """\
opportunity_id,seats,employer_id,site_id,title,kind,min_students,budget_id,cost
CLINIC,1,E1,E1-A,Clinic aide,job_shadow,,grant,500
SHOP,3,E2,,Shop helper,job_shadow,2,,
"""
BUDGETS = "budget_id,amount\ngrant,5000\n"
PINS = "student_id,opportunity_id,decision,reason\nS1,CLINIC,require,promised\n"


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def solved(**changes: str | None) -> tuple[Place, SolveRun]:
    place = make_place()
    given = {"students": STUDENTS, "opportunities": WORK, "budgets": BUDGETS, "preferences": None}
    bring_in(place, small_folder(**{**given, **changes}))
    return place, solve(place)


CONFLICTS = {
    "limit": (
        {"limits": "scope,id,min,max\nemployer,E1,,0\n", "pins": PINS},
        {"Ana Castillo is required at Clinic aide.", "Employer Bayou Clinic: at most 0 students."},
        {
            "Take back that Ana Castillo is required at Clinic aide.",
            "Employer Bayou Clinic: at most 1 instead of 0.",
        },
    ),
    "budget": (
        {"budgets": "budget_id,amount\ngrant,499.5\n", "pins": PINS},
        {"Ana Castillo is required at Clinic aide.", "Budget grant: 499.50 USD."},
        {
            "Take back that Ana Castillo is required at Clinic aide.",
            "Budget grant: 500 USD instead of 499.50.",
        },
    ),
    "together": (
        {"pairs": "student_a,student_b,relation\nS1,S2,together\n", "pins": PINS},
        {"Ana Castillo is required at Clinic aide.", "Ana Castillo and Benny Ochoa go together."},
        {
            "Take back that Ana Castillo is required at Clinic aide.",
            "Place Ana Castillo and Benny Ochoa without regard to each other.",
            "Clinic aide: 2 seats instead of 1.",
        },
    ),
    "school": (
        {"limits": "scope,id,min,max\nschool,NORTH,3,\n"},
        {"School North High: at least 3 students."},
        {"School North High: at least 2 instead of 3."},
    ),
    "smallest": (
        {
            "limits": "scope,id,min,max\nschool,NORTH,,1\n",
            "pins": "student_id,opportunity_id,decision,reason\nS1,SHOP,require,promised\n",
        },
        {
            "Ana Castillo is required at Shop helper.",
            "School North High: at most 1 student.",
            "Shop helper runs with at least 2 students, or with none.",
        },
        {
            "Take back that Ana Castillo is required at Shop helper.",
            "School North High: at most 2 instead of 1.",
            "Shop helper: at least 1 instead of 2.",
        },
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_is_told_by_name(app: Flask, name: str) -> None:
    changes, rules, repairs = CONFLICTS[name]
    _place, run = solved(**changes)
    assert run.state is RunState.FAILED and run.error is not None and run.error["kind"] == "infeasible"
    with app.test_request_context():
        page = conflict_page(run)
    assert page is not None
    assert {said for said, _href in page.rules} == rules
    assert {change for repair in page.repairs for change in repair} == repairs
    assert page.smallest


def test_the_page_of_a_conflict(
    client: FlaskClient,
    sign_in: SignIn,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    place, run = solved(**CONFLICTS["together"][0])
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/runs/{run.number}"
    with count_queries() as queries:
        page = text_of(client, address)
    assert len(queries) <= 25
    assert "These 2 rules conflict" in page
    for said in ("go together.", "Clinic aide: 2 seats instead of 1."):
        assert said in page
    assert f"/rounds/{place.round_id}/limits#pairs" in page and f"/rounds/{place.round_id}/pins" in page
    assert "pairs.csv:" not in page


def test_an_earlier_run_without_a_record_still_says_what_it_knew(
    client: FlaskClient, sign_in: SignIn
) -> None:
    place, run = solved(**CONFLICTS["limit"][0])
    with transaction():
        stored = db.session.get_one(SolveRun, run.id)
        assert stored.error is not None
        stored.error = {key: stored.error[key] for key in ("kind", "message")}
    sign_in(place.user)
    assert "limits.csv:2" in text_of(client, f"/rounds/{place.round_id}/runs/{run.number}")


def test_a_run_that_is_not_proved_says_so_everywhere(
    client: FlaskClient, sign_in: SignIn, app: Flask
) -> None:
    place, run = solved()
    assert run.summary is not None, run.error
    with app.test_request_context():
        assert gap_of(run) == []
    other = solve(place)
    goals = {goal["name"]: goal["value"] for goal in run.summary["goals"]}
    with transaction():
        stored = db.session.get_one(SolveRun, other.id)
        assert stored.summary is not None
        bounds = {"placed": goals["placed"] + 2, "utility": None}
        stored.summary = {
            **stored.summary,
            "status": "feasible",
            "goals": [
                {**goal, "bound": bounds.get(goal["name"], goal["bound"])} for goal in stored.summary["goals"]
            ],
        }
    sign_in(place.user)
    here = f"/rounds/{place.round_id}"
    for path in (
        f"{here}/runs/2",
        f"{here}/runs/2/goals",
        f"{here}/runs/2/publish",
        f"{here}/compare?before=1&after=2",
    ):
        page = text_of(client, path)
        assert "Run 2 was ended by the time limit" in page, path
        assert "Students placed: 2, and no match can reach more than 4 (50.00% more)." in page, path
        assert "how much more is possible is not known" in page, path
        assert "Run 1 was ended" not in page
    assert "The best that was found in the time allowed." in text_of(client, f"{here}/runs/2")
    assert "was ended" not in text_of(client, f"{here}/runs/1")
