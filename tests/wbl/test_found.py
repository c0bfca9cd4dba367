"""A place that a student found: proposed, vetted, and then under the same rules as any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.collecting import Collecting, collecting_place
from tests.wbl.rounds_support import solve
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers.models import Employer, Site
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests import found, offers, submissions
from wbl.interests.found import Decision
from wbl.interests.models import FoundPlace, Preference, Submission
from wbl.opportunities.models import Opportunity
from wbl.rounds.models import Pin, Proposal

WORDS = {
    "employer_name": "Pedal Works",
    "address": "12 Canal Street",
    "city": "Levee",
    "postal_code": "70000",
    "contact_name": "Sam Rowe",
    "contact_email": "",
    "contact_phone": "555-0199",
    "title": "Bicycle repair helper",
    "description": "Fix bikes with the owner.",
    "kind": "internship",
    "schedule": "Thu 15:30-17:30",
    "paid": "yes",
}


@pytest.fixture
def place(app: Flask) -> Collecting:
    made = collecting_place()
    with transaction():
        submissions.begin(made.actor, made.round_id)
    return made


def proposed(place: Collecting, **changes: str) -> int:
    with transaction():
        return found.propose(place.actor, place.round_id, {**WORDS, **changes}).id


def test_accepted_it_is_the_first_choice_and_the_solve_gives_it(place: Collecting) -> None:
    found_id = proposed(place)
    judgement = found.judged(*found.one(place.place.actor, place.round_id, found_id))
    assert judgement is not None and judgement.possible
    with transaction():
        offering = found.accept(place.place.actor, place.round_id, found_id, Decision(None))
    assert offering.opportunity.external_id == f"FOUND-{found_id}"
    site = db.session.scalars(select(Site).where(Site.external_id == f"FOUND-{found_id}")).one()
    assert (site.address, site.contact_phone) == ("12 Canal Street", "555-0199")
    assert site.employer.name == "Pedal Works"
    ranks = select(Preference.rank).where(Preference.submission_id == place.submission().id)
    first = ranks.where(Preference.offering_id == offering.id)
    assert db.session.scalar(first) == 1 and sorted(db.session.scalars(ranks)) == [1, 2]
    run = solve(place.place)
    given = select(Proposal.offering_id).where(
        Proposal.run_id == run.id, Proposal.submission_id == place.submission().id
    )
    assert db.session.scalars(given).all() == [offering.id]
    # Nobody else is shown what this student found.
    seen = offers.own_offered(place.place.round, _somebody_else(place)).join(Opportunity)
    codes = db.session.scalars(seen.with_only_columns(Opportunity.external_id))
    assert sorted(codes) == ["CLINIC", "SHOP"]
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert {"found.propose", "found.accept", "pin.require"} <= actions


def _somebody_else(place: Collecting) -> Submission:
    others = select(Submission).where(
        Submission.round_id == place.round_id, Submission.student_id != place.student.id
    )
    return db.session.scalars(others.order_by(Submission.id)).all()[0]


def test_the_law_holds_for_it_too_and_then_nothing_is_made(place: Collecting) -> None:
    found_id = proposed(place)
    with pytest.raises(Conflict, match="HO 14"), transaction():
        found.accept(place.place.actor, place.round_id, found_id, Decision(None, hazards=["HO14"]))
    assert db.session.scalar(select(func.count()).select_from(Pin)) == 0
    names = select(func.count()).select_from(Employer).where(Employer.name == "Pedal Works")
    assert db.session.scalar(names) == 0
    kept = db.session.get(FoundPlace, found_id, populate_existing=True)
    assert kept is not None and kept.state == "waiting"
    # At night, the preview says so before anybody decides.
    night = proposed(place, schedule="Thu 02:00-04:00")
    judgement = found.judged(*found.one(place.place.actor, place.round_id, night))
    assert judgement is not None


def test_who_may_do_what(place: Collecting) -> None:
    found_id = proposed(place)
    with make.made():
        stranger = make.actor(make.make_coordinator(make.make_district()))
    for refused in (
        lambda: found.accept(stranger, place.round_id, found_id, Decision(None)),
        lambda: found.decline(stranger, place.round_id, found_id, "No such place"),
        lambda: found.accept(place.place.actor, place.round_id, found_id, Decision(999_999)),
    ):
        with pytest.raises(NotFound), transaction():
            refused()
    with pytest.raises(DomainError), transaction():
        found.decline(place.place.actor, place.round_id, found_id, " ")
    with transaction():
        found.decline(place.place.actor, place.round_id, found_id, "They cannot supervise you.")
    for again in (
        lambda: found.accept(place.place.actor, place.round_id, found_id, Decision(None)),
        lambda: found.withdraw(place.actor, place.round_id, found_id),
    ):
        with pytest.raises(Conflict), transaction():
            again()
    for _number in range(found.MOST_WAITING):
        last = proposed(place)
    with pytest.raises(DomainError), transaction():
        found.propose(place.actor, place.round_id, WORDS)
    with transaction():
        found.withdraw(place.actor, place.round_id, last)
    assert len(found.own_found(place.submission())) == found.MOST_WAITING


def test_the_pages(place: Collecting, sign_in: Callable[..., FlaskClient], app: Flask) -> None:
    browser = sign_in(place.user)
    data = {name: value for name, value in WORDS.items() if name not in ("schedule", "title")}
    data["work"] = WORDS["title"]
    assert browser.get(f"{place.path}/found").status_code == 200
    refused = browser.post(f"{place.path}/found", data={**data, "contact_phone": "", "work": ""})
    assert refused.status_code == 422 and "your school calls first" in refused.text
    sent = browser.post(f"{place.path}/found", data={**data, "slot": ["3-930", "3-960"]})
    assert sent.status_code == 302
    row = db.session.scalars(select(FoundPlace)).one()
    assert row.schedule == "Thu 15:30-16:30"
    assert "waits for a coordinator" in browser.get(place.path).text

    coordinator = sign_in(place.place.user, app.test_client())
    assert "1 place that a student found waits for you" in coordinator.get("/home").text
    path = f"/rounds/{place.round_id}/found"
    assert "Bicycle repair helper" in coordinator.get(path).text
    assert "Nothing is against it." in coordinator.get(f"{path}/{row.id}").text
    assert coordinator.post(f"{path}/{row.id}/accept", data={"require": "y"}).status_code == 422
    answer = {"employer": "", "checked": "y", "require": "y", "hazards": ["HO14"]}
    page = coordinator.post(f"{path}/{row.id}/accept", data=answer)
    assert page.status_code == 422 and "HO 14" in page.text
    assert coordinator.post(f"{path}/{row.id}/decline", data={"reason": ""}).status_code == 422
    assert (
        coordinator.post(f"{path}/{row.id}/accept", data={"employer": "", "checked": "y"}).status_code == 302
    )
    assert "accepted" in browser.get(place.path).text
    assert "Bicycle repair helper" in browser.get(f"{place.path}/choices").text
    assert browser.get(path).status_code == 403
