"""Rating a student: by the mentor (a link, an account, or what they said on the phone) or by themself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.agreements.advancing import lock
from wbl.agreements.models import PaperworkState
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.growth import plans, raters
from wbl.growth.models import (
    Evaluation,
    EvaluationSource,
    Moment,
    RatedBy,
    Rater,
    Rating,
    RatingLink,
)
from wbl.growth.rubrics import LEVELS, SKILL
from wbl.placements import queries
from wbl.placements.models import Placement, PlacementState

RATABLE = (PaperworkState.ACTIVE, PaperworkState.COMPLETED)
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Given:
    """Levels by code; what could not be seen is left out. ``whole``: a sentence on all of it."""

    levels: Mapping[str, int]
    evidence: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""


def ratable(placement_id: int) -> Placement:
    """A placement in which somebody may be rated now: it is active, or completed. Locks it.

    Raises
    ------
    NotFound
        Where it has no paperwork.
    Conflict
        Where it has not begun, or came to an end before.
    """
    paperwork = lock(placement_id)
    if paperwork is None:
        raise NotFound()
    placement = queries.whole(placement_id)
    if placement.state is not PlacementState.PUBLISHED or paperwork.state not in RATABLE:
        raise Conflict(_("This placement is not under way: there is nothing to rate."))
    return placement


def give_by_link(link: RatingLink, given: Given) -> Evaluation:
    """The mentor rates by a link. Flushes.

    Raises
    ------
    Conflict
        Where it was rated already, the link was ended meanwhile, or the placement is not under way.
    DomainError
        Where a level is none, or no sentence says what was seen.
    """
    placement = ratable(link.placement_id)
    if not db.session.get_one(RatingLink, link.id, populate_existing=True).opens:
        raise Conflict(_("This link has ended. Ask the school district for a new one."))
    actor = Actor(kind="rating_link", id=link.id)
    rater = db.session.get_one(Rater, link.rater_id)
    return _give(actor, placement, link.moment, given, EvaluationSource.LINK, rater)


def give_by_account(actor: Actor, placement_id: int, moment: Moment, given: Given) -> Evaluation:
    """The mentor rates, signed in. Flushes. Raises as :func:`give_by_link`; NotFound where the placement
    is another employer's or its student not known to them."""
    queries.hosted_one(actor, placement_id)
    placement = ratable(placement_id)
    user = db.session.get_one(User, actor.user_id)
    rater = raters.rater_of(placement, user.name, user.email)
    return _give(actor, placement, moment, given, EvaluationSource.ACCOUNT, rater)


def give_as_told(
    actor: Actor, placement_id: int, moment: Moment, given: Given, *, name: str, email: str = ""
) -> Evaluation:
    """A coordinator writes down what the mentor said. Flushes. Raises as :func:`give_by_link`."""
    queries.placement(actor, placement_id)
    placement = ratable(placement_id)
    rater = raters.rater_of(placement, name, email)
    return _give(actor, placement, moment, given, EvaluationSource.TOLD, rater)


def give_own(actor: Actor, placement_id: int, moment: Moment, given: Given) -> Evaluation:
    """The student rates themself, on the same version. Flushes. Raises as :func:`give_by_link`."""
    queries.own_placement(actor, placement_id)
    return _give(actor, ratable(placement_id), moment, given, EvaluationSource.ACCOUNT, None)


def set_aside(actor: Actor, placement_id: int, evaluation_id: int, reason: str) -> None:
    """An evaluation that was wrong counts no more, and may be given again. It stays on record. Flushes.

    Raises
    ------
    NotFound
        Where there is no such one that counts, or it is another district's.
    DomainError
        Where no reason is given.
    """
    placement = queries.placement(actor, placement_id)
    if len(reason.strip()) < 3:
        raise DomainError(_("Say why, for colleagues who look at this later."), field="reason")
    kept = keep_reason(reason)
    done = change(
        update(Evaluation)
        .where(
            Evaluation.id == evaluation_id,
            Evaluation.placement_id == placement_id,
            Evaluation.void_at.is_(None),
        )
        .values(void_at=clock.now(), void_reason_id=kept.id)
    )
    if done == 0:
        raise NotFound()
    record(
        actor,
        "evaluation.set_aside",
        placement,
        district_id=placement.publication.round.district_id,
        reason=kept,
        evaluation=evaluation_id,
    )
    db.session.flush()


def _give(
    actor: Actor,
    placement: Placement,
    moment: Moment,
    given: Given,
    source: EvaluationSource,
    rater: Rater | None,
) -> Evaluation:
    rated_by = RatedBy.STUDENT if rater is None else RatedBy.MENTOR
    plan = plans.ensure(actor, placement)
    there = exists().where(
        Evaluation.placement_id == placement.id,
        Evaluation.moment == moment,
        Evaluation.rated_by == rated_by,
        Evaluation.void_at.is_(None),
    )
    if db.session.scalar(select(there)):
        raise Conflict(_("This was rated already. Thank you."))
    _check(given, {one["code"] for one in [*plan.version.content["items"], *plan.skills]})
    made = Evaluation(
        placement_id=placement.id,
        version_id=plan.version_id,
        moment=moment,
        rated_by=rated_by,
        rater_id=rater.id if rater is not None else None,
        evidence=given.whole.strip(),
        given_at=clock.now(),
        source=source,
        user_id=actor.user_id,
    )
    made.ratings = [
        Rating(code=code, level=level, evidence=given.evidence.get(code, "").strip())
        for code, level in given.levels.items()
    ]
    db.session.add(made)
    db.session.flush()
    record(
        actor,
        "evaluation.give",
        placement,
        district_id=placement.publication.round.district_id,
        evaluation=made.id,
        moment=moment.value,
        by=rated_by.value,
    )
    return made


def _check(given: Given, codes: set[str]) -> None:
    if any(code not in codes or level not in LEVELS for code, level in given.levels.items()):
        raise DomainError(_("Choose one of the levels for each."))
    if not any(not code.startswith(SKILL) for code in given.levels):
        raise DomainError(_("Rate one competency at least."))
    sentences = [given.whole, *(given.evidence.get(code, "") for code in given.levels)]
    if not any(len(text.strip()) >= 3 for text in sentences):
        raise DomainError(_("Write one sentence about what was seen."), field="whole")
    if any(len(text) > LONGEST for text in sentences):
        raise DomainError(_("Use at most %(most)s characters.", most=LONGEST), field="whole")
