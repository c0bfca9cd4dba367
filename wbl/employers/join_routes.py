"""The public page on which an employer signs up."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.employers import queries, services
from wbl.employers.blueprint import blueprint
from wbl.employers.forms import SignUpForm
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.form_pages import put_error


@blueprint.get("/join")
@public
def join() -> ResponseReturnValue:
    """With which district? Where there is one alone, its page."""
    districts = queries.districts_to_join()
    if len(districts) == 1:
        return redirect(url_for("employers.join_district", slug=districts[0].slug))
    return render_template("employers/join.html", districts=districts)


@blueprint.route("/join/<slug>", methods=["GET", "POST"])
@public
@limiter.limit("5/hour", methods=["POST"])
def join_district(slug: str) -> ResponseReturnValue:
    """Who they are and how to reach them; a coordinator looks at it and calls."""
    district = queries.district_by_slug(slug)
    form = SignUpForm()
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.sign_up(
                    district.id,
                    name=form.organization.data or "",
                    about=form.about.data or "",
                    site=form.texts(),
                )
        except DomainError as error:
            put_error(form, error)
            status = error.status
        else:
            return redirect(url_for("employers.joined", slug=slug))
    elif form.is_submitted():
        status = 422
    return render_template("employers/sign_up.html", district=district, form=form), status


@blueprint.get("/join/<slug>/thanks")
@public
def joined(slug: str) -> ResponseReturnValue:
    """What happens next."""
    return render_template("employers/joined.html", district=queries.district_by_slug(slug))
