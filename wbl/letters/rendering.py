"""Letters as PDF/UA: one document, a page a letter, each in its own language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import segno
from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from wbl.letters.content import LetterContent


@cache
def _fonts() -> Any:
    """WeasyPrint's font configuration: building it costs more than a letter."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def letter_html(content: LetterContent) -> Markup:
    """One letter's part of the page, in its own language."""
    with force_locale(content.language):
        return Markup(render_template("letters/letter.html", letter=content, qr=_qr_image(content.link)))


def _qr_image(link: str) -> str:
    """A data address: WeasyPrint gives an image its text alternative, an inline SVG none."""
    return segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=0, dark="#18222d")


def render(letters: Sequence[LetterContent]) -> bytes:
    """A tagged PDF with a page for each letter.

    Raises
    ------
    ValueError
        Where there is no letter.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    if not letters:
        raise ValueError("there is no letter to write")
    language = letters[0].language
    with force_locale(language):
        title = _("Placement letter") if len(letters) == 1 else _("Placement letters")
        page = render_template(
            "letters/book.html",
            title=title,
            language=language,
            letters=[letter_html(letter) for letter in letters],
        )
    # Nothing is fetched: a letter holds words that somebody typed, and must not reach a server or a file.
    document = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    written: bytes = document.write_pdf(pdf_variant="pdf/ua-1", font_config=_fonts())
    return written
