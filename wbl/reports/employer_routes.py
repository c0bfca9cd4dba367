"""An employer's page of its interns: how they grew, who says thank you, and hosting again in one click."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.opportunities import again
from wbl.reports.blueprint import blueprint
from wbl.reports.interns import interns, thanked


@blueprint.get("/our-interns")
@requires(Permission.HOSTING_OWN)
def our_interns() -> ResponseReturnValue:
    """All who came."""
    actor = acting()
    return render_template(
        "reports/our_interns.html",
        found=interns(actor),
        thanked=thanked(actor),
        offered=again.offered_before(actor),
    )


@blueprint.post("/our-interns/<int:opportunity_id>/again")
@requires(Permission.HOSTING_OWN)
def host_again(opportunity_id: int) -> ResponseReturnValue:
    """Last time's posting as a draft for the next round."""
    with transaction():
        made = again.host_again(acting(), opportunity_id).id
    flash(_("A draft for the next round is ready, with the dates moved. Look it over, then send it."), "good")
    return redirect(url_for("opportunities.show", opportunity_id=made))
