"""A small application for tests/wbl/test_web_server.py: it answers when it may, with its process's number.

Its folder (``WAITING_FOLDER``) holds a file ``PATH.came`` for each request that is inside, and ``PATH.go``
for each that may go.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from wbl import web_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

web_server.PATIENCE = float(os.environ["WAITING_PATIENCE"])
FOLDER = Path(os.environ["WAITING_FOLDER"])


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    name = environ["PATH_INFO"].strip("/")
    (FOLDER / f"{name}.came").touch()
    end = time.monotonic() + 30
    while not (FOLDER / f"{name}.go").exists() and time.monotonic() < end:
        time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
