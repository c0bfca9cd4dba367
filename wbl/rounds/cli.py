"""`flask runs`: checking a stored run again."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from wbl.db import db
from wbl.rounds.checking import check_archive
from wbl.rounds.models import RunArchive, SolveRun

runs = AppGroup("runs", help="Stored runs of rounds.")


@runs.command("verify")
@click.option("--round", "round_id", type=int, required=True, help="Identifier of the round.")
@click.option("--number", type=int, required=True, help="Number of the run in its round.")
@with_appcontext
def verify(round_id: int, number: int) -> None:
    """Check a stored run; say what can be checked no more because its profiles were erased."""
    kept = db.session.scalar(
        select(RunArchive)
        .join(SolveRun, SolveRun.id == RunArchive.run_id)
        .where(SolveRun.round_id == round_id, SolveRun.number == number)
    )
    if kept is None:
        raise click.ClickException("this round has no such run with a result.")
    found = check_archive(kept)
    for fault in found.faults:
        click.echo(fault)
    if found.faults:
        raise click.ClickException(f"{len(found.faults)} faults.")
    if found.erased_at is None:
        click.echo(f"Verified: {found.placements} placements against the profiles and {found.pairs} pairs.")
    else:
        click.echo(
            f"Its profiles were erased on {found.erased_at:%Y-%m-%d}: rules, travel and the proof can be "
            f"checked no more. {found.placements} placements agree with the {found.pairs} eligible pairs."
        )
