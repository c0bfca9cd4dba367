"""A run in words: how far it is, why it failed, what its goals came to."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from wbl import clock
from wbl.db import db
from wbl.i18n import percent, seconds
from wbl.interests.models import Submission
from wbl.people.models import Student
from wbl.rounds.engine_words import changed
from wbl.rounds.models import RunState, SolveRun
from wbl.rounds.policy import goals_of
from wbl.rounds.words import PHASES, SHORTFALLS, WORKING, goal_amount, goal_name

REFRESH_SECONDS = 1
FEASIBLE = "feasible"  # the status of a result that the time limit ended before it was proved best
_PSEUDONYM = re.compile(r"\bP[A-Z2-7]{8}\b")


def progress_of(run: SolveRun) -> dict[str, Any] | None:
    """The arguments of the progress component; None where the run has ended."""
    if run.state not in (RunState.QUEUED, RunState.RUNNING):
        return None
    progress = run.progress or {}
    phase = progress.get("phase", "")
    names = list(PHASES)
    at = names.index(phase) if phase in names else -1
    return {
        "headline": _headline(run, phase),
        "phases": [
            {
                "label": str(label),
                "state": "done" if place < at else "current" if place == at else "ahead",
            }
            for place, label in enumerate(PHASES.values())
        ],
        "goals": _goals_so_far(run, progress.get("goals", {}), solving=phase == "solve"),
        "elapsed": _elapsed(run),
        "refresh": REFRESH_SECONDS,
    }


def _headline(run: SolveRun, phase: str) -> str:
    if run.stop_requested:
        return _("Stopping …")
    if run.state is RunState.QUEUED:
        return _("Waiting for its turn …")
    return str(WORKING.get(phase, WORKING["read"]))


def _elapsed(run: SolveRun) -> str:
    if run.started_at is None:
        return ""
    return _("%(time)s so far", time=seconds((clock.now() - run.started_at).total_seconds()))


def _goals_so_far(run: SolveRun, reached: dict[str, Any], *, solving: bool) -> list[dict[str, Any]]:
    if run.method == "stable":
        return []
    goals, current = [], solving
    for name in goals_of(run.round.policy):
        value, bound = reached.get(name, (None, None))
        if name == "floors" and value == bound == 0:  # without a minimum nothing is ever missing
            continue
        if value is None:
            state, text, share = ("running", _("being worked out"), 0.0) if current else ("waiting", "", 0.0)
            current = False
        else:
            state = "proved" if value == bound else "running"
            text = _most(name, value, bound)
            share = value / bound if bound and bound > 0 else 1.0
        goals.append({"label": goal_name(name), "share": share, "text": text, "state": state})
    return goals


def _most(name: str, value: int, bound: int | None) -> str:
    if bound is None:
        return goal_amount(name, value)
    said = {"value": goal_amount(name, value), "bound": goal_amount(name, bound)}
    if name in SHORTFALLS:
        return _("%(value)s, no fewer than %(bound)s possible.", **said)
    return _("%(value)s, no more than %(bound)s possible.", **said)


def goals_of_run(run: SolveRun) -> list[dict[str, Any]]:
    """Each goal of a done run, in order, with its value, its bound and whether that is proved."""
    return [
        {
            "name": goal["name"],
            "label": goal_name(goal["name"]),
            "value": goal_amount(goal["name"], goal["value"]),
            "bound": goal_amount(goal["name"], goal["bound"]) if goal["bound"] is not None else None,
            "proved": goal["bound"] is not None and goal["bound"] == goal["value"],
        }
        for goal in (run.summary or {}).get("goals", [])
    ]


def gap_of(run: SolveRun) -> list[str]:
    """Of a run that the time limit ended: each goal that is not proved, and how much more there may be."""
    if (run.summary or {}).get("status") != FEASIBLE:
        return []
    return [
        _gap_words(goal["name"], goal["value"], goal["bound"])
        for goal in (run.summary or {})["goals"]
        if goal["bound"] != goal["value"]
    ]


def _gap_words(name: str, value: int, bound: int | None) -> str:
    said = {"goal": goal_name(name), "value": goal_amount(name, value)}
    if bound is None:
        return _("%(goal)s: %(value)s; how much more is possible is not known.", **said)
    said["bound"] = goal_amount(name, bound)
    if name in SHORTFALLS:
        return _("%(goal)s: %(value)s, and no match can have fewer than %(bound)s.", **said)
    gap = percent((bound - value) / bound, 2) if bound else ""
    return _(
        "%(goal)s: %(value)s, and no match can reach more than %(bound)s (%(gap)s more).", **said, gap=gap
    )


def error_of(run: SolveRun) -> dict[str, Any] | None:
    """Why a run failed, with pseudonyms turned back into names for those who may see them."""
    if run.error is None:
        return None
    error = dict(run.error)
    texts = [fault["message"] for fault in error.get("faults", [])]
    texts += [error.get("message", ""), *error.get("violations", [])]
    names = _names(run, {name for text in texts for name in _PSEUDONYM.findall(text)})

    def named(text: str) -> str:
        return _PSEUDONYM.sub(lambda found: names.get(found[0], found[0]), text)

    error["faults"] = [changed(fault, named) for fault in error.get("faults", [])]
    return changed(error, named) if "message" in error else error


def _names(run: SolveRun, pseudonyms: set[str]) -> dict[str, str]:
    if not pseudonyms:
        return {}
    found = db.session.execute(
        select(Submission.pseudonym, Student)
        .join(Student, Student.id == Submission.student_id)
        .where(Submission.round_id == run.round_id, Submission.pseudonym.in_(pseudonyms))
    )
    return {pseudonym: student.name for pseudonym, student in found}


FILTERS = (gap_of,)
