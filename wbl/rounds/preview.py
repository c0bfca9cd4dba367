"""What an import would change, said before anything is changed: counts and codes, no names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matching.files import Fault
from matching.files.faults import SHOWN_FAULTS
from wbl.people.models import Student
from wbl.rounds.columns import OPPORTUNITY_WORDS
from wbl.rounds.engine_words import kept
from wbl.rounds.folder import Folder
from wbl.rounds.models import Round
from wbl.rounds.own_side import own_sides, replaced
from wbl.rounds.policy import PolicyDocument, goals_that_matter
from wbl.rounds.rows import Cells
from wbl.rounds.snapshot import RoundRows, read_rows_of

Preview = dict[str, Any]
_ENCODING = "is not UTF-8"  # as the reader of a table says it


def preview_of(placement_round: Round, folder: Folder, files: Mapping[str, bytes]) -> Preview:
    """The preview of a folder without fault, against what the round holds now."""
    now = read_rows_of(placement_round, Student.external_id, words=True)
    people, guardians = folder.people.people, folder.people.guardians
    return {
        "files": _sizes(files),
        "warnings": [kept(warning) for warning in folder.warnings],
        "counts": {
            "students": len(folder.students),
            "opportunities": len(folder.opportunities),
            "seats": sum(int(cells["seats"]) for cells in folder.opportunities.values()),
            "employers": len({cells["employer_id"] for cells in folder.opportunities.values()} - {""}),
            "schools": len({cells["school_id"] for cells in folder.students.values()} - {""}),
            "preferences": len(folder.preferences),
            "refusals": len(folder.refusals),
            "growth": len(folder.growth),
            "limits": len(folder.limits),
            "companions": len(folder.companions),
            "budgets": len(folder.budgets),
            "pins": None if folder.pins is None else len(folder.pins),
            "people": None if people is None else len(people),
            "guardians": None if guardians is None else sum(map(len, guardians.values())),
            "sites": None if folder.people.sites is None else len(folder.people.sites),
            "homes": folder.homes,
        },
        "students": _difference(now.students, folder.students),
        "opportunities": _difference(now.opportunities, folder.opportunities),
        "preferences": _preference_difference(now, folder),
        "own": replaced(own_sides(placement_round), now, folder),
        "policy": None if folder.policy is None else {"goals": _goals(folder.policy, folder)},
    }


def _goals(policy: PolicyDocument, folder: Folder) -> list[str]:
    minimums = any(scope == "group" and low for (scope, _name), (low, _high) in folder.limits.items())
    return goals_that_matter(policy, minimums=minimums)


def faults_preview(faults: tuple[Fault, ...], files: Mapping[str, bytes]) -> Preview:
    """The preview of a folder with faults: the first of them, and how many there are."""
    found = gathered(faults)
    return {"files": _sizes(files), "fault_count": len(found), "faults": found[:SHOWN_FAULTS]}


def gathered(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults that one remedy mends are one: the first of them, with how many ``more`` there are.

    A file in a wrong encoding is one thing to fix, however many letters of it are wrong; so is a
    column that is wrong in the same way in many lines.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for fault in faults:
        whole = _ENCODING in fault.message
        key = (fault.file, "" if whole else fault.column, _ENCODING if whole else fault.message)
        if key in found:
            found[key]["more"] += 1
        else:
            found[key] = {
                "file": fault.file,
                "line": fault.line,
                "column": fault.column,
                **kept(fault.message),
                "more": 0,
            }
    return list(found.values())


def _sizes(files: Mapping[str, bytes]) -> dict[str, int]:
    return {name: len(files[name]) for name in sorted(files)}


def _difference(now: Mapping[str, Cells], then: Mapping[str, Cells]) -> dict[str, int]:
    stays = now.keys() & then.keys()
    changes = sum(1 for key in stays if not _same(now[key], then[key]))
    return {
        "join": len(then.keys() - now.keys()),
        "change": changes,
        "same": len(stays) - changes,
        "leave": len(now.keys() - then.keys()),
    }


def _same(now: Cells, then: Cells) -> bool:
    """Equal in every column that the folder gives: words that it has no column for stay."""
    return all(
        now.get(column, "") == cell
        for column, cell in then.items()
        if column in now or column in OPPORTUNITY_WORDS
    )


def _preference_difference(now: RoundRows, folder: Folder) -> dict[str, int]:
    before = {(student, name): rank for student, name, rank, _back in now.preferences}
    after = {pair: str(rank) for pair, (rank, _back) in folder.preferences.items()}
    stays = before.keys() & after.keys()
    changes = sum(1 for pair in stays if before[pair] != after[pair])
    return {
        "join": len(after.keys() - before.keys()),
        "change": changes,
        "same": len(stays) - changes,
        "leave": len(before.keys() - after.keys()),
    }
