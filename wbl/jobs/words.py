"""Words for what the worker does."""

from __future__ import annotations

from flask_babel import gettext as _


def due_job_label(name: str) -> str:
    """A job that is done again and again."""
    names = {
        "calendars": _("Note what changed in calendars"),
        "growth": _("Ask mentors to rate, and remind them"),
        "hours": _("Send the hours of a week to mentors"),
        "safety": _("Remind of safety concerns that nobody has read"),
        "paperwork": _("Begin paperwork, remind, tell coordinators"),
        "retention": _("Erase at night what is past its period"),
        "rosters": _("Take up rosters at night"),
        "vetting": _("Remind of vetting that lapses"),
    }
    return names.get(name, name)
