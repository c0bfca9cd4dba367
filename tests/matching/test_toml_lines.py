"""The line of each key in TOML, whatever strings, comments and lists stand around it."""

from __future__ import annotations

import tomllib

import pytest

from matching.files.toml_lines import key_lines, line_of

TEXT = '''\
# [comment] = 1
a = 1 # b = 2

"quoted key" = """
c = 3
[not.a.table]
"""
list = [
  1, # ]
  "]=",
  { x = 1 },
]
[one]  # of two
d = '[#'
e.f = "\\"#="
[ "two" . three ]
  g = { h = 1, i = [2] }
[[many]]
j = \'\'\'it's
'\'\'\'
k = 5
'''


def test_finds_every_key() -> None:
    tomllib.loads(TEXT)
    assert key_lines(TEXT) == {
        ("a",): 2,
        ("quoted key",): 4,
        ("list",): 8,
        ("one",): 13,
        ("one", "d"): 14,
        ("one", "e", "f"): 15,
        ("two", "three"): 16,
        ("two", "three", "g"): 17,
        ("many",): 18,
        ("many", "j"): 19,
        ("many", "k"): 21,
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("two", "three", "g", "h"), 17),
        (("two", "three", "missing"), 16),
        (("nowhere",), 1),
    ],
)
def test_falls_back_to_what_is_around(path: tuple[str, ...], line: int) -> None:
    assert line_of(key_lines(TEXT), path) == line
