"""The blueprint of employers; every module of routes adds to it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("employers", __name__, url_prefix="/employers")
