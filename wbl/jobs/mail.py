"""Sending mail: over SMTP where a server is named, else as files, so that nothing is lost."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from wbl.addresses import is_address


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
    """
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
        server.send_message(mail)


def _write(mail: EmailMessage) -> None:
    folder = Path(current_app.config["MAIL_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    name = mail["Message-ID"].strip("<>").split("@")[0].replace("/", "-")
    partial = folder / f".{name}.part"
    partial.write_bytes(mail.as_bytes())
    partial.replace(folder / f"{name}.eml")
