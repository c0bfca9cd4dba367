"""Addresses that do not work, for a coordinator; and the other routes of messages."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from wbl.accounts.permissions import Permission, acting, public, requires
from wbl.administration.queries import district as district_of_administrator
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.extensions import csrf, limiter
from wbl.messages import choosing, gateway, holding, own_routes, queries, texting, unreachable
from wbl.messages.blueprint import blueprint
from wbl.messages.forms import AddressForm, HoursForm, SettleForm
from wbl.messages.models import Settled
from wbl.messages.own_forms import as_time
from wbl.people.models import District
from wbl.people.queries import timezone_of

# The factory registers the blueprint from here; each of these adds its routes to it.
__all__ = ["blueprint", "own_routes"]


@blueprint.get("/unreached")
@requires(Permission.JOBS_VIEW)
def unreached() -> ResponseReturnValue:
    return _unreached(AddressForm(formdata=None))


def _unreached(form: AddressForm, status: int = 200) -> ResponseReturnValue:
    actor = acting()
    settled = request.args.get("state") == queries.SETTLED
    page = queries.unreached(actor, settled=settled, page=request.args.get("page", 1, type=int))
    return (
        render_template(
            "messages/unreached.html",
            page=page,
            settled=settled,
            held=queries.held_counts([row.id for row in page.items]),
            holders=queries.holders(actor, [row.address for row in page.items]),
            ways=list(Settled),
            form=form,
            timezone=timezone_of(actor),
        ),
        status,
    )


@blueprint.post("/unreached")
@requires(Permission.JOBS_VIEW)
def stop() -> ResponseReturnValue:
    """Somebody says that an address does not work: nothing more is sent there."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _unreached(form, 422)
    try:
        with transaction():
            unreachable.say(acting(), min(acting().coordinator_of), form.address.data or "")
    except DomainError as error:
        form.address.errors = [error.message]
        return _unreached(form, 422)
    flash(_("Nothing more is sent to this address."), "good")
    return redirect(url_for("messages.unreached"))


@blueprint.post("/unreached/<int:row_id>/settle")
@requires(Permission.JOBS_VIEW)
def settle(row_id: int) -> ResponseReturnValue:
    unreachable.of_coordinator(acting(), row_id)
    form = SettleForm()
    if not form.validate_on_submit():
        raise DomainError(_("Choose how they are reached instead."))
    with transaction():
        unreachable.settle(acting(), row_id, Settled(form.how.data))
    flash(_("Noted. Mail to this address stays stopped."), "good")
    return redirect(url_for("messages.unreached"))


@blueprint.post("/unreached/<int:row_id>/lift")
@requires(Permission.JOBS_VIEW)
def lift(row_id: int) -> ResponseReturnValue:
    with transaction():
        count = unreachable.lift(acting(), row_id)
    sent = ngettext("%(num)s mail that waited goes out.", "%(num)s mails that waited go out.", count)
    flash(_("Mail is sent to this address again.") + (f" {sent}" if count else ""), "good")
    return redirect(url_for("messages.unreached"))


@blueprint.route("/administration/<int:district_id>/messages", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def district(district_id: int) -> ResponseReturnValue:
    """The hours in which the district sends nothing that can wait."""
    found = district_of_administrator(acting(), district_id)
    usual = holding.district_hours(district_id)
    form = HoursForm(data={"quiet_from": as_time(usual.begins), "quiet_until": as_time(usual.ends)})
    if form.validate_on_submit():
        with transaction():
            choosing.set_district_hours(acting(), district_id, form.hours())
        flash(_("Saved."), "good")
        return redirect(url_for("administration.district", district_id=district_id))
    page = render_template(
        "messages/district.html",
        district=found,
        form=form,
        texts=gateway.gateway_of(found.slug),
        names=[gateway.setting(name, found.slug) for name in ("URL", "TOKEN", "SECRET", "METHOD")],
        replies=url_for("messages.reply", slug=found.slug, _external=True),
        most=texting.MOST_A_DAY,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/texts/<slug>")
@public
@csrf.exempt
@limiter.limit("600/minute")
def reply(slug: str) -> ResponseReturnValue:
    """What somebody answered to a text, as the district's gateway passes it on, signed.

    JSON with ``from``, ``text`` and ``id``; ``X-Signature``: HMAC-SHA256 of the body. The same reply twice
    does once what it says.
    """
    found = gateway.gateway_of(slug)
    if found is None:
        abort(404)
    if not gateway.is_signed(found, request.get_data(), request.headers.get("X-Signature", "")):
        abort(403)
    said = request.get_json(silent=True)
    if not isinstance(said, dict) or not all(
        isinstance(said.get(name), str) for name in ("from", "text", "id")
    ):
        abort(400)
    with transaction():
        district = db.session.scalar(select(District).where(District.slug == slug))
        if district is None:
            abort(404)
        texting.heard(district, texting.phone_number(said["from"]), said["text"], said["id"])
    return Response(status=204, mimetype="text/plain")
