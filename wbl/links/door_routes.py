"""The door that a link leads to: one button and nothing of anybody, then the page behind it.

Programs that look at links in mail open them: they see nothing and change nothing. The button lets this
browser in for an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.extensions import limiter
from wbl.links.queries import L

OPEN_FOR_SECONDS = 60 * 60
TOO_OLD = _l(
    "It may be too old, or a newer one was sent. Look for the newest mail, or call the school district."
)


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


# Guessing is hopeless at 100 bits and more; this keeps the attempts from being free.
guarded = limiter.limit("20/minute", deduct_when=_is_missing)


class Door(Generic[L]):
    """What is said at one kind of link, and whom it lets in.

    Parameters
    ----------
    name
        Of the visit in the browser's session: one link of a kind is open at a time.
    find
        The link that a token opens now, or None.
    page, open_page
        The endpoints of the page behind the door, and of its button.
    title, lede, note
        What is said before: nothing of anybody.
    lost
        What to do about a link that opens nothing.
    """

    template = "links/open.html"
    closed_template = "links/closed.html"

    def __init__(
        self,
        name: str,
        find: Callable[[str], L | None],
        *,
        page: str,
        open_page: str,
        title: LazyString,
        lede: LazyString,
        note: LazyString | str = "",
        lost: LazyString | None = None,
    ) -> None:
        self.name, self.find = name, find
        self.page, self.open_page = page, open_page
        self.title, self.lede, self.note = title, lede, note
        self.lost = lost or TOO_OLD

    def opened(self, token: str, show: Callable[[L], ResponseReturnValue]) -> ResponseReturnValue:
        """``show`` for a link in force that this browser was let in by; else the page before it."""
        link = self.find(token)
        if link is None:
            return self.closed()
        with self.speaking_to(link):
            if self._was_opened(link):
                return show(link)
            if request.endpoint != self.page:
                return redirect(url_for(self.page, token=token))
            return render_template(
                self.template, door=self, token=token, form=EmptyForm(), **self.said_before(link)
            )

    def let_in(self, token: str) -> ResponseReturnValue:
        """The button was pressed."""
        link = self.find(token)
        if link is None:
            return self.closed()
        self.enter(link)
        return redirect(url_for(self.page, token=token))

    def closed(self) -> ResponseReturnValue:
        """The page of a link that opens nothing, whatever the reason."""
        return render_template(self.closed_template, door=self), 404

    def enter(self, link: L) -> None:
        """Remember that this browser was let in."""
        session[self.name] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}

    def speaking_to(self, _link: L) -> AbstractContextManager[Any]:
        """In which language."""
        return nullcontext()

    def said_before(self, _link: L) -> dict[str, Any]:
        """What else the page before shows."""
        return {}

    def _was_opened(self, link: L) -> bool:
        visit = session.get(self.name) or {}
        return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()
