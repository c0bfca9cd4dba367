"""A real Dask cluster of two worker processes: the same bytes as one machine, whoever dies."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.towns import make_round
from matching import cluster as clusters
from matching import components
from matching.cluster import Cluster, ClusterFault, connect
from matching.command_line import run
from matching.components import Part, solve_part, solve_parts, split_network
from matching.eligibility import eligible_pairs
from matching.engines.goal import Goal
from matching.engines.network import Network
from matching.files import parse_round, write_folder
from matching.problem import Problem
from matching.solve import solve
from tests.matching.profiles import random_round

distributed = pytest.importorskip("distributed")

NOBODY = np.empty(0, np.int64)


@contextmanager
def local_cluster(workers: int, *, processes: bool = True) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=processes,
            dashboard_address=None,
            silence_logs=50,
        ) as local:
            yield local


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of a cluster with two workers, each a process of one thread."""
    with local_cluster(2) as local:
        yield local.scheduler_address


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    with connect(address) as found:
        yield found


def regions(students: int = 3_000, opportunities: int = 500) -> tuple[Network, list[Goal]]:
    """Six regions, each of some tenths of a second to solve."""
    rng = np.random.default_rng(4)
    student, opportunity = [], []
    for region in range(6):
        near = rng.random((students, opportunities)) < 0.1
        s, o = np.nonzero(near)
        student.append(s + region * students)
        opportunity.append(o + region * opportunities)
    pairs = np.concatenate(student), np.concatenate(opportunity)
    network = Network(*pairs, rng.integers(0, 8, 6 * opportunities), 6 * students)
    utility = rng.integers(0, 1_000_000, len(pairs[0]))
    return network, [Goal("placed", np.ones(len(utility), np.int64)), Goal("utility", utility)]


def bytes_of(result: tuple[Any, Any]) -> list[bytes]:
    seat, proofs = result
    prices = [part for proof in proofs for part in (proof.prices.students, proof.prices.opportunities)]
    return [seat.tobytes(), *(part.tobytes() for part in prices), repr([p.bound for p in proofs]).encode()]


@pytest.mark.slow
def test_pairs_are_found_in_blocks_of_students(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_FEWEST_STUDENTS", 2)
    monkeypatch.setattr(clusters, "_MOST_STUDENTS", 37)
    for files in (make_round(200, 60, 2), *(random_round(seed) for seed in range(4))):
        problem = parse_round(files)
        same_pairs(problem, cluster)


def same_pairs(problem: Problem, cluster: Cluster) -> None:
    here, there = eligible_pairs(problem), cluster.eligible_pairs(problem)
    for name in ("student", "opportunity", "minutes", "travel_unknown"):
        ours, theirs = getattr(here, name), getattr(there, name)
        assert np.array_equal(ours, theirs), name
        assert ours.dtype == theirs.dtype, name
    assert here.excluded == there.excluded
    assert here.considered == there.considered


@pytest.mark.slow
def test_a_solve_on_a_cluster_leaves_the_same_bytes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_FEWEST_STUDENTS", 10)
    monkeypatch.setattr(components, "_PAIRS_TOGETHER", 200)
    problem = parse_round(make_round(300, 240, 6))
    here, there = solve(problem), solve(problem, cluster=cluster)
    assert here.placed > 100
    ours, theirs = here.files(), there.files()
    for name in ours.keys() - {"summary.json"}:
        assert ours[name] == theirs[name], name


@pytest.mark.slow
def test_a_worker_killed_in_mid_solve_costs_time_and_no_result(cluster: Cluster) -> None:
    network, goals = regions()
    assert len(split_network(network)) == 6
    alone = bytes_of(solve_parts(network, goals, NOBODY))
    client = cluster._client
    before = client.run(os.getpid)
    killed: list[int] = []

    def kill_one_at_work() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not killed:
            for worker, tasks in client.processing().items():
                if tasks and worker in before:
                    os.kill(before[worker], signal.SIGKILL)
                    killed.append(before[worker])
                    return

    killer = threading.Thread(target=kill_one_at_work)
    killer.start()
    together = bytes_of(solve_parts(network, goals, NOBODY, executor=cluster))
    killer.join()
    assert together == alone
    assert killed


def test_without_a_worker_left_the_rest_is_done_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    network, goals = regions(60, 10)
    monkeypatch.setattr(components, "_PAIRS_TOGETHER", 1)
    monkeypatch.setattr(clusters, "_PATIENCE_SECONDS", 0.1)
    alone = bytes_of(solve_parts(network, goals, NOBODY))
    with local_cluster(1, processes=False) as local, connect(local.scheduler_address) as cluster:
        local.scale(0)
        while cluster._workers():
            time.sleep(0.05)
        assert bytes_of(solve_parts(network, goals, NOBODY, executor=cluster)) == alone
    assert "done here: no worker is left" in caplog.text


def test_a_wrong_address_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        pytest.raises(ClusterFault, match=rf"no Dask scheduler answers at tcp://127\.0\.0\.1:{port}"),
        connect(f"tcp://127.0.0.1:{port}", timeout_seconds=0.5),
    ):
        pass


@pytest.mark.parametrize("address", ["nonsense", "tcp://nonsense", "xyz://127.0.0.1:1", "tcp://127.0.0.1:x"])
def test_what_is_no_address_is_not_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of it would wait, and print a traceback at the end."""

    def client(*_: object, **__: object) -> None:
        raise AssertionError("a client was made")

    monkeypatch.setattr("distributed.Client", client)
    with pytest.raises(ClusterFault, match=f"no Dask scheduler answers at {address}"), connect(address):
        pass


def test_the_command_says_that_there_is_no_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path / "round", make_round(20, 5, 1))
    arguments = ["solve", str(tmp_path / "round"), "--out", str(tmp_path / "out"), "--cluster", "nonsense"]
    assert run(arguments) == 2
    assert "no Dask scheduler answers at nonsense" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_other_versions_are_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tuple((name, "0.1" if name == "ortools" else found) for name, found in clusters._versions())
    with connect(address) as cluster:
        monkeypatch.setattr(clusters, "_versions", lambda: ours)
        with pytest.raises(ClusterFault, match="joined later has ortools"):
            list(cluster.map(solve_part, [Part(*regions(5, 3), NOBODY)]))
    with pytest.raises(ClusterFault, match=r"has ortools [0-9.]+, this machine 0\.1"), connect(address):
        pass


@pytest.mark.slow
def test_a_cluster_without_workers_is_no_cluster() -> None:
    with (
        local_cluster(0) as empty,
        pytest.raises(ClusterFault, match="has no workers"),
        connect(empty.scheduler_address),
    ):
        pass
