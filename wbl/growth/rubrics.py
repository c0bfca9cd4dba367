"""What a rubric says: items, each with five described levels, in English and Spanish.

``content`` of a version is ``{"items": [item, …], "skill": {"levels": [text, …]}}``. An item has
``code``, ``name``, ``says``, ``levels`` (texts, lowest first), ``framework`` and ``nace``; a text is
``{"en": …, "es": …}``, and one that lacks a language is read in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).parent / "tables" / "rubric.toml"
LEVELS = (1, 2, 3, 4, 5)
SKILL = "skill:"
"""What the code of a placement's own skill begins with."""
COMPETENCIES = ("attendance", "communication", "teamwork", "initiative", "critical_thinking", "workplace")
"""Codes by which the engine knows what is still to learn and what is taught."""
FRAMEWORK = (
    *("applied_academic", "critical_thinking", "interpersonal", "personal_qualities"),
    *("resource_management", "information_use", "communication", "systems_thinking", "technology_use"),
)
NACE = (
    *("career_self_development", "communication", "critical_thinking", "equity_inclusion"),
    *("leadership", "professionalism", "teamwork", "technology"),
)

Text = Mapping[str, str]
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is rated, in one language."""

    code: str
    name: str
    says: str
    levels: tuple[str, ...]
    framework: tuple[str, ...] = ()
    nace: tuple[str, ...] = ()

    @property
    def is_skill(self) -> bool:
        return self.code.startswith(SKILL)


def said(text: Text, language: str) -> str:
    """A text in a language, in English where there is no other."""
    return text.get(language.split("_")[0].split("-")[0]) or text.get("en", "")


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(_TABLE.read_text("utf-8"))


def default_content() -> Content:
    """The rubric that a district begins with."""
    table = _table()
    return deepcopy({"items": table["item"], "skill": table["skill"]})


def common_skills() -> list[dict[str, str]]:
    """Skills that every workplace trains: for a posting that names too few tasks."""
    return deepcopy(list(_table()["common"]))


def items_of(content: Content, language: str) -> list[Item]:
    """The competencies of a rubric."""
    return [
        Item(
            code=one["code"],
            name=said(one["name"], language),
            says=said(one["says"], language),
            levels=tuple(said(level, language) for level in one["levels"]),
            framework=tuple(one.get("framework", ())),
            nace=tuple(one.get("nace", ())),
        )
        for one in content["items"]
    ]


def with_skills(content: Content, skills: Sequence[Mapping[str, Any]], language: str) -> list[Item]:
    """The competencies, then the skills of a placement: all that is rated there."""
    levels = tuple(said(level, language) for level in content["skill"]["levels"])
    own = [Item(one["code"], said(one, language), "", levels) for one in skills]
    return items_of(content, language) + own
