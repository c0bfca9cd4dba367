"""Text messages: asked for, confirmed from the phone, sent along with mail, stopped by a word.

A text names nobody and says nothing but that there is something to read, and where.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from wbl import clock
from wbl.accounts.actor import WORKER
from wbl.accounts.models import User
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.i18n import spoken
from wbl.jobs import outbox
from wbl.jobs.models import OutboxItem, OutboxKind
from wbl.jobs.underway import Hopeless, Later, Underway, current
from wbl.messages import gateway, holding, queries, quiet
from wbl.messages.choosing import Person
from wbl.messages.models import AskedBy, StoppedBy, TextConsent, TextSent
from wbl.people.languages import offered
from wbl.people.models import District, Guardian
from wbl.placements.models import FamilyLink

MOST_A_DAY = 3
"""More would say nothing new: each says that there is something to read."""
SOMETHING, CONFIRM, WELCOME, HELP, STOPPED = "something", "confirm", "welcome", "help", "stopped"
REPLIES = frozenset({CONFIRM, WELCOME, HELP, STOPPED})
"""Answers to what somebody just did, at whatever hour: they count to no day."""

STOP_WORDS = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "ALTO",
        "PARAR",
        "BASTA",
        "CANCELAR",
        "DUNG",
        "NGUNG",
        "停止",
        "退订",
        "توقف",
        "قف",
    ]
)
HELP_WORDS = frozenset(["HELP", "INFO", "AYUDA", "GIUP", "帮助", "مساعدة"])
YES_WORDS = frozenset(["YES", "Y", "START", "SI", "CO", "是", "好", "نعم"])
# Mails that are no news: an invitation, a password, what a coordinator gets once a day.
WITHOUT_TEXT = frozenset({"password_reset", "invitation", "text"})


def phone_number(typed: str) -> str:
    """A number as E.164 writes it; ten figures are of the United States. "" where it is none."""
    figures = re.sub(r"\D", "", typed)
    if typed.strip().startswith("+"):
        return f"+{figures}" if 8 <= len(figures) <= 15 and figures[0] != "0" else ""
    if len(figures) == 11 and figures.startswith("1"):
        figures = figures[1:]
    # North American numbers: neither the area nor the exchange begins with 0 or 1.
    return f"+1{figures}" if re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", figures) else ""


# ---- asking and stopping -------------------------------------------------------------------------


def ask(person: Person, phone: str, language: str, by: AskedBy) -> TextConsent:
    """Somebody asks for texts on their page: the number is asked first. Flushes.

    Raises
    ------
    Conflict
        Where the district has no gateway.
    DomainError
        Where it is no number.
    """
    if gateway.gateway_of(person.district.slug) is None:
        raise Conflict(_("Your district sends no text messages."))
    number = phone_number(phone)
    if not number:
        raise DomainError(_("Enter a mobile number, such as 504-555-0100."), field="phone")
    _stop(queries.consents_of(**person.key), StoppedBy.REPLACED)
    row = TextConsent(
        **person.key,
        district_id=person.district.id,
        phone=number,
        language=language,
        asked_at=clock.now(),
        asked_by=by,
    )
    db.session.add(row)
    db.session.flush()
    record(person.actor, "text.ask", row, district_id=person.district.id)
    _queue(row, CONFIRM, f"text:confirm:{row.id}")
    return row


def stop(person: Person) -> None:
    """Somebody ends texts on their page. Flushes."""
    for row in _stop(queries.consents_of(**person.key), StoppedBy.PAGE):
        record(person.actor, "text.stop", row, district_id=person.district.id)
    db.session.flush()


def _stop(rows: list[TextConsent], by: StoppedBy) -> list[TextConsent]:
    for row in rows:
        row.stopped_at, row.stopped_by = clock.now(), by
    return rows


def heard(district: District, phone: str, said: str, message_id: str) -> None:
    """A reply came from a phone. Flushes.

    A stop word counts wherever it stands in the reply, a yes only where it is all of it; in any language
    that we write in. What is neither changes nothing.
    """
    rows = queries.consents_of_phone(district.id, phone)
    words = set(re.findall(r"[^\W\d_]+", _plain(said)))
    if not rows:
        return
    newest = max(rows, key=lambda row: row.id)
    if words & STOP_WORDS:
        for row in _stop([row for row in rows if row.stopped_at is None], StoppedBy.WORD):
            record(WORKER, "text.stop", row, district_id=district.id)
            _queue(row, STOPPED, f"text:stopped:{row.id}")
    elif words & HELP_WORDS:
        _queue(newest, HELP, f"text:help:{newest.id}:{_digest(message_id)}")
    elif len(words) == 1 and words & YES_WORDS:
        for row in rows:
            if row.confirmed_at is None and row.stopped_at is None:
                row.confirmed_at = clock.now()
                record(WORKER, "text.confirm", row, district_id=district.id)
                _queue(row, WELCOME, f"text:welcome:{row.id}")
    db.session.flush()


def _plain(text: str) -> str:
    """In capital letters, without marks: "Sí" is "SI"."""
    apart = unicodedata.normalize("NFD", text.upper())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# ---- sending -------------------------------------------------------------------------------------


def _queue(row: TextConsent, what: str, key: str) -> None:
    if db.session.scalar(select(OutboxItem.id).where(OutboxItem.key == key)) is None:
        outbox.enqueue(
            OutboxKind.MAIL,
            key,
            {
                "about": "text",
                "what": what,
                "consent_id": row.id,
                "at": clock.now().isoformat(),
                "urgent": what in REPLIES,
            },
            district_id=row.district_id,
        )


def along(item: Underway, address: str) -> None:
    """A mail went out: whoever reads this address and wants texts gets one, too. Own transaction."""
    if item.district_id is None or item.about in WITHOUT_TEXT:
        return
    rows = queries.consents_of_address(item.district_id, address)
    db.session.rollback()
    _queue_along(item, [row.id for row in rows])


def to_guardian(guardian: Guardian) -> None:
    """The same for a guardian who has no address for mail: the text is all that reaches them at once."""
    item = current()
    rows = queries.consents_of(guardian_id=guardian.id)
    if item is not None:
        wanted = [row.id for row in rows if row.in_force]
        db.session.rollback()
        _queue_along(item, wanted)


def _queue_along(item: Underway, consent_ids: list[int]) -> None:
    if consent_ids:
        with transaction():
            for consent_id in consent_ids:
                row = db.session.get_one(TextConsent, consent_id)
                _queue(row, SOMETHING, f"text:{item.item_id}:{row.id}")


def send_text(payload: dict[str, Any]) -> None:
    """Send one text (outbox handler). Whether it is still wanted is asked now.

    Raises
    ------
    Later
        In a quiet hour, and where there were enough today.
    Hopeless, wbl.messages.gateway.GatewayBusy
        As :func:`wbl.messages.gateway.send`.
    """
    item = current()
    row = db.session.get(TextConsent, int(payload["consent_id"]))
    what = str(payload["what"])
    if item is None or row is None or not _wanted(row, what):
        return
    if what == SOMETHING and not _is_news(row, datetime.fromisoformat(payload["at"])):
        return
    found = gateway.gateway_of(row.district.slug)
    if found is None:
        raise Hopeless("no gateway")
    with force_locale(language_of(row)):
        text = _words(row, what)
    to, key, consent_id = row.phone, _digest(item.key), row.id
    db.session.rollback()  # no transaction is held while a gateway thinks
    gateway.send(found, to=to, text=text, key=key)
    with transaction():
        if db.session.scalar(select(TextSent.id).where(TextSent.key == key)) is None:
            db.session.add(TextSent(consent_id=consent_id, key=key, what=what, sent_at=clock.now()))


def _wanted(row: TextConsent, what: str) -> bool:
    if what == STOPPED:
        return True
    if row.stopped_at is not None or not _may_be_told(row):
        return False
    return row.confirmed_at is not None or what in (CONFIRM, HELP)


def _may_be_told(row: TextConsent) -> bool:
    """Whether the account is open, or the guardian may (still) receive something."""
    if row.user_id is not None:
        return db.session.get_one(User, row.user_id).active
    guardian = db.session.get_one(Guardian, row.guardian_id)
    return guardian.receives(clock.today(row.district.timezone))


def _is_news(row: TextConsent, queued: datetime) -> bool:
    """Whether a text would say anything: none has gone since there was something new.

    Raises
    ------
    Later
        In a quiet hour, and where there were enough today.
    """
    choice = queries.choice_of(user_id=row.user_id, guardian_id=row.guardian_id)
    holding.wait_for(row.district_id, choice)
    since = (
        select(func.count(), func.max(TextSent.sent_at))
        .select_from(TextSent)
        .join(TextConsent, TextConsent.id == TextSent.consent_id)
        .where(TextConsent.phone == row.phone, TextSent.what == SOMETHING)
    )
    zone = ZoneInfo(row.district.timezone)
    local = clock.now().astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    today, _last = db.session.execute(since.where(TextSent.sent_at >= midnight)).one()
    _all, last = db.session.execute(since.where(TextConsent.id == row.id)).one()
    if last is not None and last >= queued:
        return False
    if today >= MOST_A_DAY:
        tomorrow = (midnight + timedelta(days=1)).astimezone(ZoneInfo("UTC"))
        raise Later(quiet.over(tomorrow, row.district.timezone, holding.hours_of(row.district_id, choice)))
    return True


def language_of(row: TextConsent) -> str:
    """The language that they are written to in."""
    if row.user_id is not None:
        chosen = db.session.get_one(User, row.user_id).locale or row.language
        return chosen if chosen in current_app.config["LANGUAGES"] else "en"
    guardian = db.session.get_one(Guardian, row.guardian_id)
    return spoken(guardian.chosen_language or row.language, offered(row.district)) or "en"


def _words(row: TextConsent, what: str) -> str:
    district = row.district.name
    if what == CONFIRM:
        return _(
            "%(district)s: reply YES to get a text when there is something to read. "
            "STOP ends it, HELP for help. Message rates may apply.",
            district=district,
        )
    if what == WELCOME:
        return _(
            "%(district)s: you will get a text when there is something to read. STOP ends it.",
            district=district,
        )
    if what == HELP:
        way = row.district.phone or row.district.email
        return _(
            "%(district)s: for help call %(phone)s. STOP ends these texts.", district=district, phone=way
        )
    if what == STOPPED:
        return _("%(district)s: you get no more texts.", district=district)
    return _(
        "%(district)s: there is something to read: %(link)s STOP ends it.", district=district, link=_link(row)
    )


def _link(row: TextConsent) -> str:
    """Where it is read: a guardian's own link that opens; for an account its beginning."""
    public: str = current_app.config["PUBLIC_URL"]
    if row.guardian_id is None:
        return f"{public}/"
    link = db.session.scalar(
        select(FamilyLink)
        .where(
            FamilyLink.guardian_id == row.guardian_id,
            *FamilyLink.in_force(),
        )
        .order_by(FamilyLink.id.desc())
        .limit(1)
    )
    if link is None:
        raise Hopeless("no link")
    return link.address
