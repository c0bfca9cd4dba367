"""Equity figures in words, for a coordinator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matching.equity.floors import FloorCost
from matching.messages import list_text, say


def equity_lines(figures: Mapping[str, Any], floors: Sequence[FloorCost], language: str) -> list[str]:
    """``Equity.record()`` and what floors cost, a line a group and result."""
    lines = [*_group(figures["total"], say(language, "equity_everyone"), language)]
    for category, groups in figures["categories"].items():
        lines.append(say(language, "equity_category", category=category))
        for group in groups:
            name = group["id"] or say(language, "equity_no_group")
            lines += [f"  {line}" for line in _group(group, name, language)]
    for place, clusters in enumerate(figures["clusters"]):
        if clusters:
            lines.append(_titled("equity_clusters", place, language))
            lines += [f"  {line}" for line in _clusters(clusters, language)]
    lines += [_floor(one, language) for one in floors]
    if any(one["look"] for group in _all_groups(figures) for one in group["results"]):
        lines.append(say(language, "equity_prompt"))
    if any(group["students"] is None for group in [figures["total"], *_all_groups(figures)]):
        lines.append(say(language, "equity_left_out", smallest=figures["smallest"]))
    return lines


def _all_groups(figures: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [group for groups in figures["categories"].values() for group in groups]


def _titled(key: str, place: int, language: str) -> str:
    said = say(language, key)
    return said if place == 0 else say(language, "equity_other", number=place, said=said)


def _group(group: Mapping[str, Any], name: str, language: str) -> list[str]:
    if group["students"] is None:
        return [say(language, "equity_hidden", name=name)]
    lines = []
    for place, one in enumerate(group["results"]):
        said = say(language, "equity_rate", name=name, students=group["students"], rate=_percent(one["rate"]))
        parts = [
            say(language, f"equity_{key}", value=shown)
            for key, shown in (
                ("first_choices", _percent(one["first_choices"])),
                ("rank", _decimal(one["rank"])),
                ("utility", "" if one["utility"] is None else str(round(one["utility"]))),
                ("minutes", "" if one["minutes"] is None else str(round(one["minutes"]))),
                ("paid", _percent(one["paid"])),
                ("representation", _decimal(one["representation"], 2)),
            )
            if shown
        ]
        look = [say(language, "equity_look")] if one["look"] else []
        said = ", ".join([said, *parts, *look])
        lines.append(said if place == 0 else say(language, "equity_other", number=place, said=said))
    return lines


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def _decimal(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _clusters(clusters: Mapping[str, Any], language: str) -> list[str]:
    lines = []
    for names, counts in zip(clusters["rows"], clusters["counts"], strict=True):
        shares = ", ".join(f"{sex} {count}" for sex, count in zip(clusters["sexes"], counts, strict=True))
        lines.append(f"{list_text(language, list(names))}: {shares}")
    return lines


def _floor(one: FloorCost, language: str) -> str:
    return say(
        language,
        "equity_floor_unknown" if one.students is None else "equity_floor",
        scope=one.scope,
        id=one.id,
        floor=one.floor,
        students=one.students,
        utility=one.utility,
    )
