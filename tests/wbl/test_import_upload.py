"""What a browser may send as a round folder, and what it is told where it may not."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from flask import Flask

from tests.wbl.rounds_support import small_folder, zipped
from wbl.rounds import archive
from wbl.rounds.archive import BadUpload, pack, unpack, uploaded_files

FILES = small_folder()


def entry(name: str, *, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as folder:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        folder.writestr(info, "student_id\n")
    return out.getvalue()


def locked() -> bytes:
    """A zip whose entry says that it is encrypted (the flag in both of its headers)."""
    data = bytearray(zipped({"students.csv": b"student_id\n"}))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, local + 6, 1)
    struct.pack_into("<H", data, central + 8, 1)
    return bytes(data)


def damaged() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("students.csv", "student_id\n" * 500)
    data = bytearray(out.getvalue())
    data[60:70] = b"\xff" * 10
    return bytes(data)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> object:
    with app.test_request_context():
        yield


def test_a_zip_with_or_without_a_folder(app: Flask) -> None:
    assert uploaded_files([("round.zip", zipped(FILES))]) == FILES
    assert uploaded_files([("round.zip", zipped(FILES, "spring/"))]) == FILES


def test_what_a_mac_adds_is_left_out(app: Flask) -> None:
    extra = {"__MACOSX/spring/._students.csv": b"x", "spring/.DS_Store": b"x"}
    named = {f"spring/{name}": data for name, data in FILES.items()}
    assert uploaded_files([("round.zip", zipped({**named, **extra}))]) == FILES


def test_a_transit_feed_is_a_file_of_the_folder(app: Flask) -> None:
    files = {**FILES, "feed.zip": zipped({"stops.txt": b"stop_id\n"})}
    assert uploaded_files(list(files.items())) == files
    assert uploaded_files([("round.zip", zipped(files))]) == files


@pytest.mark.parametrize(
    ("uploads", "says"),
    [
        ([], "Choose a zip file"),
        ([("", b"")], "Choose a zip file"),
        ([("round.zip", b"no zip at all")], "not a zip file"),
        ([("round.zip", zipped(FILES)[:-30])], "not a zip file"),
        ([("round.zip", damaged())], "damaged"),
        ([("round.zip", locked())], "password"),
        ([("round.zip", entry("../students.csv"))], "outside itself"),
        ([("round.zip", entry("/etc/students.csv"))], "outside itself"),
        ([("round.zip", entry("C:\\students.csv"))], "outside itself"),
        ([("round.zip", entry("students.csv", mode=0o120777))], "outside itself"),
        ([("round.zip", entry("a/b/students.csv"))], "folders inside folders"),
        ([("round.zip", zipped({"a/students.csv": b"", "b/opportunities.csv": b""}))], "several folders"),
        ([("round.zip", zipped(FILES)), ("students.csv", b"")], "not both"),
        ([("a/students.csv", b""), ("b/students.csv", b"")], "there twice"),
        ([("notes.csv", b"a\n")], "No students.csv"),
        ([("round.zip", zipped({**FILES, "eligible.csv": b""}))], "on the command line"),
    ],
)
def test_bad_uploads(app: Flask, uploads: list[tuple[str, bytes]], says: str) -> None:
    with pytest.raises(BadUpload, match=says):
        uploaded_files(uploads)


def test_a_zip_that_unpacks_to_more_than_it_may(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 5_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("students.csv", b"0" * 6_000_000)
    assert len(out.getvalue()) < 10_000
    with pytest.raises(BadUpload, match="larger than"):
        uploaded_files([("round.zip", out.getvalue())])


def test_packing_gives_equal_bytes_for_equal_files(app: Flask) -> None:
    turned = dict(reversed(FILES.items()))
    assert pack(FILES) == pack(turned)
    assert unpack(pack(FILES)) == FILES
