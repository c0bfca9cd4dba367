"""An uploaded round folder as plain rows, every cell in the form in which the application keeps it.

The engine's own reader judges what decides a match; what only the application reads
(people.csv, guardians.csv, sites.csv and the words of an opportunity) is judged here. Faults of
both are reported together, and nothing is returned where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from matching.files import Fault, RoundFaults, parse_round
from matching.problem import Problem
from wbl.rounds.columns import (
    BUDGET_COLUMNS,
    COMPANION_COLUMNS,
    GROWTH_COLUMNS,
    LIMIT_COLUMNS,
    OPPORTUNITY_COLUMNS,
    OPPORTUNITY_WORDS,
    PIN_COLUMNS,
    PREFERENCE_COLUMNS,
    REFUSAL_COLUMNS,
    SCHOOL_COLUMNS,
    STUDENT_COLUMNS,
    codes_cell,
    home_cell,
    number_cell,
)
from wbl.rounds.doubts import doubts_of
from wbl.rounds.people_files import PeopleFiles, check_lengths, read_people_files
from wbl.rounds.policy import PolicyDocument, files_named, policy_toml, read_document
from wbl.rounds.rows import Cells, read_rows

POLICY = "policy.toml"
CALENDAR = "calendar.csv"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Folder:
    """What an import would bring. Keys are external identifiers; cells are canonical text."""

    students: dict[str, Cells]
    opportunities: dict[str, Cells]
    schools: dict[str, Cells]
    preferences: dict[Pair, tuple[int, int | None]]
    refusals: set[Pair]
    growth: dict[Pair, float]
    pins: dict[Pair, tuple[str, str]] | None  # None: the folder says nothing of pins
    limits: dict[Pair, tuple[int | None, int | None]]  # lowest and highest number, by scope and identifier
    companions: dict[Pair, str]  # the relation, by two students
    budgets: dict[str, str]  # the amount
    kept: dict[str, bytes]  # the calendar and what the policy names, as they came
    policy: PolicyDocument | None  # None: the round keeps its own
    people: PeopleFiles
    homes: int  # how many homes are known; their coordinates are rounded
    warnings: list[str] = field(default_factory=list)


def read_upload(
    files: Mapping[str, bytes],
    policy: PolicyDocument,
    starts_on: date,
    kept: Mapping[str, bytes] | None = None,
) -> Folder:
    """Read and judge the files of a round folder.

    Parameters
    ----------
    policy, starts_on
        Of the round that it is meant for: they hold where the folder has no policy.toml, or one
        without ``on_date``.
    kept
        The calendar, feed and labor rules that the round has; each holds where the folder has none.

    Raises
    ------
    RoundFaults
        With every fault of every file.
    """
    faults: list[Fault] = []
    files = {**(kept or {}), **files}
    problem = _judge(files, policy, starts_on, faults)
    students = read_rows(files, "students.csv", STUDENT_COLUMNS)
    opportunities = read_rows(files, "opportunities.csv", (*OPPORTUNITY_COLUMNS, *OPPORTUNITY_WORDS))
    schools = read_rows(files, "schools.csv", SCHOOL_COLUMNS)
    people = read_people_files(files, students, opportunities, faults)
    check_lengths(opportunities, schools, faults)
    if faults or problem is None:
        raise RoundFaults(faults)
    given = read_document(files[POLICY]) if POLICY in files else None
    rows = [_student(cells) for cells in students.cells]
    postings = {cells.pop("opportunity_id"): cells for cells in map(_opportunity, opportunities.cells)}
    warnings = [
        *problem.warnings,
        *people.warnings,
        *_settle_employers(postings, people),
        *doubts_of(files, students, opportunities, people, problem.policy.on_date or starts_on),
    ]
    return Folder(
        students={cells.pop("student_id"): cells for cells in rows},
        opportunities=postings,
        schools={cells.pop("school_id"): cells for cells in map(_place, schools.cells)},
        preferences=_preferences(files),
        refusals={_pair(cells) for cells in read_rows(files, "refusals.csv", REFUSAL_COLUMNS).cells},
        growth={
            _pair(cells): float(cells["value"])
            for cells in read_rows(files, "growth.csv", GROWTH_COLUMNS).cells
        },
        pins=_pins(files),
        limits=_limits(files),
        companions={
            (cells["student_a"], cells["student_b"]): cells["relation"]
            for cells in read_rows(files, "pairs.csv", COMPANION_COLUMNS).cells
        },
        budgets={
            cells["budget_id"]: cells["amount"]
            for cells in read_rows(files, "budgets.csv", BUDGET_COLUMNS).cells
        },
        kept=kept_files(files, policy if given is None else given),
        policy=given,
        people=people,
        homes=sum(1 for cells in rows if cells["latitude"]),
        warnings=warnings,
    )


def kept_files(files: Mapping[str, bytes], policy: PolicyDocument) -> dict[str, bytes]:
    """The files that a round keeps as they came."""
    names = {CALENDAR, *files_named(policy)}
    return {name: data for name, data in sorted(files.items()) if name in names}


def _judge(
    files: Mapping[str, bytes], policy: PolicyDocument, starts_on: date, faults: list[Fault]
) -> Problem | None:
    """Let the engine read the folder, under the policy that the round would then have."""
    own = policy_toml(policy, starts_on)
    if POLICY not in files:
        return _parse({**files, POLICY: own}, faults)
    given = files[POLICY].removeprefix(b"\xef\xbb\xbf")
    try:
        dated = "on_date" in read_document(given)
    except ValueError:  # no TOML, or not UTF-8: the rest is judged under the round's own policy
        found: list[Fault] = []
        _parse(files, found)
        _parse({**files, POLICY: own}, faults)
        faults.extend(fault for fault in found if fault.file == POLICY)
        return None
    if dated:
        return _parse(files, faults)
    # One line more at the top; a fault below it is said to be where it stands in the upload.
    return _parse(
        {**files, POLICY: b"on_date = %s\n" % starts_on.isoformat().encode() + given}, faults, added=1
    )


def _parse(files: Mapping[str, bytes], faults: list[Fault], *, added: int = 0) -> Problem | None:
    try:
        return parse_round(files)
    except RoundFaults as found:
        for fault in found.faults:
            line = max(1, fault.line - added) if fault.file == POLICY else fault.line
            faults.append(Fault(fault.file, line, fault.column, fault.message))
    return None


def _settle_employers(postings: dict[str, Cells], people: PeopleFiles) -> list[str]:
    """Give every opportunity at a site that site's employer; a site of nobody's stands for its own."""
    own: set[str] = set()
    listed = people.sites or {}
    named = {cells["site_id"]: cells["employer_id"] for cells in postings.values() if cells["employer_id"]}
    for cells in postings.values():
        site = cells["site_id"]
        if site and not cells["employer_id"]:
            known = listed[site]["employer_id"] if site in listed else named.get(site)
            cells["employer_id"] = known or site
            own |= set() if known else {site}
    if not own:
        return []
    return [
        f"opportunities.csv: employer_id is empty for {len(own)} sites that sites.csv does not name; "
        "each is taken as an employer of its own"
    ]


def _pair(cells: Cells) -> Pair:
    return cells["student_id"], cells["opportunity_id"]


def _student(cells: Cells) -> Cells:
    return {
        **{name: cells.get(name, "") for name in STUDENT_COLUMNS},
        "grade": _whole(cells.get("grade", "")),
        "latitude": home_cell(cells.get("latitude", "")),
        "longitude": home_cell(cells.get("longitude", "")),
        "needs": codes_cell(cells.get("needs", "")),
        "groups": codes_cell(cells.get("groups", "")),
    }


def _opportunity(cells: Cells) -> Cells:
    """Words that the file has no column for stay as they are: they are left out here."""
    words = {name: cells[name] for name in OPPORTUNITY_WORDS if name in cells}
    decides = {name: cells.get(name, "") for name in OPPORTUNITY_COLUMNS}
    return {**_place(decides), **words, "seats": _whole(decides["seats"])}


def _place(cells: Cells) -> Cells:
    return {
        **cells,
        **{name: _number(cells[name]) for name in ("latitude", "longitude") if name in cells},
    }


def _preferences(files: Mapping[str, bytes]) -> dict[Pair, tuple[int, int | None]]:
    return {
        _pair(cells): (
            int(cells["rank"]),
            int(cells["opportunity_rank"]) if cells.get("opportunity_rank") else None,
        )
        for cells in read_rows(files, "preferences.csv", PREFERENCE_COLUMNS).cells
    }


def _pins(files: Mapping[str, bytes]) -> dict[Pair, tuple[str, str]] | None:
    if "pins.csv" not in files:
        return None
    return {
        _pair(cells): (cells["decision"], cells.get("reason", ""))
        for cells in read_rows(files, "pins.csv", PIN_COLUMNS).cells
    }


def _limits(files: Mapping[str, bytes]) -> dict[Pair, tuple[int | None, int | None]]:
    def number(cell: str) -> int | None:
        return int(cell) if cell else None

    return {
        (cells["scope"], cells["id"]): (number(cells.get("min", "")), number(cells.get("max", "")))
        for cells in read_rows(files, "limits.csv", LIMIT_COLUMNS).cells
    }


def _whole(cell: str) -> str:
    return str(int(cell)) if cell else ""


def _number(cell: str) -> str:
    return number_cell(float(cell) + 0.0) if cell else ""
