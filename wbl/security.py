"""Headers that every answer carries."""

from __future__ import annotations

from flask import Flask, Response, abort, request

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "worker-src 'self'",
    ]
)


def init_security(app: Flask) -> None:
    @app.before_request
    def refuse_null_characters() -> None:
        # PostgreSQL stores none, SQLite stores one that no page and no CSV file can show.
        if any("\0" in value for _name, value in request.values.items(multi=True)):
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        # A family's link is its token: it must not travel on to another site.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        # Pages are never kept; style sheets and scripts are, and asked about with their ETag.
        if request.endpoint != "static" and not response.cache_control.max_age:
            response.headers["Cache-Control"] = "no-store"
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
