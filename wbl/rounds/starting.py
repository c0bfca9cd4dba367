"""A round made from its folder: what it is called and when it is, read from the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask_babel import gettext as _
from sqlalchemy import func, select

from matching.files import RoundFaults, parse_round
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.errors import NotFound
from wbl.i18n import formats
from wbl.people.models import District
from wbl.rounds import imports, services
from wbl.rounds.models import ImportState, Round, RoundImport
from wbl.rounds.preview import Preview

LENGTH = timedelta(weeks=18)
"""Of a round whose folder has no end."""


def dates_of(files: Mapping[str, bytes], today: date) -> tuple[date, date]:
    """The first and the last day of a round, as far as its folder tells; else from next month on."""
    guess = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    try:
        problem = parse_round(files)
    except RoundFaults:  # all of them are told where it is imported
        return guess, guess + LENGTH
    offered = problem.opportunities
    starts, ends = offered.start_date[offered.start_date > 0], offered.end_date[offered.end_date > 0]
    first = problem.policy.on_date or (date.fromordinal(int(starts.min())) if len(starts) else guess)
    last = date.fromordinal(int(ends.max())) if len(ends) else first + LENGTH
    return first, max(first, last)


@dataclass(frozen=True, slots=True)
class Judged:
    """A folder that was read for a round that is not made yet."""

    files: Mapping[str, bytes]
    first: date
    last: date
    state: ImportState
    preview: Preview


def judge(actor: Actor, district_id: int, files: Mapping[str, bytes]) -> Judged:
    """Read a folder as the round that it would be. Takes seconds for 10,000 students, so nobody else
    waits for it: nothing is written.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    """
    if district_id not in actor.coordinator_of:
        raise NotFound()
    timezone = db.session.get_one(District, district_id).timezone
    first, last = dates_of(files, clock.today(timezone))
    kept = services.files_to_start_with(district_id)
    planned = Round(
        district_id=district_id, starts_on=first, ends_on=last, policy=services.policy_with({}, kept)
    )
    return Judged(files, first, last, *imports.judge(planned, files, kept))


def start(actor: Actor, district_id: int, judged: Judged) -> RoundImport:
    """Make a round for a folder and stage the folder in it; nothing of it is imported yet. Flushes."""
    first, last = judged.first, judged.last
    name = _("Placements from %(month)s", month=format_date(first, "MMMM y", locale=formats()))
    alike = db.session.scalar(
        select(func.count(Round.id)).where(Round.district_id == district_id, Round.name.startswith(name))
    )
    if alike:
        name = f"{name} ({alike + 1})"
    made = services.create_round(actor, district_id, name=name, starts_on=first, ends_on=last)
    return imports.stage(actor, made.id, judged.files, judged.state, judged.preview)
