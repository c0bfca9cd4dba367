"""Files that a student uploads: few kinds, told by what is in them, without what a camera notes beside.

A photo carries where and when it was taken, and by what. It is written anew, upright, without that.
"""

from __future__ import annotations

import io

from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from wbl.errors import DomainError
from wbl.portfolio.models import ArtefactKind

LARGEST = 5 * 1024 * 1024
WIDEST = 2400
"""Pixels of the longer side that are kept."""
MOST_PIXELS = 25_000_000
"""As it is unpacked: some 100 MB. Of a JPEG a smaller version can be unpacked, so it may have more."""
MOST_OF_JPEG = 60_000_000
_BEGINS = {
    b"%PDF-": ArtefactKind.PDF,
    b"\x89PNG\r\n\x1a\n": ArtefactKind.PNG,
    b"\xff\xd8\xff": ArtefactKind.JPEG,
}


def checked(data: bytes) -> tuple[ArtefactKind, bytes]:
    """What a file is, and what is kept of it.

    Raises
    ------
    DomainError
        Where it is too large, or none of the kinds, or cannot be read as what it begins as.
    """
    if len(data) > LARGEST:
        raise DomainError(_("The file is larger than 5 MB. Save it smaller, then try again."), field="file")
    kind = next((kind for begin, kind in _BEGINS.items() if data.startswith(begin)), None)
    if kind is None:
        raise DomainError(_("Choose a PDF, a PNG or a JPEG file."), field="file")
    return kind, data if kind is ArtefactKind.PDF else _written_anew(kind, data)


def _written_anew(kind: ArtefactKind, data: bytes) -> bytes:
    too_many = DomainError(_("The picture has too many pixels. Save it smaller."), field="file")
    mode = "RGB" if kind is ArtefactKind.JPEG else "RGBA"
    try:
        with Image.open(io.BytesIO(data), formats=[kind.name]) as opened:
            if opened.width * opened.height > MOST_OF_JPEG:
                raise too_many
            opened.draft(mode, (WIDEST, WIDEST))
            if opened.width * opened.height > MOST_PIXELS:
                raise too_many
            # What is unpacked is copied as seldom as can be.
            ImageOps.exif_transpose(opened, in_place=True)
            picture = opened if opened.mode == mode else opened.convert(mode)
            picture.thumbnail((WIDEST, WIDEST))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        said = _("This picture cannot be read. Save it anew, then try again.")
        raise DomainError(said, field="file") from None
    kept = io.BytesIO()
    # A new image has no notes; what the old one carried is not handed on.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    clean.save(kept, format=kind.name, quality=88)
    return kept.getvalue()
