"""Invented content for the gallery. Nobody here exists."""

from __future__ import annotations

from typing import Any

from wbl.pagination import Page

PARTS = (
    {"name": "preference", "label": "Preference"},
    {"name": "interest", "label": "Interest"},
    {"name": "travel", "label": "Travel"},
    {"name": "growth", "label": "Growth"},
)

STAGES = (
    {"label": "Prepare", "href": "#", "note": "120 students"},
    {"label": "Solve", "href": "#", "note": "Run 4"},
    {"label": "Review"},
    {"label": "Publish"},
    {"label": "Letters"},
)


def parts(*shares: float) -> list[dict[str, Any]]:
    """The parts of a utility, for the meter."""
    return [{**part, "share": share} for part, share in zip(PARTS, shares, strict=True)]


PLACEMENTS: list[dict[str, Any]] = [
    {
        "student": "Amara J.",
        "who": "Grade 11 · Carver",
        "opportunity": "Veterinary assistant",
        "employer": "Crescent Animal Clinic",
        "parts": parts(40, 22, 17, 9),
        "why": "first choice, close by",
        "rank": 1,
        "minutes": 18,
        "status": ("proposed", "neutral", None),
    },
    {
        "student": "Diego R.",
        "who": "Grade 12 · Warren Easton",
        "opportunity": "Electrical pre-apprentice",
        "employer": "Delta Electric",
        "parts": parts(33, 25, 9, 13),
        "why": "strong interest, needs 60 hours",
        "rank": 2,
        "minutes": 41,
        "status": ("agreement needed: HO 5", "warn", "warn"),
    },
    {
        "student": "Linh T.",
        "who": "Grade 10 · Carver",
        "opportunity": "Library aide",
        "employer": "Milton Latter Branch",
        "parts": parts(27, 18, 19, 12),
        "why": "after school only: age 15",
        "rank": 3,
        "minutes": 12,
        "status": ("required by you", "info", "pin"),
    },
    {
        "student": "Maximiliana Featherstonehaugh-Villanueva",
        "who": "Grade 11 · Carver",
        "opportunity": "Bookkeeping and office administration intern",
        "employer": "Featherstone, Villanueva & Sons Certified Accountants",
        "parts": parts(2, 12.5, 3, 7.5),
        "why": "not ranked, open to others",
        "rank": None,
        "minutes": 55,
        "status": ("travel unknown", "stop", "stop"),
    },
]

COLUMNS = (
    {"label": "Student", "key": "student"},
    {"label": "Opportunity", "key": "opportunity"},
    {"label": "Why"},
    {"label": "Choice", "key": "rank", "number": True},
    {"label": "Minutes", "key": "minutes", "number": True},
    {"label": "Status"},
)

TASKS = (
    {
        "label": "Import students and offerings",
        "href": "#",
        "status": "done",
        "kind": "good",
        "hint": "120 students, 60 opportunities, 128 seats",
    },
    {"label": "Mend what the import found", "href": "#", "status": "3 warnings", "kind": "warn"},
    {
        "label": "Choose what the round optimizes",
        "href": "#",
        "status": "not started",
        "hint": "Most students placed, then best fit",
    },
    {"label": "Publish", "href": None, "status": "not yet", "hint": "After a run was reviewed"},
)

EVENTS = (
    {
        "what": "Run 4 solved: 112 of 120 placed",
        "when": "November 21, 2026, 3:05 pm",
        "who": "Renée Fontenot",
        "kind": "good",
        "href": "#",
    },
    {
        "what": "Linh T. at Library aide is required",
        "when": "November 21, 2026, 2:58 pm",
        "who": "Renée Fontenot",
        "why": "Her aunt works there and can drive her home on Thursdays.",
    },
    {
        "what": "Import refused: 2 faults",
        "when": "November 20, 2026, 9:12 am",
        "who": "Renée Fontenot",
        "kind": "stop",
    },
)

PHASES = (
    {"label": "Read", "state": "done"},
    {"label": "Pairs", "state": "done"},
    {"label": "Solve", "state": "current"},
    {"label": "Prove", "state": "ahead"},
    {"label": "Verify", "state": "ahead"},
)

GOALS = (
    {"label": "Students placed", "share": 1.0, "text": "112 placed; no more is possible.", "state": "proved"},
    {"label": "Priority", "share": 1.0, "text": "31 of 31 points.", "state": "proved"},
    {
        "label": "Utility",
        "share": 0.93,
        "text": "71.2 million; at most 76.4 million, a gap of 6.8 %.",
        "state": "running",
    },
)

COMPARED = (
    {"label": "Students placed", "amounts": (108, 112)},
    {"label": "First choices", "amounts": (74, 71)},
    {"label": "Middle journey", "amounts": (27, 24), "shown": ("27 minutes", "24 minutes")},
)

PAGE: Page[None] = Page(items=(), number=4, total=463)
