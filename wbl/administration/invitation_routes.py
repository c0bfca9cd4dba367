"""Inviting people: one, or a table of many; what waits, and what was taken."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from wtforms import SelectChoice

from wbl import clock
from wbl.accounts import invitations
from wbl.accounts.forms import EmptyForm
from wbl.accounts.models import Role
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import invitation_table, queries
from wbl.administration.blueprint import blueprint
from wbl.administration.forms import InvitationsForm, InviteForm, RoleForm, TableForm
from wbl.administration.places import role_choices, role_hints, row_named
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.i18n import languages

LARGEST = 512 * 1024


@blueprint.get("/<int:district_id>/invitations")
@requires(Permission.ADMINISTER)
def invitation_list(district_id: int) -> ResponseReturnValue:
    actor = acting()
    return render_template(
        "administration/invitations.html",
        district=queries.district(actor, district_id),
        page=queries.invitations(actor, district_id, page=request.args.get("page", 1, type=int)),
        now=clock.now(),
        form=EmptyForm(),
    )


@blueprint.route("/<int:district_id>/invitations/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def invite(district_id: int) -> ResponseReturnValue:
    """First the role, then what it needs to know."""
    actor = acting()
    district = queries.district(actor, district_id)
    if request.values.get("role") not in set(Role):
        form = RoleForm(formdata=None)
        form.role.choices = [SelectChoice(*choice) for choice in role_choices()]
        page = render_template(
            "administration/choose_role.html", district=district, form=form, hints=role_hints()
        )
        return page, 422 if request.method == "POST" else 200
    chosen = InviteForm(role=request.args.get("role", ""))
    chosen.offer(list(queries.schools(district_id)))
    chosen.locale.choices = [SelectChoice(*choice) for choice in languages().items()]
    if chosen.validate_on_submit():
        try:
            row_id = row_named(district_id, Role(chosen.role.data), chosen.identifier.data or "")
            with transaction():
                invitations.invite(
                    actor,
                    chosen.place(district_id, row_id),
                    email=chosen.email.data or "",
                    name=chosen.name.data or "",
                    locale=chosen.locale.data,
                )
        except DomainError as error:
            field = {"place": "identifier"}.get(error.field or "", error.field or "")
            if error.message and field in chosen:
                chosen[field].errors = [error.message]
            else:
                chosen.form_errors.append(error.message or _("There is no such row in this district."))
        else:
            flash(_("The invitation is on its way. It works for two weeks."), "good")
            return redirect(url_for("administration.invitation_list", district_id=district_id))
    page = render_template(
        "administration/invite.html",
        district=district,
        form=chosen,
        role=chosen.role.data,
        hint=role_hints()[Role(chosen.role.data)],
    )
    return page, 422 if chosen.is_submitted() else 200


@blueprint.route("/<int:district_id>/invitations/table", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def invite_many(district_id: int) -> ResponseReturnValue:
    """Upload a table; see every fault, or who would be invited."""
    actor = acting()
    district = queries.district(actor, district_id)
    form = InvitationsForm()
    judged, text = None, ""
    if form.validate_on_submit():
        raw = form.file.data.read(LARGEST + 1)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            form.file.errors = [_("The file is not UTF-8. Save it as CSV in UTF-8.")]
        if len(raw) > LARGEST:
            form.file.errors = [_("The file is larger than 500 kB.")]
        elif not form.file.errors:
            judged = invitation_table.judge(actor, district_id, text, form.file.data.filename or "")
    page = render_template(
        "administration/invite_many.html",
        district=district,
        form=form,
        judged=judged,
        confirm=TableForm(table=text, formdata=None),
        columns=invitation_table.COLUMNS,
    )
    faulty = form.errors or (judged is not None and judged.faults)
    return page, 422 if faulty else 200


@blueprint.post("/<int:district_id>/invitations/table/confirm")
@requires(Permission.ADMINISTER)
def confirm_many(district_id: int) -> ResponseReturnValue:
    """Invite everybody of the table that was shown; it is judged once more."""
    actor = acting()
    queries.district(actor, district_id)
    locale = str(get_locale().language)
    if locale not in current_app.config["LANGUAGES"]:
        locale = current_app.config["BABEL_DEFAULT_LOCALE"]
    with transaction():
        count = invitation_table.invite_all(actor, district_id, request.form.get("table", ""), locale)
    flash(
        ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", count), "good"
    )
    return redirect(url_for("administration.invitation_list", district_id=district_id))


@blueprint.post("/<int:district_id>/invitations/<int:invitation_id>/<any(again, revoke):what>")
@requires(Permission.ADMINISTER)
def change_invitation(district_id: int, invitation_id: int, what: str) -> ResponseReturnValue:
    """Send a fresh link, or take the invitation back."""
    actor = acting()
    queries.district(actor, district_id)
    with transaction():
        if what == "again":
            invitations.send_again(actor, invitation_id)
        else:
            invitations.revoke(actor, invitation_id)
    flash(
        _("A fresh link is on its way; the old one opens nothing any more.")
        if what == "again"
        else _("The invitation is taken back."),
        "good",
    )
    return redirect(url_for("administration.invitation_list", district_id=district_id))
