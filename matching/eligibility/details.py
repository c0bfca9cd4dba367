"""What a reason rests on, as codes and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matching.problem import IntArray

Details = list[dict[str, Any]]
"""What speaks against one pair under one reason, an entry for each rule or missing thing."""


def one_by_one(
    detail: Callable[[int, int], Details], student: IntArray, opportunity: IntArray
) -> list[Details]:
    """Details of arrays of pairs, of a rule that looks at one pair at a time."""
    pairs = zip(student.tolist(), opportunity.tolist(), strict=True)
    return [detail(s, o) for s, o in pairs]
