"""What a phone needs to keep hours while it is away: the page's shell, its worker, the door for what
it sends later."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.hours import entries, queries
from wbl.hours.blueprint import blueprint
from wbl.hours.entries import Sent

MOST_AT_ONCE = 100
MOST_BREAK = 24 * 60
SHELL = ("css", "js")


@blueprint.post("/my-hours/<int:placement_id>/sync")
@requires(Permission.PLACEMENT_OWN)
def sync(placement_id: int) -> ResponseReturnValue:
    """Store what a phone kept. Each entry is stored in a transaction of its own, and answered for
    itself: what is refused stays on the phone with the reason."""
    queries.own(acting(), placement_id)
    results = []
    for sent in _sent():
        result = {"uid": sent.uid, "state": "stored", "message": ""}
        try:
            with transaction():
                entries.store_sent(acting(), placement_id, sent)
        except NotFound:
            raise
        except DomainError as error:
            result |= {"state": "refused", "message": error.message}
        results.append(result)
    return jsonify({"results": results})


def _sent() -> list[Sent]:
    body = request.get_json(silent=True)
    found = body.get("items") if isinstance(body, dict) else None
    if not isinstance(found, list) or len(found) > MOST_AT_ONCE:
        raise DomainError(_("This form is not whole. Load the page again."))
    return [_one(item) for item in found]


def _one(item: Any) -> Sent:
    try:
        ended = item["ended_at"]
        pause = int(item.get("break_minutes") or 0)
        if not 0 <= pause <= MOST_BREAK:
            raise ValueError
        return Sent(
            str(item["uid"]), _moment(item["started_at"]), None if ended is None else _moment(ended), pause
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DomainError(_("This form is not whole. Load the page again.")) from None


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 2000 < found.year < 2200:
        raise ValueError("an instant has a zone")
    return found


@blueprint.get("/my-hours/offline")
@requires(Permission.PLACEMENT_OWN)
def offline() -> ResponseReturnValue:
    """The shell: nothing of anybody in it; what it shows, the phone itself has kept."""
    return render_template("hours/offline.html")


@blueprint.get("/my-hours/worker.js")
@requires(Permission.PLACEMENT_OWN)
def worker() -> ResponseReturnValue:
    """The service worker: it keeps the shell with its styles and modules, and no page of anybody."""
    static = Path(current_app.static_folder or "")
    files, version = _shell_files(static)
    addresses = [url_for("static", filename=name) for name in files]
    head = (
        f"const VERSION = {json.dumps(version)};\n"
        f"const SHELL = {json.dumps(url_for('hours.offline'))};\n"
        f"const FILES = {json.dumps([*addresses])};\n"
    )
    source = (static / "js" / "hours-worker.js").read_text(encoding="utf-8")
    return Response(head + source, content_type="text/javascript; charset=utf-8")


@cache
def _shell_files(static: Path) -> tuple[list[str], str]:
    """The files that the shell needs, and what changes when one of them does."""
    found = sorted(path for folder in SHELL for path in (static / folder).iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest()[:16]
    return [path.relative_to(static).as_posix() for path in found], digest
