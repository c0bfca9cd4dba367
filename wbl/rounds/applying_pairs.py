"""The part of an import that is about pairs: preferences, refusals, growth and pins."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.models import Reason
from wbl.audit.services import keep_reason
from wbl.db import db
from wbl.interests.models import Growth, Preference, Refusal, Submission
from wbl.rounds.folder import Folder, Pair
from wbl.rounds.models import Companion, Pin, PinDecision, Relation, Round
from wbl.rounds.own_side import OwnSides
from wbl.rounds.upserts import insert_rows

Ids = dict[str, int]


def apply_pairs(
    placement_round: Round, folder: Folder, submissions: Ids, offerings: Ids, own: OwnSides
) -> None:
    """Preferences, refusals and growth, replaced as a whole; but for the choices of who made them here."""
    theirs = own.with_choices

    def ids(pair: Pair) -> dict[str, Any]:
        return {"submission_id": submissions[pair[0]], "offering_id": offerings[pair[1]]}

    def free(pair: Pair) -> bool:
        return submissions[pair[0]] not in theirs

    of_round = select(Submission.id).where(Submission.round_id == placement_round.id)
    for model in (Preference, Refusal, Growth):
        rows = delete(model).where(model.submission_id.in_(of_round))
        if theirs and model is not Growth:
            rows = rows.where(model.submission_id.not_in(theirs))
        db.session.execute(rows.execution_options(synchronize_session=False))
    insert_rows(
        Preference,
        [
            {**ids(pair), "rank": rank, "opportunity_rank": back}
            for pair, (rank, back) in folder.preferences.items()
            if free(pair)
        ],
    )
    backs = {
        (submissions[pair[0]], offerings[pair[1]]): back
        for pair, (_rank, back) in folder.preferences.items()
        if not free(pair) and back is not None
    }
    _rank_back(theirs, backs)
    insert_rows(Refusal, [ids(pair) for pair in sorted(folder.refusals) if free(pair)])
    insert_rows(Growth, [{**ids(pair), "value": value} for pair, value in folder.growth.items()])


def _rank_back(theirs: set[int], backs: dict[tuple[int, int], int]) -> None:
    """The employers' ranks of students whose own choices stay: these come with the folder all the same."""
    if not theirs:
        return
    mine = Preference.submission_id.in_(theirs)
    db.session.execute(
        delete(Preference).where(mine, Preference.rank.is_(None)).execution_options(synchronize_session=False)
    )
    listed = db.session.execute(select(Preference.submission_id, Preference.offering_id).where(mine)).tuples()
    known = set(listed.all())
    if known:
        keys = ("submission_id", "offering_id")
        db.session.execute(
            update(Preference),
            [{**dict(zip(keys, pair, strict=True)), "opportunity_rank": backs.get(pair)} for pair in known],
        )
    insert_rows(
        Preference,
        [
            {
                "submission_id": submission_id,
                "offering_id": offering_id,
                "rank": None,
                "opportunity_rank": back,
            }
            for (submission_id, offering_id), back in backs.items()
            if (submission_id, offering_id) not in known
        ],
    )


def apply_companions(placement_round: Round, folder: Folder, submissions: Ids) -> None:
    """Who goes together and who apart, replaced as a whole."""
    of_round = select(Submission.id).where(Submission.round_id == placement_round.id)
    db.session.execute(
        delete(Companion).where(Companion.first_id.in_(of_round)).execution_options(synchronize_session=False)
    )
    insert_rows(
        Companion,
        [
            {"first_id": submissions[one], "second_id": submissions[other], "relation": Relation(relation)}
            for (one, other), relation in sorted(folder.companions.items())
        ],
    )


def apply_pins(
    actor: Actor, placement_round: Round, folder: Folder, submissions: Ids, offerings: Ids
) -> None:
    """Pins as pins.csv lists them; without that file the pins that were made here stay.

    A sealed one stays in any case: no file says why it stands, so none may take it away.
    """
    if folder.pins is None:
        return
    moment = clock.now()
    wanted = {(submissions[student], offerings[name]): pin for (student, name), pin in folder.pins.items()}
    standing = {
        (submission_id, offering_id): (pin_id, (decision.value, reason or ""))
        for pin_id, submission_id, offering_id, decision, reason in db.session.execute(
            select(Pin.id, Pin.submission_id, Pin.offering_id, Pin.decision, Reason.text)
            .outerjoin(Reason, Reason.id == Pin.reason_id)
            .where(Pin.round_id == placement_round.id, Pin.removed_at.is_(None), ~Pin.sealed)
        )
    }
    sealed = {
        (row.submission_id, row.offering_id)
        for row in db.session.execute(
            select(Pin.submission_id, Pin.offering_id).where(
                Pin.round_id == placement_round.id, Pin.removed_at.is_(None), Pin.sealed
            )
        )
    }
    wanted = {pair: pin for pair, pin in wanted.items() if pair not in sealed}
    gone = [pin_id for pair, (pin_id, pin) in standing.items() if wanted.get(pair) != pin]
    if gone:
        db.session.execute(update(Pin), [{"id": pin_id, "removed_at": moment} for pin_id in gone])
    for pair, (decision, reason) in wanted.items():
        if pair in standing and standing[pair][1] == (decision, reason):
            continue
        db.session.add(
            Pin(
                round_id=placement_round.id,
                submission_id=pair[0],
                offering_id=pair[1],
                decision=PinDecision(decision),
                reason_id=keep_reason(reason).id if reason else None,
                created_by=actor.user_id,
                created_at=moment,
            )
        )
    db.session.flush()
