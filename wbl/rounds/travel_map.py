"""Where a run's students come from and where they go: a grid with counts, never a home.

A square with fewer than :data:`SMALLEST` students is not drawn at all. How many are left out so is
told; where they are fewer than :data:`SMALLEST` together, the next smallest square is left out too.

The frame is drawn around nearly all of it: one place far away would press everything else into a
corner. What lies outside is counted, with the side on which it lies.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from sqlalchemy import func, select

from matching.problem import FloatArray
from wbl.db import db, plain_rows
from wbl.employers.models import Employer, Site
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import StudentHome
from wbl.rounds.models import Explanation, Proposal, SolveRun

SMALLEST = 5
SIZES = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Sides of a square in degrees of latitude: 0.01 is about a kilometer, so never one home."""
MOST_SQUARES = 12  # along the longer side
WIDTH = 1000.0
MOST_SPOTS = 150
SPOTS_ACROSS = 25
"""Parts of the map, where there are more places than that."""
LEVELS = 5

INSIDE = 0.98  # of students and places, the nearest to the middle, that the frame is drawn around
WORTH_CUTTING = 2.0  # how much smaller the frame must become before anything is cut off

MILES_A_DEGREE = 69.1  # of latitude


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the map; ``placed`` and ``minutes`` are None where they would tell of few."""

    name: str  # as on a chessboard: A1 is in the north-west
    x: float
    y: float
    width: float
    height: float
    students: int
    placed: int | None
    minutes: float | None  # typical journey of those who are placed
    level: int  # 1 to LEVELS by the number of students


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of work, with all that is offered there; where there are many, the ``more`` close by too."""

    x: float
    y: float
    radius: float
    label: str
    more: int
    square: str
    seats: int
    taken: int


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside the frame on one side of it, and the point of the edge that shows there."""

    side: str  # north, south, east or west
    x: float
    y: float
    students: int
    places: int


@dataclass(frozen=True, slots=True)
class TravelMap:
    """The map as SVG is made of it."""

    height: float
    squares: list[Square]
    spots: list[Spot]
    outside: list[Outside]
    unknown: int  # students without a home on the map
    miles: float  # the side of a square
    left_out: int  # students in squares that are not drawn


class _Site(NamedTuple):
    latitude: float
    longitude: float
    seats: int
    taken: int
    employer: str | None
    site: str | None
    title: str


@dataclass(frozen=True, slots=True)
class _Home:
    latitude: float
    longitude: float
    placed: bool
    minutes: int | None


@dataclass(frozen=True, slots=True)
class _Grid:
    """Squares of ``size`` degrees, wider in longitude so that they look square on the ground."""

    size: float
    stretch: float
    first_row: int  # the northernmost, counted from the equator
    first_column: int
    rows: int
    columns: int

    @property
    def side(self) -> float:
        return WIDTH / self.columns

    def cell(self, latitude: float, longitude: float) -> tuple[int, int]:
        row = self.first_row - math.floor(latitude / self.size)
        return row, math.floor(longitude / (self.size * self.stretch)) - self.first_column

    def side_of(self, latitude: float, longitude: float) -> str:
        """The side on which a point lies outside; "" for one that lies inside."""
        row, column = self.cell(latitude, longitude)
        north, west = -row, -column
        south, east = row - self.rows + 1, column - self.columns + 1
        far = max(north, south, east, west)
        if far <= 0:
            return ""
        return "north" if far == north else "south" if far == south else "east" if far == east else "west"

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        y = (self.first_row + 1 - latitude / self.size) * self.side
        return (longitude / (self.size * self.stretch) - self.first_column) * self.side, y


def travel_map(run: SolveRun) -> TravelMap | None:
    """The map of a done run; None where no home and no place of work is known."""
    homes, unknown = _homes(run)
    sites = _sites(run)
    places = [(site.latitude, site.longitude) for site in sites]
    points = [(home.latitude, home.longitude) for home in homes] + places
    if not points:
        return None
    whole = _grid(_middle(np.array(points)))
    by_cell: dict[tuple[int, int], list[_Home]] = {}
    for home in homes:
        by_cell.setdefault(whole.cell(home.latitude, home.longitude), []).append(home)
    hidden = hidden_cells({cell: len(found) for cell, found in by_cell.items()})
    shown = [home for cell, found in by_cell.items() if cell not in hidden for home in found]
    # The frame is drawn around what is shown: it must not tell how far off somebody lives either.
    drawn = [(home.latitude, home.longitude) for home in shown] + places
    grid = _framed(_middle(np.array(drawn or points[:1])), whole.size, whole.stretch)
    sides = [grid.side_of(home.latitude, home.longitude) for home in shown]
    inside = [home for home, side in zip(shown, sides, strict=True) if not side]
    return TravelMap(
        height=grid.rows * grid.side,
        squares=_squares(inside, grid),
        spots=_spots(sites, grid),
        outside=_outside(Counter(sides), places, grid),
        unknown=unknown,
        miles=round(grid.size * MILES_A_DEGREE, 1),
        left_out=sum(len(by_cell[cell]) for cell in hidden),
    )


def _middle(points: FloatArray) -> FloatArray:
    """[k, 2] the points without the few farthest from the middle, where these would more than double the
    map."""
    middle = np.median(points, axis=0)
    stretch = max(0.2, math.cos(math.radians(middle[0])))
    far = np.hypot(points[:, 0] - middle[0], (points[:, 1] - middle[1]) * stretch)
    kept = points[np.argsort(far, kind="stable")[: math.ceil(INSIDE * len(points))]]
    return kept if _extent(points, stretch) > WORTH_CUTTING * _extent(kept, stretch) > 0 else points


def _extent(points: FloatArray, stretch: float) -> float:
    """The longer side of what the points span, in degrees of latitude."""
    high, wide = np.ptp(points, axis=0)
    return float(max(high, wide * stretch))


def _outside(students: Counter[str], places: Sequence[tuple[float, float]], grid: _Grid) -> list[Outside]:
    """How much lies outside on each side; what is offered at one place counts as one, as on the map."""
    far = Counter(grid.side_of(*place) for place in set(places))
    height = grid.rows * grid.side
    edges = {
        "north": (WIDTH / 2, 0.0),
        "east": (WIDTH, height / 2),
        "south": (WIDTH / 2, height),
        "west": (0.0, height / 2),
    }
    return [
        Outside(side, round(x, 1), round(y, 1), students[side], far[side])
        for side, (x, y) in edges.items()
        if students[side] or far[side]
    ]


def _homes(run: SolveRun) -> tuple[list[_Home], int]:
    """The homes of those whom the run looked at, and how many have none on record."""
    journeys = (
        select(Proposal.submission_id, func.max(Proposal.travel_minutes).label("minutes"))
        .where(Proposal.run_id == run.id)
        .group_by(Proposal.submission_id)
        .subquery()
    )
    rows = plain_rows(
        select(StudentHome.latitude, StudentHome.longitude, journeys.c.submission_id, journeys.c.minutes)
        .select_from(Explanation)
        .join(Submission, Submission.id == Explanation.submission_id)
        .outerjoin(StudentHome, StudentHome.student_id == Submission.student_id)
        .outerjoin(journeys, journeys.c.submission_id == Submission.id)
        .where(Explanation.run_id == run.id)
    )
    homes = [_Home(row[0], row[1], row[2] is not None, row[3]) for row in rows if row[0] is not None]
    return homes, len(rows) - len(homes)


def _sites(run: SolveRun) -> list[_Site]:
    """Offerings with a place on the map, and the seats that the run fills."""
    taken = (
        select(Proposal.offering_id, func.count().label("number"))
        .where(Proposal.run_id == run.id)
        .group_by(Proposal.offering_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Offering.latitude,
            Offering.longitude,
            Offering.seats,
            func.coalesce(taken.c.number, 0),
            Employer.name,
            Site.name,
            Opportunity.title,
        )
        .join(Offering.opportunity)
        .outerjoin(Opportunity.employer)
        .outerjoin(Opportunity.site)
        .outerjoin(taken, taken.c.offering_id == Offering.id)
        .where(
            Offering.round_id == run.round_id,
            Offering.active,
            Offering.latitude.is_not(None),
            Offering.longitude.is_not(None),
        )
        .order_by(Offering.id)
    )
    return [_Site(*row) for row in rows]


def _grid(points: FloatArray) -> _Grid:
    """The finest grid that has few enough squares; its lines are the same for every run."""
    south, north = points[:, 0].min(), points[:, 0].max()
    # Of a whole degree, so that the lines of the grid stay where they are from run to run.
    stretch = round(1 / max(0.2, math.cos(math.radians(round((south + north) / 2)))), 2)
    for size in SIZES:
        grid = _framed(points, size, stretch)
        if max(grid.rows, grid.columns) <= MOST_SQUARES:
            break
    return grid


def _framed(points: FloatArray, size: float, stretch: float) -> _Grid:
    """A grid of squares of one size around points."""
    south, west = np.floor(points.min(axis=0) / (size, size * stretch)).astype(int).tolist()
    north, east = np.floor(points.max(axis=0) / (size, size * stretch)).astype(int).tolist()
    high, wide = north - south + 1, east - west + 1
    # A strip of squares is padded with ground, so that it is no sliver on a wide screen.
    beside = max(0, high - wide)
    return _Grid(size, stretch, north, west - beside // 2, high, wide + beside)


def hidden_cells(counts: dict[tuple[int, int], int]) -> set[tuple[int, int]]:
    """The squares that are not drawn."""
    hidden = {cell for cell, count in counts.items() if count < SMALLEST}
    shown = sorted((count, cell) for cell, count in counts.items() if cell not in hidden)
    if hidden and shown and sum(counts[cell] for cell in hidden) < SMALLEST:
        hidden.add(shown[0][1])
    return hidden


def _squares(homes: Sequence[_Home], grid: _Grid) -> list[Square]:
    by_cell: dict[tuple[int, int], list[_Home]] = {}
    for home in homes:
        by_cell.setdefault(grid.cell(home.latitude, home.longitude), []).append(home)
    most = max((len(found) for found in by_cell.values()), default=1)
    return [_square(cell, found, grid, most) for cell, found in sorted(by_cell.items())]


def _square(cell: tuple[int, int], found: Sequence[_Home], grid: _Grid, most: int) -> Square:
    row, column = cell
    minutes = [home.minutes for home in found if home.minutes is not None]
    placed = sum(home.placed for home in found)
    # "All but one are placed" and the journey of few would tell of them.
    few = placed < SMALLEST or 0 < len(found) - placed < SMALLEST
    return Square(
        name=_name(row, column),
        x=column * grid.side,
        y=row * grid.side,
        width=grid.side,
        height=grid.side,
        students=len(found),
        placed=None if few else placed,
        minutes=median(minutes) if len(minutes) >= SMALLEST else None,
        level=max(1, math.ceil(LEVELS * len(found) / most)),
    )


def _name(row: int, column: int) -> str:
    return f"{chr(ord('A') + column % 26)}{row + 1}"


def _spots(sites: Sequence[_Site], grid: _Grid) -> list[Spot]:
    """One spot for each place; several opportunities at one place are counted together.

    More than :data:`MOST_SPOTS` would be a blot: those close to each other are then one spot, too.
    """
    sites = [site for site in sites if not grid.side_of(site.latitude, site.longitude)]
    here = _together(sites, lambda site: (site.latitude, site.longitude))
    if len(here) > MOST_SPOTS:
        side = WIDTH / SPOTS_ACROSS

        def part(site: _Site) -> tuple[int, int]:
            x, y = grid.point(site.latitude, site.longitude)
            return int(y // side), int(x // side)

        here = _together(sites, part)
    return [_spot(found, grid) for found in here]


def _together(sites: Sequence[_Site], where: Callable[[_Site], tuple[float, float]]) -> list[list[_Site]]:
    found: dict[tuple[float, float], list[_Site]] = {}
    for site in sites:
        found.setdefault(where(site), []).append(site)
    return [found[place] for place in sorted(found)]


def _spot(sites: Sequence[_Site], grid: _Grid) -> Spot:
    latitude, longitude = fmean(site.latitude for site in sites), fmean(site.longitude for site in sites)
    x, y = grid.point(latitude, longitude)
    seats = sum(site.seats for site in sites)
    return Spot(
        x=round(x, 1),
        y=round(y, 1),
        radius=round(6 + 3 * math.sqrt(min(seats, 40)), 1),
        label=_label(sites[0]),
        more=len({(site.latitude, site.longitude) for site in sites}) - 1,
        square=_name(*grid.cell(latitude, longitude)),
        seats=seats,
        taken=sum(site.taken for site in sites),
    )


def _label(site: _Site) -> str:
    return f"{site.employer}, {site.site}" if site.employer and site.site else site.employer or site.title


@dataclass(frozen=True, slots=True)
class SeatUse:
    """Seats of a field, and how many of them a run fills."""

    cluster: str
    seats: int
    taken: int


def seat_use(run: SolveRun) -> list[SeatUse]:
    """Seats by field, the largest field first."""
    taken = (
        select(Proposal.offering_id, func.count().label("taken"))
        .where(Proposal.run_id == run.id)
        .group_by(Proposal.offering_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Offering.cluster,
            func.sum(Offering.seats).label("seats"),
            func.coalesce(func.sum(taken.c.taken), 0),
        )
        .outerjoin(taken, taken.c.offering_id == Offering.id)
        .where(Offering.round_id == run.round_id, Offering.active)
        .group_by(Offering.cluster)
        .order_by(func.sum(Offering.seats).desc(), Offering.cluster)
    )
    return [SeatUse(row[0], int(row[1]), int(row[2])) for row in rows]
