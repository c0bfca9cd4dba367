"""In which languages a family's typed signature counts: those that a district has had checked."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import DomainError
from wbl.people.models import District, DistrictLanguage

ORIGINAL = "en"
"""The language that pages and letters are written in: it is no translation, and needs no check."""


def offered(district: District) -> tuple[str, ...]:
    """The languages in which a district offers families' pages and letters: English always."""
    return tuple(
        code for code in current_app.config["FAMILY_LANGUAGES"] if code not in district.languages_withheld
    )


def reviewed(district_id: int) -> dict[str, DistrictLanguage]:
    """What a district has marked as reviewed, by language."""
    rows = db.session.scalars(select(DistrictLanguage).where(DistrictLanguage.district_id == district_id))
    return {row.language: row for row in rows}


def signing_languages(district_id: int) -> list[str]:
    """The languages of families' pages in which a signature counts, in the order they are offered."""
    checked = {ORIGINAL, *reviewed(district_id)}
    here = offered(db.session.get_one(District, district_id))
    return [language for language in here if language in checked]


def is_reviewed(district_id: int, language: str) -> bool:
    """Whether a signature given in this language counts."""
    return language in signing_languages(district_id)


def offer(actor: Actor, district: District, language: str, yes: bool) -> None:
    """Offer families' pages and letters in this language, or no longer: then they come in English. Flushes.

    Raises
    ------
    DomainError
        As ``mark_reviewed``.
    """
    _check(language)
    before = set(district.languages_withheld)
    withheld = before - {language} if yes else before | {language}
    if withheld == before:
        return
    district.languages_withheld = sorted(withheld)
    record(
        actor,
        "language.offer" if yes else "language.withhold",
        district,
        district_id=district.id,
        language=language,
    )
    db.session.flush()


def _check(language: str) -> None:
    if language not in current_app.config["FAMILY_LANGUAGES"] or language == ORIGINAL:
        raise DomainError(_("Choose a language of families' pages other than English."), field="language")


def mark_reviewed(actor: Actor, district: District, language: str) -> None:
    """Note that somebody who reads the language has checked its pages and letter. Flushes.

    Signatures that wait already keep waiting: they were given on what was not checked then.

    Raises
    ------
    DomainError
        Where families' pages are not offered in it, or it is the original.
    """
    _check(language)
    if db.session.get(DistrictLanguage, (district.id, language)) is not None:
        return
    db.session.add(
        DistrictLanguage(
            district_id=district.id, language=language, reviewed_at=clock.now(), reviewed_by=actor.user_id
        )
    )
    db.session.flush()
    record(actor, "language.review", district, district_id=district.id, language=language)


def take_back(actor: Actor, district: District, language: str) -> None:
    """From now on signatures in this language wait for an interpreter again. Flushes."""
    gone = change(
        delete(DistrictLanguage).where(
            DistrictLanguage.district_id == district.id, DistrictLanguage.language == language
        )
    )
    if gone:
        record(actor, "language.unreview", district, district_id=district.id, language=language)
        db.session.flush()
