"""A kill at any moment of signing leaves the state before or the state after, and the step can be done."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wbl.dying_signer import ENDED, main
from tests.wbl.paperwork_support import Chain, make_chain
from wbl import FEATURES
from wbl.agreements import tasks
from wbl.agreements.models import AgreementSignature, Paperwork, PaperworkState, PaperworkTask, Step
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", main.__module__, *(f"wbl.{feature}.routes" for feature in FEATURES)]
)


def die(app: Flask, what: str, point: str, chain: Chain, task_id: int = 0) -> None:
    """Let another process do it and end at the point."""
    url, user_id, placement_id = (
        app.config["SQLALCHEMY_DATABASE_URI"],
        chain.published.place.user.id,
        chain.placement_id,
    )
    db.session.remove()
    arguments = (url, app.instance_path, what, point, user_id, placement_id, task_id)
    process = PROCESSES.Process(target=main, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == ENDED, f"{point} was not met"


def state() -> dict[str, Any]:
    """What anybody would notice of the paperwork."""
    db.session.rollback()
    return {
        "paperwork": [
            tuple(row)
            for row in db.session.execute(
                select(Paperwork.state, Paperwork.step, Paperwork.seat).order_by(Paperwork.placement_id)
            )
        ],
        "signatures": db.session.scalar(select(func.count()).select_from(AgreementSignature)),
        "open": db.session.scalar(
            select(func.count()).select_from(PaperworkTask).where(PaperworkTask.done_at.is_(None))
        ),
        "outbox": db.session.scalar(select(func.count()).select_from(OutboxItem)),
        "recorded": db.session.scalar(select(func.count()).select_from(AuditEvent)),
    }


@pytest.mark.parametrize(
    "point", ["name checked", "signature kept", "step moved", "before the commit", "after the commit"]
)
def test_a_kill_while_somebody_signs(app: Flask, point: str) -> None:
    app.config.pop("CLOCK", None)
    chain = make_chain(app)
    chain.up_to_school()
    app.config.pop("CLOCK", None)
    before = state()
    die(app, "sign", point, chain)
    left = state()
    if point == "after the commit":
        assert left["signatures"] == before["signatures"] + 1
        assert left["paperwork"][0][1] == Step.TASKS
    else:
        assert left == before
        assert chain.school_signs()
    assert chain.step is Step.TASKS


@pytest.mark.parametrize("point", ["made active", "before the commit", "after the commit"])
def test_a_kill_while_the_last_task_is_closed(app: Flask, point: str) -> None:
    chain = make_chain(app)
    chain.up_to_school()
    chain.school_signs()
    *others, last = chain.open_tasks()
    with transaction():
        for task_id in others:
            tasks.close(chain.coordinator, chain.placement_id, task_id)
    app.config.pop("CLOCK", None)
    before = state()
    die(app, "close", point, chain, last)
    left = state()
    if point == "after the commit":
        assert left["paperwork"][0] == (PaperworkState.ACTIVE, Step.DONE, 1)
    else:
        assert left == before
        with transaction():
            tasks.close(chain.coordinator, chain.placement_id, last)
    assert chain.paperwork.state is PaperworkState.ACTIVE
