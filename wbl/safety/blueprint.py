"""The blueprint of safety; its routes are in the modules that end in ``routes``."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("safety", __name__)
