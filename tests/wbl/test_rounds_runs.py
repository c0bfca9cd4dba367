"""Runs on the pages of a round: one that works, failed, is out of date, two side by side; publishing."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.rounds_support import (
    STUDENTS,
    Place,
    bring_in,
    offering_of,
    small_folder,
    solve,
    submission_of,
    text_of,
)
from wbl.db import db, transaction
from wbl.placements.models import Publication
from wbl.rounds import services
from wbl.rounds.models import RunState, SolveRun

Browser = Callable[..., FlaskClient]


def test_a_run_that_is_out_of_date_says_so_and_names_the_newer_one(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    first, second = (f"/rounds/{solved.round_id}/runs/{number}" for number in (1, 2))
    assert "Publish 2 placements" in text_of(client, first)
    bring_in(solved, small_folder(students=STUDENTS.replace("S1,NORTH,11", "S1,NORTH,12")))
    page = text_of(client, first)
    assert "This run can no longer be published." in page and "Publish 2 placements" not in page
    assert "is newer" not in page
    solve(solved)
    page = text_of(client, first)
    assert "Run 2 is newer." in page and f'href="{second}"' in client.get(first).text
    assert "Publish 2 placements" in text_of(client, second)


def test_an_older_run_of_the_same_data_may_still_be_published(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    solve(solved)
    sign_in(solved.user)
    assert "Publish 2 placements" in text_of(client, f"/rounds/{solved.round_id}/runs/1")


def test_two_runs_side_by_side(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/compare"
    assert "There is only one run" in text_of(client, address)
    with transaction():
        services.add_pin(
            solved.actor,
            solved.round_id,
            submission_of(solved, "S1"),
            offering_of(solved, "CLINIC"),
            decision="forbid",
            reason="To see what changes",
        )
    solve(solved)
    page = text_of(client, address)
    assert "Ana Castillo" in page and "Clinic aide" in page and "Shop helper" in page
    assert "Ana Castillo" not in text_of(client, f"{address}?kind=placed&before=1&after=2")
    same = text_of(client, f"{address}?before=1&after=1")
    assert "Nobody: both runs place everybody the same." in same
    assert client.get(f"{address}?before=7&after=1").status_code == 404


def test_publish_once_and_withdraw_with_a_reason(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    solve(solved)
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/runs/1/publish"
    page = text_of(client, address)
    assert "2 placements" in page and "1 letter held back" in page  # S3 has nobody
    assert client.post(address).status_code == 302
    assert "Run 1 is published" in text_of(client, f"/rounds/{solved.round_id}")
    second = client.post(f"/rounds/{solved.round_id}/runs/2/publish")
    assert second.status_code == 409
    assert "has already published run 1" in second.get_data(as_text=True)
    publication = db.session.scalars(select(Publication)).one()
    withdraw = f"/rounds/{solved.round_id}/publications/{publication.id}/withdraw"
    assert client.post(withdraw, data={"reason": ""}).status_code == 422
    assert client.post(withdraw, data={"reason": "Two seats fell away"}).status_code == 302
    assert client.post(withdraw, data={"reason": "Again"}).status_code == 404
    assert "Two seats fell away" in text_of(client, f"/rounds/{solved.round_id}")
    assert client.post(f"/rounds/{solved.round_id}/runs/2/publish").status_code == 302


def test_a_run_that_works_refreshes_itself_without_javascript(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    answer = client.post(f"/rounds/{solved.round_id}/runs", data={"method": "stable"})
    assert ">waiting<" not in client.get(answer.location).text  # the script replaces the progress alone
    with transaction():
        run = db.session.scalars(select(SolveRun).where(SolveRun.number == 2)).one()
        run.state = RunState.RUNNING
        run.method = "auto"
        run.progress = {"phase": "solve", "goals": {"placed": [2, 2]}, "seconds": 1.5}
    page = client.get(answer.location).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'data-refresh="' in page
    assert "Matching" in page and "2, no more than 2 possible." in page
    assert client.post(f"{answer.location}/stop").status_code == 302
    assert "Stopping" in client.get(answer.location).get_data(as_text=True)
    assert client.post(f"/rounds/{solved.round_id}/runs", data={"method": "auto"}).status_code == 409


def test_a_failed_run_says_why(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    sign_in(solved.user)
    errors = {
        "infeasible": ({"message": "too many"}, "cannot all hold"),
        "not_supported": ({"message": "not yet"}, "not yet"),
        "not_verified": ({"violations": ["a lie"], "count": 1}, "did not pass its check"),
        "given_up": ({"attempts": 3}, "ended 3 times"),
        "broken": ({}, "The run broke"),
    }
    with transaction():
        run = db.session.scalars(select(SolveRun)).one()
        run.state = RunState.FAILED
    for kind, (more, says) in errors.items():
        with transaction():
            db.session.scalars(select(SolveRun)).one().error = {"kind": kind, **more}
        assert says in text_of(client, f"/rounds/{solved.round_id}/runs/1")
    assert client.get(f"/rounds/{solved.round_id}/runs/1/goals").status_code == 404
