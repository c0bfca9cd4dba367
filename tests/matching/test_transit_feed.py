"""A GTFS feed is read as it means, counts by its content, and says where it is wrong."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from matching.eligibility.transit import text
from matching.eligibility.transit.feed import BadFeed, Feed, read_feed
from tests.matching.feeds import CALENDAR, DEFAULT, STOP_TIMES, STOPS, TRIPS, feed

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HEADER = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"


def read_data(name: str) -> Feed:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in the data folder")
    return read_feed(path.read_bytes())


def calls(found: Feed, trip: int = 0) -> list[tuple[str, int, int]]:
    part = slice(int(found.trip_first[trip]), int(found.trip_first[trip + 1]))
    rows = zip(
        found.stop[part].tolist(), found.arrival[part].tolist(), found.departure[part].tolist(), strict=True
    )
    return [(found.stops.ids[stop], arrival, departure) for stop, arrival, departure in rows]


def test_trips_call_in_order_with_seconds_after_midnight() -> None:
    found = read_feed(feed())
    assert [line.name for line in found.lines] == ["12", "94"]
    assert {line.mode for line in found.lines} == {"bus", "tram"}
    assert calls(found, 1) == [("a", 45060, 45060), ("b", 45600, 45660), ("c", 46200, 46200)]
    assert found.stops.names == ("Alder", "Birch", "Cedar")  # no trip calls at d


def test_the_sample_feed_of_the_specification() -> None:
    found = read_data("gtfs-sample/sample-feed-1.zip")
    assert len(found.stops) == 9
    assert (found.first_date, found.last_date) == (date(2007, 1, 1), date(2010, 12, 31))
    # 8 trips as they stand; STBA every 30 minutes from 6 to 22; CITY1 and CITY2 by their headways.
    assert len(found.trip_line) == 8 + 32 + 2 * (4 + 12 + 12 + 18 + 6)
    whole_week, saturdays = (
        next(i for i, s in enumerate(found.services) if sum(s.weekdays) == days) for days in (7, 2)
    )
    monday = date(2007, 6, 4)
    assert not found.running(monday.toordinal())[whole_week]  # taken out by calendar_dates.txt
    assert found.running(monday.toordinal() + 1)[whole_week]
    assert not found.running(monday.toordinal() + 1)[saturdays]
    assert found.running(monday.toordinal() + 5)[saturdays]


def test_the_feed_of_a_real_city() -> None:
    found = read_data("new-orleans/rta-gtfs-2018.zip")
    assert (len(found.lines), len(found.trip_line), len(found.stop)) == (41, 7694, 301_534)
    assert (found.first_date, found.last_date) == (date(2018, 5, 23), date(2018, 9, 2))
    assert found.covers([date(2018, 5, 23), date(2018, 9, 2)])
    assert not found.covers([date(2018, 9, 3)])


def test_a_feed_counts_by_its_content() -> None:
    def backwards(name: str) -> str:
        header, *rows = DEFAULT[name].splitlines()
        return "\r\n".join([header, *reversed(rows)]) + "\r\n"

    plain = read_feed(feed()).digest
    shuffled = {name: "\ufeff" + backwards(name) for name in DEFAULT}
    assert read_feed(feed(shuffled, zipfile.ZIP_STORED)).digest == plain
    assert read_feed(feed({"agency.txt": "agency_id\n1\n"})).digest == plain
    assert read_feed(feed({"stops.txt": STOPS.replace("30.05", "30.051")})).digest != plain
    assert read_feed(feed({"stop_times.txt": STOP_TIMES.replace("12:31", "12:32")})).digest != plain
    assert read_feed(feed({"calendar.txt": CALENDAR.replace("20270101", "20270102")})).digest != plain


def test_times_pass_midnight_and_missing_ones_are_spread() -> None:
    rows = "out,23:50:00,23:50:00,a,1\nout,,,b,2\nout,,,c,7\nout,24:20:00,25:00:00,d,9\n"
    found = read_feed(feed({"stop_times.txt": HEADER + rows}))
    assert calls(found) == [
        ("a", 85800, 85800),
        ("b", 86400, 86400),
        ("c", 87000, 87000),
        ("d", 87600, 90000),
    ]


def test_no_vehicle_is_at_two_stops_in_one_second() -> None:
    rows = "out,6:00:00,6:00:00,a,1\nout,6:00:00,6:00:00,b,2\nout,6:00:00,6:00:30,c,3\nout,6:00:30,,d,4\n"
    found = read_feed(feed({"stop_times.txt": HEADER + rows}))
    assert [arrival - 21600 for _, arrival, _ in calls(found)] == [0, 1, 2, 31]


def test_one_time_of_a_call_stands_for_both_and_short_rows_end_in_empty_cells() -> None:
    rows = "out,06:00:00,,a,1\nout,,06:10:00,b,2\n"
    found = read_feed(feed({"stop_times.txt": HEADER.replace("\n", ",pickup_type,drop_off_type\n") + rows}))
    assert calls(found) == [("a", 21600, 21600), ("b", 22200, 22200)]
    assert found.boards.all() and found.alights.all()


def test_nobody_relies_on_a_stop_by_telephone() -> None:
    rows = "out,6:00:00,6:00:00,a,1,1,0\nout,6:10:00,6:10:00,b,2,3,2\nout,6:20:00,6:20:00,c,3,,1\n"
    found = read_feed(feed({"stop_times.txt": HEADER.replace("\n", ",pickup_type,drop_off_type\n") + rows}))
    assert found.boards.tolist() == [False, True, True]
    assert found.alights.tolist() == [True, False, False]


def test_a_platform_stands_where_its_station_does() -> None:
    stops = (
        "stop_id,stop_lat,stop_lon,location_type,parent_station\n"
        "hub,30.0,-90.0,1,\na,,,0,hub\nb,30.05,-90.0,,hub\nc,30.1,-90.0,,\n"
    )
    found = read_feed(feed({"stops.txt": stops}))
    assert found.stops.latitude.tolist() == [30.0, 30.05, 30.1]
    assert found.stops.station.tolist() == [0, 0, -1]


def test_transfers_of_a_station_are_those_of_its_stops() -> None:
    stops = (
        "stop_id,stop_lat,stop_lon,location_type,parent_station\n"
        "hub,30.0,-90.0,1,\na,30,-90,0,hub\nb,30.05,-90.0,,hub\nc,30.1,-90.0,,\n"
    )
    rows = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id\n"
    rows += "hub,c,2,200,\nc,a,3,,\na,c,2,10,out\nb,b,4,,\n"
    table = read_feed(feed({"stops.txt": stops, "transfers.txt": rows})).transfers
    found = list(zip(table.first.tolist(), table.then.tolist(), table.seconds.tolist(), strict=True))
    assert found == [(0, 2, 200), (1, 2, 200), (2, 0, -1)]


def test_days_by_exceptions_alone() -> None:
    days = "service_id,date,exception_type\ndaily,20270301,1\ndaily,20270405,1\n"
    found = read_feed(feed({"calendar.txt": None, "calendar_dates.txt": days}))
    assert (found.first_date, found.last_date) == (date(2027, 3, 1), date(2027, 4, 5))
    assert [found.running(date(2027, 3, day).toordinal()).any() for day in (1, 2)] == [True, False]


def test_a_service_without_dates_never_runs() -> None:
    found = read_feed(feed({"trips.txt": TRIPS.replace("daily", "ghost")}))
    assert not found.covers([date(2027, 1, 1)])
    assert found.first_date > found.last_date


STOP_HEADER = "stop_id,stop_lat,stop_lon\n"
BAD: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "no stops": ({"stops.txt": None}, "stops.txt:1: the feed has no such file"),
    "no days": ({"calendar.txt": None}, "calendar.txt:1: the feed has neither this file nor calendar_dates"),
    "latitude": (
        {"stops.txt": STOPS.replace("30.05", "95")},
        'stops.txt:3: stop_lat: "95"; expected degrees',
    ),
    "not a number": ({"stops.txt": STOPS.replace("30.05", "nan")}, "stops.txt:3: stop_lat"),
    "no place": ({"stops.txt": STOP_HEADER + "a,30,\nb,30,-90\nc,30,-90\n"}, "stops.txt:2: stop_lon"),
    "twice": ({"stops.txt": STOPS + "a,Again,30,-90\n"}, 'stops.txt:6: stop_id: "a" stands here twice'),
    "no column": ({"stops.txt": "stop_id,stop_lat\n"}, "stops.txt:1: stop_lon: the column is missing"),
    "column twice": (
        {"stops.txt": "stop_id,stop_lat,stop_lon,stop_lat\n"},
        "stop_lat: the column stands here twice",
    ),
    "parent": (
        {"stops.txt": "stop_id,stop_lat,stop_lon,parent_station\na,30,-90,\nb,30,-90,x\n"},
        'stops.txt:3: parent_station: "x" is not in stops.txt',
    ),
    "time": (
        {"stop_times.txt": STOP_TIMES.replace("12:41:00", "12:71:00")},
        "stop_times.txt:3: departure_time",
    ),
    "word": ({"stop_times.txt": STOP_TIMES.replace("12:41:00", "noon")}, 'departure_time: "noon"; expected'),
    "unknown stop": (
        {"stop_times.txt": STOP_TIMES.replace(",b,2\nout", ",x,2\nout")},
        "stop_times.txt:3: stop_id",
    ),
    "unknown trip": ({"trips.txt": TRIPS.replace("home", "hom")}, "stop_times.txt:5: trip_id"),
    "unknown route": ({"trips.txt": TRIPS.replace("home,r94", "home,r9")}, "trips.txt:3: route_id"),
    "backwards": ({"stop_times.txt": STOP_TIMES.replace("12:50", "12:30")}, "stop_times.txt:4: arrival_time"),
    "leaves early": (
        {"stop_times.txt": STOP_TIMES.replace("12:41", "12:39")},
        "stop_times.txt:3: departure_time",
    ),
    "no end": (
        {"stop_times.txt": HEADER + "out,6:00:00,,a,1\nout,,,b,2\n"},
        "stop_times.txt:3: arrival_time",
    ),
    "number twice": (
        {"stop_times.txt": STOP_TIMES.replace(",c,3", ",c,2")},
        "stop_times.txt:4: stop_sequence",
    ),
    "date": ({"calendar.txt": CALENDAR.replace("20271231", "20271331")}, "calendar.txt:2: end_date"),
    "day": ({"calendar.txt": CALENDAR.replace("daily,1", "daily,2")}, "calendar.txt:2: monday"),
    "exception": (
        {"calendar_dates.txt": "service_id,date,exception_type\ndaily,20270101,3\n"},
        "calendar_dates.txt:2: exception_type",
    ),
    "headway": (
        {"frequencies.txt": "trip_id,start_time,end_time,headway_secs\nout,6:00:00,7:00:00,0\n"},
        "frequencies.txt:2: headway_secs",
    ),
    "endless headways": (
        {"frequencies.txt": "trip_id,start_time,end_time,headway_secs\n" + "out,0:00:00,99:00:00,1\n" * 30},
        "headways make more than",
    ),
    "too many cells": ({"trips.txt": TRIPS + "x,r94,daily,more\n"}, "trips.txt:4: the row has 4 cells"),
    "open quote": ({"trips.txt": TRIPS + 'x,r94,"daily\n'}, "trips.txt"),
    "quoted line ends": (
        {"stops.txt": 'stop_id,stop_lat,stop_lon,n\na,30,-90,"x\ny"\nb,300,-90,\n'},
        "stops.txt:4",
    ),
    "not UTF-8": (
        {"trips.txt": TRIPS.encode() + b"\xff,r94,daily\n"},
        "trips.txt:4: the bytes are not UTF-8",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_with_its_place(case: str) -> None:
    files, expected = BAD[case]
    with pytest.raises(BadFeed) as raised:
        read_feed(feed(files))
    assert expected in str(raised.value)


def test_what_is_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = feed()
    for data in (b"", b"GTFS", whole[: len(whole) // 2]):
        with pytest.raises(BadFeed, match="it is no zip archive"):
            read_feed(data)
    at = whole.index(b"stop_times.txt") + 40
    with pytest.raises(BadFeed, match=r"stop_times.txt:1: it cannot be unpacked"):
        read_feed(whole[:at] + b"\0\1\2\3" + whole[at + 4 :])
    monkeypatch.setattr(text, "LARGEST_FILE", 100)
    with pytest.raises(BadFeed, match="it would unpack to"):
        read_feed(whole)


def test_a_small_archive_does_not_unpack_to_endless_work() -> None:
    header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
    started = time.process_time()
    with pytest.raises(BadFeed, match=r"transfers.txt:1: it has 3,500,001 lines; expected at most 500,000"):
        read_feed(feed({"transfers.txt": header + "a,b,0,\n" * 3_500_000}))
    assert time.process_time() - started < 5
    # A row between two stations stands for a transfer between any two of their stops.
    stops = [f"x{i},Stop,30,-90,0,big" for i in range(1_100)]
    calls = [f"t,12:{i // 60:02}:{i % 60:02},12:{i // 60:02}:{i % 60:02},x{i},{i}" for i in range(1_100)]
    files = {
        "stops.txt": "\n".join(
            ["stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station", "big,Big,30,-90,1,", *stops]
        ),
        "routes.txt": "route_id,route_type\nr,3\n",
        "trips.txt": f"trip_id,route_id,service_id\nt,r,{CALENDAR.splitlines()[1].split(',')[0]}\n",
        "stop_times.txt": "\n".join([HEADER.strip(), *calls]),
        "transfers.txt": header + "big,big,2,60\n" * 1_000,
    }
    with pytest.raises(BadFeed, match=r"the transfers are 1,210,000 between stops"):
        read_feed(feed(files))


def test_what_transfers_say_last_counts() -> None:
    header = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
    found = read_feed(feed({"transfers.txt": header + "a,b,2,60\nb,a,3,\na,b,2,90\n"}))
    assert found.transfers.seconds.tolist()[0] == 90 and len(found.transfers.seconds) == 2


def test_an_encrypted_archive_is_refused() -> None:
    packed = bytearray(feed())
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as archive:
        offsets = [info.header_offset for info in archive.infolist()]
    for offset in offsets:
        packed[offset + 6] |= 1
    central = packed.index(b"PK\1\2")
    while central >= 0:
        packed[central + 8] |= 1
        central = packed.find(b"PK\1\2", central + 4)
    with pytest.raises(BadFeed, match="it cannot be unpacked"):
        read_feed(bytes(packed))


def test_damaged_feeds_are_read_or_refused() -> None:
    whole, rng = feed(), np.random.default_rng(0)
    for _ in range(1_000):
        damaged = bytearray(feed(compression=zipfile.ZIP_STORED) if rng.random() < 0.5 else whole)
        for at in rng.integers(len(damaged), size=3):
            damaged[at] = rng.integers(256)
        try:
            read_feed(bytes(damaged))
        except BadFeed as error:
            assert error.line >= 1
