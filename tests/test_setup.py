"""The commands under script/, run as a newcomer runs them, and the database server of the tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import new_postgres_database, postgres_url

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("demo", "serve", "test", "check", "pin")
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[\w+\])?==(?P<version>\S+)(?P<when>(?: ;[^\\]*)?) \\$", re.M)


def run(*command: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        **{"capture_output": True, "text": True, "timeout": 120, **more},  # type: ignore[call-overload]
    )


def news(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said, but for its waiting on another test that sets up at the same time."""
    return done.stdout.replace("==> Waiting for another set-up to finish\n", "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(holds: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (met := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


# The commands


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_from_any_folder(name: str, tmp_path: Path) -> None:
    done = run(ROOT / "script" / name, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: script/{name}")


@pytest.mark.parametrize("name", ["demo", "serve", "check", "pin"])
def test_a_command_refuses_an_option_that_it_does_not_know(name: str) -> None:
    done = run(ROOT / "script" / name, "--no-such-option")
    assert done.returncode != 0
    assert "unknown option: --no-such-option" in done.stderr


@pytest.mark.parametrize("name", ["demo", "serve"])
@pytest.mark.parametrize("port", ["0", "65536", "http", ""])
def test_what_is_no_port_is_refused(name: str, port: str) -> None:
    done = run(ROOT / "script" / name, "--port", port)
    assert done.returncode == 1
    assert "from 1 to 65535" in done.stderr


@pytest.mark.parametrize("name", ["demo", "serve"])
def test_a_port_that_is_taken_is_said_before_anything_is_done(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run(ROOT / "script" / name, "--port", str(port))
    assert (done.returncode, news(done)) == (1, "")
    assert f"port {port}" in done.stderr


def test_demo_refuses_a_round_that_is_not_there(tmp_path: Path) -> None:
    done = run(ROOT / "script" / "demo", "--once", "--data", "no-such-round", cwd=tmp_path)
    assert (done.returncode, news(done)) == (1, "")
    assert "'no-such-round' is not a folder" in done.stderr


# What they set up


@pytest.fixture
def open_copy() -> Iterator[Path]:
    """A copy of script/setup in a folder that every user of the machine may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "script").mkdir()
        shutil.copy(ROOT / "script" / "setup", Path(folder) / "script" / "setup")
        yield Path(folder)


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="this system has no apt-get")
def test_without_the_right_to_install_the_exact_command_is_printed(open_copy: Path) -> None:
    missing = "missing_packages bash no-such-package-1 no-such-package-2"
    script = f"source {open_copy}/script/setup; install_packages $({missing})"
    ordinary = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
    done = run(*ordinary, "bash", "-c", script)
    assert done.returncode == 1
    assert re.search(
        r"^ +(sudo )?apt-get update && (sudo )?apt-get install -y --no-install-recommends"
        r" no-such-package-1 no-such-package-2$",
        done.stderr,
        re.M,
    )


def test_a_second_set_up_does_nothing_and_needs_no_network() -> None:
    if not (ROOT / ".venv" / ".installed-test").exists():
        pytest.skip("this environment was not made by script/test")
    nowhere = "http://127.0.0.1:9"
    offline = {**os.environ, "PIP_INDEX_URL": nowhere, "UV_DEFAULT_INDEX": nowhere, "ALL_PROXY": nowhere}
    done = run("bash", "-c", f"source {ROOT}/script/setup; set_up_tests", env=offline)
    assert (done.returncode, news(done), done.stderr) == (0, "", "")


def pinned(name: str) -> dict[tuple[str, str], str]:
    found = PINNED.finditer((ROOT / name).read_text())
    return {(match["name"], match["when"]): match["version"] for match in found}


@pytest.mark.parametrize("name", ["requirements-setup", "requirements", "requirements-dev"])
def test_all_that_is_asked_for_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    asked = re.findall(r"^([A-Za-z][A-Za-z0-9-]*)", (ROOT / f"{name}.in").read_text(), re.M)
    assert {asked_for.lower() for asked_for in asked} <= {package for package, _when in pinned(f"{name}.txt")}
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(pinned(f"{name}.txt"))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_run_against_the_versions_that_are_shipped() -> None:
    run_time, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    names = {package for package, _when in run_time}
    shared = {(name, version) for (name, _when), version in development.items() if name in names}
    assert shared <= {(name, version) for (name, _when), version in run_time.items()}


# Serving


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Starts script/serve on an empty database of its own; gives the process and the address."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'serve.db'}",
        "SECRET_KEY": "a test's",
    }
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        made = run(*flask, "db", "upgrade", cwd=ROOT, env=environment)
        assert made.returncode == 0, made.stderr
        port = free_port()
        log = (tmp_path / "log").open("w")
        command = [str(ROOT / "script" / "serve"), "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True, cwd=tmp_path)
        log.close()
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        assert wait_for(lambda: answers(address), seconds=60), (tmp_path / "log").read_text()
        assert wait_for(lambda: len(children(process)) == 2, seconds=10)
        return process, address

    yield start
    for process in started:
        process.kill()
        process.wait()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def children(process: subprocess.Popen[str]) -> list[int]:
    found = run("pgrep", "-P", str(process.pid)).stdout.split()
    return [int(pid) for pid in found]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_web_and_worker_when_told_to(
    by: signal.Signals, serving: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    process, _address = serving()
    both = children(process)
    process.send_signal(by)
    assert process.wait(timeout=60) == 0
    assert alive(both) == []


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_serve_ends_the_other_and_says_so_when_one_dies(
    victim: int, tmp_path: Path, serving: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    process, _address = serving()
    both = children(process)
    os.kill(both[victim], signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    assert alive(both) == []
    assert "ended by itself" in (tmp_path / "log").read_text()


@pytest.mark.slow
def test_nothing_goes_on_when_serve_is_killed(
    serving: Callable[[], tuple[subprocess.Popen[str], str]],
) -> None:
    process, address = serving()
    both = children(process)
    process.kill()
    process.wait()
    assert wait_for(lambda: alive(both) == [], seconds=20)
    assert not answers(address)


# PostgreSQL


@pytest.mark.postgres
def test_each_database_is_new_and_sorts_text_as_sqlite_does() -> None:
    first, second = new_postgres_database(), new_postgres_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE word (text text)")
        connection.execute("INSERT INTO word VALUES ('b'), ('á'), ('B'), ('a')")
        rows = connection.execute("SELECT text FROM word ORDER BY text").fetchall()
    assert [text for (text,) in rows] == ["B", "a", "b", "á"]
    with psycopg.connect(second) as connection:
        tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == []


@pytest.mark.postgres
def test_the_server_is_one_for_the_run_and_takes_no_port() -> None:
    assert postgres_url() == postgres_url()
    with psycopg.connect(postgres_url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


TEST_OF_ANOTHER_RUN = """
import time
import pytest
from pathlib import Path
from tests.databases import postgres_url

@pytest.mark.parametrize("number", [0, 1])
def test_that_needs_postgresql(number):
    here = Path(__file__).parent
    (here / f"new-{number}").write_text(postgres_url())
    (here / f"new-{number}").rename(here / f"url-{number}")
    time.sleep(SECONDS)
"""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed"])
def test_a_run_shares_one_server_and_leaves_nothing_behind(killed: bool, tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(TEST_OF_ANOTHER_RUN.replace("SECONDS", "60" if killed else "0"))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.databases", "-n", "2", str(tmp_path)]
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    other = subprocess.Popen(command, cwd=ROOT, env=quiet, stdout=subprocess.DEVNULL)
    found = [tmp_path / "url-0", tmp_path / "url-1"]
    try:
        assert wait_for(lambda: all(path.exists() for path in found), seconds=60)
        urls = {path.read_text() for path in found}
        assert len(urls) == 1
        folder = Path(urls.pop().partition("host=")[2])
        assert str(folder) not in postgres_url()
        if killed:
            other.kill()
        assert other.wait(timeout=60) == (-signal.SIGKILL if killed else 0)
    finally:
        other.kill()
        other.wait()
    assert wait_for(lambda: not folder.exists(), seconds=20)
    assert run("pgrep", "-f", str(folder)).stdout == ""
