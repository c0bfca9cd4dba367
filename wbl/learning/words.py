"""What went with what, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from matching.learning.effects import SURE
from wbl.i18n import number


def effect_sentence(effect: Mapping[str, Any]) -> str:
    """One of ``Learned.effects`` as a sentence, with its interval and how many placements it rests on."""
    what = _features()[effect["feature"]]
    scale, digits = (100, 0) if effect["outcome"] == "completed" else (1, 1)
    value, low, high = (scale * effect[name] for name in ("value", "low", "high"))
    said: dict[str, str] = {
        "what": what,
        "sure": number(round(100 * SURE)),
        "n": number(effect["placements"]),
    }
    if low <= 0 <= high:
        said |= {"low": number(abs(low), digits), "high": number(high, digits)}
        if effect["outcome"] == "completed":
            return _(
                "%(what)s made no clear difference to completion: between %(low)s points lower and "
                "%(high)s points higher (%(sure)s %% interval, n = %(n)s).",
                **said,
            )
        return _(
            "%(what)s made no clear difference to growth: between %(low)s less and %(high)s more "
            "(%(sure)s %% interval, n = %(n)s).",
            **said,
        )
    ends = sorted((abs(low), abs(high)))
    said |= {
        "by": number(abs(value), digits),
        "low": number(ends[0], digits),
        "high": number(ends[1], digits),
    }
    if effect["outcome"] == "completed":
        more = _(
            "%(what)s went with %(by)s points higher completion (%(sure)s %% interval %(low)s to %(high)s, "
            "n = %(n)s).",
            **said,
        )
        less = _(
            "%(what)s went with %(by)s points lower completion (%(sure)s %% interval %(low)s to %(high)s, "
            "n = %(n)s).",
            **said,
        )
        return more if value > 0 else less
    more = _(
        "%(what)s went with %(by)s points more growth on the scale of 1 to 5 (%(sure)s %% interval "
        "%(low)s to %(high)s, n = %(n)s).",
        **said,
    )
    less = _(
        "%(what)s went with %(by)s points less growth on the scale of 1 to 5 (%(sure)s %% interval "
        "%(low)s to %(high)s, n = %(n)s).",
        **said,
    )
    return more if value > 0 else less


def _features() -> dict[str, str]:
    return {
        "preference": _("One of the first three choices"),
        "interest": _("A good match of interests"),
        "travel": _("A way of more than 45 minutes"),
    }
