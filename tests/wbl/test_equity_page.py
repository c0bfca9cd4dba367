"""A run by group: figures of small groups are left out, and nobody is named."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, solve

N = 24

SignIn = Callable[..., FlaskClient]


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def folder(female: int = 12) -> dict[str, bytes]:
    """Seats for half; students in two schools, some of them in a small group."""
    rows = [
        f"S{i:02},{'NORTH' if i < 12 else 'SOUTH'},car,sex:{'female' if i < female else 'male'}"
        f"{';foster' if i < 4 else ''}"
        for i in range(N)
    ]
    students = "student_id,school_id,travel_modes,groups\n" + "\n".join(rows) + "\n"
    work = "opportunity_id,seats,kind,paid,cluster,open_to\nA,12,job_shadow,yes,Healthcare,school:NORTH\n"
    return small_folder(
        students=students,
        opportunities=work,
        preferences=None,
        people=None,
        guardians=None,
        sites=None,
        schools=None,
    )


@pytest.fixture
def place(app: Flask) -> Place:
    made = make_place()
    bring_in(made, folder())
    solve(made)
    return made


def test_groups_are_shown_and_small_ones_left_out(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    sign_in(place.user)
    page = text_of(client, f"/rounds/{place.round_id}/runs/1/groups")
    assert "look here" in page and "four fifths" in page
    assert "Foster care" in page and "left out" in page
    assert "S00" not in page


def test_beside_another_run(client: FlaskClient, sign_in: SignIn, place: Place) -> None:
    sign_in(place.user)
    solve(place)
    here = f"/rounds/{place.round_id}/runs/2/groups"
    assert "Run 1" in text_of(client, f"{here}?against=1")
    assert client.get(f"{here}?against=2").status_code == 404
    assert client.get(f"{here}?against=9").status_code == 404
