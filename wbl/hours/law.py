"""What the law of hours says of what was worked: the engine's own check, on the district's calendar.

All that a student worked counts together, whichever employer it was for. A break is taken out of the
middle of its stretch, so that the first and the last minute stay where they were.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import select

from matching.eligibility.labor_rules import HoursRule, rule_sets
from matching.eligibility.law_check import Finding, Job, Law, Person, Shift, check
from matching.files.cells import parse_windows
from matching.files.columns import OBSERVATION_KINDS
from matching.problem import Calendar, Column, LawPolicy, no_calendar
from wbl.db import db
from wbl.hours.models import EntryState, TimeEntry
from wbl.hours.when import DAY, WEEK, sunday_of
from wbl.interests.models import Submission
from wbl.people.models import StudentBirth
from wbl.placements.models import Placement
from wbl.rounds.folder import CALENDAR
from wbl.rounds.models import Round, RoundFile


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that was broken on a date, with all that a sentence about it needs."""

    finding: Finding
    rule: HoursRule
    jurisdiction: dict[str, str]


def breaches(placement: Placement, weeks: set[date]) -> list[Breach]:
    """The rules about hours that were broken in some weeks (by their Sundays), as it stands now."""
    if not weeks:
        return []
    zone = placement.publication.round.district.timezone
    law, rules = _law(placement)
    # Rest between two days and any 24 hours look over the edge of a week.
    shifts = _shifts(placement.student_id, min(weeks) - DAY, max(weeks) + WEEK)
    if not shifts:
        return []
    answer = check(law, _person(placement), _job(placement), log=shifts, zone=zone)
    return [
        Breach(one, rule, names)
        for one in answer.findings
        if one.found is not None and one.rule in rules and sunday_of(one.day) in weeks
        for rule, names in [rules[one.rule]]
    ]


def _shifts(student_id: int, first: date, last: date) -> list[Shift]:
    rows = db.session.execute(
        select(TimeEntry.started_at, TimeEntry.ended_at, TimeEntry.break_minutes)
        .join(Placement, Placement.id == TimeEntry.placement_id)
        .where(
            Placement.student_id == student_id,
            TimeEntry.worked_on.between(first, last),
            TimeEntry.ended_at.is_not(None),
            TimeEntry.state != EntryState.WITHDRAWN,
        )
        .order_by(TimeEntry.started_at)
    )
    return [shift for started, ended, pause in rows for shift in parted(started, ended, pause)]


def parted(started: datetime, ended: datetime, pause: int) -> Sequence[Shift]:
    """A stretch of work without its break, which lies in the middle."""
    if pause == 0:
        return [(started, ended)]
    worked = int((ended - started).total_seconds() // 60) - pause
    before = started + timedelta(minutes=worked // 2)
    parts = [(started, before), (before + timedelta(minutes=pause), ended)]
    return [part for part in parts if part[0] < part[1]]


def _law(placement: Placement) -> tuple[Law, dict[str, tuple[HoursRule, dict[str, str]]]]:
    """Which rules the round was decided by, when this student's school is; and the rules by code."""
    placement_round = placement.publication.round
    policy = placement_round.policy.get("law", {})
    kept = _files(placement_round, policy.get("overlays", []))
    overlays = {name: content.decode("utf-8-sig") for name, content in kept.items() if name != CALENDAR}
    jurisdictions = tuple(policy.get("jurisdictions", Law().jurisdictions))
    school = placement.student.school
    hours = (school.school_hours if school is not None else "") or policy.get("school_hours", "")
    law = Law(
        jurisdictions=jurisdictions,
        overlays=overlays,
        school_hours=parse_windows(hours) if hours else LawPolicy().school_hours,
        in_session=bool(policy.get("in_session", True)),
        calendar=_calendar(kept.get(CALENDAR)),
        trainees_are_exempt=policy.get("trainees") == "hours_exempt",
    )
    rules = {
        rule.code: (rule, dict(one.name))
        for one in rule_sets(jurisdictions, overlays)
        for rule in one.rules
        if isinstance(rule, HoursRule)
    }
    return law, rules


def _files(placement_round: Round, overlays: list[str]) -> dict[str, bytes]:
    rows = db.session.execute(
        select(RoundFile.name, RoundFile.content).where(
            RoundFile.round_id == placement_round.id, RoundFile.name.in_([CALENDAR, *overlays])
        )
    ).tuples()
    return dict(rows.all())


def calendar_of(placement_round: Round) -> Calendar:
    """The school calendar that a round is decided by; without rows where it has none."""
    return _calendar(_files(placement_round, []).get(CALENDAR))


def _calendar(content: bytes | None) -> Calendar:
    """calendar.csv, which was checked when it was taken in."""
    if content is None:
        return no_calendar()
    rows = sorted(
        csv.DictReader(io.StringIO(content.decode("utf-8-sig"))), key=lambda row: row["date"].strip()
    )
    letters = [(row.get("day_letter") or "").strip() for row in rows]
    values = tuple(sorted({"", *letters}))
    return Calendar(
        np.array([date.fromisoformat(row["date"].strip()).toordinal() for row in rows], dtype=np.int64),
        np.array([row["in_session"].strip() == "yes" for row in rows], dtype=np.bool_),
        Column(np.array([values.index(letter) for letter in letters], dtype=np.int64), values),
    )


def _person(placement: Placement) -> Person:
    birth = db.session.get(StudentBirth, placement.student_id)
    submission = db.session.scalar(
        select(Submission).where(
            Submission.round_id == placement.round_id, Submission.student_id == placement.student_id
        )
    )
    return Person(
        birth.birth_date if birth is not None else None,
        student_learner=submission is not None and submission.student_learner == "yes",
        credentials=frozenset(filter(None, (submission.credentials if submission else "").split(";"))),
    )


def _job(placement: Placement) -> Job:
    offering = placement.offering
    implied = "observation" if offering.kind in OBSERVATION_KINDS else "employee"
    return Job(employment=offering.employment or implied, labor_program=offering.labor_program)
