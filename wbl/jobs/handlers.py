"""What each kind of outbox item does. A handler gets the payload and opens its own transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wbl.jobs.models import OutboxKind
from wbl.letters.services import send_family_mail, write_letters

HANDLERS: dict[OutboxKind, Callable[[dict[str, Any]], None]] = {
    OutboxKind.LETTERS: write_letters,
    OutboxKind.MAIL: send_family_mail,
}
