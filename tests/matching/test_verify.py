"""Whatever is changed in a result, ``verify`` says what is wrong, and never breaks over it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
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
from tests.matching.tampered import (
    CERTIFICATE,
    EXPLANATIONS,
    PLACEMENTS,
    SUMMARY,
    UNPLACED,
    without,
)
from tests.matching.tampered_details import choosy_round
from tests.matching.tampered_rounds import bus_round, csv
from tests.matching.tampering import (
    Files,
    Tamper,
    all_of,
    cell,
    is_now,
    round_files,
    rows,
    told,
    value,
    with_row,
    without_row,
)


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


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
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


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(RESULT_FILES), st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_survived(
    problem: Problem, optimal: Mapping[str, bytes], name: str, junk: bytes
) -> None:
    assert verify(problem, dict(optimal) | {name: junk})


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(RESULT_FILES), st.data())
def test_a_byte_changed_anywhere_is_survived(
    problem: Problem, optimal: Mapping[str, bytes], name: str, data: st.DataObject
) -> None:
    content = bytearray(optimal[name])
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    verify(problem, dict(optimal) | {name: bytes(content)})


def test_an_empty_stable_match_is_judged_right() -> None:
    """Where no employer ranks anybody nobody takes part, and seats stay free."""
    problem = parse_round(listed_round({"bakery": 1}, [("ana", "bakery", 5), ("ben", "bakery", 7)]))
    files = solve(problem, method="stable").files()
    assert verify(problem, files) == []
    assert b"ana,side_constraint,eligible:1" in files[UNPLACED]
    tamper = cell(UNPLACED, "ana", "reason", "seats_taken")
    assert "recomputed side_constraint" in said(problem, files, tamper)


def test_every_figure_behind_a_reason_is_read() -> None:
    """Whatever stands in the reasons against eleven wishes, each for another reason, is compared."""
    problem = parse_round(choosy_round())
    outputs = solve(problem).files()
    assert verify(problem, outputs) == []
    wishes = json.loads(outputs["explanations.jsonl"])["better_liked"]
    codes = {wish["opportunity_id"]: [reason["code"] for reason in wish["reasons"]] for wish in wishes}
    assert codes == {
        "age": ["age"], "flexible": ["schedule"], "grade": ["grade"], "hours": ["labor_law"],
        "law": ["labor_law"], "need": ["accommodation"], "pay": ["pay"], "proof": ["requirement"],
        "school": ["reserved"], "time": ["schedule"], "way": ["travel"],
    }  # fmt: skip
    tried = 0
    for place, wish in enumerate(wishes):
        (reason,) = wish["reasons"]
        entries = [(f"rules.{i}.", rule) for i, rule in enumerate(reason.get("rules", ()))] or [("", reason)]
        for where, entry in entries:
            for key in entry:
                tamper = told("ida", f"better_liked.{place}.reasons.0.{where}{key}", "something else")
                told_of = f"student ida: better liked {wish['opportunity_id']}: "
                assert told_of in said(problem, outputs, tamper)
                tried += 1
    assert tried > 35


OURS = """jurisdiction = "ours"
name = { en = "our district", es = "nuestro distrito" }
[[rules]]
code = "OUR-REST"
kind = "rest"
under_age = 18
hours = 60
citation = "policy 7"
source = "the board"
sure = "V"
en = "rest"
es = "descanso"
"""


def reasons_round() -> Files:
    """A student of 15 against whose choices speaks something with a figure, of each kind."""
    columns = (
        "opportunity_id,seats,schedule,hazards,flexible_hours,min_age,min_grade,requires_courses,cannot,"
        "open_to,paid,latitude,hours_per_week,labor_program"
    )
    return {
        "students.csv": csv(
            "student_id,birth_date,grade,available,needs,pay,latitude,longitude,courses",
            "ida,2011-06-03,9,Mon 15:00-17:00;Sat 09:00-12:00,stairs,paid,30,-90,ART1",
        ),
        "opportunities.csv": csv(
            f"{columns},longitude,start_date,end_date",
            *(
                f"{row},-90,2027-01-18,2027-05-14"
                for row in (
                    "age,1,,,,17,,,,,,30,,", "band,1,,,,,,BAND3,,,,30,,", "far,1,,,,,,,,,,31,,",
                    "flex,1,Mon 08:00-20:00;Sat 05:00-23:00,,19.5,,,,,,,30,,",
                    "grade,1,,,,,11,,,,,30,,", "late,1,Mon 06:30-20:30;Tue 09:00-13:00,,,,,,,,,30,,",
                    "long,1,Sat 08:00-18:00;Sun 08:00-12:00,,,,,,,,,30,41,", "order,1,,HO7,,,,,,,,30,,",
                    "other,1,,,,,,,,school:h7,,30,,", "steps,1,,,,,,,stairs,,no,30,,",
                    "study,1,Mon 09:00-12:00;Tue 09:00-12:00,,,,,,,,,30,,wecep",
                )
            ),
        ),
        "schools.csv": csv("school_id", "h7"),
        "preferences.csv": csv(
            "student_id,opportunity_id,rank",
            "ida,age,1", "ida,band,1", "ida,far,1", "ida,flex,1", "ida,grade,1", "ida,late,1", "ida,long,1",
            "ida,order,1", "ida,other,1", "ida,steps,1", "ida,study,1",
        ),
        "policy.toml": b'on_date = 2027-01-11\n[law]\noverlays = ["ours.toml"]\n',
        "ours.toml": OURS.encode(),
    }  # fmt: skip


def one_more(text: bytes) -> Iterator[bytes]:
    """The text with each number in it raised by one in its last digit."""
    for number in re.finditer(rb"[0-9]+(\.[0-9]+)?", text):
        said = number.group().decode()
        digits = len(said.partition(".")[2])
        yield (
            text[: number.start()]
            + f"{float(said) + 10**-digits:0{len(said)}.{digits}f}".encode()
            + text[number.end() :]
        )


@pytest.mark.parametrize("files", [reasons_round(), bus_round()], ids=["reasons", "bus"])
def test_no_figure_of_an_explanation_can_be_another(files: Files) -> None:
    problem = parse_round(files)
    outputs = solve(problem).files()
    assert verify(problem, outputs) == []
    changed = list(one_more(outputs[EXPLANATIONS]))
    assert len(changed) >= 30
    quiet = [text for text in changed if not verify(problem, {**outputs, EXPLANATIONS: text})]
    assert quiet == []


def test_the_reasons_round_has_a_figure_of_every_kind() -> None:
    text = solve(parse_round(reasons_round())).files()[EXPLANATIONS].decode()
    for code in ("reserved", "travel", "grade", "age", "labor_law", "schedule", "accommodation", "pay",
                 "requirement"):  # fmt: skip
        assert f'"code":"{code}"' in text
    for rule in ("HO7", "HOURS-FLEXIBLE", "HOURS-SCHOOL-DAY", "HOURS-SCHOOL-WEEK", "HOURS-EARLY",
                 "HOURS-LATE", "HOURS-SCHOOL", "HOURS-DAY", "OUR-REST"):  # fmt: skip
        assert f'"rule":"{rule}"' in text
