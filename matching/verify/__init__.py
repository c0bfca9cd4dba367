"""Checks a result against its round, in code of its own.

It shares with the rest of ``matching`` only what a round is (``problem.py``, ``files``) and the
law's data. Rules, travel, utilities and the count of all pairs are written anew from the round
format, and the optimum is checked by its certificate: a fault would have to be made twice, in two
different ways, to pass. Nothing here solves anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matching.problem import Problem
from matching.verify.census import Census, take_census
from matching.verify.explained import check_explanations
from matching.verify.facts import Facts
from matching.verify.figures import check_head, check_summary
from matching.verify.infeasible import check_infeasible
from matching.verify.outputs import CERTIFICATE, SUMMARY, Outputs, read_object, read_outputs
from matching.verify.placed import check_placements, check_unplaced
from matching.verify.profiles import Profiles
from matching.verify.proof import Checker, check_canonical, check_previous
from matching.verify.sides import Sides
from matching.verify.stable import check_stable
from matching.verify.together import check_together
from matching.verify.violations import Report, Violation

__all__ = ["Violation", "verify"]


def verify(
    problem: Problem, outputs: Mapping[str, bytes], previous: Mapping[str, Sequence[str]] | None = None
) -> list[Violation]:
    """Check every rule, seat, figure, sentence and the proof of a result.

    Parameters
    ----------
    problem
        The round.
    outputs
        The contents of the result folder by file name. Other files are left alone.
    previous
        The opportunities of each student in the earlier result that ``fewest_changes`` is about.
        Without it the goal is checked relative to what the certificate says of that result.

    Returns
    -------
    list of Violation
        Everything that is not as the round format says; empty for a good result. Malformed
        outputs are violations too and never raise.
    """
    report = Report()
    facts = Facts(problem)
    profiles = Profiles(facts)
    census = take_census(facts, profiles)
    if _says_infeasible(outputs.get(SUMMARY)):
        summary = read_object(SUMMARY, outputs[SUMMARY], report) or {}
        check_head(facts, summary, report)
        check_infeasible(facts, profiles, census, summary, list(outputs), report)
        return report.found
    found = read_outputs(facts, outputs, report)
    _check(facts, profiles, census, found, report)
    if found.certificate is not None:
        check_canonical(outputs[CERTIFICATE].decode(), found.certificate, report)
        if previous is not None:
            check_previous(problem, found.certificate, previous, report)
    return report.found


def _says_infeasible(summary: bytes | None) -> bool:
    document = read_object(SUMMARY, summary, Report())
    return document is not None and document.get("status") == "infeasible"


def _check(facts: Facts, profiles: Profiles, census: Census, found: Outputs, report: Report) -> None:
    status = found.summary.get("status") if found.summary else None
    if found.placements is not None:
        pairs = [row.pair for row in found.placements]
        truths = check_placements(facts, found.placements, report)
        sides = Sides(facts)
        check_together(facts, sides, census, pairs, report)
        if found.unplaced is not None:
            check_unplaced(facts, census, pairs, found.unplaced, report)
        if found.explanations is not None:
            check_explanations(facts, profiles, census, truths, found.explanations, report)
        if found.certificate is not None:
            Checker(facts, profiles, census, sides, report).check(found.certificate, pairs, status)
        if status == "stable":
            check_stable(facts, census, pairs, report)
    if found.summary is not None:
        check_summary(facts, census, found.placements, found.certificate, found.summary, report)
