"""How each kind of action on many rows is taken back."""

from __future__ import annotations

from wbl.bulk.models import BulkKind
from wbl.bulk.services import Undo
from wbl.letters.giving import undo_give
from wbl.rounds.collecting import undo_nudge
from wbl.rounds.marking import undo_marks
from wbl.rounds.pinning import undo_pins

HANDLERS: dict[BulkKind, Undo] = {
    BulkKind.NUDGE: undo_nudge,
    BulkKind.PAPER: undo_marks,
    BulkKind.OUT: undo_marks,
    BulkKind.PIN: undo_pins,
    BulkKind.GIVE_LETTERS: undo_give,
}
