"""A place that a student found: proposed, vetted, and then under the same rules as any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.collecting import Collecting, collecting_place
from tests.wbl.rounds_support import solve
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers import vetting
from wbl.employers.models import Employer, EmployerOrigin, Site, VettingItem
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests import found, offers, submissions
from wbl.interests.found import Decision
from wbl.interests.models import FoundPlace, Preference, Submission
from wbl.opportunities.models import Opportunity
from wbl.rounds import services
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


def vetted(place: Collecting, found_id: int) -> int:
    """Its employer is a new prospect, whose whole checklist is done."""
    with transaction():
        employer_id = found.name_employer(place.place.actor, place.round_id, found_id, None).id
    check_all(place, employer_id)
    return employer_id


def check_all(place: Collecting, employer_id: int) -> None:
    with transaction():
        for item in VettingItem:
            vetting.check(place.place.actor, employer_id, item, checked_on=date(2026, 1, 5), expires_on=None)


def test_accepted_it_is_the_first_choice_and_the_solve_gives_it(place: Collecting) -> None:
    found_id = proposed(place)
    judgement = found.judged(*found.one(place.place.actor, place.round_id, found_id))
    assert judgement is not None and judgement.possible
    vetted(place, found_id)
    with transaction():
        offering = found.accept(place.place.actor, place.round_id, found_id, Decision())
    assert offering.opportunity.external_id == f"FOUND-{found_id}"
    site = offering.opportunity.site
    assert (
        site is not None
        and db.session.scalars(select(Site).where(Site.employer_id == site.employer_id)).all()
    )
    assert (site.address, site.contact_phone) == ("12 Canal Street", "555-0199")
    assert (site.employer.name, site.employer.origin) == ("Pedal Works", EmployerOrigin.PROSPECT)
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


def test_without_a_pin_it_is_still_nobody_elses(place: Collecting) -> None:
    """Everybody else wants something and would take this: no solve and no hand gives it to them."""
    found_id = proposed(place)
    vetted(place, found_id)
    with transaction():
        offering = found.accept(place.place.actor, place.round_id, found_id, Decision(require=False))
        offering_id = offering.id
        for external_id in ("CLINIC", "SHOP"):
            place.offering(external_id).seats = 0
    with pytest.raises(Conflict, match="Kept for"), transaction():
        services.add_pin(
            place.place.actor,
            place.round_id,
            _somebody_else(place).id,
            offering_id,
            decision="require",
            reason="They would like it too",
        )
    run = solve(place.place)
    given = select(Proposal.submission_id, Proposal.offering_id).where(Proposal.run_id == run.id)
    assert db.session.execute(given).tuples().all() == [(place.submission().id, offering_id)]
    # Where the finder takes no part, the seat stays empty.
    with transaction():
        place.submission().active = False
    run = solve(place.place)
    given = select(Proposal.offering_id).where(Proposal.run_id == run.id)
    assert db.session.scalars(given).all() == []


def test_an_employer_that_is_known_is_not_made_twice(place: Collecting) -> None:
    name = db.session.scalars(select(Employer.name).order_by(Employer.id)).all()[0]
    found_id = proposed(place, employer_name=name.upper())
    placement_round, row = found.one(place.place.actor, place.round_id, found_id)
    known = found.same_name(placement_round, row)
    assert len(known) == 1
    with transaction():
        found.name_employer(place.place.actor, place.round_id, found_id, known[0].id)
    # It came with a folder, and this district does not vet those.
    with transaction():
        offering = found.accept(place.place.actor, place.round_id, found_id, Decision())
    assert offering.opportunity.employer_id == known[0].id
    same = select(func.count()).select_from(Employer).where(func.lower(Employer.name) == name.lower())
    assert db.session.scalar(same) == 1


def _somebody_else(place: Collecting) -> Submission:
    others = select(Submission).where(
        Submission.round_id == place.round_id, Submission.student_id != place.student.id
    )
    return db.session.scalars(others.order_by(Submission.id)).all()[0]


def test_the_law_holds_for_it_too_and_then_nothing_is_made(place: Collecting) -> None:
    found_id = proposed(place)
    vetted(place, found_id)
    with pytest.raises(Conflict, match="HO 14"), transaction():
        found.accept(place.place.actor, place.round_id, found_id, Decision(hazards=["HO14"]))
    assert db.session.scalar(select(func.count()).select_from(Pin)) == 0
    made = select(func.count()).select_from(Opportunity).where(Opportunity.title == WORDS["title"])
    assert db.session.scalar(made) == 0
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
        lambda: found.accept(stranger, place.round_id, found_id, Decision()),
        lambda: found.decline(stranger, place.round_id, found_id, "No such place"),
        lambda: found.name_employer(place.place.actor, place.round_id, found_id, 999_999),
        lambda: found.name_employer(stranger, place.round_id, found_id, None),
    ):
        with pytest.raises(NotFound), transaction():
            refused()
    with pytest.raises(DomainError), transaction():
        found.decline(place.place.actor, place.round_id, found_id, " ")
    with transaction():
        found.decline(place.place.actor, place.round_id, found_id, "They cannot supervise you.")
    for again in (
        lambda: found.accept(place.place.actor, place.round_id, found_id, Decision()),
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
    assert "found.withdraw" in db.session.scalars(select(AuditEvent.action)).all()
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
    # First whose place it is, then the vetting, then the decision: in that order, and each leads on.
    early = coordinator.post(f"{path}/{row.id}/accept", data={"require": "y"})
    assert early.status_code == 422 and "Say first which employer it is." in early.text
    assert coordinator.post(f"{path}/{row.id}/employer", data={"employer": "999"}).status_code == 400
    assert coordinator.post(f"{path}/{row.id}/employer", data={"employer": ""}).status_code == 302
    employer = db.session.scalars(select(Employer).where(Employer.name == "Pedal Works")).one()
    employer_id = employer.id
    checklist = f"/employers/{employer_id}#vetting"
    page = coordinator.get(f"{path}/{row.id}").text
    assert "0 of 7 checked" in page and checklist in page and f"{row.id}/accept" not in page
    early = coordinator.post(f"{path}/{row.id}/accept", data={"require": "y"})
    assert early.status_code == 422 and "Pedal Works is not vetted yet." in early.text
    assert "Open the checklist of Pedal Works" in early.text and checklist in early.text
    assert db.session.scalar(select(func.count()).select_from(Pin)) == 0
    check_all(place, employer_id)
    assert f"{row.id}/accept" in coordinator.get(f"{path}/{row.id}").text
    answer = {"require": "y", "hazards": ["HO14"]}
    page = coordinator.post(f"{path}/{row.id}/accept", data=answer)
    assert page.status_code == 422 and "HO 14" in page.text
    assert coordinator.post(f"{path}/{row.id}/decline", data={"reason": ""}).status_code == 422
    assert coordinator.post(f"{path}/{row.id}/accept", data={}).status_code == 302
    assert "accepted" in browser.get(place.path).text
    assert "Bicycle repair helper" in browser.get(f"{place.path}/choices").text
    assert browser.get(path).status_code == 403
