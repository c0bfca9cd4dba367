"""Searching lists: whatever the case, in Spanish names too, and exactly what was typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from tests.pages import without_tokens


@pytest.mark.parametrize("typed", ["ángel", "Ángel", "ÁNGEL", "ñáñez", "IBÁÑEZ-Ñ"])
def test_letters_beyond_a_to_z_are_found_in_any_case(
    app: Flask, sign_in: Callable[..., FlaskClient], typed: str
) -> None:
    with make.made():
        district = make.make_district()
        make.make_student(district, given_name="Ángel", family_name="Ibáñez-Ñáñez")
        make.make_student(district, given_name="Angela", family_name="Ibanez")
        user = make.make_coordinator(district)
    page = sign_in(user).get("/students/", query_string={"q": typed}).get_data(as_text=True)
    assert "Ángel Ibáñez-Ñáñez" in page
    assert "Angela" not in page


@pytest.mark.parametrize("typed", ["%", "_", "\\"])
def test_signs_of_patterns_mean_themselves(
    app: Flask, sign_in: Callable[..., FlaskClient], typed: str
) -> None:
    with make.made():
        district = make.make_district()
        make.make_student(district, given_name=f"Lee{typed}", family_name="One")
        make.make_student(district, given_name="Kim", family_name="Other")
        user = make.make_coordinator(district)
    page = sign_in(user).get("/students/", query_string={"q": typed}).get_data(as_text=True)
    assert "One" in page
    assert "Kim" not in without_tokens(page)
