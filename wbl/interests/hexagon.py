"""The drawing of six interest scores: points of a hexagon, in units of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from matching.problem import RIASEC
from wbl.interests.activities import HIGHEST

RADIUS = 100.0
RINGS = (10, 20, 30, 40)
_LABEL_AT = 1.16


@dataclass(frozen=True, slots=True)
class Corner:
    """One letter: where its axis ends, where its score lies, where its label stands."""

    letter: str
    score: float
    end: tuple[float, float]
    at: tuple[float, float]
    label: tuple[float, float]
    anchor: str  # start | middle | end


@dataclass(frozen=True, slots=True)
class Hexagon:
    """What a chart of six scores is drawn from; ``earlier`` is "" where there is nothing to compare."""

    corners: list[Corner]
    rings: list[str]
    shape: str
    earlier: str


def hexagon(scores: Sequence[float], earlier: Sequence[float] | None = None) -> Hexagon:
    """Points for scores from 0 to 40 in the order R I A S E C, R at the top left, clockwise.

    Neighbors on the ring are alike, opposites are not: that is what the shape is for.
    """
    corners = []
    for index, (letter, score) in enumerate(zip(RIASEC, scores, strict=True)):
        label = _point(index, RADIUS * _LABEL_AT)
        anchor = "start" if label[0] > 1 else "end" if label[0] < -1 else "middle"
        end, at = _point(index, RADIUS), _point(index, RADIUS * score / HIGHEST)
        corners.append(Corner(letter, score, end, at, label, anchor))
    return Hexagon(
        corners=corners,
        rings=[_outline([ring] * len(RIASEC)) for ring in RINGS],
        shape=_outline(scores),
        earlier=_outline(earlier) if earlier else "",
    )


def _outline(scores: Sequence[float]) -> str:
    points = [_point(index, RADIUS * score / HIGHEST) for index, score in enumerate(scores)]
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _point(index: int, distance: float) -> tuple[float, float]:
    angle = (index * 60 - 120) * pi / 180
    return round(distance * cos(angle), 1), round(distance * sin(angle), 1)
