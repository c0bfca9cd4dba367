"""Runs: claimed once, stopped, given up, killed; and what each leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from matching.solve import Progress
from tests.conftest import ROOT
from tests.wbl.dying import ENDED
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from wbl import clock
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.rounds import services, solving
from wbl.rounds.models import Explanation, Proposal, Round, RunArchive, RunState, SolveRun, Unplaced
from wbl.rounds.solving import claim_next, release_stale_runs, work_on_next_run
from wbl.rounds.words import parts_of


@pytest.fixture
def place(app: Flask) -> Place:
    made = make_place()
    bring_in(made, small_folder())
    return made


def queue(place: Place) -> int:
    with transaction():
        return services.queue_run(place.actor, place.round_id).id


def run_of(run_id: int) -> SolveRun:
    db.session.rollback()
    return db.session.get_one(SolveRun, run_id, populate_existing=True)


def rows_of(run_id: int) -> list[int]:
    models = (Proposal, Unplaced, Explanation, RunArchive)
    return [
        db.session.scalar(select(func.count()).select_from(model).where(model.run_id == run_id)) or 0
        for model in models
    ]


def grow_old(run_id: int) -> None:
    """As if its worker had not been heard of for a minute."""
    with transaction():
        db.session.execute(
            update(SolveRun)
            .where(SolveRun.id == run_id)
            .values(heartbeat_at=clock.now() - timedelta(seconds=60))
        )


def test_a_run_that_is_done_holds_everything(place: Place) -> None:
    run = solve(place)
    assert run.state is RunState.DONE
    assert run.summary["placed"] == 2
    assert run.input_digest == run.summary["input_digest"]
    assert rows_of(run.id) == [2, 1, 3, 1]
    pairs = db.session.scalars(select(Proposal).where(Proposal.run_id == run.id)).all()
    assert all(set(pair.parts) == {"preference", "interest", "travel", "growth"} for pair in pairs)
    # No growth.csv came with it: what counts as half is told as unknown, not as a measurement.
    assert [part["value"] for pair in pairs for part in parts_of(pair.parts) if part["name"] == "growth"] == [
        None,
        None,
    ]
    assert all(part["value"] is not None for part in parts_of(pairs[0].parts) if part["name"] == "preference")
    assert not work_on_next_run()


def test_a_second_run_is_refused_while_one_waits(app: Flask, place: Place) -> None:
    queue(place)
    with app.test_request_context(), pytest.raises(Conflict, match="solved already"):
        queue(place)


def test_an_empty_round_is_not_solved(app: Flask) -> None:
    empty = make_place()
    with app.test_request_context(), pytest.raises(Conflict, match="nothing to solve"):
        queue(empty)


def test_of_two_workers_one_gets_the_run(app: Flask, place: Place) -> None:
    run_id = queue(place)
    ready, claims = threading.Barrier(2), []

    def work() -> None:
        with app.app_context():
            ready.wait()
            claims.append(claim_next())
            db.session.remove()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claim is not None for claim in claims) == [False, True]
    assert run_of(run_id).attempts == 1


def test_of_two_coordinators_who_press_solve_one_is_told(app: Flask, place: Place) -> None:
    ready, ended = threading.Barrier(2), []

    def press() -> None:
        with app.test_request_context():
            ready.wait()
            try:
                queue(place)
                ended.append("queued")
            except Conflict:
                ended.append("told")
            db.session.remove()

    people = [threading.Thread(target=press) for _number in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(ended) == ["queued", "told"]


def test_a_waiting_run_stops_at_once(place: Place) -> None:
    run_id = queue(place)
    with transaction():
        services.stop_run(place.actor, place.round_id, 1)
    assert run_of(run_id).state is RunState.STOPPED
    assert not work_on_next_run()


def test_a_running_run_stops_at_the_engines_next_word(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody presses Stop while the engine is at work, in another session."""
    run_id = queue(place)
    seen: list[str] = []

    def slow(_problem: object, *, method: str, previous: object, progress: object) -> None:
        with transaction():
            services.stop_run(place.actor, place.round_id, 1)
        for _wait in range(200):
            threading.Event().wait(0.05)
            seen.append("asked")
            progress(Progress("solve", "", None, None, 1.0))  # type: ignore[operator]

    monkeypatch.setattr("matching.solve.solve", slow)
    assert work_on_next_run()
    assert run_of(run_id).state is RunState.STOPPED
    assert 0 < len(seen) < 200
    assert rows_of(run_id) == [0, 0, 0, 0]


def test_progress_is_written_while_the_engine_works(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = queue(place)
    original = solving.parse_round
    found: list[object] = []

    def slow(files: object) -> object:
        started = run_of(run_id).heartbeat_at
        for _wait in range(100):
            threading.Event().wait(0.05)
            now = run_of(run_id)
            if now.progress and now.heartbeat_at > started:  # type: ignore[operator]
                found.append(now.progress["phase"])
                break
        db.session.rollback()
        return original(files)  # type: ignore[arg-type]

    monkeypatch.setattr(solving, "parse_round", slow)
    assert work_on_next_run()
    assert found == ["read"]
    assert run_of(run_id).state is RunState.DONE


def test_pins_that_cannot_all_hold_are_named(place: Place) -> None:
    """Two students required at one seat, by a folder: the check of a pin never saw them."""
    pins = "student_id,opportunity_id,decision\nS1,CLINIC,require\nS3,CLINIC,require\n"
    bring_in(place, small_folder(pins=pins))
    run = solve(place)
    assert (run.state, run.error["kind"]) == (RunState.FAILED, "infeasible")
    assert "CLINIC" in run.error["message"]


def test_faults_of_a_round_are_readable_on_the_page(
    place: Place, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    """A pair that may not be, required by a folder: the page names the student, the row does not."""
    pins = "student_id,opportunity_id,decision\nS2,CLINIC,require\n"
    bring_in(place, small_folder(pins=pins))
    run = solve(place)
    assert (run.state, run.error["kind"], run.error["count"]) == (RunState.FAILED, "faults", 1)
    assert "Benny" not in str(run.error)
    sign_in(place.user)
    page = client.get(f"/rounds/{place.round_id}/runs/{run.number}").get_data(as_text=True)
    assert "pins.csv" in page
    assert "Benny Ochoa" in page


def test_a_result_that_does_not_pass_its_check_is_not_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.verify.verify", lambda _problem, _files: ["placements.csv:2: a lie"])
    run = solve(place)
    assert run.error == {"kind": "not_verified", "violations": ["placements.csv:2: a lie"], "count": 1}
    assert rows_of(run.id) == [0, 0, 0, 0]


def test_a_fault_of_ours_fails_the_run_and_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(solving, "store", broken)
    run = solve(place)
    assert (run.state, run.error) == (RunState.FAILED, {"kind": "broken"})


def test_a_silent_worker_loses_its_run_and_after_three_it_is_given_up(place: Place) -> None:
    run_id = queue(place)
    for attempt in (1, 2, 3):
        claim = claim_next()
        assert claim is not None and claim.attempt == attempt
        assert not release_stale_runs()  # it was just heard of
        grow_old(run_id)
        assert release_stale_runs()
        expected = RunState.QUEUED if attempt < 3 else RunState.FAILED
        assert run_of(run_id).state is expected
    assert run_of(run_id).error == {"kind": "given_up", "attempts": 3}


def test_a_worker_that_was_given_up_cannot_write_any_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = queue(place)
    original = solving.store

    def too_late(*args: object) -> bool:
        db.session.execute(
            update(SolveRun).where(SolveRun.id == run_id).values(attempts=SolveRun.attempts + 1)
        )
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(solving, "store", too_late)
    assert work_on_next_run()
    assert run_of(run_id).state is RunState.RUNNING
    assert rows_of(run_id) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "point",
    [
        "matching.verify:verify",
        pytest.param("wbl.rounds.storing:_archive", marks=pytest.mark.slow),
        pytest.param("wbl.rounds.storing:record", marks=pytest.mark.slow),
    ],
)
def test_a_kill_during_a_solve_leaves_a_run_that_another_worker_ends(
    app: Flask, place: Place, point: str
) -> None:
    run_id = queue(place)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    command = [sys.executable, "-m", "tests.wbl.dying", url, app.instance_path, "solve", point, "after"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == ENDED, done.stderr
    assert run_of(run_id).state is RunState.RUNNING
    assert rows_of(run_id) == [0, 0, 0, 0]
    grow_old(run_id)
    assert release_stale_runs()
    assert work_on_next_run()
    assert run_of(run_id).state is RunState.DONE
    assert rows_of(run_id) == [2, 1, 3, 1]


def test_runs_of_a_round_are_numbered(place: Place) -> None:
    assert [solve(place).number for _time in range(2)] == [1, 2]
    assert db.session.scalar(select(func.count()).select_from(Round)) == 1
