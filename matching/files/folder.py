"""A round folder on disk: read as a whole, written whole or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import secrets
import shutil
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from matching.files.columns import APPLICATION_FILES, POLICY_FILE, SPECS
from matching.files.faults import Fault, RoundFaults
from matching.files.policy import named_files

ROUND_FILES = frozenset((*SPECS, POLICY_FILE, *APPLICATION_FILES))
RESULT_FILES = frozenset(
    ("placements.csv", "unplaced.csv", "explanations.jsonl", "summary.json", "certificate.json")
)

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE, from Linux's headers
_ABANDONED_SECONDS = 3600


def read_folder(path: Path, only: Collection[str] | None = None) -> dict[str, bytes]:
    """Return all regular files of a folder by name.

    Parameters
    ----------
    only
        If given, the names of the files that are opened; of the others the name alone is
        returned, with no contents.

    Raises
    ------
    RoundFaults
        The folder is missing, or it or one of its files cannot be read, or something else than a
        file has the name of one that is asked for (of any of a round without ``only``).
    """
    expected = "expected a folder with students.csv and opportunities.csv"
    try:
        entries = {entry.name: entry.is_file() for entry in path.iterdir()}
    except FileNotFoundError:
        raise _unreadable(path, f"it does not exist; {expected}") from None
    except NotADirectoryError:
        raise _unreadable(path, f"it is a file; {expected}") from None
    except OSError as error:
        raise _unreadable(path, f"it cannot be read ({error.strerror})") from None
    files = {}
    for name, is_file in sorted(entries.items()):
        if not is_file:
            # What a round would read if it were a file is not the same as its absence.
            if name in (ROUND_FILES if only is None else only):
                raise _unreadable(path, f"{name} is no file; expected a file or nothing of this name")
            continue
        try:
            files[name] = (path / name).read_bytes() if only is None or name in only else b""
        except OSError as error:
            raise _unreadable(path, f"{name} cannot be read ({error.strerror})") from None
    return files


def _unreadable(path: Path, message: str) -> RoundFaults:
    return RoundFaults([Fault(str(path), 1, "folder", message)])


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder with exactly these files: it appears whole, or stays as it was.

    The files are written beside the target and moved there in one step, so a kill at any moment
    leaves the state before or the state after. An earlier folder is replaced only where it holds
    nothing but files of the same family (a round, or a result); a folder that holds anything
    else, the round itself included, is left alone.

    Raises
    ------
    FileExistsError
        Something that this would destroy stands there; the message names it.
    OSError
        The folder cannot be written.
    """
    for name in files:
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise ValueError(f"{name!r} is not the name of a file in a folder")
    target = Path(os.path.realpath(path))
    _check_replaceable(target, set(files))
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    partial = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}")
    partial.mkdir()
    try:
        for name, data in files.items():
            (partial / name).write_bytes(data)
        if target.exists() or not _placed(partial, target):
            _check_replaceable(target, set(files))
            _exchange(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _placed(new: Path, target: Path) -> bool:
    """Move a folder to where nothing is; False where another writer was there first."""
    try:
        new.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _check_replaceable(target: Path, names: set[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(f"{target} is a file; choose another folder")
    family = RESULT_FILES if names & RESULT_FILES else _round_files(target)
    for entry in sorted(target.iterdir()):
        if entry.is_dir() or entry.name not in family | names:
            raise FileExistsError(f"{target} holds {entry.name}, which would be lost; choose another folder")


def _round_files(folder: Path) -> frozenset[str]:
    """Names of the files of a round, with those that the policy in this folder names."""
    policy = folder / POLICY_FILE
    return ROUND_FILES | set(named_files(policy.read_bytes() if policy.is_file() else None))


def _exchange(new: Path, old: Path) -> None:
    """Let two folders change places: in one step on Linux, in two elsewhere."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        done = False
    else:
        done = renameat2(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _EXCHANGE) == 0
    if not done:
        aside = new.with_name(f"{new.name}-old")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


def _prefix(target: Path) -> str:
    return f".{target.name}.partial-"


def _sweep(target: Path) -> None:
    """Take away what killed writers left long ago."""
    for entry in target.parent.glob(f"{glob.escape(_prefix(target))}*"):
        with contextlib.suppress(OSError):
            if time.time() - entry.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)
