"""A student's own credentials: to look at, to take away, and to pass on by a link."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl.accounts.permissions import Permission, acting, requires
from wbl.credentials import queries, sharing, tokens
from wbl.credentials.blueprint import blueprint
from wbl.credentials.files import envelope, file_name
from wbl.credentials.forms import ShareForm
from wbl.credentials.reading import said
from wbl.credentials.words import reason_words
from wbl.db import transaction


@blueprint.get("/my-credentials")
@requires(Permission.CREDENTIAL_OWN)
def mine() -> ResponseReturnValue:
    found = queries.own(acting())
    links = queries.links([document.credential_id for document in found])
    return render_template(
        "credentials/mine.html",
        credentials=[
            {
                "document": document,
                "said": said(tokens.parse(document.token).payload),
                "reason": reason_words(document.credential.reason) if document.credential.reason else "",
                "links": links.get(document.credential_id, []),
            }
            for document in found
        ],
        may_share=bool(found) and sharing.may_share(found[0].student_id),
        form=ShareForm(formdata=None),
    )


@blueprint.get("/my-credentials/<int:credential_id>.jwt")
@requires(Permission.CREDENTIAL_OWN)
def mine_as_token(credential_id: int) -> ResponseReturnValue:
    document = queries.own_one(acting(), credential_id)
    return attached(document.token, "application/vc+jwt", file_name(document, "jwt"))


@blueprint.get("/my-credentials/<int:credential_id>.json")
@requires(Permission.CREDENTIAL_OWN)
def mine_as_json(credential_id: int) -> ResponseReturnValue:
    document = queries.own_one(acting(), credential_id)
    return attached(envelope(document.token), "application/json", file_name(document, "json"))


def attached(text: str, kind: str, name: str) -> Response:
    """A file to take away."""
    answer = make_response(text)
    answer.mimetype = kind
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/my-credentials/<int:credential_id>/links")
@requires(Permission.CREDENTIAL_OWN)
def share(credential_id: int) -> ResponseReturnValue:
    queries.own_one(acting(), credential_id)
    form = ShareForm()
    days = form.days.data if form.validate_on_submit() else 0
    with transaction():
        sharing.make(acting(), credential_id, days)
    flash(_("A new link is ready. Pass it on to whom you choose, and to nobody else."), "good")
    return redirect(url_for("credentials.mine") + f"#credential-{credential_id}")


@blueprint.post("/my-credentials/<int:credential_id>/links/<int:link_id>/revoke")
@requires(Permission.CREDENTIAL_OWN)
def unshare(credential_id: int, link_id: int) -> ResponseReturnValue:
    with transaction():
        sharing.revoke(acting(), credential_id, link_id)
    flash(_("That link no longer opens."), "good")
    return redirect(url_for("credentials.mine") + f"#credential-{credential_id}")
