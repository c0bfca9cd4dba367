"""A round on a Dask cluster: pairs in blocks of students, and its independent parts.

What a worker is sent is complete in itself, so any worker can take it over from one that died,
and whatever the cluster cannot finish is done here: a death costs time, never a result. Nothing
depends on who does what, so the result is that of one machine, byte for byte.

``distributed`` is an optional extra (requirements-cluster.txt).
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import matching
from matching.components import Part, Solved
from matching.eligibility import eligible_pairs
from matching.engines.network import Network
from matching.pairs import Eligible
from matching.problem import Column, IntArray, Problem, no_companions

if TYPE_CHECKING:
    from distributed import Client, Future

R = TypeVar("R")
T = TypeVar("T")

PACKAGES = ("numpy", "scipy", "ortools")
# Students whose pairs are found together: as many as make one block for each worker, between these.
# By a timetable most of the work is the same for a block of any size; but a block has to be found
# again where its worker dies, and has to fit there.
_FEWEST_STUDENTS, _MOST_STUDENTS = 20_000, 200_000
# How often to look whether a cluster that says nothing still has workers.
_PATIENCE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class ClusterFault(Exception):
    """The cluster cannot be reached or cannot be used; the message says why."""


@contextmanager
def connect(address: str, timeout_seconds: float = 10.0) -> Iterator[Cluster]:
    """The cluster of a scheduler's address, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ClusterFault
        Where ``distributed`` is not installed, nobody answers at the address, there is no worker,
        or a worker has other versions than this machine.
    """
    try:
        import dask
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError:
        raise ClusterFault(
            "--cluster needs the package distributed, which is not installed: "
            "install requirements-cluster.txt here and on every worker"
        ) from None
    # Whole blocks of a round are meant to travel with the tasks: then none of them is lost with a worker.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        try:
            # A client of what is no address takes half a minute to give up, and says so in a traceback.
            if not address.startswith("inproc://"):  # a scheduler in this process has neither
                get_address_host_port(address if "://" in address else f"tcp://{address}", strict=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about versions, which are checked and said below
                client = Client(address, timeout=timeout_seconds, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterFault(
                f"no Dask scheduler answers at {address}: {error}; "
                "give the address that it printed when it started, such as tcp://10.0.0.5:8786"
            ) from None
        with client:
            _check_versions(client, address)
            yield Cluster(client)


class Cluster:
    """A cluster that is there and has what it needs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._patience = _PATIENCE_SECONDS

    def eligible_pairs(self, problem: Problem) -> Eligible:
        """What :func:`matching.eligibility.eligible_pairs` finds, block by block of students."""
        count = len(problem.students)
        if problem.eligible is not None or count <= _FEWEST_STUDENTS:
            return eligible_pairs(problem)
        each = -(-count // max(1, self._workers()))
        size = min(max(each, _FEWEST_STUDENTS), _MOST_STUDENTS)
        starts = range(0, count, size)
        blocks = [_block(problem, first, min(first + size, count)) for first in starts]
        return _joined(list(self._run(_small_pairs, blocks)), starts)

    def map(self, solve: Callable[[Part], Solved], parts: Iterable[Part], /) -> Iterator[Solved]:
        """Solve parts on the workers; the results in the order of the parts."""
        return self._run(_solve_packed, [(solve, _with_numbers(part, _narrow)) for part in parts])

    def _run(self, work: Callable[[T], R], pieces: list[T]) -> Iterator[R]:
        futures = [self._client.submit(_checked, _versions(), work, piece, pure=False) for piece in pieces]
        for future, piece in zip(futures, pieces, strict=True):
            yield self._result(future, work, piece)
            future.release()

    def _result(self, future: Future[Any], work: Callable[[T], R], piece: T) -> R:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        while True:
            try:
                result: R = future.result(timeout=self._patience)
                return result
            except TimeoutError:
                if self._workers():
                    continue
                why: object = "no worker is left"
                self._patience = 0.0  # enough of it for all the other parts
            except (FutureCancelledError, CommClosedError, KilledWorker, OSError) as error:
                why = error
            _log.warning("the cluster did not finish a part, it is done here: %s", why)
            return work(piece)

    def _workers(self) -> int:
        try:
            return len(self._client.scheduler_info(n_workers=-1)["workers"])
        except OSError:
            return 0


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """What decides the bytes of a result: Python, the packages, and this package's own code."""
    code = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".toml"):
            code.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return (
        ("matching", f"{matching.__version__} ({code.hexdigest()[:12]})"),
        ("Python", python_version()),
        *((name, version(name)) for name in PACKAGES),
    )


def _versions_of_worker() -> tuple[tuple[str, str], ...]:
    return _versions()


def _check_versions(client: Client, address: str) -> None:
    by_worker: dict[str, Any] = client.run(_versions_of_worker, on_error="return")
    # One that has just died is none.
    alive = {worker: found for worker, found in by_worker.items() if not isinstance(found, OSError)}
    if not alive:
        raise ClusterFault(f"the scheduler at {address} has no workers; start some and try again")
    for worker, found in sorted(alive.items()):
        if isinstance(found, Exception):
            raise ClusterFault(
                f"worker {worker} cannot run matching: {type(found).__name__}: {found}; "
                "install this version of the project on every worker"
            )
        _same_versions(_versions(), tuple(found), worker)


def _same_versions(
    here: tuple[tuple[str, str], ...], there: tuple[tuple[str, str], ...], worker: str
) -> None:
    for (name, ours), (_, theirs) in zip(here, there, strict=True):
        if ours != theirs:
            raise ClusterFault(
                f"worker {worker} has {name} {theirs}, this machine {ours}; "
                "the same result needs the same versions everywhere"
            )


def _checked(versions: tuple[tuple[str, str], ...], work: Callable[[T], R], piece: T) -> R:
    """Run on a worker, which may have joined after the versions of all were checked."""
    _same_versions(tuple(versions), _versions(), "that joined later")
    return work(piece)


def _block(problem: Problem, first: int, last: int) -> Problem:
    """A round of these students alone, as far as eligibility asks: nothing of anybody else."""
    students = problem.students
    rows = slice(first, last)
    columns = {field.name: _rows_of(getattr(students, field.name), rows) for field in fields(students)}
    tables = {}
    for name in ("preferences", "refusals", "pins", "growth"):
        table = getattr(problem, name)
        start, stop = np.searchsorted(table.student, [first, last])
        lists = {field.name: getattr(table, field.name)[start:stop] for field in fields(table)}
        tables[name] = replace(table, **lists | {"student": lists["student"] - first})
    return replace(
        problem,
        students=replace(students, **columns),
        companions=no_companions(),
        feed_file=b"",
        **tables,
    )


def _rows_of(values: Any, rows: slice) -> Any:
    if isinstance(values, Column):
        used, codes = np.unique(values.codes[rows], return_inverse=True)
        return Column(codes, tuple(values.values[code] for code in used.tolist()))
    return values[rows]


def _small_pairs(problem: Problem) -> Eligible:
    """The pairs of a block, narrow: they are on their way."""
    found = eligible_pairs(problem)
    return replace(
        found,
        student=_narrow(found.student),
        opportunity=_narrow(found.opportunity),
        minutes=_narrow(found.minutes),
    )


def _joined(blocks: list[Eligible], starts: Iterable[int]) -> Eligible:
    """The pairs of all students, from blocks of them that begin at ``starts``."""
    return Eligible(
        student=np.concatenate(
            [first + block.student.astype(np.int64) for first, block in zip(starts, blocks, strict=True)]
        ),
        opportunity=np.concatenate([block.opportunity for block in blocks], dtype=np.int64),
        minutes=np.concatenate([block.minutes for block in blocks], dtype=np.int64),
        travel_unknown=np.concatenate([block.travel_unknown for block in blocks]),
        considered=sum(block.considered for block in blocks),
        excluded={reason: sum(block.excluded[reason] for block in blocks) for reason in blocks[0].excluded},
    )


def _solve_packed(piece: tuple[Callable[[Part], Solved], Part]) -> Solved:
    solve, part = piece
    return solve(_with_numbers(part, _wide))


def _with_numbers(part: Part, change: Callable[[IntArray], IntArray]) -> Part:
    """A part with its long arrays changed: narrow to be sent (a fourth of the bytes), wide to be solved."""
    network = part.network
    return Part(
        Network(
            change(network.student),
            change(network.opportunity),
            network.seats,
            network.students,
            network.limits,
        ),
        tuple(replace(goal, weight=change(goal.weight)) for goal in part.goals),
        part.required,
    )


def _wide(values: IntArray) -> IntArray:
    return values.astype(np.int64)


def _narrow(values: IntArray) -> IntArray:
    """The same numbers in as few bytes as hold them all."""
    least, most = int(values.min(initial=0)), int(values.max(initial=0))
    kind = np.promote_types(np.min_scalar_type(least), np.min_scalar_type(most))
    narrow: IntArray = values.astype(kind)
    return narrow
