"""A posting from its first step to an offering that takes part in the next solve."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests import factories as make
from tests.pages import without_tokens
from tests.wbl.postings_support import Kitchen, make_kitchen, newest, state_of, write_posting
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests.models import Submission
from wbl.interests.round_forms import USUAL_LANGUAGES
from wbl.labels import language_name
from wbl.opportunities import queries, services, trial
from wbl.opportunities.answers import text_cells
from wbl.opportunities.forms import LANGUAGES
from wbl.opportunities.models import Offering, Opportunity, OpportunityState, Posting
from wbl.rounds.snapshot import snapshot

SignIn = Callable[..., FlaskClient]


def offering_of(opportunity_id: int) -> Offering | None:
    db.session.rollback()
    return db.session.scalar(select(Offering).where(Offering.opportunity_id == opportunity_id))


def in_snapshot(kitchen: Kitchen, opportunity: Opportunity) -> bool:
    db.session.rollback()
    return opportunity.external_id.encode() in snapshot(kitchen.place.round)["opportunities.csv"]


def approved(kitchen: Kitchen, browser: FlaskClient) -> Opportunity:
    found = write_posting(kitchen, browser)
    with transaction():
        services.submit(make.actor(kitchen.user), found.id)
    with transaction():
        services.approve(kitchen.place.actor, found.id)
    return newest()


def test_the_only_open_round_is_chosen_and_a_posting_without_one_says_so(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    assert f'<option selected value="{kitchen.place.round_id}">' in browser.get("/postings/new").text
    later = {"title": "Kitchen helper", "kind": "internship", "employer": kitchen.employer.id, "round": ""}
    browser.post("/postings/new", data=later)
    assert "The round is not chosen yet." in browser.get(f"/postings/{newest().id}").text


def test_a_posting_asks_for_languages_that_students_can_name(app: Flask) -> None:
    with app.test_request_context():
        assert set(LANGUAGES) <= set(USUAL_LANGUAGES)
        assert language_name("ase") == "American Sign Language"
        assert [tag for tag in USUAL_LANGUAGES if language_name(tag) == tag] == []


def test_a_posting_goes_from_its_steps_to_a_solve(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = write_posting(kitchen, browser)
    overview = browser.get(f"/postings/{found.id}").get_data(as_text=True)
    assert "16 and up. 16–17 only with a student-learner agreement, because of meat slicers" in overview
    assert "29 CFR 570.61" in overview
    assert browser.post(f"/postings/{found.id}/do/submit").status_code == 302
    assert state_of(found.id) is OpportunityState.SUBMITTED
    assert offering_of(found.id) is None
    # An employer decides nothing, and changes nothing meanwhile.
    assert browser.post(f"/postings/{found.id}/decide", data={"decision": "approve"}).status_code == 403
    assert browser.get(f"/postings/{found.id}/steps/pay").status_code == 409

    office = sign_in(kitchen.place.user, app.test_client())
    listed = office.get("/postings/?state=submitted").get_data(as_text=True)
    assert "Kitchen helper" in listed
    said = {"decision": "send_back", "comment": "Who is there on Thursday?"}
    office.post(f"/postings/{found.id}/decide", data=said)
    assert state_of(found.id) is OpportunityState.DRAFT
    assert "Who is there on Thursday?" in browser.get(f"/postings/{found.id}").get_data(as_text=True)

    browser.post(f"/postings/{found.id}/do/submit")
    office.post(f"/postings/{found.id}/decide", data={"decision": "approve", "comment": "Thank you"})
    offering = offering_of(found.id)
    assert offering is not None
    assert (offering.round_id, offering.seats) == (kitchen.place.round_id, 2)
    assert offering.schedule == "Tue 15:30-17:30;Thu 15:30-17:30"
    assert offering.hazards == "HO10;P-KITCHEN;Y-FOOD-MACHINES"
    assert (offering.paid, offering.hourly_wage, offering.employment) == ("yes", "15.50", "employee")
    assert (offering.provides, offering.cannot) == ("wheelchair;wheelchair_access", "braille")
    assert (offering.latitude, offering.requires_languages) == (30.12, "es")
    found = newest()
    assert (found.supervisor, found.learn_before) == ("Dana Ruiz, chef", "How to wash hands well")
    assert in_snapshot(kitchen, found)
    actions = list(
        db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "opportunity"))
    )
    assert actions == [
        *("posting.create", "posting.submit", "posting.send_back", "posting.submit", "posting.approve")
    ]


def test_pause_change_and_close_leave_the_next_solve(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = approved(kitchen, browser)
    assert in_snapshot(kitchen, found)
    offered = [o.opportunity_id for o in db.session.scalars(queries.offered(kitchen.place.round_id))]
    assert found.id in offered
    for move, state, part in (
        ("pause", OpportunityState.PAUSED, False),
        ("resume", OpportunityState.APPROVED, True),
        ("change", OpportunityState.DRAFT, False),
    ):
        assert browser.post(f"/postings/{found.id}/do/{move}").status_code == 302
        assert (state_of(found.id), in_snapshot(kitchen, found)) == (state, part)
    assert browser.get(f"/postings/{found.id}/do/close").status_code == 200
    browser.post(f"/postings/{found.id}/do/close")
    assert state_of(found.id) is OpportunityState.CLOSED
    assert browser.post(f"/postings/{found.id}/do/resume").status_code == 409


def test_a_posting_that_came_with_a_folder_can_be_changed_and_copied(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    clinic = db.session.scalars(select(Opportunity).where(Opportunity.external_id == "CLINIC")).one()
    office = sign_in(kitchen.place.user)
    assert "Clinic aide" in office.get(f"/postings/{clinic.id}").get_data(as_text=True)
    before = offering_of(clinic.id)
    assert before is not None
    cells = {name: getattr(before, name) for name in ("schedule", "kind", "riasec", "seats", "paid")}
    office.post(f"/postings/{clinic.id}/do/change")
    for name in (
        "about",
        "tasks",
        "when",
        "where",
        "seats",
        "pay",
        "factors",
        "access",
        "requires",
        "people",
    ):
        assert office.get(f"/postings/{clinic.id}/steps/{name}").status_code == 200
    posting = db.session.get_one(Posting, clinic.id)
    assert posting.answers["weekly"] == {"Tue": ["15:30", "17:30"]}
    assert posting.round_id == kitchen.place.round_id
    answer = office.post(f"/postings/{clinic.id}/duplicate", data={"round": kitchen.place.round_id})
    assert answer.status_code == 302
    copy = newest()
    assert copy.id != clinic.id and copy.state is OpportunityState.DRAFT
    # Only what a folder does not hold is missing: with it the offering is as it was.
    with transaction():
        given = {"supervisor": "Pat Reyes"}
        services.save(kitchen.place.actor, clinic.id, "people", given)
        services.save(kitchen.place.actor, clinic.id, "pay", {"paid": "yes"})
        services.submit(kitchen.place.actor, clinic.id)
        services.approve(kitchen.place.actor, clinic.id)
    after = offering_of(clinic.id)
    assert after is not None and after.id == before.id
    assert {name: getattr(after, name) for name in cells} == {**cells, "paid": "yes"}
    assert (after.latitude, after.longitude) == (30.12, -90.6)


def test_unpaid_work_walks_through_the_seven_factors(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = write_posting(kitchen, browser)
    answer = browser.post(f"/postings/{found.id}/steps/pay", data={"paid": "no"})
    assert answer.headers["Location"].endswith("/steps/factors")
    with pytest.raises(DomainError), transaction():
        services.submit(make.actor(kitchen.user), found.id)
    assert browser.post(f"/postings/{found.id}/steps/factors", data={"training": "yes"}).status_code == 422
    names = ("expectation", "training", "coursework", "calendar", "duration", "displaces", "entitlement")
    answers = {**dict.fromkeys(names, "yes"), "displaces": "no"}
    assert browser.post(f"/postings/{found.id}/steps/factors", data=answers).status_code == 302
    posting = db.session.get_one(Posting, found.id, populate_existing=True)
    assert posting.answers["factors"] == answers
    assert "6 of 7 factors speak for it" in browser.get(f"/postings/{found.id}").get_data(as_text=True)
    with transaction():
        services.submit(make.actor(kitchen.user), found.id)
        offering = services.approve(kitchen.place.actor, found.id)
        assert (offering.paid, offering.employment) == ("no", "trainee")


def test_the_law_follows_the_typing_and_nothing_is_written(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = write_posting(kitchen, browser)
    address = f"/postings/{found.id}/law"
    typed = browser.post(f"{address}?step=tasks", data={"tasks": ["serve_food"]}).get_data(as_text=True)
    assert "14 and up." in typed and "meat slicers" not in typed
    typed = browser.post(f"{address}?step=tasks", data={"tasks": ["forklift"]}).get_data(as_text=True)
    assert "18 and up." in typed and "29 CFR 570.58" in typed
    evening = {"timing": "weekly", "fri_from": "18:00", "fri_to": "22:00"}
    with transaction():
        services.save(
            make.actor(kitchen.user), found.id, "tasks", {"tasks": ["serve_food"], "hazards_more": None}
        )
    typed = browser.post(f"{address}?step=when", data=evening).get_data(as_text=True)
    assert "16 and up." in typed and "It is 10:00\u00a0pm here; the limit is 7:00\u00a0pm." in typed
    shadow = {"kind": "job_shadow"}
    typed = browser.post(f"{address}?step=about", data=shadow).get_data(as_text=True)
    assert "Any age." not in typed and "is work, whatever its kind is called" in typed  # it is paid
    with transaction():
        services.save(make.actor(kitchen.user), found.id, "pay", {"paid": None, "hourly_wage": None})
        services.save(make.actor(kitchen.user), found.id, "tasks", {"tasks": None})
    typed = browser.post(f"{address}?step=about", data=shadow).get_data(as_text=True)
    assert "Any age." in typed
    db.session.rollback()
    assert db.session.get_one(Posting, found.id).answers["kind"] == "internship"


def test_the_count_is_rounded_and_names_nobody(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    found = write_posting(kitchen, sign_in(kitchen.user))
    page = sign_in(kitchen.user).get(f"/postings/{found.id}/students").get_data(as_text=True)
    assert "Fewer than 10 students" in page
    assert "Ana" not in without_tokens(page) and "Castillo" not in page


def test_the_count_goes_by_the_students_of_the_last_minute(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen = make_kitchen(app)
    found = write_posting(kitchen, sign_in(kitchen.user))
    placement_round = kitchen.place.round
    app.config["COUNT_SECONDS"] = 60
    passed = 0.0
    monkeypatch.setattr(trial, "_read", {})
    monkeypatch.setattr(trial, "monotonic", lambda: passed)

    def everybody() -> int:
        answers = db.session.get_one(Posting, found.id).answers
        return trial.eligible_students(placement_round, answers, (None, None))[1]

    before = everybody()
    assert before > 0
    with transaction() as session:
        session.execute(update(Submission).values(active=False))
    passed = 59.0
    assert everybody() == before
    passed = 60.0
    assert everybody() == 0


def test_a_posting_that_came_with_a_folder_stays_the_work_that_the_folder_said(
    app: Flask, sign_in: SignIn
) -> None:
    """Employment is part of the answers, so that what was valid as a line of a round stays valid."""
    kitchen = make_kitchen(app)
    with transaction():
        shop = db.session.scalars(select(Opportunity).where(Opportunity.external_id == "SHOP")).one()
        shop_id, offering = shop.id, offering_of(shop.id)
        assert offering is not None and offering.kind == "job_shadow"
        offering.employment, offering.hazards, offering.drives = "employee", "HO10", "yes"
    office = sign_in(kitchen.place.user)
    page = office.get(f"/postings/{shop_id}/students").get_data(as_text=True)
    assert "Fewer than 10 students" in page
    with transaction():
        services.reopen(kitchen.place.actor, shop_id)
        about = {"title": "Shop hand", "kind": "job_shadow"}
        services.save(kitchen.place.actor, shop_id, "about", about, round_id=kitchen.place.round_id)
    answers = db.session.get_one(Posting, shop_id).answers
    assert text_cells(answers)["employment"] == "employee"
    # Whoever changes what it is says anew whether it is work; with a task that the law names, it is.
    with transaction():
        about = {"title": "Shop hand", "kind": "mentorship"}
        services.save(kitchen.place.actor, shop_id, "about", about, round_id=kitchen.place.round_id)
    answers = db.session.get_one(Posting, shop_id, populate_existing=True).answers
    assert "employment" not in answers and text_cells(answers)["employment"] == "employee"
    assert "Fewer than 10" in office.get(f"/postings/{shop_id}/students").get_data(as_text=True)


def test_what_does_not_fit_together_is_said_with_where_to_mend_it(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    with transaction():
        shop = db.session.scalars(select(Opportunity).where(Opportunity.external_id == "SHOP")).one()
        shop_id, offering = shop.id, offering_of(shop.id)
        assert offering is not None
        offering.employment, offering.hazards = "observation", "HO10"
    office = sign_in(kitchen.place.user)
    page = office.get(f"/postings/{shop_id}/students").get_data(as_text=True)
    assert "does not fit together" in page and "Change it" in page
    assert "in an observation no work is performed" in page  # for the coordinator, word for word
    with transaction():
        services.reopen(kitchen.place.actor, shop_id)
    page = office.get(f"/postings/{shop_id}/students").get_data(as_text=True)
    assert f"/postings/{shop_id}/steps/tasks" in page
    with transaction():
        kitchen.place.round.policy = {"law": {"jurisdictions": ["US-XX"]}}
        services.save(kitchen.place.actor, shop_id, "tasks", {"tasks": [], "hazards_more": []})
    assert "something of the round itself" in office.get(f"/postings/{shop_id}/students").text


def test_a_form_says_what_to_mend(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.user)
    found = write_posting(kitchen, browser)
    for step, data, said in (
        ("when", {"timing": "weekly"}, "at least one day of the week"),
        ("when", {"timing": "weekly", "mon_from": "18:00", "mon_to": "17:00"}, "not after the beginning"),
        ("when", {"timing": "flexible", "mon_from": "15:00", "mon_to": "18:00"}, "how many hours a week"),
        ("where", {"place": "site", "site_id": ""}, "Choose a place of work"),
        ("seats", {"seats": "2", "min_students": "5"}, "more students than can come"),
        ("about", {"title": "", "kind": "internship"}, "Give it a title"),
        ("people", {"supervisor": ""}, "who looks after"),
    ):
        answer = browser.post(f"/postings/{found.id}/steps/{step}", data=data)
        assert answer.status_code == 422, step
        assert said in answer.get_data(as_text=True)
    assert browser.get(f"/postings/{found.id}/steps/nothing").status_code == 404


def test_postings_of_others_are_not_found(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    found = write_posting(kitchen, sign_in(kitchen.user))
    with make.made():
        other = make.make_employer(kitchen.place.district)
        stranger = make.make_employer_user(other)
        elsewhere = make.make_coordinator(make.make_district())
    for user in (stranger, elsewhere):
        browser = sign_in(user, app.test_client())
        for path in ("", "/preview", "/students", "/law", "/steps/pay", "/do/close"):
            assert browser.get(f"/postings/{found.id}{path}").status_code == 404
        for path in ("/do/submit", "/do/close", "/duplicate", "/steps/pay"):
            assert browser.post(f"/postings/{found.id}{path}").status_code == 404
        assert "Kitchen helper" not in browser.get("/postings/").get_data(as_text=True)
        with pytest.raises(NotFound), transaction():
            services.create(make.actor(user), kitchen.employer.id, None, title="x", kind="internship")
    with pytest.raises(NotFound), transaction():
        services.approve(make.actor(kitchen.user), found.id)


def test_a_round_that_is_published_takes_nothing_more(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    found = write_posting(kitchen, sign_in(kitchen.user))
    with transaction():
        services.submit(make.actor(kitchen.user), found.id)
    from tests.wbl.rounds_support import solve
    from wbl.placements.publishing import publish

    run = solve(kitchen.place)
    with transaction():
        publish(kitchen.place.actor, run.id)
    with pytest.raises(DomainError), transaction():
        services.approve(kitchen.place.actor, found.id)
    assert state_of(found.id) is OpportunityState.SUBMITTED


def test_of_two_decisions_one_counts(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    found = write_posting(kitchen, sign_in(kitchen.user))
    with transaction():
        services.submit(make.actor(kitchen.user), found.id)
        services.send_back(kitchen.place.actor, found.id, "Say who is there.")
    with pytest.raises(Conflict), transaction():
        services.approve(kitchen.place.actor, found.id)


def test_lists_take_the_same_number_of_queries(
    app: Flask, sign_in: SignIn, count_queries: Callable[[], object]
) -> None:
    kitchen = make_kitchen(app)
    browser = sign_in(kitchen.place.user)
    with count_queries() as few:  # type: ignore[attr-defined]
        browser.get("/postings/")
    with transaction():
        for number in range(20):
            services.create(
                kitchen.place.actor, kitchen.employer.id, None, title=f"No. {number}", kind="internship"
            )
    with count_queries() as many:  # type: ignore[attr-defined]
        browser.get("/postings/")
    assert len(many) == len(few)
