"""The worker's side of a run: claim, snapshot, solve, verify, store.

Nothing is solved inside a transaction, and everything that a run gives is stored in one: a kill at
any moment leaves a run that another worker takes up again, or a run that is done.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from matching.files import RoundFaults, parse_round, write_table
from matching.previous import PLACEMENTS
from matching.problem import Problem
from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.audit.services import record
from wbl.db import change, db, transaction
from wbl.placements.judging import held_now
from wbl.rounds import archive
from wbl.rounds.engine_words import kept
from wbl.rounds.folder import POLICY
from wbl.rounds.models import Round, RunArchive, RunState, SolveRun
from wbl.rounds.policy import policy_toml, with_fewest_changes
from wbl.rounds.preview import gathered
from wbl.rounds.progress import Claim, RunReporter, mine
from wbl.rounds.snapshot import snapshot
from wbl.rounds.storing import store

log = logging.getLogger("wbl.rounds")

MOST_ATTEMPTS = 3
SHOWN_VIOLATIONS = 100


class RunFailed(Exception):
    """A run that cannot end well; ``error`` is what its page shows."""

    def __init__(self, kind: str, **error: Any) -> None:
        super().__init__(kind)
        self.error: dict[str, Any] = {"kind": kind, **error}


def work_on_next_run() -> bool:
    """Claim the run that waits longest and see it through; False where none waits."""
    claim = claim_next()
    if claim is None:
        return False
    from matching.solve import Stopped

    try:
        with RunReporter(current_app._get_current_object(), claim) as reporter:  # type: ignore[attr-defined]  # a proxy
            files, problem, result_files, result = _solve(claim, reporter)
            with transaction():
                stored = store(claim, files, problem, result_files, result)
        if not stored:
            _end(claim, RunState.STOPPED)
    except Stopped:
        _end(claim, RunState.STOPPED)
    except RunFailed as failure:
        _end(claim, RunState.FAILED, failure.error)
    except Exception:
        # Another attempt would meet the same fault of ours: it is for somebody to look at.
        log.exception("run %s broke", claim.run_id)
        _end(claim, RunState.FAILED, {"kind": "broken"})
    return True


def claim_next() -> Claim | None:
    """Take a queued run by a conditional update: of two workers one gets it, the other the next."""
    while True:
        with transaction() as session:
            run_id = session.scalar(
                select(SolveRun.id)
                .where(SolveRun.state == RunState.QUEUED)
                .order_by(SolveRun.queued_at, SolveRun.id)
                .limit(1)
            )
            if run_id is None:
                return None
            moment = clock.now()
            taken = change(
                update(SolveRun)
                .where(SolveRun.id == run_id, SolveRun.state == RunState.QUEUED)
                .values(
                    state=RunState.RUNNING,
                    attempts=SolveRun.attempts + 1,
                    started_at=moment,
                    heartbeat_at=moment,
                    progress=None,
                )
            )
            if taken == 1:
                run = session.get_one(SolveRun, run_id, populate_existing=True)
                return Claim(run.id, run.round_id, run.method, run.attempts, run.previous_number)


def _read_files(claim: Claim) -> dict[str, bytes]:
    """The snapshot, of one moment, in a transaction of its own that is closed again."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        # SQLite reads one moment anyway.
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        placement_round = db.session.get_one(Round, claim.round_id)
        files = snapshot(placement_round, shortlist=claim.method == "shortlist")
        if claim.previous is not None:
            policy = with_fewest_changes(placement_round.policy)
            files[POLICY] = policy_toml(policy, placement_round.starts_on)
        return files
    finally:
        db.session.rollback()


def _previous_result(claim: Claim) -> dict[str, bytes] | None:
    """The result of the run to stay close to: it calls the students of the round what this one does."""
    if claim.previous is None:
        return None
    in_force = _in_force(claim.round_id)
    if in_force is not None:
        return in_force
    try:
        results = db.session.scalars(
            select(RunArchive.results)
            .join(SolveRun, SolveRun.id == RunArchive.run_id)
            .where(SolveRun.round_id == claim.round_id, SolveRun.number == claim.previous)
        ).one()
    finally:
        db.session.rollback()
    return archive.unpack(results)


def _in_force(round_id: int) -> dict[str, bytes] | None:
    """What is in force of a published round: it may have changed since its run."""
    try:
        published = db.session.scalar(select(Round.published_run_id).where(Round.id == round_id))
        if published is None:
            return None
        held = held_now(round_id)
    finally:
        db.session.rollback()
    rows = sorted((student, seat) for student, seats in held.items() for seat in seats)
    return {PLACEMENTS: write_table(("student_id", "opportunity_id"), rows)}


def _solve(claim: Claim, reporter: RunReporter) -> tuple[dict[str, bytes], Problem, dict[str, bytes], Any]:
    """Everything between the claim and the storing; no transaction is open meanwhile."""
    from matching.previous import read_previous
    from matching.solve import Infeasible, NothingYet, NotSupported, Progress, Stopped, solve

    def say(progress: Progress) -> None:
        if reporter.stop.is_set():
            raise Stopped
        reached = {} if not progress.goal else {progress.goal: [progress.value, progress.bound]}
        goals.update(reached)
        reporter.say(phase=progress.phase, goals=dict(goals), seconds=round(progress.seconds, 2))

    goals: dict[str, list[int | None]] = {}
    reporter.say(phase="read", goals={}, seconds=0.0)
    files, earlier = _read_files(claim), _previous_result(claim)
    method = "auto" if claim.method in ("closest", "shortlist") else claim.method
    try:
        problem = parse_round(files)
        previous = None if earlier is None else read_previous(earlier)
        result = solve(problem, method=method, previous=previous, progress=say)
    except RoundFaults as found:
        faults = gathered(found.faults)
        raise RunFailed("faults", faults=faults[:SHOWN_VIOLATIONS], count=len(faults)) from found
    except NotSupported as why:
        raise RunFailed("not_supported", **kept(str(why))) from why
    except Infeasible as why:
        raise RunFailed("infeasible", message=str(why), **_without_proof(why.conflict.record())) from why
    except NothingYet as why:
        raise RunFailed("nothing_yet", message=str(why)) from why
    result_files = result.files()
    _verify(problem, result_files, reporter, goals)
    return files, problem, result_files, result


def _without_proof(conflict: dict[str, Any]) -> dict[str, Any]:
    """What a page says of a conflict; its proof is for a result folder."""
    return {name: conflict[name] for name in ("conflict", "smallest", "repair")}


def _verify(
    problem: Problem, result_files: dict[str, bytes], reporter: RunReporter, goals: dict[str, Any]
) -> None:
    """What the engine says is checked by code that shares nothing with it, or it is not stored."""
    from matching.solve import Stopped
    from matching.verify import verify

    reporter.say(phase="verify", goals=dict(goals), seconds=None)
    violations = verify(problem, result_files)
    if violations:
        shown = [str(violation) for violation in violations[:SHOWN_VIOLATIONS]]
        raise RunFailed("not_verified", violations=shown, count=len(violations))
    if reporter.stop.is_set():
        raise Stopped
    reporter.say(phase="store", goals=dict(goals), seconds=None)


def _end(claim: Claim, state: RunState, error: dict[str, Any] | None = None) -> None:
    """End a run that is still ours; one that another worker has taken over is left alone."""
    db.session.rollback()
    with transaction() as session:
        ended = change(
            update(SolveRun).where(*mine(claim)).values(state=state, error=error, ended_at=clock.now())
        )
        if ended:
            _note_end(session.get_one(SolveRun, claim.run_id, populate_existing=True))


def _note_end(run: SolveRun) -> None:
    record(
        WORKER,
        f"run.{run.state.value}",
        run,
        district_id=run.round.district_id,
        round=run.round_id,
        number=run.number,
    )


def release_stale_runs() -> bool:
    """Put runs back whose worker has not been heard of; False where there is none.

    After :data:`MOST_ATTEMPTS` a run is given up: whatever ends its worker would end the next one.
    """
    moment = clock.now()
    silent = moment - timedelta(seconds=current_app.config["RUN_STALE_SECONDS"])
    with transaction() as session:
        stale = list(
            session.scalars(
                select(SolveRun)
                .where(SolveRun.state == RunState.RUNNING, SolveRun.heartbeat_at < silent)
                .execution_options(populate_existing=True)
                .with_for_update(skip_locked=True, of=SolveRun)
            )
        )
        for run in stale:
            _release(run)
        session.flush()
    return bool(stale)


def _release(run: SolveRun) -> None:
    if run.stop_requested:
        run.state, run.ended_at = RunState.STOPPED, clock.now()
    elif run.attempts >= MOST_ATTEMPTS:
        run.state, run.ended_at = RunState.FAILED, clock.now()
        run.error = {"kind": "given_up", "attempts": run.attempts}
    else:
        run.state, run.progress = RunState.QUEUED, None
        return
    _note_end(run)
