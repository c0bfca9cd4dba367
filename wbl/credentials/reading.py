"""What a document says, for a page: whoever wrote it, and whatever may be missing in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from wbl.credentials.checking import dates_of, moment_of


@dataclass(frozen=True, slots=True)
class Said:
    """Empty where the document does not say it."""

    name: str
    student: str
    issuer: str
    description: str
    criteria: str
    skills: tuple[str, ...]
    hours: str
    since: date | None
    until: date | None
    starts: date | None
    ends: date | None


def said(document: dict[str, Any]) -> Said:
    """What a document says of its achievement and of whom."""
    subject = _object(document.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    since, until = dates_of(document)
    issuer = document.get("issuer")
    return Said(
        name=_text(achievement.get("name")) or _text(document.get("name")),
        student=_named(subject),
        issuer=_text(_object(issuer).get("name")) or _text(_object(issuer).get("id")) or _text(issuer),
        description=_text(achievement.get("description")),
        criteria=_text(_object(achievement.get("criteria")).get("narrative")),
        skills=tuple(tag for tag in _list(achievement.get("tag")) if isinstance(tag, str)),
        hours=_hours(subject, achievement),
        since=_day(document.get(since)),
        until=_day(document.get(until)),
        starts=_day(subject.get("activityStartDate")),
        ends=_day(subject.get("activityEndDate")),
    )


def _named(subject: dict[str, Any]) -> str:
    """Whom it is about, where it says so in the open."""
    for identity in map(_object, _list(subject.get("identifier"))):
        if identity.get("identityType") == "name" and identity.get("hashed") is False:
            return _text(identity.get("identityHash"))
    return _text(subject.get("name"))


def _hours(subject: dict[str, Any], achievement: dict[str, Any]) -> str:
    """The result whose description is called Hours, as ours is."""
    for described in map(_object, _list(achievement.get("resultDescription"))):
        for result in map(_object, _list(subject.get("result"))):
            if described.get("name") == "Hours" and result.get("resultDescription") == described.get("id"):
                return _text(result.get("value"))
    return ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    moment = moment_of(value)
    return moment.date() if moment is not None else None
