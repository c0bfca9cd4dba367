"""Perkins V 5S3 against plain loops: who counts, what is missing, and how concentrators come in."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.report_support import World, text_of, world_of
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.hours.models import EntryState, TimeEntry
from wbl.people.models import Student, StudentCte
from wbl.placements.models import Placement, PlacementState
from wbl.reports import perkins, queries, services
from wbl.reports.qualifying import Qualifying

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def world(app: Flask) -> World:
    return world_of(app)


@pytest.mark.parametrize(
    "rule",
    [
        Qualifying(),
        Qualifying(kinds=("internship", "job_shadow"), least_hours=6, confirmed=True, completed=False),
        Qualifying(kinds=("clinical",), least_hours=0, completed=False),
    ],
)
def test_perkins_is_as_loops_say(world: World, rule: Qualifying) -> None:
    with transaction():
        services.decide_qualifying(world.actor, world.district.id, rule)
    denominator, numerator = set(), set()
    for row in db.session.scalars(select(StudentCte)):
        if row.concentrator is not True or row.graduation_year != 2027 or row.graduated is False:
            continue
        denominator.add(row.student_id)
        minutes, any_of_it = 0, False
        for placement in db.session.scalars(select(Placement).where(Placement.student_id == row.student_id)):
            paperwork = db.session.get(Paperwork, placement.id)
            if placement.state is not PlacementState.PUBLISHED or paperwork is None:
                continue
            if (placement.offering.kind or "internship") not in rule.kinds:
                continue
            if rule.completed and paperwork.state is not PaperworkState.COMPLETED:
                continue
            if paperwork.active_at is None:
                continue
            any_of_it = True
            for entry in db.session.scalars(select(TimeEntry).where(TimeEntry.placement_id == placement.id)):
                if entry.state is EntryState.CONFIRMED or (
                    not rule.confirmed and entry.state is not EntryState.WITHDRAWN
                ):
                    minutes += entry.minutes
        if any_of_it and minutes >= 60 * rule.least_hours:
            numerator.add(row.student_id)
    found = perkins.report(world.district, 2027).counted
    assert set(found.students) == denominator
    took = {student for student, did in zip(found.students, found.reached[1], strict=True) if did}
    assert took == numerator
    assert 0 < len(numerator) < len(denominator)
    assert isinstance(found.reached[1], np.ndarray)
    assert {"cip", "cluster", "school", "sex"} <= found.figures.categories.keys()


def test_what_is_missing_is_said_and_listed(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)
    rows = {one.student_id: one for one in db.session.scalars(select(StudentCte))}
    students = db.session.scalars(select(Student).where(Student.district_id == world.district.id)).all()
    unknown = [s for s in students if s.id not in rows or rows[s.id].concentrator is None]
    without_year = [
        s
        for s in students
        if s.id not in rows or (rows[s.id].concentrator is not False and rows[s.id].graduation_year is None)
    ]
    page = text_of(client, "/reports/perkins?year=2027")
    assert f"{len(without_year)} students have no graduation year" in page
    assert f"Of {len(unknown)} students nobody has said whether they are CTE concentrators" in page
    listed = text_of(client, "/reports/perkins/students?gap=graduation_year&year=2027")
    assert f"{len(without_year)} students" in listed
    assert client.get("/reports/perkins/students?gap=nothing").status_code == 404
    assert client.get("/reports/perkins/students?part=nothing").status_code == 404
    total = perkins.report(world.district, 2027).counted.figures.total.reached[0]
    assert f"{total} students" in text_of(client, "/reports/perkins/students?part=graduates&year=2027")
    assert "Nobody is counted" in text_of(client, "/reports/perkins?year=2040")


def test_concentrators_come_by_file_and_by_hand(client: FlaskClient, sign_in: SignIn, world: World) -> None:
    sign_in(world.user)
    with make.made():
        one, two = (make.make_student(world.district) for _ in range(2))
    address = f"/reports/{world.district.id}/concentrators"

    def send(text: str) -> Any:
        return client.post(
            address,
            data={"file": (io.BytesIO(text.encode()), "cte.csv")},
            content_type="multipart/form-data",
        )

    bad = send(
        f"student_id,concentrator,graduation_year,cip_code\n{one.external_id},maybe,27,5\nX,yes,2027,\n"
    )
    assert bad.status_code == 422
    said = unescape(bad.text)
    assert "Write yes or no." in said and "No student of the district" in said and "51.3801" in said
    assert queries.cte_of(one).concentrator is None
    assert send("name\nAna\n").status_code == 422
    head = "student_id,concentrator,graduation_year,graduated,cip_code,cluster,other\n"
    done = send(f"{head}{one.external_id},yes,2027,,51.3801,construction,x\n{two.external_id},no,,,,,\n")
    assert done.status_code == 302
    db.session.rollback()
    row = queries.cte_of(one)
    assert (row.concentrator, row.graduation_year, row.graduated, row.cip_code, row.cluster) == (
        *(True, 2027, None, "51.3801", "Construction"),
    )
    assert queries.cte_of(two).concentrator is False
    # An empty cell changes nothing.
    assert send(f"student_id,concentrator,graduated\n{one.external_id},,yes\n").status_code == 302
    db.session.rollback()
    assert (queries.cte_of(one).concentrator, queries.cte_of(one).graduated) == (True, True)
    page = f"/students/{one.id}/cte"
    assert "51.3801" in text_of(client, page)
    by_hand = {
        "concentrator": "no",
        "graduation_year": "2028",
        "graduated": "",
        "cip_code": "46",
        "cluster": "",
    }
    assert client.post(page, data=by_hand | {"cip_code": "x"}).status_code == 422
    assert client.post(page, data=by_hand).status_code == 302
    db.session.rollback()
    row = queries.cte_of(one)
    assert (row.concentrator, row.graduation_year, row.graduated, row.cip_code) == (False, 2028, None, "46")
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert actions.count("cte.import") == 2 and "cte.change" in actions
