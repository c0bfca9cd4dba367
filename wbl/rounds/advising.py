"""Advice on a run: asked for by a coordinator, worked out by the worker, kept with the run.

It takes many solves, so it is never done while somebody waits for a page. A worker that dies is
not heard of any more, and the advice is worked out again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db, transaction
from wbl.errors import Conflict
from wbl.rounds import archive
from wbl.rounds.models import AdviceState, RunAdvice, RunArchive, RunState
from wbl.rounds.queries import run_by_number

log = logging.getLogger("wbl.rounds")

MOST_ATTEMPTS = 3
SILENT = timedelta(minutes=20)
"""A phase of advice is one long piece of work, after which its worker is heard of again."""


def ask_for_advice(actor: Actor, round_id: int, number: int) -> RunAdvice:
    """Queue the advice on a run; what is there already is worked out anew only where it failed. Flushes.

    Raises
    ------
    Conflict
        Where the run is not done, or its profiles are erased.
    """
    run = run_by_number(actor, round_id, number)
    kept = db.session.get(RunArchive, run.id)
    if run.state is not RunState.DONE or kept is None or kept.profiles is None:
        raise Conflict(_("Only a finished run whose students are still on record can be looked into."))
    advice = db.session.get(RunAdvice, run.id)
    if advice is None:
        advice = RunAdvice(run_id=run.id)
        db.session.add(advice)
    elif advice.state is not AdviceState.FAILED:
        return advice
    advice.state, advice.phase, advice.attempts = AdviceState.QUEUED, "", 0
    advice.requested_by, advice.asked_at = actor.user_id, clock.now()
    record(actor, "run.advice", run, district_id=run.round.district_id, round=round_id, number=number)
    db.session.flush()
    return advice


def work_on_next_advice() -> bool:
    """Take up the advice that waits longest, or whose worker is silent; False where there is none."""
    run_id = _claim()
    if run_id is None:
        return False
    try:
        found = _work_out(run_id)
    except Exception:
        # Another attempt would meet the same fault of ours: it is for somebody to look at.
        log.exception("advice on run %s broke", run_id)
        _note(run_id, state=AdviceState.FAILED, ended_at=clock.now())
    else:
        _note(run_id, state=AdviceState.DONE, record=found, ended_at=clock.now(), phase="")
    return True


def _claim() -> int | None:
    moment = clock.now()
    waiting = or_(
        RunAdvice.state == AdviceState.QUEUED,
        (RunAdvice.state == AdviceState.RUNNING) & (RunAdvice.heard_at < moment - SILENT),
    )
    with transaction() as session:
        run_id = session.scalar(select(RunAdvice.run_id).where(waiting).order_by(RunAdvice.asked_at).limit(1))
        if run_id is None:
            return None
        advice = session.get_one(RunAdvice, run_id, populate_existing=True)
        if advice.attempts >= MOST_ATTEMPTS:  # whatever ends its worker would end the next one
            advice.state, advice.ended_at = AdviceState.FAILED, moment
            return None
        taken = change(
            update(RunAdvice)
            .where(RunAdvice.run_id == run_id, RunAdvice.attempts == advice.attempts, waiting)
            .values(state=AdviceState.RUNNING, attempts=RunAdvice.attempts + 1, heard_at=moment)
        )
        return run_id if taken == 1 else None


def _work_out(run_id: int) -> dict[str, object]:
    """Outside any transaction."""
    from matching.advise import advise

    profiles = db.session.scalar(select(RunArchive.profiles).where(RunArchive.run_id == run_id))
    db.session.rollback()
    if profiles is None:
        raise LookupError("the profiles were erased")
    problem = archive.problem_of(profiles)
    advice = advise(problem, lambda phase: _note(run_id, phase=phase, heard_at=clock.now()))
    return advice.record()


def _note(run_id: int, **values: object) -> None:
    with transaction():
        change(
            update(RunAdvice)
            .where(RunAdvice.run_id == run_id, RunAdvice.state == AdviceState.RUNNING)
            .values(**values)
        )
