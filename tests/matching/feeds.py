"""Small timetables: a feed from plain tables, and random ones."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping

CALENDAR = (
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "daily,1,1,1,1,1,1,1,20270101,20271231\n"
)
ROUTES = "route_id,route_short_name,route_long_name,route_type\nr94,94,Broad,3\nr12,12,St. Charles,0\n"
# Four stops far apart; a minute on foot is some 0.00055 degrees north.
STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon\n"
    "a,Alder,30.00,-90.00\nb,Birch,30.05,-90.00\nc,Cedar,30.10,-90.00\nd,Dogwood,30.15,-90.00\n"
)
TRIPS = "trip_id,route_id,service_id\nout,r94,daily\nhome,r94,daily\n"
STOP_TIMES = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "out,12:31:00,12:31:00,a,1\nout,12:40:00,12:41:00,b,2\nout,12:50:00,12:50:00,c,3\n"
    "home,16:10:00,16:10:00,c,1\nhome,16:20:00,16:20:00,b,2\nhome,16:30:00,16:30:00,a,3\n"
)
DEFAULT = {
    "calendar.txt": CALENDAR,
    "routes.txt": ROUTES,
    "stops.txt": STOPS,
    "trips.txt": TRIPS,
    "stop_times.txt": STOP_TIMES,
}


def feed(
    files: Mapping[str, str | bytes | None] | None = None, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A feed of one bus out and home, with some files replaced (None: left out)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, text in {**DEFAULT, **(files or {})}.items():
            if text is not None:
                archive.writestr(name, text)
    return packed.getvalue()


def clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def random_feed(draw: random.Random) -> bytes:
    """A dense little town: lines that cross, headways, transfers, exceptions, trips past midnight."""
    stops = [f"s{i}" for i in range(draw.randint(4, 9))]
    places = [(30 + draw.random() / 30, -90 + draw.random() / 30) for _ in stops]
    stop_lines = ["stop_id,stop_lat,stop_lon,parent_station,location_type", "hub,30.01,-90.01,,1"]
    for stop, (latitude, longitude) in zip(stops, places, strict=True):
        parent = "hub" if draw.random() < 0.3 else ""
        stop_lines.append(f"{stop},{latitude:.4f},{longitude:.4f},{parent},")
    trips, times, headways = ["trip_id,route_id,service_id"], [], ["trip_id,start_time,end_time,headway_secs"]
    for trip in range(draw.randint(3, 25)):
        service = draw.choice(("daily", "daily", "weekend", "extra"))
        trips.append(f"t{trip},{draw.choice(('r94', 'r12'))},{service}")
        now = draw.randint(11 * 3600, 18 * 3600) if draw.random() < 0.8 else draw.randint(22, 25) * 3600
        for place, stop in enumerate(draw.sample(stops, draw.randint(2, min(5, len(stops))))):
            arrival = now
            departure = arrival + draw.choice((0, 0, 30, 120))
            bars = f"{draw.choice('000001')},{draw.choice('000012')}"
            shown = ("", "") if place and draw.random() < 0.1 else (clock(arrival), clock(departure))
            times.append([f"t{trip}", *shown, stop, str(place + 1), bars])
            now = departure + draw.choice((0, 60, 180, 600))
        times[-1][1:3] = [clock(arrival), clock(departure)]  # the last call needs a time
        if draw.random() < 0.15:
            headways.append(f"t{trip},12:00:00,17:00:00,{draw.choice((600, 900, 1700))}")
    transfers = ["from_stop_id,to_stop_id,transfer_type,min_transfer_time"]
    for _ in range(draw.randint(0, 6)):
        pair = f"{draw.choice(stops)},{draw.choice((*stops, 'hub'))}"
        transfers.append(f"{pair},{draw.choice('01223')},{draw.choice((0, 30, 240, 900))}")
    calendar = CALENDAR + "weekend,0,0,0,0,0,1,1,20270101,20271231\n"
    exceptions = "service_id,date,exception_type\nextra,20270118,1\ndaily,20270119,2\n"
    header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    return feed(
        {
            "stops.txt": "\n".join(stop_lines),
            "trips.txt": "\n".join(trips),
            "stop_times.txt": header + "\n".join(",".join(row) for row in times),
            "frequencies.txt": "\n".join(headways),
            "transfers.txt": "\n".join(transfers),
            "calendar.txt": calendar,
            "calendar_dates.txt": exceptions,
        }
    )
