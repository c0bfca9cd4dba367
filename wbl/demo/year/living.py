"""Placements of a simulated round from the first signature to the last rating, a week at a time.

Everything goes through the services that people use; only who does it is a command.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from flask_babel import force_locale
from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState, Step
from wbl.agreements.opening import first_day
from wbl.db import db, transaction
from wbl.demo.hours import write_week
from wbl.demo.paperwork import take
from wbl.demo.year.world import World
from wbl.growth import completing, evaluating, raters, site
from wbl.growth.evaluating import Given
from wbl.growth.models import Moment
from wbl.growth.plans import last_day
from wbl.hours import queries as hours
from wbl.hours import weeks
from wbl.hours.weeks import Said
from wbl.hours.when import WEEK, sunday_of
from wbl.labels import consent_question
from wbl.letters.content import family_language
from wbl.placements import changing, consents, link_queries, queries
from wbl.placements.models import EndKind, Placement, PlacementState
from wbl.reflections import queries as reflections
from wbl.reflections import writing
from wbl.reflections.models import Phase
from wbl.rounds.local_times import instant_at

EVENING = time(20)
WORDS = "We were shown how it is done, and then I did it."
SEEN = "Asked when something was not clear."
WHY_ENDED = "The student stopped coming."


class Clock:
    """The simulation's time: it stands still until it is moved on."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, day: date, zone: str) -> None:
        """To the evening of a day; never back."""
        self.moment = max(self.moment, instant_at(datetime.combine(day, EVENING), zone))


def sign_all(coordinator: Actor, round_id: int) -> int:
    """Families, students, employers and the school agree, wherever all of them can; how many begin."""
    for placement_id in _of_round(round_id):
        with transaction():
            placement = queries.whole(placement_id)
            _agree(placement)
            if queries.name_told(placement):
                take(coordinator, placement_id, Step.DONE)
                _reflect(placement, Phase.BEFORE, 0)
    return len(_active(round_id))


def live(coordinator: Actor, round_id: int, world: World, clock: Clock) -> Iterator[date]:
    """Let every week of a round pass; yields its Saturday."""
    found = [queries.whole(one) for one in _active(round_id)]
    if not found:
        return
    days = {one.id: (first_day(one), last_day(one)) for one in found}
    zone = found[0].publication.round.district.timezone
    sunday = sunday_of(min(first for first, _last in days.values()))
    while active := _active(round_id):
        saturday = sunday + WEEK - timedelta(days=1)
        clock.move(saturday, zone)
        for placement_id in active:
            first, last = days[placement_id]
            if first <= saturday:
                _week(coordinator, queries.whole(placement_id), world, sunday, first, last)
        yield saturday
        sunday += WEEK


def _week(
    coordinator: Actor, placement: Placement, world: World, sunday: date, first: date, last: date
) -> None:
    """One week of one placement, in one transaction."""
    student, zone = _student(placement), placement.publication.round.district.timezone
    number = reflections.week_of(first, last, sunday + WEEK - timedelta(days=1))
    with transaction():
        if world.week_of_leaving(placement) == number and last >= sunday + WEEK:
            changing.end(coordinator, placement.id, kind=EndKind.ENDED, reason=WHY_ENDED, another=False)
            return
        if sunday_of(first) == sunday:
            _rate(coordinator, placement, world, Moment.BASELINE)
        if world.comes(placement, number):
            write_week(student, placement, sunday, zone)
            weeks.send_own(student, placement.id, sunday)
            versions = {one.id: one.version for one in hours.entries(placement.id, sunday)}
            weeks.answer_for_mentor(coordinator, placement.id, sunday, Said(versions, {}))
            _reflect(placement, Phase.WEEKLY, number)
        if last < sunday + WEEK:
            _rate(coordinator, placement, world, Moment.FINAL)
            _reflect(placement, Phase.AFTER, 0)
            said = world.said_of_site(placement)
            site.rate(student, placement.id, site.Said(said, said, max(said, 3), said))
            completing.complete(coordinator, placement.id)


def _rate(coordinator: Actor, placement: Placement, world: World, moment: Moment) -> None:
    name, email = raters.contact_of(placement)
    levels = world.rated(placement, final=moment is Moment.FINAL)
    given = Given(levels, whole=SEEN)
    evaluating.give_as_told(
        coordinator, placement.id, moment, given, name=name or "The supervisor", email=email
    )


def _reflect(placement: Placement, phase: Phase, number: int) -> None:
    """Every prompt has an answer: in words, or how much the student agrees."""
    rng = Random(f"{placement.id} {phase} {number}")
    asked = reflections.asked(placement.publication.round.district_id, phase)
    low = 3 if phase is Phase.AFTER else 2
    answers = {one.code: rng.randint(low, low + 2) if one.scale else WORDS for one in asked}
    writing.hand_in(_student(placement), placement.id, phase, number, answers)


def _agree(placement: Placement) -> None:
    """Whoever may answer for the family says yes to all that is asked."""
    for link in link_queries.of_placement(placement):
        if consents.may_answer_by_link(placement, link):
            language, name = family_language(link), placement.student.name
            asked = consents.fields_of(placement)
            with force_locale(language):
                questions = {field: consent_question(field, name) for field in asked}
            by = link.guardian.name if link.guardian is not None else name
            signed = consents.Signed(by, language, questions)
            consents.answer_by_link(link, placement, dict.fromkeys(asked, True), signed)
            return


def _student(placement: Placement) -> Actor:
    return Actor(kind="command", student_ids=frozenset({placement.student_id}))


def _of_round(round_id: int) -> list[int]:
    statement = select(Placement.id).where(
        Placement.round_id == round_id, Placement.state == PlacementState.PUBLISHED
    )
    return list(db.session.scalars(statement.order_by(Placement.id)))


def _active(round_id: int) -> list[int]:
    statement = (
        select(Placement.id)
        .join(Paperwork, Paperwork.placement_id == Placement.id)
        .where(Placement.round_id == round_id, Paperwork.state == PaperworkState.ACTIVE)
    )
    return list(db.session.scalars(statement.order_by(Placement.id)))
