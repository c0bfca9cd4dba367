"""The mail that reminds a student of a round."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from wbl import clock
from wbl.accounts.models import Membership
from wbl.db import db
from wbl.interests.models import Submission
from wbl.jobs import mail
from wbl.people.models import District
from wbl.people.reaching import reachable
from wbl.rounds.models import Nudge, Round


def _has_sign_in(student_id: int) -> bool:
    own = exists().where(Membership.student_id == student_id)
    return bool(db.session.scalar(select(own)))


def send_nudge(payload: dict[str, Any]) -> None:
    """Send one reminder (outbox handler). Asked again now: who has submitted meanwhile gets none."""
    entry = db.session.scalar(
        select(Nudge).where(Nudge.id == int(payload["nudge_id"])).options(joinedload(Nudge.student))
    )
    address = reachable(entry.student, entry.student.email) if entry is not None else ""
    if entry is None or not address:
        return
    placement_round = db.session.get_one(Round, entry.round_id)
    submission = db.session.scalar(
        select(Submission).where(
            Submission.round_id == entry.round_id, Submission.student_id == entry.student_id
        )
    )
    submitted = submission is not None and submission.submitted_at is not None
    if submitted or not placement_round.collects_at(clock.now()):
        return
    student = entry.student
    district = db.session.get_one(District, student.district_id)
    offered = current_app.config["LANGUAGES"]
    language = student.language.split("-")[0].lower()
    with force_locale(language if language in offered else current_app.config["BABEL_DEFAULT_LOCALE"]):
        subject = _("%(round)s: your choices", round=placement_round.name)
        body = render_template(
            "emails/nudge.txt",
            name=student.preferred_name or student.given_name or student.name,
            district=district,
            round=placement_round,
            enters=_has_sign_in(student.id),
            begun=submission is not None and submission.begun_at is not None,
            address=current_app.config["PUBLIC_URL"],
        )
    message = mail.message(
        to=address, subject=subject, body=body, message_id=f"nudge-{entry.id}-{entry.on_day}"
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)
