"""The commands by name, and the exit status of whatever goes wrong in one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from matching import commands
from matching.cluster import ClusterFault
from matching.commands import UNPROVED, BadResult, EquityOptions, SolveOptions
from matching.equity import LEAST_SMALLEST, MOST_SMALLEST, SMALLEST
from matching.files import RoundFaults
from matching.solve import METHODS, Infeasible, NothingYet, NotSupported

DONE, BAD_RESULT, BAD_ROUND, INFEASIBLE = 0, 1, 2, 3

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_GROUP_SIZES = range(LEAST_SMALLEST, MOST_SMALLEST + 1)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; see ``__main__`` for what they mean.

    Parameters
    ----------
    arguments
        Those of the process where None.

    Raises
    ------
    SystemExit
        For ``--help``, and with status 2 for arguments that are not as they should be.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except RoundFaults as error:
        print(error, file=sys.stderr)
        return BAD_ROUND
    except (ClusterFault, NotSupported) as error:
        print(error, file=sys.stderr)
        return BAD_ROUND
    except Infeasible as error:
        print(error, file=sys.stderr)
        return INFEASIBLE
    except NothingYet as error:
        print(error, file=sys.stderr)
        return UNPROVED
    except BadResult as error:
        print(error, file=sys.stderr)
        return BAD_RESULT
    except BrokenPipeError:
        # The reader of our output has gone; a second failure while closing would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        # One of our own has a sentence and no number; write_folder's names what would be lost.
        said = f"{error.filename or 'output'}: {error.strerror}" if error.strerror else str(error)
        print(said, file=sys.stderr)
        return BAD_RESULT


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
    solve.add_argument("--cluster", default="", metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786")
    solve.add_argument("--quiet", action="store_true", help="print nothing but errors")
    solve.set_defaults(
        run=lambda options: commands.solve(
            options.round,
            options.out,
            SolveOptions(options.method, options.previous, options.cluster, options.quiet),
        )
    )

    verify = actions.add_parser("verify", help="recompute every rule, figure and the proof")
    verify.add_argument("--previous", type=Path, metavar="OUT", help="the earlier result of fewest_changes")
    verify.set_defaults(run=lambda options: commands.verify(options.round, options.out, options.previous))

    explain = actions.add_parser("explain", help="why this student has this seat, or none")
    explain.add_argument("--student", required=True, metavar="ID")
    explain.add_argument("--language", choices=("en", "es"), default="en")
    explain.set_defaults(
        run=lambda options: commands.explain(options.round, options.out, options.student, options.language)
    )

    advise = actions.add_parser("advise", help="where one more seat or one relaxed rule would place more")
    advise.add_argument("--language", choices=("en", "es"), default="en")
    advise.add_argument("--json", action="store_true", help="print the record instead of words")
    advise.set_defaults(
        run=lambda options: commands.advise(options.round, options.out, options.language, options.json)
    )

    equity = _equity(actions)
    for action in (check, solve, verify, explain, advise, equity):
        action.add_argument("round", type=Path, metavar="ROUND", help="the round folder")
    solve.add_argument("--out", type=Path, required=True, metavar="OUT", help="where the result goes")
    for action in (verify, explain, advise, equity):
        action.add_argument("out", type=Path, metavar="OUT", help="the result folder")
    return parser


def _equity(actions: Commands) -> argparse.ArgumentParser:
    equity = actions.add_parser("equity", help="who was placed where, by group, small groups left out")
    equity.add_argument(
        "--against", type=Path, action="append", default=[], metavar="OUT", help="another result beside it"
    )
    equity.add_argument("--smallest", type=int, choices=_GROUP_SIZES, default=SMALLEST, metavar="N")
    equity.add_argument("--floors", action="store_true", help="also what each floor costs, by solving again")
    equity.add_argument("--language", choices=("en", "es"), default="en")
    equity.add_argument("--json", action="store_true", help="print the record instead of words")
    equity.set_defaults(
        run=lambda options: commands.equity(
            options.round,
            options.out,
            EquityOptions(options.against, options.smallest, options.floors, options.language, options.json),
        )
    )
    return equity
