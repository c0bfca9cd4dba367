"""Advice on a run: asked for, worked out by the worker, read on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve
from wbl import clock
from wbl.db import db, transaction
from wbl.rounds import advising
from wbl.rounds.models import AdviceState, RunAdvice

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def place(app: Flask) -> Place:
    made = make_place()
    bring_in(made, small_folder())
    solve(made)
    return made


def advice() -> RunAdvice:
    return db.session.scalars(db.select(RunAdvice).execution_options(populate_existing=True)).one()


def text_of(client: FlaskClient, place: Place) -> str:
    answer = client.get(f"/rounds/{place.round_id}/runs/1/advice")
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_it_is_asked_for_worked_out_and_read(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    sign_in(place.user)
    assert "Work it out" in text_of(client, place)
    address = f"/rounds/{place.round_id}/runs/1/advice"
    assert client.post(address).status_code == 302
    assert "solved again" in text_of(client, place)
    assert client.post(address).status_code == 302  # once is enough
    assert advising.work_on_next_advice()
    assert not advising.work_on_next_advice()
    assert advice().state is AdviceState.DONE
    page = text_of(client, place)
    assert "One more seat" in page and "Clinic aide" in page
    assert "Castillo" not in page
    assert "not proved to be the best" not in page
    with transaction():
        found = advice()
        found.record = {**found.record, "proved": False}
    assert "not proved to be the best" in text_of(client, place)


def test_a_silent_worker_loses_it_and_after_three_it_is_given_up(place: Place) -> None:
    with transaction():
        advising.ask_for_advice(place.actor, place.round_id, 1)
    long_ago = clock.now() - advising.SILENT - timedelta(seconds=1)
    for _attempt in range(advising.MOST_ATTEMPTS):
        assert advising._claim() is not None
        assert advising._claim() is None  # somebody is at it
        with transaction():
            db.session.execute(update(RunAdvice).values(heard_at=long_ago))
    assert advising._claim() is None
    assert advice().state is AdviceState.FAILED


def test_a_fault_is_said_and_it_can_be_asked_for_again(
    client: FlaskClient, sign_in: SignIn, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("matching.advise.advise", broken)
    with transaction():
        advising.ask_for_advice(place.actor, place.round_id, 1)
    assert advising.work_on_next_advice()
    sign_in(place.user)
    assert "could not be worked out" in text_of(client, place)
    assert client.post(f"/rounds/{place.round_id}/runs/1/advice").status_code == 302
    assert advice().state is AdviceState.QUEUED
