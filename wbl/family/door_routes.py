"""The door to a family's pages: in the language of its letter, with the choice of another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import request, session
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from wbl.extensions import limiter
from wbl.i18n import family_languages
from wbl.letters.content import family_language
from wbl.links.door_routes import Door
from wbl.people.languages import offered
from wbl.placements import link_queries, queries
from wbl.placements.models import FamilyLink, Placement


def token_key() -> str:
    """Whom a limit counts: a link, wherever it is opened."""
    return f"family {(request.view_args or {}).get('token', '')}"


# What one link may write: far more than anybody answers or asks, far less than a program would.
seldom = limiter.limit("30/hour", key_func=token_key)


def language_of(link: FamilyLink) -> str:
    """What the reader of this link chose in this browser, else the language of their letter."""
    chosen = session.get("family_language") or {}
    if chosen.get("link") == link.id and chosen.get("code") in offered_to(link):
        return str(chosen["code"])
    return family_language(link)


def choose_language(link: FamilyLink, code: str) -> None:
    """The language of this link's pages in this browser; the letter stays in the guardian's own."""
    session["family_language"] = {"link": link.id, "code": code}


def offered_to(link: FamilyLink) -> dict[str, str]:
    """The languages that this link's pages can be read in, the reader's own first."""
    return family_languages(offered(link.placement.publication.round.district), family_language(link))


class FamilyDoor(Door[FamilyLink]):
    template = "family/open.html"
    closed_template = "family/closed.html"

    def speaking_to(self, link: FamilyLink) -> AbstractContextManager[Any]:
        return force_locale(language_of(link))

    def said_before(self, link: FamilyLink) -> dict[str, Any]:
        return {"offered": offered_to(link)}

    def enter(self, link: FamilyLink) -> None:
        super().enter(link)
        # So that a page about a fault, too, is in the language of the letter.
        choose_language(link, language_of(link))


door = FamilyDoor(
    "family",
    link_queries.by_token,
    page="family.page",
    open_page="family.open_page",
    title=_l("A letter for your family"),
    lede=_l(
        "This page holds a letter about a student's placement. It is meant for you alone, "
        "so please do not pass the address on."
    ),
    note=_l(
        "Opening it changes nothing and signs nothing. On a phone that others use, "
        "close the page when you have read it."
    ),
    lost=_l("It may have run out, been replaced by a newer one, or been typed with a mistake."),
)


def opened(token: str, show: Callable[[FamilyLink, Placement], ResponseReturnValue]) -> ResponseReturnValue:
    """As the door's own, with the whole placement that the link leads to."""
    return door.opened(token, lambda link: show(link, queries.whole(link.placement_id)))
