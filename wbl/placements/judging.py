"""One pair judged for a placement between rounds, by the engine's own rules; nothing is solved here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from matching.files import parse_round
from matching.pairs import Eligible
from matching.problem import UNKNOWN, Problem
from wbl.db import db
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.placements.models import Placement, PlacementState
from wbl.rounds.limits import names_of
from wbl.rounds.models import Round
from wbl.rounds.snapshot import RoundRows, files_of, read_rows_of
from wbl.rounds.words import bounds_words, scope_words

Held = Mapping[str, frozenset[str]]
"""Pseudonym to the opportunities that the student is placed at."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a placement keeps of its pair."""

    rank: int | None
    minutes: int | None
    conditions: list[str]
    record: dict[str, Any]


def judged(placement_round: Round, submission: Submission, offering: Offering) -> Judged:
    """Rank, journey, conditions and explanation of an eligible pair.

    Raises
    ------
    Conflict
        Where the pair is not eligible as the round is now.
    """
    from matching.eligibility import eligible_pairs
    from matching.explain import tell
    from matching.fit import score

    rows = read_rows_of(placement_round, submission_id=submission.id)
    problem = parse_round(files_of(placement_round, _one_opportunity(rows, offering)))
    scored = score(problem, eligible_pairs(problem))
    if len(scored.pairs) != 1:
        raise Conflict(_("This pair may not be as the round is now."))
    told = tell(problem, scored, np.array([0], np.int64))
    record = json.loads(told.lines)
    seat = record["placed"][0]
    return Judged(seat["rank"], seat["minutes"], list(seat["conditions"]), record)


def _one_opportunity(rows: RoundRows, offering: Offering) -> RoundRows:
    """The rows with this opportunity alone, so that nothing is said of any other."""
    name = offering.opportunity.external_id
    return replace(
        rows,
        opportunities={name: rows.opportunities[name]},
        preferences=[row for row in rows.preferences if row[1] == name],
        refusals=[row for row in rows.refusals if row[1] == name],
        growth=[row for row in rows.growth if row[1] == name],
        pins=[],
    )


def held_now(round_id: int) -> dict[str, frozenset[str]]:
    """Who is placed where by what is in force, as the engine calls them."""
    rows = db.session.execute(
        select(Submission.pseudonym, Opportunity.external_id)
        .select_from(Placement)
        .join(
            Submission,
            (Submission.student_id == Placement.student_id) & (Submission.round_id == Placement.round_id),
        )
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Placement.round_id == round_id, Placement.state == PlacementState.PUBLISHED)
    )
    found: dict[str, set[str]] = {}
    for student, opportunity in rows:
        found.setdefault(student, set()).add(opportunity)
    return {student: frozenset(seats) for student, seats in found.items()}


def taken(round_id: int) -> dict[int, int]:
    """Seats that are taken by what is in force, by offering."""
    rows = db.session.execute(
        select(Placement.offering_id, func.count())
        .where(Placement.round_id == round_id, Placement.state == PlacementState.PUBLISHED)
        .group_by(Placement.offering_id)
    )
    return dict(rows.tuples().all())


def check_together(placement_round: Round, held: Held, submission: Submission, offering: Offering) -> None:
    """Whether what holds for several students together still holds with this pair added.

    Limits, budgets, seats in a school's van, students together or apart, and the least number an
    opportunity runs with.

    Raises
    ------
    Conflict
        Naming what would not hold.
    """
    name = offering.opportunity.external_id
    there = sum(name in seats for seats in held.values()) + 1
    least = int(offering.min_students) if offering.min_students.isdecimal() else 1
    if there < least:
        raise Conflict(_("This opportunity runs with at least %(least)s students.", least=least))
    rows = read_rows_of(placement_round, holding=True)
    vans = any(cells["van_seats"] for cells in rows.schools.values())
    if not (rows.limits or rows.companions or rows.budgets or vans):
        return
    problem = parse_round(files_of(placement_round, rows))
    everybody = {**held, submission.pseudonym: held.get(submission.pseudonym, frozenset()) | {name}}
    _check_limits(placement_round, problem, everybody, submission.pseudonym, name)
    _check_budgets(problem, everybody, name)
    _check_vans(problem, everybody, submission.pseudonym)
    _check_companions(problem, rows, everybody, submission.pseudonym, name)


def _check_limits(placement_round: Round, problem: Problem, held: Held, student: str, name: str) -> None:
    from matching.constraints import STUDENT_SCOPES, members_of

    limits = problem.limits
    for scope, about, high in zip(limits.scope, limits.ids, limits.high.tolist(), strict=True):
        if high == UNKNOWN:
            continue
        of_students = scope in STUDENT_SCOPES
        names = problem.students.ids if of_students else problem.opportunities.ids
        members = {names[at] for at in np.flatnonzero(members_of(problem, scope, about)).tolist()}
        if (student if of_students else name) not in members:
            continue
        counted = sum(
            (one in members) if of_students else bool(seats & members) for one, seats in held.items()
        )
        if counted > high:
            named = names_of(placement_round, [(scope, about)])[scope, about]
            limit = f"{scope_words(scope)} {named}: {bounds_words(None, high)}"
            raise Conflict(_("That would be more than a limit allows. %(limit)s.", limit=limit))


def _check_budgets(problem: Problem, held: Held, name: str) -> None:
    from matching.constraints import seat_costs

    opportunities = problem.opportunities
    cost = dict(zip(opportunities.ids, seat_costs(problem).tolist(), strict=True))
    column = opportunities.budget_id
    budget_of = {
        one: column.values[code] for one, code in zip(opportunities.ids, column.codes.tolist(), strict=True)
    }
    amounts = dict(zip(problem.budgets.ids, problem.budgets.amount.tolist(), strict=True))
    budget = budget_of[name]
    if budget not in amounts or not cost[name]:
        return
    spent = sum(cost[seat] for seats in held.values() for seat in seats if budget_of.get(seat) == budget)
    if spent > amounts[budget]:
        raise Conflict(_("The budget %(budget)s has not enough left for this seat.", budget=budget))


def _check_vans(problem: Problem, held: Held, student: str) -> None:
    """Whether the van of the student's school has a seat for everybody who needs it, each counted once."""
    from matching.eligibility import van_only
    from matching.eligibility.travel import Travel

    students, opportunities = problem.students, problem.opportunities
    school = int(students.school[students.ids.index(student)])
    seats = UNKNOWN if school == UNKNOWN else int(problem.schools.van_seats[school])
    if seats == UNKNOWN:
        return
    place = {name: at for at, name in enumerate(opportunities.ids)}
    mine = {name: at for at, name in enumerate(students.ids) if students.school[at] == school}
    pairs = [
        (mine[one], place[seat])
        for one in sorted(held.keys() & mine.keys())
        for seat in sorted(held[one])
        if seat in place
    ]
    who, where = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    minutes = Travel(problem).legs(who, where).minutes
    riders = who[van_only(problem, Eligible(who, where, minutes, minutes == UNKNOWN, len(pairs), {}))]
    if mine[student] in riders and len(np.unique(riders)) > seats:
        raise Conflict(
            ngettext(
                "The school's van has %(num)s seat, and it is taken.",
                "The school's van has %(num)s seats, and all are taken.",
                seats,
            )
        )


def _check_companions(problem: Problem, rows: RoundRows, held: Held, student: str, name: str) -> None:
    from matching.constraints import sites

    site_of = dict(zip(problem.opportunities.ids, sites(problem).tolist(), strict=True))
    for one, other, relation in rows.companions:
        if student not in (one, other):
            continue
        seats = held.get(other if student == one else one, frozenset())
        if relation == "apart" and site_of[name] in {site_of[seat] for seat in seats if seat in site_of}:
            raise Conflict(_("The other student of a pair that stays apart is at this site."))
        if relation == "together" and name not in seats:
            raise Conflict(_("The other student of a pair that goes together is not at this opportunity."))
