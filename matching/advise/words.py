"""Advice in words, for a coordinator: on the command line and in the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matching.messages import label, list_text, say, window_text


def advice_lines(advice: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> list[str]:
    """``Advice.record()`` in words, a line a piece of advice.

    Parameters
    ----------
    language
        ``en`` or ``es``.
    titles
        Names by ``opportunity_id``; what is missing shows its identifier.
    """
    lines = [say(language, "advise_placed", placed=advice["placed"], students=advice["students"])]
    if not advice.get("proved", True):
        lines.append(say(language, "advise_unproved"))
    for part, said in advice_parts(advice, language, titles).items():
        lines.append(say(language, f"advise_{part}_head"))
        lines += [f"  {line}" for line in said or [say(language, "advise_nothing")]]
    return lines


def advice_parts(advice: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines of each part of the advice: ``seats``, ``recruit``, ``rules`` and ``excluded``."""
    return {
        "seats": [_seat(one, language, titles) for one in advice["seats"]],
        "recruit": [_recruit(one, language) for one in advice["recruit"]],
        "rules": [_rule(one, language) for one in advice["rules"]],
        "excluded": [
            say(language, "advise_excluded", reason=label(language, reason), pairs=pairs)
            for reason, pairs in advice["excluded"].items()
        ],
    }


def _seat(one: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> str:
    identifier = one["opportunity_id"]
    title = titles.get(identifier, identifier)
    if sum(other == title for other in titles.values()) > 1:
        title = f"{title} ({identifier})"  # several employers offer work of this name
    if one["students"] > 0:
        return say(language, "advise_seat", title=title, students=one["students"])
    return say(language, "advise_seat_fits", title=title, utility=one["utility"])


def _recruit(one: Mapping[str, Any], language: str) -> str:
    place = say(language, "advise_at", latitude=one["latitude"], longitude=one["longitude"])
    if one["school_id"]:
        place = say(language, "advise_at_school", school=one["school_id"])
    times = list_text(language, [window_text(language, *window) for window in one["windows"]])
    where = [
        say(language, "advise_cluster", cluster=one["cluster"]) if one["cluster"] else "",
        place,
        say(language, "advise_times", windows=times) if times else "",
    ]
    said = " ".join(part for part in where if part)
    return say(language, "advise_recruit", seats=one["seats"], students=one["students"], where=said)


def _rule(one: Mapping[str, Any], language: str) -> str:
    return say(
        language,
        "advise_rule",
        rule=say(language, f"advise_rule_{one['rule']}"),
        students=one["students"],
        pairs=one["pairs"],
    )
