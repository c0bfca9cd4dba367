"""What each command of the command line does, and what it prints."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from matching.eligibility import eligible_pairs
from matching.explain import StudentText, sentences
from matching.files import Fault, RoundFaults, read_round, write_folder
from matching.messages import label
from matching.pairs import Eligible
from matching.phases import Phases
from matching.pins import find_conflict, required_pairs
from matching.problem import Problem
from matching.results import RESULT_FILES, Result
from matching.solve import Infeasible, NotSupported, Progress
from matching.solve import solve as solve_problem
from matching.verify import verify as find_violations

SAID = {
    "pairs": "finding the eligible pairs",
    "utility": "working out what each pair is worth",
    "solve": "matching",
    "explain": "writing down why",
}
# What holds of a result without a violation: no more than its own status claims.
VERIFIED = {
    "optimal": "Verified: every rule, seat and figure holds, and so does every proof.",
    "feasible": "Verified as feasible: every rule, seat and figure holds; not every goal is proved.",
    "stable": "Verified as stable: every rule, seat and figure holds, and no pair blocks; no goal is proved.",
    "infeasible": "Verified as infeasible: the required pins cannot all hold.",
}
ALWAYS_COUNTED = ("student", "opportunity", "seat")


class BadResult(Exception):
    """The result folder is missing, malformed or of another input, or cannot be written."""


def check(folder: Path) -> int:
    """Print what a round holds."""
    problem = read_round(folder)
    eligible = eligible_pairs(problem)
    required_pairs(problem, eligible)
    conflict = find_conflict(problem)
    if conflict:
        raise Infeasible(problem, conflict, "flow", Phases())
    for line in _contents(problem):
        print(line)
    for line in _pairs(problem, eligible):
        print(line)
    for warning in problem.warnings:
        print(f"warning: {warning}")
    print("The round is well formed.")
    return 0


def solve(folder: Path, out: Path, method: str, previous: Path | None, quiet: bool) -> int:
    """Solve a round and write the result folder."""
    if previous:
        raise NotSupported(
            "--previous is not supported yet, nor is the goal fewest_changes that reads it; leave both out"
        )
    _refuse_foreign(out)
    phases = Phases()
    with phases.measure("read"):
        problem = read_round(folder)
    shows = sys.stderr.isatty() and not quiet
    try:
        result = solve_problem(problem, method=method, progress=_show if shows else None, phases=phases)
    except Infeasible as error:
        write_folder(out, error.files())
        raise
    write_folder(out, result.files())
    if not quiet:
        for line in _outcome(result, out):
            print(line)
        for warning in problem.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    return 0


def verify(folder: Path, out: Path) -> int:
    """Print every violation that the verifier finds."""
    problem = read_round(folder)
    files = _read_result(out)
    violations = find_violations(problem, files)
    for violation in violations:
        print(violation)
    if violations:
        print(f"{len(violations)} {'violation' if len(violations) == 1 else 'violations'} found.")
        return 1
    print(VERIFIED[json.loads(files["summary.json"])["status"]])
    return 0


def explain(folder: Path, out: Path, student: str, language: str) -> int:
    """Print why a student has this seat, or none, and why not what they liked better."""
    problem = read_round(folder)
    if student not in problem.students.ids:
        raise RoundFaults([Fault("students.csv", 1, "student_id", f"there is no student {student}")])
    files = _read_result(out)
    _same_input(problem, files, out)
    record = _explanation(files, student, out)
    opportunities = problem.opportunities
    titles = {
        identifier: opportunities.title[i] or identifier for i, identifier in enumerate(opportunities.ids)
    }
    try:
        lines = _told(sentences(record, language, titles))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise _malformed(out, "explanations.jsonl") from None
    for line in lines:
        print(line)
    return 0


def advise() -> int:
    """Say that there is no advice yet."""
    raise NotSupported("advise is not supported yet; summary.json counts what excludes pairs")


def _contents(problem: Problem) -> list[str]:
    pins = problem.pins
    required = int(pins.require.sum())
    rows = [
        (len(problem.students), "student"),
        (len(problem.opportunities), "opportunity"),
        (int(problem.opportunities.seats.sum()), "seat"),
        (len(problem.schools), "school"),
        (len(problem.preferences), "preference"),
        (len(problem.refusals), "refusal"),
        (required, "required pin"),
        (len(pins) - required, "forbidding pin"),
        (len(problem.growth), "growth value"),
    ]
    lines = [_counted(count, what) for count, what in rows if count or what in ALWAYS_COUNTED]
    return [*lines, f"goals: {', '.join(problem.policy.goals)}", f"digest: {problem.digest}"]


def _pairs(problem: Problem, eligible: Eligible) -> list[str]:
    listed = problem.eligible is not None
    lines = [f"{_counted(eligible.considered, 'pair')} {'listed' if listed else 'considered'}"]
    lines += [
        f"{count:>12,}   excluded: {label('en', reason)}"
        for reason, count in eligible.excluded.items()
        if count
    ]
    lines.append(f"{_counted(len(eligible), 'pair')} eligible")
    for indices, total, what in (
        (eligible.student, len(problem.students), "student"),
        (eligible.opportunity, len(problem.opportunities), "opportunity"),
    ):
        without = total - len(np.unique(indices))
        if without:
            lines.append(f"{_counted(without, what)} without an eligible pair")
    return lines


def _counted(count: int, what: str) -> str:
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:>12,} {what if count == 1 else plural}"


def _outcome(result: Result, out: Path) -> list[str]:
    total = len(result.problem.students)
    lines = [f"placed {result.placed:,} of {total:,} students ({result.status})"]
    for reason, count in sorted(Counter(row.reason for row in result.unplaced).items()):
        lines.append(f"  unplaced, {reason}: {count:,}")
    proved = {proof.goal.name for proof in result.proofs}
    for name, value in result.goals:
        lines.append(f"  {name}: {value:,}{' (proved optimal)' if name in proved else ''}")
    seconds = result.phases.seconds
    spent = ", ".join(f"{phase} {used:.2f}" for phase, used in seconds.items())
    lines.append(f"seconds: {spent}; peak memory {max(result.phases.peak_mib.values()):,.0f} MiB")
    return [*lines, f"written to {out}"]


def _show(progress: Progress) -> None:
    """One line on the terminal for each phase, and for each goal as it is proved."""
    if progress.goal:
        said = f"{progress.goal}: {progress.value:,}, at most {progress.bound:,}: proved"
    else:
        said = SAID[progress.phase]
    print(f"{progress.seconds:7.1f} s  {said}", file=sys.stderr)


def _refuse_foreign(out: Path) -> None:
    """Only an earlier result is ever replaced; anything else there is somebody's work."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise BadResult(f"{out}: this is a file; name a folder that is not there yet")
    names = {entry.name for entry in out.iterdir()}
    if names and ("summary.json" not in names or not names <= set(RESULT_FILES)):
        raise BadResult(
            f"{out}: this folder is not an earlier result and is left alone;"
            " name a folder that is not there yet"
        )


def _read_result(out: Path) -> dict[str, bytes]:
    if not out.is_dir():
        raise BadResult(f"{out}: there is no such result folder; solve writes one with --out")
    return {entry.name: entry.read_bytes() for entry in sorted(out.iterdir()) if entry.is_file()}


def _same_input(problem: Problem, files: dict[str, bytes], out: Path) -> None:
    try:
        digest = json.loads(files["summary.json"])["input_digest"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _malformed(out, "summary.json") from None
    if digest != problem.digest:
        raise BadResult(f"{out}: this is the result of another input; solve this round again")


def _explanation(files: dict[str, bytes], student: str, out: Path) -> dict[str, Any]:
    broken = _malformed(out, "explanations.jsonl")
    try:
        for line in files["explanations.jsonl"].splitlines():
            record: dict[str, Any] = json.loads(line)
            if record["student_id"] == student:
                return record
    except (KeyError, TypeError, ValueError, RecursionError):
        raise broken from None
    raise broken


def _malformed(out: Path, name: str) -> BadResult:
    return BadResult(f"{out}: {name} is missing or malformed; solve again")


def _told(text: StudentText) -> list[str]:
    lines = [text.headline, *(f"  {sentence}" for sentence in [*text.why, *text.unplaced])]
    for choice in text.choices:
        lines += [f"{choice.rank}. {choice.title}", *(f"   {said}" for said in choice.sentences)]
    return lines
