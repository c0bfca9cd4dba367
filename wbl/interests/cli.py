"""`flask interests`: the occupations of O*NET beside our own table."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import delete, select

from wbl.accounts.actor import COMMAND
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.interests import onet
from wbl.interests.models import Occupation
from wbl.people.models import District

interests = AppGroup("interests", help="What students' interests are held against.")


@interests.command("import-onet")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_appcontext
def import_onet(folder: Path) -> None:
    """Take every occupation from O*NET's own files (Interests, Occupation Data; .txt or .xlsx).

    What an earlier import brought is replaced. The database is free at onetcenter.org, under CC BY 4.0.
    """
    try:
        found = onet.read(folder)
    except onet.BadFiles as fault:
        raise click.ClickException(str(fault)) from None
    with transaction():
        db.session.execute(delete(Occupation))
        db.session.add_all(found)
        # They hold for every district, so each reads of it in its own record.
        for district in db.session.scalars(select(District).order_by(District.id)):
            record(COMMAND, "occupations.import", district, district_id=district.id, occupations=len(found))
    click.echo(f"{len(found)} occupations of O*NET are there. Pages that show them name the source.")
