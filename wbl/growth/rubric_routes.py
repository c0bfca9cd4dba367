"""A district's rubric: what is in force, and the draft of the next version."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.growth import queries, versions
from wbl.growth.blueprint import blueprint
from wbl.growth.forms import ItemForm
from wbl.growth.models import VersionState
from wbl.growth.rubrics import LEVELS, default_content, items_of

NEW = "new"


@blueprint.get("/districts/<int:district_id>/rubric")
@requires(Permission.GROWTH_EDIT)
def rubric(district_id: int) -> ResponseReturnValue:
    """The version in force, its crosswalk, and every version so far."""
    found = queries.versions(acting(), district_id)
    current = next((one for one, _made in found if one.state is VersionState.IN_FORCE), None)
    return render_template(
        "growth/rubric.html",
        district=queries.district(acting(), district_id),
        items=items_of(current.content if current else default_content(), str(get_locale().language)),
        current=current,
        versions=found,
        draft=next((one for one, _made in found if one.state is VersionState.DRAFT), None),
        button=EmptyForm(),
    )


@blueprint.get("/districts/<int:district_id>/rubric/<int:number>")
@requires(Permission.GROWTH_EDIT)
def rubric_version(district_id: int, number: int) -> ResponseReturnValue:
    """A version as it was."""
    for found, made in queries.versions(acting(), district_id):
        if found.number == number:
            return render_template(
                "growth/version.html",
                district=queries.district(acting(), district_id),
                version=found,
                made=made,
                items=items_of(found.content, str(get_locale().language)),
            )
    raise NotFound()


@blueprint.post("/districts/<int:district_id>/rubric/draft")
@requires(Permission.GROWTH_EDIT)
def start_draft(district_id: int) -> ResponseReturnValue:
    with transaction():
        versions.start_draft(acting(), district_id)
    return redirect(url_for("growth.draft", district_id=district_id))


@blueprint.get("/districts/<int:district_id>/rubric/draft")
@requires(Permission.GROWTH_EDIT)
def draft(district_id: int) -> ResponseReturnValue:
    """The draft: its items, and what can be done with it."""
    found = versions.draft_of(acting(), district_id)
    return render_template(
        "growth/draft.html",
        district=queries.district(acting(), district_id),
        draft=found,
        items=items_of(found.content, str(get_locale().language)),
        fewest=versions.FEWEST,
        most=versions.MOST,
        button=EmptyForm(),
    )


@blueprint.route("/districts/<int:district_id>/rubric/draft/items/<code>", methods=["GET", "POST"])
@requires(Permission.GROWTH_EDIT)
def draft_item(district_id: int, code: str) -> ResponseReturnValue:
    """Write one item of the draft; ``new``: one more."""
    found = versions.draft_of(acting(), district_id)
    item = next((one for one in found.content["items"] if one["code"] == code), None)
    if item is None and code != NEW:
        raise NotFound()
    form = ItemForm.filled(item)
    if form.validate_on_submit():
        try:
            with transaction():
                versions.set_item(acting(), district_id, code if item else None, form.words())
        except DomainError as error:
            put_error(form, error)
        else:
            return redirect(url_for("growth.draft", district_id=district_id))
    return (
        render_template(
            "growth/item.html",
            district=queries.district(acting(), district_id),
            item=item,
            form=form,
            levels=LEVELS,
        ),
        form_status(form),
    )


@blueprint.post("/districts/<int:district_id>/rubric/draft/items/<code>/drop")
@requires(Permission.GROWTH_EDIT)
def drop_item(district_id: int, code: str) -> ResponseReturnValue:
    with transaction():
        versions.drop_item(acting(), district_id, code)
    flash(_("The draft goes on without it."), "good")
    return redirect(url_for("growth.draft", district_id=district_id))


@blueprint.post("/districts/<int:district_id>/rubric/draft/put-in-force")
@requires(Permission.GROWTH_EDIT)
def put_in_force(district_id: int) -> ResponseReturnValue:
    with transaction():
        versions.put_in_force(acting(), district_id)
    flash(_("In force: placements that begin from now on are rated on it."), "good")
    return redirect(url_for("growth.rubric", district_id=district_id))


@blueprint.post("/districts/<int:district_id>/rubric/draft/discard")
@requires(Permission.GROWTH_EDIT)
def discard_draft(district_id: int) -> ResponseReturnValue:
    with transaction():
        versions.discard(acting(), district_id)
    flash(_("The draft is gone. What is in force stays."), "good")
    return redirect(url_for("growth.rubric", district_id=district_id))
