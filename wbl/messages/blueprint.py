"""The blueprint that the route modules of messages share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("messages", __name__)
