"""What is decided about a posting: sent, taken back, approved, sent back, paused, closed."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.accounts.actor import Actor
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import NotFound
from wbl.opportunities import services
from wbl.opportunities.blueprint import blueprint
from wbl.opportunities.page_forms import page_of

MOVES: dict[str, tuple[Callable[[Actor, int], None], LazyString]] = {
    "submit": (services.submit, _l("It is with the school district now. You hear from them here.")),
    "take-back": (services.take_back, _l("It is your draft again.")),
    "change": (services.reopen, _l("You can change it now. Send it again when it is right.")),
    "pause": (services.pause, _l("It is paused: it takes no part until you take it up again.")),
    "resume": (services.resume, _l("It takes part again.")),
    "close": (services.close, _l("It is closed.")),
}
ASKED_FIRST = ("change", "close")


@blueprint.post("/<int:opportunity_id>/do/<move>")
@requires(Permission.POSTING_EDIT)
def move(opportunity_id: int, move: str) -> ResponseReturnValue:
    """One press: the posting goes from one state to another."""
    if move not in MOVES:
        raise NotFound()
    service, said = MOVES[move]
    with transaction():
        service(acting(), opportunity_id)
    flash(str(said), "good")
    return redirect(url_for("opportunities.show", opportunity_id=opportunity_id))


@blueprint.get("/<int:opportunity_id>/do/<move>")
@requires(Permission.POSTING_EDIT)
def ask(opportunity_id: int, move: str) -> ResponseReturnValue:
    """What follows from it, before it is done."""
    page = page_of(acting(), opportunity_id)
    if move not in ASKED_FIRST:
        raise NotFound()
    return render_template("opportunities/ask.html", page=page, move=move, button=EmptyForm())


@blueprint.post("/<int:opportunity_id>/decide")
@requires(Permission.POSTING_APPROVE)
def decide(opportunity_id: int) -> ResponseReturnValue:
    """The district approves a posting, or sends it back with a comment."""
    decision, comment = request.form.get("decision", ""), request.form.get("comment", "")
    page_of(acting(), opportunity_id)
    if decision not in ("approve", "send_back"):
        raise NotFound()
    with transaction():
        if decision == "approve":
            services.approve(acting(), opportunity_id, comment)
        else:
            services.send_back(acting(), opportunity_id, comment)
    said = (
        _("Approved. Students see it in its round.")
        if decision == "approve"
        else _("Sent back with your comment.")
    )
    flash(said, "good")
    return redirect(url_for("opportunities.show", opportunity_id=opportunity_id))
