"""Files that a portfolio takes: what somebody sends who wants to do harm, and pictures of every kind."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin

from tests.conftest import ROOT
from tests.wbl.test_credentials import completed_chain
from wbl.accounts.models import User
from wbl.db import db
from wbl.errors import DomainError
from wbl.portfolio import uploads
from wbl.portfolio.models import ArtefactKind

SignIn = Callable[..., FlaskClient]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, more: bytes = b"") -> bytes:
    """A picture of so many pixels, all see-through, in a few kilobytes."""
    row = b"\0" * (1 + 4 * width)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _row in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    written = io.BytesIO()
    image.save(written, format=kind, **how)
    return written.getvalue()


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (30_000, 30_000), (12_000, 9_000)])
def test_a_picture_that_would_unpack_to_gigabytes_is_refused(app: Flask, width: int, height: int) -> None:
    """Told by its head alone: the body need not be there."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    bomb = head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    with pytest.raises(DomainError, match="too many pixels"):
        uploads.checked(bomb)


def test_notes_that_would_unpack_to_gigabytes_are_not_kept(app: Flask) -> None:
    """Once WeasyPrint is loaded Pillow drops them, and the picture is taken; else it is refused."""
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 80_000_000, 9))
    with contextlib.suppress(DomainError):
        assert len(uploads.checked(png(10, 10, more=text))[1]) < 1000


LARGEST_PICTURE = """
import resource
from tests.wbl.test_portfolio_files import png
from wbl.portfolio import uploads
side = int(uploads.MOST_PIXELS ** 0.5)
data = png(side, side)
assert len(data) < uploads.LARGEST
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
uploads.checked(data)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_the_largest_picture_takes_no_more_than_a_web_process_has() -> None:
    """In MB, of a process of its own: the most that it ever held more than before."""
    done = subprocess.run(
        [sys.executable, "-c", LARGEST_PICTURE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 300


PICTURES = {
    "a palette with a colour that is none": (Image.new("P", (8, 8)), "PNG", {"transparency": 0}),
    "16 bits of grey": (Image.new("I;16", (8, 8)), "PNG", {}),
    "one bit": (Image.new("1", (8, 8)), "PNG", {}),
    "grey and see-through": (Image.new("LA", (8, 8)), "PNG", {}),
    "for print": (Image.new("CMYK", (8, 8)), "JPEG", {}),
    "grey": (Image.new("L", (8, 8)), "JPEG", {}),
    "moving": (
        Image.new("RGB", (8, 8)),
        "PNG",
        {"save_all": True, "append_images": [Image.new("RGB", (8, 8), "red")]},
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_every_kind_are_kept_as_they_look(app: Flask, name: str) -> None:
    image, kind, how = PICTURES[name]
    found, kept = uploads.checked(saved(image, kind, **how))
    assert found.name == kind
    with Image.open(io.BytesIO(kept)) as again:
        again.load()
        assert again.size == (8, 8) and getattr(again, "n_frames", 1) == 1


def test_what_a_camera_or_a_program_notes_is_in_no_picture_that_is_kept(app: Flask) -> None:
    exif = Image.Exif()
    exif[0x8825] = {2: (30.0, 0.0, 0.0)}  # where
    exif[0x0110] = "SECRET camera"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "SECRET name")
    notes.add_itxt("XML:com.adobe.xmp", "<x>SECRET place</x>")
    picture = Image.new("RGB", (8, 8))
    for data in (
        saved(picture, "PNG", pnginfo=notes, exif=exif),
        saved(picture, "JPEG", exif=exif, comment=b"SECRET words", icc_profile=b"SECRET profile"),
        saved(picture, "PNG") + b"SECRET at the end <script>",
    ):
        assert b"SECRET" in data
        assert b"SECRET" not in uploads.checked(data)[1]


def test_what_a_file_says_of_itself_is_not_believed(app: Flask, sign_in: SignIn) -> None:
    """Its name and type are of the sender's choice; what is sent back is ours, and never shown in a page."""
    chain = completed_chain(app)
    browser = sign_in(db.session.get_one(User, chain.student.id))
    page = b"<html><script>alert(1)</script></html>"
    for name, data in (
        ("a.pdf", page),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("../../etc/passwd\r\nSet-Cookie: a=b", b"GIF89a" + page),
        ("a.jpg", b"\x89PNG\r\n\x1a\n" + page),
    ):
        sent = {"what": "x", "file": (io.BytesIO(data), name, "text/html")}
        assert browser.post("/my-portfolio/files", data=sent).status_code == 422, name
    assert browser.post("/my-portfolio/files", data={"what": "x", "file": "no file"}).status_code == 422
    assert browser.post("/credentials/verify", data={"file": "no file"}).status_code == 422
    mixed = b"%PDF-1.7\n" + page
    sent = {"what": '"><script>', "file": (io.BytesIO(mixed), 'x".html', "text/html")}
    assert browser.post("/my-portfolio/files", data=sent).status_code == 302
    shown = browser.get("/my-portfolio").get_data(as_text=True)
    assert "<script>" not in shown.replace('<script type="module"', "")
    taken = browser.get("/my-portfolio/files/1")
    assert taken.headers["Content-Type"] == "application/pdf"
    assert taken.headers["Content-Disposition"] == 'attachment; filename="file-1.pdf"'
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert ArtefactKind.PDF == "pdf"
