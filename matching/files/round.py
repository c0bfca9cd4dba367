"""A round's files to a :class:`~matching.problem.Problem`, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from matching.files.arrays import TableReader
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
from matching.files.policy import read_policy
from matching.files.profiles import read_opportunities, read_schools, read_students
from matching.files.table import Table, read_table
from matching.files.unsupported import check_unsupported
from matching.problem import UNKNOWN, Problem

_FILE_ORDER = {name: index for index, name in enumerate((*SPECS, POLICY_FILE))}


def read_round(path: Path) -> Problem:
    """Read a round from its folder, as :func:`parse_round` does.

    The files that only the application reads are not even opened.
    """
    return parse_round(read_folder(path, only=_FILE_ORDER))


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
    policy = read_policy(files.get(POLICY_FILE), faults)
    faults_of_policy = len(faults)
    readers = {name: _reader(name, files.get(name), faults, warnings) for name in SPECS}
    known = (*SPECS, POLICY_FILE, *APPLICATION_FILES)
    warnings.extend(
        f"{printable(name)}: unknown file, left alone" for name in sorted(files) if name not in known
    )

    student_index = Index(readers["students.csv"], "student_id")
    opportunity_index = Index(readers["opportunities.csv"], "opportunity_id")
    school_index = Index(readers["schools.csv"], "school_id")
    students = read_students(readers["students.csv"], student_index, school_index)
    derived = "eligible.csv" not in files
    # Without a single birth date every age is unknown, and excludes, whatever the date; and a
    # policy at fault may have meant to give one.
    date_is_at_fault = bool(faults_of_policy) and b"on_date" in files[POLICY_FILE]
    needs_date = derived and not date_is_at_fault and bool((students.birth_date != UNKNOWN).any())
    opportunities = read_opportunities(
        readers["opportunities.csv"], opportunity_index, school_index, policy, needs_date
    )
    indexes = (student_index, opportunity_index)
    problem = Problem(
        students=students,
        opportunities=opportunities,
        schools=read_schools(readers["schools.csv"], school_index),
        preferences=read_preferences(readers["preferences.csv"], *indexes),
        refusals=read_refusals(readers["refusals.csv"], *indexes),
        pins=read_pins(readers["pins.csv"], *indexes),
        growth=read_growth(readers["growth.csv"], *indexes),
        eligible=None if derived else read_eligible(readers["eligible.csv"], *indexes),
        policy=policy,
        digest="",
        warnings=tuple(warnings),
    )
    check_unsupported(readers, student_index)
    if faults:
        raise RoundFaults(_in_order(faults))
    return replace(problem, digest=digest(problem))


def _reader(name: str, data: bytes | None, faults: list[Fault], warnings: list[str]) -> TableReader:
    specs = SPECS[name]
    required = [column for column, spec in specs.items() if spec.required]
    if data is None:
        if name in REQUIRED_FILES:
            message = f"the file is missing; expected one with {' and '.join(required)}"
            faults.append(Fault(name, 1, required[0], message))
        complete = name not in REQUIRED_FILES
        return TableReader(Table(name, (), (), (), complete=complete), specs, faults)
    table = read_table(name, data, specs, required, faults)
    warnings.extend(
        str(Fault(name, 1, column or "without a name", "unknown column, left alone"))
        for column in table.unknown
    )
    return TableReader(table, specs, faults)


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Return faults in the order of files, lines and columns: of each cell the first one found."""
    first: dict[tuple[int, int, int, str], Fault] = {}
    for fault in faults:
        columns = list(SPECS.get(fault.file, ()))
        position = columns.index(fault.column) if fault.column in columns else len(columns)
        place = (_FILE_ORDER[fault.file], fault.line, position, fault.column)
        first.setdefault(place, fault)
    return [first[place] for place in sorted(first)]
