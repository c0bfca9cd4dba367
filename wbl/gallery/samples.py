"""Invented content for the gallery. Nobody here exists."""

from __future__ import annotations

from typing import Any

from wbl.interests.hexagon import hexagon
from wbl.pagination import Page
from wbl.rounds.travel_map import Outside, Spot, Square, TravelMap

INTERESTS = hexagon((31, 12, 8, 35, 22, 15), (24, 18, 8, 30, 26, 15))

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


def square(row: int, column: int, students: int, level: int) -> Square:
    """A square of the sample map."""
    name = f"{chr(ord('A') + column)}{row + 1}"
    placed, minutes = students - 5, 20.0 + 2 * row
    return Square(name, column * 125.0, row * 125.0, 125.0, 125.0, students, placed, minutes, level)


MAP = TravelMap(
    height=500.0,
    squares=[
        square(0, 1, 12, 2),
        square(0, 2, 31, 5),
        square(1, 2, 24, 4),
        square(2, 4, 18, 3),
        square(3, 5, 10, 1),
    ],
    spots=[
        Spot(190.0, 60.0, 12.0, "Crescent Animal Clinic", 0, "B1", 4, 4),
        Spot(420.0, 190.0, 19.0, "Delta Electric", 2, "D2", 18, 11),
        Spot(700.0, 430.0, 9.0, "Milton Latter Branch", 0, "F4", 1, 0),
    ],
    outside=[Outside("south", 500.0, 500.0, 6, 1)],
    unknown=2,
    miles=1.4,
    left_out=7,
)

SEAT_USE = (
    {"label": "Healthcare & Human Services", "taken": 28, "seats": 28},
    {"label": "Arts, Entertainment & Design", "taken": 9, "seats": 16},
    {"label": "Construction", "taken": 0, "seats": 6},
)

FUNNEL = (
    {"label": "English learners", "students": 22, "placed": 0.9, "first": 0.41, "look": False},
    {"label": "Not English learners", "students": 86, "placed": 0.88, "first": 0.52, "look": False},
    {"label": "Grade 9", "students": 14, "placed": 0.64, "first": 0.2, "look": True},
    {"label": "Grade 13", "students": 11, "placed": None, "first": None, "look": False},
)

GROWTH = (
    {"label": "Communication", "values": (2.1, 2.8, 3.9)},
    {"label": "Initiative", "values": (3.0, None, 3.4)},
    {"label": "Teamwork", "values": (2.6, 3.1, 3.1)},
)
