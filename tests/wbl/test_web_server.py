"""Workers take one request after another from one queue, and nobody waits for one that takes long."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = 1000.0  # seconds of patience: none of these tests sees it end


@contextmanager
def serving(folder: Path, *, workers: int, patience: float) -> Iterator[str]:
    """Its address; ``folder`` is told who is inside, and says who may go."""
    (folder / "first.go").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [
        "gunicorn",
        "tests.wbl.waiting_app:app",
        "--config",
        "python:wbl.web_server",
        "--bind",
        address,
    ]
    environment = os.environ | {"WAITING_FOLDER": str(folder), "WAITING_PATIENCE": str(patience)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "--workers", str(workers)],
            cwd=ROOT,
            env=environment,
            stderr=log,
        )
    try:
        until(lambda: answers(f"http://{address}/first"), folder)
        yield address
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(30)


def answers(url: str) -> bool:
    try:
        urlopen(url, timeout=30).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.01)


@pytest.fixture
def asking() -> Iterator[Callable[[str, str], Future[bytes]]]:
    with ThreadPoolExecutor(10) as pool:
        yield lambda address, name: pool.submit(
            lambda: urlopen(f"http://{address}/{name}", timeout=60).read()
        )


def inside(folder: Path) -> set[str]:
    return {one.stem for one in folder.glob("*.came")} - {"first"}


def test_a_worker_takes_the_next_when_it_has_answered(
    tmp_path: Path, asking: Callable[[str, str], Future[bytes]]
) -> None:
    names = [f"page{number}" for number in range(4)]
    with serving(tmp_path, workers=1, patience=LONG) as address:
        asked = {name: asking(address, name) for name in names}
        for done in range(len(names)):
            until(lambda done=done: len(inside(tmp_path)) == done + 1, tmp_path)  # type: ignore[misc]
            time.sleep(0.1)  # the others have connected, and would come in if they could
            assert len(inside(tmp_path)) == done + 1
            for name in inside(tmp_path):
                (tmp_path / f"{name}.go").touch()
        assert len({one.result(30) for one in asked.values()}) == 1


def test_a_worker_that_has_nothing_to_do_takes_the_next(
    tmp_path: Path, asking: Callable[[str, str], Future[bytes]]
) -> None:
    with serving(tmp_path, workers=2, patience=LONG) as address:
        busy = asking(address, "busy")
        until(lambda: inside(tmp_path) == {"busy"}, tmp_path)
        others = []
        for number in range(6):
            (tmp_path / f"page{number}.go").touch()
            others.append(asking(address, f"page{number}").result(30))
        (tmp_path / "busy.go").touch()
        assert busy.result(30) not in others and len(set(others)) == 1


def test_what_takes_long_holds_up_nobody(tmp_path: Path, asking: Callable[[str, str], Future[bytes]]) -> None:
    with serving(tmp_path, workers=1, patience=0.05) as address:
        long = asking(address, "long")
        until(lambda: inside(tmp_path) == {"long"}, tmp_path)
        host, port = address.split(":")
        # A connection that says nothing, and a file of which the end does not come.
        with socket.create_connection((host, int(port))), socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /file HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\nthe beginning")
            (tmp_path / "page.go").touch()
            assert asking(address, "page").result(30)
        assert not long.done()
        (tmp_path / "long.go").touch()
        (tmp_path / "file.go").touch()
        assert long.result(30)
