"""Pages of HTML laid out with WeasyPrint, and written as PDF/UA."""

from __future__ import annotations

import atexit
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint import CSS, HTML, Document

OPTIONS = {"pdf_variant": "pdf/ua-1"}


@cache
def _fonts() -> Any:
    """WeasyPrint's font configuration: building it costs more than a letter."""
    from weasyprint.text.fonts import FontConfiguration

    # Left to the end of the interpreter, it may be freed after the library that frees it: a crash.
    atexit.register(_fonts.cache_clear)
    return FontConfiguration()


@cache
def _page_class() -> type[HTML]:
    """Pages whose elements are not each given the styles of notes and markers that they have not.

    WeasyPrint's own style sheet gives every element six pseudo-elements; working out what they look like
    takes a tenth of the layout. What is drawn is the same but for footnotes, which no page of ours has.
    """
    from weasyprint import CSS, HTML
    from weasyprint.html import UA, UA_COUNTER_STYLE

    text = re.sub(r"(?m)^::(footnote|note)-.*$", "", UA)
    text = re.sub(r"(?m)^::marker", "li::marker", text)
    own = CSS(string=text, counter_style=UA_COUNTER_STYLE)

    class Page(HTML):
        def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
            return [own]

    return Page


@cache
def _read(style: str) -> CSS:
    """A style sheet, read once a process: reading it takes a fifth of the time of a letter."""
    from weasyprint import CSS

    return CSS(string=style)


def lay_out(html: str, style: str) -> Document:
    """One document, laid out. What comes after (its own file, a book) needs no second layout.

    Parameters
    ----------
    html
        A whole page; what its own ``<style>`` says goes before ``style``.
    style
        The text of a style sheet. It is kept for as long as the process lives, so it holds nothing that
        differs from letter to letter.
    """
    from weasyprint.urls import URLFetcher

    # Nothing is fetched: a letter holds words that somebody typed, and must not reach a server or a file.
    page = _page_class()(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return page.render(stylesheets=[_read(style)], font_config=_fonts(), **OPTIONS)


def pdf(document: Document) -> bytes:
    """One document as a tagged PDF."""
    written: bytes = document.write_pdf(**OPTIONS)
    return written
