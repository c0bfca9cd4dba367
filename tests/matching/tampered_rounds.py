"""Rounds with everything that a result keeps to as a whole, and with every reason: what is tampered with."""

from __future__ import annotations

from matching.files import write_table
from matching.previous import Previous
from tests.matching.feeds import feed
from tests.matching.tampered_details import choosy_round
from tests.matching.tampering import Files


def csv(header: str, *rows: str) -> bytes:
    return write_table(header.split(","), [row.split(",") for row in rows])


def whole_round() -> Files:
    """Six students, five opportunities, and each kind of side constraint once."""
    return {
        "students.csv": csv(
            "student_id,school_id,groups,max_placements",
            "amy,north,rural,2", "bob,north,,1", "cat,north,,1", "dan,south,rural,1", "eva,south,,1",
            "flo,south,,1",
        ),
        "opportunities.csv": csv(
            "opportunity_id,seats,site_id,employer_id,min_students,budget_id,cost,schedule",
            "bank,2,hall,city,,grant,2,Mon 13:00-15:00",
            "cafe,2,,food,,,,Mon 14:00-16:00",
            "deli,3,,food,2,,,",
            "farm,1,hall,city,,grant,2,",
            "gym,1,,play,,,,Tue 14:00-16:00",
        ),
        "eligible.csv": csv(
            "student_id,opportunity_id,utility",
            "amy,bank,9", "amy,cafe,5", "amy,gym,7", "bob,deli,4", "bob,cafe,3", "cat,deli,6", "cat,cafe,1",
            "dan,farm,8", "dan,bank,2", "eva,bank,5", "eva,gym,3", "eva,farm,1", "flo,deli,2",
        ),
        "limits.csv": csv("scope,id,min,max", "employer,food,,3", "school,north,2,", "group,rural,1,"),
        "pairs.csv": csv("student_a,student_b,relation", "bob,cat,together", "dan,eva,apart"),
        "budgets.csv": csv("budget_id,amount", "grant,4"),
        "schools.csv": csv("school_id", "north", "south"),
        "preferences.csv": csv("student_id,opportunity_id,rank", "amy,bank,1", "amy,gym,1", "eva,bank,1"),
        "policy.toml": b"""on_date = 2027-01-11
[objective]
goals = ["placed", "floors", "first_choices", "fewest_changes", "utility", "worst_utility"]
""",
    }  # fmt: skip


def van_round() -> Files:
    """Two students who reach the same site by their school's van alone."""
    return {
        "students.csv": csv(
            "student_id,school_id,birth_date,latitude,longitude,travel_modes,max_travel_minutes",
            "amy,north,2009-01-01,30,-90,van;walk,30", "bob,north,2009-01-01,30,-90,van,30",
        ),
        "opportunities.csv": csv(
            "opportunity_id,seats,latitude,longitude,start_date", "bank,2,30.05,-90,2027-01-11"
        ),
        "schools.csv": csv("school_id,van_seats", "north,1"),
        "policy.toml": b"on_date = 2027-01-11\n",
    }  # fmt: skip


def crowded_round() -> Files:
    """One seat that eleven students ranked first."""
    names = [f"s{i:02}" for i in range(11)]
    return {
        "students.csv": csv("student_id", *names),
        "opportunities.csv": csv("opportunity_id,seats", "bank,1"),
        "eligible.csv": csv("student_id,opportunity_id,utility", *(f"{name},bank,5" for name in names)),
        "preferences.csv": csv("student_id,opportunity_id,rank", *(f"{name},bank,1" for name in names)),
    }


def listed_round() -> Files:
    return {
        "students.csv": csv("student_id", "ana", "ben"),
        "opportunities.csv": csv("opportunity_id,seats", "bank,1"),
        "eligible.csv": csv("student_id,opportunity_id,utility", "ana,bank,5"),
    }


def fractional_round() -> Files:
    """Three students, any two of whom stay apart at one site: half of each would fit."""
    return {
        "students.csv": csv("student_id", "amy", "bob", "cat"),
        "opportunities.csv": csv("opportunity_id,seats", "bank,3"),
        "eligible.csv": csv("student_id,opportunity_id,utility", "amy,bank,1", "bob,bank,1", "cat,bank,1"),
        "pairs.csv": csv("student_a,student_b,relation", "amy,bob,apart", "amy,cat,apart", "bob,cat,apart"),
        "policy.toml": b'[objective]\ngoals = ["placed"]\n',
    }


def conflicting_round() -> Files:
    """A pin against a limit."""
    return {
        **listed_round(),
        "opportunities.csv": csv("opportunity_id,seats,employer_id", "bank,1,city"),
        "pins.csv": csv("student_id,opportunity_id,decision,reason", "ana,bank,require,agreed"),
        "limits.csv": csv("scope,id,min,max", "employer,city,,0", "kind,internship,,9"),
    }


def bus_round() -> Files:
    """A student with one bus to the clinic, and none to the quarry, which she likes better."""
    return {
        "students.csv": csv(
            "student_id,birth_date,travel_modes,max_travel_minutes,latitude,longitude",
            "ivy,2009-06-15,transit,90,30.0022,-90",
        ),
        "opportunities.csv": csv(
            "opportunity_id,seats,schedule,start_date,latitude,longitude",
            "clinic,1,Mon 13:00-16:00,2027-01-18,30.1016,-90",
            "quarry,1,Mon 13:00-16:00,2027-01-18,31.1016,-90",
        ),
        "preferences.csv": csv("student_id,opportunity_id,rank", "ivy,quarry,1", "ivy,clinic,2"),
        "policy.toml": (
            b'on_date = 2027-01-18\n[travel]\nprovider = "gtfs"\nfeed = "feed.zip"\n'
            b"[law]\nin_session = false\n"
        ),
        "feed.zip": feed(),
    }


BASES: dict[str, tuple[Files, Previous | None]] = {
    "whole": (whole_round(), {"dan": ("bank",), "flo": ("deli",)}),
    "van": (van_round(), None),
    "crowded": (crowded_round(), None),
    "listed": (listed_round(), None),
    "fractional": (fractional_round(), None),
    "conflict": (conflicting_round(), None),
    "bus": (bus_round(), None),
    "choosy": (choosy_round(), None),
}
