"""`flask retention`: what is past its period, and erasing it now."""

from __future__ import annotations

from datetime import date

import click
from flask.cli import with_appcontext
from sqlalchemy import select, update

from wbl.db import db, transaction
from wbl.people.models import District
from wbl.retention.models import Purge
from wbl.retention.queries import due_counts, last_purge, periods
from wbl.retention.services import purge_batch


@click.command("retention")
@click.option("--slug", help="Only this district.")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased; change nothing.")
@with_appcontext
def retention(slug: str | None, dry_run: bool) -> None:
    """Erase now what is past its retention, as the worker does at night."""
    chosen = select(District).order_by(District.id)
    if slug is not None:
        chosen = chosen.where(District.slug == slug)
    found = {one.id: one.slug for one in db.session.scalars(chosen)}
    if not found:
        raise click.ClickException("there is no such district.")
    for district_id, name in found.items():
        if dry_run:
            _say(name, district_id, due_counts(db.session.get_one(District, district_id)))
        else:
            _purge(district_id)
            purge = last_purge(district_id)
            _say(name, district_id, purge.erased if purge else {})
            if purge is not None and purge.error:
                raise click.ClickException(f"{name}: it broke ({purge.error}); the log says more.")


def _purge(district_id: int) -> None:
    """Tonight's may have ended already: it begins again."""
    db.session.rollback()
    with transaction():
        db.session.execute(update(Purge).where(Purge.district_id == district_id).values(on_day=date.min))
    while purge_batch(district_id):
        pass


def _say(name: str, district_id: int, counts: dict[str, int]) -> None:
    kept = periods(district_id)
    for kind, months in sorted(kept.items()):
        click.echo(f"{name}: {kind}, kept {months} months: {counts.get(kind, 0)}")
