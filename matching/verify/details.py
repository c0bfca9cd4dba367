"""What each reason against a better-liked opportunity rests on, recomputed.

A family reads these figures, so none goes unread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from matching.eligibility.labor_rules import AgeRule, HoursRule
from matching.problem import UNKNOWN
from matching.verify.facts import Facts, Pair
from matching.verify.hours import Worked, figures, minutes_of
from matching.verify.law import first_day_of_age
from matching.verify.outputs import EXPLANATIONS, Sayer, unknown_keys
from matching.verify.rules import ALWAYS, schedule_clash
from matching.verify.transit import NO_WAY, TOLD_BEYOND
from matching.verify.travel import journey
from matching.verify.year import in_program, needs

Record = dict[str, Any]


def check_details(facts: Facts, pair: Pair, reasons: Sequence[Record], where: str, say: Sayer) -> None:
    """Compare what stands behind each reason; their codes are known to be right."""
    for reason in reasons:
        code = reason["code"]
        expected = _expected(facts, pair, code)
        for key, value in expected.items():
            say.same(f"{where}: {key}", reason.get(key), value)
        keys = ["code", *expected]
        if code == "labor_law":
            keys.append("rules")
            _check_rules(facts, pair, reason.get("rules"), where, say)
        unknown_keys(EXPLANATIONS, f"student {say.student}: {where}: {code}", reason, keys, say.report)


def _expected(facts: Facts, pair: Pair, code: str) -> Record:
    """What a record says besides its code; of the law see :func:`_expected_rule`."""
    student, opportunity = pair
    own, offer = facts.problem.students, facts.problem.opportunities
    if code == "reserved":
        return {"open_to": sorted(offer.open_to[opportunity])}
    if code == "travel":
        return _travel(facts, pair)
    if code == "grade":
        grade = int(own.grade[student])
        least = int(offer.min_grade[opportunity])
        return {"grade": None if grade == UNKNOWN else grade, "min_grade": least}
    if code == "age":
        return _age(facts, pair, int(offer.min_age[opportunity]))
    if code == "schedule":
        return _schedule(facts, pair)
    if code == "accommodation":
        return {"needs": sorted(own.needs[student] & offer.cannot[opportunity])}
    if code == "pay":
        return {"asks": own.pay[student]}
    if code == "requirement":
        return {"missing": _missing(facts, pair)}
    return {}


def _travel(facts: Facts, pair: Pair) -> Record:
    minutes, limit = journey(facts, pair).longer, int(facts.problem.students.max_travel_minutes[pair[0]])
    if minutes == NO_WAY:
        return {"minutes": None, "over": limit + TOLD_BEYOND, "limit": limit}
    return {"minutes": minutes, "limit": limit}


def _age(facts: Facts, pair: Pair, least: int) -> Record:
    return {"age": facts.age(pair), "min_age": least, **_birthday(facts, pair[0], least, "on")}


def _birthday(facts: Facts, student: int, age: int, key: str) -> Record:
    """The day on which a student reaches an age; nothing where the birth date is unknown."""
    birth = int(facts.problem.students.birth_date[student])
    return {} if birth == UNKNOWN else {key: date.fromordinal(first_day_of_age(birth, age)).isoformat()}


def _schedule(facts: Facts, pair: Pair) -> Record:
    """The windows that the student's time lacks, or the minutes that it leaves of flexible hours."""
    offer, available = facts.law_offer(pair[1]), facts.problem.students.available[pair[0]]
    if offer.flexible_hours is not None:
        time = ALWAYS if available is None else available
        minutes = facts.law.minutes_left(offer, facts.law_student(pair[0]), time)
        return {"minutes": minutes, "needed": round(minutes_of(offer.flexible_hours))}
    year = facts.law.year
    missed = [
        [window.day, window.start, window.end]
        for window in offer.schedule
        if schedule_clash(needs(year, (window,), offer.start, offer.end), available)
    ]
    return {"windows": missed}


def _missing(facts: Facts, pair: Pair) -> list[Record]:
    student, opportunity = pair
    have, want = facts.problem.students, facts.problem.opportunities
    kinds = (
        ("credential", want.requires_credentials[opportunity] - have.credentials[student]),
        ("course", want.requires_courses[opportunity] - have.courses[student]),
        ("language", want.requires_languages[opportunity] - have.languages[student]),
    )
    return [{"kind": kind, "item": item} for kind, lacking in kinds for item in sorted(lacking)]


def _check_rules(facts: Facts, pair: Pair, rules: object, where: str, say: Sayer) -> None:
    listed = isinstance(rules, list) and all(isinstance(rule, dict) for rule in rules)
    records: list[Record] = rules if listed and isinstance(rules, list) else []
    codes = sorted(str(record.get("rule")) for record in records)
    against = sorted(facts.ruling(pair).against)
    say.same(f"{where}: rules", codes, against)
    for record in records if codes == against else ():
        _check_rule(facts, pair, record, f"{where}: {record['rule']}", say)


def _check_rule(facts: Facts, pair: Pair, record: Record, where: str, say: Sayer) -> None:
    expected = _expected_rule(facts, pair, record["rule"])
    for key, value in expected.items():
        say.same(f"{where}: {key}", record.get(key), value)
    unknown_keys(EXPLANATIONS, f"student {say.student}: {where}", record, expected, say.report)


def _expected_rule(facts: Facts, pair: Pair, code: str) -> Record:
    """What the record of a rule says; a district's own brings its words, which ship in no file."""
    rule = facts.law.by_code[code]
    found: Record = {"rule": code, "citation": rule.citation, **_own_rule(facts, code)}
    if isinstance(rule, AgeRule):
        found |= _age(facts, pair, rule.min_age)
    elif isinstance(rule, HoursRule):
        hours = _of_hours(facts, pair, rule)
        found |= {**hours, "under_age": rule.under_age, **_birthday(facts, pair[0], rule.under_age, "until")}
    if isinstance(rule, HoursRule) and code in facts.law.names_of_own:
        found["says"] = rule.says
    return found


def learned(facts: Facts, pair: Pair) -> Record:
    """What the growth of a pair comes from, where it is not given pair by pair."""
    if facts.problem.eligible is not None or pair in facts.growth:
        return {}
    student, opportunity = pair
    offer = facts.problem.opportunities
    record = float(offer.growth[opportunity])
    taught = sorted(facts.problem.students.to_learn[student] & offer.teaches[opportunity])
    return ({} if math.isnan(record) else {"record": record}) | ({"teaches": taught} if taught else {})


def own_rules(facts: Facts, conditions: Sequence[str]) -> Record:
    """What a district's own rules say that ask for some conditions, by code."""
    codes = (condition.partition(":")[2] for condition in conditions)
    found = {code: _own_rule(facts, code) for code in codes}
    return {code: {"citation": facts.law.by_code[code].citation, **own} for code, own in found.items() if own}


def _own_rule(facts: Facts, code: str) -> Record:
    """The words of a district's own rule; nothing for a rule that ships."""
    name = facts.law.names_of_own.get(code)
    return {} if name is None else {"words": dict(facts.law.by_code[code].text), "jurisdiction": dict(name)}


def _of_hours(facts: Facts, pair: Pair, rule: HoursRule) -> Record:
    """The figure by which a rule of hours is first broken, and what it may be."""
    law, offer, student = facts.law, facts.law_offer(pair[1]), facts.law_student(pair[0])
    if rule.kind == "flexible":
        needed = round(minutes_of(offer.flexible_hours or 0))
        return {"found": law.minutes_left(offer, student, None), "limit": needed}
    day = law.breaches(offer.plan, student.school_hours)[rule.code]
    worked = Worked(offer.plan, law.year, law.year.lessons(student.school_hours))
    found, limit = figures(in_program(rule, offer.labor_program), worked, day)
    return {"found": found, "limit": limit}
