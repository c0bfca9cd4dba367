"""Pages and style sheets are packed for browsers that can unpack them, which is all of them."""

from __future__ import annotations

from flask import Flask, Response, request

from wbl.extensions import compress


def init_packing(app: Flask) -> None:
    compress.init_app(app)

    # Registered later, so it runs first.
    @app.after_request
    def read_whole(response: Response) -> Response:
        # Flask-Compress would pack a file as it is read, and leave it open. Ours are a few kB.
        if request.endpoint == "static" and response.mimetype in app.config["COMPRESS_MIMETYPES"]:
            response.direct_passthrough = False
            response.make_sequence()
        return response
