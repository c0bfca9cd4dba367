"""Runs measurements in processes of their own, again and again, and keeps what they found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.instances import named
from benchmarks.transit import FEED

ROOT = Path(__file__).resolve().parents[1]
Record = dict[str, Any]


class Runs:
    """All measurements of one run: ``found[name][students]`` is the median of its repeats."""

    def __init__(self, scratch: Path, repeats: int) -> None:
        self._scratch, self._repeats = scratch, repeats
        self._peers: Path | None = None
        self.found: dict[str, dict[int, Record]] = {}

    def make(self, students: int, *, sides: bool = False) -> None:
        """Make the round of a size, once."""
        instance = named(self._scratch, students, sides=sides)
        if not (instance.at / "problem.pickle").exists():
            instance.at.mkdir(parents=True, exist_ok=True)
            _say(f"making the round of {students:,} students{' with side constraints' if sides else ''}")
            self._once("make", students, sides=sides)

    def measure(
        self,
        name: str,
        students: int,
        *,
        limit: float | None = None,
        patience: float | None = None,
        repeats: int | None = None,
        store: str = "",
    ) -> Record:
        """Measure something on the round of a size.

        Parameters
        ----------
        limit
            Seconds after which the measured solver is told to stop.
        patience
            Seconds after which it is ended: then ``finished`` is false and ``seconds`` what passed.
        repeats
            Instead of the run's own.
        store
            Kept under this name instead.
        """
        records = []
        for repeat in range(repeats or self._repeats):
            _say(f"{store or name}, {students:,} students, {repeat + 1} of {repeats or self._repeats}")
            records.append(self._once(name, students, limit=limit, patience=patience, sides=name == "sides"))
            if not records[-1].get("finished", True):
                break
        record = _typical(records)
        self.found.setdefault(store or name, {})[students] = record
        return record

    def peer(self, name: str, students: int, file: str, patience: float | None = None) -> Record:
        """Measure a peer that lives in an environment of its own."""
        if self._peers is None:
            self._peers = _make_environment(self._scratch / "peers")
        _say(f"{name}, {students:,} students")
        program = [str(self._peers), "-P", str(ROOT / "benchmarks" / "peer_programs.py"), name]
        arrays = named(self._scratch, students).at / file
        record = _run([*program, str(arrays)], patience)
        self.found.setdefault(name, {})[students] = record
        return record

    def transit(self, students: int) -> Record:
        """Measure travel by New Orleans's timetable, where its data lies beside the project."""
        data = ROOT / ".." / "shared" / "data"
        if not (data / FEED).exists():
            record: Record = {"failed": "the timetable is not there"}
        else:
            _say(f"transit, {students:,} students")
            command = [sys.executable, "-m", "benchmarks.transit", "--json", "--students", str(students)]
            # A plain search takes a quarter of a second a pair: 200 pairs for 5,000 students.
            command += ["--data", str(data), "--pairs", str(max(2, students // 25))]
            record = _run(command, 1_800)
        self.found.setdefault("transit", {})[students] = record
        return record

    def _once(
        self,
        name: str,
        students: int,
        *,
        sides: bool,
        limit: float | None = None,
        patience: float | None = None,
    ) -> Record:
        folder = named(self._scratch, students, sides=sides).at
        command = [sys.executable, "-m", "benchmarks.child", name, str(folder), str(students)]
        return _run(command + ([str(limit)] if limit is not None else []), patience)


def _run(command: list[str], patience: float | None) -> Record:
    # A session of its own, so that a peer's solver, which is a process below it, ends with it.
    done = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        printed, _ = done.communicate(timeout=patience)
    except BaseException as error:
        os.killpg(done.pid, signal.SIGKILL)
        done.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return {"seconds": patience, "finished": False}
        raise
    if done.returncode != 0:
        return {"failed": f"ended with status {done.returncode}", "finished": False}
    record: Record = json.loads(printed.splitlines()[-1])
    return record


def _typical(records: list[Record]) -> Record:
    """The record with the median of the seconds, and the largest peak."""
    whole = [record for record in records if "seconds" in record]
    if not whole:
        return records[-1]
    middle = median(record["seconds"] for record in whole)
    typical = min(whole, key=lambda record: abs(record["seconds"] - middle))
    peaks = [record["peak_mib"] for record in whole if "peak_mib" in record]
    return typical | {"seconds": middle, "repeats": len(whole)} | ({"peak_mib": max(peaks)} if peaks else {})


def _make_environment(folder: Path) -> Path:
    """The Python of an environment with the peers that must not meet our package."""
    python = folder / "bin" / "python"
    if not python.exists():
        _say("making an environment for the peers")
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(folder)], check=True)
        install = [*uv, "pip", "install", "--python", str(python), "--require-hashes"]
        subprocess.run([*install, "-r", str(ROOT / "benchmarks" / "peers.txt")], check=True)
    return python


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
