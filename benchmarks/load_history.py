"""Earlier years of a district, and this year's placements under way: what pages must find their way through.

Rows are written as they would stand there, in bulk: living through three years takes hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update

from wbl import clock
from wbl.accounts.actor import COMMAND
from wbl.agreements.models import Paperwork, PaperworkState, Step
from wbl.db import db, transaction
from wbl.growth.models import Evaluation, EvaluationSource, LearningPlan, Moment, RatedBy, Rating, SiteRating
from wbl.growth.rubrics import COMPETENCIES
from wbl.growth.versions import ensure_in_force
from wbl.hours.models import ChangeKind, EntryState, TimeEntry, TimeEntryChange
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering
from wbl.placements.models import Placement, Publication
from wbl.reflections.models import Phase, Reflection
from wbl.rounds.models import Round, RunArchive, SolveRun

YEAR = timedelta(weeks=52)
APART = 1_000_000
"""Between the identifiers of a row and of its copy a year earlier."""
ENTRIES = 8
"""Days worked and written down of each placement that is over."""
UNDER_WAY = 5
"""Weeks ago that this year's placements began."""
AT_ONCE = 10_000
WORDS = {"week_describe": "I watched first, and then I did it myself."}

Row = dict[str, Any]


def add_history(round_id: int, earlier: Sequence[int]) -> None:
    """Copy a published round into empty ones, which are over by now; let half of its own placements run.

    Parameters
    ----------
    earlier
        The empty rounds, the latest first; made before the round, as they would have been.
    """
    district_id = db.session.get_one(Round, round_id).district_id
    with transaction():
        version_id = ensure_in_force(COMMAND, district_id).id
        _under_way(round_id, version_id)
    for ago, earlier_id in enumerate(earlier, 1):
        with transaction():
            _year(round_id, earlier_id, version_id, ago)


def _year(round_id: int, earlier_id: int, version_id: int, ago: int) -> None:
    apart, earlier = APART * ago, YEAR * ago

    def moved(*names: str) -> Callable[[Row], Row]:
        """Identifiers become those of the copy, and every time lies years earlier."""

        def change(row: Row) -> Row:
            ids = {name: row[name] + apart for name in ("id", *names) if name in row}
            rounds = {"round_id": earlier_id} if "round_id" in row else {}
            times = {
                name: value - earlier for name, value in row.items() if isinstance(value, date | datetime)
            }
            return row | times | ids | rounds

        return change

    this = db.session.get_one(Round, round_id)
    run_id = this.published_run_id
    assert run_id is not None
    _copy(SolveRun, SolveRun.id == run_id, moved())
    _copy(RunArchive, RunArchive.run_id == run_id, moved("run_id"))
    first = this.starts_on - earlier
    db.session.execute(
        update(Round)
        .where(Round.id == earlier_id)
        .values(
            starts_on=first,
            ends_on=this.ends_on - earlier,
            state=this.state,
            policy=this.policy,
            published_run_id=run_id + apart,
        )
    )
    _copy(Offering, Offering.round_id == round_id, moved())
    _copy(Submission, Submission.round_id == round_id, moved())
    _copy(Publication, Publication.round_id == round_id, moved("run_id"))
    _copy(Placement, Placement.round_id == round_id, moved("publication_id", "offering_id"))
    ids = db.session.scalars(select(Placement.id).where(Placement.round_id == earlier_id)).all()
    rng = Random(ago)
    _copy(
        Paperwork,
        Paperwork.placement_id.in_(select(Placement.id).where(Placement.round_id == round_id)),
        lambda row: (
            moved("placement_id", "offering_id")(row)
            | {
                "state": PaperworkState.COMPLETED,
                "step": Step.DONE,
                "active_at": clock.now() - earlier,
                "completed_at": clock.now() - earlier + timedelta(weeks=10),
                "seat": None,
            }
        ),
    )
    _insert(LearningPlan, _plans(ids, version_id))
    both = [(one, moment) for one in ids for moment in (Moment.BASELINE, Moment.FINAL)]
    _rate(both, version_id, rng, earlier)
    _work([_entry(one, week, first, EntryState.CONFIRMED) for one in ids for week in range(ENTRIES)])
    _insert(
        Reflection,
        (_reflection(one, number, earlier) for one in ids for number in range(3)),
    )
    _insert(
        SiteRating,
        (
            {
                "placement_id": one,
                **{aspect: rng.randint(3, 5) for aspect in ("learned", "supported", "safe", "again")},
                "comment": "",
                "given_at": clock.now() - earlier,
            }
            for one in ids
        ),
    )


def _under_way(round_id: int, version_id: int) -> None:
    """Every other placement of the round began some weeks ago."""
    first = clock.last_today() - timedelta(weeks=UNDER_WAY)
    last = first + timedelta(weeks=15)
    db.session.execute(update(Round).where(Round.id == round_id).values(starts_on=first, ends_on=last))
    db.session.execute(
        update(Offering).where(Offering.round_id == round_id).values(start_date=first, end_date=last)
    )
    rows = db.session.execute(
        select(Placement.id, Placement.offering_id)
        .where(Placement.round_id == round_id, Placement.id % 2 == 0)
        .order_by(Placement.id)
    ).tuples()
    seats = Counter[int]()
    active = []
    for placement_id, offering_id in rows:
        seats[offering_id] += 1
        active.append({"placement_id": placement_id, "seat": seats[offering_id]})
    db.session.execute(
        update(Paperwork),
        [
            row | {"state": PaperworkState.ACTIVE, "step": Step.DONE, "active_at": clock.now()}
            for row in active
        ],
    )
    ids = [row["placement_id"] for row in active]
    _insert(LearningPlan, _plans(ids, version_id))
    _rate([(one, Moment.BASELINE) for one in ids], version_id, Random(0), timedelta(weeks=UNDER_WAY))
    _work(
        [
            _entry(one, week, first, EntryState.CONFIRMED if week < UNDER_WAY - 1 else EntryState.SUBMITTED)
            for one in ids
            for week in range(UNDER_WAY)
        ]
    )
    _insert(Reflection, (_reflection(one, number, timedelta(weeks=3)) for one in ids for number in range(2)))


def _plans(ids: Iterable[int], version_id: int) -> Iterator[Row]:
    for one in ids:
        yield {"placement_id": one, "version_id": version_id, "skills": [], "made_at": clock.now()}


def _rate(given: Iterable[tuple[int, Moment]], version_id: int, rng: Random, earlier: timedelta) -> None:
    found = [(4 * one + list(Moment).index(moment), one, moment) for one, moment in given]
    _insert(
        Evaluation,
        (
            {
                "id": id_,
                "placement_id": one,
                "version_id": version_id,
                "moment": moment,
                "rated_by": RatedBy.MENTOR,
                "evidence": "Asked when something was not clear.",
                "given_at": clock.now() - earlier,
                "source": EvaluationSource.LINK,
            }
            for id_, one, moment in found
        ),
    )
    _insert(
        Rating,
        (
            {
                "evaluation_id": id_,
                "code": code,
                "level": rng.randint(1, 4) + (moment is Moment.FINAL),
                "evidence": "",
            }
            for id_, _one, moment in found
            for code in COMPETENCIES
        ),
    )


def _work(entries: list[Row]) -> None:
    """Entries, each with the one change that it is after."""
    _insert(TimeEntry, entries)
    kept = ("state", "started_at", "ended_at", "break_minutes", "note", "question", "version")
    _insert(
        TimeEntryChange,
        (
            {name: entry[name] for name in kept}
            | {
                "entry_id": entry["id"],
                "kind": ChangeKind.WRITE,
                "at": entry["ended_at"],
                "actor_kind": COMMAND.kind,
            }
            for entry in entries
        ),
    )


def _entry(placement_id: int, week: int, first: date, state: EntryState) -> Row:
    day = first + timedelta(weeks=week)
    began = clock.now().replace(year=day.year, month=day.month, day=day.day, hour=20, minute=30)
    return {
        "id": 16 * placement_id + week,
        "placement_id": placement_id,
        "uid": f"{placement_id}-{week}",
        "worked_on": day,
        "started_at": began,
        "ended_at": began + timedelta(hours=3),
        "break_minutes": 0,
        "minutes": 180,
        "note": "",
        "state": state,
        "question": "",
        "version": 1,
    }


def _reflection(placement_id: int, number: int, earlier: timedelta) -> Row:
    moment = clock.now() - earlier
    return {
        "id": 16 * placement_id + number,
        "placement_id": placement_id,
        "phase": Phase.WEEKLY if number else Phase.BEFORE,
        "number": number,
        "answers": WORDS,
        "prompts": [],
        "saved_at": moment,
        "handed_in_at": moment,
    }


def _copy(model: type[Any], where: Any, change: Callable[[Row], Mapping[str, Any]]) -> None:
    rows = db.session.execute(select(model.__table__).where(where)).mappings().all()
    _insert(model, (dict(change(dict(row))) for row in rows))


def _insert(model: type[Any], rows: Iterable[Row]) -> None:
    waiting: list[Row] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == AT_ONCE:
            db.session.execute(insert(model.__table__), waiting)
            waiting = []
    if waiting:
        db.session.execute(insert(model.__table__), waiting)
