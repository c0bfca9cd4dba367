"""Occupations, and which of them go with somebody's interests.

Our own table has titles in two languages; where O*NET's files were imported, the occupations that
our table lacks come from there, with six scores each instead of three letters.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from matching.congruence import congruence
from wbl.interests.activities import TABLES
from wbl.interests.queries import imported_occupations

CLOSE, SOME = 0.75, 0.55
"""From here on an occupation goes well, or somewhat, with interests: as a match's explanation says it."""
SHOWN, BEYOND, CLUSTERS = 12, 6, 3
_PER_CLUSTER = 3
_JUDGED_BY = 5  # a cluster is as near as its five nearest occupations


@dataclass(frozen=True, slots=True)
class Work:
    """An occupation. ``fit`` is 0 to 1, as a match weighs interests; 0.5 says nothing."""

    soc_code: str
    title: str
    title_es: str
    cluster: str
    riasec: str  # letters, or six scores
    fit: float = 0.5

    def said(self, language: str) -> str:
        """The title; English where there is none in that language."""
        return (self.title_es if language == "es" else "") or self.title

    def speaks(self, language: str) -> str:
        """The language that :meth:`said` answers in."""
        return "es" if language == "es" and self.title_es else "en"


@dataclass(frozen=True, slots=True)
class Fitting:
    """What goes with a profile: near, and a step outside of the usual."""

    near: list[Work]
    beyond: list[Work]
    clusters: list[str]


@cache
def own_table() -> tuple[Work, ...]:
    """Every occupation of our own table."""
    with (TABLES / "occupations.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, str]] = list(csv.DictReader(file))
    return tuple(
        Work(row["soc_code"], row["title"], row["title_es"], row["cluster"], row["riasec"]) for row in rows
    )


def everything() -> list[Work]:
    """Our own table, and what was imported besides; our titles, the imported scores."""
    imported = {entry.soc_code: entry for entry in imported_occupations()}
    found = []
    for work in own_table():
        entry = imported.pop(f"{work.soc_code}.00", None)
        found.append(work if entry is None else replace(work, riasec=entry.riasec))
    found += [
        Work(entry.soc_code, entry.title, "", entry.cluster, entry.riasec) for entry in imported.values()
    ]
    return found


def fitted(cell: str, works: Sequence[Work]) -> list[Work]:
    """The same with how well each goes with interests, the best first."""
    fits = congruence(cell, [work.riasec for work in works])
    found = [replace(work, fit=float(fit)) for work, fit in zip(works, fits, strict=True)]
    return sorted(found, key=lambda work: (-work.fit, work.title))


def fitting(cell: str) -> Fitting:
    """Occupations and clusters for interests, and some that lie outside of the clusters it would be.

    Many occupations go equally well, so no cluster takes more than a few of the places.
    """
    works = fitted(cell, everything())
    near = _mixed(works)
    usual = {work.cluster for work in near}
    beyond: list[Work] = []
    for work in works:
        if work.cluster not in usual and work.cluster not in {other.cluster for other in beyond}:
            beyond.append(work)
    # Where the near ones come from nearly every cluster, what lies beyond is what goes only somewhat.
    others = [work for work in works if work not in near and work.fit < CLOSE]
    beyond += [work for work in _mixed(others) if work not in beyond][: max(0, BEYOND - len(beyond))]
    return Fitting(near, beyond[:BEYOND], _clusters(works))


def _mixed(works: Sequence[Work]) -> list[Work]:
    taken: Counter[str] = Counter()
    found: list[Work] = []
    for work in works:
        if taken[work.cluster] < _PER_CLUSTER:
            taken[work.cluster] += 1
            found.append(work)
        if len(found) == SHOWN:
            break
    return found


def _clusters(works: Sequence[Work]) -> list[str]:
    by_cluster: dict[str, list[float]] = {}
    for work in works:
        by_cluster.setdefault(work.cluster, []).append(work.fit)
    nearness = {
        name: sum(fits[:_JUDGED_BY]) / len(fits[:_JUDGED_BY]) for name, fits in sorted(by_cluster.items())
    }
    return sorted(nearness, key=lambda name: -nearness[name])[:CLUSTERS]


def searched(works: Sequence[Work], text: str, cluster: str, language: str) -> list[Work]:
    """Those whose title or code holds every word, of a cluster where one is asked for."""
    words = text.lower().split()
    return [
        work
        for work in works
        if (not cluster or work.cluster == cluster)
        and all(word in f"{work.said(language)} {work.title} {work.soc_code}".lower() for word in words)
    ]
