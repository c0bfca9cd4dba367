"""What is wrong with a round folder, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.said import Said, said

SHOWN_FAULTS = 100
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at one place.

    Attributes
    ----------
    file
        Name inside the folder.
    line
        Physical line, from 1; for the policy the line of the key.
    column
        Name of the column, or dotted name of the policy's key.
    message
        What is wrong and what was expected; the engine's own are :class:`~matching.said.Said`.
    """

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {printable(self.column)}: {self.message}"


class RoundFaults(Exception):
    """A round cannot be read; ``faults`` holds all that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults[:SHOWN_FAULTS]]
        hidden = len(self.faults) - SHOWN_FAULTS
        if hidden > 0:
            lines.append(f"and {hidden} more {'fault' if hidden == 1 else 'faults'}")
        return "\n".join(lines)


def quoted(text: str) -> str:
    """Return input as a message may show it: clipped and printable."""
    clipped = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return f'"{printable(clipped)}"'


def not_utf8(byte: int) -> Said:
    """Return the message about a byte of a file that is no table."""
    return said("byte 0x{byte} is not UTF-8; save the file in UTF-8", byte=f"{byte:02X}")


def printable(text: str) -> str:
    """Return text with everything escaped that could disturb a terminal or a log."""
    if isinstance(text, Said):
        return text.through(printable)
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
