"""Whatever is changed in a result, ``verify`` says what is wrong, and never breaks over it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.towns import make_round
from matching.files import parse_round, write_table
from matching.problem import Problem
from matching.results import RESULT_FILES
from matching.solve import Infeasible, solve
from matching.verify import census, lookup, verify
from tests.matching.rounds import listed_round
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
    rows,
    swapped,
    told,
    value,
    with_row,
    without_row,
)

PLACEMENTS, UNPLACED, SUMMARY = "placements.csv", "unplaced.csv", "summary.json"
CERTIFICATE, EXPLANATIONS = "certificate.json", "explanations.jsonl"


@pytest.fixture(scope="module")
def problem() -> Problem:
    return parse_round(round_files())


@pytest.fixture(scope="module")
def optimal(problem: Problem) -> Mapping[str, bytes]:
    return solve(problem).files()


@pytest.fixture(scope="module")
def stable(problem: Problem) -> Mapping[str, bytes]:
    return solve(problem, method="stable").files()


def said(problem: Problem, outputs: Mapping[str, bytes], tamper: Tamper) -> str:
    files: Files = dict(outputs)
    tamper(files)
    return "\n".join(map(str, verify(problem, files)))


def test_a_good_result_has_no_violation(
    problem: Problem, optimal: Mapping[str, bytes], stable: Mapping[str, bytes]
) -> None:
    assert verify(problem, optimal) == []
    assert verify(problem, stable) == []


def test_the_round_has_something_of_everything(optimal: Mapping[str, bytes]) -> None:
    placed = {row[0]: row[1] for row in rows(optimal[PLACEMENTS])}
    assert placed["ana"] == "bakery" and placed["cleo"] == "library" and placed["gus"] == "library"
    reasons = [row[1] for row in rows(optimal[UNPLACED])]
    assert "seats_taken" in reasons and "no_eligible_pair" in reasons


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
        "student ana has more than one seat: bakery and library",
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
    "infeasible, it says": (value(SUMMARY, "status", "infeasible"), "but all required pins have a seat"),
    # certificate.json
    "the certificate's digest": (value(CERTIFICATE, "digest", "0" * 64), "the digest is not that of this"),
    "the certificate's method": (value(CERTIFICATE, "method", "magic"), "expected flow or stable"),
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
        "goal utility: the prices do not cover",
    ),
    "a price dropped": (
        value(CERTIFICATE, "goals.0.prices.students", without("ana")),
        "goal placed: the prices do not cover student ana",
    ),
    "a price below zero": (
        value(CERTIFICATE, "goals.0.prices.opportunities", lambda old: old | {"depot": -1}),
        "the price of opportunity depot is -1",
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
    "no prices": (value(CERTIFICATE, "goals.0", without("prices")), "goal placed: prices of students are"),
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


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_with_an_optimal_result_is_reported(
    what: str, problem: Problem, optimal: Mapping[str, bytes]
) -> None:
    tamper, expected = TAMPERED[what]
    assert expected in said(problem, optimal, tamper)


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


@pytest.mark.parametrize("what", STABLE_TAMPERED)
def test_tampering_with_a_stable_result_is_reported(
    what: str, problem: Problem, stable: Mapping[str, bytes]
) -> None:
    tamper, expected = STABLE_TAMPERED[what]
    assert expected in said(problem, stable, tamper)


def test_a_worse_result_cannot_be_proved(problem: Problem, optimal: Mapping[str, bytes]) -> None:
    """Somebody who gives eve's seat away consistently still has no prices for it."""
    files = dict(optimal)
    all_of(
        without_row(PLACEMENTS, "dan"),
        with_row(UNPLACED, "dan", "seats_taken", "eligible:1"),
        value(SUMMARY, "placed", 4),
        value(SUMMARY, "total_utility", lambda old: old - 700_000),
        value(CERTIFICATE, "goals.0.value", 4),
        value(SUMMARY, "goals.0.value", 4),
    )(files)
    found = "\n".join(map(str, verify(problem, files)))
    assert "goal placed: not proved optimal: the result reaches 4, the prices allow 5" in found


def test_a_forgotten_pair_is_noticed(problem: Problem) -> None:
    """A solver that overlooks a pair proves the optimum of another round."""
    pins = problem.pins
    overlooked = replace(
        pins,
        student=np.append(0, pins.student),
        opportunity=np.append(0, pins.opportunity),
        require=np.append(False, pins.require),
        line=np.append(9, pins.line),
    )
    found = "\n".join(map(str, verify(problem, solve(replace(problem, pins=overlooked)).files())))
    assert 'summary.json: pairs eligible is "16", recomputed "17"' in found
    assert "student ana: better liked bakery: outcome is" in found
    assert "the prices do not cover student ana at opportunity bakery" in found


def test_a_large_round_is_counted_the_same_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_round(300, 60, 5)
    # A third of the opportunities are for two schools: the dense part of the sweep has it all.
    header, *body = rows(files["opportunities.csv"])
    reserved = [[*row, "school:school-0;program:health" if i % 3 == 0 else ""] for i, row in enumerate(body)]
    files["opportunities.csv"] = write_table([*header, "open_to"], reserved)
    problem = parse_round(files)
    outputs = solve(problem).files()
    assert verify(problem, outputs) == []
    monkeypatch.setattr(census, "BLOCK", 500)
    monkeypatch.setattr(census, "PANEL", 130)
    monkeypatch.setattr(lookup, "LARGEST_TABLE", 10)
    assert verify(problem, outputs) == []


def test_a_feasible_result_need_not_be_proved(problem: Problem, optimal: Mapping[str, bytes]) -> None:
    files = dict(optimal)
    value(SUMMARY, "status", "feasible")(files)
    assert verify(problem, files) == []
    all_of(
        value(SUMMARY, "goals.3.bound", None),
        value(CERTIFICATE, "goals.3.bound", None),
        value(CERTIFICATE, "goals.3", without("prices")),
    )(files)
    assert verify(problem, files) == []


def test_a_result_of_another_round(optimal: Mapping[str, bytes]) -> None:
    files = round_files()
    files["policy.toml"] += b"[weights]\ngrowth = 16\n"
    found = "\n".join(map(str, verify(parse_round(files), optimal)))
    assert "the result is of another input" in found
    assert "certificate.json: the digest is not that of this round" in found


def test_infeasible_results() -> None:
    round_ = listed_round(
        {"bakery": 1},
        [("ana", "bakery", 5), ("ben", "bakery", 7)],
        pins=[("ana", "bakery", "require"), ("ben", "bakery", "require")],
    )
    problem = parse_round(round_)
    with pytest.raises(Infeasible) as infeasible:
        solve(problem)
    files = infeasible.value.files()
    assert verify(problem, files) == []
    assert "has no such file" in said(problem, files, is_now(PLACEMENTS, b""))
    assert "of another input" in said(problem, files, value(SUMMARY, "input_digest", ""))


def test_listed_pairs_have_no_figures_of_profiles() -> None:
    problem = parse_round(listed_round({"bakery": 1}, [("ana", "bakery", 5)], unlisted=["ben"]))
    files = solve(problem).files()
    assert verify(problem, files) == []
    assert "utility is 6, recomputed 5" in said(problem, files, cell(PLACEMENTS, "ana", "utility", "6"))
    assert "travel_minutes is 3" in said(problem, files, cell(PLACEMENTS, "ana", "travel_minutes", "3"))
    assert 'interest_fit is "0.5000"' in said(
        problem, files, cell(PLACEMENTS, "ana", "interest_fit", "0.5000")
    )
    assert 'recomputed "not_listed"' in said(problem, files, cell(UNPLACED, "ben", "detail", "travel:1"))
    assert "is not eligible: not_listed" in said(problem, files, cell(PLACEMENTS, "ana", "student_id", "ben"))


# --- nothing that a file may hold makes it raise -------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _places(document: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in a JSON document."""
    found = [path] if path else []
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, part in inner:
        found += _places(part, (*path, key))
    return found  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_any_json_in_any_place_is_survived(
    problem: Problem, optimal: Mapping[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from((SUMMARY, CERTIFICATE, EXPLANATIONS)))
    lines = optimal[name].splitlines() if name == EXPLANATIONS else [optimal[name]]
    line = data.draw(st.integers(0, len(lines) - 1))
    document = json.loads(lines[line])
    *way, last = data.draw(st.sampled_from(_places(document)))
    inside = document
    for part in way:
        inside = inside[part]
    before, inside[last] = inside[last], data.draw(json_values)
    lines[line] = json.dumps(document, sort_keys=name == CERTIFICATE).encode()
    found = verify(problem, dict(optimal) | {name: b"\n".join(lines) + b"\n"})
    timed = name == SUMMARY and way[:1] in ([], ["seconds"], ["peak_memory_mib"], ["versions"], ["policy"])
    details = name == EXPLANATIONS and "reasons" in way
    assert found or timed or details or inside[last] == before or (before is None and not inside[last])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (SUMMARY, b'"seconds": {', b'"seconds": {"more": %d,'),
        (SUMMARY, b'"peak_memory_mib": {', b'"peak_memory_mib": {"more": %d,'),
        (EXPLANATIONS, b'"preference":[', b'"preference":[%d'),
    ],
)
def test_numbers_that_no_float_holds_are_survived(
    name: str, before: bytes, after: bytes, problem: Problem, optimal: Mapping[str, bytes]
) -> None:
    assert before in optimal[name]
    content = optimal[name].replace(before, after % 10**400, 1)
    assert verify(problem, dict(optimal) | {name: content})


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(RESULT_FILES), st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_survived(
    problem: Problem, optimal: Mapping[str, bytes], name: str, junk: bytes
) -> None:
    assert verify(problem, dict(optimal) | {name: junk})


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(RESULT_FILES), st.data())
def test_a_byte_changed_anywhere_is_survived(
    problem: Problem, optimal: Mapping[str, bytes], name: str, data: st.DataObject
) -> None:
    content = bytearray(optimal[name])
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    verify(problem, dict(optimal) | {name: bytes(content)})
