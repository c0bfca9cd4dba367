"""Perkins V, indicator 5S3: of the CTE concentrators who graduate, how many took part in work-based learning.

20 U.S.C. 2323(b)(2)(A). See docs/decisions/reports.md for what was verified, and where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select

from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db
from wbl.hours.models import EntryState, TimeEntry
from wbl.opportunities.models import Offering
from wbl.people.models import District, Student, StudentCte
from wbl.placements.models import Placement, PlacementState
from wbl.reports import thresholds
from wbl.reports.equity import Counted, members_of
from wbl.reports.qualifying import Qualifying, of_district

if TYPE_CHECKING:
    from matching.problem import BoolArray

CLUSTER, CIP = "cluster", "cip"
GRADUATES, TOOK_PART = 0, 1


@dataclass(frozen=True, slots=True)
class Took:
    """What a student did that qualifies. ``kinds``: with whether it was paid, in order of the rows."""

    minutes: int = 0
    kinds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """``missing``: how many students lack what is needed to count them, by what they lack."""

    year: int
    rule: Qualifying
    counted: Counted
    took: dict[int, Took]
    missing: dict[str, int]


GAPS = ("concentrator", "graduation_year", "graduated", "program")


def lacking(gap: str, year: int | None = None) -> ColumnElement[bool]:
    """Whether a student lacks something: a condition on Student, outer joined to StudentCte.

    ``concentrator``: nobody has said whether; ``graduation_year``: a concentrator, or nobody has said
    whether, without one; ``graduated``: a concentrator of the year of whom nobody has said whether they
    did; ``program``: a concentrator of the year with neither CIP code nor cluster.
    """
    of_year = and_(StudentCte.concentrator.is_(True), StudentCte.graduation_year == year)
    still_here = Student.left_on.is_(None)
    return {
        "concentrator": and_(still_here, StudentCte.concentrator.is_(None)),
        "graduation_year": and_(
            still_here,
            or_(StudentCte.concentrator.is_(None), StudentCte.concentrator.is_(True)),
            StudentCte.graduation_year.is_(None),
        ),
        "graduated": and_(of_year, StudentCte.graduated.is_(None)),
        "program": and_(of_year, StudentCte.cip_code == "", StudentCte.cluster == ""),
    }[gap]


def years(district: District) -> list[int]:
    """The graduation years that are on record for concentrators, the newest first."""
    found = db.session.scalars(
        select(StudentCte.graduation_year)
        .join(Student, Student.id == StudentCte.student_id)
        .where(
            Student.district_id == district.id,
            StudentCte.concentrator.is_(True),
            StudentCte.graduation_year.is_not(None),
        )
        .distinct()
    )
    return sorted((year for year in found if year is not None), reverse=True)


def report(district: District, year: int) -> Report:
    """The figures of one reporting year. Eight queries."""
    import numpy as np

    from matching.equity.stages import stages

    rule = of_district(district.id)
    rows = db.session.execute(
        select(StudentCte.student_id, StudentCte.cip_code, StudentCte.cluster)
        .join(Student, Student.id == StudentCte.student_id)
        .where(Student.district_id == district.id, *graduating(year))
        .order_by(StudentCte.student_id)
    ).all()
    students = [row.student_id for row in rows]
    took = _took(district, year, rule)
    part = np.array([_took_part(took.get(one), rule) for one in students], np.bool_)
    everybody = np.ones(len(students), np.bool_)
    members = members_of(students)
    members |= {
        category: _named(cells)
        for category, cells in (
            (CIP, [row.cip_code for row in rows]),
            (CLUSTER, [row.cluster for row in rows]),
        )
        if any(cells)
    }
    reached = (everybody, part)
    figures = stages(members, reached, smallest=thresholds.of_district(district.id).smallest)
    return Report(year, rule, Counted(figures, students, reached, members), took, _missing(district, year))


def graduating(year: int) -> list[ColumnElement[bool]]:
    """A concentrator who graduates in a year, or is to: conditions on StudentCte."""
    return [
        StudentCte.concentrator.is_(True),
        StudentCte.graduation_year == year,
        or_(StudentCte.graduated.is_(None), StudentCte.graduated.is_(True)),
    ]


def _took_part(one: Took | None, rule: Qualifying) -> bool:
    return one is not None and one.minutes >= 60 * rule.least_hours


def _named(cells: Sequence[str]) -> dict[str, BoolArray]:
    import numpy as np

    column = np.array(cells)
    return {name: column == name for name in sorted(set(cells), key=lambda name: (name == "", name))}


def _took(district: District, year: int, rule: Qualifying) -> dict[int, Took]:
    """The qualifying placements of the graduates, at whatever time: which kinds, and how long."""
    counts = (
        (EntryState.CONFIRMED,)
        if rule.confirmed
        else tuple(state for state in EntryState if state is not EntryState.WITHDRAWN)
    )
    minutes = (
        select(func.coalesce(func.sum(TimeEntry.minutes), 0))
        .where(TimeEntry.placement_id == Placement.id, TimeEntry.state.in_(counts))
        .correlate(Placement)
        .scalar_subquery()
    )
    done = Paperwork.state == PaperworkState.COMPLETED if rule.completed else Paperwork.active_at.is_not(None)
    rows = db.session.execute(
        select(Placement.student_id, Offering.kind, Offering.paid, minutes)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(StudentCte, StudentCte.student_id == Placement.student_id)
        .join(Student, Student.id == Placement.student_id)
        .where(
            Student.district_id == district.id,
            *graduating(year),
            Placement.state == PlacementState.PUBLISHED,
            done,
            func.coalesce(func.nullif(Offering.kind, ""), "internship").in_(rule.kinds),
        )
        .order_by(Placement.id)
    )
    found: dict[int, Took] = {}
    for student_id, kind, paid, worked in rows:
        before = found.get(student_id, Took())
        found[student_id] = Took(before.minutes + int(worked), (*before.kinds, (kind or "internship", paid)))
    return found


def _missing(district: District, year: int) -> dict[str, int]:
    row = db.session.execute(
        select(*(func.count().filter(lacking(gap, year)) for gap in GAPS))
        .select_from(Student)
        .outerjoin(StudentCte, StudentCte.student_id == Student.id)
        .where(Student.district_id == district.id)
    ).one()
    return dict(zip(GAPS, row, strict=True))


def missing_ids(district: District, gap: str, year: int) -> list[int]:
    """The students of one number of what is missing."""
    return list(
        db.session.scalars(
            select(Student.id)
            .outerjoin(StudentCte, StudentCte.student_id == Student.id)
            .where(Student.district_id == district.id, lacking(gap, year))
        )
    )
