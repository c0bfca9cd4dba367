"""Time and memory against size, on logarithmic scales, as one SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

Record = dict[str, Any]
Found = dict[str, dict[int, Record]]

WIDTH, HEIGHT = 480, 400  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 62, 130, 40, 46
# Colours that are told apart with any colour vision (Okabe and Ito), and marks for those without.
SERIES = (
    ("memory", "Throughline", "#0072B2", "circle"),
    ("files", "… files to files", "#56B4E9", "circle"),
    ("bare", "bare min-cost flow", "#000000", "square"),
    ("highs", "HiGHS LP", "#009E73", "diamond"),
    ("scipy", "scipy assignment", "#E69F00", "square"),
    ("cbc", "PuLP with CBC", "#D55E00", "diamond"),
    ("cp-sat", "CP-SAT", "#CC79A7", "circle"),
)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis from one power of ten to another."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def powers(self) -> list[int]:
        return list(range(self.low, self.high + 1))


def plot(found: Found) -> str:
    """The picture; series that were not measured are left out."""
    panels = (
        _panel(found, "seconds", "seconds", "Time", 0),
        _panel(found, "peak_mib", "MiB", "Peak memory", WIDTH),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="title" font-family="system-ui, sans-serif" font-size="12">\n'
        '<title id="title">Time and peak memory against the number of students, both axes logarithmic; '
        "the same figures stand in results.json</title>\n"
        f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(panels) + "\n</svg>\n"
    )


def _panel(found: Found, key: str, unit: str, title: str, left: int) -> str:
    points = {
        name: sorted(
            (students, record) for students, record in found.get(name, {}).items() if record.get(key)
        )
        for name, *_ in SERIES
    }
    values = [record[key] for series in points.values() for _, record in series]
    sizes = [students for series in points.values() for students, _ in series]
    if not values:
        return ""
    x = _Scale(
        floor(log10(min(sizes))),
        max(ceil(log10(max(sizes))), floor(log10(min(sizes))) + 1),
        left + LEFT,
        left + WIDTH - RIGHT,
    )
    low = floor(log10(min(values)))
    y = _Scale(low, max(ceil(log10(max(values))), low + 1), HEIGHT - BOTTOM, TOP)
    lines = [f'<text x="{left + LEFT}" y="22" font-size="14" font-weight="600">{title} ({unit})</text>']
    for power in y.powers():
        at = y.at(10.0**power)
        lines.append(f'<path d="M{x.start} {at}H{x.end}" stroke="#ddd"/>')
        lines.append(f'<text x="{x.start - 8}" y="{at + 4}" text-anchor="end">{_number(power)}</text>')
    for power in x.powers():
        at = x.at(10.0**power)
        lines.append(f'<path d="M{at} {y.start}V{y.end}" stroke="#eee"/>')
        lines.append(f'<text x="{at}" y="{y.start + 18}" text-anchor="middle">{_number(power)}</text>')
    lines.append(f'<text x="{(x.start + x.end) / 2}" y="{HEIGHT - 8}" text-anchor="middle">students</text>')
    labels: list[tuple[float, str, str]] = []
    for name, label, colour, mark in SERIES:
        if points[name]:
            places = [(x.at(students), y.at(record[key]), record) for students, record in points[name]]
            lines += _series(places, colour, mark)
            labels.append((places[-1][1], places[-1][0], label, colour))
    return "\n".join(lines + _labels(labels))


def _series(places: list[tuple[float, float, Record]], colour: str, mark: str) -> list[str]:
    path = "L".join(f"{x} {y}" for x, y, _ in places)
    found = [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'] if len(places) > 1 else []
    for x, y, record in places:
        # Hollow: it had not finished.
        fill = colour if record.get("finished", True) else "#fff"
        style = f'fill="{fill}" stroke="{colour}" stroke-width="2"'
        if mark == "circle":
            found.append(f'<circle cx="{x}" cy="{y}" r="4" {style}/>')
        else:
            turn = f' transform="rotate(45 {x} {y})"' if mark == "diamond" else ""
            found.append(f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" {style}{turn}/>')
    return found


def _labels(labels: list[tuple[float, float, str, str]]) -> list[str]:
    """Names beside the last points, moved apart where they would lie on one another."""
    found, last = [], -100.0
    for wanted, x, words, colour in sorted(labels):
        at = max(wanted + 4, last + 14)
        last = at
        # A white rim, where the line of another series runs below the words.
        rim = 'paint-order="stroke" stroke="#fff" stroke-width="4"'
        found.append(f'<text x="{x + 9}" y="{at:.1f}" fill="{colour}" {rim}>{escape(words)}</text>')
    return found


def _number(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
