"""Pages of hours: each for its own person, without JavaScript, in English and Spanish."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.hours_support import FIFTEEN, SUNDAY, TUESDAY, Intern, clock_at, make_intern, worked
from tests.wbl.mailbox import delivered, link_in
from wbl.accounts.models import Membership, Role, User
from wbl.db import db
from wbl.hours import queries
from wbl.hours.models import Absence, EntryState, HoursSetting, TimeEntry
from wbl.jobs.models import OutboxItem
from wbl.opportunities.models import Offering

SignIn = Callable[..., FlaskClient]


def user_of(role: Role) -> User:
    return db.session.scalars(
        select(User).join(Membership, Membership.user_id == User.id).where(Membership.role == role)
    ).one()


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def states() -> list[EntryState]:
    db.session.rollback()
    return list(db.session.scalars(select(TimeEntry.state).order_by(TimeEntry.started_at)))


def test_a_student_checks_in_and_out_in_two_taps(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    page = f"/my-hours/{intern.id}"
    browser = sign_in(user_of(Role.STUDENT))
    assert browser.get("/my-hours/").headers["Location"] == page
    intern.now(clock_at(TUESDAY, 15, 30))
    uid = str(uuid4())
    for _again in range(2):
        browser.post(f"{page}/check-in", data={"uid": uid})
    assert count(TimeEntry) == 1
    intern.now(clock_at(TUESDAY, 17, 30))
    shown = browser.get(page).get_data(as_text=True)
    assert "You are checked in since 3:30\u00a0pm." in shown
    browser.post(f"{page}/check-out", data={"break_minutes": "10"})
    shown = browser.get(page).get_data(as_text=True)
    assert "1 hour 50 minutes" in shown
    browser.post(f"{page}/send?week={SUNDAY}")
    assert states() == [EntryState.SUBMITTED]
    browser.post("/language", data={"language": "es"})
    assert "Mis horas" in browser.get(page).get_data(as_text=True)


def test_days_and_weeks_are_written_and_corrected(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    page = f"/my-hours/{intern.id}"
    browser = sign_in(user_of(Role.STUDENT))
    browser.get(f"{page}/entries/new")
    day = {"uid": str(uuid4()), "day": "2027-01-12", "begins": "15:30", "ends": "17:30"}
    assert browser.post(f"{page}/entries/new", data=day).status_code == 302
    refused = browser.post(f"{page}/entries/new", data={**day, "uid": str(uuid4()), "ends": "16:00"})
    assert refused.status_code == 422
    assert "written down already" in refused.get_data(as_text=True)
    entry = queries.entries(intern.id)[0]
    browser.post(f"{page}/entries/{entry.id}", data={**day, "version": "1", "ends": "18:00"})
    shown = browser.get(f"{page}/entries/{entry.id}").get_data(as_text=True)
    assert "Corrected: Tuesday, January 12, 3:30 to 6:00\u00a0pm" in shown
    assert "Written down: Tuesday, January 12, 3:30 to 5:30\u00a0pm" in shown
    sheet = {
        "uid_1": str(uuid4()),
        "begins_1": "15:00",
        "ends_1": "16:00",
        "uid_3": str(uuid4()),
        "begins_3": "15:00",
    }
    half = browser.post(f"{page}/sheet?week={SUNDAY}", data=sheet)
    assert (half.status_code, count(TimeEntry)) == (422, 1)
    for _again in range(2):
        assert (
            browser.post(f"{page}/sheet?week={SUNDAY}", data={**sheet, "ends_3": "16:30"}).status_code == 302
        )
    assert count(TimeEntry) == 3
    browser.post(f"{page}/entries/{entry.id}/withdraw", data={"version": "2"})
    assert states().count(EntryState.WITHDRAWN) == 1


def test_what_a_phone_sends_is_answered_for_each(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    browser = sign_in(user_of(Role.STUDENT))
    good = {
        "uid": str(uuid4()),
        "started_at": "2027-01-12T21:30:00.000Z",
        "ended_at": "2027-01-12T23:30:00.000Z",
    }
    late = {"uid": str(uuid4()), "started_at": "2027-06-12T21:30:00.000Z", "ended_at": None}
    for _again in range(3):
        answer = browser.post(f"/my-hours/{intern.id}/sync", json={"items": [good, late]})
        results = answer.get_json()["results"]
        assert [one["state"] for one in results] == ["stored", "refused"]
        assert "This placement is from" in results[1]["message"]
    assert count(TimeEntry) == 1
    for body in (
        {},
        {"items": "x"},
        {"items": [{"uid": 1}]},
        {"items": [{**good, "started_at": "2027-01-12"}]},
    ):
        assert browser.post(f"/my-hours/{intern.id}/sync", json=body).status_code == 400
    shell = browser.get("/my-hours/offline").get_data(as_text=True)
    name = user_of(Role.STUDENT).name
    assert name not in shell
    assert "Castillo" not in shell
    worker = browser.get("/my-hours/worker.js")
    assert worker.mimetype == "text/javascript"
    assert "/static/js/hours.js" in worker.get_data(as_text=True)
    assert browser.post("/sign-out").headers["Clear-Site-Data"] == '"storage"'


def test_i_cannot_come_today(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    browser = sign_in(user_of(Role.STUDENT))
    browser.get(f"/my-hours/{intern.id}/absent")
    assert count(Absence) == 0
    for _again in range(2):
        browser.post(f"/my-hours/{intern.id}/absent")
    assert count(Absence) == 1
    db.session.rollback()
    told = db.session.scalars(select(OutboxItem.key).where(OutboxItem.key.like("mail:hours:absent:%"))).all()
    assert len(told) == 2


def test_a_mentor_confirms_by_the_link_of_the_mail(app: Flask, client: FlaskClient) -> None:
    intern = make_intern(app)
    first = intern.write(worked(TUESDAY, (15, 30), (17, 30))).id
    second = intern.write(worked(TUESDAY + timedelta(days=1), (15, 30), (17, 30))).id
    intern.send()
    path = link_in(next(one for one in delivered(app) if one["Subject"].startswith("Hours")))
    shown = client.get(path).get_data(as_text=True)
    assert "Ana" not in shown
    answer = {
        "sunday": str(SUNDAY),
        f"version_{first}": "2",
        f"version_{second}": "2",
        f"question_{second}": "Until 5?",
    }
    client.post(f"{path}/answer", data=answer)  # before it is opened: nothing happens
    assert states() == [EntryState.SUBMITTED] * 2
    client.post(f"{path}/open")
    shown = client.get(path).get_data(as_text=True)
    assert "Ana Castillo" in shown
    assert states() == [EntryState.SUBMITTED] * 2
    client.post(f"{path}/answer", data=answer)
    assert states() == [EntryState.CONFIRMED, EntryState.QUESTIONED]
    assert "Nothing waits for you" in client.get(path).get_data(as_text=True)
    assert client.get("/h/no-such-link").status_code == 404


def test_an_employer_confirms_and_takes_payroll_away(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30))).id
    intern.send()
    browser = sign_in(user_of(Role.EMPLOYER))
    assert "Ana Castillo" in browser.get("/our-hours").get_data(as_text=True)
    browser.get(f"/our-hours/{intern.id}")
    browser.post(f"/our-hours/{intern.id}/answer", data={"sunday": str(SUNDAY), f"version_{entry}": "2"})
    assert states() == [EntryState.CONFIRMED]
    assert browser.post("/our-hours/payroll").status_code == 302  # nobody is paid
    with make.made() as session:
        offering = session.get_one(Offering, intern.chain.paperwork.offering_id)
        offering.paid, offering.hourly_wage = "yes", "12.50"
    text = browser.post("/our-hours/payroll", data={"format": "csv"}).get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["Day"], row["From"], row["To"], row["Hours"], row["Pay"]) == (
        "2027-01-12",
        "15:30",
        "17:30",
        "2.0",
        "25.0",
    )
    assert browser.post("/our-hours/payroll", data={"format": "xlsx"}).data[:2] == b"PK"


def test_a_coordinator_sees_who_is_behind_and_what_broke_the_law(
    app: Flask, sign_in: SignIn, count_queries: Callable[..., object]
) -> None:
    intern = make_intern(app, students=FIFTEEN)
    with make.made() as session:
        session.add(HoursSetting(district_id=intern.chain.published.place.district.id, hours_needed=40))
    entry = intern.write(worked(TUESDAY, (15, 15), (18, 45))).id
    intern.now(clock_at(date(2027, 3, 20), 12))
    intern.send()
    browser = sign_in(intern.chain.published.place.user)
    home = browser.get("/home").get_data(as_text=True)
    assert "1 student worked more than the law allows" in home
    round_id = intern.chain.published.place.round_id
    with count_queries() as statements:  # type: ignore[attr-defined]
        shown = browser.get(f"/rounds/{round_id}/hours").get_data(as_text=True)
    assert len(statements) <= 25
    assert "beyond the law" in shown
    for show in ("behind", "breaches", "waiting"):
        assert "Ana Castillo" in browser.get(f"/rounds/{round_id}/hours?show={show}").get_data(as_text=True)
    assert "No placement fits" in browser.get(f"/rounds/{round_id}/hours?show=questioned").get_data(
        as_text=True
    )
    page = f"/placements/{intern.id}/hours"
    shown = browser.get(page).get_data(as_text=True)
    assert "29 CFR 570.35(a)(5)" in shown
    breach = queries.breaches(intern.id)[0].id
    assert browser.post(f"{page}/breaches/{breach}", data={"note": ""}).status_code == 422
    browser.post(f"{page}/breaches/{breach}", data={"note": "The clinic plans shorter days."})
    assert "worked more than the law" not in browser.get("/home").get_data(as_text=True)
    form = {"version": "2", "day": "2027-01-12", "begins": "15:15", "ends": "18:15", "break_minutes": "0"}
    assert browser.post(f"{page}/{entry}", data=form).status_code == 302
    assert queries.breaches(intern.id) == []
    browser.post(f"{page}/answer", data={"sunday": str(SUNDAY), f"version_{entry}": "3"})
    assert states() == [EntryState.CONFIRMED]
    browser.post(f"{page}/links", data={"email": "mentor@clinic.example"})
    link = queries.links(intern.id)[0]
    assert "/h/" in browser.get(page).get_data(as_text=True)
    browser.post(f"{page}/links/{link.id}/revoke")
    assert "opens nothing any more" in browser.get(page).get_data(as_text=True)
    file = browser.post(f"/exports/hours?round={round_id}", data={"format": "csv"}).get_data(as_text=True)
    assert "Ana Castillo" in file


def test_an_advisor_sees_the_hours_of_those_they_follow(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    place = intern.chain.published.place
    student = intern.chain.published.placement("S1").student
    with make.made():
        staff = make.make_staff(place.district, Role.SCHOOL_STAFF, school_id=student.school_id)
        other = make.make_staff(place.district, Role.ADVISOR)
        administrator = make.make_staff(place.district, Role.ADMINISTRATOR)
    page = f"/status/{place.round_id}/hours"
    assert "Ana Castillo" in sign_in(staff).get(page).get_data(as_text=True)
    assert "Ana Castillo" not in sign_in(other).get(page).get_data(as_text=True)
    browser = sign_in(administrator)
    setting = f"/administration/{place.district.id}/hours"
    browser.get(setting)
    assert browser.post(setting, data={"hours_per_credit": "0"}).status_code == 422
    browser.post(setting, data={"hours_per_credit": "60", "hours_needed": "90"})
    assert queries.setting(place.district.id).hours_needed == 90


def test_pages_of_others_are_not_found(app: Flask, sign_in: SignIn) -> None:
    intern: Intern = make_intern(app)
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30))).id
    with make.made():
        district = make.make_district()
        strangers = [
            make.make_student_user(make.make_student(district)),
            make.make_employer_user(make.make_employer(district)),
            make.make_coordinator(district),
        ]
    paths = [
        f"/my-hours/{intern.id}",
        f"/my-hours/{intern.id}/entries/{entry}",
        f"/our-hours/{intern.id}",
        f"/placements/{intern.id}/hours",
        f"/rounds/{intern.chain.published.place.round_id}/hours",
    ]
    for stranger in strangers:
        browser = sign_in(stranger)
        assert {browser.get(path).status_code for path in paths} <= {403, 404}
