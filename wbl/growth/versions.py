"""A district's rubric: the version in force, a draft of the next one, and the past ones.

Once a version is in force its words never change (the database holds that too): another wording is
another version, and placements that began on the earlier one go on with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.growth.models import RubricVersion, VersionState
from wbl.growth.rubrics import FRAMEWORK, LEVELS, NACE, Content, default_content
from wbl.people.models import District

FEWEST, MOST = 3, 12
"""Items of a rubric: more than that nobody rates in three minutes."""
LONGEST = 300
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Words:
    """An item as somebody wrote it; each text by language, English needed."""

    name: dict[str, str]
    says: dict[str, str]
    levels: Sequence[dict[str, str]]
    framework: Sequence[str] = ()
    nace: Sequence[str] = ()


def of_state(district_id: int, state: VersionState) -> RubricVersion | None:
    return db.session.scalar(
        select(RubricVersion)
        .where(RubricVersion.district_id == district_id, RubricVersion.state == state)
        .execution_options(populate_existing=True)
    )


def content_in_force(district_id: int) -> Content:
    """What new placements are rated on: the common rubric until the district has its own."""
    found = of_state(district_id, VersionState.IN_FORCE)
    return deepcopy(found.content) if found is not None else default_content()


def ensure_in_force(actor: Actor, district_id: int) -> RubricVersion:
    """The version in force; of a district that has none yet, the common rubric as its first. Flushes."""
    db.session.scalar(select(District.id).where(District.id == district_id).with_for_update())
    found = of_state(district_id, VersionState.IN_FORCE)
    if found is None:
        found = _new(actor, district_id, VersionState.IN_FORCE, default_content())
        found.in_force_at = found.made_at
        db.session.flush()
        record(actor, "rubric.in_force", found, district_id=district_id, number=found.number)
    return found


def draft_of(actor: Actor, district_id: int) -> RubricVersion:
    """The draft of a district of the actor's.

    Raises
    ------
    NotFound
        Where it has none, or the actor does not coordinate it.
    """
    found = of_state(district_id, VersionState.DRAFT) if district_id in actor.coordinator_of else None
    if found is None:
        raise NotFound()
    return found


def start_draft(actor: Actor, district_id: int) -> RubricVersion:
    """A draft that begins as the version in force; the one that there is already. Flushes.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    """
    if district_id not in actor.coordinator_of:
        raise NotFound()
    current = ensure_in_force(actor, district_id)
    found = of_state(district_id, VersionState.DRAFT)
    if found is None:
        found = _new(actor, district_id, VersionState.DRAFT, deepcopy(current.content))
        record(actor, "rubric.draft", found, district_id=district_id, number=found.number)
    return found


def set_item(actor: Actor, district_id: int, code: str | None, words: Words) -> str:
    """Write an item of the draft; a new one where ``code`` is None. Returns its code. Flushes.

    Raises
    ------
    NotFound
        Where there is no draft, or no such item in it.
    DomainError
        Where a text is missing or too long, or there are too many items.
    """
    draft = draft_of(actor, district_id)
    content = deepcopy(draft.content)
    entry = _checked(words)
    if code is None:
        if len(content["items"]) >= MOST:
            raise DomainError(
                _("A rubric has %(most)s items at most: more nobody rates in three minutes.", most=MOST)
            )
        code = _new_code(content, entry["name"]["en"])
        content["items"].append({"code": code, **entry})
    else:
        at = _position(content, code)
        content["items"][at] = {"code": code, **entry}
    _keep(actor, draft, content)
    return code


def drop_item(actor: Actor, district_id: int, code: str) -> None:
    """Leave an item out of the draft. Flushes.

    Raises
    ------
    NotFound
        Where there is no draft, or no such item in it.
    DomainError
        Where too few would stay.
    """
    draft = draft_of(actor, district_id)
    content = deepcopy(draft.content)
    at = _position(content, code)
    if len(content["items"]) <= FEWEST:
        raise DomainError(_("A rubric has %(fewest)s items at least.", fewest=FEWEST))
    del content["items"][at]
    _keep(actor, draft, content)


def discard(actor: Actor, district_id: int) -> None:
    """Drop the draft. Flushes."""
    draft = draft_of(actor, district_id)
    record(actor, "rubric.discard", draft, district_id=district_id, number=draft.number)
    db.session.delete(draft)
    db.session.flush()


def put_in_force(actor: Actor, district_id: int) -> RubricVersion:
    """The draft is what new placements are rated on from now on. Flushes.

    Raises
    ------
    NotFound
        Where there is no draft.
    Conflict
        Where it says what the version in force says.
    """
    draft = draft_of(actor, district_id)
    current = ensure_in_force(actor, district_id)
    if draft.content == current.content:
        raise Conflict(_("Nothing is different from the version in force."))
    moment = clock.now()
    current.state, current.past_at = VersionState.PAST, moment
    db.session.flush()
    draft.state, draft.in_force_at = VersionState.IN_FORCE, moment
    db.session.flush()
    record(actor, "rubric.in_force", draft, district_id=district_id, number=draft.number)
    return draft


def _new(actor: Actor, district_id: int, state: VersionState, content: Content) -> RubricVersion:
    newest = db.session.scalar(
        select(func.max(RubricVersion.number)).where(RubricVersion.district_id == district_id)
    )
    made = RubricVersion(
        district_id=district_id,
        number=(newest or 0) + 1,
        state=state,
        content=content,
        made_at=clock.now(),
        made_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _keep(actor: Actor, draft: RubricVersion, content: Content) -> None:
    draft.content = content
    db.session.flush()
    record(actor, "rubric.change", draft, district_id=draft.district_id, items=len(content["items"]))


def _position(content: Content, code: str) -> int:
    for at, item in enumerate(content["items"]):
        if item["code"] == code:
            return at
    raise NotFound()


def _new_code(content: Content, name: str) -> str:
    """A code of the name that no item has."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "item"
    taken = {item["code"] for item in content["items"]}
    code, number = f"own_{base}", 2
    while code in taken:
        code, number = f"own_{base}_{number}", number + 1
    return code


def _checked(words: Words) -> dict[str, Any]:
    if len(words.levels) != len(LEVELS):
        raise DomainError(_("Describe each of the five levels."))
    return {
        "name": _text(words.name, "name"),
        "says": _text(words.says, "says"),
        "levels": [_text(one, f"level_{level}") for level, one in zip(LEVELS, words.levels, strict=True)],
        "framework": [code for code in FRAMEWORK if code in words.framework],
        "nace": [code for code in NACE if code in words.nace],
    }


def _text(given: dict[str, str], field: str) -> dict[str, str]:
    texts = {language: given.get(language, "").strip() for language in LANGUAGES}
    if not texts["en"]:
        raise DomainError(_("Write this in English; Spanish may follow later."), field=f"{field}_en")
    for language, text in texts.items():
        if len(text) > LONGEST:
            raise DomainError(
                _("Use at most %(most)s characters.", most=LONGEST), field=f"{field}_{language}"
            )
    return {language: text for language, text in texts.items() if text}
