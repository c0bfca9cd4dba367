"""policy.toml to a :class:`~matching.problem.Policy`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matching.eligibility.labor_rules import jurisdictions
from matching.files.calendar import unknown_letter
from matching.files.cells import BadCell, any_of, between, weekly_windows
from matching.files.columns import POLICY_FILE
from matching.files.faults import Fault, quoted
from matching.files.toml_lines import TooMuch, key_lines, line_of, parse_toml
from matching.problem import (
    MODES,
    LawPolicy,
    Policy,
    SolverPolicy,
    TravelPolicy,
    Weights,
    Windows,
)

GOALS = (
    "placed",
    "priority",
    "floors",
    "utility",
    "worst_utility",
    "first_choices",
    "fewest_changes",
)

Check = Callable[[Any], Any]
_SYNTAX_PLACE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
_SHOWN_CHARACTERS = 40
_FILE_NAME = re.compile(r"\w[\w .-]{0,63}")


@dataclass(frozen=True, slots=True)
class _Reader:
    """The parsed file, and where to report."""

    data: dict[str, Any]
    lines: Mapping[tuple[str, ...], int]
    faults: list[Fault]

    def fault(self, path: tuple[str, ...], message: str) -> None:
        self.faults.append(Fault(POLICY_FILE, line_of(self.lines, path), ".".join(path) or "policy", message))

    def values(self, path: tuple[str, ...], checks: Mapping[str, Check]) -> dict[str, Any]:
        """Return the checked values that a table gives; the rest keeps its default."""
        table: Any = self.data
        for key in path:
            table = table.get(key, {})
            if not isinstance(table, dict):
                return {}  # reported where its parent was read
        good: dict[str, Any] = {}
        for key, value in table.items():
            if key not in checks:
                expected = ", ".join(checks)
                self.fault((*path, key), f"unknown key; expected one of {expected}")
                continue
            try:
                good[key] = checks[key](value)
            except BadCell as error:
                self.fault((*path, key), str(error))
        return good


def read_policy(files: Mapping[str, bytes], letters: frozenset[str], faults: list[Fault]) -> Policy:
    """Read policy.toml; without the file everything has its default.

    Everything wrong is appended to `faults`; the policy then has defaults in those places.

    Parameters
    ----------
    files
        All of the folder: a feed and overlays that the policy names have to be there.
    letters
        The day letters of calendar.csv.
    """
    reader = _load(files.get(POLICY_FILE), faults)
    top = reader.values((), _TOP)
    objective = reader.values(("objective",), {"goals": _goals})
    weights = reader.values(("weights",), dict.fromkeys(_WEIGHTS, _number(0, 1e6)))
    pairs = reader.values(("pairs",), {"unranked": _word("never", "if_open", "always")})
    shares = Weights(**weights)
    if not any((shares.preference, shares.interest, shares.travel, shares.growth)):
        reader.fault(("weights",), "all weights are zero; at least one must be above zero")
    return Policy(
        on_date=top.get("on_date"),
        goals=objective.get("goals", Policy().goals),
        weights=shares,
        unranked=pairs.get("unranked", Policy().unranked),
        travel=_travel(reader, files),
        law=_law(reader, files, letters),
        solver=SolverPolicy(**reader.values(("solver",), _SOLVER)),
    )


def _load(data: bytes | None, faults: list[Fault]) -> _Reader:
    empty = _Reader({}, {}, faults)
    if data is None:
        return empty
    raw = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02X} is not UTF-8; save the file in UTF-8"
        faults.append(Fault(POLICY_FILE, line, _key_on(raw, line), message))
        return empty
    text = text.replace("\r\n", "\n")
    try:
        return _Reader(parse_toml(text), key_lines(text), faults)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
        what = _SYNTAX_PLACE.sub("", str(error))
    except TooMuch as error:
        line, what = 1, str(error)
    except ValueError:
        line, what = 1, "a number has thousands of digits"
    message = f"this is not valid TOML: {what[:1].lower()}{what[1:]}"
    faults.append(Fault(POLICY_FILE, line, _key_on(raw, line), message))
    return empty


def _key_on(raw: bytes, line: int) -> str:
    text = raw.split(b"\n")[line - 1].decode("utf-8", "replace")
    key = re.match(r"[\s\[]*([A-Za-z0-9_.-]+)", text)
    return key[1] if key else "policy"


def named_files(data: bytes | None) -> tuple[str, ...]:
    """Return the files that a policy names: its feed and its overlays. Of a policy at fault, none."""
    faults: list[Fault] = []
    reader = _load(data, faults)
    travel = reader.values(("travel",), {"feed": _feed_name, **dict.fromkeys(_TRAVEL, _any)})
    law = reader.values(("law",), {"overlays": _overlay_names, **dict.fromkeys(_LAW, _any)})
    names = [travel.get("feed"), *law.get("overlays", ())]
    return tuple(name for name in names if isinstance(name, str))


def policy_fault(files: Mapping[str, bytes], path: tuple[str, ...], message: str) -> Fault:
    """Return a fault at a key of a policy that could be read."""
    lines = _load(files.get(POLICY_FILE), []).lines
    return Fault(POLICY_FILE, line_of(lines, path), ".".join(path), message)


def _travel(reader: _Reader, files: Mapping[str, bytes]) -> TravelPolicy:
    defaults = TravelPolicy()
    values = reader.values(("travel",), _TRAVEL)
    given = reader.data.get("travel")
    keys = given if isinstance(given, dict) else {}
    speed = reader.values(("travel", "speed_km_h"), dict.fromkeys(MODES, _number(0, 1000, above=True)))
    overhead = reader.values(("travel", "overhead_minutes"), dict.fromkeys(MODES, _number(0, 1440)))
    if keys.get("provider") != "gtfs":
        for key in ("feed", "date"):
            if values.pop(key, None) is not None:
                reader.fault(("travel", key), 'this key goes with provider = "gtfs" alone; take it out')
    elif "feed" not in keys:
        reader.fault(("travel", "provider"), 'a feed is needed; write feed = "feed.zip" and add that file')
    elif "feed" in values and values["feed"] not in files:
        reader.fault(("travel", "feed"), _absent(values["feed"]))
    values["service_date"] = values.pop("date", None)
    values["speed_km_h"] = {**defaults.speed_km_h, **speed}
    values["overhead_minutes"] = {**defaults.overhead_minutes, **overhead}
    return TravelPolicy(**values)


def _law(reader: _Reader, files: Mapping[str, bytes], letters: frozenset[str]) -> LawPolicy:
    values = reader.values(("law",), _LAW)
    if said := unknown_letter(values.get("school_hours"), letters):
        reader.fault(("law", "school_hours"), said)
    for name in values.get("overlays", ()):
        if name not in files:
            reader.fault(("law", "overlays"), _absent(name))
    return LawPolicy(**values)


def _absent(name: str) -> str:
    return f"there is no file {quoted(name)} in the folder; add it, or take the name out"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    kinds = {dict: "a table", list: "a list", date: "a date", datetime: "a date with a time"}
    return kinds.get(type(value), str(value)[:_SHOWN_CHARACTERS])


def _number(low: float, high: float, *, above: bool = False) -> Check:
    kind = f"a number {between(low, high, above)}"

    def check(value: Any) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high or (above and value == low):
            raise BadCell(f"{_shown(value)} is not {kind}")
        return float(value)

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadCell(f"{_shown(value)} is not a whole number from {low} to {high}")
        return value

    return check


def _word(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if value not in allowed:
            expected = any_of([f'"{word}"' for word in allowed])
            raise BadCell(f"{_shown(value)} is not known; expected {expected}")
        return str(value)

    return check


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadCell(f"{_shown(value)} is neither true nor false")
    return value


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadCell(f"{_shown(value)} is not a date; expected one without quotes and time, like 2027-01-11")
    if not 1900 <= value.year <= 2199:
        raise BadCell(f"{value} is not between 1900-01-01 and 2199-12-31")
    return value


def _table(value: Any) -> None:
    if not isinstance(value, dict):
        raise BadCell(f"{_shown(value)} is not a table of keys and values")


def _words(value: Any, example: str) -> list[str]:
    if value == []:
        raise BadCell(f"the list is empty; expected words in quotes, like {example}")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadCell(f"{_shown(value)} is not a list of words in quotes, like {example}")
    for word in value:
        if value.count(word) > 1:
            raise BadCell(f"{quoted(word)} is listed twice")
    return value


def _goals(value: Any) -> tuple[str, ...]:
    words = _words(value, '["placed", "utility"]')
    for word in words:
        if word not in GOALS:
            raise BadCell(f"{quoted(word)} is not a goal; expected {', '.join(GOALS)}")
    return tuple(words)


def _jurisdictions(value: Any) -> tuple[str, ...]:
    words = _words(value, '["US"]')
    shipped = jurisdictions()
    for word in words:
        if word not in shipped:
            raise BadCell(
                f"no rules of {quoted(word)} ship with this version; there are {', '.join(shipped)}, "
                "and overlays name files with a district's own"
            )
    if "US" not in words:
        raise BadCell('"US" is missing; federal law holds everywhere, a state adds to it')
    return tuple(words)


def _file_name(ending: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not _FILE_NAME.fullmatch(value) or value.strip(" ") != value:
            raise BadCell(f"{_shown(value)} is not the name of a file in the folder")
        if not value.endswith(ending) or value == POLICY_FILE:
            raise BadCell(f"{quoted(value)} is not the name of a {ending} file beside policy.toml")
        return value

    return check


_feed_name = _file_name(".zip")
_overlay_name = _file_name(".toml")


def _overlay_names(value: Any) -> tuple[str, ...]:
    if value == []:
        return ()
    return tuple(_overlay_name(word) for word in _words(value, '["our-district.toml"]'))


def _school_hours(value: Any) -> Windows:
    if not isinstance(value, str):
        raise BadCell(f'{_shown(value)} is not text with windows, like "Mon 08:00-15:00"')
    return weekly_windows(value) if value else ()


def _format(value: Any) -> int:
    if value != 1 or isinstance(value, bool):
        raise BadCell(f"{_shown(value)} is a format that this version cannot read; expected 1")
    return 1


def _any(value: Any) -> Any:
    return value


_WEIGHTS = ("preference", "interest", "travel", "growth")
_TOP: Mapping[str, Check] = {
    "format": _format,
    "on_date": _date,
    "objective": _table,
    "weights": _table,
    "pairs": _table,
    "travel": _table,
    "law": _table,
    "solver": _table,
}
_TRAVEL: Mapping[str, Check] = {
    "provider": _word("straight_line", "gtfs"),
    "feed": _feed_name,
    "date": _date,
    "circuity": _number(1, 10),
    "speed_km_h": _table,
    "overhead_minutes": _table,
    "reference_minutes": _number(0, 1440, above=True),
}
_LAW: Mapping[str, Check] = {
    "jurisdictions": _jurisdictions,
    "trainees": _word("as_employees", "hours_exempt"),
    "school_hours": _school_hours,
    "in_session": _boolean,
    "overlays": _overlay_names,
}
_SOLVER: Mapping[str, Check] = {
    "time_limit_seconds": _number(0, 604_800, above=True),
    "workers": _whole(1, 1024),
    "seed": _whole(0, 2**31 - 1),
}
