"""The tasks that employers choose from, and what labor law calls each of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "tables" / "tasks.toml"


@dataclass(frozen=True, slots=True)
class Task:
    """``hazards`` are codes of the engine's labor rules; ``drives``: the student drives."""

    code: str
    area: str
    words: Mapping[str, str]
    hazards: tuple[str, ...]
    drives: bool

    def said(self, language: str) -> str:
        """The task in a language, in English where there is no other."""
        return self.words.get(language, self.words["en"])


@cache
def tasks() -> Mapping[str, Task]:
    """Every task of the table by its code, in the order of the table."""
    return {
        row["code"]: Task(
            code=row["code"],
            area=row["area"],
            words={"en": row["en"], "es": row["es"]},
            hazards=tuple(row["hazards"]),
            drives=row.get("drives", False),
        )
        for row in tomllib.loads(_TABLE.read_text("utf-8"))["task"]
    }


@cache
def areas() -> Mapping[str, Mapping[str, str]]:
    """The names of the areas that tasks are listed under, by code and language."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(_TABLE.read_text("utf-8"))["areas"]
    return found


def hazards_of(codes: Iterable[str], more: Iterable[str] = ()) -> str:
    """The ``hazards`` cell of some tasks, and of codes that were named besides."""
    known = tasks()
    return ";".join(
        sorted({code for one in codes if one in known for code in known[one].hazards} | set(more))
    )


def drives(codes: Iterable[str]) -> bool:
    """Whether one of these tasks is driving."""
    known = tasks()
    return any(known[code].drives for code in codes if code in known)
