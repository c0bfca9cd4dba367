"""Safety concerns: raised with two taps, told without a word, read on record, never closed unanswered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests import factories as make
from tests.wbl.mailbox import delivered
from tests.wbl.safety_support import (
    WORDS,
    Safe,
    answered,
    closed,
    make_contact,
    make_safe,
    now_of,
    raised,
    student,
)
from wbl.accounts.models import Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.safety import answering, raising
from wbl.safety.models import (
    ConcernDraft,
    ConcernEntry,
    ConcernKind,
    ConcernPlace,
    ConcernState,
    RequiredReport,
    SafetyConcern,
)

Browser = Callable[..., FlaskClient]
NOON = datetime(2027, 2, 1, 18, tzinfo=UTC)


@pytest.fixture
def safe(app: Flask) -> Safe:
    app.config["CLOCK"] = lambda: NOON
    return make_safe()


def test_two_taps_raise_a_concern(safe: Safe, sign_in: Browser) -> None:
    browser = sign_in(safe.ana)
    for path in ("/my-placement", "/my-rounds/", "/account", "/no-such-page"):
        assert '<a class="safety-link" href="/safety"' in browser.get(path).text, path
    page = browser.get("/safety").text
    assert "Nobody watches this page around the clock" in page
    for number in ("tel:911", "tel:988", "tel:18004224453", "tel:18006564673", "tel:18003216742"):
        assert number in page, number
    assert safe.counselor.name in page and safe.coordinator.name in page
    # What the second tap sends: the form as it is, and the button.
    place = re.search(r'<option selected value="([^"]+)">', page)
    assert place is not None and place[1] == f"placement:{safe.placement_id}"
    answer = browser.post(
        "/safety", data={"words": "", "place": place[1], "readers": "school", "kind": "hurt"}
    )
    made = db.session.scalars(select(SafetyConcern)).one()
    assert answer.location == f"/safety/sent/{made.id}"
    assert (made.state, made.kind, made.placement_id) == (
        ConcernState.RAISED,
        ConcernKind.HURT,
        safe.placement_id,
    )
    assert made.opportunity_id == safe.offering.opportunity_id
    assert made.school is not None and made.school.external_id == "NORTH"
    sent = browser.get(answer.location).text
    assert "It is sent" in sent and "tel:911" in sent
    assert "Somebody hurts me or threatens me" in unescape(sent)


def test_nobody_but_its_readers_is_told_and_no_word_of_it(safe: Safe, app: Flask) -> None:
    before = len(delivered(app))
    raised(safe)
    mails = delivered(app)[before:]
    assert {mail["To"] for mail in mails} == {safe.coordinator.email, safe.counselor.email}
    for mail in mails:
        text = mail.as_string()
        for secret in ("Ana", "Castillo", "North", "clinic", "Clinic", "hurt", "shouts", "Zo"):
            assert secret not in text, secret
        assert "/safety/concerns" in text


def test_what_is_tapped_twice_is_raised_once(safe: Safe, app: Flask) -> None:
    first = raised(safe)
    assert raised(safe) == first
    assert raised(safe, words="And again today.") != first
    app.config["CLOCK"] = lambda: NOON + timedelta(minutes=3)
    assert raised(safe) != first


def test_words_are_never_lost(safe: Safe, sign_in: Browser, app: Flask) -> None:
    browser = sign_in(safe.ana)
    quiet = browser.post(
        "/safety", data={"words": "I want to say", "kind": "hurt"}, headers={"X-Draft": "yes"}
    )
    assert quiet.status_code == 204
    assert db.session.scalar(select(func.count(SafetyConcern.id))) == 0
    page = browser.get("/safety").text
    assert "I want to say</textarea>" in page and "<details" in page
    kept = browser.post("/safety", data={"words": "I want to say it all", "do": "keep"})
    assert kept.location == "/safety"
    for text in range(raising.MOST):
        raised(safe, words=f"Again {text}")
    # One too many: nothing is raised, and the page has the words as they were typed.
    refused = browser.post("/safety", data={"words": "One more thing", "kind": "other", "place": "school"})
    assert refused.status_code == 422
    assert "One more thing</textarea>" in refused.text and "call 911" in refused.text
    long = browser.post("/safety", data={"words": "x" * (raising.LONGEST + 1), "kind": "other"})
    assert long.status_code == 422 and "x" * 100 in long.text
    app.config["CLOCK"] = lambda: NOON + timedelta(hours=2)
    assert browser.post("/safety", data={"words": "One more thing", "kind": "other"}).status_code == 302
    assert db.session.scalars(select(ConcernDraft)).all() == []


def test_without_a_placement_or_a_school(safe: Safe, sign_in: Browser) -> None:
    with make.made():
        user = make.make_student_user(student(safe.published, "S3"))
    browser = sign_in(user)
    page = browser.get("/safety").text
    assert "At school" in page and "On the way" in page and "At a place of work" not in page
    answer = browser.post("/safety", data={"place": "way", "kind": "unwell"})
    assert answer.status_code == 302
    made = db.session.scalars(select(SafetyConcern)).one()
    assert (made.place, made.opportunity_id, made.school_id) == (ConcernPlace.WAY, None, None)
    # Somebody else's placement is none of theirs.
    other = browser.post("/safety", data={"place": f"placement:{safe.placement_id}", "kind": "danger"})
    assert other.status_code == 422


def test_not_to_the_person_at_school(safe: Safe, app: Flask, sign_in: Browser) -> None:
    before = len(delivered(app))
    concern_id = raised(safe, place=ConcernPlace.SCHOOL, to_school=False)
    assert {mail["To"] for mail in delivered(app)[before:]} == {safe.coordinator.email}
    browser = sign_in(safe.counselor)
    assert browser.get(f"/safety/concerns/{concern_id}").status_code == 404
    assert f"Concern {concern_id}" not in browser.get("/safety/concerns").text


def test_each_reading_is_on_record_and_a_list_says_nothing(safe: Safe, app: Flask, sign_in: Browser) -> None:
    concern_id = raised(safe)
    browser = sign_in(safe.counselor)
    listed = browser.get("/safety/concerns").text
    closed_page = browser.get(f"/safety/concerns/{concern_id}").text
    for text in (listed, closed_page):
        for secret in ("Ana", "Castillo", "shouts", "threatens"):
            assert secret not in text, secret
    opened = browser.post(f"/safety/concerns/{concern_id}/open", follow_redirects=True).text
    assert "Ana" in opened and WORDS in unescape(opened)
    assert browser.get(f"/safety/concerns/{concern_id}").text.count("Ana") > 0
    readings = select(func.count(AuditEvent.id)).where(AuditEvent.action == "concern.read")
    assert db.session.scalar(readings) == 1
    app.config["CLOCK"] = lambda: NOON + timedelta(minutes=31)
    assert "Ana" not in browser.get(f"/safety/concerns/{concern_id}").text
    browser.post(f"/safety/concerns/{concern_id}/open")
    assert db.session.scalar(readings) == 2
    by = db.session.execute(
        select(AuditEvent.actor_kind, AuditEvent.actor_id)
        .where(AuditEvent.action == "concern.read")
        .distinct()
    ).all()
    assert [tuple(row) for row in by] == [("user", safe.counselor.id)]
    # Who raised it stands in no record that an administrator reads.
    with make.made():
        boss = make.make_staff(safe.published.place.district, Role.ADMINISTRATOR)
    record = sign_in(boss).get("/record/?action=concern.raise").text
    assert "A student" in record and "Ana" not in record


def test_it_is_answered_and_the_student_told(safe: Safe, app: Flask, sign_in: Browser) -> None:
    concern_id = raised(safe)
    browser = sign_in(safe.coordinator)
    path = f"/safety/concerns/{concern_id}"
    assert browser.post(path, data={"do": "close"}).status_code == 409
    browser.post(f"{path}/open")
    assert browser.post(path, data={"do": "close"}).status_code == 409
    assert browser.post(path, data={"do": "answer", "answer-words": "ok"}).status_code == 422
    said = {"do": "answer", "answer-words": "The mentor is another one from Monday on.", "answer-shared": "y"}
    assert browser.post(path, data=said).location == path
    before = {mail["To"] for mail in delivered(app)}
    assert safe.ana.email in before
    answer = next(mail for mail in reversed(delivered(app)) if mail["To"] == safe.ana.email)
    assert "mentor" not in answer.as_string() and "safety" not in answer.as_string().lower()
    mine = sign_in(safe.ana).get(f"/safety/sent/{concern_id}").text
    assert "The mentor is another one" in mine
    assert sign_in(safe.coordinator).post(path, data={"do": "close"}).location == path
    assert now_of(concern_id).state is ConcernState.CLOSED


def test_an_answer_that_is_not_shared_is_not_read(safe: Safe, sign_in: Browser) -> None:
    concern_id = raised(safe)
    with transaction():
        answering.read(make.actor(safe.coordinator), concern_id)
        answering.note(make.actor(safe.coordinator), concern_id, "The father works there too.")
    answered(safe, concern_id)
    page = sign_in(safe.ana).get(f"/safety/sent/{concern_id}").text
    assert "It was answered" in page
    assert "director" not in page and "father" not in page


def test_more_from_the_student_waits_to_be_read_again(safe: Safe, sign_in: Browser, app: Flask) -> None:
    concern_id = raised(safe)
    closed(safe, concern_id)
    before = len(delivered(app))
    browser = sign_in(safe.ana)
    browser.post(f"/safety/sent/{concern_id}", data={"words": "It happened again."})
    assert now_of(concern_id).state is ConcernState.RAISED
    assert len(delivered(app)) == before + 2
    with pytest.raises(Conflict), transaction():  # what was read before is not all of it any more
        answering.answer(make.actor(safe.coordinator), concern_id, "We have talked about it.", shared=False)
    assert "It happened again" not in sign_in(safe.coordinator).get(f"/safety/concerns/{concern_id}").text


def test_the_report_that_the_law_requires_is_noted(safe: Safe, sign_in: Browser) -> None:
    concern_id = raised(safe)
    browser = sign_in(safe.counselor)
    path = f"/safety/concerns/{concern_id}"
    page = browser.post(f"{path}/open", follow_redirects=True).text
    assert "What is written here reports nothing to anybody" in page and "No report is on record" in page
    later = {"do": "report", "report-made_by": "Kim Lee", "report-made_to": "CYFD", "report-at": "10:15"}
    assert browser.post(path, data={**later, "report-on": "2027-02-02"}).status_code == 422
    done = {**later, "report-on": "2027-02-01", "report-reference": "A-77"}
    page = browser.post(path, data=done, follow_redirects=True).text
    assert "Kim Lee" in page and "CYFD" in page and "A-77" in page
    kept = db.session.scalars(select(RequiredReport)).one()
    assert kept.made_at == datetime(2027, 2, 1, 16, 15, tzinfo=UTC)
    assert kept.recorded_by == safe.counselor.id
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "concern.report")) == 1


def test_the_database_closes_nothing_without_an_answer(safe: Safe) -> None:
    concern_id = raised(safe)
    with pytest.raises(IntegrityError), transaction() as session:
        found = session.get_one(SafetyConcern, concern_id)
        found.state, found.closed_at = ConcernState.CLOSED, NOON
        session.flush()


def others(safe: Safe) -> dict[str, User]:
    """People who are no readers of Ana's concern."""
    district = safe.published.place.district
    school = student(safe.published, "S1").school
    assert school is not None
    elsewhere = make.make_district()
    second = make.make_school(district)
    found = {
        "administrator": make.make_staff(district, Role.ADMINISTRATOR),
        "advisor": make.make_staff(district, Role.ADVISOR),
        "staff of the school, not named": make.make_staff(district, Role.SCHOOL_STAFF, school_id=school.id),
        "program lead": make.make_staff(district, Role.PROGRAM_LEAD, program="HEALTH"),
        "another student": make.make_student_user(student(safe.published, "S2")),
        "the employer": make.make_employer_user(safe.offering.opportunity.employer),  # type: ignore[arg-type]
        "another district": make.make_coordinator(elsewhere),
        "contact of another school": make_contact(safe.published, second),
    }
    foreign = make.make_school(elsewhere)
    found["contact of another district"] = make.make_staff(elsewhere, Role.SCHOOL_STAFF, school_id=foreign.id)
    for membership in found["contact of another district"].memberships:
        membership.safety_contact = True
    db.session.flush()
    return found


def test_nobody_else_reads_or_answers(safe: Safe, sign_in: Browser) -> None:
    concern_id = raised(safe)
    with make.made():
        people = others(safe)
    for name, user in people.items():
        browser = sign_in(user)
        for path, method in (
            (f"/safety/concerns/{concern_id}", "GET"),
            (f"/safety/concerns/{concern_id}/open", "POST"),
            (f"/safety/concerns/{concern_id}", "POST"),
            (f"/safety/sent/{concern_id}", "GET"),
        ):
            answer = browser.open(path, method=method, data={"do": "close"} if method == "POST" else None)
            assert answer.status_code in (403, 404), (name, path, answer.status_code)
        listed = browser.get("/safety/concerns")
        assert listed.status_code in (200, 403), name
        assert f"Concern {concern_id}" not in listed.text, name
        with pytest.raises(NotFound), transaction():
            answering.read(make.actor(user), concern_id)
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "concern.read")) == 0
    assert now_of(concern_id).state is ConcernState.RAISED


def test_home_has_it_before_everything_else(
    safe: Safe, sign_in: Browser, count_queries: Callable[[], object]
) -> None:
    first = raised(safe)
    browser = sign_in(safe.coordinator)
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = browser.get("/home").text
    assert len(statements) <= 25
    main = page[page.index("<main") :]
    assert main.index("At once") < main.index("1 safety concern that nobody has read") < main.index(">Now<")
    with transaction():
        answering.read(make.actor(safe.coordinator), first)
    assert "1 safety concern waits for an answer" in browser.get("/home").text
    closed(safe, first)
    assert "safety concern" not in browser.get("/home").text
    raised(safe, words="Again.")
    status = sign_in(safe.counselor).get("/status/", follow_redirects=True).text
    assert "1 safety concern waits for you" in status


def test_words_and_reasons_are_asked_for(safe: Safe) -> None:
    concern_id = raised(safe)
    actor = make.actor(safe.coordinator)
    with pytest.raises(Conflict), transaction():
        answering.note(actor, concern_id, "A note of somebody who has not read it.")
    with transaction():
        answering.read(actor, concern_id)
    for wrong in (
        lambda: answering.note(actor, concern_id, "  "),
        lambda: answering.answer(actor, concern_id, "Done.", shared=True),
        lambda: answering.correct_place(actor, concern_id, ConcernPlace.PLACEMENT, 999_999, "She told me."),
        lambda: answering.correct_place(actor, concern_id, ConcernPlace.SCHOOL, None, ""),
        lambda: answering.reopen(actor, concern_id, "It is open."),
    ):
        with pytest.raises(DomainError), transaction():
            wrong()
    assert len(db.session.scalars(select(ConcernEntry)).all()) == 2
