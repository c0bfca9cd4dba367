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
from matching.files.faults import Fault, not_utf8, quoted
from matching.files.toml_lines import TooMuch, key_lines, line_of, parse_toml, syntax_words
from matching.problem import (
    MODES,
    LawPolicy,
    Policy,
    SolverPolicy,
    TravelPolicy,
    Weights,
    Windows,
)
from matching.said import said

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
                self.fault((*path, key), said("unknown key; expected one of {keys}", keys=expected))
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
        reader.fault(("weights",), said("all weights are zero; at least one must be above zero"))
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
        message = not_utf8(raw[error.start])
        faults.append(Fault(POLICY_FILE, line, _key_on(raw, line), message))
        return empty
    text = text.replace("\r\n", "\n")
    try:
        return _Reader(parse_toml(text), key_lines(text), faults)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
        what = _SYNTAX_PLACE.sub("", str(error))
        what = syntax_words(what[:1].lower() + what[1:])
    except TooMuch as error:
        line, what = 1, str(error)
    except ValueError:
        line, what = 1, said("a number has thousands of digits")
    message = said("this is not valid TOML: {why}", why=what)
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
                message = said('this key goes with provider = "gtfs" alone; take it out')
                reader.fault(("travel", key), message)
    elif "feed" not in keys:
        message = said('a feed is needed; write feed = "feed.zip" and add that file')
        reader.fault(("travel", "provider"), message)
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
    return said("there is no file {name} in the folder; add it, or take the name out", name=quoted(name))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    kinds = {
        dict: said("a table"),
        list: said("a list"),
        date: said("a date"),
        datetime: said("a date with a time"),
    }
    return kinds.get(type(value), str(value)[:_SHOWN_CHARACTERS])


def _number(low: float, high: float, *, above: bool = False) -> Check:
    kind = between(said("a number"), low, high, above)

    def check(value: Any) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high or (above and value == low):
            raise BadCell(said("{cell} is not {kind}", cell=_shown(value), kind=kind))
        return float(value)

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadCell(
                said(
                    "{cell} is not a whole number from {low} to {high}",
                    cell=_shown(value),
                    low=low,
                    high=high,
                )
            )
        return value

    return check


def _word(*allowed: str) -> Check:
    def check(value: Any) -> str:
        if value not in allowed:
            expected = any_of([f'"{word}"' for word in allowed])
            raise BadCell(said("{cell} is not known; expected {words}", cell=_shown(value), words=expected))
        return str(value)

    return check


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadCell(said("{value} is neither true nor false", value=_shown(value)))
    return value


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadCell(
            said(
                "{value} is not a date; expected one without quotes and time, like 2027-01-11",
                value=_shown(value),
            )
        )
    if not 1900 <= value.year <= 2199:
        raise BadCell(
            said(
                "{cell} is not between {first} and {last}", cell=value, first="1900-01-01", last="2199-12-31"
            )
        )
    return value


def _table(value: Any) -> None:
    if not isinstance(value, dict):
        raise BadCell(said("{value} is not a table of keys and values", value=_shown(value)))


def _words(value: Any, example: str) -> list[str]:
    if value == []:
        raise BadCell(said("the list is empty; expected words in quotes, like {example}", example=example))
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadCell(
            said(
                "{value} is not a list of words in quotes, like {example}",
                value=_shown(value),
                example=example,
            )
        )
    for word in value:
        if value.count(word) > 1:
            raise BadCell(said("{word} is listed twice", word=quoted(word)))
    return value


def _goals(value: Any) -> tuple[str, ...]:
    words = _words(value, '["placed", "utility"]')
    for word in words:
        if word not in GOALS:
            raise BadCell(
                said("{word} is not a goal; expected {goals}", word=quoted(word), goals=", ".join(GOALS))
            )
    return tuple(words)


def _jurisdictions(value: Any) -> tuple[str, ...]:
    words = _words(value, '["US"]')
    shipped = jurisdictions()
    for word in words:
        if word not in shipped:
            raise BadCell(
                said(
                    "no rules of {word} ship with this version; there are {shipped}, and overlays name "
                    "files with a district's own",
                    word=quoted(word),
                    shipped=", ".join(shipped),
                )
            )
    if "US" not in words:
        raise BadCell(said('"US" is missing; federal law holds everywhere, a state adds to it'))
    return tuple(words)


def _file_name(ending: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not _FILE_NAME.fullmatch(value) or value.strip(" ") != value:
            raise BadCell(said("{value} is not the name of a file in the folder", value=_shown(value)))
        if not value.endswith(ending) or value == POLICY_FILE:
            raise BadCell(
                said(
                    "{value} is not the name of a {ending} file beside policy.toml",
                    value=quoted(value),
                    ending=ending,
                )
            )
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
        raise BadCell(said('{value} is not text with windows, like "Mon 08:00-15:00"', value=_shown(value)))
    return weekly_windows(value) if value else ()


def _format(value: Any) -> int:
    if value != 1 or isinstance(value, bool):
        raise BadCell(
            said("{value} is a format that this version cannot read; expected 1", value=_shown(value))
        )
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
