"""Publishing and withdrawing: once, whole, and only by those who may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.published import published_place, solve_again, solved_place
from wbl import clock
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.jobs.models import OutboxItem
from wbl.placements.models import FamilyLink, Placement, PlacementState, Publication
from wbl.placements.publishing import publish, withdraw
from wbl.rounds.models import Round, RoundState, RunState, SolveRun


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_publishing_makes_placements_links_outbox_and_record(app: Flask) -> None:
    published = published_place()
    assert published.place.round.state is RoundState.PUBLISHED
    assert published.placement("S1").offering.opportunity.external_id == "CLINIC"
    assert published.placement("S2").offering.opportunity.external_id == "SHOP"
    assert published.placement("S1").explanation["placed"]
    # Luis may receive nothing, so there is no link and no mail for him.
    recipients = {link.guardian.name for link in db.session.scalars(select(FamilyLink)) if link.guardian}
    assert recipients == {"Rosa Castillo", "Mia Ochoa"}
    kinds = sorted(item.kind for item in db.session.scalars(select(OutboxItem)))
    assert kinds == ["letters", "mail", "mail"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "round.publish")).one()
    assert event.details == {"run": 1, "placed": 2}


def test_the_outbox_holds_no_names_or_addresses(app: Flask) -> None:
    published_place()
    for item in db.session.scalars(select(OutboxItem)):
        assert set(item.payload) <= {"publication_id", "placement_id", "guardian_id"}
        assert "@" not in item.key


def test_a_second_publication_is_refused_by_name(app: Flask) -> None:
    published = published_place()
    run_id = solve_again_without_state(published.place)
    with pytest.raises(Conflict, match=r"Coordinator \d+ has already published run 1"), transaction():
        publish(published.place.actor, run_id)
    assert count(Publication) == 1
    assert count(Placement) == 2


def solve_again_without_state(place: object) -> int:
    return solve_again(place)  # type: ignore[arg-type]


def test_an_unfinished_run_is_not_published(app: Flask) -> None:
    place, run_id = solved_place()
    with transaction():
        db.session.get_one(SolveRun, run_id).state = RunState.RUNNING
    with pytest.raises(Conflict), transaction():
        publish(place.actor, run_id)
    assert count(Publication) == 0


def test_another_district_cannot_publish_or_withdraw(app: Flask) -> None:
    published = published_place()
    with make.made():
        stranger = make.actor(make.make_coordinator(make.make_district()))
    with pytest.raises(NotFound), transaction():
        publish(stranger, published.run_id)
    with pytest.raises(NotFound), transaction():
        withdraw(stranger, published.publication_id, "because")


def test_two_coordinators_at_once_get_one_publication_and_one_message(app: Flask) -> None:
    place, run_id = solved_place()
    actor = place.actor
    db.session.remove()
    results: list[str] = []
    start = threading.Barrier(2)

    def press() -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    publish(actor, run_id)
                results.append("published")
            except Conflict as conflict:
                results.append(conflict.message)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(message == "published" for message in results) == [False, True]
    assert "has already published run 1" in next(m for m in results if m != "published")
    assert count(Publication) == 1
    assert count(Placement) == 2
    assert count(OutboxItem) == 3


def test_withdrawing_ends_placements_and_links_and_opens_the_round(app: Flask) -> None:
    published = published_place()
    with transaction():
        withdraw(published.place.actor, published.publication_id, "The clinic closed its doors")
    assert {p.state for p in db.session.scalars(select(Placement))} == {PlacementState.WITHDRAWN}
    assert all(link.revoked_at is not None for link in db.session.scalars(select(FamilyLink)))
    placement_round = db.session.get_one(Round, published.place.round_id, populate_existing=True)
    assert placement_round.state is RoundState.REVIEW
    assert placement_round.published_run_id is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "round.withdraw")).one()
    assert event.reason is not None
    assert event.reason.text == "The clinic closed its doors"
    with transaction():
        publish(published.place.actor, published.run_id)
    assert count(Publication) == 2


def test_withdrawing_needs_a_reason_and_happens_once(app: Flask) -> None:
    published = published_place()
    with pytest.raises(DomainError, match="Say why"), transaction():
        withdraw(published.place.actor, published.publication_id, "  ")
    with transaction():
        withdraw(published.place.actor, published.publication_id, "a mistake")
    with pytest.raises(Conflict, match="withdrawn already"), transaction():
        withdraw(published.place.actor, published.publication_id, "again")


def test_no_mail_leaves_after_a_withdrawal(app: Flask) -> None:
    from pathlib import Path

    from wbl.jobs.worker import work_on_next_item

    published = published_place()
    with transaction():
        withdraw(published.place.actor, published.publication_id, "a mistake")
    while work_on_next_item():
        pass
    assert not list(Path(app.config["MAIL_FOLDER"]).glob("*.eml"))


def test_the_record_cannot_be_changed(app: Flask) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    published_place()
    for statement in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


def test_the_outbox_is_taken_once(app: Flask) -> None:
    from wbl.jobs import outbox

    published_place()
    with transaction():
        first = outbox.claim()
        second = outbox.claim()
        assert first is not None and second is not None
        assert first.id != second.id
    app.config["CLOCK"] = lambda: first_time + outbox.TAKEN_FOR + timedelta(seconds=1)
    first_time = clock.datetime.now(clock.UTC)
    with transaction():
        # Their worker died: after a while somebody else may have them.
        assert outbox.claim() is not None


def test_what_ends_every_worker_is_given_up(app: Flask) -> None:
    from wbl.jobs import outbox

    published_place()
    began = clock.now()
    for attempt in range(outbox.MOST_ATTEMPTS + 1):
        at = began + attempt * (outbox.TAKEN_FOR + timedelta(seconds=1))
        app.config["CLOCK"] = lambda at=at: at
        with transaction():
            while outbox.claim() is not None:
                pass
    states = {(item.state, item.attempts) for item in db.session.scalars(select(OutboxItem))}
    assert states == {("failed", outbox.MOST_ATTEMPTS)}


def test_the_pages_of_a_publication(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place(letters=True)
    browser = sign_in(published.place.user)
    page = browser.get(f"/rounds/{published.place.round_id}/placements").get_data(as_text=True)
    assert "Ana Castillo" in page and "Clinic aide" in page
    assert "not answered" in page
    found = browser.get(f"/rounds/{published.place.round_id}/placements?q=ben").get_data(as_text=True)
    assert "Benny Ochoa" in found and "Ana Castillo" not in found
    detail = browser.get(f"/placements/{published.placement('S1').id}").get_data(as_text=True)
    assert "Rosa Castillo" in detail
    people = browser.get(f"/students/{published.placement('S1').student_id}").get_data(as_text=True)
    assert "receives nothing" in people
    for url in ("/students/", "/employers/", "/record/", "/jobs/", "/account"):
        assert browser.get(url).status_code == 200
    employer = published.placement("S1").offering.opportunity.employer_id
    assert "Front desk" in browser.get(f"/employers/{employer}").get_data(as_text=True)


def test_lists_take_as_many_queries_for_many_as_for_few(
    app: Flask, sign_in: Callable[..., FlaskClient], count_queries: Callable[[], object]
) -> None:
    published = published_place(letters=True)
    browser = sign_in(published.place.user)
    round_id = published.place.round_id
    urls = ["/students/", "/employers/", "/record/", "/jobs/"]
    urls += [f"/rounds/{round_id}/placements", f"/rounds/{round_id}/letters"]

    def queries(url: str) -> int:
        with count_queries() as statements:  # type: ignore[attr-defined]
            assert browser.get(url).status_code == 200
        return len(statements)

    few = {url: queries(url) for url in urls}
    with make.made():
        for _ in range(30):
            student = make.make_student(
                published.place.district, school_id=make.make_school(published.place.district).id
            )
            make.make_guardian(student)
            make.make_employer(published.place.district)
    assert {url: queries(url) for url in urls} == few
    assert max(few.values()) <= 12
