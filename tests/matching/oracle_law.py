"""Youth employment law with every date of a placement walked and every minute counted.

Reads the rule files itself and applies each rule to one pair at a time, as the head of ``us.toml``
says. The minutes of a day are the bits of a number.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from tests.matching.oracle_hours import HOURS_KINDS, Term
from tests.matching.oracle_round import Round, cell, items
from tests.matching.oracle_rules import Row, Rule, age_on, holds, observed, rules_of, start_of


def unlawful(world: Round, student: Row, offer: Row) -> tuple[bool, set[str]]:
    """Whether the law forbids the pair, and what it asks to be arranged."""
    broken, conditions = ruling(world, student, offer)
    return bool(broken), conditions


def ruling(world: Round, student: Row, offer: Row) -> tuple[set[str], set[str]]:
    """Codes of the rules that forbid the pair, and what the law asks to be arranged."""
    start = start_of(world, offer)
    if observed(offer) or start is None:
        return set(), set()
    born = date.fromisoformat(student["birth_date"]) if cell(student, "birth_date") else None
    broken, conditions = set(), set()
    apprentice = cell(offer, "labor_program") == "registered_apprenticeship"
    learns = cell(student, "student_learner") == "yes" or apprentice
    for rule in rules_of(world):
        kind, code = rule["kind"], rule["code"]
        if set(rule.get("not_with", ())) & items(student, "credentials") or "under_age" in rule:
            continue
        if kind == "driving" and cell(offer, "drives") != "yes":
            continue
        if kind == "task" and code not in items(offer, "hazards"):
            continue
        if not holds(rule, start) or (born is None and kind != "minimum_age"):
            continue
        if born is not None and age_on(born, start) >= rule["min_age"]:
            continue
        if (
            born is not None
            and "exemption" in rule
            and learns
            and age_on(born, start) >= rule["exemption_age"]
        ):
            conditions.add(f"agreement:{code}")
        else:
            broken.add(code)
    term = Term(world, student, offer)
    for rule, until in term.asked:
        if rule["kind"] in ("permit", "condition"):
            if holds(rule, start) and term.asks_for(rule, until):
                conditions.add("permit" if rule["kind"] == "permit" else f"law:{rule['code']}")
        elif (not term.flexible or rule["kind"] == "week_hours") and any(
            holds(rule, day) for day in term.breaches(rule, until)
        ):
            broken.add(rule["code"])
    named = [rule for rule, _ in term.asked if rule["kind"] == "flexible" and holds(rule, start)]
    if term.flexible and named and term.lawful_minutes(None) < Fraction(offer["flexible_hours"]) * 60:
        broken.add(min(named, key=lambda rule: int(rule["under_age"]))["code"])
    return broken, conditions


class Together(Term):
    """One student at two opportunities at once, as a labor program has the rules."""

    def __init__(self, seats: tuple[Term, Term], program: str) -> None:
        self.__dict__.update(seats[0].__dict__)
        self.seats, self.program = seats, program
        self.start = min(seat.start for seat in seats if seat.start)
        self._dates = {}

    def work(self, day: date, until: date) -> int:
        one, other = (0 if seat.flexible else seat.work(day, until) for seat in self.seats)
        return one | other

    def dates(self, until: date) -> list[date]:
        return sorted({day for seat in self.seats for day in seat.dates(until)})

    def in_week(self, rule: Rule, until: date, sunday: date, days: list[date]) -> list[date]:
        if rule["kind"] != "week_hours":
            return super().in_week(rule, until, sunday, days)
        if rule["weeks"] not in ("any", "school" if self.school_week(sunday) else "other"):
            return []
        most = round(float(self.figure(rule, "hours")) * 60)
        total, larger, found = 0, Fraction(0), []
        for day in days:
            before, total = total, total + self.work(day, until).bit_count()
            found += [day] if before <= most < total else []
        week = [sunday + timedelta(days=n) for n in range(7)]
        for seat in self.seats:
            worked = 0 if seat.flexible else sum(seat.work(day, date.max).bit_count() for day in week)
            larger += max(seat.stated(), worked)
        if larger > most and any(seat.stated() for seat in self.seats):
            found += [day for day in days if all(seat.in_term(day) for seat in self.seats)][:1]
        return found


def unlawful_together(world: Round, student: Row, one: Row, other: Row) -> bool:
    """Whether the hours of two seats add up to more than is lawful."""
    seats = Term(world, student, one), Term(world, student, other)
    asked = {rule["code"] for rule, _ in seats[1].asked}
    programs = {seat.program for seat in seats}
    for program in programs:
        both = Together(seats, program) if asked else None
        for rule, until in seats[0].asked:
            adds_up = rule["kind"] in ("day_hours", "week_hours", "week_days", "rest")
            if both and rule["kind"] == "school_hours" and len(programs) == 1:
                adds_up = bool(both.figure(rule, "days_in_cycle"))
            if both is None or rule["code"] not in asked or not adds_up:
                continue
            if any(holds(rule, day) for day in both.breaches(rule, until)):
                return True
    return False


def has_hours_rules(world: Round, student: Row, offer: Row) -> bool:
    return any(rule["kind"] in HOURS_KINDS for rule, _ in Term(world, student, offer).asked)
