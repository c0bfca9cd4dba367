"""Where many files wait until they are stored: on disk and without a name, so that a kill leaves none."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import NamedTuple


class Place(NamedTuple):
    """Where something lies, in bytes."""

    start: int
    length: int


class Shelf:
    """Keeps bytes out of memory. For one thread; close it, or use it as a context."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed with the shelf
        self._end = 0

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, data: bytes) -> Place:
        self._file.seek(self._end)
        self._file.write(data)
        place = Place(self._end, len(data))
        self._end += len(data)
        return place

    def get(self, place: Place) -> bytes:
        self._file.seek(place.start)
        return self._file.read(place.length)
