"""Each page that links lead to, as each role: seconds of the server, queries, bytes."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import unescape
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.exceptions import HTTPException

from benchmarks.load_district import PASSWORD, SignIn
from wbl.app import create_served
from wbl.db import db

# Files to keep, of which each is as large as what it holds.
NO_PAGE = re.compile(r"\.(zip|pdf|csv|xlsx|png|svg)$|/(export|folder|results|letter|book)\b")
EXAMPLES = 2
"""Of each page, with each set of questions in its address."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: the slower end of its answers, its queries, and its bytes with all that it loads."""

    role: str
    path: str
    p95_ms: float
    queries: int
    kilobytes: float

    def record(self) -> dict[str, Any]:
        return asdict(self)


def measure_pages(settings: dict[str, Any], people: Sequence[SignIn], repeats: int) -> list[Measured]:
    """Find the pages by following links from each role's own, and open each ``repeats`` times."""
    app = create_served(settings | {"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False})
    measured = []
    for person in people:
        client = app.test_client()
        if person.email:
            client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        else:
            client.post(f"{person.start}/open")
        for path in _found(app, client, person.start):
            page = _measure(app, client, person.role, path, repeats)
            print(f"{page.p95_ms:8.1f} ms {page.role}: {page.path}", file=sys.stderr, flush=True)
            measured.append(page)
    return measured


def _found(app: Flask, client: FlaskClient, start: str) -> Iterator[str]:
    """Paths of pages, breadth first."""
    waiting, seen, counts = [start], {start}, dict[tuple[Any, ...], int]()
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path, follow_redirects=True)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        led_to = answer.request.full_path.removesuffix("?")
        if led_to != path:
            if led_to not in seen:
                seen.add(led_to)
                waiting.insert(0, led_to)
            continue
        yield path
        for link in _links(answer.text, path):
            kind = _kind(app, link)
            if link in seen or kind is None or counts.get(kind, 0) >= EXAMPLES:
                continue
            seen.add(link)
            counts[kind] = counts.get(kind, 0) + 1
            waiting.append(link)


def _links(html: str, path: str) -> Iterator[str]:
    for found in re.findall(r'<a [^>]*href="([^"#]+)', html):
        link = unescape(found)
        if link.startswith("?"):
            link = path.partition("?")[0] + link
        if link.startswith("/") and not NO_PAGE.search(link.partition("?")[0]):
            yield link


def _kind(app: Flask, link: str) -> tuple[Any, ...] | None:
    """Which page a link is of: its endpoint and what its address asks; None where it is no page."""
    parts = urlsplit(link)
    try:
        endpoint, _values = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return None
    return endpoint, *sorted({name for name, _value in parse_qsl(parts.query)})


def _measure(app: Flask, client: FlaskClient, role: str, path: str, repeats: int) -> Measured:
    times, queries = [], 0
    html = b""
    for _ in range(repeats):
        with _counting(app) as statements:
            started = perf_counter()
            html = client.get(path, follow_redirects=True).data
            times.append(1000 * (perf_counter() - started))
        queries = max(queries, len(statements))
    times.sort()
    slow = times[math.ceil(0.95 * len(times)) - 1]
    return Measured(role, path, round(slow, 1), queries, round(_bytes(client, path, html) / 1000, 1))


def _bytes(client: FlaskClient, page: str, html: bytes) -> int:
    """What a browser without a cache gets: the page, its style sheets, scripts and what those import."""
    waiting = re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode())
    seen: set[str] = set()
    total = _size(client, page)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        total += _size(client, path)
        body = client.get(path).data
        folder = path.rpartition("/")[0]
        imported = re.findall(rb'(?:from|import) "\./([\w.-]+\.js)"', body)
        waiting += [f"{folder}/{name.decode()}" for name in imported]
    return total


def _size(client: FlaskClient, path: str) -> int:
    answer = client.get(path, headers={"Accept-Encoding": "br"}, follow_redirects=True)
    return len(answer.data)


@contextmanager
def _counting(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
