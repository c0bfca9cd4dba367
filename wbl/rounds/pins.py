"""Whether a pair may be required: asked when it is pinned, so that no run has to fail on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from matching.files import RoundFaults, parse_round
from wbl.db import db
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.interests.taking_part import is_attending
from wbl.labels import code_label
from wbl.opportunities.models import Offering
from wbl.opportunities.queries import is_offered
from wbl.rounds.models import Pin, PinDecision, Round
from wbl.rounds.queries import Offered, offerings
from wbl.rounds.snapshot import files_of, read_rows_of

if TYPE_CHECKING:
    from matching.eligibility import Reason


def check_required(placement_round: Round, submission: Submission, offering: Offering) -> None:
    """Raise where this pair cannot be required.

    Raises
    ------
    Conflict
        Naming the rule that is against it, or what takes the seat already.
    """
    if not is_attending(submission) or not is_offered(offering):
        raise Conflict(_("This student or opportunity no longer takes part in the round."))
    _check_seats(submission, offering)
    broken = broken_rules(placement_round, submission, offering)
    if broken:
        raise Conflict(_("This pair may not be: %(rules)s.", rules="; ".join(broken)))


def _check_seats(submission: Submission, offering: Offering) -> None:
    required = select(func.count()).where(Pin.decision == PinDecision.REQUIRE, Pin.removed_at.is_(None))
    if db.session.scalar(required.where(Pin.submission_id == submission.id)):
        raise Conflict(_("Another opportunity is required for this student already. Remove that first."))
    taken = db.session.scalar(required.where(Pin.offering_id == offering.id)) or 0
    if taken >= offering.seats:
        raise Conflict(
            _(
                "All %(seats)s seats of this opportunity are required for other students already.",
                seats=offering.seats,
            )
        )


@dataclass(frozen=True, slots=True)
class Possibility:
    """An opportunity of the round for one student, and what is against it in words; nothing: possible."""

    offering: Offered
    against: list[str]


def possibilities(placement_round: Round, submission: Submission) -> list[Possibility]:
    """Every opportunity of the round as it is now, by title, judged for one student.

    Empty where the student takes no part, or the round cannot be solved as it is.
    """
    from matching.eligibility import reasons

    rows = read_rows_of(placement_round, submission_id=submission.id)
    try:
        problem = parse_round(files_of(placement_round, rows))
    except RoundFaults:  # a solve names them; here there is only nothing to offer
        return []
    if not len(problem.students):
        return []
    count = len(problem.opportunities)
    found = reasons(problem, np.zeros(count, np.int64), np.arange(count, dtype=np.int64))
    words = cache(_rule_words)  # a thousand opportunities, a dozen rules
    against = {
        external_id: [words(_rule_of(reason)) for reason in reasons_of]
        for external_id, reasons_of in zip(problem.opportunities.ids, found, strict=True)
    }
    return [
        Possibility(offering, against[offering.external_id])
        for offering in offerings(placement_round.id, str(get_locale().language))
    ]


def broken_rules(placement_round: Round, submission: Submission, offering: Offering) -> list[str]:
    """Why this pair is not eligible, each rule in words; empty where it is."""
    from matching.eligibility import reasons

    rows = read_rows_of(placement_round, submission_id=submission.id)
    problem = parse_round(files_of(placement_round, rows))
    at = problem.opportunities.ids.index(offering.opportunity.external_id)
    found = reasons(problem, np.array([0], dtype=np.int64), np.array([at], dtype=np.int64))[0]
    return [_rule_words(_rule_of(reason)) for reason in found]


def _rule_of(reason: Reason) -> str:
    return str(reason.detail.get("rule", reason.code))


def _rule_words(code: str) -> str:
    """A rule in words: the law with its citation, and a student's refusal without saying that it is one."""
    if code == "refused":
        return _("the student has a reason of their own against it")
    return code_label(code)
