"""summary.json: every figure in it that can be computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from matching.files import format_windows
from matching.pairs import REASONS
from matching.problem import Policy
from matching.verify.census import Census
from matching.verify.facts import Facts
from matching.verify.outputs import SUMMARY, Placement, shown, unknown_keys, whole
from matching.verify.violations import Report

KEYS = (
    "format", "status", "method", "placed", "total_utility", "goals", "pairs",
    "input_digest", "seed", "policy", "versions", "seconds", "peak_memory_mib",
)  # fmt: skip
STATUSES = ("optimal", "feasible", "infeasible", "stable")

LARGEST_MEASURE = 1e15
"""Seconds and MiB stay below; compared, never converted: JSON holds whole numbers of any length."""


def check_summary(
    facts: Facts,
    census: Census,
    placements: Sequence[Placement] | None,
    certificate: Mapping[str, Any] | None,
    summary: Mapping[str, Any],
    report: Report,
) -> None:
    """Compare the summary with the rows, the pairs and the certificate."""
    check_head(facts, summary, report)
    unknown_keys(SUMMARY, "the summary", summary, KEYS, report)
    if summary.get("status") not in STATUSES:
        report.add(SUMMARY, f"status is {shown(summary.get('status'))}; expected {_or(STATUSES)}")
    if placements is not None:
        _same(report, "placed", summary.get("placed"), len({row.pair[0] for row in placements}))
        total = sum(row.utility for row in placements)
        _same(report, "total_utility", summary.get("total_utility"), total)
    pairs = summary.get("pairs")
    if isinstance(pairs, dict):
        _check_pairs(census, pairs, report)
    else:
        report.add(SUMMARY, "pairs is missing")
    if certificate is not None:
        _check_goals(summary.get("goals"), certificate.get("goals"), report)
        _same(report, "method", summary.get("method"), certificate.get("method"))


def check_head(facts: Facts, summary: Mapping[str, Any], report: Report) -> None:
    """What every summary says: of which input, with what, how long."""
    if whole(summary.get("format")) != 1:
        report.add(SUMMARY, "format is not 1")
    if summary.get("input_digest") != facts.problem.digest:
        report.add(SUMMARY, "input_digest is not that of this round: the result is of another input")
    if summary.get("policy") != policy_in_full(facts.problem.policy):
        report.add(SUMMARY, "policy is not the policy of this round in full")
    _same(report, "seed", summary.get("seed"), facts.problem.policy.solver.seed)
    versions = summary.get("versions")
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        report.add(SUMMARY, "versions is not an object of texts")
    for name in ("seconds", "peak_memory_mib"):
        measured = summary.get(name)
        if not isinstance(measured, dict) or not all(map(_is_measure, measured.values())):
            report.add(SUMMARY, f"{name} is not an object of numbers by phase")


def policy_in_full(policy: Policy) -> dict[str, Any]:
    """The policy in the words of policy.toml, every default filled in."""
    travel = asdict(policy.travel)
    service_date = travel.pop("service_date")
    travel["date"] = service_date.isoformat() if service_date else None
    return {
        "format": policy.format,
        "on_date": policy.on_date.isoformat() if policy.on_date else None,
        "objective": {"goals": list(policy.goals)},
        "weights": asdict(policy.weights),
        "pairs": {"unranked": policy.unranked},
        "travel": travel,
        "law": {
            "jurisdictions": list(policy.law.jurisdictions),
            "trainees": policy.law.trainees,
            "school_hours": format_windows(policy.law.school_hours),
            "in_session": policy.law.in_session,
            "overlays": list(policy.law.overlays),
        },
        "solver": asdict(policy.solver),
    }


def _is_measure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGEST_MEASURE


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _same(report: Report, what: str, found: object, expected: object) -> None:
    if found != expected or isinstance(found, bool):
        report.add(SUMMARY, f"{what} is {shown(found)}, recomputed {shown(expected)}")


def _check_pairs(census: Census, pairs: Mapping[str, Any], report: Report) -> None:
    unknown_keys(SUMMARY, "pairs", pairs, ("considered", "eligible", "excluded"), report)
    _same(report, "pairs considered", pairs.get("considered"), census.considered)
    _same(report, "pairs eligible", pairs.get("eligible"), len(census.student))
    excluded = pairs.get("excluded")
    if not isinstance(excluded, dict) or list(excluded) != list(REASONS):
        report.add(SUMMARY, f"pairs excluded does not hold {', '.join(REASONS)}")
        return
    totals = census.excluded.sum(axis=0).tolist()
    for reason, total in zip(REASONS, totals, strict=True):
        _same(report, f"pairs excluded for {reason}", excluded[reason], total)


def _check_goals(goals: object, proved: object, report: Report) -> None:
    """The summary's goals are those of the certificate, without the prices."""
    if not isinstance(goals, list) or not isinstance(proved, list):
        report.add(SUMMARY, "goals is not a list")
        return
    names = ("name", "value", "bound")
    for goal in goals:
        if isinstance(goal, dict):
            unknown_keys(SUMMARY, f"goal {shown(goal.get('name'))}", goal, names, report)
    sides = [
        [tuple(goal.get(key) for key in names) if isinstance(goal, dict) else None for goal in side]
        for side in (goals, proved)
    ]
    for place, (found, expected) in enumerate(zip(*sides, strict=False), start=1):
        _same(report, f"goal {place}", found, expected)
    if len(goals) != len(proved):
        report.add(SUMMARY, f"goals has {len(goals)} entries, the certificate {len(proved)}")
