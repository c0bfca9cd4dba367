"""What a purge goes through, in its order: what is due, how it is erased, how many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from wbl.retention import due, erasing


@dataclass(frozen=True, slots=True)
class Kind:
    name: str  # of a period; several kinds may have one
    due: Callable[[int, date], due.Ids]
    erase: erasing.Erase
    at_once: int = 100


KINDS = (
    Kind("uploads", due.round_uploads, erasing.round_uploads),
    Kind("uploads", due.rosters, erasing.rosters),
    Kind("uploads", due.prospects, erasing.prospects),
    Kind("traces", due.sessions, erasing.sessions, 500),
    Kind("traces", due.resets, erasing.resets, 500),
    Kind("traces", due.invitations, erasing.invitations, 500),
    Kind("traces", due.jobs, erasing.jobs, 500),
    Kind("letters", due.letters, erasing.letters),
    Kind("consents", due.consents, erasing.consents),
    Kind("submissions", due.submissions, erasing.submissions),
    Kind("submissions", due.growth, erasing.growth),
    # Each holds the files of a whole round.
    Kind("runs", due.runs, erasing.runs, 2),
    Kind("needs", due.needs, erasing.needs),
    Kind("safety", due.concerns, erasing.concerns),
    Kind("safety", due.incidents, erasing.incidents),
    Kind("traces", due.concern_drafts, erasing.concern_drafts),
    Kind("accounts", due.accounts, erasing.accounts),
    Kind("leavers", due.leavers, erasing.leavers, 25),
)
