"""What rounds need: somebody who looks at a run, reminds students, or answers an upload."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.home.needs import Need, Urgency
from wbl.i18n import moment, number
from wbl.interests.models import Submission
from wbl.interests.taking_part import stays
from wbl.people.models import Student
from wbl.rounds.models import ImportState, Round, RoundImport, RoundState, RunState, SolveRun

CLOSES_SOON = timedelta(days=7)
CLOSES_NOW = timedelta(days=2)


def _own(actor: Actor, *columns: Any) -> Select[Any]:
    return select(*columns).where(Round.district_id.in_(actor.coordinator_of))


def closing(actor: Actor) -> list[Need]:
    """Rounds that close within a week, with how many are still waited for."""
    now = clock.now()
    took_part = (
        select(Submission.id)
        .where(
            Submission.round_id == Round.id,
            Submission.student_id == Student.id,
            Submission.active,
            or_(Submission.submitted_at.is_not(None), Submission.begun_at.is_(None)),
        )
        .correlate(Round, Student)
        .exists()
    )
    waiting = (
        select(func.count(Student.id))
        .where(Student.district_id == Round.district_id, stays(Round.starts_on), ~took_part)
        .correlate(Round)
        .scalar_subquery()
    )
    rows = db.session.execute(
        _own(actor, Round, waiting)
        .where(
            Round.opens_at <= now,
            Round.closes_at > now,
            Round.closes_at <= now + CLOSES_SOON,
            Round.published_run_id.is_(None),
        )
        .options(joinedload(Round.district))
    )
    return [
        Need(
            Urgency.NOW if found.closes_at <= now + CLOSES_NOW else Urgency.SOON,
            ngettext("%(num)s student has not submitted", "%(num)s students have not submitted", count),
            url_for("rounds.collect", round_id=found.id, progress="waiting"),
            found.name,
            _("It closes %(moment)s.", moment=moment(found.closes_at, found.district.timezone)),
            found.closes_at,
        )
        for found, count in rows
        if count
    ]


def runs(actor: Actor) -> list[Need]:
    """Of each round that is not published: its newest run, where it failed, is done, or is at work."""
    newest = select(func.max(SolveRun.number)).where(SolveRun.round_id == Round.id).correlate(Round)
    rows = db.session.execute(
        _own(actor, Round, SolveRun)
        .join(SolveRun, and_(SolveRun.round_id == Round.id, SolveRun.number == newest.scalar_subquery()))
        .where(Round.published_run_id.is_(None))
    )
    found = []
    for placement_round, run in rows:
        href = url_for("rounds.run", round_id=placement_round.id, number=run.number)
        if run.state is RunState.FAILED:
            text = _("Run %(number)s failed", number=run.number)
            hint = _("It says what to mend. Then solve again.")
            found.append(Need(Urgency.NOW, text, href, placement_round.name, hint, run.ended_at))
        elif run.state is RunState.DONE:
            summary = run.summary or {}
            text = _("Run %(number)s is done: look at it, then publish", number=run.number)
            hint = ngettext(
                "It places %(num)s student.", "It places %(num)s students.", summary.get("placed", 0)
            )
            found.append(Need(Urgency.SOON, text, href, placement_round.name, hint, run.ended_at))
        elif run.state in (RunState.QUEUED, RunState.RUNNING):
            text = _("Run %(number)s is being solved", number=run.number)
            found.append(
                Need(Urgency.LATER, text, href, placement_round.name, _("You need not wait for it."))
            )
    return found


def not_solved(actor: Actor) -> list[Need]:
    """Rounds without a run: those that have closed or came with files, and those that are empty."""
    now = clock.now()
    has_run = exists().where(SolveRun.round_id == Round.id)
    rows = db.session.scalars(
        _own(actor, Round)
        .where(
            Round.published_run_id.is_(None),
            ~has_run,
            or_(Round.closes_at.is_(None), Round.closes_at <= now),
        )
        .order_by(Round.starts_on)
    )
    found = []
    for placement_round in rows:
        if placement_round.state is RoundState.DRAFT:
            text = _("It is empty: bring in students and opportunities")
            href = url_for("rounds.prepare", round_id=placement_round.id)
            found.append(Need(Urgency.LATER, text, href, placement_round.name))
        else:
            text = _("It can be solved")
            href = url_for("rounds.show", round_id=placement_round.id, _anchor="solve")
            hint = _("No run has been made yet.")
            found.append(
                Need(Urgency.SOON, text, href, placement_round.name, hint, placement_round.closes_at)
            )
    return found


def uploads(actor: Actor) -> list[Need]:
    """Uploads that were looked at and neither imported nor dropped."""
    rows = db.session.execute(
        _own(actor, RoundImport, Round.name)
        .join(Round, Round.id == RoundImport.round_id)
        .where(RoundImport.state == ImportState.READY)
    )
    return [
        Need(
            Urgency.SOON,
            _("An upload waits for your yes or no"),
            url_for("rounds.preview", round_id=staged.round_id, import_id=staged.id),
            name,
            _("%(count)s students in it", count=number(staged.preview["counts"]["students"])),
            staged.created_at,
        )
        for staged, name in rows
    ]
