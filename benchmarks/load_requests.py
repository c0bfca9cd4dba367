"""Asking a running server for pages at a steady rate, whether it keeps up or not."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode, urlsplit

CLIENTS = 32
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Answers:
    """How long each answer took from the moment at which its request was due."""

    milliseconds: tuple[float, ...]  # sorted
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: int) -> float:
        """Within how many milliseconds ``share`` of 100 answers came."""
        at = min(len(self.milliseconds) - 1, len(self.milliseconds) * share // 100)
        return self.milliseconds[at]


def ask_for_pages(
    address: str, asked: Sequence[Sequence[tuple[str, str]]], rate: float, seconds: float
) -> Answers:
    """Ask for pages in an order drawn at random, ``rate`` times a second.

    ``asked``: of each role, its pages (path, cookie). Each role asks as often as the others: were each page
    asked for as often, half of all requests would be a coordinator's, of whom a district has a few.

    Requests are due at fixed moments: one that waits for a slow answer before it counts that wait.
    """
    host = urlsplit(address).netloc
    own = threading.local()
    times: list[float] = []
    failures: list[str] = []
    rng = Random(1)
    started = time.perf_counter()

    def ask(path: str, cookie: str, due: float) -> None:
        try:
            status = _get(own, host, path, cookie)
        except (OSError, http.client.HTTPException) as error:
            own.connection = None
            failures.append(f"{path}: {type(error).__name__}")
            return
        times.append(1000 * (time.perf_counter() - started - due))
        if status != 200:
            failures.append(f"{path}: {status}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(int(rate * seconds)):
            due = number / rate
            time.sleep(max(0.0, started + due - time.perf_counter()))
            pool.submit(ask, *rng.choice(rng.choice(asked)), due)
    spent = time.perf_counter() - started
    for failure in failures[:5]:
        print(f"failed: {failure}")
    return Answers(tuple(sorted(times)), len(failures), spent)


def _get(own: threading.local, host: str, path: str, cookie: str) -> int:
    connection = getattr(own, "connection", None)
    if connection is not None:
        try:
            return _get_by(connection, path, cookie)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            pass  # the server ends a connection that was idle for seconds: a browser opens another
    connection = own.connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    return _get_by(connection, path, cookie)


def _get_by(connection: http.client.HTTPConnection, path: str, cookie: str) -> int:
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "br"})
    answer = connection.getresponse()
    answer.read()
    if answer.will_close:
        connection.close()
    return int(answer.status)


def sign_in(address: str, email: str, password: str) -> str:
    """The cookie of somebody who signs in as a browser does."""
    host = urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert token is not None
    body = urlencode({"email": email, "password": password, "csrf_token": token[1]})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    connection.request("POST", "/sign-in", body, headers)
    answer = connection.getresponse()
    assert answer.status == 302, answer.status
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_it_answers(address: str) -> None:
    """Wait for the server, half a minute at most."""
    host = urlsplit(address).netloc
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection(host, timeout=PATIENCE)
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")
