"""Changing rounds: creating them, what they optimise, their runs and their pins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import undefer

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotAllowed, NotFound
from wbl.opportunities.models import Offering
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import DistrictFile
from wbl.rounds.models import (
    Pin,
    PinDecision,
    Round,
    RoundFile,
    RoundState,
    RunState,
    SealedReason,
    SolveRun,
)
from wbl.rounds.pins import check_required
from wbl.rounds.policy import PolicyDocument
from wbl.rounds.queries import (
    active_run,
    offering_by_id,
    pin_by_id,
    round_by_id,
    run_by_number,
    sealed_pin,
    submission_by_id,
)
from wbl.rounds.stages import fill

LEAST_REASON = 3
METHODS = ("auto", "closest", "stable", "shortlist")


def create_round(
    actor: Actor,
    district_id: int,
    *,
    name: str,
    starts_on: date,
    ends_on: date,
    policy: PolicyDocument | None = None,
) -> Round:
    """Create a round with nothing in it. Flushes.

    Raises
    ------
    NotFound
        Where the actor does not coordinate that district.
    DomainError
        Where it ends before it starts.
    """
    if district_id not in actor.coordinator_of:
        raise NotFound()
    _check_dates(starts_on, ends_on)
    placement_round = Round(
        district_id=district_id,
        name=name.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        state=RoundState.DRAFT,
        policy=policy or {},
        created_at=clock.now(),
    )
    kept = files_to_start_with(district_id)
    placement_round.policy = policy_with(placement_round.policy, kept)
    db.session.add(placement_round)
    db.session.flush()
    db.session.add_all(
        RoundFile(round_id=placement_round.id, name=name, content=content) for name, content in kept.items()
    )
    record(actor, "round.create", placement_round, district_id=district_id)
    db.session.flush()
    return placement_round


def files_to_start_with(district_id: int) -> dict[str, bytes]:
    """The calendar and the labor rules that a district keeps, as they are now: a new round has them."""
    found = db.session.execute(
        select(DistrictFile.name, DistrictFile.content).where(DistrictFile.district_id == district_id)
    )
    return dict(found.tuples().all())


def policy_with(policy: PolicyDocument, kept: Mapping[str, bytes]) -> PolicyDocument:
    """A policy by which the labor rules among these files hold too."""
    rules = {name for name in kept if name.endswith(".toml")}
    if not rules:
        return policy
    law = policy.get("law", {})
    return {**policy, "law": {**law, "overlays": sorted({*law.get("overlays", ()), *rules})}}


def change_round(
    actor: Actor, round_id: int, *, name: str, starts_on: date, ends_on: date, policy: PolicyDocument
) -> Round:
    """Change what a round is called, when it is, and what it optimizes. Runs stay as they were.

    Raises
    ------
    DomainError
        Where it ends before it starts.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    _check_dates(starts_on, ends_on)
    if placement_round.starts_on != starts_on and policy.get("on_date"):
        # Ages are taken on the start of the round; a date that came with a folder moves along.
        policy = {**policy, "on_date": starts_on.isoformat()}
    placement_round.name = name.strip()
    placement_round.starts_on = starts_on
    placement_round.ends_on = ends_on
    placement_round.policy = policy
    record(actor, "round.change", placement_round, district_id=placement_round.district_id)
    db.session.flush()
    return placement_round


def _check_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise DomainError(_("The round ends before it starts. Choose a later end."), field="ends_on")


def queue_run(actor: Actor, round_id: int, *, method: str = "auto") -> SolveRun:
    """Ask for a solve; the worker takes it from there. Flushes.

    Parameters
    ----------
    method
        ``auto``: the best match, goal by goal. ``closest``: the same, but before the fit of pairs
        comes that as few students as can be get other seats than in the run that is published,
        else in the newest one. ``stable``: deferred acceptance, to compare. ``shortlist``: with as many
        seats as an employer interviews students, where it interviews first; never published.

    Raises
    ------
    Conflict
        Where one is queued or running already, the round holds nothing to solve, or there is no run
        to stay close to.
    """
    if method not in METHODS:
        raise DomainError(_("Choose how to match: the best match, or a stable one."), field="method")
    placement_round = round_by_id(actor, round_id, lock=True)
    if placement_round.state is RoundState.DRAFT and not fill(round_id):
        raise Conflict(_("There is nothing to solve yet. Bring in students and opportunities first."))
    if method == "shortlist" and not interviews(round_id):
        raise Conflict(_("No employer of this round interviews first."))
    if active_run(round_id) is not None:
        raise Conflict(_("This round is being solved already. Wait for it to end, or stop it."))
    number = db.session.scalar(
        select(func.coalesce(func.max(SolveRun.number), 0) + 1).where(SolveRun.round_id == round_id)
    )
    run = SolveRun(
        round_id=round_id,
        number=number,
        state=RunState.QUEUED,
        method=method,
        previous_number=_run_to_stay_close_to(placement_round) if method == "closest" else None,
        requested_by=actor.user_id,
        queued_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    record(
        actor,
        "run.queue",
        run,
        district_id=placement_round.district_id,
        round=round_id,
        number=number,
        method=method,
    )
    db.session.flush()
    return run


def interviews(round_id: int) -> bool:
    """Whether somebody who takes part in a round interviews first."""
    found = select(Offering.id).where(
        Offering.round_id == round_id, Offering.interview_per_seat.is_not(None), takes_part()
    )
    return db.session.scalar(found.limit(1)) is not None


def _run_to_stay_close_to(placement_round: Round) -> int:
    of_round = select(SolveRun.number).where(
        SolveRun.round_id == placement_round.id, SolveRun.state == RunState.DONE
    )
    published = of_round.where(SolveRun.id == placement_round.published_run_id)
    newest = of_round.where(SolveRun.method != "shortlist").order_by(SolveRun.number.desc()).limit(1)
    number = db.session.scalar(published) or db.session.scalar(newest)
    if number is None:
        raise Conflict(_("There is no finished run yet to stay close to. Choose the best match."))
    return number


def stop_run(actor: Actor, round_id: int, number: int) -> SolveRun:
    """Stop a run: at once where it still waits, else at the next word of the engine.

    Raises
    ------
    Conflict
        Where it has ended already.
    """
    run = run_by_number(actor, round_id, number)
    waiting = change(
        update(SolveRun)
        .where(SolveRun.id == run.id, SolveRun.state == RunState.QUEUED)
        .values(state=RunState.STOPPED, stop_requested=True, ended_at=clock.now())
    )
    if waiting == 0:
        running = change(
            update(SolveRun)
            .where(SolveRun.id == run.id, SolveRun.state == RunState.RUNNING)
            .values(stop_requested=True)
        )
        if running == 0:
            raise Conflict(_("This run has ended already."))
    record(actor, "run.stop", run, district_id=run.round.district_id, round=round_id, number=number)
    db.session.flush()
    db.session.refresh(run)
    return run


def add_pin(
    actor: Actor,
    round_id: int,
    submission_id: int,
    offering_id: int,
    *,
    decision: str,
    reason: str,
    sealed: bool = False,
) -> Pin:
    """Require or forbid a pair from the next solve on. Flushes.

    Parameters
    ----------
    sealed
        Of a pair that is forbidden: the reason is kept where only few may read it, and is in no
        list, record or export.

    Raises
    ------
    DomainError
        Where the reason is missing, or the pair is pinned already.
    Conflict
        Where a required pair may not be: the message names the rule.
    """
    if decision not in set(PinDecision):
        raise DomainError(_("Choose whether to require or to forbid this."), field="decision")
    if len(reason.strip()) < LEAST_REASON:
        raise DomainError(_("Say why, in a few words: it is kept on record."), field="reason")
    placement_round = round_by_id(actor, round_id, lock=True)
    submission = submission_by_id(actor, round_id, submission_id)
    offering = offering_by_id(actor, round_id, offering_id)
    _check_unpinned(submission_id, offering_id)
    if decision == PinDecision.REQUIRE:
        check_required(placement_round, submission, offering)
    if sealed and decision != PinDecision.FORBID:
        raise DomainError(_("Only the reason of a forbidden pair can be sealed."), field="sealed")
    kept = None if sealed else keep_reason(reason)
    pin = Pin(
        round_id=round_id,
        submission_id=submission_id,
        offering_id=offering_id,
        decision=PinDecision(decision),
        reason_id=kept.id if kept is not None else None,
        sealed=sealed,
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    db.session.add(pin)
    db.session.flush()
    if sealed:
        db.session.add(SealedReason(pin_id=pin.id, text=reason.strip()))
    details: dict[str, Any] = {"round": round_id, "submission": submission_id, "offering": offering_id}
    if sealed:
        details["sealed"] = True
    district_id = placement_round.district_id
    record(actor, f"pin.{decision}", pin, district_id=district_id, reason=kept, **details)
    db.session.flush()
    return pin


def _check_unpinned(submission_id: int, offering_id: int) -> None:
    standing = db.session.scalar(
        select(Pin.decision).where(
            Pin.submission_id == submission_id, Pin.offering_id == offering_id, Pin.removed_at.is_(None)
        )
    )
    if standing is PinDecision.REQUIRE:
        raise Conflict(_("This pair is required already. Remove that first to change it."))
    if standing is PinDecision.FORBID:
        raise Conflict(_("This pair is forbidden already. Remove that first to change it."))


def remove_pin(actor: Actor, round_id: int, pin_id: int) -> None:
    """Take a pin away, from the next solve on; it stays on record. Flushes.

    Raises
    ------
    NotAllowed
        Where its reason is sealed, and the actor may neither read it nor wrote it: who does not know
        why a pair is forbidden must not allow it.
    """
    pin = pin_by_id(actor, round_id, pin_id)
    if pin.sealed and not may_unseal(actor, pin):
        raise NotAllowed(_("This decision is sealed. Ask a colleague who may open sealed reasons."))
    pin.removed_at = clock.now()
    placement_round = round_by_id(actor, round_id)
    record(actor, "pin.remove", pin, district_id=placement_round.district_id, round=round_id)
    db.session.flush()


def may_unseal(actor: Actor, pin: Pin) -> bool:
    """Whether this actor may take back a sealed decision: whoever made it, or may open its reason."""
    made_it = actor.user_id is not None and pin.created_by == actor.user_id
    return made_it or pin.round.district_id in actor.sealed_of


def open_sealed(actor: Actor, round_id: int, pin_id: int) -> tuple[Pin, str]:
    """A sealed pin and its reason; that it was opened is put on record. Flushes.

    Raises
    ------
    NotFound
        Where there is no sealed pin that stands, or the actor may not open reasons of its district.
    """
    pin = sealed_pin(actor, round_id, pin_id)
    sealed = db.session.scalar(
        select(SealedReason).where(SealedReason.pin_id == pin.id).options(undefer(SealedReason.text))
    )
    record(actor, "pin.unseal", pin, district_id=pin.round.district_id, round=round_id)
    db.session.flush()
    return pin, sealed.text if sealed is not None else ""
