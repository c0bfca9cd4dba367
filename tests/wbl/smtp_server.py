"""A real mail server in a process of its own, which refuses whom a test says and keeps the rest.

``python -m tests.wbl.smtp_server PORT FOLDER``: it answers by the recipient's local part, as ``refuse.550.…``
does, and keeps each mail as a file named by its order.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS = {
    "gone": "550 5.1.1 No such user here",
    "plain": "550 No such mailbox",
    "closed": "550 5.2.1 Mailbox disabled",
    "policy": "550 5.7.1 You may not send here",
    "later": "451 4.3.0 Try again later",
    "full": "452 4.2.2 Mailbox full",
}


class Handler:
    """Keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        word = re.split(r"[@.-]", address)[0]
        if word in ANSWERS and not (self.folder / f"{word}.works").exists():
            return ANSWERS[word]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if b"refuse this content" in envelope.content:
            return "554 5.6.0 Not this"
        name = f"{time.time_ns()}-{next(self.numbers)}"
        (self.folder / f".{name}").write_bytes(envelope.content)
        (self.folder / f".{name}").rename(self.folder / f"{name}.eml")
        return "250 OK"


async def serve(port: int, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    handler = Handler(folder)
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


@contextmanager
def mail_server(folder: Path) -> Iterator[str]:
    """``SMTP_URL`` of a server that keeps its mail in this folder, for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
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
        yield f"smtp://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
