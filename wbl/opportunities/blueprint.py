"""The blueprint of postings; every module of routes adds to it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("opportunities", __name__, url_prefix="/postings")
