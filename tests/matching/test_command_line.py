"""The command line: what it writes, says and returns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matching import commands
from matching.__main__ import main
from matching.files import write_folder
from matching.messages import say
from matching.results import RESULT_FILES, Result
from matching.solve import NothingYet, solve
from tests.matching.profiles import BORN, START, table
from tests.matching.rounds import Files, listed_round

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [("ana", "bakery", 900), ("ana", "clinic", 100), ("ben", "bakery", 800)]
PREFERENCES = [("ana", "bakery", 1, 2), ("ana", "clinic", 2, 1), ("ben", "bakery", 1, 1)]


def small_round(**changes: bytes) -> Files:
    files = listed_round({"bakery": 1, "clinic": 1}, PAIRS, preferences=PREFERENCES, unlisted=["cleo"])
    return files | {name.replace("_", "."): data for name, data in changes.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "round"
    write_folder(path, small_round())
    return path


@pytest.fixture
def solved(folder: Path, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 0
    return out


def contents(folder: Path) -> Files:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_check_prints_what_the_round_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text("for the office")
    assert main(["check", str(folder)]) == 0
    said = capsys.readouterr().out
    for line in ("3 students", "2 opportunities", "2 seats", "3 preferences", "3 pairs eligible"):
        assert line in said
    assert "1 student without an eligible pair" in said
    assert "warning: " in said and "notes.txt" in said


@pytest.mark.parametrize("command", ["check", "solve", "verify"])
def test_a_round_at_fault_is_status_2_and_writes_nothing(
    command: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "opportunities.csv").write_bytes(b"opportunity_id,seats\nbakery,one\nclinic,-1\n")
    out = tmp_path / "out"
    where = {"check": [], "solve": ["--out", str(out)], "verify": [str(out)]}[command]
    assert main([command, str(folder), *where]) == 2
    said = capsys.readouterr().err
    assert "opportunities.csv:2: seats: " in said and "opportunities.csv:3: seats: " in said
    assert not out.exists()


def test_a_missing_round_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_solve_writes_every_file_and_says_what_came_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "out"
    assert main(["solve", str(folder), "--out", str(out)]) == 0
    assert set(contents(out)) == set(RESULT_FILES)
    captured = capsys.readouterr()
    assert "placed 2 of 3 students" in captured.out
    assert "no_eligible_pair: 1" in captured.out
    assert "utility: 900 (proved optimal)" in captured.out
    assert captured.err == ""  # not a terminal
    seconds = json.loads((out / "summary.json").read_bytes())["seconds"]
    assert list(seconds) == ["read", "pairs", "utility", "solve", "explain", "write"]


def test_quiet_says_nothing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_an_earlier_result_is_replaced(folder: Path, solved: Path) -> None:
    (folder / "opportunities.csv").write_bytes(b"opportunity_id,seats\nbakery,2\nclinic,1\n")
    assert main(["solve", str(folder), "--out", str(solved), "--quiet"]) == 0
    assert b"ana,bakery" in (solved / "placements.csv").read_bytes()


@pytest.mark.parametrize("extra", ["thesis.docx", "students.csv"])
def test_a_folder_that_is_not_a_result_is_left_alone(
    folder: Path, solved: Path, extra: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (solved / extra).write_text("mine")
    before = contents(solved)
    assert main(["solve", str(folder), "--out", str(solved)]) == 1
    assert "not an earlier result" in capsys.readouterr().err
    assert contents(solved) == before


def test_the_round_itself_is_never_overwritten(folder: Path) -> None:
    before = contents(folder)
    assert main(["solve", str(folder), "--out", str(folder)]) == 1
    assert contents(folder) == before


def test_a_file_in_the_place_of_the_result_is_left_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    assert main(["solve", str(folder), "--out", str(out)]) == 1
    assert out.read_text() == "mine"


def test_pins_that_cannot_hold_are_status_3_and_leave_a_summary_alone(
    folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pins.csv").write_bytes(
        b"student_id,opportunity_id,decision,reason\nana,bakery,require,asked\nben,bakery,require,asked\n"
    )
    assert main(["solve", str(folder), "--out", str(solved)]) == 3
    assert list(contents(solved)) == ["summary.json"]
    said = capsys.readouterr().err
    assert "pins.csv:2: student ana" in said and "pins.csv:3: student ben" in said
    assert "Raise the seats of bakery from 1 to 2." in said
    assert "Withdraw the pin of ben at bakery (pins.csv:3)." in said
    assert main(["check", str(folder)]) == 3


def test_verify_accepts_a_result_and_names_what_was_changed(
    folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(folder), str(solved)]) == 0
    placements = solved / "placements.csv"
    placements.write_bytes(placements.read_bytes().replace(b"ben,bakery,800", b"ben,bakery,801"))
    capsys.readouterr()
    assert main(["verify", str(folder), str(solved)]) == 1
    assert "801" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["verify"], ["explain", "--student", "ana"]])
def test_a_missing_result_is_status_1(
    command: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(folder), str(tmp_path / "nowhere")]) == 1
    assert "no such result folder" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["verify"], ["explain", "--student", "ana"]])
def test_the_result_of_another_input_is_status_1(command: list[str], folder: Path, solved: Path) -> None:
    (folder / "opportunities.csv").write_bytes(b"opportunity_id,seats\nbakery,2\nclinic,1\n")
    assert main([*command, str(folder), str(solved)]) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("explanations.jsonl", b"{\n"),
        ("explanations.jsonl", b""),
        ("explanations.jsonl", b"[]\n"),
        ("summary.json", b"\xff"),
        ("summary.json", b"[]\n"),
    ],
)
def test_a_malformed_result_is_status_1(
    name: str, data: bytes, folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (solved / name).write_bytes(data)
    assert main(["explain", str(folder), str(solved), "--student", "ana"]) == 1
    assert name in capsys.readouterr().err
    assert main(["verify", str(folder), str(solved)]) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("summary.json", b"[" * 100_000),
        ("explanations.jsonl", b"[" * 100_000 + b"\n"),
        ("explanations.jsonl", b'{"student_id":"ana"}\n'),
        ("explanations.jsonl", b'{"student_id":"ana","placed":5,"better_liked":[]}\n'),
        ("explanations.jsonl", b'{"student_id":"ana","placed":[{"opportunity_id":"x"}],"better_liked":[]}\n'),
        ("explanations.jsonl", b'{"student_id":"ana","placed":[],"better_liked":[],"unplaced":"x"}\n'),
    ],
)
def test_explain_of_an_absurd_record_is_status_1(
    name: str, data: bytes, folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (solved / name).write_bytes(data)
    assert main(["explain", str(folder), str(solved), "--student", "ana"]) == 1
    assert f"{name} is missing or malformed" in capsys.readouterr().err


def test_verify_claims_no_more_than_the_result(
    folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(folder), str(solved)]) == 0
    assert "every proof" in capsys.readouterr().out
    assert main(["solve", str(folder), "--out", str(solved), "--method", "stable"]) == 0
    assert "only pairs with a rank and an opportunity_rank take part: " in capsys.readouterr().out
    assert main(["verify", str(folder), str(solved)]) == 0
    assert "no goal is proved" in capsys.readouterr().out


def test_explain_tells_it_in_both_languages(
    folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {}
    for language in ("en", "es"):
        for student in ("ana", "cleo"):
            arguments = [str(folder), str(solved), "--student", student, "--language", language]
            assert main(["explain", *arguments]) == 0
            told[student, language] = capsys.readouterr().out
    assert "clinic" in told["ana", "en"] and "bakery" in told["ana", "en"]
    assert told["ana", "en"] != told["ana", "es"]
    assert told["cleo", "en"] != told["cleo", "es"]
    assert "ben" not in told["ana", "en"]


@pytest.mark.usefixtures("solver_at_hand")
def test_explain_tells_what_it_knows_where_solving_again_comes_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    students = [
        {"student_id": "ana", "birth_date": BORN, "pay": "paid"},
        {"student_id": "ben", "birth_date": BORN},
    ]
    work = {"opportunity_id": "bakery", "seats": "2", "min_students": "2", "place": "remote", "paid": "no"}
    folder, out = tmp_path / "round", tmp_path / "out"
    write_folder(
        folder,
        {"students.csv": table(students), "opportunities.csv": table([work | {"start_date": START}])},
    )
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 0
    explain = ["explain", str(folder), str(out), "--student", "ana"]
    capsys.readouterr()
    assert main(explain) == 0
    told = capsys.readouterr().out
    before, head, helps = told.partition(say("en", "help_head"))
    assert before and helps

    def nothing(*_: object) -> None:
        raise NothingYet

    monkeypatch.setattr("matching.counterfactual.solve", nothing)
    assert main(explain) == 0
    assert capsys.readouterr().out == f"{before}{head}\n  {say('en', 'help_unknown_time')}\n"


def test_what_floors_cost_is_solved_for_only_where_it_is_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "students.csv").write_bytes(b"student_id,groups\nana,\nben,g\ncleo,\n")
    (folder / "limits.csv").write_bytes(b"scope,id,min,max\ngroup,g,1,\n")
    out = tmp_path / "out"
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 0
    equity = ["equity", str(folder), str(out), "--json"]
    capsys.readouterr()
    assert main([*equity, "--floors"]) == 0
    figures = json.loads(capsys.readouterr().out)
    (floor,) = figures.pop("floors")
    assert (floor["scope"], floor["id"], floor["floor"], floor["students"]) == ("group", "g", 1, 0)

    def asked(_: object) -> None:
        raise AssertionError("the round is solved again")

    monkeypatch.setattr(commands, "floor_costs", asked)
    assert main(equity) == 0
    assert json.loads(capsys.readouterr().out) == figures


def test_explain_of_an_unknown_student_is_status_2(
    folder: Path, solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(folder), str(solved), "--student", "zoe"]) == 2
    assert "zoe" in capsys.readouterr().err


def test_an_interrupt_leaves_nothing_and_is_status_130(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "solve_problem", interrupted)
    before = sorted(tmp_path.iterdir())
    assert main(["solve", str(folder), "--out", str(tmp_path / "out")]) == 130
    assert "Interrupted" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_progress_is_shown_on_a_terminal(folder: Path, tmp_path: Path) -> None:
    reader, terminal = os.openpty()
    command = [sys.executable, "-m", "matching", "solve", str(folder), "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(reader, 65536).decode()
    os.close(reader)
    assert "finding the eligible pairs" in shown
    assert "placed: 2 (proved optimal)" in shown


def test_previous_is_read_and_fewest_changes_needs_it(
    folder: Path, solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "policy.toml").write_bytes(b'[objective]\ngoals = ["placed", "fewest_changes"]\n')
    out = tmp_path / "again"
    solve = ["solve", str(folder), "--out", str(out), "--quiet"]
    assert main(solve) == 2
    assert "--previous OUT" in capsys.readouterr().err
    assert not out.exists()
    assert main([*solve, "--previous", str(solved)]) == 0
    goals = {goal["name"]: goal["value"] for goal in json.loads((out / "summary.json").read_bytes())["goals"]}
    assert goals == {"placed": 2, "fewest_changes": 0}
    capsys.readouterr()
    verify = ["verify", str(folder), str(out)]
    assert main(verify) == 0 and "an earlier result that was not given" in capsys.readouterr().out
    assert main([*verify, "--previous", str(solved)]) == 0
    assert "not given" not in capsys.readouterr().out
    other = solved.with_name("other")
    rows = (solved / "placements.csv").read_bytes().splitlines(keepends=True)
    write_folder(other, {"placements.csv": b"".join(rows[:-1])})
    assert main([*verify, "--previous", str(other)]) == 1
    assert "previous is not what the earlier result holds" in capsys.readouterr().out
    assert json.loads((out / "certificate.json").read_bytes())["previous"] == {
        "ana": ["clinic"],
        "ben": ["bakery"],
    }
    assert main(["verify", str(folder), str(out)]) == 0


@pytest.mark.parametrize("data", [None, b"student_id\nana\n", b"student_id,opportunity_id\nana,\n", b"\xff"])
def test_a_previous_result_that_cannot_be_read_is_status_1(
    data: bytes | None, folder: Path, solved: Path, tmp_path: Path
) -> None:
    if data is None:
        (solved / "placements.csv").unlink()
    else:
        (solved / "placements.csv").write_bytes(data)
    out = tmp_path / "again"
    assert main(["solve", str(folder), "--out", str(out), "--previous", str(solved)]) == 1
    assert not out.exists()


def test_a_method_that_cannot_keep_to_the_round_is_status_2_and_says_why(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pairs.csv").write_bytes(b"student_a,student_b,relation\nana,ben,apart\n")
    for method in ("flow", "stable"):
        assert main(["solve", str(folder), "--out", str(tmp_path / "out"), "--method", method]) == 2
        assert "pairs.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["solve", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["method"] == "mip"


def test_work_of_one_name_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "students.csv": b"student_id\nana\n",
        "opportunities.csv": b"opportunity_id,seats,title\no1,0,Aide\no2,0,Aide\no3,1,Clerk\n",
        "eligible.csv": b"student_id,opportunity_id,utility\nana,o1,2\nana,o2,2\nana,o3,1\n",
        "preferences.csv": b"student_id,opportunity_id,rank\nana,o1,1\nana,o2,2\nana,o3,3\n",
    }
    write_folder(tmp_path / "round", files)
    round_folder, out = str(tmp_path / "round"), str(tmp_path / "out")
    assert main(["solve", round_folder, "--out", out, "--quiet"]) == 0
    assert main(["explain", round_folder, out, "--student", "ana"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "You are placed: Clerk"
    assert "1. Aide (o1)" in told and "2. Aide (o2)" in told


@pytest.mark.parametrize("command", [["explain", "--student", "ana"], ["equity"]])
def test_where_nobody_could_be_placed_the_reason_is_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "students.csv": b"student_id\nana\n",
        "opportunities.csv": b"opportunity_id,seats\no1,1\n",
        "eligible.csv": b"student_id,opportunity_id,utility\nana,o1,2\n",
        "limits.csv": b"scope,id,min,max\nkind,internship,2,\n",
    }
    write_folder(tmp_path / "round", files)
    round_folder, out = str(tmp_path / "round"), str(tmp_path / "out")
    assert main(["solve", round_folder, "--out", out, "--quiet"]) == 3
    capsys.readouterr()
    assert main([command[0], round_folder, out, *command[1:]]) == 1
    assert "what is required cannot all hold; summary.json names what conflicts" in capsys.readouterr().err


def test_a_folder_in_place_of_a_result_file_is_left_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    (out / "placements.csv").mkdir(parents=True)
    (out / "summary.json").write_text("{}")
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 1
    assert "is not an earlier result and is left alone" in capsys.readouterr().err
    assert (out / "placements.csv").is_dir()


def test_what_came_in_between_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's file appears while the round is solved: it is named, and it stays."""
    out = tmp_path / "out"

    def solved(*given: Any, **named: Any) -> Result:
        out.mkdir()
        (out / "notes.txt").write_text("mine")
        return solve(*given, **named)

    monkeypatch.setattr("matching.commands.solve_problem", solved)
    assert main(["solve", str(folder), "--out", str(out), "--quiet"]) == 1
    assert "holds notes.txt, which would be lost" in capsys.readouterr().err
