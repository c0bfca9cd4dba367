"""Tasks and visits in words, for the school's own pages: a family reads none of them."""

from __future__ import annotations

from flask_babel import gettext as _

from wbl.agreements.models import TaskHolder, VisitKind


def task_holder(holder: str) -> str:
    """Who arranges it."""
    names = {
        TaskHolder.SCHOOL: _("The school"),
        TaskHolder.SITE: _("The place of work"),
        TaskHolder.JOB_COACH: _("A job coach"),
        TaskHolder.AGENCY: _("An agency"),
        TaskHolder.FAMILY: _("The family"),
    }
    return names[TaskHolder(holder)]


def visit_name(kind: str) -> str:
    """Which visit it is."""
    names = {
        VisitKind.BEFORE: _("Before the start"),
        VisitKind.WEEK_1: _("In week 1"),
        VisitKind.WEEK_2: _("In week 2"),
        VisitKind.OTHER: _("Another visit"),
    }
    return names[VisitKind(kind)]


FILTERS = (task_holder, visit_name)
