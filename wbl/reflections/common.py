"""The prompts that every district begins with, and prompts as a page asks them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wbl.reflections.models import Asked, DealStep, Phase

_TABLE = Path(__file__).parent / "tables" / "prompts.toml"
ORDER = list(DealStep)


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt in every language that it is known in: ``words`` by language."""

    code: str
    asked: Asked
    step: DealStep
    scale: bool
    words: Mapping[str, str]

    def said(self, language: str) -> str:
        """In a language; in another one where it is not known in that."""
        return self.words.get(language) or self.words.get("en") or next(iter(self.words.values()), "")

    def asked_in(self, phase: Phase) -> bool:
        if self.asked is Asked.BOTH:
            return phase is not Phase.WEEKLY
        return self.asked.value == phase.value

    def as_kept(self) -> dict[str, Any]:
        """What a reflection that is handed in keeps of it."""
        return {
            "code": self.code,
            "asked": self.asked.value,
            "step": self.step.value,
            "scale": self.scale,
            "words": dict(self.words),
        }


@cache
def common() -> Mapping[str, Question]:
    """By code, in the order of the table."""
    return {
        row["code"]: Question(
            code=row["code"],
            asked=Asked(row["asked"]),
            step=DealStep(row["step"]),
            scale=row.get("scale", False),
            words={"en": row["en"], "es": row["es"]},
        )
        for row in tomllib.loads(_TABLE.read_text("utf-8"))["prompt"]
    }


def kept(entries: Sequence[Mapping[str, Any]]) -> list[Question]:
    """The prompts that a reflection keeps."""
    return [
        Question(
            entry["code"],
            Asked(entry["asked"]),
            DealStep(entry["step"]),
            bool(entry["scale"]),
            entry["words"],
        )
        for entry in entries
    ]


def in_order(questions: Sequence[Question]) -> list[Question]:
    """In the steps of DEAL; what is asked in words before what is to agree with."""
    return sorted(questions, key=lambda one: (one.scale, ORDER.index(one.step)))
