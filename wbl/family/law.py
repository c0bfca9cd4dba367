"""What youth employment law says of a placement, for the family that is asked about it.

Figures and citations come from the engine's rules, by the student's age on the first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from matching.eligibility.labor_rules import HoursRule, Rule, find_rule
from matching.eligibility.law_check import Job, Law, Person
from matching.eligibility.protections import Protections, protections
from matching.files.columns import OBSERVATION_KINDS
from matching.messages import cited, duration_text, label, law_text, words_in
from wbl.db import db
from wbl.i18n import clock_time, day, day_of_month, page_language, worked
from wbl.interests.models import Submission
from wbl.people.models import StudentBirth
from wbl.placements.models import Placement
from wbl.rounds.models import Round, RoundFile

# Of the conditions of a placement, those that the law asks for; an adjustment is the family's own.
LAWFUL = ("permit", "agreement:", "law:")


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in words, and whose it is."""

    text: str
    law: str


@dataclass(frozen=True, slots=True)
class LawNotes:
    """What a family's page says of the law; ready sentences in the language in force."""

    intro: str
    here: str = ""
    hours: Sequence[tuple[str, Sequence[Line]]] = field(default_factory=tuple)
    forbidden: Sequence[Line] = field(default_factory=tuple)
    needed: Sequence[str] = field(default_factory=tuple)


def notes(placement: Placement) -> LawNotes:
    """The notes about one placement, with everything that a page about it shows loaded."""
    offering, placement_round = placement.offering, placement.publication.round
    birth = db.session.get(StudentBirth, placement.student_id)
    submission = db.session.scalar(
        select(Submission).where(
            Submission.round_id == placement.round_id, Submission.student_id == placement.student_id
        )
    )
    credentials = submission.credentials if submission is not None else ""
    found = protections(
        _law(placement_round),
        Person(
            birth.birth_date if birth is not None else None,
            student_learner=submission is not None and submission.student_learner == "yes",
            credentials=frozenset(filter(None, credentials.split(";"))),
        ),
        Job(
            employment=offering.employment or _implied(offering.kind),
            labor_program=offering.labor_program,
        ),
        offering.start_date or placement_round.first_day,
        offering.end_date,
    )
    return _notes(placement, found)


def _implied(kind: str) -> str:
    return "observation" if kind in OBSERVATION_KINDS else "employee"


def _law(placement_round: Round) -> Law:
    """Which rules the round was decided by."""
    policy = placement_round.policy.get("law", {})
    overlays: list[str] = policy.get("overlays", [])
    kept: dict[str, str] = {}
    if overlays:
        rows = db.session.execute(
            select(RoundFile.name, RoundFile.content).where(
                RoundFile.round_id == placement_round.id, RoundFile.name.in_(overlays)
            )
        )
        kept = {row[0]: row[1].decode("utf-8-sig") for row in rows}
    return Law(
        jurisdictions=tuple(policy.get("jurisdictions", Law().jurisdictions)),
        overlays=kept,
        trainees_are_exempt=policy.get("trainees") == "hours_exempt",
    )


def _notes(placement: Placement, found: Protections) -> LawNotes:
    student, language = placement.student.name, page_language()
    needed = [label(language, code) for code in placement.conditions if code.startswith(LAWFUL)]
    if not found.employment:
        return LawNotes(
            _("This is a visit to watch, without work, so the law on youth employment asks nothing.")
        )
    if found.age is None:
        return LawNotes(
            _("The school has no date of birth on record, so it cannot say which rules hold. Please ask."),
            needed=needed,
        )
    if not found.hours and not found.forbidden:
        return LawNotes(_("From 18 on, the law on youth employment sets no limits."), needed=needed)
    intro = _("%(student)s is %(age)s at the start.", student=student, age=found.age)
    if not found.hours:
        intro += " " + _("At that age the law that we know of sets no limit on hours.")
    return LawNotes(
        intro,
        here=_here(placement, language),
        hours=[
            (
                _("Until age %(age)s, on %(day)s", age=group.under_age, day=day(group.until)),
                [line for rule in group.rules for line in _lines(rule, found, language)],
            )
            for group in found.hours
        ],
        forbidden=[Line(_about(rule, language), _whose(rule, found, language)) for rule in found.forbidden],
        needed=needed,
    )


def _whose(rule: Rule, found: Protections, language: str) -> str:
    return cited(language, found.names[rule.code], rule.citation)


def _about(rule: Rule, language: str) -> str:
    """What a rule forbids; the words of a district's own file are as the district wrote them."""
    text = law_text(language, rule.code) if find_rule(rule.code) else words_in(rule.text, language)
    return text[:1].upper() + text[1:]


def _here(placement: Placement, language: str) -> str:
    """How long this place asks for, to hold against the limits."""
    longest, weekly = worked(placement.offering.schedule)
    if not longest or placement.offering.flexible_hours:
        return ""
    if not weekly:
        return _("This place asks for %(day)s on a day.", day=duration_text(language, longest))
    return _(
        "This place asks for at most %(day)s on a day and %(week)s in a week.",
        day=duration_text(language, longest),
        week=duration_text(language, weekly),
    )


def _lines(rule: HoursRule, found: Protections, language: str) -> list[Line]:
    whose = _whose(rule, found, language)
    return [Line(text, whose) for text in _limits(rule, language) if text]


def _limits(rule: HoursRule, language: str) -> list[str]:
    """A rule about hours as sentences; one that a program lifts gives none."""
    if rule.kind == "school_hours":
        if rule.open:
            return []
        if rule.cycle:
            return [_("Work in school hours only on the days that the program allows.")]
        return [_("No work in school hours.")]
    if rule.kind == "week_days":
        return [
            ngettext(
                "Work on at most %(num)s day a week.", "Work on at most %(num)s days a week.", rule.limit
            )
        ]
    if rule.kind == "earliest":
        return [_early(rule)]
    if rule.kind == "latest":
        return [_late(rule), _summer(rule)]
    hours = duration_text(language, rule.limit)
    if rule.kind == "rest":
        return [_("At least %(hours)s of rest between two days of work.", hours=hours)]
    if rule.kind == "week_hours":
        return [_week(rule.scope, hours)]
    more = rule.school_hours_limit
    return [
        _day(rule.scope, hours),
        ""
        if more is None
        else _("At most %(hours)s on a day with work in school hours.", hours=duration_text(language, more)),
    ]


def _day(scope: str, hours: str) -> str:
    if scope == "school":
        return _("At most %(hours)s on a school day.", hours=hours)
    if scope == "other":
        return _("At most %(hours)s on a day without school.", hours=hours)
    if scope == "24h":
        return _("At most %(hours)s in any 24 hours.", hours=hours)
    return _("At most %(hours)s a day.", hours=hours)


def _week(scope: str, hours: str) -> str:
    if scope == "school":
        return _("At most %(hours)s in a school week.", hours=hours)
    if scope == "other":
        return _("At most %(hours)s in a week without school.", hours=hours)
    return _("At most %(hours)s a week.", hours=hours)


def _early(rule: HoursRule) -> str:
    at = clock_time(rule.limit)
    if rule.scope == "school":
        return _("No work before %(time)s on a school day.", time=at)
    return _("No work before %(time)s.", time=at)


def _late(rule: HoursRule) -> str:
    at = clock_time(rule.limit)
    if rule.scope == "school":
        return _("No work after %(time)s when the next day is a school day.", time=at)
    return _("No work after %(time)s.", time=at)


def _summer(rule: HoursRule) -> str:
    summer = rule.summer
    if summer is None:
        return ""
    first = day_of_month(*summer.first)
    if summer.last is None:
        return _(
            "From %(first)s to Labor Day (the first Monday of September), no work after %(time)s.",
            first=first,
            time=clock_time(summer.time),
        )
    return _(
        "From %(first)s to %(last)s, no work after %(time)s.",
        first=first,
        last=day_of_month(*summer.last),
        time=clock_time(summer.time),
    )
