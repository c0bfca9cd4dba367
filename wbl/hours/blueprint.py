"""The blueprint of hours; its routes are in the modules that end in ``routes``."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("hours", __name__)
