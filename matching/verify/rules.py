"""Every reason that excludes a pair, in plain code: one pair, one rule at a time.

Written from the round format ("What makes a pair eligible") and shared with nothing that solves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matching.problem import UNKNOWN, Codes, Window, Windows
from matching.verify.facts import Facts, Pair
from matching.verify.law import Ruling
from matching.verify.travel import NOT_CONSIDERED, Journey, journey
from matching.verify.year import needs

ALWAYS: Windows = tuple(Window(day, 0, 24 * 60) for day in range(7))

LISTED_REASONS = ("forbidden", "refused")
"""With eligible.csv only these exclude a listed pair."""


def not_ranked_closes(unranked: str, open_to_others: bool) -> bool:
    """Whether a student who ranked something is out of reach of what they did not rank."""
    return unranked == "never" or (unranked == "if_open" and not open_to_others)


def reserved(open_to: Codes, school_id: str, programs: Codes) -> bool:
    if not open_to:
        return False
    theirs = {f"program:{code}" for code in programs}
    if school_id:
        theirs.add(f"school:{school_id}")
    return theirs.isdisjoint(open_to)


def below(value: int | None, minimum: int) -> bool:
    """Whether a grade or age misses a minimum; an unknown one does while a minimum is set."""
    return minimum != UNKNOWN and (value is None or value == UNKNOWN or value < minimum)


def schedule_clash(needed: Iterable[tuple[int, ...]], available: Windows | None) -> bool:
    """Whether something that a schedule needs (see ``year.needs``) lies in no one window of the free time."""
    if available is None:
        return False
    return not all(
        any(free.day in days and free.start <= start and end <= free.end for free in available)
        for start, end, *days in needed
    )


def accommodation(needs: Codes, cannot: Codes) -> bool:
    return not needs.isdisjoint(cannot)


def pay_clash(asked: str, paid: int) -> bool:
    return (asked == "paid" and paid == 0) or (asked == "unpaid" and paid == 1)


def _missing_requirement(facts: Facts, pair: Pair) -> bool:
    student, opportunity = pair
    have, want = facts.problem.students, facts.problem.opportunities
    return not (
        want.requires_credentials[opportunity] <= have.credentials[student]
        and want.requires_courses[opportunity] <= have.courses[student]
        and want.requires_languages[opportunity] <= have.languages[student]
    )


@dataclass(frozen=True, slots=True)
class Examined:
    """One pair, rechecked.

    Attributes
    ----------
    against
        All reasons that exclude the pair, in the order of the format; empty if it is eligible.
        With eligible.csv a pair that is not listed fails for the reason ``not_listed``.
    conditions
        What must be arranged before the placement starts, sorted; none with eligible.csv.
    way
        The travel; not considered with eligible.csv.
    """

    against: tuple[str, ...]
    conditions: tuple[str, ...]
    way: Journey


def examine(facts: Facts, pair: Pair) -> Examined:
    """Recheck one pair by every rule of the format."""
    against = [
        reason
        for reason, table in (("forbidden", facts.forbidden), ("refused", facts.refused))
        if pair in table
    ]
    if facts.listed is not None:
        if pair not in facts.listed:
            against.append("not_listed")
        return Examined(tuple(against), (), NOT_CONSIDERED)
    way, law = journey(facts, pair), facts.ruling(pair)
    against += [reason for reason, fails in _checks(facts, pair, way, law) if fails]
    needs = facts.problem.students.needs[pair[0]]
    provides = facts.problem.opportunities.provides[pair[1]]
    conditions = {f"arrange:{code}" for code in needs - provides if code != "transport"}
    conditions.update(law.conditions)
    if way.unknown:
        conditions.add("travel_unknown")
    return Examined(tuple(against), tuple(sorted(conditions)), way)


def _checks(facts: Facts, pair: Pair, way: Journey, law: Ruling) -> tuple[tuple[str, bool], ...]:
    """Each reason from ``not_ranked`` on, and whether it excludes the pair."""
    student, opportunity = pair
    own, offer, policy = facts.problem.students, facts.problem.opportunities, facts.problem.policy
    closed = not_ranked_closes(policy.unranked, bool(own.open_to_others[student]))
    return (
        ("not_ranked", closed and bool(facts.ranked_by.get(student)) and pair not in facts.rank),
        (
            "reserved",
            reserved(offer.open_to[opportunity], own.school_id[student], own.programs[student]),
        ),
        ("travel", way.longer > int(own.max_travel_minutes[student])),
        ("grade", below(int(own.grade[student]), int(offer.min_grade[opportunity]))),
        ("age", below(facts.age(pair), int(offer.min_age[opportunity]))),
        ("labor_law", bool(law.against)),
        ("schedule", _time_fails(facts, pair)),
        ("accommodation", accommodation(own.needs[student], offer.cannot[opportunity])),
        ("pay", pay_clash(own.pay[student], int(offer.paid[opportunity]))),
        ("requirement", _missing_requirement(facts, pair)),
    )


def _time_fails(facts: Facts, pair: Pair) -> bool:
    """Whether the student's time lacks part of a fixed schedule, or enough of a flexible one.

    Of flexible hours only those in common count that are lawful for the student: else the pair would
    be eligible although no lawful week could be made of the time in common.
    """
    available = facts.problem.students.available[pair[0]]
    offer = facts.law_offer(pair[1])
    if offer.flexible_hours is None:
        needed = needs(facts.law.year, offer.schedule, offer.start, offer.end)
        return schedule_clash(needed, available)
    return facts.law.lacks_time(offer, facts.law_student(pair[0]), ALWAYS if available is None else available)
