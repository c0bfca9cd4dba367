"""Rounds that many tests of pages begin with, and databases that are put back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.wbl.beginnings import Ids, begin, ids_of, place_of
from tests.wbl.machine_support import Worlds
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve


@pytest.fixture
def place(app: Flask) -> Place:
    return make_place()


@pytest.fixture
def solved(app: Flask) -> Place:
    """The small folder's round as it comes, solved once."""
    return place_of(*begin("small folder", _solved))


def _solved() -> Ids:
    place = make_place()
    bring_in(place, small_folder())
    solve(place)
    return ids_of(place)


@pytest.fixture
def worlds(app: Flask) -> Iterator[Worlds]:
    """States of this test's database that can be put back; forgotten with the test."""
    found = Worlds(app)
    yield found
    found.forget()
