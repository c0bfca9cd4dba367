"""Credentials of a round for its coordinators: who has one, who gets one, which are revoked."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts.permissions import Permission, acting, requires
from wbl.credentials import issuing, keys, own_routes, public_routes, queries, tokens
from wbl.credentials.blueprint import blueprint
from wbl.credentials.forms import IssueForm, RevokeForm
from wbl.credentials.models import RevocationReason
from wbl.credentials.reading import said
from wbl.credentials.words import left_out_words, reason_words
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status
from wbl.rounds.queries import round_by_id
from wbl.row_ids import row_id

# The factory registers the blueprint from here; each of these adds its routes to it.
__all__ = ["blueprint", "own_routes", "public_routes"]

SHOWN = 50
"""Documents that a preview spells out; it counts the others."""


@blueprint.get("/rounds/<int:round_id>/credentials")
@requires(Permission.CREDENTIAL_ISSUE)
def of_round(round_id: int) -> ResponseReturnValue:
    placement_round = round_by_id(acting(), round_id)
    chosen = request.args.get("state", "")
    state = chosen if chosen in queries.STATES else ""
    search = request.args.get("q", "").strip()
    page = queries.of_round(round_id, state=state, search=search, page=request.args.get("page", 1, type=int))
    return render_template(
        "credentials/of_round.html",
        round=placement_round,
        page=page,
        state=state,
        search=search,
        due=len(queries.due(round_id, None)),
        key=keys.in_use(placement_round.district_id),
    )


@blueprint.post("/rounds/<int:round_id>/credentials/preview")
@requires(Permission.CREDENTIAL_ISSUE)
def preview(round_id: int) -> ResponseReturnValue:
    """What would be issued to whom; nothing is changed by it."""
    placement_round = round_by_id(acting(), round_id)
    whole = request.form.get("whole") == "yes"
    chosen = request.form.getlist("placement", type=row_id)
    if not whole and not chosen:
        raise DomainError(_("Tick at least one student first."))
    planned = issuing.plan(acting(), round_id, None if whole else chosen)
    form = IssueForm(formdata=None)
    form.whole.data = "yes" if whole else ""
    form.placements.data = ",".join(str(number) for number in chosen)
    return render_template(
        "credentials/preview.html",
        round=placement_round,
        planned=planned.placements[:SHOWN],
        total=len(planned.placements),
        left_out=left_out_words(planned.left_out),
        form=form,
    )


@blueprint.post("/rounds/<int:round_id>/credentials")
@requires(Permission.CREDENTIAL_ISSUE)
def issue(round_id: int) -> ResponseReturnValue:
    round_by_id(acting(), round_id)
    form = IssueForm()
    whole = form.whole.data == "yes"
    chosen = _numbers(form.placements.data or "")
    if not form.validate_on_submit() or not (whole or chosen):
        raise DomainError(_("Tick at least one student first."))
    with transaction():
        issued = issuing.issue(acting(), round_id, None if whole else chosen)
        count, left_out = len(issued.placements), left_out_words(issued.left_out)
    flash(ngettext("%(num)s credential is issued.", "%(num)s credentials are issued.", count), "good")
    if left_out:
        flash(_("Left out: %(who)s.", who=left_out), "warn")
    return redirect(url_for("credentials.of_round", round_id=round_id))


def _numbers(text: str) -> list[int]:
    """The rows that a preview named."""
    try:
        return [row_id(part) for part in text.split(",") if part]
    except ValueError:
        raise DomainError(_("Tick at least one student first.")) from None


@blueprint.route("/credentials/records/<int:credential_id>", methods=["GET", "POST"])
@requires(Permission.CREDENTIAL_ISSUE)
def record(credential_id: int) -> ResponseReturnValue:
    """One credential: what it says, and revoking it."""
    found = queries.of_coordinator(acting(), credential_id)
    form = RevokeForm()
    if form.validate_on_submit():
        with transaction():
            issuing.revoke(acting(), credential_id, RevocationReason(form.reason.data))
        flash(_("It is revoked. Whoever verifies it from now on is told so."), "good")
        return redirect(url_for("credentials.record", credential_id=credential_id))
    page = render_template(
        "credentials/record.html",
        credential=found,
        said=said(tokens.parse(found.document.token).payload) if found.document is not None else None,
        reason=reason_words(found.reason) if found.reason is not None else "",
        form=form,
    )
    return page, form_status(form)
