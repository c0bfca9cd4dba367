"""Random small rounds about the law: calendars with holidays and letters, states, a district's rules.

Times, dates and figures are drawn from few values at the edges of the rules, so that both sides of
each boundary turn up often.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from matching.files import write_table

Files = dict[str, bytes]
Draw = Any

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STATES = ("US-CO", "US-LA", "US-MA", "US-MN", "US-NM", "US-OR")
FIRST = date(2027, 1, 11)
# By how many days each term lies from the first: within a few weeks, over the summer, for years.
TERMS = (
    ("2027-01-12", "2027-01-31"),
    ("2027-01-16", "2027-02-09"),
    ("2027-05-20", "2027-06-12"),
    ("2027-08-28", "2027-09-14"),
    ("2027-01-13", "2027-01-14"),
    ("2027-02-20", "2027-04-08"),
    ("2027-01-11", ""),
    ("", "2027-02-20"),
)
BIRTH = (
    "2008-05-20", "2009-01-20", "2009-02-01", "2009-06-01", "2010-01-25", "2010-05-28", "2010-09-06",
    "2011-01-11", "2011-01-14", "2011-01-20", "2011-01-27", "2011-02-06", "2011-06-01", "2011-06-05",
    "2011-09-06", "2012-02-29", "2012-07-01", "2013-01-12", "2013-01-13", "",
)  # fmt: skip
TIMES = (
    0, 270, 300, 301, 330, 360, 389, 420, 419, 480, 540, 720, 780, 840, 899, 900, 901, 960, 1020, 1080,
    1081, 1140, 1141, 1200, 1201, 1260, 1261, 1320, 1321, 1380, 1381, 1410, 1411, 1439, 1440,
)  # fmt: skip
DATES = tuple(
    date.fromisoformat(day)
    for day in (
        "2027-01-10", "2027-01-14", "2027-01-16", "2027-01-17", "2027-01-18", "2027-01-19", "2027-01-30",
        "2027-01-31", "2027-02-01", "2027-06-01", "2027-05-31", "2027-07-01", "2027-09-06", "2027-09-07",
    )
)  # fmt: skip


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def within(schedule: str, start: str, end: str) -> str:
    """A schedule without the dated windows that lie outside the placement, which are a fault."""
    return ";".join(
        window
        for window in schedule.split(";")
        if not window[:1].isdigit()
        or ((not start or start <= window[:10]) and (not end or window[:10] <= end))
    )


@st.composite
def windows(draw: Draw, days: Sequence[str], most: int) -> str:
    """Windows on some of the days, now and then around midnight."""
    found = []
    for _ in range(draw(st.integers(1, most))):
        start, end = sorted(draw(st.lists(st.sampled_from(TIMES), min_size=2, max_size=2, unique=True)))
        same = draw(st.sampled_from(((), (), (start, end), (900, 1080), (960, 1440), (0, 360), (540, 1020))))
        start, end = same or (start, end)
        found += [f"{day} {clock(start)}-{clock(end)}" for day in draw(_some_days(days))]
    return ";".join(dict.fromkeys(found))


def _some_days(days: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(days), min_size=1, max_size=4, unique=True)


@st.composite
def law_rounds(draw: Draw, students: int = 3, opportunities: int = 3) -> Files:
    """Rounds in which only the law and the students' time exclude."""
    letters = draw(st.booleans())
    files: Files = {}
    named = ("A", "B") if letters else ()
    if letters or draw(st.booleans()):
        files["calendar.csv"] = _calendar(draw, letters)
    weekly: list[str] = [*DAYS, *named * 2]
    dated = [*weekly, *(str(day) for day in draw(st.lists(st.sampled_from(DATES), max_size=4, unique=True)))]
    hours = draw(
        st.sampled_from(
            ("", "Mon 08:00-15:00;Wed 08:00-15:00", "Sat 09:00-12:00;Fri 08:00-12:00;Thu 08:00-12:00")
        )
    )
    if letters and draw(st.booleans()):
        hours = draw(windows(["A", "B", "Mon"], 2))
    files["schools.csv"] = write_table(["school_id", "school_hours"], [["own", hours], ["usual", ""]])
    files["students.csv"] = _students(draw, students, dated)
    files["opportunities.csv"] = _opportunities(draw, opportunities, dated)
    overlay = draw(st.one_of(st.just(""), st.just(""), overlays()))
    states = draw(st.lists(st.sampled_from(STATES), unique=True, max_size=2))
    jurisdictions = draw(st.permutations(["US", *states]))
    lines = [
        f"on_date = {FIRST}",
        "[pairs]",
        'unranked = "always"',
        "[law]",
        f"jurisdictions = {list(jurisdictions)}",
        f'trainees = "{draw(st.sampled_from(("as_employees", "hours_exempt")))}"',
        f"in_session = {draw(st.sampled_from(('true', 'true', 'false')))}",
    ]
    if overlay:
        files["ours.toml"] = overlay.encode()
        lines.append('overlays = ["ours.toml"]')
    files["policy.toml"] = "\n".join([*lines, ""]).encode()
    return files


def _calendar(draw: Draw, letters: bool) -> bytes:
    """A few weeks from the first date on: by turns A and B, some dates off."""
    rows = []
    first = FIRST + timedelta(days=draw(st.integers(-8, 4)))
    turn = draw(st.integers(2, 3))
    for n in range(draw(st.integers(1, 45))):
        day = first + timedelta(days=n)
        session = draw(st.sampled_from((True, True, True, True, False))) and day.weekday() < 5
        letter = ("A", "B", "")[n % turn] if letters and (session or draw(st.integers(0, 9)) == 0) else ""
        rows.append([str(day), "yes" if session else "no", letter])
    for day, letter in ((date(2027, 6, 2), "A"), (date(2027, 6, 3), "B")):
        if letters:
            rows.append([str(day), draw(st.sampled_from(("yes", "no"))), letter])
    return write_table(["date", "in_session", "day_letter"], rows)


def _students(draw: Draw, count: int, days: Sequence[str]) -> bytes:
    rows = []
    for n in range(draw(st.integers(1, count))):
        always = draw(st.sampled_from((True, True, False)))
        free = (
            ""
            if always
            else draw(st.one_of(windows(days, 5), st.just(";".join(f"{d} 00:00-24:00" for d in days))))
        )
        rows.append(
            [
                f"S{n}",
                draw(st.sampled_from(("own", "usual", ""))),
                draw(st.sampled_from(BIRTH)),
                draw(st.sampled_from(("", "", "diploma", "mn_parent_letter", "diploma;mn_parent_letter"))),
                draw(st.sampled_from(("yes", "no"))),
                free,
            ]
        )
    columns = ["student_id", "school_id", "birth_date", "credentials", "student_learner", "available"]
    return write_table(columns, rows)


def _opportunities(draw: Draw, count: int, days: Sequence[str]) -> bytes:
    rows = []
    for n in range(draw(st.integers(1, count))):
        flexible = draw(st.sampled_from(("", "", "2", "4.1", "8", "19", "26")))
        term = draw(st.sampled_from(TERMS))
        plan = within(draw(st.one_of(windows(days, 4), windows(days, 2), st.just(""))), *term)
        employment = draw(st.sampled_from(("employee", "employee", "employee", "trainee", "observation")))
        works = employment != "observation"
        rows.append(
            [
                f"O{n}",
                "1",
                employment,
                draw(st.sampled_from(("", "", "wecep", "work_study", "registered_apprenticeship"))),
                plan,
                flexible,
                *term,
                draw(st.sampled_from(("", "", "", "", "18", "17.1", "18.5", "30", "41"))),
                draw(st.sampled_from(("", "", "", "HO10", "HO1", "Y-BAKING;P-LIFEGUARD-POOL"))) * works,
                draw(st.sampled_from(("", "", "yes"))) * works,
            ]
        )
    columns = [
        "opportunity_id", "seats", "employment", "labor_program", "schedule", "flexible_hours",
        "start_date", "end_date", "hours_per_week", "hazards", "drives",
    ]  # fmt: skip
    return write_table(columns, rows)


# --- a district's own rules -----------------------------------------------------------------------

KINDS = (
    "school_hours", "day_hours", "week_hours", "week_days", "earliest", "latest", "rest", "flexible",
    "minimum_age", "driving", "permit", "condition", "note",
)  # fmt: skip


@st.composite
def overlays(draw: Draw) -> str:
    """A rule file with every kind of rule, dates, gates and exceptions."""
    lines = ['jurisdiction = "OURS"', 'name = { en = "our district\'s", es = "de nuestro distrito" }']
    for n in range(draw(st.integers(1, 5))):
        lines += draw(_rule(f"OUR-{n}"))
    return "\n".join([*lines, ""])


@st.composite
def _rule(draw: Draw, code: str) -> list[str]:
    kind = draw(st.sampled_from(KINDS))
    sure = draw(st.sampled_from(("V", "V", "V", "V2", "G")))
    lines = ["", "[[rules]]", f'code = "{code}"', f'kind = "{kind}"', 'citation = "Policy 1"',
             'source = "Board"', f'sure = "{sure}"', 'en = "our rule"', 'es = "nuestra regla"']  # fmt: skip
    lines += draw(_figures(kind))
    if sure == "G" and draw(st.booleans()):
        lines.append("gates = true")
    if draw(st.integers(0, 4)) == 0:
        lines.append('not_with = ["diploma"]')
    if draw(st.integers(0, 3)) == 0:
        lines.append(
            f"effective = {draw(st.sampled_from(('2027-01-13', '2027-01-20', '2027-02-20', '2020-01-01')))}"
        )
    if draw(st.integers(0, 3)) == 0:
        lines.append(
            f"until = {draw(st.sampled_from(('2027-01-12', '2027-01-21', '2027-03-01', '2026-01-01')))}"
        )
    return lines


@st.composite
def _figures(draw: Draw, kind: str) -> list[str]:
    def one(*values: str) -> str:
        found: str = draw(st.sampled_from(values))
        return found

    if kind in ("minimum_age", "driving"):
        return [f"min_age = {one('14', '15', '16', '17', '18')}"]
    if kind == "note":
        return ['about = ["HO1"]']
    lines = [f"under_age = {one('15', '16', '17', '18', '18')}"]
    hours = f"hours = {one('2.5', '3', '4', '8', '10', '14', '17.1', '30')}"
    if kind == "day_hours":
        lines += [hours, f'days = "{one("school", "other", "any", "24h", "24h")}"']
        lines += draw(_program("hours", "hours_in_school_hours"))
    elif kind == "week_hours":
        lines += [hours, f'weeks = "{one("school", "other", "any")}"', *draw(_program("hours"))]
    elif kind == "school_hours":
        lines += draw(_program("open", "days_in_cycle"))
    elif kind == "week_days":
        lines.append(f"most_days = {one('1', '2', '3')}")
    elif kind == "earliest":
        lines += [f'time = "{one("05:00", "07:00", "09:00")}"', f'days = "{one("school", "any")}"']
    elif kind == "latest":
        lines += [f'time = "{one("17:00", "19:00", "22:00")}"', f'before = "{one("school", "any")}"']
        if draw(st.booleans()):
            last = one("labor-day", "06-30", "01-20", "08-31")
            first = "06-01" if last != "01-20" else "01-01"
            lines += ['summer_time = "20:00"', f'summer_first = "{first}"', f'summer_last = "{last}"']
    elif kind == "rest":
        lines.append(f"hours = {one('8', '10', '16', '22')}")
    elif kind == "permit":
        lines += [f'asked = "{one("always", "school_hours")}"', 'issuer = { en = "us", es = "nosotros" }']
    elif kind == "condition":
        after = one("", "17:00", "20:00")
        lines += [f'asked = "{"always" if after else one("always", "school_hours")}"']
        lines += [f'after = "{after}"'] if after else []
    return lines


@st.composite
def _program(draw: Draw, *keys: str) -> list[str]:
    if draw(st.booleans()):
        return []
    values = {"hours": "5", "hours_in_school_hours": "7", "open": "true", "days_in_cycle": "[0, 2, 1]"}
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, min_size=1))
    inner = ", ".join(f"{key} = {values[key]}" for key in chosen)
    name = draw(st.sampled_from(("work_study", "wecep")))
    return [f"programs.{name} = {{ {inner} }}"]
