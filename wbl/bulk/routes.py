"""Taking back what was done to many rows at once."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.permissions import Permission, acting, requires
from wbl.bulk import services
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.queries import action
from wbl.bulk.undoing import HANDLERS
from wbl.db import transaction

blueprint = Blueprint("bulk", __name__, url_prefix="/actions")


@blueprint.post("/<int:action_id>/undo")
@requires(Permission.ROUND_EDIT)
def undo(action_id: int) -> ResponseReturnValue:
    """Take one action back, as far as it still can be."""
    actor = acting()
    done = action(actor, action_id)
    back, all_of_them = _page_of(done), len(done.items)
    with transaction():
        count = services.undo(actor, action_id, HANDLERS)
    if count == all_of_them:
        flash(_("Taken back."), "good")
    elif count:
        flash(ngettext("%(num)s was taken back.", "%(num)s were taken back.", count), "warn")
        flash(_("The others could not be: they had gone out or changed since."), "warn")
    else:
        flash(_("Nothing could be taken back: it had gone out or changed since."), "warn")
    return redirect(back)


def _page_of(done: BulkAction) -> str:
    """The list on which it was done."""
    endpoint = {
        BulkKind.NUDGE: "rounds.collect",
        BulkKind.PAPER: "rounds.collect",
        BulkKind.OUT: "rounds.collect",
        BulkKind.PIN: "rounds.pins",
        BulkKind.GIVE_LETTERS: "letters.index",
    }[done.kind]
    return url_for(endpoint, round_id=done.round_id)
