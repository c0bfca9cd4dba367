"""The tables that the demo rounds draw from, read from TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

TABLES = Path(__file__).parent / "tables"

GRADES = (8, 9, 10, 11, 12, 13)


@dataclass(frozen=True, slots=True)
class Program:
    """A program of study. ``courses`` are in the order in which they are taken."""

    code: str
    share: float
    riasec: str
    cluster: str
    courses: tuple[str, ...]
    credentials: tuple[str, ...]
    cooperative: bool


@cache
def load(name: str) -> Mapping[str, Any]:
    """Return a table of the demo by the name of its file, without the ending."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def programs() -> tuple[Program, ...]:
    """Return the programs of study that made-up students are enrolled in."""
    return tuple(
        Program(
            code=code,
            share=entry["share"],
            riasec=entry["riasec"],
            cluster=entry["cluster"],
            courses=tuple(entry["courses"]),
            credentials=tuple(entry["credentials"]),
            cooperative=entry["cooperative"],
        )
        for code, entry in load("common")["programs"].items()
    )


@cache
def need_shares() -> Mapping[str, float]:
    """Return how often each accommodation code occurs among students who need something."""
    return {code: entry["share"] for code, entry in load("common")["needs"].items()}


def what_to_bring(key: str) -> tuple[str, str]:
    """Return what a student brings along, in the words of a letter: English, Spanish."""
    phrase = load("common")["bring"][key]
    return phrase["en"], phrase["es"]


@cache
def availability(grade: int) -> Mapping[str, float]:
    """Return when students of a grade are free, and how often; grades 8 and 9 are alike."""
    column = max(0, grade - 9)
    return {entry["windows"]: entry["share"][column] for entry in load("common")["availability"]}


def pick(rng: Random, shares: Mapping[T, float]) -> T:
    """Draw one key, each as often as its share of the sum."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def apportion(shares: Sequence[float], total: int) -> list[int]:
    """Split ``total`` by shares into whole numbers, by largest remainder (ties to the first).

    A small round then has each part at its share, where drawing would miss some parts by chance.
    """
    quotas = [share * total / sum(shares) for share in shares]
    counts = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(shares)), key=lambda i: counts[i] - quotas[i])
    for index in by_remainder[: total - sum(counts)]:
        counts[index] += 1
    return counts
