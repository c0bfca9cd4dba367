"""What did interests, preference and travel have to do with how placements went?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.learning.history import LEAST_CLOSED, History
from matching.learning.mixed import FloatArray, Group, fit

FEATURES: Mapping[str, Callable[[History], FloatArray]] = {
    "preference": lambda history: _at_least(history.preference, 0.75),
    "interest": lambda history: _at_least(history.interest, 0.75),
    "travel": lambda history: _at_least(history.minutes, 45.0, strict=True),
}
"""Each is yes or no, so that it can be said: one of the first three choices (a part of 0.8 or more), a good
match of interests (as explanations call it), a way of more than 45 minutes."""

OUTCOMES = ("completed", "growth")

SURE, VERY_SURE = 0.95, 0.99
"""That all intervals of one outcome hold at once (Bonferroni): of what is shown, and of what is acted on."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a feature went with, other features, round, site and rater being equal.

    ``value`` is the difference in the outcome between yes and no, in its unit: of ``completed`` a share,
    of ``growth`` points of the scale. ``low`` to ``high`` is the interval at ``SURE``; ``clear`` says that
    the wider one at ``VERY_SURE`` leaves out zero.
    """

    outcome: str
    feature: str
    value: float
    low: float
    high: float
    placements: int
    with_feature: int
    clear: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """``closed``: how many placements were looked at; of fewer than ``LEAST_CLOSED``, ``found`` is empty."""

    closed: int
    found: tuple[Effect, ...]


def effects(history: History) -> Effects:
    """Ridge regression of each outcome on all features, with sites and raters as random effects.

    The penalty is the variance of the features' effects, estimated with those of sites and raters (see
    ``mixed``). An outcome of which fewer than ``LEAST_CLOSED`` rows are known is left out, and so is a
    feature that fewer than five rows have, or fewer than five have not.
    """
    found: list[Effect] = []
    features = {name: of(history) for name, of in FEATURES.items()}
    known = np.asarray(~np.isnan(np.column_stack(list(features.values()))).any(axis=1))
    for outcome in OUTCOMES:
        found += _effects_on(history, outcome, features, known)
    return Effects(len(history), tuple(found))


def _effects_on(
    history: History, outcome: str, features: Mapping[str, FloatArray], known: NDArray[np.bool_]
) -> list[Effect]:
    y: FloatArray = getattr(history, outcome)
    rows = np.flatnonzero(known & ~np.isnan(y))
    if len(rows) < LEAST_CLOSED:
        return []
    counts = {name: int(values[rows].sum()) for name, values in features.items()}
    names = [name for name, count in counts.items() if 5 <= count <= len(rows) - 5]
    if not names:
        return []
    columns = np.column_stack([features[name][rows] for name in names])
    fitted = fit(
        y[rows],
        history.rounds(rows),
        columns - columns.mean(axis=0),
        Group(history.site[rows], history.sites),
        Group(history.rater[rows], history.raters),
    )
    sure, very_sure = _reach(SURE, len(names), len(rows)), _reach(VERY_SURE, len(names), len(rows))
    return [
        Effect(
            outcome,
            name,
            float(value),
            float(value - sure * error),
            float(value + sure * error),
            len(rows),
            counts[name],
            bool(abs(value) > very_sure * error),
        )
        for name, value, error in zip(names, fitted.features, fitted.features_error, strict=True)
    ]


def _reach(confidence: float, intervals: int, rows: int) -> float:
    """Standard errors to each side, for several two-sided intervals to hold at once."""
    from scipy.stats import t  # takes longer to load than all else here

    return float(t.ppf(1 - (1 - confidence) / (2 * intervals), max(1, rows - intervals - 1)))


def _at_least(values: FloatArray, limit: float, *, strict: bool = False) -> FloatArray:
    yes = values > limit if strict else values >= limit
    return np.where(np.isnan(values), np.nan, yes.astype(float))
