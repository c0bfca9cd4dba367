"""Letters and other pages for paper, from our templates to PDF/UA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from flask import render_template
from flask_babel import force_locale

from wbl.letters.content import LetterContent
from wbl.paper.batches import Sheet
from wbl.paper.laying_out import lay_out, pdf

if TYPE_CHECKING:
    from weasyprint import Document

__all__ = ["pdf", "qr_code", "sheet", "typeset", "typeset_page"]

STYLE = ("letters/letter.css",)


def qr_code(link: str) -> str:
    """The link as a square code, as a data address: an image has a text alternative, inline SVG none.

    A bitmap of four pixels a module: as sharp in print as a drawing and a tenth of its time, which grows
    with the pixels. The mask is given: trying all eight for the fairest pattern takes three times as long as
    the rest, and any of them is read (ISO/IEC 18004, 7.8); what a link says is random enough.
    """
    return segno.make(link, error="m", micro=False, mask=0).png_data_uri(scale=4, border=0, dark="#18222d")


def sheet(letter: LetterContent, *, own_file: bool) -> Sheet:
    """One letter as it can be drawn, by this process or another."""
    html = _html("letters/letter.html", letter.language, letter=letter, qr=qr_code(letter.link))
    return Sheet(html, _style(STYLE), own_file)


def typeset(letter: LetterContent) -> Document:
    """One letter, laid out."""
    one = sheet(letter, own_file=True)
    return lay_out(one.html, one.style)


def typeset_page(
    template: str, language: str, *, style: tuple[str, ...] = STYLE, **values: object
) -> Document:
    """A page for paper in a family's language, laid out.

    Parameters
    ----------
    style
        The style sheets, as templates.
    """
    return lay_out(_html(template, language, **values), _style(style))


def _html(template: str, language: str, **values: object) -> str:
    with force_locale(language):
        return render_template(template, **values)


def _style(templates: tuple[str, ...]) -> str:
    return "\n".join(render_template(template) for template in templates)
