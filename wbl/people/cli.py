"""`flask district`: a new district with its first coordinator, and what its letters say of it."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from wbl.accounts.actor import COMMAND
from wbl.accounts.cli import checked_email, checked_password, user_by_email
from wbl.accounts.models import Role
from wbl.accounts.services import create_user
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.people.models import District

district = AppGroup("district", help="Districts, and whom their letters say to ask.")


def _check_timezone(timezone: str) -> None:
    if timezone not in available_timezones():
        raise click.ClickException(f"there is no time zone {timezone!r}; one is America/Chicago.")


@district.command("create")
@click.option("--name", required=True, help="Name of the district, as families know it.")
@click.option("--slug", required=True, help="A short name without spaces, unique.")
@click.option("--timezone", default="America/Chicago", show_default=True, help="IANA time zone.")
@click.option("--phone", default="", help="Whom a family calls.")
@click.option("--email", "office", default="", help="The office's e-mail address.")
@click.option("--coordinator", required=True, help="E-mail of the first coordinator.")
@click.option("--coordinator-name", required=True, help="Their name.")
@click.password_option(help="Their password; asked for where it is not given.")
@with_appcontext
def create(
    name: str,
    slug: str,
    timezone: str,
    phone: str,
    office: str,
    coordinator: str,
    coordinator_name: str,
    password: str,
) -> None:
    """A new district with its first coordinator."""
    coordinator = checked_email(coordinator)
    checked_password(password)
    _check_timezone(timezone)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise click.ClickException("a slug is small letters, digits and dashes, such as mesa-clara.")
    with transaction():
        if user_by_email(coordinator) is not None:
            raise click.ClickException(f"somebody signs in as {coordinator} already.")
        if db.session.scalar(select(District.id).where(District.slug == slug)) is not None:
            raise click.ClickException(f"there is a district {slug!r} already; choose another --slug.")
        made = District(
            name=name, slug=slug, timezone=timezone, phone=phone, email=office, contact_name=coordinator_name
        )
        db.session.add(made)
        db.session.flush()
        create_user(
            email=coordinator,
            name=coordinator_name,
            password=password,
            role=Role.COORDINATOR,
            district_id=made.id,
        )
        record(COMMAND, "district.create", made, district_id=made.id)
    click.echo(f"{name} is set up. Now: script/serve, then sign in as {coordinator}.")
    if not phone:
        click.echo(f"Letters name no phone yet: flask district edit --slug {slug} --phone NUMBER")


@district.command("edit")
@click.option("--slug", required=True, help="Which district.")
@click.option("--name", help="Name of the district, as families know it.")
@click.option("--timezone", help="IANA time zone.")
@click.option("--phone", help="Whom a family calls.")
@click.option("--email", help="The office's e-mail address.")
@click.option("--contact", "contact_name", help="Whom letters say to ask.")
@with_appcontext
def edit(slug: str, **changes: str | None) -> None:
    """Change what pages and letters say of a district."""
    given = {column: value for column, value in changes.items() if value is not None}
    if not given:
        raise click.ClickException("nothing to change was given; see flask district edit --help.")
    if "timezone" in given:
        _check_timezone(given["timezone"])
    with transaction():
        found = db.session.scalar(select(District).where(District.slug == slug))
        if found is None:
            raise click.ClickException(f"there is no district {slug!r}.")
        for column, value in given.items():
            setattr(found, column, value)
        record(COMMAND, "district.edit", found, district_id=found.id, changed=len(given))
    click.echo(f"{found.name} is changed. Letters that are written keep what they said.")
