"""A round's files to a :class:`~matching.problem.Problem`, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from matching.files.arrays import TableReader
from matching.files.attached import check_coverage, known_hazards, read_overlays, read_transit
from matching.files.calendar import check_letters, day_letters, read_calendar
from matching.files.columns import (
    APPLICATION_FILES,
    POLICY_FILE,
    REQUIRED_FILES,
    SPECS,
)
from matching.files.digest import digest
from matching.files.faults import Fault, RoundFaults, printable
from matching.files.folder import read_folder
from matching.files.index import Index
from matching.files.pairs import (
    read_eligible,
    read_growth,
    read_pins,
    read_preferences,
    read_refusals,
)
from matching.files.policy import named_files, read_policy
from matching.files.profiles import read_opportunities, read_schools, read_students
from matching.files.side import read_budgets, read_companions, read_limits
from matching.files.table import Table, read_table
from matching.problem import UNKNOWN, Policy, Problem
from matching.said import said

_FILE_ORDER = {name: index for index, name in enumerate((*SPECS, POLICY_FILE))}


def read_round(path: Path) -> Problem:
    """Read a round from its folder, as :func:`parse_round` does.

    The files that only the application reads are not even opened.
    """
    files = read_folder(path, only=_FILE_ORDER)
    named = set(named_files(files.get(POLICY_FILE))) & files.keys()
    if named:
        more = read_folder(path, only=named)
        files.update((name, more[name]) for name in named & more.keys())
    return parse_round(files)


def parse_round(files: Mapping[str, bytes]) -> Problem:
    """Read a round from the files of its folder.

    Parameters
    ----------
    files
        Contents by file name. Files that only the application reads are never opened.

    Returns
    -------
    Problem
        Validated and sorted, with its digest and a warning for whatever was left alone.

    Raises
    ------
    RoundFaults
        With every fault of every file.
    """
    faults: list[Fault] = []
    warnings: list[str] = []
    readers = {name: _reader(name, files.get(name), faults, warnings) for name in SPECS}
    calendar = read_calendar(readers["calendar.csv"])
    letters = day_letters(readers["calendar.csv"], calendar)
    check_letters(readers, letters)
    faults_elsewhere = len(faults)
    policy = read_policy(files, letters, faults)
    policy_is_at_fault = len(faults) > faults_elsewhere
    overlays = read_overlays(policy, files, faults)

    student_index = Index(readers["students.csv"], "student_id")
    opportunity_index = Index(readers["opportunities.csv"], "opportunity_id")
    school_index = Index(readers["schools.csv"], "school_id")
    students = read_students(readers["students.csv"], student_index, school_index)
    derived = "eligible.csv" not in files
    # Without a single birth date every age is unknown, and excludes, whatever the date; and a
    # policy at fault may have meant to give one.
    date_is_at_fault = policy_is_at_fault and b"on_date" in files[POLICY_FILE]
    needs_date = derived and not date_is_at_fault and bool((students.birth_date != UNKNOWN).any())
    hazards = known_hazards(policy, overlays)
    opportunities = read_opportunities(
        readers["opportunities.csv"], opportunity_index, school_index, policy, needs_date, hazards
    )
    feed = read_transit(policy, files, faults)
    indexes = (student_index, opportunity_index)
    problem = Problem(
        students=students,
        opportunities=opportunities,
        schools=read_schools(readers["schools.csv"], school_index),
        preferences=read_preferences(readers["preferences.csv"], *indexes),
        refusals=read_refusals(readers["refusals.csv"], *indexes),
        pins=read_pins(readers["pins.csv"], *indexes, students.max_placements),
        growth=read_growth(readers["growth.csv"], *indexes),
        eligible=None if derived else read_eligible(readers["eligible.csv"], *indexes),
        policy=policy,
        digest="",
        limits=read_limits(readers),
        companions=read_companions(readers["pairs.csv"], student_index),
        budgets=read_budgets(readers["budgets.csv"], readers["opportunities.csv"]),
        calendar=calendar,
        overlays=overlays,
        feed=feed,
        feed_file=files[policy.travel.feed] if feed else b"",
        warnings=(*warnings, *_unknown_files(files, policy)),
    )
    check_coverage(problem, files, faults)
    if faults:
        raise RoundFaults(_in_order(faults))
    return replace(problem, digest=digest(problem))


def _unknown_files(files: Mapping[str, bytes], policy: Policy) -> list[str]:
    known = {*SPECS, POLICY_FILE, *APPLICATION_FILES, policy.travel.feed, *policy.law.overlays}
    return [
        said("{file}: unknown file, left alone", file=printable(name))
        for name in sorted(files)
        if name not in known
    ]


def _reader(name: str, data: bytes | None, faults: list[Fault], warnings: list[str]) -> TableReader:
    specs = SPECS[name]
    required = [column for column, spec in specs.items() if spec.required]
    if data is None:
        if name in REQUIRED_FILES:
            both = said("{one} and {other}", one=required[0], other=required[-1])
            columns = both if len(required) > 1 else required[0]
            message = said("the file is missing; expected one with {columns}", columns=columns)
            faults.append(Fault(name, 1, required[0], message))
        complete = name not in REQUIRED_FILES
        return TableReader(Table(name, (), (), (), complete=complete), specs, faults)
    table = read_table(name, data, specs, required, faults)
    warnings.extend(
        said(
            "{file}:1: {column}: unknown column, left alone",
            file=name,
            column=printable(column) or said("without a name"),
        )
        for column in table.unknown
    )
    return TableReader(table, specs, faults)


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Return faults in the order of files, lines and columns: of each cell the first one found."""
    first: dict[tuple[int, str, int, int, str], Fault] = {}
    for fault in faults:
        columns = list(SPECS.get(fault.file, ()))
        position = columns.index(fault.column) if fault.column in columns else len(columns)
        file = _FILE_ORDER.get(fault.file, len(_FILE_ORDER))
        place = (file, fault.file, fault.line, position, fault.column)
        first.setdefault(place, fault)
    return [first[place] for place in sorted(first)]
