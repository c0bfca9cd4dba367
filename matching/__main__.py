"""The command line: check, solve, verify, explain, advise (see the round format).

Exit status: 0 done; 1 verify found a violation, or the result folder is missing, malformed or of
another input; 2 the round is at fault, or asks for what is not supported; 3 the required pins
cannot all hold; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matching import commands
from matching.commands import BadResult
from matching.files import RoundFaults
from matching.solve import METHODS, Infeasible, NotSupported

DONE, BAD_RESULT, BAD_ROUND, INFEASIBLE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except RoundFaults as error:
        print(error, file=sys.stderr)
        return BAD_ROUND
    except NotSupported as error:
        print(error, file=sys.stderr)
        return BAD_ROUND
    except Infeasible as error:
        print(error, file=sys.stderr)
        return INFEASIBLE
    except BadResult as error:
        print(error, file=sys.stderr)
        return BAD_RESULT
    except BrokenPipeError:
        # The reader of our output has gone; a second failure while closing would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return BAD_RESULT
    except KeyboardInterrupt:
        print("\nInterrupted. No half result is left behind.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m matching", description="Match the students of a round to opportunities."
    )
    actions = parser.add_subparsers(required=True, metavar="COMMAND")

    check = actions.add_parser("check", help="is the folder well formed, and what does it hold?")
    check.set_defaults(run=lambda options: commands.check(options.round))

    solve = actions.add_parser("solve", help="find the best match and write it to a folder")
    solve.add_argument("--method", choices=METHODS, default="auto")
    solve.add_argument("--previous", type=Path, metavar="OUT", help="an earlier result to stay close to")
    solve.add_argument("--quiet", action="store_true", help="print nothing but errors")
    solve.set_defaults(
        run=lambda options: commands.solve(
            options.round, options.out, options.method, options.previous, options.quiet
        )
    )

    verify = actions.add_parser("verify", help="recompute every rule, figure and the proof")
    verify.set_defaults(run=lambda options: commands.verify(options.round, options.out))

    explain = actions.add_parser("explain", help="why this student has this seat, or none")
    explain.add_argument("--student", required=True, metavar="ID")
    explain.add_argument("--language", choices=("en", "es"), default="en")
    explain.set_defaults(
        run=lambda options: commands.explain(options.round, options.out, options.student, options.language)
    )

    advise = actions.add_parser(
        "advise", help="where one more seat or one relaxed rule would place more (not yet)"
    )
    advise.set_defaults(run=lambda options: commands.advise())

    for action in (check, solve, verify, explain, advise):
        action.add_argument("round", type=Path, metavar="ROUND", help="the round folder")
    solve.add_argument("--out", type=Path, required=True, metavar="OUT", help="where the result goes")
    for action in (verify, explain, advise):
        action.add_argument("out", type=Path, metavar="OUT", help="the result folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
