"""Signing in at a district's own provider: there, and back."""

from __future__ import annotations

import logging

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from joserfc.errors import JoseError
from requests import RequestException

from wbl.accounts import single_sign_on
from wbl.accounts.blueprint import blueprint
from wbl.accounts.entering_routes import first_step_taken, own_path
from wbl.accounts.models import IdentityProvider
from wbl.accounts.permissions import public
from wbl.config import oidc_secret
from wbl.db import transaction
from wbl.errors import DomainError
from wbl.extensions import limiter
from wbl.people.models import District

log = logging.getLogger("wbl.accounts")
TARGET = "provider_next"
# What a provider can do wrong: not answer, answer something else, or answer what does not hold.
FAILURES = (AuthlibBaseError, JoseError, RequestException, RuntimeError, KeyError, ValueError)


def _client(provider: IdentityProvider, district: District) -> FlaskOAuth2App:
    """Authlib's client: state, nonce and PKCE, kept in the browser's signed cookie meanwhile."""
    return FlaskOAuth2App(
        FlaskIntegration(f"provider-{district.id}"),
        f"provider-{district.id}",
        client_id=provider.client_id,
        client_secret=oidc_secret(district.slug),
        server_metadata_url=provider.discovery_url,
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": 10},
    )


def _back(slug: str) -> str:
    """Where the provider sends people back: registered there, so of the public address alone."""
    return current_app.config["PUBLIC_URL"] + url_for("accounts.provider_back", slug=slug)


def _failed(slug: str, error: Exception) -> ResponseReturnValue:
    # The kind alone: its text may hold an address or a token.
    log.warning("the provider of %s: %s", slug, type(error).__name__)
    flash(_("Signing in there did not work. Try once more, or sign in below."), "stop")
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/sign-in/with/<slug>")
@public
@limiter.limit("30/minute")
def provider(slug: str) -> ResponseReturnValue:
    """Off to the provider. A link and no form, so that forms may go nowhere but to us."""
    found, district = single_sign_on.provider_of(slug)
    for stale in [key for key in session if key.startswith("_state_")]:
        session.pop(stale)
    session[TARGET] = own_path(request.args.get("next"))
    try:
        return _client(found, district).authorize_redirect(_back(slug))
    except FAILURES as error:
        return _failed(slug, error)


@blueprint.get("/sign-in/with/<slug>/back")
@public
@limiter.limit("30/minute")
def provider_back(slug: str) -> ResponseReturnValue:
    """Back from the provider, with its word on who this is."""
    found, district = single_sign_on.provider_of(slug)
    second_asked = not found.asks_second_step
    client = _client(found, district)
    try:
        token = client.authorize_access_token()
        claims = dict(token["userinfo"])
        if "email" not in claims:
            more = client.userinfo(token=token)
            # Of somebody else than the token, it says nothing (OpenID Connect Core, 5.3.2).
            claims |= dict(more) if more.get("sub") == claims["sub"] else {}
    except FAILURES as error:
        return _failed(slug, error)
    try:
        # The session is written by the visitor's own act of signing in, which ends with this address.
        with transaction():
            user = single_sign_on.user_of(found, claims, str(claims["iss"]))
    except DomainError as error:
        flash(error.message, "stop")
        return redirect(url_for("accounts.sign_in"))
    return first_step_taken(user, session.pop(TARGET, None), second_asked=second_asked)
