"""A run that the round has left behind is not published."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.wbl.published import NEAR, solve_again, solved_place
from tests.wbl.rounds_support import OPPORTUNITIES, Place, bring_in, small_folder
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.placements.models import Placement
from wbl.placements.publishing import publish
from wbl.rounds import services


def pin(place: Place, student: str, opportunity: str, decision: str) -> None:
    submission_id = db.session.scalars(
        select(Submission.id).join(Student).where(Student.external_id == student)
    ).one()
    offering_id = db.session.scalars(
        select(Offering.id).join(Opportunity).where(Opportunity.external_id == opportunity)
    ).one()
    with transaction():
        services.add_pin(
            place.actor,
            place.round_id,
            submission_id,
            offering_id,
            decision=decision,
            reason="the family asked",
        )


def refused(place: Place, run_id: int, why: str) -> None:
    with pytest.raises(Conflict, match=why), transaction():
        publish(place.actor, run_id)
    assert db.session.scalar(select(Placement.id)) is None
    assert place.round.published_run_id is None


@pytest.mark.parametrize(
    ("student", "opportunity", "decision"), [("S1", "CLINIC", "forbid"), ("S2", "CLINIC", "require")]
)
def test_a_run_that_breaks_a_later_pin_is_refused(
    app: Flask, student: str, opportunity: str, decision: str
) -> None:
    place, run_id = solved_place()
    pin(place, student, opportunity, decision)
    refused(place, run_id, "required or forbidden after this run")
    again = solve_again(place)
    with transaction():
        publish(place.actor, again)


def test_a_later_pin_that_the_run_keeps_is_no_hindrance(app: Flask) -> None:
    place, run_id = solved_place()
    pin(place, "S1", "CLINIC", "require")
    pin(place, "S2", "CLINIC", "forbid")
    with transaction():
        publish(place.actor, run_id)


def test_a_run_of_other_data_is_refused(app: Flask) -> None:
    place, run_id = solved_place()
    seats = OPPORTUNITIES.replace("Tue 15:30-17:30", "Tue 15:30-18:30")
    bring_in(place, small_folder(students=NEAR, opportunities=seats))
    refused(place, run_id, "changed after this run")


def test_the_same_data_again_and_other_weights_are_no_hindrance(app: Flask) -> None:
    place, run_id = solved_place()
    bring_in(place, small_folder(students=NEAR))
    now = place.round
    with transaction():
        services.change_round(
            place.actor,
            place.round_id,
            name="Another name",
            starts_on=now.starts_on,
            ends_on=now.ends_on,
            policy={**now.policy, "weights": {"preference": 1.0}, "pairs": {"unranked": "if_open"}},
        )
    with transaction():
        publish(place.actor, run_id)


def test_a_run_under_other_law_is_refused(app: Flask) -> None:
    place, run_id = solved_place()
    now = place.round
    with transaction():
        services.change_round(
            place.actor,
            place.round_id,
            name=now.name,
            starts_on=now.starts_on,
            ends_on=now.ends_on,
            policy={**now.policy, "law": {"in_session": False}},
        )
    refused(place, run_id, "changed after this run")
