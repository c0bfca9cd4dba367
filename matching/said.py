"""What the engine says, in English, so that somebody else can say it in another language.

A message is its English text and knows the template and the values that it was made of. Whoever
shows it looks the template up in a catalogue of their own and fills in the same values, some of
which may be messages again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Value = str | int | float


class Said(str):
    """An English message with its template, whose fields are those of ``str.format``, and its values.

    ``str()`` of it is itself, so that ``str(error)`` of an exception that was raised with one is
    that message still, and not its text alone.
    """

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, values: Mapping[str, object], text: str | None = None) -> Said:
        """``text``: the English, where it was worded by somebody else and differs from the template."""
        message = super().__new__(cls, template.format(**values) if text is None else text)
        message.template = template
        message.values = {name: _plain(value) for name, value in values.items()}
        return message

    def __str__(self) -> str:
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, Value], str]:  # type: ignore[override]  # for pickle
        return self.template, self.values, self[:]

    def through(self, change: Callable[[str], str]) -> Said:
        """The same message, its English and each text among its values changed."""
        values = {
            name: change(value) if isinstance(value, str) else value for name, value in self.values.items()
        }
        return Said(self.template, values, change(self[:]))


class Label(str):
    """The English name of a code of the catalogue (``matching.messages``), which knows the code."""

    code: str

    def __new__(cls, text: str, code: str) -> Label:
        name = super().__new__(cls, text)
        name.code = code
        return name

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # for pickle
        return self[:], self.code


def said(template: str, /, **values: object) -> Said:
    """A message. The template is written out at the call: from there it is taken into catalogues."""
    return Said(template, values)


def to_say(template: str, /) -> str:
    """A template that is written out here, and said elsewhere."""
    return template


def row(parts: Sequence[str], between: str) -> Said:
    """Parts in a row, each of which may be a message; ``between`` is the same in every language."""
    values = {f"part_{number}": part for number, part in enumerate(parts)}
    return Said(between.join(f"{{{name}}}" for name in values), values)


def _plain(value: object) -> Value:
    """What a catalogue in JSON can hold: numbers of arrays and dates become what they show as."""
    return value if isinstance(value, str | int | float) else str(value)
