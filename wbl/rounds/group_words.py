"""Reporting groups in words. A code that is not known shows as a district wrote it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

CATEGORIES = {
    "sex": _l("Sex"),
    "race": _l("Race"),
    "origin": _l("Origin"),
    "religion": _l("Religion"),
    "school": _l("School"),
}
GROUPS = {
    "sex:female": _l("female"),
    "sex:male": _l("male"),
    "sex:nonbinary": _l("non-binary"),
    "frl": _l("Free or reduced-price lunch"),
    "iep": _l("Individualized education program"),
    "el": _l("English learners"),
    "english_learner": _l("English learners"),
    "homeless": _l("Homeless"),
    "foster": _l("Foster care"),
    "military": _l("A parent on active duty"),
    "parenting": _l("Parenting"),
}


def group_category(code: str) -> str:
    """What stands before the colon of a group, as the title of a table; else the group itself."""
    return str(CATEGORIES.get(code) or group_name(code))


def group_name(code: str) -> str:
    """A group in words."""
    if not code:
        return _("everybody else")
    if code in GROUPS:
        return str(GROUPS[code])
    return code.partition(":")[2].replace("_", " ") or code.replace("_", " ")


def group_column(code: str) -> dict[str, Any]:
    """A group as a column of numbers."""
    return {"label": group_name(code), "number": True}


FILTERS = (group_category, group_column, group_name)
