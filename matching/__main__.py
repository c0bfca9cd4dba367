"""``python -m matching``: check, solve, verify, explain, advise, equity (see the round format).

Exit status: 0 done; 1 verify found a violation, or the result folder is missing, malformed or of
another input; 2 the round is at fault, or the call asks of it what it cannot have; 3 the required
pins and limits cannot all hold; 4 the result is not proved the best, or none was found in time;
130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        # Loading the engine takes a second, and an interrupt then is no crash either.
        from matching.command_line import run

        return run(arguments)
    except KeyboardInterrupt:
        print("\nInterrupted. No half result is left behind.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
