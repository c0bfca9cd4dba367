"""A folder is written whole or not at all, whenever the writer is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import ItemsView
from pathlib import Path

import pytest

from matching.files import RoundFaults, read_folder, read_round, write_folder

OLD = {"summary.json": b"old", "placements.csv": b"old\n"}
NEW = {"summary.json": b"new"}


def test_writes_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "made" / "out"
    write_folder(target, OLD)
    assert read_folder(target) == OLD
    write_folder(target, NEW)
    assert read_folder(target) == NEW
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_replaces_where_folders_cannot_change_places_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.files.folder._EXCHANGE", -1)  # refused, as by other systems
    write_folder(tmp_path / "out", OLD)
    write_folder(tmp_path / "out", NEW)
    assert read_folder(tmp_path / "out") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_two_writers_into_a_new_folder_both_write(tmp_path: Path) -> None:
    """Each of them finds nothing there when it begins; the later one replaces what came first."""
    target = tmp_path / "out"

    class Other(dict[str, bytes]):
        """Files whose writer is overtaken after it has looked what stands there."""

        def items(self) -> ItemsView[str, bytes]:
            write_folder(target, OLD)
            return super().items()

    write_folder(target, Other(NEW))
    assert read_folder(target) == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_writer_never_takes_the_place_of_what_came_in_between(tmp_path: Path) -> None:
    target = tmp_path / "out"

    class Other(dict[str, bytes]):
        def items(self) -> ItemsView[str, bytes]:
            target.mkdir()
            (target / "notes.txt").write_text("mine")
            return super().items()

    with pytest.raises(FileExistsError, match=r"notes\.txt"):
        write_folder(target, Other(NEW))
    assert read_folder(target) == {"notes.txt": b"mine"}


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    write_folder(target, NEW)
    assert read_folder(target) == NEW


@pytest.mark.parametrize("name", ["thesis.docx", "students.csv"])
def test_what_is_not_ours_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(FileExistsError, match=f"holds {name}, which would be lost"):
        write_folder(tmp_path, NEW)
    assert read_folder(tmp_path) == {name: b"precious"}


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="is a file"):
        write_folder(tmp_path / "out", NEW)


@pytest.mark.parametrize("name", ["pins.csv", "policy.toml"])
def test_what_has_the_name_of_a_file_and_is_none_is_a_fault(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "students.csv").write_bytes(b"student_id\na\n")
    (tmp_path / "opportunities.csv").write_bytes(b"opportunity_id,seats\nx,1\n")
    assert read_round(tmp_path).students.ids == ("a",)
    (tmp_path / name).mkdir()
    for read in (read_round, read_folder):
        with pytest.raises(RoundFaults, match=f"{name} is no file"):
            read(tmp_path)
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to(tmp_path / "gone")
    with pytest.raises(RoundFaults, match=f"{name} is no file"):
        read_round(tmp_path)


@pytest.mark.parametrize("name", ["../summary.json", "a/b", "..", ""])
def test_names_stay_inside(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the name of a file"):
        write_folder(tmp_path / "out", {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, OLD)
    with pytest.raises(OSError, match="too long"):
        write_folder(target, {"summary.json": b"new", "x" * 300: b""})
    assert read_folder(target) == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_through_a_link_the_folder_behind_it_is_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "real", OLD)
    (tmp_path / "link").symlink_to("real")
    write_folder(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert read_folder(tmp_path / "real") == NEW


def test_what_killed_writers_left_is_swept_up(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".out.partial-00", tmp_path / ".out.partial-01"
    for left in (old, fresh):
        left.mkdir()
        (left / "summary.json").write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    write_folder(tmp_path / "out", NEW)
    assert not old.exists()
    assert fresh.exists(), "another writer may be at work in it"


WRITER = """
import sys
from pathlib import Path
from matching.files import write_folder
names = ("placements.csv", "unplaced.csv", "explanations.jsonl", "summary.json", "certificate.json")
number = 0
print("ready", flush=True)
while True:
    number += 1
    write_folder(Path(sys.argv[1]), {name: b"%d" % number * 50_000 for name in names})
"""


def test_a_kill_leaves_one_state_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for wait in (0.003, 0.017, 0.041):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        with writer, writer.stdout:
            writer.stdout.readline()
            time.sleep(wait)
            writer.send_signal(signal.SIGKILL)
        if target.exists():
            files = read_folder(target)
            assert len(files) == 5
            assert len(set(files.values())) == 1
    assert target.exists()
