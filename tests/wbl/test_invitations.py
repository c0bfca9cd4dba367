"""Links in mails: an invitation makes a sign-in or adds a role; a new password ends every session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.conftest import PASSWORD
from tests.pages import without_tokens
from tests.wbl.mailbox import delivered, link_in
from wbl.accounts import invitations
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import Place
from wbl.accounts.models import Invitation, Membership, PasswordReset, Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.jobs.models import OutboxItem
from wbl.people.models import District

NEW = "a long new password"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def district(app: Flask) -> District:
    with make.made():
        return make.make_district("Mesa Clara")


@pytest.fixture
def administrator(app: Flask, district: District) -> Actor:
    with make.made():
        return make.actor(make.make_staff(district, Role.ADMINISTRATOR))


def invite(actor: Actor, place: Place, email: str = "new@school.example", **more: str) -> int:
    with make.made():
        return invitations.invite(actor, place, email=email, **more).id


def test_an_invitation_is_taken_once(
    app: Flask, client: FlaskClient, administrator: Actor, district: District
) -> None:
    invite(administrator, Place(district.id, Role.COORDINATOR), " New@School.example ", name="Pat Reyes")
    (mail,) = delivered(app)
    assert mail["To"] == "new@school.example"
    assert mail["Subject"] == "Mesa Clara invites you to Throughline"
    assert "Your role: Coordinator" in mail.get_content()
    link = link_in(mail)
    assert link.split("/")[2] not in str(db.session.execute(select(OutboxItem.payload)).all())
    page = client.get(link).get_data(as_text=True)
    assert "Join Mesa Clara" in page and 'value="Pat Reyes"' in page
    for name, password, said in (
        ("", NEW, "Enter your name."),
        ("Pat", "short", "12 characters or more"),
        ("Pat", "new@school.example", "too easy to guess"),
        ("Pat", "aaaaaaaaaaaaaa", "too easy to guess"),
    ):
        answer = client.post(link, data={"name": name, "password": password})
        assert answer.status_code == 422 and said in answer.get_data(as_text=True)
    assert client.post(link, data={"name": "Pat Reyes", "password": NEW}).location == "/home"
    assert "You have joined." in client.get("/home").text, "who chose a password is in"
    user = db.session.scalars(select(User).where(User.email == "new@school.example")).one()
    assert user.name == "Pat Reyes"
    assert make.actor(user).coordinator_of == {district.id}
    again = client.post(link, data={"name": "Eve", "password": NEW})
    assert again.status_code == 404 and "no longer works" in again.get_data(as_text=True)
    assert client.post("/sign-in", data={"email": user.email, "password": NEW}).location == "/home"
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.district_id == district.id)))
    assert actions == ["invitation.send", "invitation.accept"]


def test_who_has_a_sign_in_gets_the_role_and_keeps_the_password(
    app: Flask, client: FlaskClient, administrator: Actor, district: District
) -> None:
    with make.made():
        user = make.make_coordinator(make.make_district())
    invite(administrator, Place(district.id, Role.ADVISOR), user.email)
    link = link_in(delivered(app)[0])
    page = client.get(link).get_data(as_text=True)
    assert f"You already sign in as {user.email}" in page and 'type="password"' not in page
    client.post(link, data={"password": NEW, "name": "Eve"})
    db.session.rollback()
    actor = make.actor(db.session.get_one(User, user.id))
    assert actor.advisor_of == {district.id} and len(actor.coordinator_of) == 1
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 302


def test_links_that_open_nothing(
    app: Flask, client: FlaskClient, administrator: Actor, district: District
) -> None:
    began = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
    app.config["CLOCK"] = lambda: began
    place = Place(district.id, Role.COORDINATOR)
    first = invite(administrator, place)
    old = link_in(delivered(app)[-1])
    with make.made():
        second = invitations.send_again(administrator, first).id
    new = link_in(delivered(app)[-1])
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    app.config["CLOCK"] = lambda: began + timedelta(days=14)
    assert client.get(new).status_code == 404
    assert client.post(new, data={"name": "Pat", "password": NEW}).status_code == 404
    app.config["CLOCK"] = lambda: began
    with make.made():
        invitations.revoke(administrator, second)
    assert client.get(new).status_code == 404
    assert client.get("/invitation/made-up").status_code == 404
    with pytest.raises(Conflict), make.made():
        invitations.revoke(administrator, second)
    assert (
        db.session.scalar(select(func.count(Membership.id)).where(Membership.district_id == district.id)) == 1
    )


def test_who_may_invite_whom(app: Flask, administrator: Actor, district: District) -> None:
    with make.made():
        other = make.make_district()
        school, foreign_school = make.make_school(district), make.make_school(other)
        student, foreign_student = make.make_student(district), make.make_student(other)
        employer = make.make_employer(district)
        coordinator = make.actor(make.make_coordinator(district))
        advisor = make.actor(make.make_staff(district, Role.ADVISOR))
    mine = district.id
    good = [
        (administrator, Place(mine, Role.SCHOOL_STAFF, school_id=school.id)),
        (administrator, Place(mine, Role.PROGRAM_LEAD, program="HEALTH")),
        (administrator, Place(mine, Role.ADMINISTRATOR)),
        (coordinator, Place(mine, Role.STUDENT, student_id=student.id)),
        (coordinator, Place(mine, Role.EMPLOYER, employer_id=employer.id)),
    ]
    for actor, place in good:
        invite(actor, place)
    bad: list[tuple[Actor, Place, type[DomainError]]] = [
        (administrator, Place(other.id, Role.COORDINATOR), NotFound),
        (administrator, Place(mine, Role.SCHOOL_STAFF, school_id=foreign_school.id), NotFound),
        (administrator, Place(mine, Role.SCHOOL_STAFF), DomainError),
        (administrator, Place(mine, Role.PROGRAM_LEAD, program=" "), DomainError),
        (administrator, Place(mine, Role.STUDENT, student_id=foreign_student.id), NotFound),
        (coordinator, Place(mine, Role.COORDINATOR), NotFound),
        (coordinator, Place(other.id, Role.STUDENT, student_id=foreign_student.id), NotFound),
        (advisor, Place(mine, Role.STUDENT, student_id=student.id), NotFound),
    ]
    for actor, place, refused in bad:
        with pytest.raises(refused), make.made():
            invitations.invite(actor, place, email="x@school.example")
    for email in ("", "nobody", "a b@school.example", "a@b", "a@school.example,b@school.example"):
        with pytest.raises(DomainError), make.made():
            invitations.invite(administrator, Place(mine, Role.COORDINATOR), email=email)
    foreign = make.actor(db.session.scalars(select(User)).first())  # type: ignore[arg-type]
    assert foreign.administrator_of == {mine}
    with make.made():
        stranger = make.actor(make.make_staff(other, Role.ADMINISTRATOR))
    some = db.session.scalars(select(Invitation.id)).first()
    assert some is not None
    with pytest.raises(NotFound), make.made():
        invitations.revoke(stranger, some)


# ---- a new password ------------------------------------------------------------------------------


def ask(browser: FlaskClient, email: str) -> str:
    answer = browser.post("/forgot-password", data={"email": email})
    assert answer.status_code == 302
    page = browser.get(answer.location).get_data(as_text=True)
    return without_tokens(page)


def test_a_new_password_by_mail(app: Flask, client: FlaskClient, sign_in: SignIn, district: District) -> None:
    with make.made():
        user, gone = make.make_coordinator(district), make.make_coordinator(district)
        gone.active = False
    began = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
    app.config["CLOCK"] = lambda: began
    elsewhere = sign_in(user, app.test_client())
    pages = {ask(client, email) for email in (user.email.upper(), "nobody@school.example", gone.email)}
    assert len(pages) == 1 and "a link is on its way" in pages.pop()
    (mail,) = delivered(app)
    assert mail["To"] == user.email
    link = link_in(mail)
    assert client.post(link, data={"password": "short"}).status_code == 422
    assert elsewhere.get("/account").status_code == 200
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    assert elsewhere.get("/account").status_code == 302
    for password, status in ((PASSWORD, 422), (NEW, 302)):
        answer = app.test_client().post("/sign-in", data={"email": user.email, "password": password})
        assert answer.status_code == status
    assert client.get(link).status_code == 404
    assert client.post(link, data={"password": NEW + NEW}).status_code == 404


def test_a_link_to_a_new_password_ends_soon_and_few_are_mailed(
    app: Flask, client: FlaskClient, district: District
) -> None:
    with make.made():
        user = make.make_coordinator(district)
    began = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
    app.config["CLOCK"] = lambda: began
    for _number in range(5):
        ask(client, user.email)
    links = [link_in(mail) for mail in delivered(app)]
    assert len(links) == 3
    assert client.post(links[0], data={"password": NEW}).status_code == 302
    assert {client.get(link).status_code for link in links} == {404}
    app.config["CLOCK"] = lambda: began + timedelta(hours=2)
    ask(client, user.email)
    link = link_in(delivered(app)[-1])
    assert client.get(link).status_code == 200
    app.config["CLOCK"] = lambda: began + timedelta(hours=3)
    assert client.get(link).status_code == 404
    assert db.session.scalar(select(func.count(PasswordReset.id))) == 4


def test_ones_own_password_is_changed_with_the_old_one(
    app: Flask, sign_in: SignIn, district: District
) -> None:
    with make.made():
        user = make.make_coordinator(district)
    here, there = sign_in(user, app.test_client()), sign_in(user, app.test_client())
    answer = here.post("/account/password", data={"current": "wrong", "password": NEW})
    assert "That is not your password." in answer.get_data(as_text=True)
    assert here.post("/account/password", data={"current": PASSWORD, "password": "x"}).status_code == 422
    assert here.post("/account/password", data={"current": PASSWORD, "password": NEW}).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_an_invitation_in_spanish(
    app: Flask, client: FlaskClient, administrator: Actor, district: District
) -> None:
    invite(administrator, Place(district.id, Role.COORDINATOR), locale="es")
    (mail,) = delivered(app)
    assert "invita" in mail["Subject"] and "Your role" not in mail.get_content()
