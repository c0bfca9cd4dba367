"""A round folder on disk: read as a whole, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from matching.files.faults import Fault, RoundFaults


def read_folder(path: Path) -> dict[str, bytes]:
    """Return all regular files of a folder by name.

    Raises
    ------
    RoundFaults
        The folder is missing or cannot be read.
    """
    try:
        return {entry.name: entry.read_bytes() for entry in sorted(path.iterdir()) if entry.is_file()}
    except FileNotFoundError:
        message = "there is no such folder; expected one with students.csv and opportunities.csv"
    except NotADirectoryError:
        message = "this is not a folder; expected one with students.csv and opportunities.csv"
    except OSError as error:
        message = f"the folder cannot be read: {error.strerror}"
    raise RoundFaults((Fault(str(path), 1, "folder", message),)) from None
