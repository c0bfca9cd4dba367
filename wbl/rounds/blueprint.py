"""The blueprint that the route modules of rounds share."""

from __future__ import annotations

from flask import Blueprint

from wbl.accounts.actor import Actor
from wbl.accounts.permissions import acting

blueprint = Blueprint("rounds", __name__, url_prefix="/rounds")


def the_actor() -> Actor:
    """Who is signed in; a route with ``@requires`` has somebody."""
    actor = acting()
    assert actor is not None
    return actor
