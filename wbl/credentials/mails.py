"""Mails about a credential: it was issued, or revoked. To the student, and to guardians of one under 18.

As every mail, they name nobody, and do not say what the credential says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from wbl import clock
from wbl.accounts.models import Membership, Role, User
from wbl.credentials.models import Credential
from wbl.db import db
from wbl.i18n import spoken
from wbl.jobs import mail
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue_all
from wbl.messages import texting
from wbl.people.languages import offered
from wbl.people.models import District, Guardian, Student
from wbl.people.queries import of_age
from wbl.people.reaching import reachable

ISSUED, REVOKED = "issued", "revoked"
STUDENT = "student"


def tell(made: list[tuple[Credential, Student]], what: str, district_id: int) -> None:
    """Queue what is told of some credentials. Flushes. Who may be told is asked again when it is sent."""
    guardians: dict[int, list[str]] = {}
    for guardian_id, student_id in db.session.execute(
        select(Guardian.id, Guardian.student_id).where(
            Guardian.student_id.in_([student.id for _credential, student in made]), Guardian.may_receive
        )
    ):
        guardians.setdefault(student_id, []).append(f"guardian:{guardian_id}")
    mails = {}
    for credential, student in made:
        for to in (STUDENT, *guardians.get(student.id, [])):
            mails[f"mail:credential:{credential.id}:{what}:{to}"] = {
                "about": "credential",
                "credential_id": credential.id,
                "student_id": student.id,
                "what": what,
                "to": to,
            }
    enqueue_all(OutboxKind.MAIL, mails, district_id=district_id)


@dataclass(frozen=True, slots=True)
class _Letter:
    to: str
    name: str
    language: str
    address: str  # where it is seen; "": by the student alone


def send_credential_mail(payload: dict[str, Any]) -> None:
    """Tell one person (outbox handler). Of one that was revoked meanwhile, its issue is not told."""
    credential = db.session.get(Credential, int(payload["credential_id"]))
    student = db.session.get(Student, int(payload["student_id"]))
    what, to = str(payload["what"]), str(payload["to"])
    if credential is None or student is None or (what == ISSUED and credential.revoked_at is not None):
        return
    district = db.session.get_one(District, student.district_id)
    letter = _to_student(student) if to == STUDENT else _to_guardian(student, district, int(to.split(":")[1]))
    if letter is None:
        return
    with force_locale(letter.language):
        subject = (
            _("A credential was issued") if what == ISSUED else _("A credential does not count any more")
        )
        body = render_template(
            "emails/credential.txt", letter=letter, district=district, issued=what == ISSUED
        )
    message = mail.message(
        to=letter.to,
        subject=subject,
        body=body,
        message_id=f"credential-{credential.id}-{what}-{to.replace(':', '-')}",
    )
    db.session.rollback()  # no transaction is held while a mail server thinks
    mail.send(message)


def _to_student(student: Student) -> _Letter | None:
    user = db.session.scalar(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.student_id == student.id, Membership.role == Role.STUDENT, User.active)
        .order_by(User.id)
        .limit(1)
    )
    to = reachable(student, user.email if user is not None else student.email)
    if not to:
        return None
    chosen = (user.locale if user is not None else "") or student.language
    language = spoken(chosen, current_app.config["LANGUAGES"]) if chosen else None
    address = f"{current_app.config['PUBLIC_URL']}/my-credentials" if user is not None else ""
    return _Letter(to, student.name, language or "en", address)


def _to_guardian(student: Student, district: District, guardian_id: int) -> _Letter | None:
    guardian = db.session.get(Guardian, guardian_id)
    if guardian is None or not guardian.receives(clock.today(district.timezone)) or of_age(student):
        return None
    to = reachable(student, guardian.email)
    if not to:
        texting.to_guardian(guardian)
        return None
    tag = guardian.chosen_language or guardian.language or student.language
    return _Letter(to, guardian.name, spoken(tag, offered(district)) or "en", "")
