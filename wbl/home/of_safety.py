"""Students who may be in danger, incidents that are not over, and mail that did not go out."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.actor import Actor
from wbl.home.needs import Need, Urgency
from wbl.safety import queries
from wbl.safety.queries import Waiting


def safety_and_mail(actor: Actor) -> list[Need]:
    """Safety concerns, before everything else; incidents; mail and letters that were tried as often as
    they may be. One query counts them all."""
    waiting = queries.waiting(actor)
    return [*_concerns(waiting), *_incidents(waiting), *_mail(waiting)]


def _concerns(waiting: Waiting) -> list[Need]:
    href = url_for("safety.concerns")
    found = []
    if waiting.unread:
        text = ngettext(
            "%(num)s safety concern that nobody has read",
            "%(num)s safety concerns that nobody has read",
            waiting.unread,
        )
        hint = _("Read it now, and talk with the student.")
        found.append(Need(Urgency.AT_ONCE, text, href, hint=hint, by=waiting.unread_since))
    if waiting.unanswered:
        text = ngettext(
            "%(num)s safety concern waits for an answer",
            "%(num)s safety concerns wait for an answer",
            waiting.unanswered,
        )
        hint = _("What it is about takes no new students meanwhile.")
        found.append(Need(Urgency.AT_ONCE, text, href, hint=hint))
    if waiting.unclosed:
        text = ngettext(
            "%(num)s safety concern is answered and not closed",
            "%(num)s safety concerns are answered and not closed",
            waiting.unclosed,
        )
        found.append(Need(Urgency.SOON, text, href))
    return found


def _incidents(waiting: Waiting) -> list[Need]:
    if not waiting.incidents:
        return []
    text = ngettext("%(num)s incident is not closed", "%(num)s incidents are not closed", waiting.incidents)
    return [Need(Urgency.SOON, text, url_for("safety.incidents"))]


def _mail(waiting: Waiting) -> list[Need]:
    """Mail and letters that were tried as often as they may be; addresses that do not work."""
    found = []
    if waiting.failed:
        text = ngettext(
            "%(num)s mail or letter could not go out",
            "%(num)s mails or letters could not go out",
            waiting.failed,
        )
        hint = _("Look why, then try again.")
        found.append(Need(Urgency.NOW, text, url_for("jobs.index", state="failed"), hint=hint))
    if waiting.unreached:
        text = ngettext(
            "%(num)s e-mail address does not work",
            "%(num)s e-mail addresses do not work",
            waiting.unreached,
        )
        hint = _("Find another address, call, or hand out a paper slip.")
        found.append(Need(Urgency.NOW, text, url_for("messages.unreached"), hint=hint))
    return found
