"""A round as files again: as a run saw it, by pseudonym; or in full, for who may see that."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from matching.files import write_table
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import Guardian, Student
from wbl.rounds import archive
from wbl.rounds.columns import GUARDIAN_COLUMNS, PEOPLE_COLUMNS, SITE_COLUMNS
from wbl.rounds.models import Round, RunArchive, SolveRun
from wbl.rounds.queries import round_by_id, run_by_number
from wbl.rounds.snapshot import files_of, read_rows_of


def run_folder(actor: Actor, round_id: int, number: int) -> bytes:
    """A zip of the round folder that a run was solved from, by pseudonym.

    ``python -m matching solve`` gives the same placements, unplaced and certificate from it, byte
    for byte.

    Raises
    ------
    Conflict
        Where the run has not ended well, or its profiles were erased.
    """
    profiles = _archive(run_by_number(actor, round_id, number)).profiles
    if profiles is None:
        raise Conflict(_("The profiles of this run were erased. Its pairs and results are still here."))
    return profiles


def run_results(actor: Actor, round_id: int, number: int) -> bytes:
    """A zip of what a run gave, by pseudonym, as ``python -m matching`` writes it."""
    return _archive(run_by_number(actor, round_id, number)).results


def _archive(run: SolveRun) -> RunArchive:
    found = db.session.get(RunArchive, run.id)
    if found is None:
        raise Conflict(_("This run has no result to download."))
    return found


def note_full_export(actor: Actor, round_id: int) -> None:
    """Put on record that somebody takes a round with names. Flushes."""
    placement_round = round_by_id(actor, round_id)
    of_round = select(func.count(Submission.id)).where(Submission.round_id == round_id, attends())
    record(
        actor,
        "round.export_full",
        placement_round,
        district_id=placement_round.district_id,
        students=db.session.scalar(of_round) or 0,
    )
    db.session.flush()


def full_export(actor: Actor, round_id: int) -> bytes:
    """A zip of the round as it is now, with identifiers, names and contacts; see ``note_full_export``.

    It can be imported again: into this round it changes nothing.
    """
    placement_round = round_by_id(actor, round_id)
    rows = read_rows_of(placement_round, Student.external_id, words=True)
    files = files_of(placement_round, rows, words=True)
    files["people.csv"] = write_table(PEOPLE_COLUMNS, _people(placement_round))
    files["guardians.csv"] = write_table(GUARDIAN_COLUMNS, _guardians(placement_round))
    files["sites.csv"] = write_table(SITE_COLUMNS, _sites(placement_round))
    return archive.pack(files)


def _people(placement_round: Round) -> list[tuple[str, ...]]:
    columns = [getattr(Student, name) for name in PEOPLE_COLUMNS[1:]]
    return _rows(
        _of_round(select(Student.external_id, *columns), placement_round).order_by(Student.external_id)
    )


def _guardians(placement_round: Round) -> list[tuple[str, ...]]:
    columns = [getattr(Guardian, name) for name in GUARDIAN_COLUMNS[1:]]
    statement = _of_round(select(Student.external_id, *columns), placement_round)
    return _rows(
        statement.join(Guardian, Guardian.student_id == Student.id).order_by(Student.external_id, Guardian.id)
    )


def _of_round(columns: Any, placement_round: Round) -> Any:
    return (
        columns.select_from(Student)
        .join(Submission, Submission.student_id == Student.id)
        .where(Submission.round_id == placement_round.id, attends())
    )


def _sites(placement_round: Round) -> list[tuple[str, ...]]:
    statement = (
        select(
            Site.external_id,
            Employer.external_id,
            Employer.name,
            Site.name,
            *(getattr(Site, name) for name in SITE_COLUMNS[4:]),
        )
        .join(Employer, Employer.id == Site.employer_id)
        .where(
            Site.id.in_(
                select(Opportunity.site_id)
                .join(Offering, Offering.opportunity_id == Opportunity.id)
                .where(Offering.round_id == placement_round.id, takes_part())
            )
        )
        .order_by(Employer.external_id, Site.external_id)
    )
    return _rows(statement)


def _rows(statement: Any) -> list[tuple[str, ...]]:
    return [tuple(map(_cell, row)) for row in db.session.execute(statement)]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
