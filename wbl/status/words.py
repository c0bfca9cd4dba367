"""Stages of a student in a round, as words."""

from __future__ import annotations

from flask_babel import gettext as _


def stage_names() -> dict[str, str]:
    """Each stage, as a list says it of one student."""
    return {
        "not_begun": _("not begun"),
        "begun": _("begun"),
        "submitted": _("submitted"),
        "placed": _("placed"),
        "answered": _("placed, family has answered"),
    }
