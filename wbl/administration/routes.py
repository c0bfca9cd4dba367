"""Administration of a district: where it begins."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import (
    invitation_routes,
    language_routes,
    queries,
    rule_file_routes,
    setting_routes,
    user_routes,
)
from wbl.administration.blueprint import blueprint
from wbl.people import languages
from wbl.retention.periods import DECIDED

# The factory registers the blueprint from here; each of these adds its routes to it.
__all__ = [
    "blueprint",
    "invitation_routes",
    "language_routes",
    "rule_file_routes",
    "setting_routes",
    "user_routes",
]


@blueprint.get("/")
@requires(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The district; where somebody administers several, the list of them."""
    found = queries.districts(acting())
    if len(found) == 1:
        return redirect(url_for("administration.district", district_id=found[0].id))
    return render_template("administration/index.html", districts=found)


@blueprint.get("/<int:district_id>")
@requires(Permission.ADMINISTER)
def district(district_id: int) -> ResponseReturnValue:
    """What there is to administer, and how it stands."""
    found = queries.district(acting(), district_id)
    return render_template(
        "administration/district.html",
        district=found,
        counts=queries.counts(district_id),
        files=queries.files(district_id),
        provider=queries.provider(district_id),
        reviewed=len(languages.reviewed(district_id)),
        decided=len(queries.retention(district_id)),
        kinds=len(DECIDED),
    )
