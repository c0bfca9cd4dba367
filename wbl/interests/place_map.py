"""Where what is offered lies, as counts on a plain map. No home is on it: neither one's own nor others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, radians
from typing import NamedTuple

from sqlalchemy import select

from wbl.db import db
from wbl.employers.models import Employer
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import School

WIDTH, HEIGHT, MARGIN = 400.0, 340.0, 36.0
CELLS = 8
"""How many cells the longer side has: places in one cell are one mark."""
MILES_A_DEGREE = 69.1  # of latitude
_SCALES = (0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Spot:
    """Offerings near each other: where the mark stands, how many, whose, and the area of its cell."""

    x: float
    y: float
    radius: float
    count: int
    employers: list[str]
    area: str  # south,west,north,east
    at_school: bool = False  # the school lies under the mark


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """The marks of a map, the school where no mark covers it, and a bar that says how far things are."""

    spots: list[Spot]
    school: tuple[float, float] | None
    scale_miles: float
    scale_width: float
    elsewhere: int  # offerings without a place of their own: at school, remote, or unknown


class _Place(NamedTuple):
    latitude: float
    longitude: float
    employer: str | None


def place_map(offering_ids: Sequence[int], school: School | None) -> PlaceMap | None:
    """A map of these offerings; None where none of them has a place."""
    placed = _places(offering_ids)
    if not placed:
        return None
    points = [(place.latitude, place.longitude) for place in placed]
    if school is not None and school.latitude is not None and school.longitude is not None:
        points.append((school.latitude, school.longitude))
    frame = _Frame.around(points)
    cells: dict[tuple[int, int], list[_Place]] = {}
    for place in placed:
        cells.setdefault(frame.cell(place.latitude, place.longitude), []).append(place)
    spots = _apart(frame, [cells[cell] for cell in sorted(cells)])
    at_school = None
    if school is not None and school.latitude is not None and school.longitude is not None:
        at_school = frame.at(school.latitude, school.longitude)
        spots = [replace(spot, at_school=_covers(spot, at_school)) for spot in spots]
        if any(spot.at_school for spot in spots):
            at_school = None
    miles, width = frame.scale()
    return PlaceMap(
        spots=sorted(spots, key=lambda spot: -spot.count),
        school=at_school,
        scale_miles=miles,
        scale_width=width,
        elsewhere=len(offering_ids) - len(placed),
    )


def _covers(spot: Spot, point: tuple[float, float]) -> bool:
    return hypot(spot.x - point[0], spot.y - point[1]) < spot.radius + 8


def _places(offering_ids: Sequence[int]) -> list[_Place]:
    rows = db.session.execute(
        select(Offering.latitude, Offering.longitude, Employer.name)
        .join(Offering.opportunity)
        .outerjoin(Opportunity.employer)
        .where(Offering.id.in_(offering_ids), Offering.latitude.is_not(None), Offering.longitude.is_not(None))
        .order_by(Offering.id)
    )
    return [_Place(*row) for row in rows]


def _apart(frame: _Frame, groups: list[list[_Place]]) -> list[Spot]:
    """A mark for each group, those joined whose marks would lie on each other."""
    marks: list[tuple[Spot, list[_Place]]] = []
    while groups:
        group = groups.pop()
        spot = frame.spot(group)
        at = next((at for at, (other, _group) in enumerate(marks) if _meet(spot, other)), None)
        if at is None:
            marks.append((spot, group))
        else:  # the mark of both is larger and elsewhere: it is looked at once more
            groups.append(group + marks.pop(at)[1])
    return [spot for spot, _group in marks]


def _meet(one: Spot, other: Spot) -> bool:
    return hypot(one.x - other.x, one.y - other.y) < one.radius + other.radius


@dataclass(frozen=True, slots=True)
class _Frame:
    """How degrees become units of the picture."""

    south: float
    west: float
    units: float  # of the picture, a degree of latitude
    squeeze: float  # a degree of longitude, in degrees of latitude
    cell_degrees: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> _Frame:
        lats, lons = [lat for lat, _lon in points], [lon for _lat, lon in points]
        squeeze = cos(radians(sum(lats) / len(lats)))
        high, wide = max(lats) - min(lats), (max(lons) - min(lons)) * squeeze
        least = 1 / MILES_A_DEGREE  # a mile, where everything is in one place
        units = min((WIDTH - 2 * MARGIN) / max(wide, least), (HEIGHT - 2 * MARGIN) / max(high, least))
        # In the middle of the picture, whichever side is the longer.
        south = (max(lats) + min(lats)) / 2 - HEIGHT / 2 / units
        west = (max(lons) + min(lons)) / 2 - WIDTH / 2 / units / squeeze
        return cls(south, west, units, squeeze, WIDTH / CELLS / units)

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        x = (longitude - self.west) * self.squeeze * self.units
        return round(x, 1), round(HEIGHT - (latitude - self.south) * self.units, 1)

    def cell(self, latitude: float, longitude: float) -> tuple[int, int]:
        return (
            int((latitude - self.south) // self.cell_degrees),
            int((longitude - self.west) * self.squeeze // self.cell_degrees),
        )

    def spot(self, places: Sequence[_Place]) -> Spot:
        lats, lons = [place.latitude for place in places], [place.longitude for place in places]
        x, y = self.at(sum(lats) / len(lats), sum(lons) / len(lons))
        # A little wider than the places themselves, so that rounding leaves none out.
        edges = (min(lats) - 1e-4, min(lons) - 1e-4, max(lats) + 1e-4, max(lons) + 1e-4)
        names = sorted({place.employer for place in places if place.employer is not None})
        radius = min(24.0, 11 + 2.5 * len(places) ** 0.5)
        return Spot(x, y, round(radius, 1), len(places), names, ",".join(f"{edge:.4f}" for edge in edges))

    def scale(self) -> tuple[float, float]:
        """The longest round distance that takes at most a quarter of the width."""
        a_mile = self.units / MILES_A_DEGREE
        miles = max((each for each in _SCALES if each * a_mile <= WIDTH / 4), default=_SCALES[0])
        return miles, round(miles * a_mile, 1)


def area_of(text: str) -> tuple[float, float, float, float] | None:
    """An area as an address names it (south,west,north,east); None where it is none."""
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (south, west, north, east) if -90 <= south <= north <= 90 and -180 <= west <= east <= 180 else None
