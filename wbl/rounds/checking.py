"""Checking a stored run again: whole while its profiles are there, else as far as the pairs go."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from matching.files import parse_round
from wbl.rounds import archive
from wbl.rounds.models import RunArchive


@dataclass(frozen=True, slots=True)
class Checked:
    """``faults`` is empty for a good run. ``erased_at``: since when only the pairs can be checked."""

    faults: list[str]
    erased_at: datetime | None
    placements: int
    pairs: int


def check_archive(kept: RunArchive) -> Checked:
    """Check what is stored of a run against its digests, its pairs and what is left of its profiles."""
    results, pairs = archive.unpack(kept.results), _pairs(kept.pairs)
    seats = list(_rows(results["placements.csv"]))
    faults = []
    if hashlib.sha256(kept.pairs).hexdigest() != kept.pairs_digest:
        faults.append("the table of pairs is not the one that was stored with the run")
    for seat in seats:
        pair = seat["student_id"], seat["opportunity_id"]
        if pair not in pairs:
            faults.append(f"{pair[0]} at {pair[1]}: not among the eligible pairs")
        elif pairs[pair] != seat["utility"]:
            faults.append(f"{pair[0]} at {pair[1]}: worth {pairs[pair]}, the result says {seat['utility']}")
    placed = len({seat["student_id"] for seat in seats})
    said = json.loads(results["summary.json"])["placed"]
    if said != placed:
        faults.append(f"{placed} students are placed, the summary says {said}")
    if kept.profiles is not None:
        faults += _by_profiles(kept.profiles, kept.profiles_digest, results)
    return Checked(faults, kept.erased_at, len(seats), len(pairs))


def _by_profiles(profiles: bytes, digest: str, results: dict[str, bytes]) -> list[str]:
    from matching.verify import verify

    if hashlib.sha256(profiles).hexdigest() != digest:
        return ["the profiles are not those that were stored with the run"]
    return [str(violation) for violation in verify(parse_round(archive.unpack(profiles)), results)]


def _pairs(packed: bytes) -> dict[tuple[str, str], str]:
    rows = _rows(archive.unpack(packed)["eligible.csv"])
    return {(row["student_id"], row["opportunity_id"]): row["utility"] for row in rows}


def _rows(table: bytes) -> Iterable[dict[str, str]]:
    return csv.DictReader(io.StringIO(table.decode()))
