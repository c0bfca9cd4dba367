"""A student's portfolio, to fill and to share; and what somebody sees who was given a link."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wbl.accounts.permissions import Permission, acting, public, requires
from wbl.credentials.forms import ShareForm
from wbl.credentials.sharing import LOST, may_share
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.form_pages import put_error
from wbl.letters.rendering import pdf, typeset_page
from wbl.links.door_routes import Door, guarded
from wbl.people.models import Student
from wbl.portfolio import keeping, queries, showing
from wbl.portfolio.forms import ArtefactForm, PortfolioForm
from wbl.portfolio.models import Artefact, ArtefactKind
from wbl.portfolio.uploads import LARGEST

blueprint = Blueprint("portfolio", __name__)

TYPES = {
    ArtefactKind.PDF: ("application/pdf", "pdf"),
    ArtefactKind.PNG: ("image/png", "png"),
    ArtefactKind.JPEG: ("image/jpeg", "jpg"),
}


def _form(student: Student, **values: object) -> PortfolioForm:
    form = PortfolioForm(**values)
    form.offer(
        [(one.id, _line(one.title, one.employer)) for one in showing.all_placements(student.id)],
        [(one.id, one.said.name) for one in showing.all_credentials(student.id)],
        [(one.id, one.title) for one in queries.artefacts(student.id)],
    )
    return form


def _line(title: str, employer: str) -> str:
    return f"{title}, {employer}" if employer else title


def _stored(student: Student) -> PortfolioForm:
    found = queries.portfolio(student.id)
    data = {"artefacts": [one.id for one in queries.artefacts(student.id) if one.shown]}
    if found is not None:
        data |= {name: getattr(found, name) for name in ("placements", "credentials")}
        data |= {name: getattr(found, name) for name in ("about", "capstone_title", "capstone")}
    return _form(student, formdata=None, data=data)


def _page(form: PortfolioForm | None = None, upload: ArtefactForm | None = None) -> ResponseReturnValue:
    student = queries.own_student(acting())
    page = render_template(
        "portfolio/mine.html",
        student=student,
        shown=showing.shown(student),
        form=form or _stored(student),
        upload=upload or ArtefactForm(formdata=None),
        artefacts=queries.artefacts(student.id),
        links=queries.links(student.id),
        may_share=may_share(student.id),
        share_form=ShareForm(formdata=None),
        timezone=queries.district_of(student).timezone,
    )
    return page, 200 if form is None and upload is None else 422


@blueprint.route("/my-portfolio", methods=["GET", "POST"])
@requires(Permission.PORTFOLIO_OWN)
def mine() -> ResponseReturnValue:
    if request.method == "GET":
        return _page()
    form = _form(queries.own_student(acting()))
    if not form.validate_on_submit():
        return _page(form)
    with transaction():
        keeping.save(
            acting(),
            keeping.Words(form.about.data or "", form.capstone_title.data or "", form.capstone.data or ""),
            placements=form.chosen("placements"),
            credentials=form.chosen("credentials"),
            artefacts=form.chosen("artefacts"),
        )
    flash(_("Saved."), "good")
    return redirect(url_for("portfolio.mine"))


@blueprint.post("/my-portfolio/files")
@requires(Permission.PORTFOLIO_OWN)
def add_file() -> ResponseReturnValue:
    request.max_content_length = LARGEST + 64 * 1024
    form = ArtefactForm()
    if not form.validate_on_submit():
        return _page(upload=form)
    try:
        with transaction():
            keeping.add(acting(), form.what.data or "", form.file.data.read(LARGEST + 1))
    except DomainError as error:
        put_error(form, error, at="file")
        return _page(upload=form)
    flash(_("The file is in. Tick it under “Files to show” when others may see it."), "good")
    return redirect(url_for("portfolio.mine"))


@blueprint.post("/my-portfolio/files/<int:artefact_id>/remove")
@requires(Permission.PORTFOLIO_OWN)
def remove_file(artefact_id: int) -> ResponseReturnValue:
    with transaction():
        keeping.remove(acting(), artefact_id)
    flash(_("The file is removed."), "good")
    return redirect(url_for("portfolio.mine"))


@blueprint.get("/my-portfolio/files/<int:artefact_id>")
@requires(Permission.PORTFOLIO_OWN)
def file(artefact_id: int) -> ResponseReturnValue:
    return _sent(queries.artefact([queries.own_student(acting()).id], artefact_id))


@blueprint.get("/my-portfolio/resume.pdf")
@requires(Permission.PORTFOLIO_OWN)
@limiter.limit("20/minute")
def resume() -> ResponseReturnValue:
    return _resume(queries.own_student(acting()))


@blueprint.post("/my-portfolio/links")
@requires(Permission.PORTFOLIO_OWN)
def share() -> ResponseReturnValue:
    form = ShareForm()
    days = form.days.data if form.validate_on_submit() else 0
    with transaction():
        keeping.share(acting(), days)
    flash(_("A new link is ready. Pass it on to whom you choose, and to nobody else."), "good")
    return redirect(url_for("portfolio.mine") + "#share")


@blueprint.post("/my-portfolio/links/<int:link_id>/revoke")
@requires(Permission.PORTFOLIO_OWN)
def unshare(link_id: int) -> ResponseReturnValue:
    with transaction():
        keeping.unshare(acting(), link_id)
    flash(_("That link no longer opens."), "good")
    return redirect(url_for("portfolio.mine") + "#share")


door = Door(
    "portfolio",
    keeping.opened,
    page="portfolio.shared",
    open_page="portfolio.open_shared",
    title=_l("A portfolio for you to see"),
    lede=_l(
        "A student shares with you what they did and can do. It is meant for you: "
        "please do not pass the address on."
    ),
    lost=LOST,
)


@blueprint.get("/s/<token>")
@public
@guarded
def shared(token: str) -> ResponseReturnValue:
    """A portfolio that its student passes on."""
    return door.opened(
        token,
        lambda link: render_template(
            "portfolio/shared.html", token=token, link=link, shown=showing.shown(link.student)
        ),
    )


@blueprint.post("/s/<token>/open")
@public
@guarded
def open_shared(token: str) -> ResponseReturnValue:
    return door.let_in(token)


@blueprint.get("/s/<token>/files/<int:artefact_id>")
@public
@guarded
def shared_file(token: str, artefact_id: int) -> ResponseReturnValue:
    return door.opened(
        token, lambda link: _sent(queries.artefact([link.student_id], artefact_id, shown_only=True))
    )


@blueprint.get("/s/<token>/resume.pdf")
@public
@limiter.limit("20/minute")
def shared_resume(token: str) -> ResponseReturnValue:
    return door.opened(token, lambda link: _resume(link.student))


def _sent(artefact: Artefact) -> Response:
    kind, suffix = TYPES[artefact.kind]
    answer = make_response(artefact.content)
    answer.mimetype = kind
    # Taken away and never shown within our pages: a file is somebody else's words.
    answer.headers["Content-Disposition"] = f'attachment; filename="file-{artefact.id}.{suffix}"'
    return answer


def _resume(student: Student) -> Response:
    """One page for paper, tagged, in the language of the page."""
    document = typeset_page("letters/resume.html", str(get_locale()), shown=showing.shown(student))
    answer = make_response(pdf(document))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="resume.pdf"'
    return answer
