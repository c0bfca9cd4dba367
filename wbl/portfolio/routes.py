"""A student's portfolio, to fill and to share; and what somebody sees who was given a link.

A link shows one button first, and nothing of anybody: mail programs and scanners open links.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, public, requires
from wbl.credentials.forms import ShareForm
from wbl.credentials.sharing import may_share
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.letters.rendering import pdf, typeset_page
from wbl.people.models import Student
from wbl.portfolio import keeping, queries, showing
from wbl.portfolio.forms import ArtefactForm, PortfolioForm
from wbl.portfolio.models import Artefact, ArtefactKind, PortfolioLink
from wbl.portfolio.uploads import LARGEST

blueprint = Blueprint("portfolio", __name__)

OPEN_FOR_SECONDS = 60 * 60
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
        links=[(link, _address(link)) for link in queries.links(student.id)],
        may_share=may_share(student.id),
        share_form=ShareForm(formdata=None),
        timezone=queries.district_of(student).timezone,
    )
    return page, 200 if form is None and upload is None else 422


def _address(link: PortfolioLink) -> str:
    path: str = url_for("portfolio.shared", token=keeping.token_of(link))
    return f"{current_app.config['PUBLIC_URL']}{path}"


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
        form.file.errors = [error.message]
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


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _let_in(link: PortfolioLink) -> bool:
    visit = session.get("portfolio") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


@blueprint.get("/s/<token>")
@public
@guarded
def shared(token: str) -> ResponseReturnValue:
    """A portfolio that its student passes on."""
    link = keeping.opened(token)
    if link is None:
        return render_template("credentials/closed.html"), 404
    if not _let_in(link):
        return render_template("portfolio/open.html", token=token, form=EmptyForm())
    return render_template("portfolio/shared.html", token=token, link=link, shown=showing.shown(link.student))


@blueprint.post("/s/<token>/open")
@public
@guarded
def open_shared(token: str) -> ResponseReturnValue:
    link = keeping.opened(token)
    if link is None:
        return render_template("credentials/closed.html"), 404
    session["portfolio"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("portfolio.shared", token=token))


@blueprint.get("/s/<token>/files/<int:artefact_id>")
@public
@guarded
def shared_file(token: str, artefact_id: int) -> ResponseReturnValue:
    return _sent(queries.artefact([_opened(token).student_id], artefact_id, shown_only=True))


@blueprint.get("/s/<token>/resume.pdf")
@public
@limiter.limit("20/minute")
def shared_resume(token: str) -> ResponseReturnValue:
    return _resume(_opened(token).student)


def _opened(token: str) -> PortfolioLink:
    """The link of somebody who has pressed its button."""
    link = keeping.opened(token)
    if link is None or not _let_in(link):
        abort(404)
    return link


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
