"""What each kind of outbox item does. A handler gets the payload and opens its own transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wbl.accounts.mails import send_invitation, send_password_reset
from wbl.agreements.mails import send_digest, send_step_mail
from wbl.credentials.mails import send_credential_mail
from wbl.employers.mails import send_vetting_reminder
from wbl.growth.mails import send_rating_mail
from wbl.hours.mails import send_hours_mail
from wbl.jobs.models import OutboxKind
from wbl.letters.answer_mail import send_answer_mail
from wbl.letters.ending import send_end_mail, send_withdrawn_mail
from wbl.letters.services import send_family_mail, write_letters
from wbl.messages.texting import send_text
from wbl.opportunities.mails import send_posting_link
from wbl.reports.mails import send_thanks_mail
from wbl.rounds.nudge_mail import send_nudge
from wbl.safety.mails import send_answer_mail as send_safety_answer
from wbl.safety.mails import send_concern_mail

Handler = Callable[[dict[str, Any]], None]

MAILS: dict[str, Handler] = {
    "invitation": send_invitation,
    "password_reset": send_password_reset,
    "letter": send_family_mail,
    "nudge": send_nudge,
    "posting": send_posting_link,
    "vetting": send_vetting_reminder,
    "answer": send_answer_mail,
    "end": send_end_mail,
    "withdrawn": send_withdrawn_mail,
    "paperwork": send_step_mail,
    "paperwork_digest": send_digest,
    "rating": send_rating_mail,
    "hours": send_hours_mail,
    "credential": send_credential_mail,
    "thanks": send_thanks_mail,
    "text": send_text,
    "concern": send_concern_mail,
    "concern_answer": send_safety_answer,
}
"""What a mail or a text is about, as its payload says; one that says nothing is about a letter."""


def send_mail(payload: dict[str, Any]) -> None:
    """Send a mail of whatever it is about."""
    MAILS[payload.get("about", "letter")](payload)


HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.LETTERS: write_letters,
    OutboxKind.MAIL: send_mail,
}


# What a person waits for at the screen: put off to the morning, its link would have ended. And what says
# that somebody may be in danger.
AWAITED = frozenset({"password_reset", "concern"})


def is_urgent(payload: dict[str, Any]) -> bool:
    """Whether a mail goes out in quiet hours, too: it says so, or somebody waits for it."""
    return bool(payload.get("urgent")) or payload.get("about") in AWAITED
