"""A place that a student found is theirs: no solve gives it to somebody else."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from wbl.db import db
from wbl.interests.models import FoundPlace, Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds.models import Round

Cells = dict[str, str]


def reserve_found(
    placement_round: Round,
    label: InstrumentedAttribute[str],
    students: dict[str, Cells],
    opportunities: dict[str, Cells],
) -> None:
    """Keep each accepted place for whoever found it, in the cells of a round.

    It is open to a program of the place's own name, and its finder alone is in that: the round format
    has no other way to keep a seat for one student without requiring the pair.
    """
    found = db.session.execute(
        select(label, Opportunity.external_id)
        .select_from(FoundPlace)
        .join(Submission, Submission.id == FoundPlace.submission_id)
        .join(Student, Student.id == Submission.student_id)
        .join(Offering, Offering.id == FoundPlace.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Offering.round_id == placement_round.id)
    ).tuples()
    for student, name in found:
        if name in opportunities:
            opportunities[name]["open_to"] = f"program:{name}"
        if student in students:
            held = [code.strip() for code in students[student]["programs"].split(";") if code.strip()]
            students[student]["programs"] = ";".join([*held, name] if name not in held else held)
