"""A round in which every reason keeps one student from something, and tampering with what they rest on."""

from __future__ import annotations

from matching.files import write_table
from tests.matching.tampering import Files, Tamper, told

OVERLAY = """
jurisdiction = "district"
name = { en = "district", es = "del distrito" }
[[rules]]
code = "D-LATE"
kind = "latest"
under_age = 18
time = "20:00"
before = "any"
citation = "policy 5"
source = "the board's minutes"
sure = "V"
en = "late work"
es = "trabajo tarde"
[[rules]]
code = "D-VISIT"
kind = "condition"
under_age = 18
asked = "always"
citation = "policy 6"
source = "the board's minutes"
sure = "V"
en = "a visit by your teacher"
es = "una visita de tu docente"
"""

WISHES: dict[str, dict[str, str]] = {
    "age": {"min_age": "18"},
    "flexible": {"schedule": "Mon 10:00-12:00", "flexible_hours": "4"},
    "grade": {"min_grade": "12"},
    "hours": {"kind": "internship", "schedule": "Mon 18:00-21:00"},
    "law": {"kind": "internship", "hazards": "HO7;HO10"},
    "need": {"cannot": "ramp;quiet"},
    "pay": {"paid": "no"},
    "proof": {
        "requires_credentials": "food;first_aid",
        "requires_courses": "art",
        "requires_languages": "es",
    },
    "school": {"open_to": "school:south;program:it"},
    "time": {"schedule": "Mon 08:00-09:00;Tue 10:00-11:00"},
    "way": {"latitude": "31", "longitude": "-90"},
}
SEAT = {"work": {"kind": "internship", "teaches": "tools", "growth": "0.75"}}


def choosy_round() -> Files:
    """One student with a seat that they did not wish for, and another reason against each of their wishes."""
    header = (
        "student_id",
        "birth_date",
        "grade",
        "latitude",
        "longitude",
        "needs",
        "pay",
        "available",
        "to_learn",
    )
    columns = sorted({"kind", *(column for wish in (WISHES | SEAT).values() for column in wish)})
    usual = {"kind": "job_shadow"}
    work = [
        (name, "1", *((usual | wish).get(c, "") for c in columns)) for name, wish in (WISHES | SEAT).items()
    ]
    ranks = [("ida", name, str(rank)) for rank, name in enumerate(WISHES, 1)]
    return {
        "students.csv": write_table(
            header,
            [("ida", "2010-02-28", "10", "30", "-90", "ramp", "paid", "Mon 09:00-22:00", "tools;talk")],
        ),
        "opportunities.csv": write_table(("opportunity_id", "seats", *columns), work),
        "preferences.csv": write_table(("student_id", "opportunity_id", "rank"), ranks),
        "policy.toml": b'on_date = 2027-01-11\n[law]\noverlays = ["district.toml"]\n',
        "district.toml": OVERLAY.encode(),
    }


def reason(place: int, path: str, value: object) -> Tamper:
    """Change what lies in the reasons against one of the wishes."""
    return told("ida", f"better_liked.{place}.reasons.0.{path}", value)


DETAILS: dict[str, tuple[str, Tamper, str]] = {
    "a key of a reason": ("choosy", reason(2, "note", 1), 'better liked grade: grade has "note"'),
    "a key of a rule": ("choosy", reason(4, "rules.0.note", 1), 'better liked law: HO7 has "note"'),
    "another citation": ("choosy", reason(4, "rules.0.citation", "HO 8"), "better liked law: HO7: citation"),
    "a figure in words": ("choosy", reason(3, "rules.0.found", "late"), "D-LATE: found is"),
    "a district's rule in other words": (
        "choosy",
        told("ida", "placed.0.own_rules.D-VISIT.words.en", "a call"),
        "student ida: own_rules is",
    ),
    "another record of the site": (
        "choosy",
        told("ida", "placed.0.learned.record", 0.9),
        "student ida: learned is",
    ),
    "more than is taught": (
        "choosy",
        told("ida", "placed.0.learned.teaches", ["talk", "tools"]),
        "student ida: learned is",
    ),
    "a key of a leg": ("optimal", told("ana", "placed.0.leg.note", 1), 'student ana: leg has "note"'),
    "a key of a step": (
        "bus",
        told("ivy", "placed.0.leg.steps.there.1.note", "full"),
        "the steps of the leg are no way",
    ),
}
