"""Looking at a document with what this server knows: its districts' keys, and what they revoked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from wbl import clock
from wbl.credentials import keys, queries
from wbl.credentials.addresses import uuid_of
from wbl.credentials.models import SigningKey
from wbl.credentials.verifying import Report, verify
from wbl.db import db
from wbl.people.models import District


def look_at(data: bytes) -> Report:
    """What is to be said of a document. It is not kept, nor is that somebody asked."""
    return verify(data, keys.every(), clock.now(), _revoked)


def issuer_of(report: Report) -> District | None:
    """Whose key signed it, as this server knows them: a document may claim any name."""
    if not report.signed or report.key is None:
        return None
    return db.session.scalar(
        select(District)
        .join(SigningKey, SigningKey.district_id == District.id)
        .where(SigningKey.address == report.key["kid"])
    )


def _revoked(document: dict[str, Any]) -> bool | None:
    found = queries.by_uuid(uuid_of(document.get("id")))
    return None if found is None else found.revoked_at is not None
