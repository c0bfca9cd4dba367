"""The travel map: a grid with counts, from which nobody's home can be told."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.wbl.published import NEAR
from tests.wbl.rounds_support import bring_in, make_place, small_folder, solve
from wbl.db import db
from wbl.people.models import StudentHome
from wbl.rounds.travel_map import SMALLEST, hidden_cells, seat_use, travel_map

Browser = Callable[..., FlaskClient]

# 9 at one corner, 7 a kilometer on, 2 far off: the 2 are too few, and so the 7 go with them.
CROWD = NEAR + "".join(
    f"C{n},NORTH,11,2010-03-04,{lat},{lon},SEC,,,car,60,\n"
    for n, (lat, lon) in enumerate(
        [(30.1231, -90.6541)] * 8 + [(30.1441, -90.6541)] * 7 + [(30.2111, -90.6541)] * 2
    )
)


def test_a_square_of_few_is_not_drawn_and_one_more_with_it() -> None:
    assert hidden_cells({(0, 0): 9, (0, 1): 12}) == set()
    assert hidden_cells({(0, 0): 9, (0, 1): 2, (1, 1): 12}) == {(0, 1), (0, 0)}, "else two are left out"
    assert hidden_cells({(0, 0): 4, (0, 1): 2, (1, 1): 12}) == {(0, 0), (0, 1)}, "six are left out"
    assert hidden_cells({(0, 0): 3}) == {(0, 0)}


def test_the_map_shows_counts_and_no_home(app: Flask, client: FlaskClient, sign_in: Browser) -> None:
    place = make_place()
    bring_in(place, small_folder(students=CROWD))
    run = solve(place)
    found = travel_map(run)
    assert found is not None
    assert found.squares and all(square.students >= SMALLEST for square in found.squares)
    assert found.left_out == 0 or found.left_out >= SMALLEST
    assert sum(square.students for square in found.squares) + found.left_out == 20
    assert {one.taken for one in seat_use(run)} <= {0, 1, 2}

    sign_in(place.user)
    page = unescape(client.get(f"/rounds/{place.round_id}/runs/1/map").text)
    for home in db.session.scalars(select(StudentHome)):
        assert str(home.latitude) not in page and str(home.longitude) not in page
    assert "Castillo" not in page and "Bayou Clinic" in page
    assert len(re.findall(r'<rect class="map-square', page)) == len(found.squares)
    sign_in(make_place().user)
    assert client.get(f"/rounds/{place.round_id}/runs/1/map").status_code == 404


def test_one_place_far_away_does_not_press_the_rest_into_a_corner(
    app: Flask, client: FlaskClient, sign_in: Browser
) -> None:
    """Five students two hundred miles north: they are counted at the edge, and the map stays close."""
    crowd = NEAR + "".join(
        f"D{n},NORTH,11,2010-03-04,{30.1 + n % 9 / 100},{-90.6 - n % 7 / 100},SEC,,,car,60,\n"
        for n in range(300)
    )
    far = "".join(f"F{n},NORTH,11,2010-03-04,33.1005,-90.6541,SEC,,,car,60,\n" for n in range(5))
    place = make_place()
    bring_in(place, small_folder(students=crowd + far))
    found = travel_map(solve(place))
    assert found is not None and len(found.squares) > 12
    assert [(edge.side, edge.students, edge.places) for edge in found.outside] == [("north", 5, 0)]
    assert found.miles < 3
    sign_in(place.user)
    page = unescape(client.get(f"/rounds/{place.round_id}/runs/1/map").text)
    assert "Farther away than this map shows: 5 students to the north." in page


def test_a_round_without_places_says_so(client: FlaskClient, sign_in: Browser, app: Flask) -> None:
    place = make_place()
    bring_in(
        place,
        small_folder(
            students="student_id,grade\nS1,11\n",
            opportunities="opportunity_id,seats\nO1,1\n",
            schools=None,
            preferences=None,
            people=None,
            guardians=None,
            sites=None,
        ),
    )
    solve(place)
    sign_in(place.user)
    page = client.get(f"/rounds/{place.round_id}/runs/1/map").text
    assert "Nothing to draw" in page and "No field given" in page
