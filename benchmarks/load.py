"""Pages under load: how long each takes, and how many at once a small machine serves.

Run as ``python -m benchmarks.load``. It makes a district with 10,000 students, 1,000 opportunities,
a published round of which half is under way, and three earlier years, in a database of its own, then

* opens every page that links lead to, as each role, and says how long the server takes, how many
  queries it sends and how many bytes a browser without a cache gets for it;
* asks for pages 60 times a second for five minutes, each role as often as the others, of two web workers
  as ``script/serve`` starts them, and again while a round is solved beside them at the lowest priority.

The promise: 95 of 100 answers of each page within 150 ms, at most 25 queries, at most 100 kB; under load
95 of 100 within 200 ms, and no errors.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.load_district import PASSWORD, SignIn, make_district
from benchmarks.load_pages import Measured, measure_pages
from benchmarks.load_requests import Answers, ask_for_pages, free_port, sign_in, until_it_answers

ROOT = Path(__file__).resolve().parents[1]
MOST_MS, MOST_QUERIES, MOST_KB = 150, 25, 100
MOST_MS_UNDER_LOAD = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a promise is not kept."""
    options = _options(arguments)
    with TemporaryDirectory(dir=options.scratch) as scratch:
        folder = Path(scratch)
        settings = {
            "INSTANCE_PATH": scratch,
            "SECRET_KEY": "for a benchmark only",
            "SQLALCHEMY_DATABASE_URI": options.database or f"sqlite:///{folder / 'throughline.db'}",
        }
        people = make_district(settings, options.students, options.opportunities, options.years)
        pages = measure_pages(settings, people, options.repeats)
        print(_page_table(pages))
        kept = all(_kept(page) for page in pages)
        if options.seconds:
            for words, solving in (("alone", False), ("while a round is solved", True)):
                answers = _under_load(folder, settings, people, pages, options, solving=solving)
                print(_load_line(words, answers), flush=True)
                kept = kept and answers.failed == 0 and answers.percentile(95) <= MOST_MS_UNDER_LOAD
        if options.results:
            options.results.write_text(json.dumps([page.record() for page in pages], indent=1) + "\n")
    return 0 if kept else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--opportunities", type=int, default=1_000)
    parser.add_argument("--years", type=int, default=3, help="of history before this one; 0: none")
    parser.add_argument("--repeats", type=int, default=20, help="of each page")
    parser.add_argument("--rate", type=float, default=60, help="requests a second")
    parser.add_argument("--seconds", type=float, default=300, help="of load; 0: none")
    parser.add_argument("--database", help="an empty database to use; a SQLite file of its own by default")
    parser.add_argument("--results", type=Path, help="write the pages to this file, as JSON")
    parser.add_argument("--scratch", type=Path, help="where the database is made")
    return parser.parse_args(arguments)


def _kept(page: Measured) -> bool:
    return page.p95_ms <= MOST_MS and page.queries <= MOST_QUERIES and page.kilobytes <= MOST_KB


def _page_table(pages: Sequence[Measured]) -> str:
    lines = [f"{'ms p95':>8} {'queries':>8} {'kB':>6}  page"]
    for page in sorted(pages, key=lambda one: -one.p95_ms):
        mark = "" if _kept(page) else "  MISSED"
        lines.append(
            f"{page.p95_ms:8.1f} {page.queries:8} {page.kilobytes:6.1f}  {page.role}: {page.path}{mark}"
        )
    return "\n".join(lines)


def _load_line(words: str, answers: Answers) -> str:
    mark = "" if answers.failed == 0 and answers.percentile(95) <= MOST_MS_UNDER_LOAD else "  MISSED"
    return (
        f"{words}: {len(answers.milliseconds):,} answers at {answers.rate:.1f} a second, "
        f"{answers.failed} failed; "
        f"50 of 100 within {answers.percentile(50):.0f} ms, 95 within {answers.percentile(95):.0f} ms, "
        f"99 within {answers.percentile(99):.0f} ms{mark}"
    )


def _under_load(
    folder: Path,
    settings: dict[str, Any],
    people: Sequence[SignIn],
    pages: Sequence[Measured],
    options: argparse.Namespace,
    *,
    solving: bool,
) -> Answers:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    # One sign-in stands for many people, who together ask more often than one may.
    app = f"wbl.app:create_served({settings | {'PUBLIC_URL': address, 'RATELIMIT_ENABLED': False}})"
    command = [sys.executable, "-m", "gunicorn", app, "--config", "python:wbl.web_server"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    web = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    solver = _solve_on_and_on(folder) if solving else None
    try:
        until_it_answers(address)
        cookies = {person.role: sign_in(address, person.email, PASSWORD) for person in people if person.email}
        asked = [
            [(page.path, cookie) for page in pages if page.role == role] for role, cookie in cookies.items()
        ]
        return ask_for_pages(address, asked, options.rate, options.seconds)
    finally:
        for process in (web, solver):
            if process is not None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _solve_on_and_on(folder: Path) -> subprocess.Popen[bytes]:
    """The engine on one core at the lowest priority, until it is ended."""
    loop = (
        f"while true; do {sys.executable} -m matching solve {folder / 'round'} --out {folder / 'out'}; done"
    )
    process = subprocess.Popen(
        ["nice", "-n", "19", "sh", "-c", loop], cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL
    )
    # Where Linux groups processes by session, their priority counts among themselves alone.
    with suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text("19")
    time.sleep(2)
    return process


if __name__ == "__main__":
    raise SystemExit(main())
