"""A kill at any moment of signing leaves the state before or the state after, and the step can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.wbl.dying_signer import CLOSING, SIGNING, act
from tests.wbl.killing import Dying, dying, kill_at_each_point, kill_many_times
from tests.wbl.machine_support import Worlds
from tests.wbl.paperwork_support import MOMENT, Chain, fixed, make_chain
from wbl.agreements import tasks
from wbl.agreements.models import PaperworkState, Step
from wbl.db import db, transaction

NOTICED = {
    "paperwork": "SELECT placement_id, state, step, seat FROM paperwork ORDER BY placement_id",
    "signatures": "SELECT agreement_id, role, name, digest FROM agreement_signature ORDER BY id",
    "versions": "SELECT placement_id, version, digest FROM training_agreement ORDER BY id",
    "open": "SELECT id FROM paperwork_task WHERE done_at IS NULL ORDER BY id",
    "mail": "SELECT key FROM outbox_item ORDER BY key",
    "recorded": "SELECT action, count(*) FROM audit_event GROUP BY action ORDER BY action",
}


def state() -> dict[str, list[tuple[Any, ...]]]:
    """What anybody would notice of the paperwork."""
    db.session.rollback()
    return {name: [tuple(row) for row in db.session.execute(text(what))] for name, what in NOTICED.items()}


def signing_chain(app: Flask, worlds: Worlds, dies: Dying) -> tuple[Callable[[str], None], Callable[[], Any]]:
    """Ana's agreement, which only the school has not signed."""
    chain = fixed(make_chain(app))
    chain.up_to_school()
    arguments = (chain.published.place.user.id, chain.placement_id, None)
    worlds.keep("before")
    assert chain.school_signs()
    assert chain.step is Step.TASKS
    return (lambda point: dies.die(point, *arguments, now=MOMENT)), chain.school_signs


def closing_chain(app: Flask, worlds: Worlds, dies: Dying) -> tuple[Callable[[str], None], Callable[[], Any]]:
    """Ana's placement, of which one task is open."""
    chain = fixed(make_chain(app))
    chain.up_to_school()
    chain.school_signs()
    *others, last = chain.open_tasks()
    placement_id = chain.placement_id
    for task_id in others:
        close(chain, placement_id, task_id)
    arguments = (chain.published.place.user.id, placement_id, last)
    worlds.keep("before")
    close(chain, placement_id, last)
    assert chain.paperwork.state is PaperworkState.ACTIVE
    return (lambda point: dies.die(point, *arguments, now=MOMENT)), lambda: close(chain, placement_id, last)


def close(chain: Chain, placement_id: int, task_id: int) -> None:
    with transaction():
        tasks.close(chain.coordinator, placement_id, task_id)


def test_a_kill_while_somebody_signs(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_at_each_point(worlds, state, *signing_chain(app, worlds, dies), SIGNING)


def test_a_kill_while_the_last_task_is_closed(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_at_each_point(worlds, state, *closing_chain(app, worlds, dies), CLOSING)


@pytest.mark.slow
def test_twenty_kills_at_each_point_of_signing(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_many_times(worlds, state, *signing_chain(app, worlds, dies), SIGNING)


@pytest.mark.slow
def test_twenty_kills_at_each_point_of_closing_the_last_task(app: Flask, worlds: Worlds) -> None:
    with dying(app, act) as dies:
        kill_many_times(worlds, state, *closing_chain(app, worlds, dies), CLOSING)
