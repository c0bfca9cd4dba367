"""Pages of the gallery."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from wbl.accounts.permissions import public
from wbl.gallery import samples
from wbl.gallery.forms import SampleForm

blueprint = Blueprint("gallery", __name__, url_prefix="/gallery")

PAGES = ("components", "forms", "round", "review", "placement", "solving", "confirm", "charts", "lists")
ERRORS = (400, 403, 404, 409, 413, 429, 500, 503)


def faulty_form() -> SampleForm:
    """A form as it comes back from a sender who left everything out."""
    form = SampleForm(formdata=MultiDict(), meta={"csrf": False}, prefix="faulty")
    form.validate()
    form.form_errors.append("Somebody else has changed this round since you opened the page.")
    return form


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    return render_template("gallery/index.html", pages=PAGES, errors=ERRORS)


@blueprint.get("/<name>")
@public
def page(name: str) -> ResponseReturnValue:
    if name not in PAGES:
        abort(404)
    return render_template(
        f"gallery/{name}.html",
        samples=samples,
        form=SampleForm(formdata=None, meta={"csrf": False}),
        faulty=faulty_form(),
    )


@blueprint.post("/<name>")
@public
def sent(name: str) -> ResponseReturnValue:
    """Where the sample forms lead: back, with a message of each kind."""
    if name not in PAGES:
        abort(404)
    flash("The round is saved.", "good")
    flash("Two students have no travel limit.", "warn")
    return redirect(url_for("gallery.page", name=name))


@blueprint.get("/errors/<int:status>")
@public
def error(status: int) -> ResponseReturnValue:
    if status not in ERRORS:
        abort(404)
    return render_template(f"errors/{status}.html", message="")
