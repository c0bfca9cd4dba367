"""The digest of a problem: equal exactly where everything that decides is equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from matching.files.arrays import canonical
from matching.files.cells import format_windows
from matching.problem import Column, Policy, Problem

_PARTS = (
    "students",
    "opportunities",
    "schools",
    "preferences",
    "refusals",
    "pins",
    "growth",
    "eligible",
)
_WHERE_FILLED = ("limits", "companions", "budgets", "calendar")
"""Hashed where they hold a row: they came later, and the rounds before them keep their digest."""

_COLUMNS_WHERE_FILLED = {("students", "to_learn"), ("opportunities", "teaches"), ("opportunities", "growth")}
"""The same, column by column: hashed where a row holds something."""

_LEFT_OUT = {
    ("students", "school"),  # follows from school_id
    # Only where they stand.
    ("pins", "line"),
    ("limits", "line"),
    ("companions", "line"),
}


def digest(problem: Problem) -> str:
    """Return SHA-256 (hex) over the canonical problem and policy.

    It does not depend on the order of rows, columns or items of a list, on how a value is
    spelled, or on whether a default is written out. ``workers`` is left out: the result is the
    same with any number of them, and so is its certificate, which holds the digest.
    """
    hasher = hashlib.sha256(_policy_text(problem.policy).encode())
    filled = [part for part in _WHERE_FILLED if len(getattr(problem, part))]
    for part in (*_PARTS, *filled):
        table = getattr(problem, part)
        if table is None:
            continue
        hasher.update(f"\n[{part}]".encode())
        for field in fields(table):
            if (part, field.name) not in _LEFT_OUT and _counts(part, field.name, table):
                hasher.update(f"\n{field.name}=".encode())
                for piece in _pieces(getattr(table, field.name)):
                    hasher.update(piece)
    for name, text in sorted(problem.overlays.items()):
        hasher.update(f"\n[overlay {name}]\n{len(text)}\n{text}".encode())
    if problem.feed:
        hasher.update(f"\n[feed]\n{problem.feed.digest}".encode())
    return hasher.hexdigest()


def _counts(part: str, name: str, table: Any) -> bool:
    if (part, name) not in _COLUMNS_WHERE_FILLED:
        return True
    values = getattr(table, name)
    return any(values.values) if isinstance(values, Column) else not bool(np.isnan(values).all())


def _pieces(values: Any) -> list[bytes]:
    """Return what is hashed of one column. No identifier or value holds a line feed."""
    if isinstance(values, tuple):
        return [str(len(values)).encode(), b"\n", "\n".join(values).encode()]
    if isinstance(values, Column):
        texts = "\n".join(canonical(value) for value in values.values)
        return [*_pieces(values.codes), b"\n", texts.encode()]
    kind = "<f8" if values.dtype.kind == "f" else "<i8"
    # Not every NaN has the same bits.
    plain = np.where(np.isnan(values), np.nan, values) if kind == "<f8" else values
    return [f"{kind}{values.shape}\n".encode(), np.ascontiguousarray(plain, dtype=kind).tobytes()]


def _policy_text(policy: Policy) -> str:
    plain = asdict(policy)
    plain["on_date"] = policy.on_date.isoformat() if policy.on_date else None
    plain["law"]["school_hours"] = format_windows(policy.law.school_hours)
    # A feed and overlays count by what they hold; a key is hashed only where it is given.
    del plain["travel"]["feed"], plain["law"]["overlays"]
    service_date = plain["travel"].pop("service_date")
    if service_date:
        plain["travel"]["date"] = service_date.isoformat()
    plain["law"]["jurisdictions"] = sorted(policy.law.jurisdictions)
    del plain["solver"]["workers"]
    return json.dumps(_numbers(plain), sort_keys=True)


def _numbers(value: Any) -> Any:
    """Write 40 and 40.0 alike."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value
