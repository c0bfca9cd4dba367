"""What `verify` has to say: one clear sentence for each thing that is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in the outputs that is wrong.

    Attributes
    ----------
    file
        The output file that it was found in.
    message
        A sentence that names the identifiers and figures concerned.
    """

    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


@dataclass(slots=True)
class Report:
    """Collects violations in the order in which they are found."""

    found: list[Violation] = field(default_factory=list)

    def add(self, file: str, message: str) -> None:
        self.found.append(Violation(file, message))
