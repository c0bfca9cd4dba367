"""What is tampered with in the results of rounds that have everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.matching.tampered_details import DETAILS
from tests.matching.tampering import (
    Files,
    Tamper,
    all_of,
    is_now,
    told,
    value,
    with_row,
    without_row,
)

PLACEMENTS, SUMMARY, CERTIFICATE = "placements.csv", "summary.json", "certificate.json"
EXPLANATIONS, UNPLACED = "explanations.jsonl", "unplaced.csv"


def seat(student: str, opportunity: str) -> Tamper:
    """A seat more, in placements.csv."""
    return with_row(PLACEMENTS, student, opportunity, "1", "", "", "", "")


def doubled(student: str) -> Tamper:
    """A row of placements.csv, once more."""

    def tamper(files: Files) -> None:
        lines = files[PLACEMENTS].decode().splitlines(keepends=True)
        files[PLACEMENTS] = "".join(
            line * 2 if line.startswith(f"{student},") else line for line in lines
        ).encode()

    return tamper


def entry(changes: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda old: {**old, **changes}


def deep(depth: int) -> Any:
    """A tree of cases with one long branch."""
    leaf: Any = {"prices": {"students": {}, "opportunities": {}}}
    tree = leaf
    for _ in range(depth):
        tree = {"split": ["opportunity", "bank"], "at": 0, "below": leaf, "above": tree}
    return tree


def wide(depth: int) -> Any:
    """A tree of cases with 2 ** ``depth`` leaves."""
    tree: Any = {"prices": {"students": {}, "opportunities": {}}}
    for _ in range(depth):
        tree = {"split": ["opportunity", "bank"], "at": 0, "below": tree, "above": tree}
    return tree


def first_goal(base: str, change: Callable[[Any], Any] | Any, expected: str) -> tuple[str, Tamper, str]:
    return base, value(CERTIFICATE, "goals.0", change), expected


PROOF = ("prices", "cases", "scale")
LEAF = {"prices": {"students": {}, "opportunities": {}}}
SPLIT = {"split": ["opportunity", "bank"], "at": 0, "below": LEAF, "above": LEAF}


def cases(tree: Any) -> Callable[[Any], Any]:
    """The first goal's proof as a tree."""
    return lambda old: {
        **{k: v for k, v in old.items() if k not in ("prices", "cases", "scale")},
        "cases": tree,
    }


def prices(changes: Any) -> Callable[[Any], Any]:
    """The first goal's proof as prices."""
    return lambda old: {"prices": changes} | {k: v for k, v in old.items() if k not in PROOF}


EMPTY: dict[str, Any] = {"students": {}, "opportunities": {}}

_CASES: dict[str, tuple[str, Tamper, str]] = {
    # what the rows of placements.csv keep to together
    "a row twice": ("whole", doubled("dan"), "stands here 2 times"),
    "too many seats of one student": (
        "whole",
        all_of(seat("amy", "cafe"), seat("amy", "deli")),
        "amy has more than 2 seats",
    ),
    "a clash": (
        "whole",
        seat("amy", "cafe"),
        "student amy cannot hold both bank and cafe: their schedules clash",
    ),
    "a group too small": (
        "whole",
        all_of(without_row(PLACEMENTS, "bob"), without_row(PLACEMENTS, "cat")),
        "opportunity deli runs with 2 students or none, not with 1",
    ),
    "above a limit": (
        "whole",
        all_of(seat("dan", "cafe"), seat("eva", "cafe")),
        "limit employer food: 5 students placed, at most 3",
    ),
    "below a limit": (
        "whole",
        all_of(without_row(PLACEMENTS, "bob"), without_row(PLACEMENTS, "cat")),
        "limit school north: 1 students placed, at least 2",
    ),
    "not together": ("whole", without_row(PLACEMENTS, "cat"), "students bob and cat go together"),
    "not apart": (
        "whole",
        all_of(seat("dan", "farm"), seat("eva", "bank")),
        "students dan and eva stay apart but",
    ),
    "above a budget": (
        "whole",
        all_of(seat("cat", "bank"), seat("flo", "bank"), seat("dan", "farm")),
        "spent, 4 given",
    ),
    "a full van": (
        "van",
        all_of(seat("amy", "bank"), seat("bob", "bank")),
        "school north: 2 students need its van, which has 1 seat",
    ),
    # certificate.json
    "a stranger before": (
        "whole",
        value(CERTIFICATE, "previous", {"zoe": ["bank"]}),
        "previous is not an object",
    ),
    "before, unsorted": (
        "whole",
        value(CERTIFICATE, "previous.dan", ["farm", "bank"]),
        "previous is not an object",
    ),
    "another earlier result": (
        "whole",
        value(CERTIFICATE, "previous", {"flo": ["deli"]}),
        "previous is not what the earlier result holds",
    ),
    "before, another seat": (
        "whole",
        value(CERTIFICATE, "previous.flo", ["farm"]),
        "goal fewest_changes: value is",
    ),
    "before, for nothing": (
        "listed",
        value(CERTIFICATE, "previous", {}),
        "previous is given, but no goal needs it",
    ),
    "a key of the certificate": ("listed", value(CERTIFICATE, "note", 1), 'the certificate has "note"'),
    "a key of a goal": first_goal("listed", entry({"note": 1}), 'goal placed has "note"'),
    "goals in words": ("listed", value(CERTIFICATE, "goals", "all"), "goals is not a list of objects"),
    "scale 1": first_goal("listed", entry({"scale": 1}), 'scale is "1"; expected'),
    "a scale in words": first_goal("listed", entry({"scale": "2"}), 'scale is "2"; expected'),
    "prices and cases": first_goal("listed", entry({"cases": LEAF}), "expected either prices or cases"),
    "prices in words": first_goal("listed", prices("low"), "prices is not an object"),
    "prices of whom": first_goal("listed", prices({"students": {}}), "prices of opportunities are missing"),
    "no rows": first_goal("listed", prices({**EMPTY, "rows": []}), "prices of rows are not a list"),
    "a row without a price": first_goal("listed", prices({**EMPTY, "rows": ["x"]}), "prices of rows hold"),
    "rows unsorted": first_goal(
        "whole",
        prices({**EMPTY, "rows": [["limit", "school", "north", -1], ["budget", "grant", 1]]}),
        "prices of rows are not sorted",
    ),
    "no such row": first_goal(
        "listed", prices({**EMPTY, "rows": [["budget", "grant", 1]]}), "there is no row budget grant"
    ),
    "a row without a bound": first_goal(
        "whole", prices({**EMPTY, "rows": [["holds", "amy", 1]]}), "the price 1 charges row holds amy where"
    ),
    "prices past 64 bits": first_goal(
        "whole",
        prices({**EMPTY, "rows": [["budget", "grant", 9 * 10**14]]}),
        "the prices are too large",
    ),
    "a case that is none": first_goal("listed", cases([]), "a case is"),
    "a case with a note": first_goal("listed", cases({**LEAF, "note": 1}), "a case has more than its prices"),
    "a split with a note": first_goal("listed", cases({**SPLIT, "note": 1}), "a case holds"),
    "a split of nothing": first_goal(
        "listed", cases({**SPLIT, "split": ["opportunity", "zoo"]}), "which is no row"
    ),
    "a split at a half": first_goal(
        "listed", cases({**SPLIT, "at": 0.5}), "a case splits opportunity bank at"
    ),
    "cases too deep": first_goal("listed", cases(deep(220)), "cases are more than 200 deep"),
    "too many cases": first_goal("listed", cases(wide(15)), "there are more than 20000 cases"),
    "a case left open": first_goal(
        "fractional", cases(LEAF), "not proved optimal: the result reaches 1, the prices allow 3"
    ),
    "the worst, unbounded": (
        "whole",
        value(CERTIFICATE, "goals.5.bound", None),
        "goal worst_utility: bound is",
    ),
    "the worst, too high": (
        "whole",
        value(CERTIFICATE, "goals.5.bound", 10**6),
        "goal worst_utility: not proved optimal",
    ),
    "the worst, not proved": (
        "whole",
        value(
            CERTIFICATE,
            "goals.5",
            lambda old: {"name": old["name"], "value": 0, "bound": old["value"], "prices": EMPTY},
        ),
        "seats above",
    ),
    "a proof without a bound": (
        "listed",
        all_of(value(SUMMARY, "status", "feasible"), value(CERTIFICATE, "goals.0.bound", None)),
        "goal placed: there is a proof, but no bound",
    ),
    "more than there can be": (
        "crowded",
        all_of(seat("s01", "bank"), seat("s02", "bank")),
        "goal placed: the prices allow 1, less than",
    ),
    # summary.json
    "a key of the summary": ("listed", value(SUMMARY, "note", 1), 'the summary has "note"'),
    "the summary's format": ("listed", value(SUMMARY, "format", 2), "summary.json: format is not 1"),
    "versions as numbers": (
        "listed",
        value(SUMMARY, "versions", {"python": 3}),
        "versions is not an object of texts",
    ),
    "no pairs": ("listed", value(SUMMARY, "pairs", None), "pairs is missing"),
    "a key of the pairs": ("listed", value(SUMMARY, "pairs.note", 1), 'pairs has "note"'),
    "goals of the summary in words": (
        "listed",
        value(SUMMARY, "goals", "all"),
        "summary.json: goals is not a list",
    ),
    "a key of the summary's goal": ("listed", value(SUMMARY, "goals.0.note", 1), 'goal "placed" has "note"'),
    # explanations.jsonl
    "placed in words": ("listed", told("ana", "placed", "bank"), "placed is not a list of objects"),
    "a key of a record": ("listed", told("ana", "note", 1), 'student ana has "note"'),
    "a key of a seat": ("listed", told("ana", "placed.0.note", 1), 'student ana: placed has "note"'),
    "a leg with eligible.csv": ("listed", told("ana", "placed.0.leg", {}), "student ana: leg is"),
    "a leg in words": ("optimal", told("ana", "placed.0.leg", "far"), "student ana: leg is"),
    "parts with eligible.csv": (
        "listed",
        told("ana", "placed.0.parts", {"travel": [1, 2]}),
        "parts are given although",
    ),
    "unplaced, and placed": (
        "listed",
        told("ana", "unplaced", {}),
        "unplaced is given for a student who has a seat",
    ),
    "unplaced left out": ("listed", told("ben", "unplaced", None), "unplaced is missing"),
    "a key of why not": ("listed", told("ben", "unplaced.note", 1), 'student ben: unplaced has "note"'),
    "excluded in words": (
        "listed",
        told("ben", "unplaced.excluded", "all"),
        "unplaced excluded is not an object",
    ),
    "a key of what was better liked": (
        "optimal",
        told("eve", "better_liked.0.note", 1),
        'better liked library has "note"',
    ),
    "a limit of minutes": (
        "optimal",
        told("cleo", "better_liked.1.reasons.0.limit", 61),
        "better liked depot: limit",
    ),
    "a smallest grade": (
        "optimal",
        told("cleo", "better_liked.0.reasons.0.min_grade", 11),
        "better liked clinic: min_grade",
    ),
    "a small contest": (
        "optimal",
        told("eve", "better_liked.0.contest", {}),
        "better liked library: contest is",
    ),
    "no contest": ("crowded", told("s01", "better_liked.0.contest", None), "better liked bank: contest is"),
    "a contest of others": (
        "crowded",
        told("s01", "better_liked.0.contest.ranked_by", 11),
        "better liked bank: contest is",
    ),
    "decided by nothing": (
        "crowded",
        told("s01", "better_liked.0.contest.decided_by", "luck"),
        "which is no goal",
    ),
    # an infeasible round
    "a result of an infeasible round": (
        "conflict",
        is_now(UNPLACED, b""),
        "an infeasible round has no such file",
    ),
    "a key of an infeasible summary": ("conflict", value(SUMMARY, "goals", []), 'the summary has "goals"'),
    "by another method": (
        "conflict",
        value(SUMMARY, "method", "magic"),
        'method is "magic"; expected flow, mip or',
    ),
    "all repairs in words": (
        "conflict",
        value(SUMMARY, "repairs_complete", "yes"),
        'repairs_complete is "yes"',
    ),
    "smallest in words": ("conflict", value(SUMMARY, "smallest", "yes"), 'smallest is "yes"'),
    "no proof": ("conflict", value(SUMMARY, "proof", None), "the proof is missing"),
    "a key of the proof": ("conflict", value(SUMMARY, "proof.note", 1), 'the proof has "note"'),
    "a proof of nothing": (
        "conflict",
        value(SUMMARY, "proof", LEAF),
        "the proof does not show that the conflict",
    ),
    "a malformed proof": ("conflict", value(SUMMARY, "proof", {}), "proof: expected either prices or cases"),
    "a conflict in words": ("conflict", value(SUMMARY, "conflict", "yes"), "conflict is not a list of rules"),
    "no such rule": (
        "conflict",
        value(SUMMARY, "conflict.0.student_id", "zoe"),
        "which is no rule of the round",
    ),
    "another line": ("conflict", value(SUMMARY, "conflict.0.line", 3), "conflict: pin ana bank is"),
    "a rule less": (
        "conflict",
        value(SUMMARY, "conflict", lambda old: old[1:]),
        "the proof does not show that the",
    ),
    "a rule twice": (
        "conflict",
        value(SUMMARY, "conflict", lambda old: [*old, old[0]]),
        "conflict names a rule twice",
    ),
    "repairs in words": ("conflict", value(SUMMARY, "repair", "yes"), "repair is not a list of lists"),
    "a repair of nothing": ("conflict", value(SUMMARY, "repair.0", []), "leaves the whole conflict as it is"),
    "a repair that is none": (
        "conflict",
        value(SUMMARY, "repair.0.0.note", 1),
        "is no change of a rule of the round",
    ),
    "a rule more": (
        "conflict",
        value(
            SUMMARY,
            "conflict",
            lambda old: [*old, {**old[1], "scope": "kind", "id": "internship", "value": 9, "line": 3}],
        ),
        "the conflict is not smallest: it is one without limit kind internship max, too",
    ),
    "a repair twice": ("conflict", value(SUMMARY, "repair", lambda old: [*old, old[0]]), "stands here twice"),
    "a rule twice in a repair": (
        "conflict",
        value(SUMMARY, "repair.0", lambda old: [*old, *old]),
        "changes a rule twice",
    ),
    "half a student": (
        "conflict",
        value(
            SUMMARY,
            "repair.0",
            [{"kind": "limit", "scope": "employer", "id": "city", "bound": "max", "from": 0, "to": 0.5}],
        ),
        "is no change of a rule of the round",
    ),
    "another bus": (
        "bus",
        told("ivy", "placed.0.leg.steps.there.1.line", "12"),
        "the steps of the leg are no way",
    ),
    "a walk of another length": (
        "bus",
        told("ivy", "placed.0.leg.steps.there.0.minutes", lambda old: old + 1),
        "the steps of the leg are no way",
    ),
    "beyond how many minutes": (
        "bus",
        told("ivy", "better_liked.0.reasons.0.over", 60),
        "better liked quarry: over",
    ),
}


def whole_cases(make: Callable[[str, Tamper, str], Any]) -> dict[str, Any]:
    """The cases by name."""
    return {f"{case[0]}: {name}": make(*case) for name, case in {**_CASES, **DETAILS}.items()}
