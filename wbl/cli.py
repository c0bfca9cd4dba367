"""Commands: the worker, a first coordinator, and the demo."""

from __future__ import annotations

import logging
import re
from zoneinfo import available_timezones

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select

from wbl.accounts.actor import COMMAND
from wbl.accounts.models import Role, User
from wbl.accounts.services import create_user
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.demo.cli import demo
from wbl.people.models import District

worker = AppGroup("worker", help="The process that solves rounds, writes letters and sends mail.")
district = AppGroup("district", help="Districts and their first people.")


@worker.command("run")
@with_appcontext
def worker_run() -> None:
    """Work until Ctrl-C or SIGTERM."""
    from wbl.jobs.worker import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    run(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy


@worker.command("drain")
@with_appcontext
def worker_drain() -> None:
    """Do everything that is due now, then end."""
    from wbl.jobs.worker import drain

    drain()


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
def district_create(
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
    coordinator = coordinator.strip().lower()
    if len(password) < 12:
        raise click.ClickException("the password needs 12 characters or more.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise click.ClickException("a slug is small letters, digits and dashes, such as mesa-clara.")
    if timezone not in available_timezones():
        raise click.ClickException(f"there is no time zone {timezone!r}; one is America/Chicago.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", coordinator):
        raise click.ClickException(f"{coordinator!r} is no e-mail address.")
    with transaction():
        if db.session.scalar(select(User.id).where(func.lower(User.email) == coordinator)) is not None:
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
    click.echo(f"{name} is set up. {coordinator_name} can sign in as {coordinator}.")


def init_cli(app: Flask) -> None:
    for group in (worker, district, demo):
        app.cli.add_command(group)
