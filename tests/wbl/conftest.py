"""Rounds that many tests of pages begin with."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve


@pytest.fixture
def place(app: Flask) -> Place:
    return make_place()


@pytest.fixture
def solved(place: Place) -> Place:
    bring_in(place, small_folder())
    solve(place)
    return place
