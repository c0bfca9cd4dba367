"""What an employer answers step by step, and the cells of the round format that come of it.

``Answers`` is what a posting stores: a document with a key for each question that was answered. An
absent key is "not answered", as an empty cell is in the format, and never excludes anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from matching.files import BadCell, format_windows, parse_windows
from matching.files.columns import OBSERVATION_KINDS
from matching.problem import Window
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.tasks import drives, hazards_of

Answers = dict[str, Any]

STEPS = ("about", "tasks", "when", "where", "seats", "pay", "access", "requires", "people")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FACTORS = ("expectation", "training", "coursework", "calendar", "duration", "displaces", "entitlement")
"""The seven factors of the primary-beneficiary test, each put so that "yes" speaks for an internship."""
PROVIDES, ARRANGES, CANNOT = "provides", "arranges", "cannot"
SAME_NEED = {"wheelchair_access": "wheelchair", "step_free_access": "step_free"}
"""Codes that mean the same: whoever says one of them has said the other."""
WORDS = ("description", "what_to_bring", "directions", "supervisor", "learn_before")


AS_KIND_SAYS = "by_kind"
"""``employment`` of a posting that came with a folder whose cell was empty."""
DECIDES_EMPLOYMENT = ("kind", "tasks", "hazards_more", "drives", "paid", "hourly_wage", "factors")
"""Whoever changes one of these says anew whether it is work: what a folder said of it holds no more."""


def observes(answers: Mapping[str, Any]) -> bool:
    """Whether the student watches and no work is done.

    What is paid, or has a task that labor law names, is work, whatever its kind is called.
    """
    said = answers.get("employment", "")
    if said in ("observation", "employee", "trainee"):
        return bool(said == "observation")
    watches = answers.get("kind", "internship") in OBSERVATION_KINDS
    return watches and (said == AS_KIND_SAYS or not _works(answers))


def _works(answers: Mapping[str, Any]) -> bool:
    chosen = answers.get("tasks", [])
    tasks = hazards_of(chosen, answers.get("hazards_more", [])) or drives(chosen) or answers.get("drives")
    return bool(tasks) or answers.get("paid") == "yes"


def unpaid_work(answers: Mapping[str, Any]) -> bool:
    """Whether the seven factors have to be walked through."""
    return not observes(answers) and answers.get("paid") == "no"


def schedule_cell(answers: Mapping[str, Any]) -> str:
    """The ``schedule`` cell: weekly windows, single dates, or what came with a folder."""
    timing = answers.get("timing")
    if timing == "kept":
        return str(answers.get("schedule", ""))
    if timing == "dates":
        rows = sorted(answers.get("dates", []))
        return ";".join(f"{day} {start}-{end}" for day, start, end in rows)
    if timing in ("weekly", "flexible"):
        weekly = answers.get("weekly", {})
        return ";".join(f"{day} {weekly[day][0]}-{weekly[day][1]}" for day in DAYS if day in weekly)
    return ""


def dates_of(answers: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """First and last day. Work of single dates begins with the first of them and ends with the last."""
    if answers.get("timing") == "dates" and answers.get("dates"):
        days = sorted(date.fromisoformat(row[0]) for row in answers["dates"])
        return days[0], days[-1]
    first, last = answers.get("start_date"), answers.get("end_date")
    return (date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def moved(answers: Mapping[str, Any], weeks: int) -> Answers:
    """First day, last day and single days, so many weeks later."""
    later = timedelta(weeks=weeks)

    def move(day: str) -> str:
        return (date.fromisoformat(day) + later).isoformat()

    found: Answers = {name: move(answers[name]) for name in ("start_date", "end_date") if answers.get(name)}
    if answers.get("dates"):
        found["dates"] = [[move(day), *times] for day, *times in answers["dates"]]
    return found


def needs_cell(answers: Mapping[str, Any], kind: str) -> str:
    """The codes that were marked ``provides``, ``arranges`` or ``cannot``, with those of the same meaning."""
    codes = {code for code, said in answers.get("access", {}).items() if said == kind}
    return ";".join(sorted(codes | {SAME_NEED[code] for code in codes & SAME_NEED.keys()}))


def merged(answers: Mapping[str, Any], given: Mapping[str, Any]) -> Answers:
    """The answers with those of a step; one that is None or empty is not answered any more."""
    kept = {**answers, **given}
    if any(key in given and (kept[key] or None) != answers.get(key) for key in DECIDES_EMPLOYMENT):
        kept.pop("employment", None)
    return {key: value for key, value in kept.items() if value not in (None, "", [], {})}


def employment_of(answers: Mapping[str, Any]) -> str:
    """The ``employment`` cell: as the folder said that it came with, else as the answers say."""
    said = answers.get("employment")
    if said:
        return "" if said == AS_KIND_SAYS else str(said)
    if observes(answers):
        return "observation"
    return "trainee" if unpaid_work(answers) else "employee"


def text_cells(answers: Mapping[str, Any]) -> dict[str, str]:
    """The cells of opportunities.csv that an offering keeps as text."""
    chosen = answers.get("tasks", [])
    flexible = answers.get("timing") == "flexible"
    return {
        "kind": answers.get("kind", "internship"),
        "employment": employment_of(answers),
        "labor_program": answers.get("labor_program", ""),
        "riasec": answers.get("riasec", ""),
        "cluster": answers.get("cluster", ""),
        "soc_code": answers.get("soc_code", ""),
        "place": answers.get("place", "site"),
        "schedule": schedule_cell(answers),
        "flexible_hours": str(answers.get("flexible_hours", "")) if flexible else "",
        "hours_per_week": str(answers.get("hours_per_week", "")),
        "min_students": _text(answers.get("min_students")),
        "paid": answers.get("paid", ""),
        "hourly_wage": str(answers.get("hourly_wage", "")) if answers.get("paid") == "yes" else "",
        PROVIDES: needs_cell(answers, PROVIDES),
        ARRANGES: needs_cell(answers, ARRANGES),
        CANNOT: needs_cell(answers, CANNOT),
        "hazards": hazards_of(chosen, answers.get("hazards_more", [])),
        "drives": "yes" if drives(chosen) or answers.get("drives") else "",
        "min_age": _text(answers.get("min_age")),
        "min_grade": _text(answers.get("min_grade")),
        "requires_credentials": ";".join(answers.get("credentials", [])),
        "requires_courses": ";".join(answers.get("courses", [])),
        "requires_languages": ";".join(answers.get("languages", [])),
        "open_to": ";".join(answers.get("open_to", [])),
        "budget_id": answers.get("budget_id", ""),
        "cost": answers.get("cost", ""),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def answers_of(opportunity: Opportunity, offering: Offering | None) -> Answers:
    """The answers that would give this opportunity: for one that came with a folder."""
    answers: Answers = {"title": opportunity.title, "done": list(STEPS)}
    answers |= {name: getattr(opportunity, name) for name in WORDS if getattr(opportunity, name)}
    if opportunity.site_id is not None:
        answers["site_id"] = opportunity.site_id
    if offering is None:
        return {**answers, "done": []}
    plain = ("kind", "labor_program", "riasec", "cluster", "soc_code", "place", "flexible_hours", "paid")
    answers |= {
        name: getattr(offering, name)
        for name in (*plain, "hours_per_week", "hourly_wage", "budget_id", "cost")
        if getattr(offering, name)
    }
    answers["employment"] = offering.employment or AS_KIND_SAYS
    if offering.employment == "trainee":
        answers["paid"] = "no"
    answers |= _numbers(offering) | _lists(offering) | _timing(offering)
    answers["access"] = {
        code: kind for kind in (CANNOT, ARRANGES, PROVIDES) for code in _items(getattr(offering, kind))
    }
    return answers


def _numbers(offering: Offering) -> Answers:
    found = {name: getattr(offering, name) for name in ("min_students", "min_age", "min_grade")}
    return {"seats": offering.seats, **{name: int(cell) for name, cell in found.items() if cell}}


def _lists(offering: Offering) -> Answers:
    columns = {
        "hazards_more": offering.hazards,
        "credentials": offering.requires_credentials,
        "courses": offering.requires_courses,
        "languages": offering.requires_languages,
        "open_to": offering.open_to,
    }
    found: Answers = {name: _items(cell) for name, cell in columns.items() if cell}
    return {**found, "drives": True} if offering.drives == "yes" else found


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _timing(offering: Offering) -> Answers:
    """The schedule as the form asks for it; one that the form has no boxes for is kept as written."""
    found: Answers = {
        name: value.isoformat()
        for name, value in (("start_date", offering.start_date), ("end_date", offering.end_date))
        if value
    }
    windows = _windows(offering.schedule)
    kept = {**found, "timing": "kept", "schedule": offering.schedule}
    if not windows:
        return {**found, "timing": "agree"} if not offering.schedule else kept
    if all(window.weekly for window in windows):
        if len({window.day for window in windows}) < len(windows):
            return kept
        timing = "flexible" if offering.flexible_hours else "weekly"
        return {**found, "timing": timing, "weekly": {DAYS[w.day]: _times(w) for w in windows}}
    if all(window.day >= len(DAYS) for window in windows) and not offering.flexible_hours:
        dated = [[date.fromordinal(w.day).isoformat(), *_times(w)] for w in windows]
        return {**found, "timing": "dates", "dates": dated}
    return kept


def _windows(cell: str) -> tuple[Window, ...]:
    try:
        return tuple(Window(*window) for window in parse_windows(cell)) if cell else ()
    except BadCell:
        return ()


def _times(window: Window) -> list[str]:
    """From and to: "13:00", "16:00"."""
    times = format_windows((window,)).rpartition(" ")[2]
    return times.split("-")
