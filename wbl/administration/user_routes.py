"""A district's users: who they are, what they may, whether they may sign in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from wbl.accounts import codes
from wbl.accounts.forms import EmptyForm
from wbl.accounts.models import Role
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import queries, users
from wbl.administration.blueprint import blueprint
from wbl.administration.forms import CaseloadForm, PlaceForm
from wbl.administration.places import role_choices, row_named
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.form_pages import form_status, put_error


@blueprint.get("/<int:district_id>/users")
@requires(Permission.ADMINISTER)
def user_list(district_id: int) -> ResponseReturnValue:
    actor = acting()
    search, role = request.args.get("q", "").strip(), request.args.get("role", "")
    return render_template(
        "administration/users.html",
        district=queries.district(actor, district_id),
        page=queries.users(
            actor, district_id, search=search, role=role, page=request.args.get("page", 1, type=int)
        ),
        search=search,
        role=role,
        roles=role_choices(),
    )


def _page(district_id: int, user_id: int, caseload: CaseloadForm | None = None) -> str:
    actor = acting()
    found = queries.user(actor, district_id, user_id)
    roles = queries.roles_of(district_id, user_id)
    students = queries.caseload(district_id, user_id)
    form = caseload or CaseloadForm(students="\n".join(student.external_id for student in students))
    return render_template(
        "administration/user.html",
        district=queries.district(actor, district_id),
        user=found,
        roles=roles,
        choices=role_choices(),
        students=students,
        caseload=form if any(held.role is Role.ADVISOR for held in roles) else None,
        codes=codes.of_user(user_id) is not None,
        elsewhere=queries.has_roles_elsewhere(district_id, user_id),
        form=EmptyForm(),
    )


@blueprint.get("/<int:district_id>/users/<int:user_id>")
@requires(Permission.ADMINISTER)
def user(district_id: int, user_id: int) -> ResponseReturnValue:
    return _page(district_id, user_id)


def _back(district_id: int, user_id: int) -> ResponseReturnValue:
    return redirect(url_for("administration.user", district_id=district_id, user_id=user_id))


@blueprint.route("/<int:district_id>/users/<int:user_id>/roles/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def give_role(district_id: int, user_id: int) -> ResponseReturnValue:
    """One more role for somebody who has one."""
    actor = acting()
    found = queries.user(actor, district_id, user_id)
    form = PlaceForm(role=request.args.get("role", ""))
    if form.role.data not in set(Role):
        return _back(district_id, user_id)
    form.offer(list(queries.schools(district_id)))
    if form.validate_on_submit():
        try:
            row_id = row_named(district_id, Role(form.role.data), form.identifier.data or "")
            with transaction():
                users.give_role(actor, user_id, form.place(district_id, row_id))
        except DomainError as error:
            form.form_errors.append(error.message or _("There is no such row in this district."))
        else:
            flash(_("The role is given. It holds from the next page that they open."), "good")
            return _back(district_id, user_id)
    page = render_template(
        "administration/give_role.html",
        district=queries.district(actor, district_id),
        user=found,
        role=form.role.data,
        form=form,
    )
    return page, form_status(form)


@blueprint.post("/<int:district_id>/users/<int:user_id>/roles/<int:membership_id>/take")
@requires(Permission.ADMINISTER)
def take_role(district_id: int, user_id: int, membership_id: int) -> ResponseReturnValue:
    with transaction():
        users.take_role(acting(), district_id, user_id, membership_id)
    flash(_("The role is taken away."), "good")
    if not queries.roles_of(district_id, user_id):
        return redirect(url_for("administration.user_list", district_id=district_id))
    return _back(district_id, user_id)


@blueprint.post("/<int:district_id>/users/<int:user_id>/<any(open, close):what>")
@requires(Permission.ADMINISTER)
def set_active(district_id: int, user_id: int, what: str) -> ResponseReturnValue:
    with transaction():
        users.set_active(acting(), district_id, user_id, what == "open")
    flash(
        _("The account is open again.")
        if what == "open"
        else _("The account is closed, and signed out everywhere."),
        "good",
    )
    return _back(district_id, user_id)


@blueprint.post("/<int:district_id>/users/<int:user_id>/reset-codes")
@requires(Permission.ADMINISTER)
def reset_codes(district_id: int, user_id: int) -> ResponseReturnValue:
    with transaction():
        users.reset_codes(acting(), district_id, user_id)
    flash(_("They set one-time codes up anew at the next sign-in."), "good")
    return _back(district_id, user_id)


@blueprint.post("/<int:district_id>/users/<int:user_id>/mail-password")
@requires(Permission.ADMINISTER)
def mail_password(district_id: int, user_id: int) -> ResponseReturnValue:
    with transaction():
        users.mail_new_password(acting(), district_id, user_id)
    flash(_("A link to a new password is on its way. It works for one hour."), "good")
    return _back(district_id, user_id)


@blueprint.post("/<int:district_id>/users/<int:user_id>/caseload")
@requires(Permission.ADMINISTER)
def set_caseload(district_id: int, user_id: int) -> ResponseReturnValue:
    form = CaseloadForm()
    queries.user(acting(), district_id, user_id)
    if form.validate_on_submit():
        try:
            with transaction():
                count = users.set_caseload(
                    acting(), district_id, user_id, (form.students.data or "").replace(",", "\n").split()
                )
        except DomainError as error:
            put_error(form, error, at="students")
        else:
            said = ngettext("Saved: %(num)s student.", "Saved: %(num)s students.", count)
            flash(said, "good")
            return _back(district_id, user_id)
    return _page(district_id, user_id, form), 422
