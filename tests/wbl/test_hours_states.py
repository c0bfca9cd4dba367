"""Any order of taps, corrections, sendings and confirmations: hours are never negative or counted twice,
each entry's history is whole, and what was confirmed was confirmed by somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from tests.wbl.hours_support import Intern, clock_at, make_intern
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.hours import entries, queries, weeks
from wbl.hours.entries import Sent, Worked
from wbl.hours.models import EntryState, HoursBreach, TimeEntry, TimeEntryChange
from wbl.hours.weeks import Said
from wbl.hours.when import sunday_of
from wbl.jobs.models import OutboxItem

BEGINS = clock_at(datetime(2027, 1, 11, tzinfo=UTC).date(), 6)
UIDS = st.integers(1, 6).map(lambda number: str(UUID(int=number)))
# Quarters of an hour from the first morning on; some lie before the placement, some in the future.
QUARTERS = st.integers(-40, 400)
LENGTHS = st.integers(-2, 40)
PAUSES = st.sampled_from([0, 0, 15, 60, 600])


def at(quarter: int) -> datetime:
    return BEGINS + timedelta(minutes=15 * quarter)


class Hours(RuleBasedStateMachine):
    app: Flask
    intern: Intern

    def __init__(self) -> None:
        super().__init__()
        with transaction() as session:
            for model in (HoursBreach, TimeEntryChange, TimeEntry):
                session.execute(delete(model))
            session.execute(delete(OutboxItem).where(OutboxItem.key.like("mail:hours:%")))
        self.now = BEGINS + timedelta(hours=8)
        self.intern.now(self.now)
        self.stored: dict[str, datetime] = {}

    def tried(self, do: object) -> TimeEntry | None:
        """A refusal changes nothing; anything else than one is a fault."""
        before = self.all()
        try:
            with transaction():
                return do()  # type: ignore[operator]
        except DomainError:
            assert self.all() == before
            return None

    def all(self) -> list[tuple[object, ...]]:
        db.session.rollback()
        columns = (TimeEntry.id, TimeEntry.version, TimeEntry.minutes, TimeEntry.state, TimeEntry.ended_at)
        return [tuple(row) for row in db.session.execute(select(*columns).order_by(TimeEntry.id))]

    def some(self, number: int) -> TimeEntry | None:
        found = queries.entries(self.intern.id)
        return found[number % len(found)] if found else None

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.intern.now(self.now)

    @rule(uid=UIDS)
    def checks_in(self, uid: str) -> None:
        self.tried(lambda: entries.check_in(self.intern.chain.student, self.intern.id, uid))

    @rule(pause=PAUSES)
    def checks_out(self, pause: int) -> None:
        student = self.intern.chain.student
        self.tried(lambda: entries.check_out(student, self.intern.id, break_minutes=pause))

    @rule(uid=UIDS, quarter=QUARTERS, length=LENGTHS, pause=PAUSES, open_=st.booleans())
    def a_phone_sends(self, uid: str, quarter: int, length: int, pause: int, open_: bool) -> None:
        sent = Sent(uid, at(quarter), None if open_ else at(quarter + length), pause)
        student = self.intern.chain.student
        first = self.tried(lambda: entries.store_sent(student, self.intern.id, sent))
        before = self.all()
        again = self.tried(lambda: entries.store_sent(student, self.intern.id, sent))
        assert (first is None) == (again is None)
        assert self.all() == before

    @rule(number=st.integers(0, 5), quarter=QUARTERS, length=LENGTHS, pause=PAUSES, stale=st.booleans())
    def corrects(self, number: int, quarter: int, length: int, pause: int, stale: bool) -> None:
        entry = self.some(number)
        if entry is not None:
            worked = Worked(at(quarter), at(quarter + length), pause)
            version = entry.version - (1 if stale else 0)
            student, entry_id = self.intern.chain.student, entry.id
            done = self.tried(lambda: entries.correct_own(student, self.intern.id, entry_id, version, worked))
            assert not (stale and done)

    @rule(number=st.integers(0, 5), quarter=QUARTERS, length=LENGTHS)
    def a_coordinator_corrects(self, number: int, quarter: int, length: int) -> None:
        entry = self.some(number)
        if entry is not None:
            worked, coordinator = Worked(at(quarter), at(quarter + length)), self.intern.chain.coordinator
            entry_id, version = entry.id, entry.version
            self.tried(lambda: entries.correct(coordinator, self.intern.id, entry_id, version, worked))

    @rule(number=st.integers(0, 5))
    def takes_back(self, number: int) -> None:
        entry = self.some(number)
        if entry is not None:
            student, entry_id, version = self.intern.chain.student, entry.id, entry.version
            self.tried(lambda: entries.withdraw_own(student, self.intern.id, entry_id, version))

    @rule(later=st.integers(0, 1))
    def sends_the_week(self, later: int) -> None:
        sunday = sunday_of(BEGINS.date()) + timedelta(days=7 * later)
        self.tried(lambda: weeks.send_own(self.intern.chain.student, self.intern.id, sunday))

    @rule(later=st.integers(0, 1), asks=st.booleans())
    def the_mentor_answers(self, later: int, asks: bool) -> None:
        sunday = sunday_of(BEGINS.date()) + timedelta(days=7 * later)
        found = queries.entries(self.intern.id, sunday)
        said = Said({one.id: one.version for one in found}, {one.id: "Really?" for one in found[:1] if asks})
        self.tried(lambda: weeks.answer_hosted(self.intern.chain.employer, self.intern.id, sunday, said))

    @invariant()
    def hours_are_never_negative_nor_counted_twice(self) -> None:
        db.session.rollback()
        found = [one for one in queries.entries(self.intern.id) if one.state is not EntryState.WITHDRAWN]
        ends = None
        for one in found:
            assert one.minutes >= 0
            assert ends is None or one.started_at >= ends
            if one.ended_at is not None:
                length = int((one.ended_at - one.started_at).total_seconds() // 60)
                assert one.minutes == length - one.break_minutes
                assert one.ended_at <= self.now + entries.OFF
            ends = one.ended_at or ends
        assert sum(one.running for one in found) <= 1
        totals = queries.totals([self.intern.id])[self.intern.id]
        assert totals.worked == sum(one.minutes for one in found)
        assert totals.confirmed + totals.waiting + totals.questioned <= totals.worked

    @invariant()
    def every_history_is_whole(self) -> None:
        found = queries.entries(self.intern.id)
        changes = queries.history([one.id for one in found])
        assert len({one.uid for one in found}) == len(found)
        for one in found:
            rows = [change for change, _name in changes[one.id]]
            assert [row.version for row in rows] == list(range(1, one.version + 1))
            last = rows[-1]
            assert (last.state, last.started_at, last.ended_at) == (one.state, one.started_at, one.ended_at)
            if one.state is EntryState.CONFIRMED:
                assert last.kind == "confirm"
                assert last.actor_id == self.intern.chain.employer.id


def test_any_order_of_writing_and_answering(app: Flask) -> None:
    intern = make_intern(app)
    machine = type("HoursOfAna", (Hours,), {"app": app, "intern": intern})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
