"""A real gateway for text messages: an HTTP server in a process of its own.

``python -m tests.wbl.text_gateway PORT FOLDER``: it answers as the file ``answer`` in the folder
says (a status; "slow"; "drop": takes the text and closes the line), and keeps each text as a line of
``taken``, one a key.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


class Handler(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = (self.folder / "answer").read_text()
        asked = {
            "method": self.command,
            "path": self.path,
            "token": self.headers["Authorization"],
            "key": self.headers["Idempotency-Key"],
            **body,
        }
        with (self.folder / "asked").open("a") as file:
            file.write(json.dumps(asked) + "\n")
        if answer == "slow":
            time.sleep(3)
        if answer in ("200", "202", "drop") and not self._known(asked["key"]):
            with (self.folder / "taken").open("a") as file:
                file.write(json.dumps(asked) + "\n")
        if answer == "drop":
            self.connection.close()
            return
        self.send_response(int(answer) if answer.isdigit() else 200)
        if answer in ("301", "307"):
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def _known(self, key: str) -> bool:
        file = self.folder / "taken"
        return file.exists() and any(json.loads(line)["key"] == key for line in file.read_text().splitlines())

    def log_message(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Gateway:
    url: str
    folder: Path

    def answer(self, how: str) -> None:
        (self.folder / "answer").write_text(how)

    def _lines(self, name: str) -> list[dict[str, str]]:
        file = self.folder / name
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def asked(self) -> list[dict[str, str]]:
        return self._lines("asked")

    @property
    def taken(self) -> list[dict[str, str]]:
        return self._lines("taken")


@contextmanager
def text_gateway(folder: Path) -> Iterator[Gateway]:
    """A gateway that takes what it is given, for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gateway = Gateway(f"http://127.0.0.1:{port}/send", folder)
    gateway.answer("202")
    process = subprocess.Popen([sys.executable, "-m", __name__, str(port), str(folder)], cwd=ROOT)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.05)
        yield gateway
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
