"""What one cell may hold: text in, value out, or :class:`BadCell` with what was expected.

A parser never sees an empty cell: what that means is the column's default. Identifiers are
compared exactly; in every other cell spaces around the value are left out, and spaces and line
ends around the items of a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from matching.files.faults import quoted
from matching.problem import MODES, MONEY_SCALE, RIASEC, Codes, Window, Windows
from matching.said import Said, said

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
IDENTIFIER_LENGTH = 64
LARGEST_WHOLE = 1_000_000
MONEY_DECIMALS = len(str(MONEY_SCALE)) - 1

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WINDOW = re.compile(r"(?P<day>\S+) +(?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})", re.ASCII)
_LETTER = re.compile(r"[A-Z]", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*|x(?:-[A-Za-z0-9]{1,8})+", re.ASCII)
_FIRST_DATE, _LAST_DATE = date(1900, 1, 1), date(2199, 12, 31)


class BadCell(ValueError):
    """What is wrong with a cell and what was expected."""


class Riasec(NamedTuple):
    """Interests of one side: letters as indices into "RIASEC", best first, or six scores."""

    letters: tuple[int, ...]
    scores: tuple[float, ...] | None


NO_RIASEC = Riasec((), None)


def identifier(text: str) -> str:
    """Opaque text of 1 to 64 printable characters, kept exactly."""
    if len(text) > IDENTIFIER_LENGTH:
        raise BadCell(
            said(
                "{cell} has {count} characters; an identifier has at most {most}",
                cell=quoted(text),
                count=len(text),
                most=IDENTIFIER_LENGTH,
            )
        )
    if "\n" in text:
        raise BadCell(said("{cell} runs over several lines; an identifier has one", cell=quoted(text)))
    return text


def title(text: str) -> str:
    """A line of text for people."""
    if "\n" in text:
        raise BadCell(said("{cell} runs over several lines; expected one line of text", cell=quoted(text)))
    return text.strip(" ")


def code(text: str) -> str:
    """An opaque code: 1 to 64 characters without spaces."""
    if any(character.isspace() for character in text):
        raise BadCell(
            said("{cell} holds a space; a code has none, and ; separates several", cell=quoted(text))
        )
    return identifier(text)


def choice(*allowed: str) -> Callable[[str], str]:
    """Return a parser for one of a few words."""

    def parse(text: str) -> str:
        word = text.strip(" ")
        if word not in allowed:
            raise BadCell(
                said("{cell} is not known; expected {words}", cell=quoted(text), words=any_of(allowed))
            )
        return word

    return parse


def yes_no(text: str) -> bool:
    """``yes`` or ``no``."""
    word = text.strip(" ")
    if word not in ("yes", "no"):
        raise BadCell(said("{cell} is neither yes nor no", cell=quoted(text)))
    return word == "yes"


def whole(low: int, high: int = LARGEST_WHOLE) -> Callable[[str], int]:
    """Return a parser for whole numbers from `low` to `high`, both included."""

    def parse(text: str) -> int:
        word = text.strip(" ")
        if not _WHOLE.fullmatch(word) or not low <= int(word) <= high:
            raise BadCell(
                said(
                    "{cell} is not a whole number from {low} to {high}", cell=quoted(text), low=low, high=high
                )
            )
        return int(word)

    return parse


def decimal(
    low: float, high: float, *, above: bool = False, of: str = said("a number")
) -> Callable[[str], float]:
    """Return a parser for numbers from `low` (or ``above`` it) to `high`."""
    kind = between(of, low, high, above)

    def parse(text: str) -> float:
        word = text.strip(" ")
        number = float(word) if _DECIMAL.fullmatch(word) else None
        if number is None or not low <= number <= high or (above and number == low):
            raise BadCell(said("{cell} is not {kind}", cell=quoted(text), kind=kind))
        return number + 0.0  # -0.0 and 0.0 are one value, also in the digest

    return parse


def money(high: float) -> Callable[[str], float]:
    """Return a parser for amounts of USD from 0 to `high`; more than four decimals are a fault."""
    parse_number = decimal(0, high, of=said("an amount"))

    def parse(text: str) -> float:
        number = parse_number(text)
        if len(text.strip(" ").partition(".")[2].rstrip("0")) > MONEY_DECIMALS:
            raise BadCell(
                said("{cell} has more than {count} decimals", cell=quoted(text), count=MONEY_DECIMALS)
            )
        return number

    return parse


def between(kind: str, low: float, high: float, above: bool = False) -> Said:
    """Say which numbers, or amounts, or degrees, are allowed."""
    if above:
        return said("{kind} above {low:.0f} up to {high:.0f}", kind=kind, low=low, high=high)
    return said("{kind} from {low:.0f} to {high:.0f}", kind=kind, low=low, high=high)


def iso_date(text: str) -> int:
    """Return the ordinal of a date like 2027-01-14."""
    word = text.strip(" ")
    if _DATE.fullmatch(word):
        try:
            day = date.fromisoformat(word)
        except ValueError:
            raise BadCell(said("{cell} is not a day of the calendar", cell=quoted(text))) from None
        if _FIRST_DATE <= day <= _LAST_DATE:
            return day.toordinal()
        raise BadCell(
            said(
                "{cell} is not between {first} and {last}",
                cell=quoted(text),
                first=_FIRST_DATE,
                last=_LAST_DATE,
            )
        )
    raise BadCell(said("{cell} is not a date; expected the form 2027-01-14", cell=quoted(text)))


def items(text: str) -> list[str]:
    """Split a cell that holds a list."""
    found = text.split(";")
    if " " in text or "\n" in text:
        found = [item.strip(" \r\n") for item in found]
    if "" in found:
        raise BadCell(said("{cell} has an empty item; one ; stands between two items", cell=quoted(text)))
    return found


def set_of(parse: Callable[[str], str]) -> Callable[[str], Codes]:
    """Return a parser for a list whose order does not matter."""

    def parse_all(text: str) -> Codes:
        return frozenset(parse(item) for item in items(text))

    return parse_all


travel_modes = set_of(choice(*MODES))


def language(text: str) -> str:
    """A BCP 47 tag in its usual spelling (RFC 5646, 2.1.1): es, zh-Hant, pt-BR."""
    if not _LANGUAGE.fullmatch(text):
        raise BadCell(
            said("{cell} is not a language tag; expected one like en, es or pt-BR", cell=quoted(text))
        )
    first, *rest = text.lower().split("-")
    spelled = [first]
    for part in rest:
        if len(spelled[-1]) == 1 or spelled[0] == "x":
            spelled.append(part)
        elif len(part) == 2:
            spelled.append(part.upper())
        elif len(part) == 4 and part.isalpha():
            spelled.append(part.title())
        else:
            spelled.append(part)
    return "-".join(spelled)


def open_to(text: str) -> str:
    """``school:ID`` or ``program:CODE``."""
    scope, _, name = text.partition(":")
    if scope not in ("school", "program") or not name:
        raise BadCell(said("{cell} is not of the form school:ID or program:CODE", cell=quoted(text)))
    identifier(name)
    return text


def day_letter(text: str) -> str:
    """A letter of an A/B timetable."""
    word = text.strip(" ")
    if not _LETTER.fullmatch(word):
        raise BadCell(said("{cell} is not a day letter; expected one letter from A to Z", cell=quoted(text)))
    return word


def parse_windows(text: str) -> Windows:
    """Return the windows of a cell, sorted, each once.

    Raises
    ------
    BadCell
        Naming the first window that cannot be read.
    """
    return tuple(sorted({_window(item) for item in items(text)}))


def weekly_windows(text: str) -> Windows:
    """Like :func:`parse_windows`, where a window of one date makes no sense (day letters do)."""
    windows = parse_windows(text)
    for window in windows:
        if not window.weekly and not window.letter:
            raise BadCell(
                said(
                    "{window} is of one date; expected weekly windows like Mon 08:00-15:00",
                    window=quoted(format_windows((window,))),
                )
            )
    return windows


def format_windows(windows: Windows) -> str:
    """Return windows as a cell holds them; the inverse of :func:`parse_windows`."""
    return ";".join(f"{_day(window)} {_clock(window.start)}-{_clock(window.end)}" for window in windows)


def riasec(text: str) -> Riasec:
    """One to three letters in order, or six scores from 0 to 40 in the order R;I;A;S;E;C.

    Six equal scores say nothing about interests and count as not given.
    """
    word = text.strip(" ")
    if ";" in word:
        return _scores(word)
    letters = tuple(RIASEC.find(letter) for letter in word)
    if -1 in letters or not 1 <= len(letters) <= 3 or len(set(letters)) != len(letters):
        raise BadCell(
            said(
                "{cell} is not one to three different letters of RIASEC, like SEC, "
                "and not six scores, like 30;12;8;22;19;5",
                cell=quoted(text),
            )
        )
    return Riasec(letters, None)


_score = lru_cache(decimal(0, 40, of=said("a score")))  # a few texts, six times a student


def _scores(text: str) -> Riasec:
    parts = items(text)
    if len(parts) != 6:
        raise BadCell(
            said(
                "{cell} has {count} scores; expected six, in the order R;I;A;S;E;C",
                cell=quoted(text),
                count=len(parts),
            )
        )
    scores = tuple(map(_score, parts))
    if len(set(scores)) == 1:
        return NO_RIASEC
    return Riasec((), scores)


def _window(text: str) -> Window:
    match = _WINDOW.fullmatch(text)
    if not match:
        raise BadCell(
            said(
                "{cell} is not a window; expected Mon 13:00-16:00 or 2027-01-14 09:00-15:00",
                cell=quoted(text),
            )
        )
    name = match["day"]
    if name in DAYS:
        day = DAYS.index(name)
    elif _LETTER.fullmatch(name):
        day = ord("A") - 1 - ord(name)
    elif name[0].isdigit():
        day = iso_date(name)
    else:
        raise BadCell(
            said(
                "{cell} is not a day; expected {days}, a date or a day letter",
                cell=quoted(name),
                days=any_of(DAYS),
            )
        )
    start, end = _minutes(match["start"]), _minutes(match["end"])
    if start >= end:
        raise BadCell(
            said("{cell} does not end after it starts; work past midnight is two windows", cell=quoted(text))
        )
    return Window(day, start, end)


def _day(window: Window) -> str:
    if window.weekly:
        return DAYS[window.day]
    return window.letter or date.fromordinal(window.day).isoformat()


def _minutes(clock: str) -> int:
    hours, minutes = int(clock[:2]), int(clock[3:])
    if minutes > 59 or hours * 60 + minutes > 1440:
        raise BadCell(said("{cell} is not a time of day from 00:00 to 24:00", cell=quoted(clock)))
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def any_of(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: a, b or c."""
    if len(words) == 1:
        return words[0]
    return said("{words} or {last}", words=", ".join(words[:-1]), last=words[-1])
