"""Reading TOML that anybody may have written, and on which line of it each key stands.

``tomllib`` keeps no lines, and takes minutes over a key of very many parts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from matching.said import Said, said, to_say

Path = tuple[str, ...]

MOST_CHARACTERS = 100_000
MOST_DOTS = 100  # on one line: a key cannot run over several

# What may hide a bracket, an equals sign or a line end: strings and comments.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}\n=]',
    re.DOTALL,
)
_KEY_PART = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')

# All that tomllib says; what another version of it says is shown as it says it.
_SYNTAX = (
    to_say("cannot declare {found} twice"),
    to_say("cannot mutate immutable namespace {found}"),
    to_say("cannot overwrite a value"),
    to_say("cannot redefine namespace {found}"),
    to_say("duplicate inline table key {found}"),
    to_say("escaped character is not a Unicode scalar value"),
    to_say("expected '=' after a key in a key/value pair"),
    to_say("expected ']' at the end of a table declaration"),
    to_say("expected ']]' at the end of an array declaration"),
    to_say("expected newline or end of document after a statement"),
    to_say("expected {found}"),
    to_say("found invalid character {found}"),
    to_say("illegal character {found}"),
    to_say("invalid date or datetime"),
    to_say("invalid hex value"),
    to_say("invalid initial character for a key part"),
    to_say("invalid statement"),
    to_say("invalid value"),
    to_say("unclosed array"),
    to_say("unclosed inline table"),
    to_say("unescaped '\\' in a string"),
    to_say("unterminated string"),
)


class TooMuch(ValueError):
    """It is larger, or nested deeper, than a file that somebody wrote to be read."""


def parse_toml(text: str) -> dict[str, Any]:
    """The document.

    Raises
    ------
    ValueError
        Where it is no TOML (``tomllib.TOMLDecodeError``), or too much of it.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooMuch(
            said(
                "it has {count:,} characters; at most {most:,} are read",
                count=len(text),
                most=MOST_CHARACTERS,
            )
        )
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise TooMuch(said("a line has more than {count} dots", count=MOST_DOTS))
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TooMuch(said("it is nested too deeply")) from None


def syntax_words(text: str) -> str:
    """What ``tomllib`` says is wrong, the same text, as a message where it is one that is known."""
    small = text[:1].lower() + text[1:]
    for template in _SYNTAX:
        before, field, after = template.partition("{found}")
        if small == template:
            return Said(template, {}, text)
        if field and small.startswith(before) and small.endswith(after):
            return Said(template, {"found": small[len(before) : len(small) - len(after)]}, text)
    return text


def key_lines(text: str) -> dict[Path, int]:
    """Return the line of each key and table header of valid TOML.

    Keys inside an inline table are not listed: they stand on the line of its key.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    depth, line, begin = 0, 1, 0
    before_value = True  # of the statement that begins at `begin`
    for token in _TOKEN.finditer(text + "\n"):
        word = token[0]
        if before_value and (word in "=\n" or word.startswith("#")):
            statement = text[begin : token.start()].strip()
            if word == "=":
                lines.setdefault((*table, *_path(statement)), line)
            elif statement.startswith("["):
                table = _path(statement.strip("[]"))
                lines.setdefault(table, line)
            before_value = False
        elif word in "[{" and not before_value:
            depth += 1
        elif word in "]}" and not before_value:
            depth -= 1
        if word == "\n" and depth == 0:
            before_value, begin = True, token.end()
        line += word.count("\n")
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a key, or of the nearest table around it that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _path(key: str) -> Path:
    return tuple(part.strip("\"'") for part in _KEY_PART.findall(key))
