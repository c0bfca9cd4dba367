"""Letters as PDF/UA: each laid out once, for its own file and for the book of all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import segno
from flask import render_template
from flask_babel import force_locale

from wbl.letters.content import LetterContent

if TYPE_CHECKING:
    from weasyprint import Document

OPTIONS = {"pdf_variant": "pdf/ua-1"}


@cache
def _fonts() -> Any:
    """WeasyPrint's font configuration: building it costs more than a letter."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def qr_code(link: str) -> str:
    """The link as a square code, as a data address: an image has a text alternative, inline SVG none.

    A bitmap of ten pixels a module: as sharp in print as a drawing, and a tenth of its time.
    """
    return segno.make(link, error="m", micro=False).png_data_uri(scale=10, border=0, dark="#18222d")


def typeset(letter: LetterContent) -> Document:
    """One letter, laid out. What comes after (its own PDF, the book) needs no second layout."""
    return typeset_page("letters/letter.html", letter.language, letter=letter, qr=qr_code(letter.link))


def typeset_page(template: str, language: str, **values: Any) -> Document:
    """A page for paper in a family's language, laid out."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    with force_locale(language):
        page = render_template(template, **values)
    # Nothing is fetched: a letter holds words that somebody typed, and must not reach a server or a file.
    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return html.render(font_config=_fonts(), **OPTIONS)


def pdf(letter: Document) -> bytes:
    """One letter as a tagged PDF."""
    written: bytes = letter.write_pdf(**OPTIONS)
    return written


def book(letters: Sequence[Document]) -> bytes:
    """All letters in one tagged PDF, in the order given; its title and language are the first one's.

    Raises
    ------
    ValueError
        Where there is no letter.
    """
    if not letters:
        raise ValueError("there is no letter to print")
    pages = [page for letter in letters for page in letter.pages]
    languages = [letter.metadata.lang for letter in letters for _page in letter.pages]

    def tag_languages(_document: Document, written: Any) -> None:
        """WeasyPrint names one language a document; a screen reader needs each letter's."""
        from pydyf import String

        language_of = dict(zip(written.page_references, languages, strict=True))
        for part in written.objects:
            if isinstance(part, dict) and part.get("Type") == "/StructElem" and "Pg" in part:
                part["Lang"] = String(language_of[part["Pg"]])

    written: bytes = letters[0].copy(pages).write_pdf(finisher=tag_languages, **OPTIONS)
    return written
