"""Writing a posting, a page a step; what is typed is judged by the law while it is typed."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.form_pages import put_error
from wbl.opportunities import queries, services
from wbl.opportunities.answers import STEPS, merged
from wbl.opportunities.blueprint import blueprint
from wbl.opportunities.page_forms import (
    FACTORS_STEP,
    PAGES,
    PostingPage,
    law_of,
    next_step,
    page_of,
    step_form,
    steps_of,
)


def _writable(opportunity_id: int, name: str) -> PostingPage:
    if name not in PAGES:
        raise NotFound()
    page = page_of(acting(), opportunity_id)
    if not page.writable:
        raise Conflict(_("This posting is not a draft. Choose “Change it” first."))
    return page


@blueprint.route("/<int:opportunity_id>/steps/<name>", methods=["GET", "POST"])
@requires(Permission.POSTING_EDIT)
def step(opportunity_id: int, name: str) -> ResponseReturnValue:
    """One step of a draft. It is saved whole, and the next one follows."""
    page = _writable(opportunity_id, name)
    form = step_form(page, name)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                posting = services.save(
                    acting(),
                    opportunity_id,
                    "pay" if name == FACTORS_STEP else name,
                    form.answers(),
                    round_id=form["round"].data if name == "about" else None,
                )
                address = next_step(page, name, posting.answers)
        except DomainError as error:
            put_error(form, error)
            status = error.status
        else:
            return redirect(address)
    elif form.is_submitted():
        status = 422
    return (
        render_template(
            f"opportunities/step_{name}.html",
            page=page,
            name=name,
            form=form,
            law=law_of(page),
            steps=steps_of(page),
            current=STEPS.index("pay" if name == FACTORS_STEP else name),
        ),
        status,
    )


@blueprint.route("/<int:opportunity_id>/law", methods=["GET", "POST"])
@requires(Permission.POSTING_EDIT)
def law(opportunity_id: int) -> ResponseReturnValue:
    """Whom the law lets do it: as it is saved, or (POST) with a step as it is being typed. Writes nothing."""
    page = page_of(acting(), opportunity_id)
    view = law_of(page)
    name = request.args.get("step", "")
    if request.method == "POST" and name in PAGES:
        form = step_form(page, name)
        form.validate()  # so that every field has its data, also where something is wrong
        rules = queries.round_of(page.found, form["round"].data) if name == "about" else None
        view = law_of(page, merged(page.answers, form.answers()), rules)
    return render_template("opportunities/law.html", page=page, law=view)
