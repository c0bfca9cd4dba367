"""What tests of hours share: Ana's placement at the clinic, active, in the winter that it begins in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Flask

from tests.wbl.paperwork_support import Chain, at, make_active
from tests.wbl.published import NEAR
from wbl.db import db, transaction
from wbl.hours import entries, queries, weeks
from wbl.hours.entries import Worked
from wbl.hours.models import TimeEntry
from wbl.hours.weeks import Said

ZONE = ZoneInfo("America/Chicago")
FIFTEEN = NEAR.replace("2010-03-04", "2011-06-04")
TUESDAY = date(2027, 1, 12)
SUNDAY = date(2027, 1, 10)


def clock_at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the clocks of Chicago."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def worked(day: date, begins: tuple[int, int], ends: tuple[int, int], pause: int = 0) -> Worked:
    return Worked(clock_at(day, *begins), clock_at(day, *ends), pause)


@dataclass
class Intern:
    """Ana at the clinic."""

    app: Flask
    chain: Chain

    @property
    def id(self) -> int:
        return self.chain.placement_id

    def now(self, moment: datetime) -> None:
        at(self.app, moment)

    def write(self, what: Worked, uid: str = "") -> TimeEntry:
        with transaction():
            return entries.write(self.chain.student, self.id, uid or str(uuid4()), what)

    def send(self, sunday: date = SUNDAY) -> int:
        with transaction():
            return weeks.send_own(self.chain.student, self.id, sunday)

    def answer(self, sunday: date = SUNDAY, questions: dict[int, str] | None = None) -> weeks.Done:
        versions = {one.id: one.version for one in queries.entries(self.id, sunday)}
        with transaction():
            said = Said(versions, questions or {})
            return weeks.answer_hosted(self.chain.employer, self.id, sunday, said)

    def totals(self) -> queries.Totals:
        db.session.rollback()
        return queries.totals([self.id])[self.id]


def make_intern(app: Flask, **changes: str | None) -> Intern:
    """Ana is at the clinic since Monday, January 11; it is Wednesday evening of the first week."""
    chain = make_active(app, **changes)
    intern = Intern(app, chain)
    intern.now(clock_at(TUESDAY + timedelta(days=1), 20))
    return intern
