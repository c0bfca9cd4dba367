"""The door to a family's pages: a link in force that this browser was let in by.

Opening an address shows a page with one button and nothing of anybody: programs that look at links in
mail see nothing and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.extensions import limiter
from wbl.i18n import family_languages
from wbl.letters.content import family_language
from wbl.people.languages import offered
from wbl.placements import queries
from wbl.placements.models import FamilyLink, Placement

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


def token_key() -> str:
    """Whom a limit counts: a link, wherever it is opened."""
    return f"family {(request.view_args or {}).get('token', '')}"


# Guessing is hopeless at 100 bits; this keeps the attempts from being free.
guarded = limiter.limit("20/minute", deduct_when=_is_missing)
# What one link may write: far more than anybody answers or asks, far less than a program would.
seldom = limiter.limit("30/hour", key_func=token_key)


def language_of(link: FamilyLink) -> str:
    """What the reader of this link chose in this browser, else the language of their letter."""
    chosen = session.get("family_language") or {}
    if chosen.get("link") == link.id and chosen.get("code") in offered_to(link):
        return str(chosen["code"])
    return family_language(link)


def offered_to(link: FamilyLink) -> dict[str, str]:
    """The languages that this link's pages can be read in, the reader's own first."""
    return family_languages(offered(link.placement.publication.round.district), family_language(link))


def _let_in(link: FamilyLink) -> bool:
    visit = session.get("family") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def closed() -> ResponseReturnValue:
    return render_template("family/closed.html"), 404


def opened(token: str, show: Callable[[FamilyLink, Placement], ResponseReturnValue]) -> ResponseReturnValue:
    """``show`` for a link in force that this browser was let in by; else the page before it."""
    link = queries.link_by_token(token)
    if link is None:
        return closed()
    with force_locale(language_of(link)):
        if not _let_in(link):
            if request.method == "POST" or request.path.endswith(".pdf"):
                return redirect(url_for("family.page", token=token))
            languages = offered_to(link)
            return render_template("family/open.html", token=token, offered=languages, form=EmptyForm())
        return show(link, queries.whole(link.placement_id))
