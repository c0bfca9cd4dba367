"""What each phase of a solve costs: wall-clock seconds, and the memory the process had peaked at."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Phases:
    """Measurements by phase, in the order in which the phases ran."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Add what happens inside to ``phase``."""
        started = perf_counter()
        try:
            yield
        finally:
            spent = self.seconds.get(phase, 0.0) + perf_counter() - started
            self.seconds[phase] = round(spent, 6)
            self.peak_mib[phase] = round(_peak_mib(), 1)


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts KiB, macOS bytes.
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
