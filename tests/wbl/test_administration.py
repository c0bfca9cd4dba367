"""An administrator's pages: users, roles, invitations, settings, and what new rounds start with."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from matching.eligibility import labor_rules
from tests import factories as make
from tests.wbl.mailbox import delivered
from wbl.accounts.models import Caseload, IdentityProvider, Invitation, Membership, Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.people import languages
from wbl.people.models import District, DistrictFile, Retention
from wbl.rounds import services
from wbl.rounds.models import RoundFile

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def district(app: Flask) -> District:
    with make.made():
        return make.make_district("Mesa Clara")


@pytest.fixture
def boss(app: Flask, district: District) -> User:
    with make.made():
        return make.make_staff(district, Role.ADMINISTRATOR)


@pytest.fixture
def browser(sign_in: SignIn, boss: User) -> FlaskClient:
    return sign_in(boss)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def roles(user: User) -> set[Role]:
    db.session.rollback()
    return set(db.session.scalars(select(Membership.role).where(Membership.user_id == user.id)))


def membership(user: User, role: Role) -> int:
    return db.session.scalars(
        select(Membership.id).where(Membership.user_id == user.id, Membership.role == role)
    ).one()


# ---- users -------------------------------------------------------------------------------------


def test_users_are_those_of_the_district(
    app: Flask, browser: FlaskClient, district: District, count_queries: Callable[[], object]
) -> None:
    with make.made():
        other = make.make_district()
        make.make_coordinator(district).name = "Ángel Baca"
        make.make_student_user(make.make_student(district)).name = "Sam Student"
        make.make_employer_user(make.make_employer(district)).name = "Erin Employer"
        foreign = make.make_coordinator(other)
        foreign.name = "Fran Foreign"
    here = f"/administration/{district.id}"
    assert browser.get("/administration/").location == here
    page = text(browser.get(f"{here}/users"))
    assert all(name in page for name in ("Ángel Baca", "Sam Student", "Erin Employer"))
    assert "Fran Foreign" not in page
    assert "Ángel" in text(browser.get(f"{here}/users?q=ángel"))
    assert "Sam Student" not in text(browser.get(f"{here}/users?role=employer"))
    assert browser.get(f"{here}/users/{foreign.id}").status_code == 404
    assert browser.get(f"/administration/{other.id}/users").status_code == 404

    def sent() -> int:
        with count_queries() as statements:  # type: ignore[attr-defined]
            browser.get(f"{here}/users")
        return len(statements)

    before = sent()
    with make.made():
        for _number in range(20):
            make.make_coordinator(district)
    assert sent() == before <= 12


def test_roles_are_given_and_taken(app: Flask, browser: FlaskClient, district: District, boss: User) -> None:
    with make.made():
        school, foreign = make.make_school(district), make.make_school(make.make_district())
        user, employer = make.make_coordinator(district), make.make_employer(district)
        employer_id = employer.external_id
    here = f"/administration/{district.id}/users/{user.id}"
    new = f"{here}/roles/new"
    for role, more, status in (
        ("school_staff", {"school": str(school.id)}, 302),
        ("school_staff", {"school": str(foreign.id)}, 422),
        ("program_lead", {"program": ""}, 422),
        ("program_lead", {"program": "HEALTH"}, 302),
        ("employer", {"identifier": "nobody"}, 422),
        ("employer", {"identifier": employer_id}, 302),
        ("advisor", {}, 302),
        ("advisor", {}, 302),  # no second time
    ):
        assert browser.get(new, query_string={"role": role}).status_code == 200
        assert browser.post(new, data={"role": role, **more}).status_code == status, role
    assert len(list(db.session.scalars(select(Membership).where(Membership.user_id == user.id)))) == 5
    take = membership(user, Role.COORDINATOR)
    assert browser.post(f"{here}/roles/{take}/take").status_code == 302
    assert browser.post(f"{here}/roles/{take}/take").status_code == 409
    assert roles(user) == {Role.SCHOOL_STAFF, Role.PROGRAM_LEAD, Role.EMPLOYER, Role.ADVISOR}
    own = f"/administration/{district.id}/users/{boss.id}"
    refused = browser.post(f"{own}/roles/{membership(boss, Role.ADMINISTRATOR)}/take")
    assert refused.status_code == 409 and "only administrator" in text(refused)
    assert browser.post(f"{own}/close").status_code == 409


def test_an_account_is_closed_and_opened(
    app: Flask, browser: FlaskClient, sign_in: SignIn, district: District
) -> None:
    with make.made():
        user = make.make_coordinator(district)
        both = make.make_coordinator(district)
        elsewhere_too = make.make_employer(make.make_district()).id
        make.accounts.add_membership(both, role=Role.EMPLOYER, employer_id=elsewhere_too)
    theirs = sign_in(user, app.test_client())
    here = f"/administration/{district.id}/users/{user.id}"
    assert "confirm" in text(browser.get(here))
    browser.post(f"{here}/close")
    assert theirs.get("/account").status_code == 302
    assert (
        app.test_client().post("/sign-in", data={"email": user.email, "password": make.PASSWORD}).status_code
        == 422
    )
    assert browser.post(f"{here}/mail-password").status_code == 409
    browser.post(f"{here}/open")
    sign_in(user, theirs)
    browser.post(f"{here}/mail-password")
    assert [mail["To"] for mail in delivered(app)] == [user.email]
    elsewhere = f"/administration/{district.id}/users/{both.id}"
    assert "another district too" in text(browser.get(elsewhere))
    for act in ("close", "reset-codes"):
        assert browser.post(f"{elsewhere}/{act}").status_code == 409
    actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.district_id == district.id)))
    assert {"account.close", "account.open", "account.password_mail"} <= actions
    # What they are in another district is that one's business.
    listed = text(browser.post(f"/exports/users?district={district.id}"))
    assert both.email in listed and "Employer" not in listed
    assert "Coordinator, and Employer" not in text(browser.get(f"/administration/{district.id}/users"))


def test_a_lost_phone_is_on_the_record_of_the_district(
    app: Flask, browser: FlaskClient, district: District
) -> None:
    with make.made():
        user = make.make_coordinator(district)
    browser.post(f"/administration/{district.id}/users/{user.id}/reset-codes")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.codes_off")).one()
    assert (event.district_id, event.subject_id) == (district.id, user.id)


def test_a_caseload(app: Flask, browser: FlaskClient, district: District) -> None:
    with make.made():
        advisor = make.make_staff(district, Role.ADVISOR)
        first, second = make.make_student(district), make.make_student(district)
        foreign = make.make_student(make.make_district())
    here = f"/administration/{district.id}/users/{advisor.id}"
    browser.post(f"{here}/caseload", data={"students": f"{first.external_id}\n {second.external_id}\n"})
    assert set(db.session.scalars(select(Caseload.student_id))) == {first.id, second.id}
    assert "2 students" in text(browser.get(here))
    refused = browser.post(
        f"{here}/caseload", data={"students": f"{first.external_id},{foreign.external_id}"}
    )
    assert refused.status_code == 422 and foreign.external_id in text(refused)
    browser.post(f"{here}/caseload", data={"students": second.external_id})
    db.session.rollback()
    assert list(db.session.scalars(select(Caseload.student_id))) == [second.id]
    browser.post(f"{here}/roles/{membership(advisor, Role.ADVISOR)}/take")
    db.session.rollback()
    assert db.session.scalar(select(Caseload.student_id)) is None


# ---- invitations -------------------------------------------------------------------------------


def test_one_person_is_invited(app: Flask, browser: FlaskClient, district: District) -> None:
    here = f"/administration/{district.id}/invitations"
    assert "Nobody is invited yet" in text(browser.get(here))
    assert "Whom do you invite?" in text(browser.get(f"{here}/new"))
    form = {"role": "coordinator", "email": "new@school.example", "name": "Pat", "locale": "en"}
    assert browser.post(f"{here}/new", data={**form, "email": "x"}).status_code == 422
    assert browser.post(f"{here}/new", data=form).location == here
    page = text(browser.get(here))
    assert "new@school.example" in page and "waits" in page
    invitation = db.session.scalars(select(Invitation)).one()
    browser.post(f"{here}/{invitation.id}/again")
    newest = db.session.scalars(select(Invitation.id).order_by(Invitation.id.desc())).first()
    browser.post(f"{here}/{newest}/revoke")
    assert browser.post(f"{here}/{newest}/revoke").status_code == 409
    assert text(browser.get(here)).count("taken back") == 2


def upload(browser: FlaskClient, url: str, name: str, content: str) -> TestResponse:
    return browser.post(url, data={"file": (io.BytesIO(content.encode()), name)})


def test_many_are_invited_by_a_table(app: Flask, browser: FlaskClient, district: District) -> None:
    with make.made():
        school = make.make_school(district)
        foreign = make.make_school(make.make_district())
    here = f"/administration/{district.id}/invitations"
    good = (
        "email,name,role,school_id,program\n"
        "a@school.example,Ana,coordinator,,\n"
        f"b@school.example,,school_staff,{school.external_id},\n"
        "c@school.example,Cy,program_lead,,HEALTH\n"
    )
    bad = good.replace("a@school.example", "nobody").replace("HEALTH", "") + (
        f"d@school.example,,school_staff,{foreign.external_id},\nx@school.example,,king,,\n"
    )
    page = text(upload(browser, f"{here}/table", "people.csv", bad))
    assert "There are 4 things to fix" in page and "people.csv" in page
    assert "The first line names the columns" in text(
        upload(browser, f"{here}/table", "x.csv", "mail,role\n")
    )
    assert upload(browser, f"{here}/table", "x.csv", "email,role\n").status_code == 422
    page = text(upload(browser, f"{here}/table", "people.csv", good))
    assert "3 people would be invited" in page
    assert db.session.scalar(select(Invitation.id)) is None
    assert browser.post(f"{here}/table/confirm", data={"table": bad}).status_code == 400
    assert db.session.scalar(select(Invitation.id)) is None
    assert browser.post(f"{here}/table/confirm", data={"table": good}).location == here
    assert {mail["To"].split("@")[0] for mail in delivered(app)} == {"a", "b", "c"}


# ---- settings ----------------------------------------------------------------------------------


def test_settings_of_the_district(app: Flask, browser: FlaskClient, district: District) -> None:
    here = f"/administration/{district.id}"
    form = {"name": "Mesa", "contact_name": "Lee", "phone": "1", "email": "", "timezone": "America/Denver"}
    assert "Staff signs in by password alone." in text(browser.get(f"{here}/settings"))
    refused = browser.post(f"{here}/settings", data={**form, "timezone": "Mars"})
    assert refused.status_code == 422 and "no such time zone" in text(refused)
    assert browser.post(f"{here}/settings", data={**form, "codes_required": "y"}).location == here
    saved = db.session.get_one(District, district.id, populate_existing=True)
    assert (saved.name, saved.timezone, saved.codes_required) == ("Mesa", "America/Denver", True)
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.district_id == district.id)))
    assert actions[-2:] == ["district.edit", "district.codes_on"]


def test_the_provider_and_retention(
    app: Flask, browser: FlaskClient, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"/administration/{district.id}"
    page = text(browser.get(f"{here}/provider"))
    name = f"OIDC_SECRET_{district.slug.upper().replace('-', '_')}"
    assert name in page and f"/sign-in/with/{district.slug}/back" in page
    form = {"label": "Mesa", "client_id": "x", "discovery_url": "ftp://mesa.example", "enabled": "y"}
    assert browser.post(f"{here}/provider", data=form).status_code == 422
    app.config["PUBLIC_URL"] = "https://throughline.example"
    for address, status in (("http://mesa.example/x", 422), ("https://mesa.example/x", 302)):
        assert browser.post(f"{here}/provider", data={**form, "discovery_url": address}).status_code == status
    assert db.session.scalars(select(IdentityProvider.discovery_url)).one() == "https://mesa.example/x"
    monkeypatch.setenv(name, "secret")
    page = text(browser.get(f"{here}/provider"))
    assert name not in page and "secret&" not in page
    assert browser.post(f"{here}/retention", data={"runs": "0"}).status_code == 422
    assert browser.post(f"{here}/retention", data={"runs": "24", "letters": ""}).location == here
    row = db.session.scalars(select(Retention)).one()
    assert (row.kind, row.months) == ("runs", 24)
    assert "1 of 8 decided" in text(browser.get(here))


def test_languages_of_families_are_marked(app: Flask, browser: FlaskClient, district: District) -> None:
    here = f"/administration/{district.id}/languages"
    page = text(browser.get(here))
    assert "Vietnamese" in page and ">English<" not in page.split("<table")[1]
    for language, what, status in (
        ("vi", "review", 302),
        ("vi", "review", 302),  # twice is once
        ("en", "review", 400),
        ("xx", "review", 400),
        ("ar", "withhold", 302),
        ("en", "withhold", 400),
    ):
        assert browser.post(f"{here}/{language}/{what}").status_code == status, (language, what)
    assert "vi" in languages.signing_languages(district.id)
    assert "ar" not in languages.offered(db.session.get_one(District, district.id, populate_existing=True))
    assert "not offered" in text(browser.get(here))
    assert browser.post(f"{here}/ar/offer").status_code == 302
    assert "not offered" not in text(browser.get(here))
    browser.post(f"{here}/vi/take_back")
    db.session.rollback()
    assert "vi" not in languages.signing_languages(district.id)


# ---- what new rounds start with -------------------------------------------------------------------


def own_rules() -> str:
    """A rule file as a district would write it: a shipped one, with codes of its own."""
    folder = labor_rules.__path__[0]
    with open(f"{folder}/us-nm.toml") as file:
        return file.read().replace("NM-", "OUR-")


def test_new_rounds_start_with_the_calendar_and_the_rules(
    app: Flask, browser: FlaskClient, district: District
) -> None:
    with make.made():
        coordinator = make.actor(make.make_coordinator(district))
    here = f"/administration/{district.id}"
    calendar = "date,in_session,day_letter\n2027-01-11,yes,A\n2027-01-12,no,\n"
    faulty = upload(browser, f"{here}/calendar", "any.csv", calendar.replace("2027-01-12", "2027-02-30"))
    assert faulty.status_code == 422 and "There is 1 thing to fix" in text(faulty)
    assert upload(browser, f"{here}/calendar", "any.csv", calendar).status_code == 302
    assert upload(browser, f"{here}/law", "policy.toml", own_rules()).status_code == 422
    wrong = upload(browser, f"{here}/law", "our.toml", own_rules().replace("OUR-", "NM-"))
    assert wrong.status_code == 422 and "is a code of" in text(wrong)
    assert upload(browser, f"{here}/law", "our.toml", "[").status_code == 422
    assert db.session.scalar(select(DistrictFile.name).where(DistrictFile.name != "calendar.csv")) is None
    answer = upload(browser, f"{here}/law", "our.toml", own_rules())
    assert answer.status_code == 302, text(answer)
    assert browser.get(f"{here}/calendar/calendar.csv").get_data(as_text=True) == calendar
    with make.made():
        made = services.create_round(
            coordinator, district.id, name="X", starts_on=date(2027, 1, 11), ends_on=date(2027, 5, 28)
        )
    names = db.session.scalars(select(RoundFile.name).where(RoundFile.round_id == made.id))
    assert set(names) == {"calendar.csv", "our.toml"}
    assert made.policy["law"]["overlays"] == ["our.toml"]
    browser.post(f"{here}/law/our.toml/drop")
    assert browser.post(f"{here}/law/our.toml/drop").status_code == 404
    assert browser.get(f"{here}/law/our.toml").status_code == 404
    assert db.session.scalar(select(RoundFile.name).where(RoundFile.name == "our.toml")) == "our.toml"
