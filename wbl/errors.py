"""What services raise, and the one place that turns it into an answer."""

from __future__ import annotations

import logging
import re

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from wbl.db import db
from wbl.i18n import FAMILY_BLUEPRINTS


class DomainError(Exception):
    """Something that the user can mend. The message is a sentence for them, already translated."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """Missing or somebody else's: the two look the same."""

    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class NotAllowed(DomainError):
    """Signed in, but without the permission."""

    status = 403


class Conflict(DomainError):
    """Somebody else was first, or the thing is no longer in the state that this needs."""

    status = 409


PAGES = {400, 403, 404, 409, 413, 429, 500, 503}


_LINK = re.compile(r"/(a|c|calendar|f|h|p|r|s|invitation|new-password)/[^/\s]+")


class _WithoutTokens(logging.Filter):
    """What goes wrong is logged with its address, but the address of such a link is its key."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _LINK.sub(r"/\1/...", str(record.msg))
        return True


_without_tokens = _WithoutTokens()


def error_page(status: int, message: str = "") -> ResponseReturnValue:
    if request.blueprint in FAMILY_BLUEPRINTS:
        # A family has neither a role nor a start page, and reads one of five languages.
        return render_template("family/error.html", message="" if message == "csrf" else message), status
    page = status if status in PAGES else (500 if status >= 500 else 400)
    return render_template(f"errors/{page}.html", message=message), status


def init_errors(app: Flask) -> None:
    """Register the handlers: every error ends on a page that says what to do next."""
    # By name: `app.logger` itself would make a handler before a command has said how it logs.
    logging.getLogger(app.name).addFilter(_without_tokens)

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(error.status, error.message)

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def value_error(error: Exception) -> ResponseReturnValue:
        # A number beyond what the database counts, in an address or a form. Its text may hold what
        # was sent, so the kind alone is logged.
        app.logger.warning("a value that the database does not take: %s", type(error).__name__)
        db.session.rollback()
        return error_page(400)

    @app.errorhandler(OperationalError)
    def database_error(error: OperationalError) -> ResponseReturnValue:
        # Locked for longer than we wait, or not reached.
        app.logger.error("the database does not answer: %s", type(error.orig).__name__)
        db.session.rollback()
        return error_page(503)

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return error_page(400, "csrf")

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        db.session.rollback()
        return error_page(error.code)

    @app.errorhandler(500)
    def server_error(_error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        return error_page(500)
