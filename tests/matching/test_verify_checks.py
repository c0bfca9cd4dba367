"""Each check of ``verify``, taken out by itself, leaves some tampering unreported."""

from __future__ import annotations

import pytest

from matching.previous import Previous
from matching.problem import Problem
from matching.verify import verify
from tests.matching.mutation import Check, checks, recorded, without
from tests.matching.tampered import CASES, Case, solved_base
from tests.matching.tampered_rounds import BASES
from tests.matching.tampering import Files

Hits = dict[Check, list[Case]]
MOST_TRIED = 5
"""Cases that are tried for one check."""


def outputs_of(case: Case) -> tuple[Problem, Files]:
    problem, outputs = solved_base(case.base)
    files = dict(outputs)
    case.tamper(files)
    return problem, files


def previous_of(case: Case) -> Previous | None:
    return BASES[case.base][1] if case.base in BASES else None


def reports(case: Case) -> bool:
    problem, files = outputs_of(case)
    return case.expected in "\n".join(map(str, verify(problem, files, previous_of(case))))


@pytest.fixture(scope="module")
def hits() -> Hits:
    """For each check the cases whose message comes through it."""
    every, found = checks(), Hits()
    for case in CASES.values():
        problem, files = outputs_of(case)
        with recorded() as messages:
            verify(problem, files, previous_of(case))
        lines = {line for message, passed in messages if case.expected in message for line in passed}
        for check in every:
            if any(map(check.holds, lines)):
                found.setdefault(check, []).append(case)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("check", checks(), ids=str)
def test_no_check_can_be_taken_out(check: Check, hits: Hits) -> None:
    cases = hits.get(check, [])[:MOST_TRIED]
    needed = next((case for case in cases if unreported_without(check, case)), None)
    assert needed is not None, "no tampering is reported here alone"
    assert reports(needed)


def unreported_without(check: Check, case: Case) -> bool:
    with without(check):
        try:
            return not reports(case)
        except Exception:
            return True  # what the check keeps out breaks what comes after it


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_reported(name: str) -> None:
    assert reports(CASES[name])
