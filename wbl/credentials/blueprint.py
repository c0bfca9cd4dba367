"""The blueprint that the route modules of credentials share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("credentials", __name__)
