"""The policy of a round: ready-made orders of goals, and policy.toml out of the stored document."""

from __future__ import annotations

from datetime import date
from typing import Any

from matching.files import parse_toml
from matching.problem import Policy

WEIGHTS = ("preference", "interest", "travel", "growth")
GOAL_ORDERS: dict[str, tuple[str, ...]] = {
    "placed_first": ("placed", "priority", "floors", "utility"),
    "priority_first": ("priority", "placed", "floors", "utility"),
    "placed_then_fit": ("placed", "utility"),
    "fit_first": ("utility", "placed"),
}
AS_IMPORTED = "as_imported"
FEWEST_CHANGES = "fewest_changes"
_DATES = ("on_date", "date")  # stored as ISO text, written bare

PolicyDocument = dict[str, Any]


def goals_of(policy: PolicyDocument) -> tuple[str, ...]:
    """The goals in force, in order; the format's default where the document names none."""
    return tuple(policy.get("objective", {}).get("goals", Policy().goals))


def goals_that_matter(policy: PolicyDocument, *, minimums: bool) -> list[str]:
    """The goals in force, without ``floors`` where no group has a minimum."""
    return [goal for goal in goals_of(policy) if minimums or goal != "floors"]


def with_fewest_changes(policy: PolicyDocument) -> PolicyDocument:
    """The policy with "as few changes as can be" put ahead of how well the placements fit."""
    goals = [goal for goal in goals_of(policy) if goal != FEWEST_CHANGES]
    place = goals.index("utility") if "utility" in goals else len(goals)
    objective = {"goals": [*goals[:place], FEWEST_CHANGES, *goals[place:]]}
    return {**policy, "objective": {**policy.get("objective", {}), **objective}}


def order_of(policy: PolicyDocument) -> str:
    """The name of the ready-made order that the policy follows, else :data:`AS_IMPORTED`."""
    goals = goals_of(policy)
    return next((name for name, order in GOAL_ORDERS.items() if order == goals), AS_IMPORTED)


def weights_of(policy: PolicyDocument) -> dict[str, float]:
    """The four weights in force."""
    defaults = Policy().weights
    given = policy.get("weights", {})
    return {name: float(given.get(name, getattr(defaults, name))) for name in WEIGHTS}


def shares_of(policy: PolicyDocument) -> dict[str, float]:
    """The weights as shares of their sum, in percent."""
    weights = weights_of(policy)
    total = sum(weights.values())
    return {name: 100 * weight / total for name, weight in weights.items()}


def unranked_of(policy: PolicyDocument) -> str:
    return str(policy.get("pairs", {}).get("unranked", Policy().unranked))


def with_choices(
    policy: PolicyDocument, *, order: str, weights: dict[str, float], unranked: str
) -> PolicyDocument:
    """The policy with what the form decides replaced; everything else of it stays."""
    changed = {**policy, "weights": dict(weights), "pairs": {**policy.get("pairs", {}), "unranked": unranked}}
    if order != AS_IMPORTED:
        changed["objective"] = {"goals": list(GOAL_ORDERS[order])}
    return changed


def read_document(data: bytes) -> PolicyDocument:
    """A policy.toml, already found without fault, as it is stored: dates as ISO text."""
    document: PolicyDocument = _with_texts(parse_toml(data.decode("utf-8-sig").replace("\r\n", "\n")))
    return document


def _with_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_texts(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def files_named(policy: PolicyDocument) -> set[str]:
    """The files of the folder that a policy names: a transit feed and a district's own labor rules."""
    feed = policy.get("travel", {}).get("feed", "")
    return {*policy.get("law", {}).get("overlays", ()), *([feed] if feed else [])}


def policy_toml(policy: PolicyDocument, starts_on: date) -> bytes:
    """policy.toml, always with ``on_date``: the document's own, else the start of the round."""
    document = {"format": 1, "on_date": starts_on.isoformat(), **policy}
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [_line(key, value) for key, value in sorted(plain.items())]
    for name, table in sorted(document.items()):
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(_line(key, value) for key, value in sorted(table.items()))]
    return ("\n".join(lines) + "\n").encode()


def _line(key: str, value: Any) -> str:
    return f"{key} = {value if key in _DATES else _value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_value(item)}" for key, item in sorted(value.items()))
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
