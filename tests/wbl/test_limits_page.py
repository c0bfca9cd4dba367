"""Limits and pairs of a round: read on one page, limits changed there by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from tests.wbl.test_whole_format import whole_folder
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import DomainError, NotFound
from wbl.rounds import limits
from wbl.rounds.models import Limit, RunState, SolveRun
from wbl.rounds.snapshot import snapshot
from wbl.rounds.staleness import stale_refusal

SignIn = Callable[..., FlaskClient]
OURS = """\
jurisdiction = "levee"
name = { en = "Levee Schools", es = "de las Escuelas de Levee" }

[[rules]]
code = "LV-PAPER"
kind = "permit"
under_age = 16
asked = "always"
issuer = { en = "the office", es = "la oficina" }
citation = "Board policy 5.4"
source = "Board policy 5.4"
sure = "V"
en = "a paper from our own office"
es = "un papel de nuestra oficina"
"""
POLICY = '[law]\njurisdictions = ["US"]\noverlays = ["ours.toml"]\n'


def ours() -> dict[str, bytes]:
    return {**whole_folder(**{"policy.toml": POLICY}), "ours.toml": OURS.encode()}


@pytest.fixture
def place(app: Flask) -> Place:
    made = make_place()
    bring_in(made, ours())
    return made


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def limit(place: Place, scope: str) -> Limit:
    return db.session.scalars(
        select(Limit)
        .where(Limit.round_id == place.round_id, Limit.scope == scope)
        .execution_options(populate_existing=True)
    ).one()


def recorded(action: str) -> dict[str, object]:
    return db.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == action, AuditEvent.subject_type == "round")
    ).one()


def test_the_page_says_what_holds_and_where_it_came_from(
    client: FlaskClient, sign_in: SignIn, place: Place
) -> None:
    sign_in(place.user)
    page = text_of(client, f"/rounds/{place.round_id}/limits")
    for said in (
        "Bayou Clinic",
        "at most 1 student",
        "at least 1 student",  # English learners
        "as near as can be",
        "North High",
        "at most 2 students",
        "together",
        "apart",
        "1,500.50 USD",
        "for seats of 2 opportunities",
        "3 students may have more than one",
        "January 18 to January 19, 2027",
        "1 school day",
        "day letters A",
        "a paper from our own office",
        "ours.toml",
        place.user.name,
    ):
        assert said in page, said
    assert f"/rounds/{place.round_id}/limits" in text_of(client, f"/rounds/{place.round_id}")


def test_the_page_of_a_round_without_any(client: FlaskClient, sign_in: SignIn) -> None:
    made = make_place()
    bring_in(made, small_folder())
    sign_in(made.user)
    page = text_of(client, f"/rounds/{made.round_id}/limits")
    for said in ("There is none", "There is no such pair.", "No seat draws on a budget.", "None besides"):
        assert said in page


def test_it_takes_as_many_queries_for_one_limit_as_for_a_hundred(
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    sign_in(place.user)
    counts = []
    for more in range(2):
        with transaction():
            db.session.add_all(
                Limit(round_id=place.round_id, scope="program", name=f"P{more}-{n}", low=0, high=9)
                for n in range(100 * more)
            )
        client.get(f"/rounds/{place.round_id}/limits")
        with count_queries() as queries:
            client.get(f"/rounds/{place.round_id}/limits")
        counts.append(len(queries))
    # The limits of the first page are now of programs too, which is one scope of names more.
    assert counts[1] <= counts[0] + 1 <= 30, counts


def test_a_limit_is_added_changed_and_taken_away(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    sign_in(place.user)
    here = f"/rounds/{place.round_id}/limits"
    form = text_of(client, f"{here}/new?scope=kind")
    assert "Job shadow" in form and "Internship" in form
    sent = {"name": "job_shadow", "low": "", "high": "1"}
    assert client.post(f"{here}/new?scope=kind", data=sent).status_code == 302
    assert "kind,job_shadow,,1" in snapshot(place.round)["limits.csv"].decode()
    added = limit(place, "kind")
    assert recorded("limit.add") == {"scope": "kind", "name": "job_shadow", "low": None, "high": 1}
    assert 'value="1"' in text_of(client, f"{here}/{added.id}")
    assert client.post(f"{here}/{added.id}", data={"low": "1", "high": "2"}).status_code == 302
    assert "1 to 2 students" in text_of(client, here)
    assert recorded("limit.change")["low"] == 1
    assert client.post(f"{here}/{added.id}/remove").status_code == 302
    assert "job_shadow" not in snapshot(place.round)["limits.csv"].decode()
    assert recorded("limit.remove")["high"] == 2


@pytest.mark.parametrize(
    ("scope", "sent", "said"),
    [
        ("kind", {"name": "job_shadow"}, "Give a least number"),
        ("kind", {"name": "job_shadow", "low": "3", "high": "2"}, "below the least"),
        ("kind", {"name": "job_shadow", "high": "-1"}, "whole number from 0"),
        ("kind", {"name": "job_shadow", "high": "many"}, "whole number from 0"),
        ("kind", {"name": "job_shadow", "high": "1_0"}, "whole number from 0"),
        ("kind", {"name": "job_shadow", "high": "٣"}, "whole number from 0"),
        ("kind", {"name": "job_shadow", "high": "9" * 5000}, "whole number from 0"),
        ("kind", {"name": "", "high": "1"}, "Choose one from the list."),
        ("school", {"name": "NORTH", "high": "1"}, "There is a limit for this already."),
    ],
)
def test_what_makes_no_sense_is_said(
    client: FlaskClient, sign_in: SignIn, place: Place, scope: str, sent: dict[str, str], said: str
) -> None:
    sign_in(place.user)
    answer = client.post(f"/rounds/{place.round_id}/limits/new?scope={scope}", data=sent)
    assert answer.status_code == 422
    assert said in unescape(answer.get_data(as_text=True))


def test_protected_groups_never_carry_a_limit(client: FlaskClient, sign_in: SignIn) -> None:
    made = make_place()
    students = "student_id,travel_modes,groups\nS1,car,sex:female;frl\nS2,car,\n"
    bring_in(made, small_folder(students=students, preferences=None, people=None, guardians=None))
    sign_in(made.user)
    form = text_of(client, f"/rounds/{made.round_id}/limits/new?scope=group")
    assert 'value="frl"' in form and 'value="sex:female"' not in form
    with pytest.raises(DomainError, match="34 CFR 100") as refused, transaction():
        limits.add_limit(made.actor, made.round_id, scope="group", name="SEX:female", low=1, high=None)
    assert refused.value.field == "name"
    with pytest.raises(DomainError, match="goes by that"), transaction():
        limits.add_limit(made.actor, made.round_id, scope="group", name="nobody", low=1, high=None)


def test_a_change_of_a_limit_makes_earlier_runs_stale(app: Flask) -> None:
    made = make_place()
    bring_in(made, small_folder())
    run = solve(made)
    assert run.state is RunState.DONE, run.error

    def refusal() -> str:
        with app.test_request_context():
            return stale_refusal(db.session.get_one(SolveRun, run.id))

    assert refusal() == ""
    with transaction():
        limit_id = limits.add_limit(
            made.actor, made.round_id, scope="school", name="NORTH", low=None, high=1
        ).id
    assert "Solve again" in refusal()
    with transaction():
        limits.remove_limit(made.actor, made.round_id, limit_id)
    assert refusal() == "", "the round is as it was"


def test_another_district_has_no_part_in_it(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    other = make_place()
    sign_in(other.user)
    mine = limit(place, "school")
    here = f"/rounds/{place.round_id}/limits"
    for path in (here, f"{here}/new?scope=kind", f"{here}/{mine.id}"):
        assert client.get(path).status_code == 404
    assert client.post(f"{here}/{mine.id}/remove").status_code == 404
    # Nor does a limit open through another round of one's own.
    assert client.get(f"/rounds/{other.round_id}/limits/{mine.id}").status_code == 404
    assert client.get(f"/rounds/{other.round_id}/limits/new?scope=planet").status_code == 404
    with pytest.raises(NotFound), transaction():
        limits.change_limit(other.actor, other.round_id, mine.id, low=None, high=1)
