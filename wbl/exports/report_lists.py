"""Reports as files: placements under way, figures by group, and what a state asks under Perkins V.

Figures that a page leaves out are empty cells in its file. The file with a row a student has identifiers
and no names, and leaves nothing out: a state counts from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.agreements.words import holder_name
from wbl.db import db
from wbl.errors import NotFound
from wbl.exports.tables import Cell, Table
from wbl.labels import opportunity_title
from wbl.pagination import every
from wbl.people.models import School, Student, StudentCte, StudentGroup
from wbl.reports import ceds, equity, perkins, queries
from wbl.reports.active import Shown, Sign, glance
from wbl.reports.equity import STAGES
from wbl.reports.equity_routes import scope_asked
from wbl.reports.perkins_routes import asked
from wbl.reports.words import category_name, member_name, next_name, reason_words, sign_name, stage_label
from wbl.row_ids import row_id

Column = tuple[str, Callable[[Any], Cell]]


def active(actor: Actor) -> Table:
    """A row a placement, with everything that is to be looked at."""
    show, search = request.args.get("show", ""), request.args.get("q", "").strip()
    round_id = request.args.get("round", type=row_id)

    def why(sign: Sign) -> Callable[[Shown], Cell]:
        return lambda row: "; ".join(
            f"{reason_words(one)} ({next_name(one)})" for one in row.reasons if one.sign is sign
        )

    return Table(
        "placements-under-way",
        [
            (_("Identifier"), lambda row: row.placement.student.external_id),
            (_("Student"), lambda row: row.placement.student.name),
            (_("School"), lambda row: _school(row.placement.student)),
            (_("Opportunity"), lambda row: opportunity_title(row.placement.offering.opportunity)),
            (_("Employer"), lambda row: _employer(row)),
            (_("State"), lambda row: holder_name("done") if row.active else _("paperwork under way")),
            (_("On track"), lambda row: _("yes") if not row.reasons else _("no")),
            *((sign_name(sign), why(sign)) for sign in Sign),
        ],
        every(lambda page: glance(actor, show=show, search=search, round_id=round_id, page=page).page),
    )


def _school(student: Student) -> str:
    return (student.school.name or student.school.external_id) if student.school is not None else ""


def _employer(row: Shown) -> str:
    employer = row.placement.offering.opportunity.employer
    return employer.name if employer is not None else ""


def by_stage(actor: Actor) -> Table:
    """A row a group: how many reached each stage."""
    scope = scope_asked(queries.published_rounds(actor))
    if scope is None:
        raise NotFound()
    figures = equity.counted(scope).figures
    columns: list[Column] = [
        (stage_label(stage), lambda row, at=at: row[2].reached[at])  # type: ignore[misc]  # bound by default
        for at, stage in enumerate(STAGES)
    ]
    return Table(
        "by-group",
        [
            *_group(),
            *columns,
            (_("Paid, share of the placed"), lambda row: _rounded(row[2].paid, 4)),
            (_("Hours, mean of the placed"), lambda row: _rounded(row[2].hours, 2)),
        ],
        _groups(figures, equity.school_names(scope.district.id)),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _group() -> list[Column]:
    return [(_("Category"), lambda row: row[0]), (_("Group"), lambda row: row[1])]


def _groups(figures: Any, schools: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    yield _("Everyone"), _("Everyone"), figures.total
    for category, groups in figures.categories.items():
        for one in groups:
            yield category_name(category), member_name(category, one.id, schools), one


def perkins_figures(actor: Actor) -> Table:
    """Numerator, denominator and share of 5S3, by group."""
    district, year = asked(actor)
    figures = perkins.report(district, year).counted.figures
    return Table(
        f"perkins-5s3-{year}",
        [
            *_group(),
            (_("Took part (numerator)"), lambda row: row[2].reached[perkins.TOOK_PART]),
            (_("Graduate (denominator)"), lambda row: row[2].reached[perkins.GRADUATES]),
            (_("Share"), lambda row: _rate(row[2])),
            (ceds.GRADUATION_YEAR, lambda row: year),
        ],
        _groups(figures, equity.school_names(district.id)),
    )


def _rate(one: Any) -> float | None:
    graduates, took_part = one.reached
    return round(took_part / graduates, 4) if graduates and took_part is not None else None


def perkins_students(actor: Actor) -> Table:
    """A row for each concentrator who graduates: CEDS elements, and whether they took part."""
    district, year = asked(actor)
    found = perkins.report(district, year)
    part = found.counted.reached[perkins.TOOK_PART]
    took_part = {one for one, did in zip(found.counted.students, part, strict=True) if did}
    rows = db.session.execute(
        select(Student.id, Student.external_id, School.external_id, StudentCte)
        .join(StudentCte, StudentCte.student_id == Student.id)
        .outerjoin(School, School.id == Student.school_id)
        .where(Student.district_id == district.id, *perkins.graduating(year))
        .order_by(Student.external_id)
    ).all()
    codes: dict[int, set[str]] = {}
    for student_id, code in db.session.execute(
        select(StudentGroup.student_id, StudentGroup.code)
        .join(Student, Student.id == StudentGroup.student_id)
        .where(Student.district_id == district.id)
    ):
        codes.setdefault(student_id, set()).add(code)

    def kinds(student_id: int) -> str:
        took = found.took.get(student_id)
        types = (ceds.opportunity_type(kind, paid) for kind, paid in took.kinds) if took else ()
        return ";".join(dict.fromkeys(types))

    def status(of: tuple[str, ...]) -> Callable[[Any], Cell]:
        return lambda row: "Yes" if codes.get(row[0], set()) & set(of) else ""

    def sex(row: Any) -> str:
        return next((said for code, said in ceds.SEXES.items() if code in codes.get(row[0], set())), "")

    return Table(
        f"perkins-5s3-{year}-students",
        [
            (ceds.STUDENT, lambda row: row[1]),
            (ceds.SCHOOL, lambda row: row[2]),
            (ceds.CONCENTRATOR, lambda row: "Yes"),
            (ceds.GRADUATION_YEAR, lambda row: row[3].graduation_year),
            (ceds.CIP_CODE, lambda row: row[3].cip_code),
            (ceds.CLUSTER, lambda row: row[3].cluster),
            (ceds.SEX, sex),
            *((name, status(of)) for name, of in ceds.STATUSES.items()),
            (ceds.OPPORTUNITY_TYPE, lambda row: kinds(row[0])),
            (_("Hours that count"), lambda row: _hours(found.took.get(row[0]))),
            (_("Took part (5S3 numerator)"), lambda row: "Yes" if row[0] in took_part else "No"),
            (_("Graduated"), lambda row: {True: "Yes", False: "No", None: ""}[row[3].graduated]),
        ],
        rows,
    )


def _hours(took: perkins.Took | None) -> float | None:
    return None if took is None else round(took.minutes / 60, 2)
