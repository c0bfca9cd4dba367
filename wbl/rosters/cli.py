"""`flask roster`: read the folders now, whatever the hour."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select, update

from wbl.db import db, transaction
from wbl.people.models import District
from wbl.rosters.models import RosterSetting
from wbl.rosters.pick_up import folders, pick_up

roster = AppGroup("roster", help="Rosters from a student information system.")


@roster.command("pick-up")
@click.option("--slug", help="Only this district's folder.")
@with_appcontext
def pick_up_now(slug: str | None) -> None:
    """Read what lies in ROSTER_FOLDER/SLUG, as the worker does at night."""
    found = {name: path for name, path in folders().items() if slug in (None, name)}
    if not found:
        raise click.ClickException("there is no folder: set ROSTER_FOLDER, and make one named by the slug.")
    for name, path in found.items():
        district = db.session.scalar(select(District).where(District.slug == name))
        if district is None:
            click.echo(f"{name}: no district has this slug.")
            continue
        district_id = district.id
        db.session.rollback()
        again = update(RosterSetting).where(RosterSetting.district_id == district_id)
        with transaction():
            db.session.execute(again.values(picked_up_on=None))
        pick_up(db.session.get_one(District, district_id), path)
        click.echo(f"{name}: looked into {path}.")
