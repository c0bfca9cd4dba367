"""A folder is written whole or not at all, whenever the writer is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matching.files import read_folder, write_folder

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
