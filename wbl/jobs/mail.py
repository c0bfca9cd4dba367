"""Sending mail: over SMTP where a server is named, else as files, so that nothing is lost."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from wbl.addresses import is_address
from wbl.db import db
from wbl.jobs import underway
from wbl.jobs.underway import Hopeless, Unreached
from wbl.messages import holding, texting


def message(*, to: str, subject: str, body: str, message_id: str) -> EmailMessage:
    """A plain-text mail. ``message_id`` is the same at every attempt, so that a copy is known as one.

    Raises
    ------
    ValueError
        Where ``to`` is not one address.
    """
    if not is_address(to):
        raise ValueError("mail goes to one address")
    mail = EmailMessage()
    mail["From"] = current_app.config["MAIL_FROM"]
    mail["To"] = to
    # A title or a name in it may have come with a line break, which a header does not take.
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message_id}@throughline.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body)
    return mail


def send(mail: EmailMessage) -> None:
    """Hand the mail to ``SMTP_URL`` (``smtp://``, ``smtp+tls://`` or ``smtps://user:password@host:port``).

    Raises
    ------
    OSError, smtplib.SMTPException
        Where it could not be handed over: the outbox tries again.
    Unreached
        Where the address does not work: nothing more is sent there.
    Hopeless
        Where the server refuses it for good, for another reason.
    Later
        Where it is a quiet hour of its reader's.
    """
    item = underway.current()
    if item is not None:
        holding.check(item, mail["To"])
        db.session.rollback()  # no transaction is held while a mail server thinks
    _hand_over(mail)
    if item is not None:
        texting.along(item, mail["To"])


def _hand_over(mail: EmailMessage) -> None:
    url = current_app.config["SMTP_URL"]
    if not url:
        _write(mail)
        return
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port or 465, timeout=20, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, port or 25, timeout=20)
    with server:
        if parts.scheme == "smtp+tls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            if code < 500:
                raise
            raise (
                Unreached(mail["To"], code) if _is_the_address(said) else Hopeless(f"SMTP {code}")
            ) from None
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code < 500:
                raise
            raise Hopeless(f"SMTP {refused.smtp_code}") from None


def _is_the_address(said: bytes | str) -> bool:
    """Whether a recipient was refused because of the address, and not because of who sends.

    RFC 3463: a second figure of 1 or 2 is about address or mailbox, 7 about what the sender may. A
    server that gives no such code says no more than that it will not take mail for this recipient.
    """
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    enhanced = re.match(r"5\.(\d{1,3})\.\d{1,3}\b", text)
    return enhanced is None or enhanced[1] in ("1", "2")


def _write(mail: EmailMessage) -> None:
    folder = Path(current_app.config["MAIL_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    name = mail["Message-ID"].strip("<>").split("@")[0].replace("/", "-")
    partial = folder / f".{name}.part"
    partial.write_bytes(mail.as_bytes())
    partial.replace(folder / f"{name}.eml")
