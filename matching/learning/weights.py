"""Weights of the next round that a coordinator may accept, from what went with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.learning.effects import Effect

_FULL = {"completed": 0.20, "growth": 1.0}
"""An effect of this size moves a weight by the most: 20 of 100 more complete, one point of the scale."""

MOST_MOVED = 10.0
"""Of 100 in one round: one year's placements are no reason to turn a policy around."""

_GOOD_WHEN = {"preference": 1, "interest": 1, "travel": -1}
"""Whether more weight brings more of the feature (a first choice) or less of it (a long way)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Weights of 100 together, and the effects that speak for the change. Empty ``because``: no change."""

    weights: Mapping[str, float]
    because: tuple[Effect, ...]


def suggest(weights: Mapping[str, float], found: Sequence[Effect]) -> Suggestion:
    """Move the weights of what clearly went with better or worse placements, then make 100 of all.

    Parameters
    ----------
    weights
        Of ``preference``, ``interest``, ``travel`` and ``growth``, at least 0 and not all 0.
    found
        Of ``effects``. Where two outcomes disagree about a feature, it stays as it is.

    Returns
    -------
    Suggestion
        A weight of 0 stays 0: what a district does not count, no figure brings back.
    """
    total = sum(weights.values())
    now = {name: 100 * weight / total for name, weight in weights.items()}
    moves: dict[str, float] = {}
    because: list[Effect] = []
    for name, sign in _GOOD_WHEN.items():
        clear = [one for one in found if one.feature == name and one.clear and now.get(name)]
        if not clear or len({one.value > 0 for one in clear}) > 1:
            continue
        size = max(min(1.0, abs(one.value) / _FULL[one.outcome]) for one in clear)
        moves[name] = sign * (1 if clear[0].value > 0 else -1) * MOST_MOVED * size
        because += clear
    if not moves:
        return Suggestion(now, ())
    moved = {
        name: max(1.0, weight + moves[name]) if name in moves else weight for name, weight in now.items()
    }
    scale = 100 / sum(moved.values())
    return Suggestion({name: round(weight * scale, 1) for name, weight in moved.items()}, tuple(because))
