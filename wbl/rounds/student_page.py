"""What a run says of one student, ready for a page."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from wbl.db import db
from wbl.interests.models import Preference, Submission
from wbl.labels import code_label
from wbl.opportunities.models import Offering, Opportunity
from wbl.rounds.models import Pin, Proposal, SolveRun
from wbl.rounds.pins import possibilities
from wbl.rounds.queries import Offered
from wbl.rounds.review import explanation_of, offerings_named, pins_among
from wbl.rounds.words import parts_of

if TYPE_CHECKING:
    from matching.explain import StudentText

REFUSED = "refused"
OPENINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """An opportunity that the student liked better than the seat they have, and what was against it."""

    offering: Offering | None  # None: it left the round meanwhile
    title: str
    rank: int | None
    sentences: list[str]
    pin: Pin | None


@dataclass(frozen=True, slots=True)
class LikedBetter:
    """An opportunity that the student liked better than their seat, for who coordinates."""

    title: str
    rank: int | None
    against: list[str]


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that the run gives the student, and what makes up its utility."""

    proposal: Proposal
    parts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Opening:
    """An opportunity that is possible for the student, and how many of its seats the run fills."""

    offering: Offered
    rank: int | None
    taken: int
    pin: Pin | None


def student_page(run: SolveRun, submission: Submission, language: str) -> dict[str, Any]:
    """The values of the page of one student in one run."""
    from matching.explain import sentences

    record = without_refusals(explanation_of(run, submission.id))
    proposals = list(
        db.session.scalars(
            select(Proposal)
            .where(Proposal.run_id == run.id, Proposal.submission_id == submission.id)
            .options(
                joinedload(Proposal.offering)
                .joinedload(Offering.opportunity)
                .joinedload(Opportunity.employer)
            )
            .order_by(Proposal.rank.is_(None), Proposal.rank, Proposal.offering_id)
        )
    )
    pins = pins_among([submission.id])
    here = {proposal.offering_id for proposal in proposals}
    found = openings(run, submission, pins, here)
    shared = {
        "submission": submission,
        "seats": [Seat(proposal, parts_of(proposal.parts or {})) for proposal in proposals],
        "pins": pins,
        # A seat that the student has shows its own decision.
        "standing": [pin for (_student, offering_id), pin in pins.items() if offering_id not in here],
        "openings": found[:OPENINGS_SHOWN],
        "possible": {opening.offering.id for opening in found},
        "more_openings": max(0, len(found) - OPENINGS_SHOWN),
    }
    if record is None:  # joined the round after this run
        return {**shared, "record": None}
    named = {entry["opportunity_id"] for entry in (*record["placed"], *record["better_liked"])}
    offerings = offerings_named(run.round_id, named)
    titles = {name: title_of(offerings.get(name), name) for name in named}
    text = sentences(record, language, titles)
    return {
        **shared,
        "record": record,
        "text": text,
        "against": {
            code: count for code, count in record.get("unplaced", {}).get("excluded", {}).items() if count
        },
        "choices": [
            Choice(
                offering=offerings.get(choice.opportunity_id),
                title=choice.title,
                rank=choice.rank,
                sentences=list(choice.sentences) or [_("Not possible, for a reason of the student's own.")],
                pin=pins.get((submission.id, offerings[choice.opportunity_id].id))
                if choice.opportunity_id in offerings
                else None,
            )
            for choice in text.choices
        ],
    }


def openings(
    run: SolveRun, submission: Submission, pins: Mapping[tuple[int, int], Pin], here: Set[int]
) -> list[Opening]:
    """What is possible for the student as the round is now, but for the seats they have (``here``).

    Their own choices come first, then what has seats left.
    """
    possible = [
        each.offering
        for each in possibilities(run.round, submission)
        if not each.against and each.offering.id not in here
    ]
    taken = dict(
        db.session.execute(
            select(Proposal.offering_id, func.count())
            .where(Proposal.run_id == run.id)
            .group_by(Proposal.offering_id)
        )
        .tuples()
        .all()
    )
    ranks = dict(
        db.session.execute(
            select(Preference.offering_id, Preference.rank).where(Preference.submission_id == submission.id)
        )
        .tuples()
        .all()
    )
    found = [
        Opening(
            offering,
            ranks.get(offering.id),
            taken.get(offering.id, 0),
            pins.get((submission.id, offering.id)),
        )
        for offering in possible
    ]
    return sorted(
        found,
        key=lambda each: (each.rank is None, each.rank or 0, each.taken >= each.offering.seats),
    )


def without_refusals(record: dict[str, Any] | None) -> dict[str, Any] | None:
    """The record without what the student would not accept: that is shown to nobody but them."""
    if record is None:
        return None
    shown = dict(record)
    shown["better_liked"] = [
        {**choice, "reasons": [reason for reason in choice["reasons"] if reason["code"] != REFUSED]}
        for choice in record["better_liked"]
    ]
    if "unplaced" in record:
        excluded = record["unplaced"].get("excluded", {})
        shown["unplaced"] = {
            **record["unplaced"],
            "excluded": {code: count for code, count in excluded.items() if code != REFUSED},
        }
    return shown


def liked_better(record: Mapping[str, Any], text: StudentText) -> list[LikedBetter]:
    """What the student liked better than their seat, and what was against it in words about them.

    ``record`` is without refusals, and ``text`` is what it says to the student.
    """
    decided = any(seat.get("required") for seat in record["placed"])
    return [
        LikedBetter(told.title, choice["rank"], _against(choice, decided=decided))
        for choice, told in zip(record["better_liked"], text.choices, strict=True)
    ]


def _against(choice: Mapping[str, Any], *, decided: bool) -> list[str]:
    if choice["outcome"] != "excluded":
        # A choice did not lose its seats to others where the place was set beforehand.
        return [_("Their place was required by hand") if decided else code_label(choice["outcome"])]
    codes = [reason["code"] for reason in choice["reasons"]]
    return [code_label(code) for code in codes] or [_("A reason of the student's own")]


def title_of(offering: Offering | None, identifier: str) -> str:
    """An opportunity as a sentence names it: its title, else its identifier."""
    return (offering.opportunity.title if offering is not None else "") or identifier
