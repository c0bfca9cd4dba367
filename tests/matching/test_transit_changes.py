"""Changing from one vehicle to another, as the feed says it."""

from __future__ import annotations

import pytest

from tests.matching.feeds import STOP_TIMES
from tests.matching.transit_support import legs, make, times, way

CHANGES = (
    "x,12:00:00,12:00:00,a,1 x,12:20:00,12:20:00,b,2 "
    "y,12:{0}:00,12:{0}:00,b,1 y,12:40:00,12:40:00,c,2 "
    "z,16:05:00,16:05:00,c,1 z,16:20:00,16:20:00,a,2"
)  # fmt: skip


@pytest.mark.parametrize(
    ("transfer", "leaves", "possible"),
    [
        ("", 21, True),  # a minute
        ("", 20, False),
        ("b,b,2,300", 25, True),
        ("b,b,2,301", 25, False),
        ("b,b,1,", 20, True),  # timed: the vehicle waits
        ("b,b,3,", 30, False),
    ],
)
def test_a_change_takes_what_the_feed_says(transfer: str, leaves: int, possible: bool) -> None:
    files = times(CHANGES.format(leaves))
    files["transfers.txt"] = f"from_stop_id,to_stop_id,transfer_type,min_transfer_time\n{transfer}\n"
    problem = make(files)
    assert legs(problem) == (64 if possible else None, 24)
    if possible:
        modes = [(step["mode"], step.get("to_stop")) for step in way(problem)[0]]
        assert modes == [("walk", None), ("bus", "Birch"), ("bus", "Cedar"), ("walk", None)]


def test_a_change_at_a_stop_takes_a_minute() -> None:
    for leaves, possible in (("12:20:59", False), ("12:21:00", True)):
        files = times(CHANGES.format(21).replace("12:21:00,12:21:00", f"{leaves},{leaves}"))
        assert (legs(make(files))[0] is not None) == possible


def test_a_change_between_stops_is_walked() -> None:
    stops = "stop_id,stop_lat,stop_lon\na,30,-90\nb,30.05,-90\nb2,30.0511,-90\nc,30.1,-90\n"
    rows = CHANGES.replace("y,12:{0}:00,12:{0}:00,b,1", "y,12:{0}:00,12:{0}:00,b2,1")
    for leaves, possible in ((23, True), (22, False)):  # two minutes on foot, and one to change
        problem = make({**times(rows.format(leaves)), "stops.txt": stops})
        assert (legs(problem)[0] is not None) == possible
        if possible:
            assert [step["mode"] for step in way(problem)[0]] == ["walk", "bus", "walk", "bus", "walk"]


def test_headways_are_a_timetable() -> None:
    files = times(STOP_TIMES.split("\n", 1)[1])
    files["frequencies.txt"] = "trip_id,start_time,end_time,headway_secs\nout,12:00:00,13:00:00,900\n"
    # 12:00, 12:15, 12:30, 12:45: the one at 12:30 takes 19 minutes.
    assert legs(make(files)) == (34, 34)


def test_a_forbidden_change_within_a_station() -> None:
    stops = (
        "stop_id,stop_lat,stop_lon,location_type,parent_station\n"
        "hub,30.05,-90,1,\na,30,-90,,\nb,30.05,-90,,hub\nb2,30.056,-90,,hub\nc,30.1,-90,,\n"
    )
    rows = CHANGES.replace("y,12:{0}:00,12:{0}:00,b,1", "y,12:{0}:00,12:{0}:00,b2,1").format(32)
    # Eleven minutes on foot: within a station one may, unless the feed says that one cannot.
    for transfer, there in (("", 64), ("b,b2,3,", None)):
        header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        problem = make({**times(rows), "stops.txt": stops, "transfers.txt": header + transfer})
        assert legs(problem) == (there, 24)
