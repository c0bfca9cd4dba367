"""Writing postings: step by step, submitted, approved or sent back, paused, closed."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.opportunities import queries
from wbl.opportunities.answers import (
    FACTORS,
    STEPS,
    WORDS,
    Answers,
    answers_of,
    dates_of,
    merged,
    moved,
    observes,
    text_cells,
    unpaid_work,
)
from wbl.opportunities.models import (
    Offering,
    Opportunity,
    OpportunityState,
    Posting,
    PostingComment,
)
from wbl.rounds.stages import fill

LEAST_COMMENT = 3
LIVE = (OpportunityState.APPROVED, OpportunityState.PAUSED)


def create(actor: Actor, employer_id: int, round_id: int | None, *, title: str, kind: str) -> Opportunity:
    """A posting with nothing but its title and kind, as a draft. Flushes.

    Raises
    ------
    NotFound
        Where the employer is not the actor's.
    DomainError
        Where nothing can be offered in that round any more.
    """
    employer = queries.employer(actor, employer_id)
    _check_round(employer.district_id, round_id)
    answers: Answers = {"title": title.strip(), "kind": kind, "done": []}
    made = _add(actor, employer_id, employer.district_id, round_id, answers)
    record(actor, "posting.create", made, district_id=made.district_id)
    db.session.flush()
    return made


def _add(
    actor: Actor, employer_id: int | None, district_id: int, round_id: int | None, answers: Answers
) -> Opportunity:
    made = Opportunity(
        district_id=district_id,
        external_id=f"posting-{secrets.token_hex(5)}",
        employer_id=employer_id,
        title=answers.get("title", ""),
        state=OpportunityState.DRAFT,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(
        Posting(
            opportunity_id=made.id,
            round_id=round_id,
            answers=answers,
            created_by=actor.user_id,
            changed_at=clock.now(),
        )
    )
    db.session.flush()
    return made


def _check_round(district_id: int, round_id: int | None) -> None:
    if round_id is None:
        return
    if round_id not in {one.id for one in queries.open_rounds({district_id})}:
        raise DomainError(_("Nothing can be offered in that round any more. Choose another."), field="round")


def save(
    actor: Actor, opportunity_id: int, step: str, given: Answers, *, round_id: int | None = None
) -> Posting:
    """Keep the answers of one step; a value of None takes an answer away. Flushes.

    Raises
    ------
    Conflict
        Where the posting is not a draft of the actor's to write.
    """
    if step not in STEPS:
        raise NotFound()
    found = queries.opportunity(actor, opportunity_id, lock=True)
    posting = _writable(actor, found)
    if step == "about" and round_id != posting.round_id:
        _check_round(found.district_id, round_id)
        posting.round_id = round_id
    answers = merged(posting.answers, given)
    done = {*answers.get("done", []), step}
    posting.answers = {**answers, "done": [one for one in STEPS if one in done]}
    posting.changed_at = clock.now()
    found.title = answers.get("title", "")
    db.session.flush()
    return posting


def _writable(actor: Actor, found: Opportunity) -> Posting:
    posting = queries.posting(found)
    if posting is None or found.state not in (OpportunityState.DRAFT, OpportunityState.SUBMITTED):
        raise Conflict(_("This posting is not a draft. Choose “Change it” first."))
    if found.state is OpportunityState.SUBMITTED and not queries.coordinates(actor, found):
        raise Conflict(_("This posting waits for the school district. Take it back to change it."))
    return posting


def missing(answers: Answers, round_id: int | None) -> list[str]:
    """The steps without which a posting cannot be submitted."""
    wanted = {
        "about": bool(answers.get("title") and answers.get("kind") and round_id),
        "tasks": bool(answers.get("tasks") or answers.get("description")),
        "when": bool(answers.get("timing")),
        "where": answers.get("place", "") in ("school", "remote") or bool(answers.get("site_id")),
        "seats": bool(answers.get("seats")),
        "pay": bool(answers.get("paid") or observes(answers)) and _factors_answered(answers),
        "people": bool(answers.get("supervisor")),
    }
    return [step for step in STEPS if not wanted.get(step, True)]


def _factors_answered(answers: Answers) -> bool:
    return not unpaid_work(answers) or set(answers.get("factors", {})) >= set(FACTORS)


def submit(actor: Actor, opportunity_id: int) -> None:
    """Hand a draft to the district. Flushes.

    Raises
    ------
    DomainError
        Where a step is missing.
    """
    found = queries.opportunity(actor, opportunity_id, lock=True)
    posting = queries.posting(found)
    if posting is None or missing(posting.answers, posting.round_id):
        raise DomainError(_("Something is still missing. The steps that are marked say what."))
    _check_round(found.district_id, posting.round_id)
    hand_in(actor, found, posting)


def hand_in(actor: Actor, found: Opportunity, posting: Posting) -> None:
    """A draft that lacks nothing waits for the district from now on. Flushes."""
    _move(found, (OpportunityState.DRAFT,), OpportunityState.SUBMITTED)
    posting.submitted_at = clock.now()
    note(actor, found, "submit")


def take_back(actor: Actor, opportunity_id: int) -> None:
    """A posting that waits becomes a draft again. Flushes."""
    found = queries.opportunity(actor, opportunity_id, lock=True)
    _move(found, (OpportunityState.SUBMITTED,), OpportunityState.DRAFT)
    note(actor, found, "take_back")


def approve(actor: Actor, opportunity_id: int, comment: str = "") -> Offering:
    """The district says yes: the posting becomes an offering of its round. Flushes.

    Raises
    ------
    NotFound
        Where it is not a posting of the actor's district.
    Conflict
        Where it does not wait for approval, or the round's placements are published.
    """
    found = _decided(actor, opportunity_id)
    posting = queries.posting(found)
    if posting is None or posting.round_id is None:
        raise Conflict(_("This posting names no round. Send it back, or choose one."))
    _check_round(found.district_id, posting.round_id)
    _move(found, (OpportunityState.SUBMITTED,), OpportunityState.APPROVED)
    _write_words(found, posting.answers)
    offering = _write_offering(found, posting)
    fill(posting.round_id)
    note(actor, found, "approve", comment, round=posting.round_id)
    return offering


def send_back(actor: Actor, opportunity_id: int, comment: str) -> None:
    """The district asks for a change, and says which. Flushes."""
    found = _decided(actor, opportunity_id)
    if len(comment.strip()) < LEAST_COMMENT:
        raise DomainError(_("Say what should change, so that they can mend it."), field="comment")
    _move(found, (OpportunityState.SUBMITTED,), OpportunityState.DRAFT)
    note(actor, found, "send_back", comment)


def _decided(actor: Actor, opportunity_id: int) -> Opportunity:
    found = queries.opportunity(actor, opportunity_id, lock=True)
    if not queries.coordinates(actor, found):
        raise NotFound()
    return found


def _write_words(found: Opportunity, answers: Answers) -> None:
    for word in WORDS:
        setattr(found, word, answers.get(word, ""))
    found.title = answers.get("title", "")
    found.site_id = answers.get("site_id")


def _write_offering(found: Opportunity, posting: Posting) -> Offering:
    """The answers as the offering of the posting's round; one that is there is overwritten."""
    answers = posting.answers
    round_id = posting.round_id
    if round_id is None:
        raise ValueError("an offering is of a round")
    offering = queries.offering_in(found, round_id)
    if offering is None:
        offering = Offering(round_id=round_id, opportunity_id=found.id, seats=0)
        db.session.add(offering)
    values: dict[str, Any] = dict(text_cells(answers))
    at_site = answers.get("place", "site") == "site"
    site = next((one for one in queries.sites(found.employer_id or 0) if one.id == found.site_id), None)
    values["latitude"], values["longitude"] = queries.site_place(site) if at_site else (None, None)
    values["start_date"], values["end_date"] = dates_of(answers)
    for name, value in values.items():
        setattr(offering, name, value)
    offering.seats, offering.active = int(answers["seats"]), True
    offering.interview_per_seat = answers.get("interview")
    db.session.flush()
    return offering


def reopen(actor: Actor, opportunity_id: int) -> None:
    """Change a posting: it becomes a draft, and takes no part until it is approved again. Flushes."""
    found = queries.opportunity(actor, opportunity_id, lock=True)
    posting = queries.posting(found)
    if posting is None:
        offering = queries.newest_offering(found)
        answers = answers_of(found, offering)
        round_id = _open_round(found, offering)
        db.session.add(
            Posting(
                opportunity_id=found.id,
                round_id=round_id,
                answers=answers,
                created_by=actor.user_id,
                changed_at=clock.now(),
            )
        )
    _move(found, (*LIVE, OpportunityState.CLOSED), OpportunityState.DRAFT)
    note(actor, found, "change")


def _open_round(found: Opportunity, offering: Offering | None) -> int | None:
    """The offering's round where something can still be offered in it."""
    rounds = {one.id for one in queries.open_rounds({found.district_id})}
    return offering.round_id if offering is not None and offering.round_id in rounds else None


def pause(actor: Actor, opportunity_id: int) -> None:
    """It takes no part until it is taken up again. Flushes."""
    found = queries.opportunity(actor, opportunity_id, lock=True)
    _move(found, (OpportunityState.APPROVED,), OpportunityState.PAUSED)
    note(actor, found, "pause")


def resume(actor: Actor, opportunity_id: int) -> None:
    """A paused posting takes part again. Flushes."""
    found = queries.opportunity(actor, opportunity_id, lock=True)
    _move(found, (OpportunityState.PAUSED,), OpportunityState.APPROVED)
    note(actor, found, "resume")


def close(actor: Actor, opportunity_id: int) -> None:
    """It is over. Placements that are published stay. Flushes."""
    found = queries.opportunity(actor, opportunity_id, lock=True)
    open_states = [state for state in OpportunityState if state is not OpportunityState.CLOSED]
    _move(found, open_states, OpportunityState.CLOSED)
    note(actor, found, "close")


def duplicate(
    actor: Actor, opportunity_id: int, round_id: int | None = None, *, weeks_later: int | None = None
) -> Opportunity:
    """A draft with the same answers. Its dates are left out, because they will be others; or they are
    so many weeks later, on the same days of the week. Flushes."""
    found = queries.opportunity(actor, opportunity_id)
    posting = queries.posting(found)
    answers = dict(posting.answers) if posting else answers_of(found, queries.newest_offering(found))
    _check_round(found.district_id, round_id)
    without = {"start_date", "end_date", "dates", "budget_id", "cost"}
    kept = {key: value for key, value in answers.items() if key not in without}
    if weeks_later is not None:
        kept |= moved(answers, weeks_later)
    if kept.get("timing") == "kept" or (kept.get("timing") == "dates" and "dates" not in kept):
        del kept["timing"]
    kept["done"] = [step for step in answers.get("done", []) if step not in ("about", "when")]
    made = _add(actor, found.employer_id, found.district_id, round_id, kept)
    record(actor, "posting.duplicate", made, district_id=made.district_id, of=found.id)
    db.session.flush()
    return made


def _move(found: Opportunity, before: Collection[OpportunityState], after: OpportunityState) -> None:
    """From one state to another, once: of two who race one is told."""
    moved = change(
        update(Opportunity)
        .where(Opportunity.id == found.id, Opportunity.state.in_(before))
        .values(state=after)
    )
    if moved != 1:
        raise Conflict(_("Somebody was faster: this posting is not as you saw it. Look at it again."))
    db.session.refresh(found, ["state"])


def note(actor: Actor, found: Opportunity, decision: str, comment: str = "", **details: Any) -> None:
    """On the posting's own timeline, and in the record."""
    reason = keep_reason(comment) if comment.strip() else None
    db.session.add(
        PostingComment(
            opportunity_id=found.id,
            decision=decision,
            user_id=actor.user_id,
            at=clock.now(),
            reason_id=reason.id if reason else None,
        )
    )
    record(actor, f"posting.{decision}", found, district_id=found.district_id, reason=reason, **details)
    db.session.flush()
