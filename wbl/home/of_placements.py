"""What published placements need: an answer, a letter that reaches somebody, mail that goes out.

A round that is over needs nothing of this any more.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.home.needs import Need, Urgency
from wbl.i18n import day
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.letters.models import Letter, LetterState
from wbl.people.models import District, Student
from wbl.placements.models import (
    Answer,
    Consent,
    Placement,
    PlacementAnswer,
    PlacementEnd,
    PlacementState,
)
from wbl.placements.queries import counting
from wbl.placements.told import NAME
from wbl.rounds.models import Round

STARTS_SOON = timedelta(days=21)
STARTS_NOW = timedelta(days=7)


def _in_force(actor: Actor) -> Select[Any]:
    """Rounds that are not over: round, zone, and how many placements in force fit what is added.

    What few fit is added as a list, which is looked up once and not for each placement.
    """
    return (
        select(Round, District.timezone, func.count())
        .join(District, District.id == Round.district_id)
        .join(Placement, Placement.round_id == Round.id)
        .where(
            Round.district_id.in_(actor.coordinator_of),
            Round.ends_on >= clock.last_today(),
            Placement.state == PlacementState.PUBLISHED,
        )
        .group_by(Round.id, District.timezone)
    )


def unanswered(actor: Actor) -> list[Need]:
    """Families that have not said what an employer may be told, before the placements start."""
    answered = exists().where(Consent.placement_id == Placement.id, Consent.field == NAME, counting())
    found = []
    for placement_round, timezone, count in db.session.execute(_in_force(actor).where(~answered)):
        starts = datetime.combine(placement_round.starts_on, time(), ZoneInfo(timezone))
        left = starts - clock.now()
        urgency = (
            Urgency.NOW if left <= STARTS_NOW else Urgency.SOON if left <= STARTS_SOON else Urgency.LATER
        )
        text = ngettext(
            "%(num)s family has not answered what the employer may know",
            "%(num)s families have not answered what the employer may know",
            count,
        )
        href = url_for("placements.index", round_id=placement_round.id, waiting="consent")
        hint = _("The placements start %(day)s.", day=day(placement_round.starts_on))
        found.append(Need(urgency, text, href, placement_round.name, hint, starts))
    return found


def held_letters(actor: Actor) -> list[Need]:
    """Letters that nobody on record may receive."""
    held = Placement.id.in_(select(Letter.placement_id).where(Letter.state == LetterState.HELD))
    return [
        Need(
            Urgency.NOW,
            ngettext("%(num)s letter reaches nobody", "%(num)s letters reach nobody", count),
            url_for("letters.index", round_id=placement_round.id, state="held"),
            placement_round.name,
            _("Settle with the school who speaks for these students."),
        )
        for placement_round, _timezone, count in db.session.execute(_in_force(actor).where(held))
    ]


def declined(actor: Actor) -> list[Need]:
    """Students who said no to a place that is still in force."""
    said_no = Placement.id.in_(
        select(PlacementAnswer.placement_id).where(PlacementAnswer.answer == Answer.DECLINED)
    )
    return [
        Need(
            Urgency.NOW,
            ngettext("%(num)s student said no to a place", "%(num)s students said no to their places", count),
            url_for("placements.index", round_id=placement_round.id, waiting="declined"),
            placement_round.name,
            _("End each of these placements, so that the seat is free for somebody else."),
        )
        for placement_round, _timezone, count in db.session.execute(_in_force(actor).where(said_no))
    ]


def leavers(actor: Actor) -> list[Need]:
    """Students who left the district, and whose place is still in force."""
    gone = Placement.student_id.in_(select(Student.id).where(Student.left_on.is_not(None)))
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s student with a place has left the district",
                "%(num)s students with a place have left the district",
                count,
            ),
            url_for("placements.index", round_id=placement_round.id, waiting="left"),
            placement_round.name,
            _("End each of these placements, so that the employer knows and the seat is free."),
        )
        for placement_round, _timezone, count in db.session.execute(_in_force(actor).where(gone))
    ]


def ended(actor: Actor) -> list[Need]:
    """Students who had a place that ended, want another one, and have none yet."""
    again = aliased(Placement)
    seat = exists().where(
        again.round_id == Placement.round_id,
        again.student_id == Placement.student_id,
        again.state == PlacementState.PUBLISHED,
    )
    looks = exists().where(
        Submission.round_id == Placement.round_id,
        Submission.student_id == Placement.student_id,
        attends(),
    )
    rows = db.session.execute(
        select(Round, func.count(Placement.student_id.distinct()))
        .join(Placement, Placement.round_id == Round.id)
        .join(PlacementEnd, PlacementEnd.placement_id == Placement.id)
        .where(
            Round.district_id.in_(actor.coordinator_of),
            Round.published_run_id.is_not(None),
            Round.ends_on >= clock.last_today(),
            Placement.state == PlacementState.WITHDRAWN,
            looks,
            ~seat,
        )
        .group_by(Round.id)
    )
    return [
        Need(
            Urgency.NOW,
            ngettext(
                "%(num)s student lost a place and wants another",
                "%(num)s students lost a place and want another",
                count,
            ),
            url_for("changes.running_page", round_id=placement_round.id, _anchor="without"),
            placement_round.name,
            _("Choose a seat for each, or solve for all of them."),
        )
        for placement_round, count in rows
    ]
