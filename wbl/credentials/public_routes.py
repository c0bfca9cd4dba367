"""What anybody may open: keys, status lists, whether a credential stands, and the page that verifies.

Nothing of a person is on any of these but what a document says that its holder brought along.
"""

from __future__ import annotations

from flask import Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from wbl import clock
from wbl.accounts.permissions import public
from wbl.credentials import documents, keys, looking, queries, sharing, tokens, words
from wbl.credentials.blueprint import blueprint
from wbl.credentials.files import file_name
from wbl.credentials.forms import VerifyForm
from wbl.credentials.models import CredentialLink
from wbl.credentials.own_routes import attached
from wbl.credentials.reading import said
from wbl.credentials.verifying import Report, Verdict
from wbl.errors import NotFound
from wbl.extensions import limiter
from wbl.links.door_routes import Door, guarded

KEPT_FOR = 300
"""Seconds that others may keep a key or a list; a revocation is seen by then."""
LARGEST_REQUEST = 1024 * 1024


def _published(answer: Response) -> Response:
    answer.cache_control.max_age = KEPT_FOR
    answer.cache_control.public = True
    return answer


@blueprint.get("/credentials/issuers/<slug>")
@public
def issuer(slug: str) -> ResponseReturnValue:
    """The district as the profile that its credentials name."""
    return _published(jsonify(documents.issuer_profile(queries.district(slug))))


@blueprint.get("/credentials/issuers/<slug>/keys.json")
@public
def key_set(slug: str) -> ResponseReturnValue:
    """All its public keys (a JWK set): what to keep for verifying without us."""
    district = queries.district(slug)
    return _published(jsonify({"keys": keys.published(keys.of_district(district.id))}))


@blueprint.get("/credentials/issuers/<slug>/keys/<thumbprint>")
@public
def key(slug: str, thumbprint: str) -> ResponseReturnValue:
    """One public key, at the address that tokens name it by."""
    for found in keys.of_district(queries.district(slug).id):
        if found.thumbprint == thumbprint:
            return _published(jsonify(keys.published([found])[0]))
    raise NotFound()


@blueprint.get("/credentials/issuers/<slug>/status/<int:number>")
@public
@limiter.limit("60/minute")
def status_list(slug: str, number: int) -> ResponseReturnValue:
    """Which credentials were revoked, as bits that name nobody, signed."""
    district = queries.district(slug)
    revoked = queries.revoked_positions(district.id, number)
    signing = keys.in_use(district.id)
    if signing is None:
        raise NotFound()
    payload = documents.status_credential(district, number, revoked, clock.now())
    answer = make_response(tokens.sign(keys.opened(signing), signing.address, payload))
    answer.mimetype = "application/vc+jwt"
    return _published(answer)


@blueprint.get("/credentials/<uuid>")
@public
@limiter.limit("60/minute")
def standing(uuid: str) -> ResponseReturnValue:
    """The address of a credential: who issued it, when, and whether it stands; nothing of whom."""
    found = queries.by_uuid(uuid)
    if found is None:
        raise NotFound()
    return render_template("credentials/standing.html", credential=found)


@blueprint.route("/credentials/verify", methods=["GET", "POST"])
@public
@limiter.limit("30/minute", methods=["POST"])
def verify() -> ResponseReturnValue:
    """Paste or upload a credential, and read what is to be said of it."""
    request.max_content_length = LARGEST_REQUEST
    form = VerifyForm()
    report = looking.look_at(form.data_given()) if form.validate_on_submit() else None
    page = render_template("credentials/verify.html", form=form, **_told(report))
    return page, 422 if form.is_submitted() and report is None else 200


def _told(report: Report | None) -> dict[str, object]:
    """A report in words, for a page."""
    if report is None:
        return {"report": None}
    shown = report.document if report.verdict is not Verdict.MALFORMED else None
    return {
        "report": report,
        "tone": words.TONES.get(report.verdict, "stop"),
        "title": words.title_of(report),
        "meaning": words.meaning_of(report),
        "faults": [words.fault_words(fault) for fault in report.faults],
        "said": said(shown) if shown is not None else None,
        "issuer": looking.issuer_of(report),
    }


door = Door(
    "credential",
    sharing.opened,
    page="credentials.shared",
    open_page="credentials.open_shared",
    title=_l("A credential for you to see"),
    lede=_l(
        "Somebody shares with you what they achieved at a place of work. It is meant for you: "
        "please do not pass the address on."
    ),
    lost=sharing.LOST,
)


@blueprint.get("/c/<token>")
@public
@guarded
def shared(token: str) -> ResponseReturnValue:
    """A credential that its student passes on."""

    def show(link: CredentialLink) -> ResponseReturnValue:
        report = looking.look_at(link.document.token.encode())
        return render_template("credentials/shared.html", token=token, link=link, **_told(report))

    return door.opened(token, show)


@blueprint.post("/c/<token>/open")
@public
@guarded
def open_shared(token: str) -> ResponseReturnValue:
    return door.let_in(token)


@blueprint.get("/c/<token>/credential.jwt")
@public
@guarded
def shared_as_token(token: str) -> ResponseReturnValue:
    """The document itself, to verify without us."""
    return door.opened(
        token,
        lambda link: attached(link.document.token, "application/vc+jwt", file_name(link.document, "jwt")),
    )
