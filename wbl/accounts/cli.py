"""`flask account`: sign-ins for a district's people, and new passwords."""

from __future__ import annotations

import re
from typing import TypedDict

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select

from wbl.accounts import services
from wbl.accounts.actor import COMMAND
from wbl.accounts.models import Role, User
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.people.models import District, Student

account = AppGroup("account", help="Sign-ins of people, and new passwords.")

LEAST_PASSWORD = 12


def checked_email(text: str) -> str:
    """An address as it is stored.

    Raises
    ------
    click.ClickException
        Where it is none.
    """
    email = text.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise click.ClickException(f"{text!r} is no e-mail address.")
    return email


def checked_password(password: str) -> str:
    """A password that is long enough.

    Raises
    ------
    click.ClickException
        Where it is not.
    """
    if len(password) < LEAST_PASSWORD:
        raise click.ClickException(f"the password needs {LEAST_PASSWORD} characters or more.")
    return password


def user_by_email(email: str) -> User | None:
    """Who signs in by this address, or None."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email))


@account.command("create")
@click.option("--district", "slug", required=True, help="The district's slug.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--email", required=True, help="What they sign in by.")
@click.option("--name", required=True, help="Their name.")
@click.option("--student", "student_id", help="For a student: the student_id of students.csv.")
@click.option("--employer", "employer_id", help="For an employer: the employer_id of opportunities.csv.")
@click.option("--password", help="Asked for where it is not given.")
@with_appcontext
def create(
    slug: str,
    role: str,
    email: str,
    name: str,
    student_id: str | None,
    employer_id: str | None,
    password: str | None,
) -> None:
    """A sign-in for a coordinator, a student or somebody of an employer; or one more role for a user."""
    email = checked_email(email)
    scope = _scope(slug, Role(role), student_id, employer_id)
    known = user_by_email(email) is not None
    if not known:
        password = checked_password(
            password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
    db.session.rollback()
    with transaction():
        user = user_by_email(email)
        if user is None:
            user = services.create_user(
                email=email, name=name, password=password or "", role=Role(role), **scope
            )
        else:
            services.add_membership(user, role=Role(role), **scope)
        district = db.session.scalars(select(District).where(District.slug == slug)).one()
        record(COMMAND, "account.create", user, district_id=district.id, role=role)
    click.echo(f"{name} can sign in as {email}{', with the password that they have' if known else ''}.")


class _Scope(TypedDict, total=False):
    district_id: int
    student_id: int
    employer_id: int


def _scope(slug: str, role: Role, student_id: str | None, employer_id: str | None) -> _Scope:
    """The row that a membership of this role names."""
    district = db.session.scalar(select(District).where(District.slug == slug))
    if district is None:
        raise click.ClickException(f"there is no district {slug!r}.")
    if role is Role.COORDINATOR:
        return {"district_id": district.id}
    if role is Role.STUDENT:
        return {"student_id": _row(Student, district, role, student_id)}
    return {"employer_id": _row(Employer, district, role, employer_id)}


def _row(model: type[Student] | type[Employer], district: District, role: Role, wanted: str | None) -> int:
    if wanted is None:
        raise click.ClickException(f"say who it is: --{role} ID, as in the round's files.")
    row = db.session.scalar(
        select(model.id).where(model.district_id == district.id, model.external_id == wanted)
    )
    if row is None:
        raise click.ClickException(f"the district has no {role} {wanted!r}; import a round with them first.")
    return row


@account.command("password")
@click.option("--email", required=True, help="What they sign in by.")
@click.password_option(help="The new one; asked for where it is not given.")
@with_appcontext
def password(email: str, password: str) -> None:
    """A new password for somebody; wherever they were signed in, they no longer are."""
    checked_password(password)
    with transaction():
        user = user_by_email(checked_email(email))
        if user is None:
            raise click.ClickException(f"nobody signs in as {email}.")
        services.set_password(user, password)
        record(COMMAND, "account.password", user)
    click.echo(f"{user.name} has a new password and is signed out everywhere.")
