"""Random small rounds as files, in which every reason, rule and part of the format turns up.

Most cells are drawn from a few values that meet one another often: a uniform draw from all that
the format allows would make rounds in which nothing is eligible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from matching.files import write_table
from tests.matching.strategies_law import within

Files = dict[str, bytes]
Draw = Any

STUDENT_IDS = ("S1", "S10", "S2", "Ñandú", "a,b", "z")
OPPORTUNITY_IDS = ("O1", "O10", "O2", "Ω", "bakery")
SCHOOL_IDS = ("north", "south")
GOALS = ("placed", "priority", "floors", "utility")
PARTS = ("preference", "interest", "travel", "growth")

PLACES = (
    ("", ""),
    ("29.951", "-90.072"),
    ("29.951", "-90.072"),
    ("29.952", "-90.075"),
    ("29.94", "-90.08"),
    ("29.958", "-90.065"),
    ("30.012", "-90.021"),
    ("29.71", "-90.3"),
)
RIASEC = ("", "", "SEC", "RI", "A", "ISR", "30;12;8;22;19;5", "1;2;3;4;5;6.5", "7;7;7;7;7;7", "0;40;40;3;0;9")
AVAILABLE = (
    "",
    "",
    "",
    ";".join(f"{day} 14:00-20:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")),
    "Mon 06:00-22:00;Sat 06:00-22:00;Thu 06:00-24:00",
    "Mon 13:00-15:00;Mon 15:00-18:00;Wed 08:00-20:00",
    "2027-01-14 08:00-18:00;Tue 15:00-18:00;Sat 09:00-13:00",
    "Sun 09:00-17:00",
)
SCHEDULE = (
    "",
    "",
    "Mon 15:00-18:00",
    "Mon 15:30-17:30;Wed 15:30-18:00",
    "Tue 15:00-18:00;Thu 15:00-18:00",
    "Mon 14:00-17:00",
    "Tue 15:00-19:00",
    "Sat 09:00-17:00",
    "Sat 08:00-17:00",
    "Sun 06:30-09:00",
    "Wed 17:00-20:00",
    "Thu 18:00-21:30;Fri 18:00-20:00",
    "2027-01-14 09:00-15:00",
    "2027-01-14 15:00-18:00;Mon 15:00-18:00",
    "2027-07-06 09:00-17:00",
    "2026-12-30 15:00-18:30",
    "Mon 09:00-15:00;Tue 09:00-14:00",
    "Mon 15:00-17:00;Mon 16:00-18:00",
    "Mon 15:00-18:00;Tue 15:00-18:00;Wed 15:00-18:00;Thu 15:00-18:00;Fri 15:00-18:00;Sat 09:00-14:00",
)
FLEXIBLE = (
    "Mon 13:00-20:00;Wed 13:00-20:00",
    "Mon 06:00-09:00;Mon 15:00-16:30;Tue 15:00-19:30;Sat 08:00-18:00",
    "Mon 15:00-17:00;Mon 17:00-18:30;2027-01-14 09:00-20:00",
    "Wed 16:00-22:00;Sun 10:00-20:00",
    "",
)
BIRTH = (
    "",
    "2008-05-20",
    "2008-05-20",
    "2009-01-11",
    "2009-01-12",
    "2010-01-11",
    "2010-03-02",
    "2011-01-11",
    "2011-01-14",
    "2011-06-05",
    "2012-02-29",
    "2012-08-08",
    "2013-01-11",
    "2013-01-12",
)
START = ("", "", "2027-01-12", "2027-01-14", "2027-02-28", "2027-05-28", "2027-06-01", "2027-09-06")
LENGTH = ("", "", "2027-09-06", "2027-09-07", "2027-12-17")
NEEDS = ("", "", "", "ramp", "quiet;ramp", "transport", "transport;quiet")
CODES = ("", "", "", "ramp", "quiet", "quiet;ramp")
HAZARDS = (*("",) * 7, "HO10", "HO16;HO2", "HO1", "Y-BAKING", "P-LIFEGUARD-POOL", "P-OFFICE;HO5")
MODES = ("", "", "walk", "bike;walk", "car", "transit;van", "bike")
CREDENTIALS = ("", "", "cpr", "cpr;osha 10")
TO_LEARN = ("", "teamwork", "communication;teamwork", "safety;tools;communication")
KINDS = ("", "", "internship", "job_shadow", "apprenticeship", "mentorship")


def _row(
    draw: Draw, choices: Mapping[str, Sequence[str]], usual: Mapping[str, str], most: int
) -> dict[str, str]:
    """A row that is usual but for at most so many cells."""
    columns = st.lists(st.sampled_from(tuple(choices)), unique=True, max_size=most)
    unusual = {name: draw(st.sampled_from(choices[name])) for name in draw(columns)}
    return dict.fromkeys(choices, "") | dict(usual) | unusual


STUDENT_CELLS: Mapping[str, Sequence[str]] = {
    "school_id": ("", *SCHOOL_IDS),
    "grade": ("", "9", "10", "11", "12", "13"),
    "birth_date": BIRTH,
    "riasec": RIASEC,
    "travel_modes": MODES,
    "max_travel_minutes": ("", "5", "10", "25", "60", "120"),
    "available": AVAILABLE,
    "needs": NEEDS,
    "languages": ("", "es;en", "en", "ES"),
    "credentials": CREDENTIALS,
    "courses": ("", "biology", "biology;welding 1"),
    "programs": ("", "health", "culinary;health"),
    "priority": ("", "0", "1", "3"),
    "pay": ("either", "paid", "unpaid"),
    "open_to_others": ("", "yes", "no"),
    "student_learner": ("", "yes", "no"),
    "to_learn": TO_LEARN,
}

OPPORTUNITY_CELLS: Mapping[str, Sequence[str]] = {
    "seats": ("0", "1", "1", "1", "2"),
    "kind": KINDS,
    "employment": ("observation", "employee", "trainee"),
    "labor_program": ("wecep", "work_study", "registered_apprenticeship"),
    "riasec": RIASEC,
    "place": ("", "site", "site", "school", "remote"),
    "start_date": START,
    "end_date": LENGTH,
    "hours_per_week": ("9.5", "19", "24", "41"),
    "paid": ("yes", "no"),
    "provides": CODES,
    "cannot": ("ramp", "quiet", "transport;ramp"),
    "hazards": HAZARDS,
    "drives": ("no", "yes"),
    "min_age": ("15", "16", "18"),
    "min_grade": ("10", "12"),
    "requires_credentials": ("cpr",),
    "requires_courses": ("welding 1",),
    "requires_languages": ("es",),
    "open_to": ("school:north", "program:health;school:south"),
    "teaches": TO_LEARN,
    "growth": ("0", "0.3", "0.85", "1"),
}


@st.composite
def rounds(draw: Draw, students: int = 6, opportunities: int = 5) -> Files:
    """Rounds whose pairs are derived from profiles."""
    s, o = _identifiers(draw, students, opportunities)
    files = {"students.csv": _students(draw, s), "opportunities.csv": _opportunities(draw, o)}
    if draw(st.booleans()):
        files["schools.csv"] = _schools(draw)
    else:
        files["schools.csv"] = write_table(["school_id"], [[name] for name in SCHOOL_IDS])
    files |= _wishes(draw, s, o)
    if draw(st.booleans()):
        growth = [[*pair, draw(st.sampled_from(("0", "0.35", "1", ".125")))] for pair in _some(draw, s, o)]
        files["growth.csv"] = write_table(["student_id", "opportunity_id", "value"], growth)
    files["policy.toml"] = _policy(draw)
    return files


@st.composite
def listed_rounds(draw: Draw, students: int = 6, opportunities: int = 5) -> Files:
    """Rounds whose pairs are listed in eligible.csv."""
    s, o = _identifiers(draw, students, opportunities)
    pairs = _some(draw, s, o, 30)
    worth = st.one_of(st.sampled_from((0, 1, 500_000, 1_000_000)), st.integers(0, 1_000_000))
    files = {
        "students.csv": write_table(
            ["student_id", "priority"], [[name, draw(st.sampled_from(("", "1", "2")))] for name in s]
        ),
        "opportunities.csv": write_table(
            ["opportunity_id", "seats"], [[name, draw(st.sampled_from("0112"))] for name in o]
        ),
        "eligible.csv": write_table(
            ["student_id", "opportunity_id", "utility"], [[*pair, str(draw(worth))] for pair in pairs]
        ),
    }
    files |= _wishes(draw, s, o)
    files["policy.toml"] = _objective(draw)
    return files


def _identifiers(draw: Draw, students: int, opportunities: int) -> tuple[list[str], list[str]]:
    def some(names: Sequence[str], most: int) -> list[str]:
        return list(draw(st.permutations(names)))[: draw(st.integers(1, most))]

    return some(STUDENT_IDS, students), some(OPPORTUNITY_IDS, opportunities)


def _some(draw: Draw, s: Sequence[str], o: Sequence[str], most: int = 12) -> list[tuple[str, str]]:
    """Some different pairs in any order."""
    pair = st.tuples(st.sampled_from(s), st.sampled_from(o))
    found: list[tuple[str, str]] = draw(st.lists(pair, unique=True, max_size=most))
    return found


def _students(draw: Draw, names: Sequence[str]) -> bytes:
    rows = []
    for name in names:
        birth = draw(st.sampled_from(BIRTH))
        usual = {
            "birth_date": birth,
            "grade": "11",
            "riasec": draw(st.sampled_from(RIASEC)),
            "needs": draw(st.sampled_from(NEEDS)),
            "student_learner": draw(st.sampled_from(("", "yes"))),
        }
        row = _row(draw, STUDENT_CELLS, usual, 8)
        rows.append([name, *draw(st.sampled_from(PLACES)), *row.values()])
    return write_table(["student_id", "latitude", "longitude", *STUDENT_CELLS], rows)


def _opportunities(draw: Draw, names: Sequence[str]) -> bytes:
    fixed = ["opportunity_id", "latitude", "longitude", "schedule", "flexible_hours"]
    rows = []
    for name in names:
        flexible = draw(st.sampled_from(("", "", "", "2", "4.5", "7", "19")))
        schedule = draw(st.sampled_from(FLEXIBLE if flexible else SCHEDULE))
        place = draw(st.sampled_from(PLACES))
        usual = {
            "seats": draw(st.sampled_from("1120")),
            "riasec": draw(st.sampled_from(RIASEC)),
            "hazards": draw(st.sampled_from(HAZARDS)),
        }
        row = _row(draw, OPPORTUNITY_CELLS, usual, 4)
        if not row["start_date"] and draw(st.booleans()):
            row["end_date"] = "2027-01-15"
        schedule = within(schedule, row["start_date"], row["end_date"])
        if row.get("employment") in ("trainee", "observation"):
            row |= {name: "" for name in ("paid", "hourly_wage") if name in row}
        if row.get("employment") == "observation":
            row |= {name: "" for name in ("hazards", "drives") if name in row}
        rows.append([name, *place, schedule, flexible, *row.values()])
    return write_table([*fixed, *OPPORTUNITY_CELLS], rows)


def _schools(draw: Draw) -> bytes:
    hours = ("", "Mon 09:00-15:30;Wed 09:00-15:30", "Sat 09:00-12:00")
    rows = [[name, *draw(st.sampled_from(PLACES)), draw(st.sampled_from(hours))] for name in SCHOOL_IDS]
    return write_table(["school_id", "latitude", "longitude", "school_hours"], rows)


def _wishes(draw: Draw, s: Sequence[str], o: Sequence[str]) -> Files:
    """Preferences, refusals and pins, each of which may be absent."""
    files: Files = {}
    if draw(st.booleans()):
        ranks, back = st.sampled_from("112345"), st.sampled_from(("", "1", "1", "2", "3"))
        rows = [
            [*pair, draw(st.one_of(ranks, st.sampled_from(("10", "11", "40")))), draw(back)]
            for pair in _some(draw, s, o)
        ]
        columns = ["student_id", "opportunity_id", "rank", "opportunity_rank"]
        files["preferences.csv"] = write_table(columns, rows)
    if draw(st.booleans()):
        refusals = [list(pair) for pair in _some(draw, s, o, 3)]
        files["refusals.csv"] = write_table(["student_id", "opportunity_id"], refusals)
    if draw(st.booleans()):
        rows, required = [], set()
        for pair in _some(draw, s, o, 4):
            decision = draw(st.sampled_from(("forbid", "require"))) if pair[0] not in required else "forbid"
            if decision == "require":
                required.add(pair[0])
            rows.append([*pair, decision, "as agreed"])
        columns = ["student_id", "opportunity_id", "decision", "reason"]
        files["pins.csv"] = write_table(columns, rows)
    return files


def _objective(draw: Draw) -> bytes:
    goals = list(draw(st.permutations(GOALS)))[: draw(st.integers(1, 4))]
    named = ", ".join(f'"{goal}"' for goal in goals)
    return f"on_date = 2027-01-11\n[objective]\ngoals = [{named}]\n".encode()


def _policy(draw: Draw) -> bytes:
    if draw(st.integers(0, 3)) == 0:
        return b"on_date = 2027-01-11\n"
    weights = draw(st.sampled_from(((40, 25, 20, 15), (1, 0, 0, 0), (0, 1, 3, 0.5), (1, 1, 1, 1))))
    flags = st.sampled_from(("true", "true", "false"))
    travel = draw(
        st.sampled_from(
            (
                "",
                "[travel]\ncircuity = 1\nreference_minutes = 30\n",
                "[travel]\noverhead_minutes = { walk = 3 }\nspeed_km_h = { transit = 25.5 }\n",
            )
        )
    )
    lines = [
        _objective(draw).decode(),
        "[weights]",
        *(f"{name} = {weight}" for name, weight in zip(PARTS, weights, strict=True)),
        "[pairs]",
        f'unranked = "{draw(st.sampled_from(("never", "if_open", "always")))}"',
        travel,
        "[law]",
        f'trainees = "{draw(st.sampled_from(("as_employees", "hours_exempt")))}"',
        f"in_session = {draw(flags)}",
        draw(st.sampled_from(("", 'school_hours = "Mon 08:00-12:00;Thu 07:30-16:00"'))),
        "",
    ]  # fmt: skip
    return "\n".join(lines).encode()
