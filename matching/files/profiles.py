"""Students, opportunities and schools: rows to columns, and what one cell implies for another."""

from __future__ import annotations

from datetime import date

import numpy as np

from matching.files.arrays import TableReader, encode, riasec_arrays
from matching.files.columns import OBSERVATION_KINDS
from matching.files.faults import quoted
from matching.files.index import Index
from matching.problem import (
    UNKNOWN,
    Column,
    FloatArray,
    IntArray,
    Opportunities,
    Policy,
    Schools,
    Students,
    Windows,
)
from matching.said import said


def read_students(reader: TableReader, index: Index, schools: Index) -> Students:
    """Return students.csv, sorted by identifier."""
    order = index.order
    scores, letters = riasec_arrays(reader, order)
    _both_or_neither(reader)
    # Without schools.csv (or with its header alone) a school is a name and nothing more.
    if len(schools):
        school = schools.find(reader, "school_id", required=False)[order]
    else:
        school = np.full(len(order), UNKNOWN, dtype=np.int64)
    return Students(
        ids=index.ids,
        school=school,
        school_id=reader.column("school_id", order),
        grade=reader.ints("grade")[order],
        birth_date=reader.ints("birth_date")[order],
        latitude=reader.floats("latitude")[order],
        longitude=reader.floats("longitude")[order],
        scores=scores,
        letters=letters,
        travel_modes=reader.column("travel_modes", order),
        max_travel_minutes=reader.ints("max_travel_minutes")[order],
        available=reader.column("available", order),
        needs=reader.column("needs", order),
        languages=reader.column("languages", order),
        credentials=reader.column("credentials", order),
        courses=reader.column("courses", order),
        programs=reader.column("programs", order),
        groups=reader.column("groups", order),
        priority=reader.ints("priority")[order],
        hours_needed=reader.floats("hours_needed")[order],
        pay=reader.column("pay", order),
        open_to_others=reader.bools("open_to_others")[order],
        student_learner=reader.bools("student_learner")[order],
        max_placements=reader.ints("max_placements")[order],
        to_learn=reader.column("to_learn", order),
    )


def read_schools(reader: TableReader, index: Index) -> Schools:
    """Return schools.csv, sorted by identifier."""
    order = index.order
    _both_or_neither(reader)
    return Schools(
        ids=index.ids,
        latitude=reader.floats("latitude")[order],
        longitude=reader.floats("longitude")[order],
        school_hours=reader.column("school_hours", order),
        van_seats=reader.ints("van_seats")[order],
    )


def read_opportunities(
    reader: TableReader,
    index: Index,
    schools: Index,
    policy: Policy,
    needs_date: bool,
    hazards: frozenset[str] | None,
) -> Opportunities:
    """Return opportunities.csv, sorted by identifier, with what empty cells imply filled in.

    Parameters
    ----------
    needs_date
        Whether a student's age will be taken, so that an opportunity with a rule on ages must
        have a date.
    hazards
        The codes of the labor rules, None where not all of them are known.
    """
    order = index.order
    scores, letters = riasec_arrays(reader, order)
    employment = _employment(reader)
    start = _start_dates(reader, policy)
    _both_or_neither(reader)
    _check_dates(reader, start, policy)
    if needs_date:
        _check_ages_have_dates(reader, start, employment)
    _check_employment(reader)
    _check_codes(reader, schools, hazards)
    return Opportunities(
        ids=index.ids,
        seats=reader.ints("seats")[order],
        min_students=reader.ints("min_students")[order],
        employer_id=reader.column("employer_id", order),
        site_id=reader.column("site_id", order),
        title=reader.column("title", order),
        kind=reader.column("kind", order),
        employment=_reordered(employment, order),
        labor_program=reader.column("labor_program", order),
        scores=scores,
        letters=letters,
        cluster=reader.column("cluster", order),
        soc_code=reader.column("soc_code", order),
        place=reader.column("place", order),
        latitude=reader.floats("latitude")[order],
        longitude=reader.floats("longitude")[order],
        schedule=reader.column("schedule", order),
        flexible_hours=reader.floats("flexible_hours")[order],
        start_date=start[order],
        end_date=reader.ints("end_date")[order],
        hours_per_week=_hours_per_week(reader)[order],
        paid=_paid(reader)[order],
        hourly_wage=reader.floats("hourly_wage")[order],
        provides=reader.column("provides", order),
        arranges=reader.column("arranges", order),
        cannot=reader.column("cannot", order),
        hazards=reader.column("hazards", order),
        drives=reader.bools("drives")[order],
        min_age=reader.ints("min_age")[order],
        min_grade=reader.ints("min_grade")[order],
        requires_credentials=reader.column("requires_credentials", order),
        requires_courses=reader.column("requires_courses", order),
        requires_languages=reader.column("requires_languages", order),
        open_to=reader.column("open_to", order),
        budget_id=reader.column("budget_id", order),
        cost=reader.floats("cost")[order],
        teaches=reader.column("teaches", order),
        growth=reader.floats("growth")[order],
    )


def _reordered(column: Column[str], order: IntArray) -> Column[str]:
    return encode(column.codes[order], list(column.values))


def _employment(reader: TableReader) -> Column[str]:
    """Return employment as given, or as the kind implies."""
    kind_codes, kinds = reader.encoded("kind")
    given_codes, given = reader.encoded("employment")
    words = ["observation", "employee", "trainee"]
    by_kind = np.array([0 if kind in OBSERVATION_KINDS else 1 for kind in kinds], dtype=np.int64)
    by_cell = np.array([words.index(word) if word else UNKNOWN for word in given], dtype=np.int64)
    said = by_cell[given_codes]
    return encode(np.where(said == UNKNOWN, by_kind[kind_codes], said), words)


def _start_dates(reader: TableReader, policy: Policy) -> IntArray:
    """Return the start as given; else the policy's date, or work of a single date before it."""
    start = reader.ints("start_date")
    if policy.on_date is None:
        return start
    codes, schedules = reader.encoded("schedule")
    on_date = policy.on_date.toordinal()
    implied = np.array([min([on_date, *_dates(windows)]) for windows in schedules], np.int64)[codes]
    return np.where(start == UNKNOWN, implied, start)


def _dates(windows: Windows) -> list[int]:
    """Ordinals of the windows of a single date."""
    return [window.day for window in windows if window.day >= 7]


def _hours_per_week(reader: TableReader) -> FloatArray:
    """Return hours a week as given; else the flexible hours; else those of the weekly windows."""
    codes, schedules = reader.encoded("schedule")
    by_schedule = np.array([_weekly_hours(windows) for windows in schedules])[codes]
    given, flexible = reader.floats("hours_per_week"), reader.floats("flexible_hours")
    implied = np.where(np.isnan(flexible), by_schedule, flexible)
    return np.where(np.isnan(given), implied, given)


def _weekly_hours(windows: Windows) -> float:
    """Return the hours that weekly windows cover (time in two of them counts once), or NaN."""
    minutes, reached = 0, (-1, 0)
    for window in windows:  # sorted
        if not window.weekly:
            continue
        begin = max((window.day, window.start), reached)
        if (window.day, window.end) > begin:
            minutes += window.end - begin[1]
            reached = (window.day, window.end)
    return minutes / 60 if minutes else float("nan")


def _paid(reader: TableReader) -> IntArray:
    codes, values = reader.encoded("paid")
    numbers = [UNKNOWN if value is None else int(value) for value in values]
    return np.array(numbers, dtype=np.int64)[codes]


def _both_or_neither(reader: TableReader) -> None:
    latitude, longitude = reader.given("latitude"), reader.given("longitude")
    for row in np.flatnonzero(latitude != longitude):
        if latitude[row]:
            message = said("the row has a latitude and no longitude; expected both or neither")
        else:
            message = said("the row has a longitude and no latitude; expected both or neither")
        reader.fault(int(row), "longitude" if latitude[row] else "latitude", message)


def _check_dates(reader: TableReader, start: IntArray, policy: Policy) -> None:
    end = reader.ints("end_date")
    given = reader.given("start_date")
    # A start that an early window implies is told of by the window.
    by_window = ~given & (start != UNKNOWN)
    if policy.on_date is not None:
        by_window &= start < policy.on_date.toordinal()
    for row in np.flatnonzero((end != UNKNOWN) & (end < start) & ~by_window):
        ends, starts = date.fromordinal(int(end[row])), date.fromordinal(int(start[row]))
        if given[row]:
            message = said(
                "{end} is before {start}, the start_date; expected that day or a later one",
                end=ends,
                start=starts,
            )
        else:
            message = said(
                "{end} is before {start}, the on_date of the policy, where start_date is empty; "
                "expected that day or a later one",
                end=ends,
                start=starts,
            )
        reader.fault(int(row), "end_date", message)
    _check_windows(reader, start, end)


def _check_windows(reader: TableReader, start: IntArray, end: IntArray) -> None:
    """Report work of a single date outside the placement: ages are taken on its first date."""
    codes, schedules = reader.encoded("schedule")
    dates = [_dates(windows) for windows in schedules]
    some = np.array([bool(found) for found in dates], dtype=np.bool_)
    for row in np.flatnonzero(some[codes]).tolist():
        for day in dates[codes[row]]:
            begun = start[row] == UNKNOWN or start[row] <= day
            if begun and (end[row] == UNKNOWN or day <= end[row]):
                continue
            if begun:
                message = said(
                    "the window on {day} is after end_date {end}; expected it within the placement",
                    day=_iso(day),
                    end=_iso(end[row]),
                )
            else:
                message = said(
                    "the window on {day} is before start_date {start}; expected it within the placement",
                    day=_iso(day),
                    start=_iso(start[row]),
                )
            reader.fault(row, "schedule", message)
            break


def _iso(day: int) -> str:
    return date.fromordinal(int(day)).isoformat()


def _check_ages_have_dates(reader: TableReader, start: IntArray, employment: Column[str]) -> None:
    is_observation = [word == "observation" for word in employment.values]
    observed = np.array(is_observation, dtype=np.bool_)[employment.codes]
    own_rule = reader.ints("min_age") != UNKNOWN
    for row in np.flatnonzero((start == UNKNOWN) & (own_rule | ~observed)):
        if own_rule[row]:
            message = said(
                "a date is needed, because min_age is taken on it; fill start_date here or on_date in "
                "policy.toml"
            )
        else:
            message = said(
                "a date is needed, because labor law has rules on ages, which are taken on it; fill "
                "start_date here or on_date in policy.toml"
            )
        reader.fault(int(row), "start_date", message)


def _check_employment(reader: TableReader) -> None:
    """Report what contradicts ``employment``: both words free of rules that hold for employees."""
    paid, wage = _paid(reader) == 1, np.nan_to_num(reader.floats("hourly_wage"), nan=0.0) > 0
    hazard_codes, hazards = reader.encoded("hazards")
    tasks = np.array([bool(codes) for codes in hazards], dtype=np.bool_)[hazard_codes]
    word_codes, words = reader.encoded("employment")
    trainee = np.array([word == "trainee" for word in words], dtype=np.bool_)[word_codes]
    observes = np.array([word == "observation" for word in words], dtype=np.bool_)[word_codes]
    unpaid = said("a trainee is unpaid (who is paid is an employee); correct this cell or employment")
    watches = said("in an observation no work is performed; correct this cell or employment")
    for wrong, column, message in (
        (trainee & paid, "paid", unpaid),
        (trainee & wage, "hourly_wage", unpaid),
        (observes & paid, "paid", watches),
        (observes & wage, "hourly_wage", watches),
        (observes & tasks, "hazards", watches),
        (observes & reader.bools("drives"), "drives", watches),
    ):
        for row in np.flatnonzero(wrong):
            reader.fault(int(row), column, message)


def _check_codes(reader: TableReader, schools: Index, hazards: frozenset[str] | None) -> None:
    """Report hazards that no rule knows, and schools that do not exist."""
    for row, code in _items(reader, "hazards"):
        if hazards is not None and code not in hazards:
            reader.fault(
                row,
                "hazards",
                said(
                    "{code} is not a hazard code; expected HO1 to HO17 or a code of the 14-15 list in the "
                    "labor rules",
                    code=quoted(code),
                ),
            )
    for row, item in _items(reader, "open_to"):
        scope, _, name = item.partition(":")
        if scope == "school" and len(schools) and schools.complete and name not in schools.position:
            reader.fault(row, "open_to", schools.unknown(name))


def _items(reader: TableReader, column: str) -> list[tuple[int, str]]:
    """Return (row, item) of a column of sets, for the sets that occur."""
    codes, values = reader.encoded(column)
    filled = np.array([bool(value) for value in values], dtype=np.bool_)
    return [(int(row), item) for row in np.flatnonzero(filled[codes]) for item in sorted(values[codes[row]])]
