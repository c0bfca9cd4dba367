"""A square code as inline SVG, which the content policy allows and which is sharp at any size."""

from __future__ import annotations

import segno
from markupsafe import Markup


def square_code(content: str) -> Markup:
    """The drawing alone; what it is for is said beside it. Dark on light in either theme: phones want it."""
    drawn = segno.make(content, error="m", micro=False, mask=0)  # see letters/rendering.py
    # Made of the code's own rows: nothing of the content gets into the markup.
    return Markup(drawn.svg_inline(border=3, omitsize=True, dark="#18222d", light="#ffffff"))
