"""Good folders: every file of the format is read, and equal rounds have equal digests."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.files import (
    Fault,
    RoundFaults,
    parse_round,
    parse_windows,
    read_folder,
    read_round,
    read_table,
    round_files,
    write_table,
)
from matching.problem import UNKNOWN, Column, Policy, Window

GOOD = Path(__file__).parent / "good_folder"
Files = dict[str, bytes]


@pytest.fixture
def good() -> Files:
    return read_folder(GOOD)


MINIMAL = {"students.csv": b"student_id\nS1\n", "opportunities.csv": b"opportunity_id,seats\nO1,1\n"}


def by_id(ids: tuple[str, ...], column: Column[object]) -> dict[str, object]:
    return {name: column[row] for row, name in enumerate(ids)}


def test_students_are_sorted_and_read(good: Files) -> None:
    students = parse_round(good).students
    assert students.ids == ("S 4", "S1", "S3", "Ünal")
    assert students.school.tolist() == [UNKNOWN, 0, 1, 0]
    assert students.grade.tolist() == [UNKNOWN, 11, 13, 12]
    assert students.birth_date[1] == date(2010, 5, 4).toordinal()
    assert students.max_travel_minutes.tolist() == [60, 45, 90, 60]
    assert students.priority.tolist() == [0, 3, 0, 0]
    assert students.open_to_others.tolist() == [True, False, True, True]
    assert students.student_learner.tolist() == [False, True, False, False]
    assert by_id(students.ids, students.pay) == {
        "S 4": "either", "S1": "paid", "S3": "either", "Ünal": "unpaid"
    }  # fmt: skip
    assert students.travel_modes[0] == {"walk", "transit"}
    assert students.languages[2] == {"en-US"}
    assert students.available[0] is None
    assert students.available[1] == (
        Window(0, 780, 960),
        Window(date(2027, 1, 14).toordinal(), 540, 900),
    )


def test_riasec_in_both_forms(good: Files) -> None:
    students = parse_round(good).students
    assert students.letters.tolist() == [[0, -1, -1], [3, 4, 5], [-1, -1, -1], [0, 3, 2]]
    assert students.scores[3].tolist() == [40, 3, 12.5, 31, 0, 12]
    # Six equal scores count as not given.
    assert np.isnan(students.scores[:3]).all()


def test_ties_of_scores_are_in_riasec_order() -> None:
    files = {**MINIMAL, "students.csv": b"student_id,riasec\nS1,5;9;5;9;5;0\n"}
    assert parse_round(files).students.letters.tolist() == [[1, 3, 0]]


def test_what_empty_cells_of_opportunities_imply(good: Files) -> None:
    opportunities = parse_round(good).opportunities
    ids = opportunities.ids
    assert by_id(ids, opportunities.employment) == {
        "O1": "observation", "O2": "trainee", "O3": "employee"
    }  # fmt: skip
    # O1 has no start of its own; O2's Monday windows overlap; O3 needs six hours of its many.
    assert opportunities.start_date[0] == date(2027, 1, 11).toordinal()
    assert np.isnan(opportunities.hours_per_week[0])
    assert opportunities.hours_per_week[1:].tolist() == [7.5, 6]
    assert opportunities.paid.tolist() == [UNKNOWN, 0, 1]
    assert opportunities.open_to[1] == {"school:H1", "program:HEALTH"}


def test_without_any_date_there_is_none() -> None:
    assert parse_round(MINIMAL).opportunities.start_date.tolist() == [UNKNOWN]


def test_no_date_is_asked_where_eligible_pairs_are_given() -> None:
    files = {
        **MINIMAL,
        "students.csv": b"student_id,birth_date\nS1,2011-01-01\n",
        "eligible.csv": b"student_id,opportunity_id,utility\nS1,O1,7\n",
    }
    problem = parse_round(files)
    assert problem.eligible is not None
    assert problem.eligible.utility.tolist() == [7]


def test_rows_about_pairs_are_sorted(good: Files) -> None:
    problem = parse_round(good)
    preferences, pins = problem.preferences, problem.pins
    assert preferences.student.tolist() == [1, 1, 3]
    assert preferences.opportunity.tolist() == [0, 1, 2]
    assert preferences.rank.tolist() == [2, 1, 1]
    assert preferences.opportunity_rank.tolist() == [UNKNOWN, 2, 1]
    assert pins.require.tolist() == [True, False]
    assert pins.line.tolist() == [2, 4]
    assert problem.growth.value.tolist() == [0.5, 0.75]
    assert (problem.refusals.student.tolist(), problem.refusals.opportunity.tolist()) == ([2], [1])
    assert problem.eligible is None


def test_policy_fills_in_defaults(good: Files) -> None:
    policy = parse_round(good).policy
    assert policy.on_date == date(2027, 1, 11)
    assert policy.goals == ("placed", "utility")
    assert (policy.weights.preference, policy.weights.interest, policy.weights.growth) == (50, 25, 0)
    assert policy.travel.speed_km_h["transit"] == 20.5
    assert policy.travel.speed_km_h["car"] == 35
    assert policy.travel.overhead_minutes == {"walk": 0, "bike": 2, "transit": 10, "car": 6, "van": 10}
    assert parse_round(MINIMAL).policy == Policy()


def test_warns_of_what_is_left_alone(good: Files) -> None:
    assert parse_round(good).warnings == (
        "opportunities.csv:1: parking: unknown column, left alone",
        "notes.txt: unknown file, left alone",
    )


def test_files_of_the_application_are_not_opened(good: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    read_bytes = Path.read_bytes

    def recorded(path: Path) -> bytes:
        opened.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", recorded)
    assert read_round(GOOD).digest == parse_round(good).digest
    assert sorted(opened) == sorted(good.keys() - {"people.csv", "notes.txt"})


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RoundFaults, match="it does not exist"):
        read_round(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RoundFaults, match="it is a file"):
        read_round(tmp_path / "file")


def test_a_cell_beyond_the_limit_of_the_csv_module_is_a_fault() -> None:
    long = b"x" * 131_073
    rows = b'opportunity_id,seats,note\nO1,1,"' + long + b'"\nO2,-1,\n'
    with pytest.raises(RoundFaults) as raised:
        parse_round({**MINIMAL, "opportunities.csv": rows})
    assert [(fault.line, fault.column) for fault in raised.value.faults] == [(2, "note"), (3, "seats")]
    plain = b"opportunity_id,seats,note\nO1,1," + long + b"\n"
    assert len(parse_round({**MINIMAL, "opportunities.csv": plain}).opportunities) == 1


def test_an_absurd_policy_is_a_fault() -> None:
    for absurd, what in (
        (b"x = " + b"[" * 50_000, "nested too deeply"),
        (b"x = " + b"9" * 5_000, "thousands of digits"),
        (b"x" + b".x" * 20_000 + b" = 1", "more than 100 dots"),
        (b"x = 1\n" + b"# no end\n" * 20_000, "at most 100,000 are read"),
    ):
        with pytest.raises(RoundFaults, match=rf"policy\.toml:1: x.*: .*{what}"):
            parse_round({**MINIMAL, "policy.toml": absurd})


def test_faults_travel_between_processes() -> None:
    faults = RoundFaults([Fault("pins.csv", 2, "decision", "no")])
    assert pickle.loads(pickle.dumps(faults)).faults == faults.faults


# The digest


def replaced(name: str, old: str, new: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        text = files[name].decode()
        assert old in text
        return {**files, name: text.replace(old, new, 1).encode()}

    return change


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {key: data for key, data in files.items() if key != name}


def with_file(name: str, data: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, name: data}


def shuffled(files: Files) -> Files:
    """Rows and columns of every table in another order, with other line ends and a byte-order mark."""
    rng = random.Random(4)
    mixed = dict(files)
    for name in files:
        if name.endswith(".csv") and name not in ("people.csv", "pins.csv"):
            table = read_table(name, files[name], (), (), [])
            rows = table.rows
            rng.shuffle(rows)
            columns = rng.sample(range(len(table.columns)), len(table.columns))
            data = write_table(
                [table.columns[index] for index in columns],
                [[row[index] for index in columns] for row in rows],
            )
            mixed[name] = b"\xef\xbb\xbf" + data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return mixed


SAME: dict[str, Callable[[Files], Files]] = {
    "rows and columns": shuffled,
    "items of a list": replaced("students.csv", "wheelchair;quiet", "quiet; wheelchair"),
    "windows of a list": replaced("opportunities.csv", "Mon 08:00-20:00;Sat", "Sat 08:00-20:00;Mon"),
    "a written default": replaced("students.csv", "unpaid,,,", "unpaid,yes,no,1"),
    "a written implication": replaced("opportunities.csv", "job_shadow,,", "job_shadow,observation,"),
    "a written hours_per_week": replaced(
        "opportunities.csv", "2027-01-18,2027-05-14,,", "2027-01-18,2027-05-14,7.5,"
    ),
    "spelling of a number": replaced("students.csv", "29.951", "29.9510"),
    "spelling of a language": replaced("students.csv", "EN-us", "en-US"),
    "spelling of a weight": replaced("policy.toml", "growth = 0", "growth = 0.0"),
    "a policy's default": replaced("policy.toml", "growth = 0", "growth = 0\ntravel = 20"),
    "how many workers": replaced("policy.toml", "seed = 7", "seed = 7\nworkers = 8"),
    "the reason of a pin": replaced("pins.csv", "Agreed", "Settled"),
    "the name of a school": replaced("schools.csv", "North, High", "Uptown"),
    "words for letters and pages": replaced("opportunities.csv", "parking", "directions"),
    "unknown columns": replaced("opportunities.csv", "parking", "bus"),
    "people": without("people.csv"),
    "unknown files": without("notes.txt"),
    "files with a header alone": without("limits.csv"),
    "line ends at the end": replaced("refusals.csv", "S3,O2\n", "S3,O2"),
}

OTHER: dict[str, Callable[[Files], Files]] = {
    "a student": replaced("students.csv", "S 4", "S 5"),
    "a grade": replaced("students.csv", "H1,11,", "H1,10,"),
    "a birth date": replaced("students.csv", "2010-05-04", "2010-05-05"),
    "a place": replaced("students.csv", "29.951", "29.952"),
    "a score": replaced("students.csv", "12.5;31", "12.6;31"),
    "a letter": replaced("students.csv", "SEC", "SCE"),
    "a mode": replaced("students.csv", "walk;bike", "walk"),
    "a window": replaced("students.csv", "Mon 13:00-16:00", "Mon 13:00-16:01"),
    "a date's window for a weekly one": replaced("students.csv", "2027-01-14 ", "Thu "),
    "a need": replaced("students.csv", "wheelchair;quiet", "wheelchair"),
    "a group": replaced("students.csv", "ell;swd", "ell"),
    "a priority": replaced("students.csv", ",3,,paid", ",2,,paid"),
    "seats": replaced("opportunities.csv", "O1,3", "O1,2"),
    "an employer": replaced("opportunities.csv", "E2", "E3"),
    "a hazard": replaced("opportunities.csv", "HO10", "HO11"),
    "a start": replaced("opportunities.csv", "2027-01-18", "2027-01-19"),
    "pay": replaced("opportunities.csv", "7-05-14,,no", "7-05-14,,"),
    "flexible hours": replaced("opportunities.csv", ",6,2027", ",,2027"),
    "what it is open to": replaced("opportunities.csv", ";program:HEALTH", ""),
    "a school's hours": replaced("schools.csv", "Tue 09:00-14:00", "Tue 09:00-15:00"),
    "the place of a school": replaced("schools.csv", "29.940", "29.941"),
    "a rank": replaced("preferences.csv", "S1,2,", "S1,3,"),
    "an employer's rank": replaced("preferences.csv", "S1,1,2", "S1,1,3"),
    "a refusal": without("refusals.csv"),
    "a decision": replaced("pins.csv", "require", "forbid"),
    "growth": replaced("growth.csv", "0.75", "0.76"),
    "a list of pairs": with_file("eligible.csv", b"student_id,opportunity_id,utility\n"),
    "the policy's date": replaced("policy.toml", "2027-01-11", "2027-01-12"),
    "the order of goals": replaced("policy.toml", '"placed",', '"priority", "placed",'),
    "a weight": replaced("policy.toml", "preference = 50", "preference = 51"),
    "a speed": replaced("policy.toml", "walk = 5", "walk = 4"),
    "trainees": replaced("policy.toml", "hours_exempt", "as_employees"),
    "the session": replaced("policy.toml", "in_session = true", "in_session = false"),
    "the seed": replaced("policy.toml", "seed = 7", "seed = 8"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_digest_does_not_depend_on(change: Callable[[Files], Files], good: Files) -> None:
    changed = change(good)
    assert changed != good
    assert parse_round(changed).digest == parse_round(good).digest


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_digest_depends_on(change: Callable[[Files], Files], good: Files) -> None:
    assert parse_round(change(good)).digest != parse_round(good).digest


def test_digest_stays_what_it_was(good: Files) -> None:
    """Stored results name the digest of their round: a change of it orphans them all."""
    assert parse_round(good).digest == "4a6f18b14f95acc2c3875fa8bc01b71df5b8344351df7311c3dec63764bbc108"


def test_written_and_read_again_it_is_the_same(good: Files) -> None:
    problem = parse_round(good)
    written = round_files(problem)
    again = parse_round(written)
    assert again.digest == problem.digest
    assert again.warnings == ()
    assert round_files(again) == written


# Whatever comes in


def mutated(files: Files, rng: random.Random) -> Files:
    """A few random edits: bytes, lines and cells changed, repeated, moved or taken away."""
    files = dict(files)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        name = rng.choice(sorted(files))
        lines = files[name].split(b"\n")
        row = rng.randrange(len(lines))
        cells = lines[row].split(b",")
        column = rng.randrange(len(cells))
        snippets = [b'"', b"\r", b"\x00", b"\xe9", b"\t", b"-1", b"1e9", b";", b"nan", b"[", b"=", b"S1"]
        match rng.randrange(8):
            case 0:
                cells[column] = rng.choice(snippets)
            case 1:
                position = rng.randint(0, len(lines[row]))
                cells = [lines[row][:position] + rng.choice(snippets) + lines[row][position:]]
            case 2:
                del cells[column]
            case 3:
                cells.insert(column, rng.choice(cells))
            case 4:
                lines.insert(rng.randrange(len(lines)), lines[row])
            case 5:
                cells = []
            case 6:
                other = files[rng.choice(sorted(files))].split(b"\n")
                cells = [rng.choice(other)]
            case 7:
                del files[name]
                continue
        lines[row] = b",".join(cells)
        files[name] = b"\n".join(lines)
        if not files:
            break
    return files


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_any_folder_is_a_problem_or_faults(seed: int) -> None:
    files = mutated(read_folder(GOOD), random.Random(seed))
    try:
        problem = parse_round(files)
    except RoundFaults as raised:
        assert raised.faults
        for fault in raised.faults:
            assert fault.line >= 1
            assert fault.column
            assert str(fault).isprintable(), fault
            assert fault.line <= files.get(fault.file, b"").count(b"\n") + 1
    else:
        assert parse_round(round_files(problem)).digest == problem.digest


# What the application uses for its own files


def test_read_table_serves_other_files_too() -> None:
    faults: list[Fault] = []
    data = b'student_id,phone,shoe\nS1,"555\n0100",42\nS2,,\n'
    table = read_table("people.csv", data, ("student_id", "phone", "email"), ("student_id",), faults)
    assert faults == []
    assert table.rows == [("S1", "555\n0100", "42"), ("S2", "", "")]
    assert table.cells("email") == ("", "")
    assert table.unknown == ("shoe",)
    assert (table.line(0), table.line(0, "shoe"), table.line(1)) == (2, 3, 4)


def test_write_table_quotes_only_where_needed() -> None:
    rows = [["S1", 'a "b", c'], ["", "two\nlines"], ["é", ""]]
    data = write_table(["student_id", "note"], rows)
    assert data == 'student_id,note\nS1,"a ""b"", c"\n,"two\nlines"\né,\n'.encode()
    assert read_table("x.csv", data, ("student_id",), (), []).rows == [tuple(row) for row in rows]


def test_windows_are_sorted_and_each_once() -> None:
    assert parse_windows("Tue 09:00-10:00; Mon 22:00-24:00;Tue 09:00-10:00") == (
        Window(0, 1320, 1440),
        Window(1, 540, 600),
    )
