"""The blueprint that the route modules of accounts share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
