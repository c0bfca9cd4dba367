"""`flask account`: sign-ins for a district's people, and new passwords."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from wbl.accounts import codes, services
from wbl.accounts.actor import COMMAND
from wbl.accounts.models import Role
from wbl.addresses import is_address
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.people.models import District, School, Student

account = AppGroup("account", help="Sign-ins of people, and new passwords.")


def checked_email(text: str) -> str:
    """An address as it is stored.

    Raises
    ------
    click.ClickException
        Where it is none.
    """
    email = text.strip().lower()
    if not is_address(email):
        raise click.ClickException(f"{text!r} is no e-mail address.")
    return email


def checked_password(password: str) -> str:
    """A password that is long enough.

    Raises
    ------
    click.ClickException
        Where it is not.
    """
    if len(password) < services.LEAST_PASSWORD:
        raise click.ClickException(f"the password needs {services.LEAST_PASSWORD} characters or more.")
    return password


@account.command("create")
@click.option("--district", "slug", required=True, help="The district's slug.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--email", required=True, help="What they sign in by.")
@click.option("--name", required=True, help="Their name.")
@click.option("--student", "student_id", help="For a student: the student_id of students.csv.")
@click.option("--employer", "employer_id", help="For an employer: the employer_id of opportunities.csv.")
@click.option("--school", "school_id", help="For school staff: the school_id of schools.csv.")
@click.option("--program", help="For a program lead: the program's code, as in students.csv.")
@click.option("--password", help="Asked for where it is not given.")
@with_appcontext
def create(
    slug: str,
    role: str,
    email: str,
    name: str,
    student_id: str | None,
    employer_id: str | None,
    school_id: str | None,
    program: str | None,
    password: str | None,
) -> None:
    """A sign-in for one person, in one role; or one more role for somebody who signs in already."""
    email = checked_email(email)
    named = {Role.STUDENT: student_id, Role.EMPLOYER: employer_id, Role.SCHOOL_STAFF: school_id}
    scope = _scope(slug, Role(role), named.get(Role(role)), program)
    known = services.user_by_email(email) is not None
    if not known:
        password = checked_password(
            password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
    db.session.rollback()
    with transaction():
        user = services.user_by_email(email)
        if user is None:
            user = services.create_user(
                email=email, name=name, password=password or "", role=Role(role), **scope
            )
        else:
            services.add_membership(user, role=Role(role), **scope)
        district = db.session.scalars(select(District).where(District.slug == slug)).one()
        record(COMMAND, "account.create", user, district_id=district.id, role=role)
    click.echo(f"{name} can sign in as {email}{', with the password that they have' if known else ''}.")


_ROWS: dict[Role, tuple[type[Student] | type[Employer] | type[School], str]] = {
    Role.STUDENT: (Student, "student"),
    Role.EMPLOYER: (Employer, "employer"),
    Role.SCHOOL_STAFF: (School, "school"),
}


def _scope(slug: str, role: Role, named: str | None, program: str | None) -> services.Scope:
    """The rows that a membership of this role names."""
    district = db.session.scalar(select(District).where(District.slug == slug))
    if district is None:
        raise click.ClickException(f"there is no district {slug!r}.")
    if role is Role.PROGRAM_LEAD:
        if not program:
            raise click.ClickException("say which program it is: --program CODE, as in students.csv.")
        return {"district_id": district.id, "program": program}
    if role not in _ROWS:
        return {"district_id": district.id}
    model, word = _ROWS[role]
    found = _row(model, word, district, named)
    if role is Role.SCHOOL_STAFF:
        return {"district_id": district.id, "school_id": found}
    return {"student_id": found} if role is Role.STUDENT else {"employer_id": found}


def _row(
    model: type[Student] | type[Employer] | type[School], word: str, district: District, wanted: str | None
) -> int:
    if wanted is None:
        raise click.ClickException(f"say who it is: --{word} ID, as in the round's files.")
    row = db.session.scalar(
        select(model.id).where(model.district_id == district.id, model.external_id == wanted)
    )
    if row is None:
        raise click.ClickException(f"the district has no {word} {wanted!r}; import a round with them first.")
    return row


@account.command("password")
@click.option("--email", required=True, help="What they sign in by.")
@click.password_option(help="The new one; asked for where it is not given.")
@with_appcontext
def password(email: str, password: str) -> None:
    """A new password for somebody; wherever they were signed in, they no longer are."""
    checked_password(password)
    with transaction():
        user = services.user_by_email(checked_email(email))
        if user is None:
            raise click.ClickException(f"nobody signs in as {email}.")
        services.set_password(user, password)
        record(COMMAND, "account.password", user)
    click.echo(f"{user.name} has a new password and is signed out everywhere.")


@account.command("reset-codes")
@click.option("--email", required=True, help="What they sign in by.")
@with_appcontext
def reset_codes(email: str) -> None:
    """For whom the phone is lost: one-time codes are set up anew at the next sign-in."""
    with transaction():
        user = services.user_by_email(checked_email(email))
        if user is None:
            raise click.ClickException(f"nobody signs in as {email}.")
        codes.turn_off(COMMAND, user)
    click.echo(f"{user.name} signs in by password; where codes are required, they are set up anew then.")
