"""Employers who sign up, are vetted, and leave the next solve where a check has lapsed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.postings_support import Kitchen, make_kitchen, write_posting
from wbl.accounts.models import Invitation
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.employers import queries, vetting
from wbl.employers.models import Employer, EmployerOrigin, EmployerOwner, Outreach, OutreachStage, VettingItem
from wbl.errors import NotFound
from wbl.extensions import limiter
from wbl.jobs.worker import work_on_next_item
from wbl.opportunities import services
from wbl.opportunities.models import Opportunity
from wbl.rounds.snapshot import snapshot

SignIn = Callable[..., FlaskClient]
SIGN_UP = {
    "organization": "Cedar Street Vet",
    "about": "Animals, large and small",
    "contact_name": "Robin Teller",
    "contact_email": "robin@cedar.example",
    "contact_phone": "555-0166",
    "city": "Levee",
}


def taken_part(kitchen: Kitchen, opportunity: Opportunity) -> bool:
    db.session.rollback()
    return opportunity.external_id.encode() in snapshot(kitchen.place.round)["opportunities.csv"]


def approved(kitchen: Kitchen, browser: FlaskClient) -> Opportunity:
    found = write_posting(kitchen, browser)
    with transaction():
        services.submit(make.actor(kitchen.user), found.id)
        services.approve(kitchen.place.actor, found.id)
    return found


def check_all(kitchen: Kitchen, expires: date | None = None) -> None:
    with transaction():
        for item in VettingItem:
            vetting.check(
                kitchen.place.actor,
                kitchen.employer.id,
                item,
                checked_on=date(2026, 11, 20),
                expires_on=expires if item is VettingItem.INSURANCE else None,
            )


def test_an_employer_signs_up_and_is_invited(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    slug = kitchen.place.district.slug
    assert 'href="/employers/join"' in client.get("/sign-in").text
    assert client.get("/employers/join").status_code == 302
    form = client.get(f"/employers/join/{slug}").text
    assert "one of the two is needed" in form
    assert not re.search(r"(E-mail|Phone)\s*<span class=\"optional\">", form), "one of them is"
    address = f"/employers/join/{slug}"
    wrong = client.post(address, data={**SIGN_UP, "contact_email": "", "contact_phone": ""})
    assert wrong.status_code == 422
    done = client.post(address, data=SIGN_UP)
    assert client.get(done.headers["Location"]).status_code == 200
    assert client.post(address, data=SIGN_UP).status_code == 409  # no second one of the same name
    assert client.get("/employers/join/no-such-district").status_code == 404

    made = db.session.scalars(select(Employer).where(Employer.name == "Cedar Street Vet")).one()
    assert made.origin is EmployerOrigin.SIGN_UP
    assert db.session.get_one(Outreach, made.id).stage is OutreachStage.INTERESTED
    # Nobody is mailed because of a public form: a coordinator invites.
    assert db.session.scalars(select(Invitation)).all() == []
    office = sign_in(kitchen.place.user)
    assert f">{app.config['PUBLIC_URL']}{address}</a>" in office.get("/employers/").text, "to pass it on"
    page = office.get(f"/employers/{made.id}").get_data(as_text=True)
    assert "Signed up on the public page" in page and "takes no part in the next solve" in page
    assert "robin@cedar.example" in office.get(f"/employers/{made.id}/invite").get_data(as_text=True)
    office.post(f"/employers/{made.id}/invite", data={"name": "Robin Teller", "email": "robin@cedar.example"})
    assert [one.employer_id for one in db.session.scalars(select(Invitation))] == [made.id]


def test_sign_ups_are_limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = make_kitchen(app)
    address = f"/employers/join/{kitchen.place.district.slug}"
    monkeypatch.setattr(limiter, "enabled", True)
    own = create_app({**app.config, "RATELIMIT_ENABLED": True})
    with own.app_context():
        browser = own.test_client()
        names = (f"No. {number}" for number in range(6))
        answers = [
            browser.post(address, data={**SIGN_UP, "organization": name}).status_code for name in names
        ]
        db.session.remove()
        db.engine.dispose()
    assert answers == [302] * 5 + [429]


def test_vetting_that_lapses_leaves_the_next_solve_and_says_so(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = approved(kitchen, browser)
    assert taken_part(kitchen, found)  # employers who came with a folder are not vetted of themselves
    office = sign_in(kitchen.place.user, app.test_client())
    office.post("/employers/vetting", data={"everybody": "yes"})
    assert not taken_part(kitchen, found)
    page = office.get(f"/rounds/{kitchen.place.round_id}").get_data(as_text=True)
    assert "3 offerings take no part in the next solve" in page
    listed = office.get(f"/postings/left-out/{kitchen.place.round_id}").get_data(as_text=True)
    assert "Kitchen helper" in listed and "vetting is not complete, or has lapsed" in listed
    assert "takes no part in the next solve" in browser.get(f"/postings/{found.id}").get_data(as_text=True)

    address = f"/employers/{kitchen.employer.id}/vetting"
    for item in VettingItem:
        assert office.get(f"{address}/{item.value}").status_code == 200
        data = {
            "checked_on": "2026-11-20",
            "expires_on": "2026-12-31" if item is VettingItem.INSURANCE else "",
        }
        assert office.post(f"{address}/{item.value}", data=data).status_code == 302
    assert taken_part(kitchen, found)
    later = office.post(f"{address}/site", data={"checked_on": "2027-02-01"})
    assert later.status_code == 400 and "still to come" in later.get_data(as_text=True)

    app.config["CLOCK"] = lambda: datetime(2027, 1, 1, 8, 0, tzinfo=UTC)  # still 31 December in Honolulu
    assert taken_part(kitchen, found)
    app.config["CLOCK"] = lambda: datetime(2027, 1, 2, 8, 0, tzinfo=UTC)
    assert not taken_part(kitchen, found)
    page = sign_in(kitchen.place.user, app.test_client()).get(f"/employers/{kitchen.employer.id}")
    assert "Lapsed" in page.get_data(as_text=True)


def test_people_are_reminded_once_before_a_check_lapses(app: Flask) -> None:
    kitchen = make_kitchen(app)
    with transaction():
        vetting.set_rule(kitchen.place.actor, kitchen.place.district.id, True)
    check_all(kitchen, expires=date(2026, 12, 20))
    assert vetting.remind_next()
    assert not vetting.remind_next()
    while work_on_next_item():
        pass
    mails = [file.read_text() for file in Path(app.config["MAIL_FOLDER"]).glob("vetting-*.eml")]
    assert len(mails) == 2  # the employer's person, and the coordinator
    assert all("Insurance: December 20, 2026" in text for text in mails)
    # Checked anew, it is reminded of anew.
    check_all(kitchen, expires=date(2026, 12, 24))
    assert vetting.remind_next()


def test_a_check_can_be_taken_back(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    check_all(kitchen)
    assert queries.vetting(kitchen.employer).in_force
    office = sign_in(kitchen.place.user)
    assert office.post(f"/employers/{kitchen.employer.id}/vetting/safety/take-back").status_code == 302
    db.session.rollback()
    assert not queries.vetting(kitchen.employer).in_force
    assert office.post(f"/employers/{kitchen.employer.id}/vetting/safety/take-back").status_code == 404
    assert office.get(f"/employers/{kitchen.employer.id}/vetting/nothing").status_code == 404


def test_sites_and_people_are_the_employers_own(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    own = browser.get("/employers/own")
    assert own.headers["Location"].endswith(f"/employers/{kitchen.employer.id}")
    page = browser.get(f"/employers/{kitchen.employer.id}").get_data(as_text=True)
    assert "Outreach" not in page
    site = {"name": "Second kitchen", "contact_name": "Lee Diaz", "city": "Levee", "latitude": "30.2"}
    assert browser.post(f"/employers/{kitchen.employer.id}/sites/new", data=site).status_code == 422
    site["longitude"] = "-90.5"
    assert browser.post(f"/employers/{kitchen.employer.id}/sites/new", data=site).status_code == 302
    db.session.rollback()
    added = [
        one
        for one in queries.employer(make.actor(kitchen.user), kitchen.employer.id).sites
        if one.latitude == 30.2
    ]
    assert [one.contact_name for one in added] == ["Lee Diaz"]

    with make.made():
        colleague = make.make_employer_user(kitchen.employer)
    answer = browser.post(f"/employers/{kitchen.employer.id}/invite", data={"email": "sam@kitchen.example"})
    assert answer.status_code == 302
    assert browser.get(f"/employers/{kitchen.employer.id}/hand-over/{colleague.id}").status_code == 200
    assert browser.post(f"/employers/{kitchen.employer.id}/hand-over/{colleague.id}").status_code == 302
    assert db.session.get_one(EmployerOwner, kitchen.employer.id).user_id == colleague.id
    # Whoever handed it over invites nobody any more; the new owner does.
    assert browser.get(f"/employers/{kitchen.employer.id}/invite").status_code == 404
    assert (
        sign_in(colleague, app.test_client()).get(f"/employers/{kitchen.employer.id}/invite").status_code
        == 200
    )


def test_employers_of_others_are_not_found(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    with make.made():
        stranger = make.make_employer_user(make.make_employer(kitchen.place.district))
        elsewhere = make.make_coordinator(make.make_district())
    base = f"/employers/{kitchen.employer.id}"
    for user in (stranger, elsewhere):
        browser = sign_in(user, app.test_client())
        paths = (
            "",
            "/about",
            "/sites/new",
            f"/sites/{kitchen.site.id}",
            "/invite",
            f"/hand-over/{kitchen.user.id}",
        )
        for path in paths:
            assert browser.get(f"{base}{path}").status_code == 404, path
    browser = sign_in(elsewhere, app.test_client())
    assert browser.get(f"{base}/vetting/site").status_code == 404
    assert browser.post(f"{base}/outreach", data={"stage": "thanked"}).status_code == 404
    with pytest.raises(NotFound), transaction():
        vetting.set_rule(make.actor(elsewhere), kitchen.place.district.id, True)
    # An employer vets nobody, itself least of all.
    assert sign_in(kitchen.user, app.test_client()).get(f"{base}/vetting/site").status_code == 403
