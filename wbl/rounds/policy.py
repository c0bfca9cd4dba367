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

PolicyDocument = dict[str, Any]


def goals_of(policy: PolicyDocument) -> tuple[str, ...]:
    """The goals in force, in order; the format's default where the document names none."""
    return tuple(policy.get("objective", {}).get("goals", Policy().goals))


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
    document = parse_toml(data.decode("utf-8-sig").replace("\r\n", "\n"))
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in document.items()}


def policy_toml(policy: PolicyDocument, starts_on: date) -> bytes:
    """policy.toml, always with ``on_date``: the document's own, else the start of the round."""
    document = {"format": 1, "on_date": starts_on.isoformat(), **policy}
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [
        f"{key} = {value}" if key == "on_date" else f"{key} = {_value(value)}"
        for key, value in sorted(plain.items())
    ]
    for name, table in sorted(document.items()):
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in sorted(table.items()))]
    return ("\n".join(lines) + "\n").encode()


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
