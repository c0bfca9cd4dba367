"""Vetting: one item after the other, and who has to be vetted at all."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.employers import queries, vetting
from wbl.employers.blueprint import blueprint
from wbl.employers.forms import CheckForm, RuleForm
from wbl.employers.models import VettingItem
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error


def _item(name: str) -> VettingItem:
    if name not in set(VettingItem):
        raise NotFound()
    return VettingItem(name)


@blueprint.route("/<int:employer_id>/vetting/<name>", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_VET)
def check(employer_id: int, name: str) -> ResponseReturnValue:
    """Put on record that an item was checked, and until when that holds."""
    found = queries.coordinated(acting(), employer_id)
    item = _item(name)
    standing = next(one for one in queries.vetting(found).items if one.item is item)
    form = CheckForm(
        checked_on=clock.today(queries.district_of(found).timezone),
        expires_on=standing.check.expires_on if standing.check and not standing.lapsed else None,
    )
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                vetting.check(
                    acting(),
                    employer_id,
                    item,
                    checked_on=form.checked_on.data,
                    expires_on=form.expires_on.data,
                )
        except DomainError as error:
            put_error(form, error, at="checked_on")
            status = error.status
        else:
            flash(_("It is on record."), "good")
            return redirect(url_for("employers.employer", employer_id=employer_id) + "#vetting")
    elif form.is_submitted():
        status = 422
    return (
        render_template("employers/check.html", employer=found, item=item, standing=standing, form=form),
        status,
    )


@blueprint.post("/<int:employer_id>/vetting/<name>/take-back")
@requires(Permission.EMPLOYER_VET)
def take_back(employer_id: int, name: str) -> ResponseReturnValue:
    """An item no longer holds."""
    queries.coordinated(acting(), employer_id)
    with transaction():
        vetting.take_back(acting(), employer_id, _item(name))
    flash(_("It no longer holds."), "good")
    return redirect(url_for("employers.employer", employer_id=employer_id) + "#vetting")


@blueprint.route("/vetting", methods=["GET", "POST"])
@requires(Permission.EMPLOYER_VET)
def rule() -> ResponseReturnValue:
    """Who has to be vetted: the rule of the actor's districts."""
    actor = acting()
    everybody = all(queries.vets_everybody(district_id) for district_id in actor.coordinator_of)
    form = RuleForm(everybody="yes" if everybody else "no")
    if form.validate_on_submit():
        with transaction():
            for district_id in sorted(actor.coordinator_of):
                vetting.set_rule(actor, district_id, form.everybody.data == "yes")
        flash(_("Saved. It holds from the next solve on."), "good")
        return redirect(url_for("employers.index"))
    return render_template("employers/rule.html", form=form), form_status(form)
