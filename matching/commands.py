"""What each command of the command line does, and what it prints."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matching.advise import advise as find_advice
from matching.advise.words import advice_lines
from matching.cluster import connect
from matching.conflict import OutOfTime, find_conflict
from matching.counterfactual import Malformed, help_lines
from matching.eligibility import eligible_pairs
from matching.equity import equity as find_equity
from matching.equity import floor_costs, read_outcomes
from matching.equity.words import equity_lines
from matching.explain import StudentText, sentences
from matching.files import Fault, RoundFaults, read_round, write_folder
from matching.fit import score
from matching.messages import label
from matching.pairs import Eligible
from matching.phases import Phases
from matching.pins import required_pairs
from matching.previous import BadPrevious, Previous, read_previous
from matching.problem import UNKNOWN, Problem
from matching.results import RESULT_FILES, Result
from matching.sentences import titles_of
from matching.solve import Infeasible, NothingYet, Progress
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
    "infeasible": "Verified as infeasible: the rules of the conflict cannot all hold. That no smaller set"
    " conflicts, and that each repair is enough, is what the solver found; it is not checked.",
}
RELATIVE = "Fewest changes are counted from an earlier result that was not given; see --previous."
UNPROVED = 4  # an exit status; see __main__
ALWAYS_COUNTED = ("student", "opportunity", "seat")


@dataclass(frozen=True, slots=True)
class EquityOptions:
    """How ``equity`` was asked for."""

    against: Sequence[Path]  # the folders of other results
    smallest: int
    floors: bool  # the round is solved once more for each
    language: str
    as_json: bool


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """How ``solve`` was asked for."""

    method: str = "auto"
    previous: Path | None = None  # the folder of an earlier result
    cluster: str = ""  # the address of a scheduler, where a cluster helps
    quiet: bool = False


class BadResult(Exception):
    """The result folder is missing, malformed or of another input, or cannot be written."""


def check(folder: Path) -> int:
    """Print what a round holds."""
    problem = read_round(folder)
    eligible = eligible_pairs(problem)
    required_pairs(problem, eligible)
    try:
        conflict = find_conflict(problem, score(problem, eligible))
    except OutOfTime:
        raise NothingYet(
            "whether everything that is required can hold was not known within"
            " solver.time_limit_seconds; allow more in policy.toml"
        ) from None
    if conflict:
        raise Infeasible(problem, conflict, "check", Phases())
    for line in _contents(problem):
        print(line)
    for line in _pairs(problem, eligible):
        print(line)
    for warning in problem.warnings:
        print(f"warning: {warning}")
    print("The round is well formed.")
    return 0


def solve(folder: Path, out: Path, options: SolveOptions) -> int:
    """Solve a round and write the result folder; return the exit status."""
    _refuse_foreign(out)
    previous = _previous(options.previous) if options.previous else None
    phases = Phases()
    with phases.measure("read"):
        problem = read_round(folder)
    shows = sys.stderr.isatty() and not options.quiet
    try:
        with connect(options.cluster) if options.cluster else nullcontext() as cluster:
            result = solve_problem(
                problem,
                method=options.method,
                previous=previous,
                progress=_show if shows else None,
                phases=phases,
                cluster=cluster,
            )
    except Infeasible as error:
        write_folder(out, error.files())
        raise
    write_folder(out, result.files())
    if not options.quiet:
        for line in _outcome(result, out):
            print(line)
        for warning in problem.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    return UNPROVED if result.status == "feasible" else 0


def _previous(out: Path) -> Previous:
    """Who held which seats in the earlier result in a folder."""
    try:
        return read_previous(_read_result(out))
    except BadPrevious as error:
        raise BadResult(f"{out}: {error}") from None


def verify(folder: Path, out: Path, previous: Path | None = None) -> int:
    """Print every violation that the verifier finds; ``previous`` is what ``fewest_changes`` is about."""
    problem = read_round(folder)
    files = _read_result(out)
    violations = find_violations(problem, files, _previous(previous) if previous else None)
    for violation in violations:
        print(violation)
    if violations:
        print(f"{len(violations)} {'violation' if len(violations) == 1 else 'violations'} found.")
        return 1
    status = json.loads(files["summary.json"])["status"]
    print(VERIFIED[status])
    if previous is None and "fewest_changes" in problem.policy.goals and status != "infeasible":
        print(RELATIVE)
    return 0


def explain(folder: Path, out: Path, student: str, language: str) -> int:
    """Print why a student has this seat, or none, and why not what they liked better."""
    problem = read_round(folder)
    if student not in problem.students.ids:
        raise RoundFaults([Fault("students.csv", 1, "student_id", f"there is no student {student}")])
    files = _read_result(out)
    _same_seats(problem, files, out)
    record = _explanation(files, student, out)
    try:
        lines = _told(sentences(record, language, titles_of(problem)))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise _malformed(out, "explanations.jsonl") from None
    index = problem.students.ids.index(student)
    try:
        lines += help_lines(problem, files, index, language, placed=bool(record["placed"]))
    except Malformed:
        raise _malformed(out, "certificate.json") from None
    for line in lines:
        print(line)
    return 0


def advise(folder: Path, out: Path, language: str, as_json: bool) -> int:
    """Print where one more seat, more work or one relaxed rule would place more students."""
    problem = read_round(folder)
    _same_input(problem, _read_result(out), out)
    advice = find_advice(problem, _show_phase if sys.stderr.isatty() else None).record()
    if as_json:
        print(json.dumps(advice, indent=2, ensure_ascii=False))
        return 0
    for line in advice_lines(advice, language, titles_of(problem)):
        print(line)
    return 0


def equity(folder: Path, out: Path, options: EquityOptions) -> int:
    """Print figures by group of a result, and of others beside it."""
    problem = read_round(folder)
    results = []
    for one in (out, *options.against):
        files = _read_result(one)
        _same_seats(problem, files, one)
        try:
            results.append(read_outcomes(problem, files))
        except (LookupError, ValueError):
            raise _malformed(one, "placements.csv") from None
    figures = find_equity(problem, results, options.smallest).record()
    floors = list(floor_costs(problem)) if options.floors else []
    if options.as_json:
        record = figures | ({"floors": [asdict(floor) for floor in floors]} if options.floors else {})
        print(json.dumps(record, indent=2, ensure_ascii=False))
        return 0
    for line in equity_lines(figures, floors, options.language):
        print(line)
    return 0


def _show_phase(phase: str) -> None:
    print(f"looking at: {phase}", file=sys.stderr)


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
    for (name, value), bound in zip(result.goals, result.bounds, strict=True):
        lines.append(f"  {name}: {value:,}{_proved(value, bound)}")
    if result.status == "stable":
        both = int((result.problem.preferences.opportunity_rank != UNKNOWN).sum())
        lines.append(
            f"  only pairs with a rank and an opportunity_rank take part: {both:,} in preferences.csv"
        )
    seconds = result.phases.seconds
    spent = ", ".join(f"{phase} {used:.2f}" for phase, used in seconds.items())
    lines.append(f"seconds: {spent}; peak memory {max(result.phases.peak_mib.values()):,.0f} MiB")
    return [*lines, f"written to {out}"]


def _proved(value: int, bound: int | None) -> str:
    """What is known of a goal's value besides it."""
    if bound is None:
        return ""
    if value == bound:
        return " (proved optimal)"
    return f" (at most {bound:,}: {_gap(value, bound)})"


def _gap(value: int, bound: int) -> str:
    """How far a value may be from the best, as a share of it."""
    share = (bound - value) / max(1, abs(bound))
    return f"within {share:.4%} of the best" if share < 1 else f"within {bound - value:,} of the best"


def _show(progress: Progress) -> None:
    """One line on the terminal for each phase, and for each goal as it is reached."""
    if progress.goal and progress.value is not None and progress.bound is not None:
        said = f"{progress.goal}: {progress.value:,}{_proved(progress.value, progress.bound)}"
    else:
        said = SAID[progress.phase]
    print(f"{progress.seconds:7.1f} s  {said}", file=sys.stderr)


def _refuse_foreign(out: Path) -> None:
    """Only an earlier result is ever replaced; anything else there is somebody's work."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise BadResult(f"{out}: this is a file; name a folder that is not there yet")
    names = {entry.name if entry.is_file() else "" for entry in out.iterdir()}
    if names and ("summary.json" not in names or not names <= set(RESULT_FILES)):
        raise BadResult(
            f"{out}: this folder is not an earlier result and is left alone;"
            " name a folder that is not there yet"
        )


def _read_result(out: Path) -> dict[str, bytes]:
    if not out.is_dir():
        raise BadResult(f"{out}: there is no such result folder; solve writes one with --out")
    return {entry.name: entry.read_bytes() for entry in sorted(out.iterdir()) if entry.is_file()}


def _same_input(problem: Problem, files: dict[str, bytes], out: Path) -> str:
    """The status of a result, which has to be of this round."""
    try:
        summary = json.loads(files["summary.json"])
        digest, status = summary["input_digest"], str(summary["status"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _malformed(out, "summary.json") from None
    if digest != problem.digest:
        raise BadResult(f"{out}: this is the result of another input; solve this round again")
    return status


def _same_seats(problem: Problem, files: dict[str, bytes], out: Path) -> None:
    """The same, of a result that places students."""
    if _same_input(problem, files, out) == "infeasible":
        raise BadResult(
            f"{out}: nobody is placed here, because what is required cannot all hold;"
            " summary.json names what conflicts and what would repair it"
        )


def _explanation(files: dict[str, bytes], student: str, out: Path) -> dict[str, Any]:
    broken = _malformed(out, "explanations.jsonl")
    try:
        text = files["explanations.jsonl"]
        # The line alone is read: at 100,000 students, reading all of them takes a second.
        head = json.dumps({"student_id": student}, separators=(",", ":"), ensure_ascii=False)[:-1] + ","
        start = text.find(head.encode())
        while start > 0 and text[start - 1] != ord("\n"):
            start = text.find(head.encode(), start + 1)
        if start >= 0:
            record: dict[str, Any] = json.loads(text[start : (text.find(b"\n", start) + 1) or None])
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
