"""Letters in bulk: how long a round's letters take on one and on two processes, and how much memory.

A round of New Orleans is imported, solved and published in a database of its own; its letters are then
written as the worker writes them: read, drawn, bound into the book, stored. Each measurement has a
process of its own, as a worker that is up already: its imports are off the clock, the start of the
processes that draw is on it.

Printed are seconds by the clock, CPU seconds (of all processes together), letters a second, and peaks of
memory. Where the machine is busy the clock says little: CPU seconds shared out evenly are what a quiet
machine takes at best, and are printed as such.

Run as ``python -m benchmarks.letters``. The data is read from the folder ``--data`` (``../shared/data``).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, select

from wbl.accounts.services import actor_of
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.demo.journey import import_files, solve_round
from wbl.demo.new_orleans import new_orleans_round
from wbl.demo.office import Office, ensure_district
from wbl.letters.models import Letter, LetterBook, LetterState
from wbl.letters.services import write_letters
from wbl.placements.models import Publication
from wbl.placements.publishing import publish
from wbl.rounds import services
from wbl.rounds.starting import dates_of

OFFICE = Office("letters", "New Orleans Schools", "America/Chicago", "Pat Landry", "555-0100", "p@n.example")
MEASURED = 500
GOAL_SECONDS = 15
# Not ``-m``: what a process is spawned from imports its main module, here the whole application. The worker's
# is Flask's, which is not imported.
_AGAIN = "import sys; from benchmarks.letters import main; sys.exit(main(sys.argv[1:]))"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _options(arguments)
    if options.measure:
        print(json.dumps(_measured(_settings(options.folder, options.database), options.measure)))
        return 0
    with TemporaryDirectory() as folder:
        students = _publish(_settings(folder, options.database), options.data, options.students)
        print(f"round of {students:,} students in New Orleans; load average {os.getloadavg()[0]:.1f}")
        for processes in options.processes:
            again = [sys.executable, "-c", _AGAIN, "--measure", str(processes)]
            again += ["--folder", folder, "--database", options.database]
            done = subprocess.run(again, check=True, capture_output=True, text=True)
            print(_line(processes, json.loads(done.stdout.splitlines()[-1])))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.letters", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--students", type=int, default=540)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--database", default="", help="an empty one to use; SQLite of its own by default")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _settings(folder: str, database: str) -> dict[str, Any]:
    return {
        "INSTANCE_PATH": folder,
        "SECRET_KEY": "for a benchmark only",
        "SQLALCHEMY_DATABASE_URI": database or f"sqlite:///{folder}/throughline.db",
        "PUBLIC_URL": "https://placements.example.org",
    }


def _publish(settings: dict[str, Any], data: Path, students: int) -> int:
    """Import, solve and publish a round; how many students it has."""
    files = new_orleans_round(data, students)
    with create_app(settings).app_context():
        upgrade()
        with transaction():
            district, user = ensure_district(OFFICE)
            actor = actor_of(user)
            first, last = dates_of(files, services.clock.today(OFFICE.timezone))
            round_id = services.create_round(
                actor, district.id, name="Spring", starts_on=first, ends_on=last
            ).id
        import_files(actor, round_id, files)
        run_id = solve_round(actor, round_id)
        with transaction():
            publish(actor, run_id)
    return students


def _measured(settings: dict[str, Any], processes: int) -> dict[str, Any]:
    """Write the letters once; what it took."""
    with create_app({**settings, "LETTER_PROCESSES": processes}).app_context():
        publication_id = db.session.scalars(select(Publication.id)).one()
        db.session.rollback()
        before, wall = _cpu(), perf_counter()
        write_letters({"publication_id": publication_id})
        wall = perf_counter() - wall
        for process in active_children():  # what they used counts once they have ended
            process.join()
        after = _cpu()
        letters = db.session.scalar(select(func.count(Letter.id)).where(Letter.state == LetterState.WRITTEN))
        size = db.session.scalar(select(func.sum(func.length(Letter.pdf))))
        book = db.session.scalar(select(func.length(LetterBook.pdf)))
    return {
        "letters": letters,
        "wall": wall,
        "own": after[0] - before[0],
        "others": after[1] - before[1],
        "own_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "other_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "letter_kb": size / letters / 1000,
        "book_kb": book / letters / 1000,
    }


def _cpu() -> tuple[float, float]:
    """CPU seconds of this process, and of those that it began and that have ended."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def _line(processes: int, found: dict[str, Any]) -> str:
    letters, cpu = found["letters"], found["own"] + found["others"]
    share = MEASURED / letters
    memory = f"{found['own_mib']:,.0f} MiB"
    if found["others"]:
        memory += f", and {found['other_mib']:,.0f} MiB in each process that draws"
    heading = "1 process" if processes == 1 else f"{processes} processes"
    return "\n".join(
        [
            f"{heading}: {letters} letters in {found['wall']:.1f} s by the clock, "
            f"{letters / found['wall']:.1f} a second",
            f"  {cpu:.1f} s of CPU ({found['own']:.1f} in the worker, {found['others']:.1f} in others), "
            f"{1000 * cpu / letters:.0f} ms a letter",
            f"  for {MEASURED}: {found['wall'] * share:.1f} s by the clock; CPU shared out evenly, "
            f"{cpu * share / processes:.1f} s (goal on two: {GOAL_SECONDS} s)",
            f"  at most {memory}",
            f"  {found['letter_kb']:.0f} kB a letter, {found['book_kb']:.1f} kB more in the book",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
