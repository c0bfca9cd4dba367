"""In which languages a family's signature counts: those that the district has had checked."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import queries
from wbl.administration.blueprint import blueprint
from wbl.db import transaction
from wbl.people import languages


@blueprint.get("/<int:district_id>/languages")
@requires(Permission.ADMINISTER)
def family_languages(district_id: int) -> ResponseReturnValue:
    """Every language of families' pages, and whether it has been checked."""
    district = queries.district(acting(), district_id)
    return render_template(
        "administration/languages.html",
        district=district,
        translations=[one for one in current_app.config["FAMILY_LANGUAGES"] if one != languages.ORIGINAL],
        offered=languages.offered(district),
        reviewed=languages.reviewed(district_id),
        form=EmptyForm(),
    )


@blueprint.post("/<int:district_id>/languages/<language>/<any(review, take_back, offer, withhold):what>")
@requires(Permission.ADMINISTER)
def change_language(district_id: int, language: str, what: str) -> ResponseReturnValue:
    """Mark a language as checked, or no longer; offer it, or no longer."""
    actor = acting()
    district = queries.district(actor, district_id)
    with transaction():
        if what == "review":
            languages.mark_reviewed(actor, district, language)
        elif what in ("offer", "withhold"):
            languages.offer(actor, district, language, what == "offer")
        else:
            languages.take_back(actor, district, language)
    flash(_("Saved."), "good")
    return redirect(url_for("administration.family_languages", district_id=district_id))
