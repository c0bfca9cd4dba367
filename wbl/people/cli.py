"""`flask district`: a new district with its first coordinator, and what its letters say of it."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from wbl.accounts.actor import COMMAND
from wbl.accounts.cli import checked_email, checked_password
from wbl.accounts.models import Role
from wbl.accounts.services import add_membership, create_user, set_sealed_reader, user_by_email
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.people import languages
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
@click.option(
    "--codes/--no-codes",
    default=True,
    show_default=True,
    help="Staff needs one-time codes besides passwords.",
)
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
    codes: bool,
    password: str,
) -> None:
    """A new district with its first coordinator, who administers it too."""
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
            name=name,
            slug=slug,
            timezone=timezone,
            phone=phone,
            email=office,
            contact_name=coordinator_name,
            codes_required=codes,
        )
        db.session.add(made)
        db.session.flush()
        user = create_user(
            email=coordinator,
            name=coordinator_name,
            password=password,
            role=Role.COORDINATOR,
            district_id=made.id,
        )
        # Somebody has to invite the others.
        add_membership(user, role=Role.ADMINISTRATOR, district_id=made.id)
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
@click.option("--codes/--no-codes", "codes_required", default=None, help="Staff needs one-time codes.")
@with_appcontext
def edit(slug: str, **changes: str | bool | None) -> None:
    """Change what pages and letters say of a district."""
    given = {column: value for column, value in changes.items() if value is not None}
    if not given:
        raise click.ClickException("nothing to change was given; see flask district edit --help.")
    if "timezone" in given:
        _check_timezone(str(given["timezone"]))
    with transaction():
        found = db.session.scalar(select(District).where(District.slug == slug))
        if found is None:
            raise click.ClickException(f"there is no district {slug!r}.")
        for column, value in given.items():
            setattr(found, column, value)
        record(COMMAND, "district.edit", found, district_id=found.id, changed=len(given))
    click.echo(f"{found.name} is changed. Letters that are written keep what they said.")


def _district(slug: str) -> District:
    found = db.session.scalar(select(District).where(District.slug == slug))
    if found is None:
        raise click.ClickException(f"there is no district {slug!r}.")
    return found


@district.command("language")
@click.option("--slug", required=True, help="Which district.")
@click.option("--language", required=True, help="A language of families' pages: es, vi, ar or zh_Hans.")
@click.option("--not-reviewed", is_flag=True, help="Take it back: signatures wait for an interpreter again.")
@with_appcontext
def language(slug: str, language: str, not_reviewed: bool) -> None:
    """Mark a language as reviewed: somebody who reads it has checked families' pages and the letter.

    Until then a family's yes in that language waits for an interpreter.
    """
    try:
        with transaction():
            found = _district(slug)
            if not_reviewed:
                languages.take_back(COMMAND, found, language)
            else:
                languages.mark_reviewed(COMMAND, found, language)
            counting = ", ".join(languages.signing_languages(found.id))
            name = found.name
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{name}: a typed signature counts in {counting}.")


@district.command("sealed")
@click.option("--slug", required=True, help="Which district.")
@click.option("--email", required=True, help="A coordinator of it.")
@click.option("--end", is_flag=True, help="From now on they may not any more.")
@with_appcontext
def sealed(slug: str, email: str, end: bool) -> None:
    """Let a coordinator open the reasons that colleagues have sealed. Each opening goes on record."""
    with transaction():
        found = _district(slug)
        user = user_by_email(email)
        if user is None or not set_sealed_reader(COMMAND, user, found.id, may=not end):
            raise click.ClickException(f"{email} does not coordinate {found.name}.")
        name = found.name
    click.echo(f"{email} {'no longer opens' if end else 'may open'} sealed reasons of {name}.")
