"""What an employer sees of those who came: how they grew, thank-yous, and hosting again in one click."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.growth_support import active_chain, mentor_rates, user_of, work
from tests.wbl.mailbox import delivered_about
from tests.wbl.paperwork_support import Chain
from wbl import clock
from wbl.agreements.models import PaperworkTask
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.employers.models import Employer
from wbl.errors import Conflict, DomainError, NotFound
from wbl.growth.models import Moment
from wbl.opportunities import again
from wbl.opportunities.models import Opportunity, OpportunityState, Posting
from wbl.reports import queries, services, thanking
from wbl.reports.interns import interns, thanked
from wbl.reports.models import Thanks, ThanksState
from wbl.reports.thresholds import Thresholds
from wbl.retention import due, erasing
from wbl.rounds import services as rounds

SignIn = Callable[..., FlaskClient]
WORDS = "Thank you for letting me file the charts."


@pytest.fixture
def chain(app: Flask) -> Chain:
    chain = active_chain(app)
    work()
    return chain


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


def test_a_students_words_pass_the_coordinator_first(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    student = sign_in(user_of(chain.student.id), app.test_client())
    office = sign_in(chain.published.place.user, app.test_client())
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    page = f"/my-placement/{chain.placement_id}/thanks"
    assert student.post(page, data={"words": "Hi"}).status_code == 422
    assert student.post(page, data={"words": WORDS}).status_code == 302
    assert WORDS not in text_of(employer, "/our-interns")
    assert "1 student says thank you" in text_of(office, "/home")
    assert WORDS in text_of(office, "/reports/thanks")
    found = db.session.scalars(select(Thanks)).one()
    read = found.written_at.isoformat()
    back = f"/reports/thanks/{found.id}/back"
    assert office.post(back, data={"why": "", "read": read}).status_code == 422
    assert office.post(back, data={"why": "Name the nurse.", "read": read}).status_code == 302
    assert "Name the nurse." in text_of(student, page)
    assert student.post(page, data={"words": f"{WORDS} Ms. Lee helped."}).status_code == 302
    # What was read before is not what would be passed on.
    assert office.post(f"/reports/thanks/{found.id}/pass", data={"read": "2020-01-01"}).status_code == 409
    db.session.rollback()
    read = db.session.scalars(select(Thanks)).one().written_at.isoformat()
    assert office.post(f"/reports/thanks/{found.id}/pass", data={"read": read}).status_code == 302
    seen = text_of(employer, "/our-interns")
    assert "Ms. Lee helped." in seen and "Ana Castillo" in seen
    assert "They read it now" in text_of(student, page)
    assert student.post(page, data={"words": "Something else altogether"}).status_code == 422
    db.session.rollback()
    actions = [one for one in db.session.scalars(select(AuditEvent.action)) if one.startswith("thanks.")]
    assert actions == ["thanks.write", "thanks.send_back", "thanks.write", "thanks.pass"]
    # The family takes its yes back: the words stay, the name goes.
    chain.family_agrees(name=False)
    seen = text_of(employer, "/our-interns")
    assert "Ms. Lee helped." in seen and "Ana Castillo" not in seen and "A student of" in seen


def test_a_coordinator_thanks_at_once_and_strangers_cannot(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    with make.made():
        stranger = make.make_coordinator(make.make_district())
        other = make.make_employer_user(make.make_employer(chain.published.place.district))
    page = f"/placements/{chain.placement_id}/thanks"
    assert sign_in(stranger, app.test_client()).get(page).status_code == 404
    office = sign_in(chain.published.place.user, app.test_client())
    assert office.post(page, data={"words": "Thank you for taking Ana in."}).status_code == 302
    assert [one.thanks.state for one in thanked(chain.employer)] == [ThanksState.PASSED]
    assert thanked(make.actor(other)) == []
    with pytest.raises(Conflict), transaction():
        thanking.write(chain.coordinator, chain.placement_id, "Thank you once more, really.")
    with transaction():
        waiting = thanking.write_own(chain.student, chain.placement_id, WORDS)
        waiting_id = waiting.id
    with pytest.raises(NotFound):
        queries.thanks_one(make.actor(stranger), waiting_id)
    with pytest.raises(NotFound), transaction():
        thanking.write_own(make.actor(other), chain.placement_id, WORDS)


def test_an_employer_is_told_of_a_thank_you_and_nothing_of_it(
    app: Flask, chain: Chain, sign_in: SignIn
) -> None:
    address = user_of(chain.employer.id).email
    employer_id = chain.published.placement("S1").offering.opportunity.employer_id
    assert employer_id is not None
    with make.made():
        employer = db.session.get_one(Employer, employer_id)
        spanish, gone = make.make_employer_user(employer), make.make_employer_user(employer)
        spanish.locale, gone.active = "es", False
        other = make.make_employer_user(make.make_employer(chain.published.place.district))
        there = {address, spanish.email}
        nobody = {gone.email, other.email}
    browser = sign_in(user_of(chain.student.id))
    assert "You said thank you" not in text_of(browser, "/my-timeline")
    with transaction():
        written = thanking.write_own(chain.student, chain.placement_id, WORDS)
        thanks_id, read = written.id, written.written_at.isoformat()
    way = text_of(browser, "/my-timeline")
    assert "You said thank you" in way and "Your coordinator reads it first" in way
    assert delivered_about(app, "thanks") == [], "a coordinator reads it first"
    with transaction():
        thanking.pass_on(chain.coordinator, thanks_id, read)
    way = text_of(browser, "/my-timeline")
    assert "The employer reads it" in way and f"/my-placement/{chain.placement_id}/thanks" in way

    found = delivered_about(app, "thanks")
    assert {to for to, _subject, _body in found} == there and len(found) == 2 and not there & nobody
    for _to, subject, body in found:
        assert "/our-interns" in body
        for private in ("Ana", "Castillo", "charts", "file the"):
            assert private not in subject + body, private
    by_address = {to: (subject, body) for to, subject, body in found}
    assert by_address[address][0] == "There is a thank-you for you"
    assert "A student who was with you" in by_address[address][1]
    assert by_address[spanish.email][0] == "Hay un agradecimiento para usted"
    with transaction():
        thanking.write(chain.coordinator, chain.placement_id, "Thank you for taking Ana in.")
    assert len(delivered_about(app, "thanks")) == 4


def test_growth_is_shown_of_enough_or_of_whom_one_may_know(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    mentor_rates(chain, Moment.BASELINE, 2)
    mentor_rates(chain, Moment.MID, 3, teamwork=5)
    found = interns(chain.employer)
    assert (found.total, found.rated, found.mean) == (1, 1, None)  # one is fewer than ten
    (intern,) = found.known
    assert intern.first == 2
    assert intern.grew is not None and intern.grew > 1
    with transaction():
        services.decide(chain.coordinator, chain.published.place.district.id, Thresholds(smallest=3))
    assert interns(chain.employer).mean is None
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    assert "Ana Castillo" in text_of(employer, "/our-interns")
    chain.family_agrees(name=False)
    assert interns(chain.employer).known == []
    assert "Ana Castillo" not in text_of(employer, "/our-interns")


def test_hosting_again_copies_the_posting_with_its_dates_moved(
    app: Flask, chain: Chain, sign_in: SignIn, count_queries: Callable[[], Any]
) -> None:
    place = chain.published.place
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    (before,) = again.offered_before(chain.employer)
    assert before.target is None
    with pytest.raises(DomainError), transaction():
        again.host_again(chain.employer, before.opportunity.id)
    opportunity_id = before.opportunity.id
    with make.made():
        offering = chain.published.placement("S1").offering
        offering.start_date, offering.end_date = date(2027, 1, 13), date(2027, 5, 26)
    with transaction():
        target = rounds.create_round(
            place.actor,
            place.district.id,
            name="Next spring",
            starts_on=date(2028, 1, 10),
            ends_on=date(2028, 5, 26),
        ).id
    with count_queries() as statements:
        page = text_of(employer, "/our-interns")
    assert len(statements) <= 25
    assert "Next spring" in page and "Clinic aide" in page
    answer = employer.post(f"/our-interns/{opportunity_id}/again")
    assert answer.status_code == 302
    db.session.rollback()
    posting = db.session.scalars(select(Posting).where(Posting.round_id == target)).one()
    made = db.session.get_one(Opportunity, posting.opportunity_id)
    assert (made.state, made.title, made.employer_id) == (
        *(OpportunityState.DRAFT, "Clinic aide", before.opportunity.employer_id),
    )
    # 52 weeks later, on the same days of the week: Wednesday stays Wednesday.
    assert (posting.answers["start_date"], posting.answers["end_date"]) == ("2028-01-12", "2028-05-24")
    assert posting.answers["weekly"] == {"Tue": ["15:30", "17:30"]}
    assert "when" not in posting.answers["done"]  # to be looked over
    # A second click leads to the same draft.
    assert employer.post(f"/our-interns/{opportunity_id}/again").location == answer.location
    assert db.session.query(Posting).filter_by(round_id=target).count() == 1
    with make.made():
        other = make.make_employer_user(make.make_employer(place.district))
    stranger = sign_in(other, app.test_client())
    assert stranger.post(f"/our-interns/{opportunity_id}/again").status_code == 404


def test_thank_yous_are_erased_with_what_was_written(app: Flask, chain: Chain) -> None:
    with transaction():
        thanking.write_own(chain.student, chain.placement_id, WORDS)
    district_id = chain.published.place.district.id
    assert chain.placement_id in db.session.scalars(due.growth(district_id, date(2030, 1, 1))).all()
    with transaction():
        erasing.growth([chain.placement_id])
    assert db.session.scalars(select(Thanks)).all() == []


def test_a_permit_is_noted_with_the_day_until_which_it_holds(
    app: Flask, chain: Chain, sign_in: SignIn
) -> None:
    office = sign_in(chain.published.place.user, app.test_client())
    task = db.session.scalars(select(PaperworkTask).limit(1)).one()
    address = f"/placements/{task.placement_id}/tasks/{task.id}"
    until = clock.today("America/Chicago") + timedelta(days=10)
    fields = {"holder": "family", "due_on": "2027-01-04", "valid_until": until.isoformat(), "note": ""}
    assert office.post(address, data=fields).status_code == 302
    page = text_of(office, "/reports/active?show=expiring")
    assert "a document ends" in page and "Ana Castillo" in page and "The family" in page
