"""Who is told of a concern and reminded, and whom an administrator names to read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.mailbox import delivered
from tests.wbl.safety_support import (
    Safe,
    make_safe,
    raised,
    student,
)
from tests.wbl.test_safety import NOON
from wbl.accounts.models import Role, User
from wbl.db import db, transaction
from wbl.errors import NotFound
from wbl.jobs.models import OutboxItem
from wbl.jobs.worker import drain
from wbl.safety import answering, contacts, queries
from wbl.safety.models import (
    SafetyNumber,
)
from wbl.safety.reminding import remind_next

Browser = Callable[..., FlaskClient]


@pytest.fixture
def safe(app: Flask) -> Safe:
    app.config["CLOCK"] = lambda: NOON
    return make_safe()


def test_readers_are_reminded_until_somebody_reads(safe: Safe, app: Flask) -> None:
    concern_id = raised(safe)
    drain()

    def mails() -> int:
        return (
            db.session.scalar(select(func.count(OutboxItem.id)).where(OutboxItem.key.like("mail:concern:%")))
            or 0
        )

    assert mails() == 2 and not remind_next()
    for hours, expected in ((11, 2), (13, 4), (23, 4), (25, 6), (500, 8), (900, 8)):
        app.config["CLOCK"] = lambda hours=hours: NOON + timedelta(hours=hours)
        while remind_next():
            pass
        assert mails() == expected, hours
    with transaction():
        answering.read(make.actor(safe.coordinator), concern_id)
    assert not remind_next()


def test_a_reader_who_may_read_no_more_gets_no_mail(safe: Safe, app: Flask) -> None:
    before = len(delivered(app))
    raised(safe)
    with transaction():
        contact = db.session.get_one(User, safe.counselor.id)
        contact.memberships[0].safety_contact = False
    assert {mail["To"] for mail in delivered(app)[before:]} == {safe.coordinator.email}


def test_where_nobody_can_read_the_district_is_written_to(safe: Safe, app: Flask) -> None:
    with transaction() as session:
        for user in (safe.coordinator, safe.counselor):
            session.get_one(User, user.id).active = False
    before = len(delivered(app))
    raised(safe)
    assert [mail["To"] for mail in delivered(app)[before:]] == [safe.published.place.district.email]


def test_an_administrator_names_contacts_and_numbers(safe: Safe, sign_in: Browser) -> None:
    district = safe.published.place.district
    school = student(safe.published, "S1").school
    assert school is not None
    with make.made():
        boss = make.make_staff(district, Role.ADMINISTRATOR)
        nurse = make.make_staff(district, Role.SCHOOL_STAFF, school_id=school.id)
        second = make.make_school(district)
        stranger = make.make_staff(district, Role.SCHOOL_STAFF, school_id=second.id)
        ids = [user.memberships[0].id for user in (nurse, stranger)]
    browser = sign_in(boss)
    base = f"/administration/{district.id}/safety"
    page = browser.get(base).text
    assert safe.counselor.name in page and "nobody named" in page
    place = f"{base}/schools/{school.id}"
    assert browser.post(place, data={"people": [str(ids[0])]}).location == base
    db.session.rollback()
    assert [user.id for user in queries.contacts(school.id)] == [nurse.id]
    # Staff of another school is not on the list, and cannot be slipped in.
    assert browser.post(place, data={"people": [str(ids[1])]}).status_code == 422
    with pytest.raises(NotFound), transaction():
        contacts.set_contacts(make.actor(boss), district.id, school.id, [ids[1]])
    number = {
        "name": "Child services",
        "name_es": "Servicios",
        "phone": "1-855-333-7233",
        "hint": "Day and night",
    }
    assert browser.post(base, data=number).status_code == 422
    number |= {"source": "cyfd.nm.gov", "checked_on": "2027-01-30"}
    assert browser.post(base, data=number).location == base
    assert "tel:18553337233" in sign_in(safe.ana).get("/safety").text
    kept = db.session.scalars(select(SafetyNumber.id)).one()
    assert sign_in(safe.coordinator).get(base).status_code == 403
    assert sign_in(boss).post(f"{base}/numbers/{kept}/drop").location == base
    db.session.rollback()
    assert db.session.scalars(select(SafetyNumber)).all() == []
