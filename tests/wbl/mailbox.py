"""The mails that went out, as files, and the links in them."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from flask import Flask

from wbl.jobs.worker import work_on_next_item


def delivered(app: Flask) -> list[EmailMessage]:
    """Everything that was mailed, after the worker has done what waits; the newest last."""
    while work_on_next_item():
        pass
    return read(Path(app.config["MAIL_FOLDER"]))


def read(folder: Path) -> list[EmailMessage]:
    """The mails of a folder; the newest last."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def delivered_about(app: Flask, about: str) -> list[tuple[str, str, str]]:
    """Of what was mailed, what a Message-ID says it is about: to whom, subject, body."""
    found = [mail for mail in delivered(app) if mail["Message-ID"].startswith(f"<{about}-")]
    return [(mail["To"], mail["Subject"], body_of(mail)) for mail in found]


def body_of(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage) -> str:
    """The path of the one link of a mail."""
    links = re.findall(r"^https?://[^/\s]+(/\S+)$", body_of(mail), flags=re.MULTILINE)
    assert len(links) == 1, links
    return str(links[0])
