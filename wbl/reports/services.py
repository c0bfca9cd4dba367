"""What a district decides about its reports, and what it puts on record for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.clusters import CLUSTERS
from wbl.db import db
from wbl.errors import DomainError
from wbl.people import queries as people
from wbl.people.models import District, Student, StudentCte
from wbl.reports import queries
from wbl.reports.models import ReportSetting
from wbl.reports.qualifying import KINDS, MOST_HOURS, Qualifying
from wbl.reports.thresholds import DEFAULT, LIMITS, Thresholds

CIP_CODE = re.compile(r"\d{2}(\.\d{2}(\d{2})?)?")
FIRST_YEAR, LAST_YEAR = 2000, 2100


def decide(actor: Actor, district_id: int, wanted: Thresholds) -> None:
    """Set the thresholds of a district; only what differs from the defaults is kept. Flushes.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    DomainError
        Where one is out of its range.
    """
    district = queries.district(actor, district_id)
    values = asdict(wanted)
    for name, (least, most) in LIMITS.items():
        if not least <= values[name] <= most:
            raise DomainError(
                _("Enter a number from %(least)s to %(most)s.", least=least, most=most), field=name
            )
    row = _row(district)
    row.thresholds = {name: value for name, value in values.items() if value != getattr(DEFAULT, name)}
    record(actor, "report.setting", district, district_id=district.id)
    db.session.flush()


def decide_qualifying(actor: Actor, district_id: int, rule: Qualifying) -> None:
    """Set what counts as work-based learning. Flushes. Raises as :func:`decide`."""
    district = queries.district(actor, district_id)
    if not set(rule.kinds) <= set(KINDS) or not rule.kinds:
        raise DomainError(_("Choose at least one kind."), field="kinds")
    if not 0 <= rule.least_hours <= MOST_HOURS:
        raise DomainError(
            _("Enter a number from %(least)s to %(most)s.", least=0, most=MOST_HOURS), field="least_hours"
        )
    _row(district).qualifying = asdict(rule) | {"kinds": list(rule.kinds)}
    record(actor, "report.qualifying", district, district_id=district.id)
    db.session.flush()


def _row(district: District) -> ReportSetting:
    found = db.session.get(ReportSetting, district.id)
    if found is None:
        found = ReportSetting(district_id=district.id, thresholds={}, qualifying={})
        db.session.add(found)
    found.changed_at = clock.now()
    return found


@dataclass(frozen=True, slots=True)
class Cte:
    """What is known of a student's career and technical education."""

    concentrator: bool | None = None
    graduation_year: int | None = None
    graduated: bool | None = None
    cip_code: str = ""
    cluster: str = ""


def set_cte(actor: Actor, student_id: int, known: Cte) -> StudentCte:
    """Put it on record for one student, by hand. Flushes.

    Raises
    ------
    NotFound
        Where it is not a student of the actor's districts.
    DomainError
        Where a year or a code cannot be one.
    """
    student = people.student(actor, student_id)
    if known.graduation_year is not None and not FIRST_YEAR <= known.graduation_year <= LAST_YEAR:
        raise DomainError(_("Enter a year such as 2027."), field="graduation_year")
    if known.cip_code and not CIP_CODE.fullmatch(known.cip_code):
        raise DomainError(_("A CIP code is written as 51.3801."), field="cip_code")
    row = _cte_row(student)
    row.concentrator, row.graduated = known.concentrator, known.graduated
    row.graduation_year, row.cip_code, row.cluster = known.graduation_year, known.cip_code, known.cluster
    record(actor, "cte.change", student, district_id=student.district_id)
    db.session.flush()
    return row


def _cte_row(student: Student) -> StudentCte:
    found = queries.cte_of(student)
    db.session.add(found)
    return found


def import_cte(actor: Actor, district_id: int, rows: Mapping[str, Mapping[str, object]]) -> int:
    """Write a file that was read without a fault: by the student's identifier, the columns that were
    filled in. What a row leaves empty stays as it is. Flushes.

    Returns
    -------
    int
        How many students were changed.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    """
    district = queries.district(actor, district_id)
    known = {
        student.external_id: (student.id, cte)
        for student, cte in db.session.execute(
            select(Student, StudentCte)
            .outerjoin(StudentCte, StudentCte.student_id == Student.id)
            .where(Student.district_id == district.id)
        )
    }
    changed = 0
    for external_id, values in rows.items():
        student_id, row = known[external_id]
        if row is None:
            row = StudentCte(student_id=student_id, cip_code="", cluster="")
            db.session.add(row)
        for name, value in values.items():
            setattr(row, name, value)
        changed += bool(values)
    record(actor, "cte.import", district, district_id=district.id, students=changed)
    db.session.flush()
    return changed


def identifiers(district_id: int) -> set[str]:
    """The identifiers of a district's students."""
    return set(db.session.scalars(select(Student.external_id).where(Student.district_id == district_id)))


def cluster_of(cell: str) -> str:
    """A cluster as we write it, whatever capitals it came with; what is not known stays as it is."""
    return next((name for name in CLUSTERS if name.casefold() == cell.strip().casefold()), cell.strip()[:64])
