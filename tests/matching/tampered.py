"""What is tampered with in a result, and what ``verify`` has to say to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from matching.files import parse_round
from matching.problem import Problem
from matching.solve import Infeasible, solve
from tests.matching.tampered_rounds import BASES
from tests.matching.tampered_whole import whole_cases
from tests.matching.tampering import (
    Files,
    Tamper,
    all_of,
    cell,
    is_now,
    missing,
    reordered,
    replaced,
    round_files,
    swapped,
    told,
    value,
    with_row,
    without_row,
)

PLACEMENTS, UNPLACED, SUMMARY = "placements.csv", "unplaced.csv", "summary.json"
CERTIFICATE, EXPLANATIONS = "certificate.json", "explanations.jsonl"


def plus(number: int) -> object:
    return lambda old: old + number


def without(key: object) -> object:
    return lambda old: {name: price for name, price in old.items() if name != key}


CLEO_AT_CLINIC = all_of(cell(PLACEMENTS, "cleo", "opportunity_id", "clinic"), without_row(PLACEMENTS, "ben"))

TAMPERED: dict[str, tuple[Tamper, str]] = {
    # placements.csv: the pairs
    "a pair swapped": (swapped("ana", "ben"), "student ana at opportunity clinic: utility is 725000"),
    "a seat out of reach": (CLEO_AT_CLINIC, "student cleo at opportunity clinic is not eligible: grade"),
    "a hazard": (
        cell(PLACEMENTS, "cleo", "opportunity_id", "depot"),
        "student cleo at opportunity depot is not eligible: travel, labor_law",
    ),
    "a forbidden pair": (
        with_row(PLACEMENTS, "fay", "library", "0", "", "", "0.5000", ""),
        "student fay at opportunity library is not eligible: forbidden",
    ),
    "a refused pair": (
        with_row(PLACEMENTS, "fay", "gallery", "0", "", "", "0.5000", ""),
        "student fay at opportunity gallery is not eligible: refused",
    ),
    "one seat too many": (
        with_row(PLACEMENTS, "eve", "bakery", "0", "", "", "0.5000", ""),
        "opportunity bakery has 1 seats but 2 students",
    ),
    "two seats": (
        with_row(PLACEMENTS, "ana", "library", "0", "", "", "0.5000", ""),
        "student ana has more than 1 seat: bakery and library",
    ),
    "a required pin ignored": (
        without_row(PLACEMENTS, "gus"),
        "a pin requires student gus at opportunity library, which is not placed",
    ),
    "a student dropped": (without_row(PLACEMENTS, "dan"), "student dan has no seat"),
    # placements.csv: the columns
    "utility": (cell(PLACEMENTS, "ana", "utility", "725001"), "utility is 725001, recomputed 725000"),
    "rank": (cell(PLACEMENTS, "cleo", "rank", "2"), "rank is 2, recomputed 3"),
    "rank left out": (cell(PLACEMENTS, "cleo", "rank", ""), "rank is none, recomputed 3"),
    "minutes": (cell(PLACEMENTS, "ana", "travel_minutes", "14"), "travel_minutes is 14, recomputed 15"),
    "minutes made up": (
        cell(PLACEMENTS, "dan", "travel_minutes", "0"),
        "travel_minutes is 0, recomputed none",
    ),
    "interest": (
        cell(PLACEMENTS, "ben", "interest_fit", "0.4524"),
        'interest_fit is "0.4524", recomputed "0.4523"',
    ),
    "interest in short": (cell(PLACEMENTS, "dan", "interest_fit", "0.5"), 'interest_fit is "0.5"'),
    "a condition dropped": (
        cell(PLACEMENTS, "ana", "conditions", "arrange:quiet"),
        'recomputed "agreement:HO10;arrange:quiet"',
    ),
    "conditions unsorted": (
        cell(PLACEMENTS, "ana", "conditions", "arrange:quiet;agreement:HO10"),
        'recomputed "agreement:HO10;arrange:quiet"',
    ),
    "travel_unknown dropped": (cell(PLACEMENTS, "gus", "conditions", ""), 'recomputed "travel_unknown"'),
    # placements.csv: the file
    "rows out of order": (reordered(PLACEMENTS), "the rows are not sorted"),
    "an unknown student": (cell(PLACEMENTS, "ana", "student_id", "zoe"), 'no student "zoe"'),
    "an unknown opportunity": (cell(PLACEMENTS, "ana", "opportunity_id", "zoo"), 'no opportunity "zoo"'),
    "a utility in words": (cell(PLACEMENTS, "ana", "utility", "much"), 'utility "much" is not a whole'),
    "a utility with a plus": (cell(PLACEMENTS, "ana", "utility", "+725000"), "is not a whole number"),
    "a column renamed": (replaced(PLACEMENTS, b"rank", b"rang"), "expected student_id,opportunity_id"),
    "a column more": (replaced(PLACEMENTS, b"conditions\n", b"conditions,note\n"), "the header is"),
    "a cell too few": (replaced(PLACEMENTS, b",0.5000,\n", b",0.5000\n"), "has 6 cells; expected 7"),
    "carriage returns": (
        lambda files: files.update({PLACEMENTS: files[PLACEMENTS].replace(b"\n", b"\r\n")}),
        "every line ends with one line feed",
    ),
    "a quote left open": (replaced(PLACEMENTS, b"ana", b'"ana'), "is not CSV"),
    "not text": (is_now(PLACEMENTS, b"\xff\xfe"), "byte 0 is not UTF-8"),
    "placements missing": (missing(PLACEMENTS), "placements.csv: the file is missing"),
    "placements empty": (is_now(PLACEMENTS, b""), "placements.csv: the header is"),
    # unplaced.csv
    "unplaced reason": (
        cell(UNPLACED, "eve", "reason", "no_eligible_pair"),
        'student eve: reason is "no_eligible_pair", recomputed seats_taken',
    ),
    "unplaced reason of a later version": (
        cell(UNPLACED, "eve", "reason", "side_constraint"),
        "recomputed seats_taken",
    ),
    "a reason that is none": (cell(UNPLACED, "eve", "reason", "luck"), '"luck" is not a reason'),
    "unplaced count": (cell(UNPLACED, "eve", "detail", "eligible:2"), 'recomputed "eligible:3"'),
    "unplaced detail": (
        cell(UNPLACED, "fay", "detail", "forbidden:1;refused:1;travel:3"),
        'recomputed "forbidden:1;refused:1;travel:2;labor_law:1"',
    ),
    "unplaced dropped": (without_row(UNPLACED, "fay"), "student fay has no seat in placements.csv and is"),
    "unplaced twice": (with_row(UNPLACED, "eve", "seats_taken", "eligible:3"), "student eve stands here 2"),
    "placed and unplaced": (
        with_row(UNPLACED, "ben", "seats_taken", "eligible:4"),
        "student ben has a seat in placements.csv",
    ),
    "unplaced out of order": (reordered(UNPLACED), "the rows are not sorted by student_id"),
    "unplaced unknown": (cell(UNPLACED, "eve", "student_id", "zoe"), 'no student "zoe"'),
    "unplaced missing": (missing(UNPLACED), "unplaced.csv: the file is missing"),
    # summary.json
    "status": (value(SUMMARY, "status", "stable"), "does not go with the status"),
    "an unknown status": (value(SUMMARY, "status", "best"), 'status is "best"; expected optimal'),
    "placed": (value(SUMMARY, "placed", plus(1)), 'placed is "6", recomputed "5"'),
    "placed as a truth": (value(SUMMARY, "placed", True), 'placed is "True"'),
    "total utility": (value(SUMMARY, "total_utility", plus(-1)), "total_utility is"),
    "considered": (value(SUMMARY, "pairs.considered", plus(1)), "pairs considered is"),
    "eligible": (value(SUMMARY, "pairs.eligible", plus(-1)), "pairs eligible is"),
    "an excluded count": (value(SUMMARY, "pairs.excluded.travel", plus(1)), "pairs excluded for travel is"),
    "two excluded counts": (
        all_of(
            value(SUMMARY, "pairs.excluded.schedule", plus(1)),
            value(SUMMARY, "pairs.excluded.labor_law", plus(-1)),
        ),
        "pairs excluded for labor_law is",
    ),
    "a reason left out": (value(SUMMARY, "pairs.excluded", without("pay")), "pairs excluded does not hold"),
    "a goal's value": (value(SUMMARY, "goals.3.value", plus(1)), "goal 4 is"),
    "a goal dropped": (value(SUMMARY, "goals", lambda old: old[:-1]), "goals has 3 entries"),
    "method": (value(SUMMARY, "method", "stable"), "method is"),
    "the summary's digest": (value(SUMMARY, "input_digest", "0" * 64), "the result is of another input"),
    "seed": (value(SUMMARY, "seed", 7), 'seed is "7", recomputed "0"'),
    "a weight of the policy": (value(SUMMARY, "policy.weights.travel", 21), "policy is not the policy of"),
    "the law of the policy": (value(SUMMARY, "policy.law.in_session", False), "policy is not the policy of"),
    "seconds in words": (value(SUMMARY, "seconds", {"solve": "fast"}), "seconds is not an object of numbers"),
    "the summary is a list": (is_now(SUMMARY, b"[]\n"), "summary.json: the file does not hold a JSON object"),
    "the summary is broken": (is_now(SUMMARY, b"{\n"), "summary.json: the file is not JSON"),
    "summary missing": (missing(SUMMARY), "summary.json: the file is missing"),
    "infeasible, it says": (value(SUMMARY, "status", "infeasible"), "conflict is not a list of rules"),
    # certificate.json
    "the certificate's digest": (value(CERTIFICATE, "digest", "0" * 64), "the digest is not that of this"),
    "the certificate's method": (value(CERTIFICATE, "method", "magic"), "expected flow, mip or stable"),
    "the certificate's format": (value(CERTIFICATE, "format", 2), "format is not 1"),
    "a proved value": (
        value(CERTIFICATE, "goals.0.value", 6),
        'goal placed: value is "6", the result reaches 5',
    ),
    "a bound": (value(CERTIFICATE, "goals.0.bound", 6), 'goal placed: bound is "6", the prices give 5'),
    "value and bound": (
        all_of(value(CERTIFICATE, "goals.3.value", plus(1)), value(CERTIFICATE, "goals.3.bound", plus(1))),
        "goal utility: value is",
    ),
    "a goal's name": (value(CERTIFICATE, "goals.0.name", "utility"), "goals are not those of the policy"),
    "goals in another order": (value(CERTIFICATE, "goals", lambda old: old[::-1]), "goals are not those"),
    "a price raised": (
        value(CERTIFICATE, "goals.3.prices.opportunities.clinic", plus(1)),
        "goal utility: not proved optimal",
    ),
    "a price lowered": (
        value(CERTIFICATE, "goals.3.prices.opportunities.clinic", plus(-1)),
        'goal utility: bound is "3477520", the prices give 3477521',
    ),
    "a price far too low": (
        value(CERTIFICATE, "goals.0.prices.students.ana", -1),
        "goal placed: not proved optimal: the result reaches 5, the prices allow 9",
    ),
    "a price of zero": (
        value(CERTIFICATE, "goals.0.prices.students", lambda old: old | {"eve": 0}),
        'the price of "eve" is "0", not a whole number but 0',
    ),
    "a price in words": (value(CERTIFICATE, "goals.0.prices.students.ana", "1"), 'the price of "ana" is "1"'),
    "a price beyond reason": (
        value(CERTIFICATE, "goals.0.prices.students.ana", 10**30),
        "not a whole number but 0",
    ),
    "a price of nobody": (
        value(CERTIFICATE, "goals.0.prices.students", lambda old: old | {"zoe": 1}),
        'students has no "zoe"',
    ),
    "no prices": (
        value(CERTIFICATE, "goals.0", without("prices")),
        "goal placed: expected either prices or cases",
    ),
    "spaces": (replaced(CERTIFICATE, b":", b": "), "not in canonical form"),
    "a key twice": (replaced(CERTIFICATE, b'"format":1', b'"format":1,"format":1'), "names a key twice"),
    "a number that is none": (replaced(CERTIFICATE, b'"format":1', b'"format":NaN'), "NaN is not JSON"),
    "certificate missing": (missing(CERTIFICATE), "certificate.json: the file is missing"),
    # explanations.jsonl
    "another seat": (told("ana", "placed.0.opportunity_id", "clinic"), "student ana: placed names"),
    "no seat": (told("ana", "placed", []), "student ana: placed names"),
    "explained rank": (told("ana", "placed.0.rank", 2), 'student ana: rank is "2", recomputed "1"'),
    "explained utility": (told("ana", "placed.0.utility", 1), "student ana: utility is"),
    "explained minutes": (told("ana", "placed.0.minutes", 16), "student ana: minutes is"),
    "explained leg": (told("ana", "placed.0.leg.back", 16), "student ana: leg is"),
    "explained mode": (told("ana", "placed.0.leg.mode", "car"), "student ana: leg"),
    "explained origin": (
        told("ana", "placed.0.leg.from", lambda old: "home" if old == "school" else "school"),
        "student ana: leg",
    ),
    "explained conditions": (told("ana", "placed.0.conditions", []), "student ana: conditions is"),
    "a part": (told("ana", "placed.0.parts.interest.0", 0.34), "student ana: part interest is"),
    "a weight": (told("ana", "placed.0.parts.travel.1", 30), "student ana: part travel is"),
    "a part left out": (told("ana", "placed.0.parts", without("growth")), "parts are not preference"),
    "better liked dropped": (told("cleo", "better_liked", lambda old: old[1:]), "student cleo: better_liked"),
    "better liked invented": (
        told("ben", "better_liked", [{"opportunity_id": "gallery", "rank": 2}]),
        "student ben: better_liked names",
    ),
    "better liked in another order": (told("cleo", "better_liked", lambda old: old[::-1]), "better_liked"),
    "a reason dropped": (
        told("cleo", "better_liked.1.reasons", lambda old: old[1:]),
        "better liked depot: reasons is",
    ),
    "another reason": (told("cleo", "better_liked.0.reasons.0.code", "age"), "better liked clinic: reasons"),
    "another rule": (
        told("cleo", "better_liked.1.reasons.1.rules.0.rule", "HO8"),
        "better liked depot: rules is",
    ),
    "other minutes": (told("cleo", "better_liked.1.reasons.0.minutes", 61), "better liked depot: minutes"),
    "a grade": (told("cleo", "better_liked.0.reasons.0.grade", 10), "better liked clinic: grade"),
    "an outcome": (told("eve", "better_liked.0.outcome", "excluded"), "better liked library: outcome"),
    "a better liked utility": (told("eve", "better_liked.0.utility", 1), "better liked library: utility"),
    "a better liked rank": (told("eve", "better_liked.0.rank", 2), "better liked library: rank"),
    "why not": (told("eve", "unplaced.reason", "no_eligible_pair"), "student eve: unplaced reason"),
    "how many not": (told("eve", "unplaced.eligible", 2), "student eve: unplaced eligible"),
    "excluded by what": (told("fay", "unplaced.excluded.travel", 1), "student fay: unplaced excluded"),
    "unplaced who is placed": (
        told("ana", "better_liked", None),
        "student ana: better_liked is not a list",
    ),
    "a record twice": (
        lambda files: files.update({EXPLANATIONS: files[EXPLANATIONS] * 2}),
        "student ana has 2 records; expected one",
    ),
    "a record dropped": (
        lambda files: files.update({EXPLANATIONS: files[EXPLANATIONS].split(b"\n", 1)[1]}),
        "student ana has 0 records; expected one",
    ),
    "records out of order": (
        lambda files: files.update(
            {EXPLANATIONS: b"\n".join(files[EXPLANATIONS].splitlines()[::-1]) + b"\n"}
        ),
        "the records are not sorted by student_id",
    ),
    "a seat said to be required": (
        replaced(EXPLANATIONS, b'"conditions":[]}', b'"conditions":[],"required":true}'),
        'student ben: required is "True", recomputed "False"',
    ),
    "a required seat left unsaid": (
        replaced(EXPLANATIONS, b',"required":true', b""),
        'student gus: required is "False", recomputed "True"',
    ),
    "a record of nobody": (replaced(EXPLANATIONS, b'"ana"', b'"zoe"'), 'no student "zoe"'),
    "a broken record": (replaced(EXPLANATIONS, b"{", b"["), "line 1 is not JSON"),
    "a record that is a number": (is_now(EXPLANATIONS, b"1\n"), "line 1 does not hold a JSON object"),
    "a record that names a key twice": (
        replaced(EXPLANATIONS, b'{"student_id":"ana"', b'{"student_id":"ben","student_id":"ana"'),
        "line 1 is not JSON: an object names a key twice",
    ),
    "explanations missing": (missing(EXPLANATIONS), "explanations.jsonl: the file is missing"),
}

STABLE_TAMPERED: dict[str, tuple[Tamper, str]] = {
    "an unstable seat": (
        all_of(
            without_row(PLACEMENTS, "eve"),
            with_row(PLACEMENTS, "cleo", "library", "564444", "3", "", "0.2778", "travel_unknown"),
        ),
        "student eve at opportunity library blocks: the student prefers it and it prefers the student to",
    ),
    "a free seat": (
        without_row(PLACEMENTS, "dan"),
        "student dan at opportunity gallery blocks: the student prefers it and a seat is free",
    ),
    "one side without a rank": (
        with_row(PLACEMENTS, "cleo", "gallery", "0", "", "", "0.5000", ""),
        "student cleo at opportunity gallery: a stable result places only where both sides ranked",
    ),
    "optimal, it says": (value(SUMMARY, "status", "optimal"), 'does not go with the status "optimal"'),
    "a bound": (value(CERTIFICATE, "goals.0.bound", 5), "a stable result proves no bound"),
    "a value": (value(CERTIFICATE, "goals.1.value", 3), 'goal priority: value is "3", the result reaches 1'),
}


@dataclass(frozen=True)
class Case:
    """Something that is tampered with in the result of a round, and what is said to it."""

    base: str
    tamper: Tamper
    expected: str


@cache
def solved_base(name: str) -> tuple[Problem, Files]:
    """The problem and result that cases begin from."""
    if name in ("optimal", "stable"):
        problem = parse_round(round_files())
        return problem, solve(problem, method="stable" if name == "stable" else "auto").files()
    files, previous = BASES[name]
    problem = parse_round(files)
    try:
        return problem, solve(problem, previous=previous).files()
    except Infeasible as infeasible:
        return problem, infeasible.files()


CASES: dict[str, Case] = {
    **{f"optimal: {name}": Case("optimal", *case) for name, case in TAMPERED.items()},
    **{f"stable: {name}": Case("stable", *case) for name, case in STABLE_TAMPERED.items()},
    **whole_cases(Case),
}
