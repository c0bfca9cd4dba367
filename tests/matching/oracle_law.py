"""Federal youth employment law by heart, every date of a placement walked."""

from __future__ import annotations

from datetime import date, timedelta

from tests.matching.oracle_round import DAYS, Free, Round, cell, items, minutes_of, stretches, windows

STARRED = {f"HO{number}" for number in (5, 8, 10, 12, 14, 16, 17)}
SCHOOL_HOURS = ";".join(f"{day} 08:00-15:00" for day in DAYS[:5])
OBSERVED_KINDS = {"career_talk", "site_visit", "job_shadow", "mentorship", "simulated"}


def birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def age_on(born: date, day: date) -> int:
    return max(age for age in range(200) if birthday(born, age) <= day)


def start_of(world: Round, offer: dict[str, str]) -> date | None:
    text = cell(offer, "start_date")
    if text:
        return date.fromisoformat(text)
    on_date: date | None = world.policy.get("on_date")
    return on_date


def observed(offer: dict[str, str]) -> bool:
    by_kind = "observation" if cell(offer, "kind", "internship") in OBSERVED_KINDS else "employee"
    return cell(offer, "employment", by_kind) == "observation"


def unlawful(world: Round, student: dict[str, str], offer: dict[str, str]) -> tuple[bool, set[str]]:
    """Whether the law forbids the pair, and the agreements that it asks for."""
    if observed(offer):
        return False, set()
    start = start_of(world, offer)
    if not cell(student, "birth_date") or start is None:
        return True, set()
    born = date.fromisoformat(student["birth_date"])
    age = age_on(born, start)
    forbidden = age < 14 or (cell(offer, "drives") == "yes" and age <= 16)
    agreements = set()
    apprentice = cell(offer, "labor_program") == "registered_apprenticeship"
    learns = cell(student, "student_learner") == "yes" or apprentice
    for code in items(offer, "hazards"):
        if code.startswith("HO") and age < 18:
            if code in STARRED and age >= 16 and learns:
                agreements.add(f"agreement:{code}")
            else:
                forbidden = True
        if code.startswith("Y-") and age < 16:
            forbidden = True
        if code == "P-LIFEGUARD-POOL" and age < 15:
            forbidden = True
    if protects_hours(world, student, offer):
        forbidden = forbidden or hours_broken(world, student, offer)
    return forbidden, agreements


def protects_hours(world: Round, student: dict[str, str], offer: dict[str, str]) -> bool:
    start = start_of(world, offer)
    if observed(offer) or not cell(student, "birth_date") or start is None:
        return False
    trainee = cell(offer, "employment") == "trainee"
    if trainee and world.setting("law", "trainees", "as_employees") == "hours_exempt":
        return False
    return age_on(date.fromisoformat(student["birth_date"]), start) < 16


def lessons(world: Round, student: dict[str, str]) -> dict[int, set[int]]:
    """Minutes of school on each weekday, nothing out of session."""
    if not world.setting("law", "in_session", True):
        return {}
    school = world.schools.get(cell(student, "school_id"), {})
    text = cell(school, "school_hours") or world.setting("law", "school_hours", SCHOOL_HOURS)
    days: dict[int, set[int]] = {}
    for window in windows(text):
        assert isinstance(window.on, int)
        days.setdefault(window.on, set()).update(range(window.start, window.end))
    return days


def latest(day: date) -> int:
    first = date(day.year, 9, 1)
    labor_day = first + timedelta(days=(7 - first.weekday()) % 7)
    return 21 * 60 if date(day.year, 6, 1) <= day <= labor_day else 19 * 60


def protected_dates(world: Round, student: dict[str, str], offer: dict[str, str]) -> list[date]:
    """Dates of the placement on which the student is under 16."""
    start = start_of(world, offer)
    assert start is not None
    stop = birthday(date.fromisoformat(student["birth_date"]), 16)
    if cell(offer, "end_date"):
        stop = min(stop, date.fromisoformat(offer["end_date"]) + timedelta(days=1))
    return [start + timedelta(days=n) for n in range((stop - start).days)]


def hours_broken(world: Round, student: dict[str, str], offer: dict[str, str]) -> bool:
    if cell(offer, "flexible_hours") and cell(offer, "schedule"):
        return lawful_minutes(world, student, offer, None) < float(offer["flexible_hours"]) * 60
    program, school = cell(offer, "labor_program"), lessons(world, student)
    plan = windows(cell(offer, "schedule"))
    sixteen = birthday(date.fromisoformat(student["birth_date"]), 16)
    term = set(protected_dates(world, student, offer))
    days = term | {w.on for w in plan if isinstance(w.on, date) and w.on < sixteen}
    weeks: dict[date, int] = {}
    in_school: dict[date, int] = {}
    for day in days:
        work: set[int] = set()
        for window in plan:
            if window.on == day or (day in term and window.on == day.weekday()):
                work.update(range(window.start, window.end))
        sunday = day - timedelta(days=(day.weekday() + 1) % 7)
        weeks[sunday] = weeks.get(sunday, 0) + len(work)
        if not work:
            continue
        if min(work) < 7 * 60 or max(work) >= latest(day):
            return True
        limit = 3 * 60 if day.weekday() in school else 8 * 60
        if work & school.get(day.weekday(), set()):
            in_school[sunday] = in_school.get(sunday, 0) + 1
            if program == "work_study":
                limit = 8 * 60
        if len(work) > limit:
            return True
    allowed = {"wecep": 7, "work_study": 1}.get(program, 0)
    regular: dict[int, set[int]] = {}
    for window in plan:
        if isinstance(window.on, int):
            regular.setdefault(window.on, set()).update(range(window.start, window.end))
    stated = float(cell(offer, "hours_per_week", cell(offer, "flexible_hours", "0"))) * 60
    stated = stated if stated > sum(map(len, regular.values())) else 0
    most = max([stated, *weeks.values()])
    return max(in_school.values(), default=0) > allowed or most > week_limit(world, student, offer)


def week_limit(world: Round, student: dict[str, str], offer: dict[str, str]) -> int:
    if not lessons(world, student):
        return 40 * 60
    return (23 if cell(offer, "labor_program") == "wecep" else 18) * 60


def lawful_minutes(
    world: Round, student: dict[str, str], offer: dict[str, str], free: list[Free] | None
) -> int:
    """Minutes a week of a flexible schedule that are lawful, and free where ``free`` is given."""
    plan, program = windows(cell(offer, "schedule")), cell(offer, "labor_program")
    protects = protects_hours(world, student, offer)
    school = lessons(world, student)
    protected, unprotected, gain = 0, 0, 0
    for on in dict.fromkeys(window.on for window in plan):
        work = minutes_of([(w.start, w.end) for w in plan if w.on == on])
        weekday = on.weekday() if isinstance(on, date) else on
        if free is not None:
            work &= minutes_of([(w.start, w.end) for w in free if w.on in (on, weekday)])
        dates: list[date] = []
        if protects and isinstance(on, date):
            sixteen = birthday(date.fromisoformat(student["birth_date"]), 16)
            dates = [on] if on < sixteen else []
        elif protects:
            dates = [d for d in protected_dates(world, student, offer) if d.weekday() == on]
        if not dates:
            unprotected += stretches(work)
            continue
        work &= set(range(7 * 60, min(latest(day) for day in dates)))
        taught = school.get(weekday, set())
        limit = 3 * 60 if taught else 8 * 60
        outside = min(limit, stretches(work if program == "wecep" else work - taught))
        protected += outside
        if program == "work_study" and taught:
            gain = max(gain, min(8 * 60, stretches(work)) - outside)
    if protects:
        return unprotected + min(protected + gain, week_limit(world, student, offer))
    return unprotected
