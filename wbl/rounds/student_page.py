"""What a run says of one student, ready for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from wbl.db import db
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.rounds.models import Pin, Proposal, SolveRun
from wbl.rounds.review import explanation_of, offerings_named, pins_among
from wbl.rounds.words import parts_of

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Choice:
    """An opportunity that the student liked better than the seat they have, and what was against it."""

    offering: Offering | None  # None: it left the round meanwhile
    title: str
    rank: int | None
    sentences: list[str]
    pin: Pin | None


def student_page(run: SolveRun, submission: Submission, language: str) -> dict[str, Any]:
    """The values of the page of one student in one run."""
    from matching.explain import sentences

    record = without_refusals(explanation_of(run, submission.id))
    proposal = db.session.scalar(
        select(Proposal).where(Proposal.run_id == run.id, Proposal.submission_id == submission.id)
    )
    pins = pins_among([submission.id])
    if record is None:  # joined the round after this run
        return {"submission": submission, "record": None, "proposal": None, "pins": pins}
    named = {entry["opportunity_id"] for entry in (*record["placed"], *record["better_liked"])}
    offerings = offerings_named(run.round_id, named)
    titles = {name: title_of(offerings.get(name), name) for name in named}
    text = sentences(record, language, titles)
    return {
        "submission": submission,
        "record": record,
        "proposal": proposal,
        "placed": record["placed"][0] if record["placed"] else None,
        "parts": parts_of(record["placed"][0]["parts"]) if record["placed"] else [],
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
        "pins": pins,
    }


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


def title_of(offering: Offering | None, identifier: str) -> str:
    """An opportunity as a sentence names it: its title, else its identifier."""
    return (offering.opportunity.title if offering is not None else "") or identifier
