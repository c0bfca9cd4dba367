"""Settings of a district."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import district_settings, queries
from wbl.administration.blueprint import blueprint
from wbl.administration.forms import DistrictForm, ProviderForm, RetentionForm
from wbl.config import oidc_secret, oidc_secret_name
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error
from wbl.retention import periods
from wbl.retention import queries as retained


def _saved(district_id: int) -> ResponseReturnValue:
    flash(_("Saved."), "good")
    return redirect(url_for("administration.district", district_id=district_id))


@blueprint.route("/<int:district_id>/settings", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def settings(district_id: int) -> ResponseReturnValue:
    """Whom families ask, the time zone, and whether staff needs codes."""
    actor = acting()
    district = queries.district(actor, district_id)
    form = DistrictForm(obj=district)
    if form.validate_on_submit():
        try:
            with transaction():
                district_settings.change(
                    actor,
                    district_id,
                    name=form.name.data or "",
                    contact_name=form.contact_name.data or "",
                    phone=form.phone.data or "",
                    email=form.email.data or "",
                    timezone=form.timezone.data or "",
                    codes_required=form.codes_required.data,
                    sharing_needs_consent=form.sharing_needs_consent.data,
                )
            return _saved(district_id)
        except DomainError as error:
            put_error(form, error)
    page = render_template("administration/settings.html", district=district, form=form)
    return page, form_status(form)


@blueprint.route("/<int:district_id>/provider", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def provider(district_id: int) -> ResponseReturnValue:
    """Where the district's people sign in instead."""
    actor = acting()
    district = queries.district(actor, district_id)
    form = ProviderForm(obj=queries.provider(district_id))
    if form.validate_on_submit():
        try:
            with transaction():
                district_settings.set_provider(
                    actor,
                    district_id,
                    label=form.label.data or "",
                    discovery_url=form.discovery_url.data or "",
                    client_id=form.client_id.data or "",
                    enabled=form.enabled.data,
                    asks_second_step=form.asks_second_step.data,
                )
            return _saved(district_id)
        except DomainError as error:
            put_error(form, error)
    page = render_template(
        "administration/provider.html",
        district=district,
        form=form,
        secret_name=oidc_secret_name(district.slug),
        has_secret=bool(oidc_secret(district.slug)),
        back=current_app.config["PUBLIC_URL"] + url_for("accounts.provider_back", slug=district.slug),
    )
    return page, form_status(form)


@blueprint.route("/<int:district_id>/retention", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def retention(district_id: int) -> ResponseReturnValue:
    """How long the district keeps what."""
    actor = acting()
    district = queries.district(actor, district_id)
    form = RetentionForm(data=queries.retention(district_id))
    if form.validate_on_submit():
        with transaction():
            district_settings.set_retention(
                actor, district_id, {kind: form[kind].data for kind in periods.DECIDED}
            )
        return _saved(district_id)
    page = render_template(
        "administration/retention.html",
        district=district,
        form=form,
        kinds=periods.DECIDED,
        kept=retained.periods(district_id),
        due=retained.due_counts(district),
        purge=retained.last_purge(district_id),
    )
    return page, form_status(form)
