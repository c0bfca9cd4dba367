"""Files to zip and back, and the limits of what somebody may upload."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from flask_babel import gettext as _

from matching.files import parse_round
from matching.problem import Problem
from wbl.errors import DomainError

MOST_FILES = 100
MOST_BYTES = 200 * 1024 * 1024  # of all files together, unpacked
_READ_AT_ONCE = 1024 * 1024
_ENCRYPTED = 0x1
_EARLIEST = (1980, 1, 1, 0, 0, 0)
# What reading a broken entry raises; NotImplementedError for a compression that nobody uses.
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, ValueError)


class BadUpload(DomainError):
    """What was uploaded is not a round folder; the message says what is wrong and what to do."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message, field="files")


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip with equal bytes for equal files: sorted, without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a zip of ours."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@lru_cache(maxsize=2)
def problem_of(packed: bytes) -> Problem:
    """The round in a packed folder of ours. The last ones are remembered: a run never changes."""
    return parse_round(unpack(packed))


def uploaded_files(uploads: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The files of a round folder from what a browser sent: one zip, or the files themselves.

    Parameters
    ----------
    uploads
        Name and content of each upload.

    Raises
    ------
    BadUpload
        Naming the first thing that keeps it from being read.
    """
    return _known(unpacked(uploads))


def unpacked(uploads: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The same, whatever the files are about.

    Raises
    ------
    BadUpload
        Naming the first thing that keeps it from being read.
    """
    given = [(_base_name(name), data) for name, data in uploads if name]
    if not given:
        raise BadUpload(_("Choose a zip file of a round folder, or its CSV files."))
    zips = [data for name, data in given if name.lower().endswith(".zip") or data[:4] == b"PK\x03\x04"]
    if len(given) == 1 and zips:
        return _unpack_upload(zips[0])
    # A zip among the files of a folder is one of them, a transit feed.
    if any(map(_holds_a_round, zips)):
        raise BadUpload(_("Upload either one zip file or CSV files, not both at once."))
    files: dict[str, bytes] = {}
    for name, data in given:
        _add(files, name, data)
    if sum(map(len, files.values())) > MOST_BYTES:
        raise BadUpload(_("The files are larger than %(most)s MB together.", most=MOST_BYTES // 2**20))
    return files


def _holds_a_round(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {PurePosixPath(name).name for name in archive.namelist()}
    except zipfile.BadZipFile:
        return False
    return bool(names & {"students.csv", "opportunities.csv"})


def _unpack_upload(data: bytes) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise BadUpload(
            _("This file is not a zip file, or it is damaged. Make the zip again and upload that.")
        ) from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        entries = [entry for entry in entries if not _of_the_system(entry.filename)]
        if len(entries) > MOST_FILES:
            raise BadUpload(_("The zip file holds more than %(most)s files.", most=MOST_FILES))
        folders = {_place(entry).parent for entry in entries}
        if len(folders) > 1:
            raise BadUpload(
                _("The zip file holds files in several folders. Put the files of one round in it.")
            )
        files: dict[str, bytes] = {}
        left = MOST_BYTES
        for entry in entries:
            content = _read(archive, entry, left)
            left -= len(content)
            _add(files, _place(entry).name, content)
    return files


def _place(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry lies: in the zip itself or one folder down, never anywhere else."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or ":" in (path.parts[0] if path.parts else "")
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if outside or link:
        raise BadUpload(
            _(
                "The zip file points outside itself (%(name)s). Make it again from a plain folder.",
                name=entry.filename[:80],
            )
        )
    if len(path.parts) > 2:
        raise BadUpload(
            _(
                "The zip file holds folders inside folders (%(name)s). Zip the round folder itself.",
                name=entry.filename[:80],
            )
        )
    return path


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Read one entry, trusting none of the sizes that the zip claims."""
    if entry.flag_bits & _ENCRYPTED:
        raise BadUpload(_("The zip file is locked with a password. Make one without."))
    parts: list[bytes] = []
    try:
        with archive.open(entry) as file:
            while part := file.read(_READ_AT_ONCE):
                most -= len(part)
                if most < 0:
                    raise BadUpload(
                        _("Unpacked, the zip file is larger than %(most)s MB.", most=MOST_BYTES // 2**20)
                    )
                parts.append(part)
    except DAMAGE as error:
        raise BadUpload(
            _(
                "%(name)s in the zip file is damaged. Make the zip again and upload that.",
                name=entry.filename[:80],
            )
        ) from error
    return b"".join(parts)


def _of_the_system(name: str) -> bool:
    """What a Mac puts beside the files of a folder."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _base_name(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _add(files: dict[str, bytes], name: str, data: bytes) -> None:
    if name in files:
        raise BadUpload(_("%(name)s is there twice. Upload it once.", name=name[:80]))
    files[name] = data


def _known(files: dict[str, bytes]) -> dict[str, bytes]:
    if "eligible.csv" in files:
        raise BadUpload(
            _(
                "This folder lists its pairs in eligible.csv, so labor law cannot be checked from "
                "profiles. Solve it on the command line: python -m matching solve FOLDER --out RESULT."
            )
        )
    if not {"students.csv", "opportunities.csv"} & files.keys():
        raise BadUpload(
            _("No students.csv and no opportunities.csv was found. Upload the files of a round folder.")
        )
    return files
