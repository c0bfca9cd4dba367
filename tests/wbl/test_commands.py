"""Commands for a district and its people: what they make, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.conftest import PASSWORD
from wbl import clock
from wbl.accounts.models import Membership, OneTimeCode, Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.people.models import District

NEW = "another long password"


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(arguments))
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def signs_in(client: FlaskClient, email: str, password: str = PASSWORD) -> str:
    """Where a sign-in leads; "" where it is refused."""
    answer = client.post("/sign-in", data={"email": email, "password": password})
    return answer.location or ""


CREATE = {
    "--name": "Mesa Clara",
    "--slug": "mesa-clara",
    "--coordinator": "Pat@District.Example",
    "--coordinator-name": "Pat Example",
    "--password": PASSWORD,
}


def district_create(app: Flask, **changes: str) -> tuple[int, str]:
    options = {**CREATE, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    arguments = [part for option in options.items() for part in option]
    done = app.test_cli_runner().invoke(args=["district", "create", *arguments])
    return done.exit_code, done.output


def test_a_district_and_its_coordinator_are_made_from_the_shell(app: Flask, client: FlaskClient) -> None:
    status, said = district_create(app)
    assert status == 0
    assert "sign in as pat@district.example" in said
    assert "no phone" in said  # letters would name none
    district = db.session.scalars(select(District)).one()
    assert district.slug == "mesa-clara"
    # The first person is told to set codes up, and may invite the others.
    roles = set(db.session.scalars(select(Membership.role).where(Membership.district_id == district.id)))
    assert roles == {Role.COORDINATOR, Role.ADMINISTRATOR}
    assert signs_in(client, "pat@district.example") == "/sign-in/set-up-codes"
    assert run(app, "district", "edit", "--slug", "mesa-clara", "--no-codes")[0] == 0
    assert signs_in(client, "pat@district.example") == "/home"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "district.create")).one()
    assert (event.actor_kind, event.district_id) == ("command", district.id)


def test_a_mistake_in_the_command_is_said_and_nothing_is_made(app: Flask) -> None:
    assert district_create(app)[0] == 0
    for said, changes in (
        ("12 characters", {"password": "short"}),
        ("signs in as pat@district.example already", {"slug": "other"}),
        ("there is a district 'mesa-clara' already", {"coordinator": "new@district.example"}),
        ("a slug is small letters", {"slug": "two words"}),
        ("no time zone", {"timezone": "America/Nowhere", "slug": "other"}),
        ("no e-mail address", {"coordinator": "no address", "slug": "other"}),
    ):
        status, answer = district_create(app, **changes)
        assert status == 1
        assert said in answer and "Traceback" not in answer
    assert db.session.scalar(select(func.count()).select_from(District)) == 1
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


def test_a_district_is_changed_from_the_shell(app: Flask) -> None:
    assert district_create(app)[0] == 0
    status, _said = run(app, "district", "edit", "--slug", "mesa-clara", "--phone", "555-0111")
    assert status == 0
    assert db.session.scalars(select(District.phone)).one() == "555-0111"
    assert run(app, "district", "edit", "--slug", "nowhere", "--phone", "1")[0] == 1
    assert run(app, "district", "edit", "--slug", "mesa-clara")[0] == 1
    assert run(app, "district", "edit", "--slug", "mesa-clara", "--timezone", "Mars")[0] == 1


def test_sign_ins_are_made_for_every_role(app: Flask) -> None:
    with make.made():
        district = make.make_district()
        student, employer = make.make_student(district), make.make_employer(district)
        slug, student_id, employer_id = district.slug, student.external_id, employer.external_id
        school_id = make.make_school(district).external_id
    for role, scope, home in (
        ("coordinator", [], "/home"),
        ("administrator", [], "/administration/"),
        ("advisor", [], "/status/"),
        ("school_staff", ["--school", school_id], "/status/"),
        ("program_lead", ["--program", "HEALTH"], "/status/"),
        ("student", ["--student", student_id], "/my-placement"),
        ("employer", ["--employer", employer_id], "/our-placements"),
    ):
        email = f"{role}@new.example"
        made = ["account", "create", "--district", slug, "--role", role, "--email", email]
        status, said = run(app, *made, "--name", "New", "--password", PASSWORD, *scope)
        assert status == 0, said
        assert signs_in(app.test_client(), email) == home


def test_somebody_who_signs_in_already_gets_one_more_role(app: Flask) -> None:
    with make.made():
        district = make.make_district()
        user = make.make_employer_user(make.make_employer(district))
        slug, email = district.slug, user.email
    made = ["account", "create", "--district", slug, "--role", "coordinator", "--email", email]
    status, said = run(app, *made, "--name", "Both")
    assert status == 0, said
    roles = set(db.session.scalars(select(Membership.role)))
    assert roles == {Role.EMPLOYER, Role.COORDINATOR}
    assert signs_in(app.test_client(), email) == "/home"


def test_a_sign_in_needs_somebody_who_is_there(app: Flask) -> None:
    with make.made():
        slug = make.make_district().slug
    made = ["account", "create", "--district", slug, "--email", "x@new.example", "--name", "X"]
    for arguments, said in (
        ([*made, "--role", "student"], "say who it is"),
        ([*made, "--role", "student", "--student", "nobody"], "has no student 'nobody'"),
        ([*made, "--role", "school_staff", "--school", "nobody"], "has no school 'nobody'"),
        ([*made, "--role", "program_lead"], "say which program"),
        ([*made, "--role", "coordinator", "--password", "short"], "12 characters"),
    ):
        status, answer = run(app, *arguments)
        assert status == 1
        assert said in answer
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_codes_are_reset_for_whom_the_phone_is_lost(app: Flask) -> None:
    with make.made():
        user = make.make_coordinator(make.make_district())
        db.session.add(OneTimeCode(user_id=user.id, nonce="x", since=clock.now(), last_step=1, failures=0))
        email = user.email
    assert signs_in(app.test_client(), email) == "/sign-in/code"
    assert run(app, "account", "reset-codes", "--email", email)[0] == 0
    assert signs_in(app.test_client(), email) == "/home"
    assert run(app, "account", "reset-codes", "--email", "nobody@new.example")[0] == 1


def test_a_new_password_ends_every_session(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    with make.made():
        user = make.make_coordinator(make.make_district())
        email = user.email
    browser = sign_in(user)
    assert browser.get("/account").status_code == 200
    assert run(app, "account", "password", "--email", email, "--password", NEW)[0] == 0
    assert browser.get("/account").status_code == 302
    assert signs_in(app.test_client(), email) == ""
    assert signs_in(app.test_client(), email, NEW) == "/home"
    assert run(app, "account", "password", "--email", "nobody@x.example", "--password", NEW)[0] == 1
