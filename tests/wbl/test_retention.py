"""The nightly purge: what goes, what stays, and that a kill or a second worker changes neither."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from tests import factories as make
from tests.wbl.paperwork_support import make_chain
from tests.wbl.published import Published, published_again, published_place, student_user
from tests.wbl.test_commands import run
from wbl import clock
from wbl.accounts.actor import COMMAND
from wbl.accounts.models import Membership, Role, User, UserSession
from wbl.administration.district_settings import set_retention
from wbl.administration.users import set_active
from wbl.agreements.contacts import Contact, set_by_coordinator
from wbl.agreements.models import (
    AgreementSignature,
    EmergencyContact,
    PaperworkTask,
    SiteVisit,
    TrainingAgreement,
)
from wbl.agreements.nudging import nudge_next
from wbl.audit.models import AuditEvent, Reason
from wbl.audit.services import keep_reason, record
from wbl.db import db
from wbl.family.models import FamilyQuestion
from wbl.interests.models import Preference, Submission
from wbl.jobs.models import OutboxItem
from wbl.letters.models import Letter, LetterBook
from wbl.people.models import Guardian, Student, StudentBirth, StudentHome, StudentNeed
from wbl.placements.models import Consent, FamilyLink, Placement, PlacementChange, Publication, Signature
from wbl.retention import services
from wbl.retention.models import Purge
from wbl.retention.periods import DECIDED, months_before
from wbl.rosters.models import RosterImport, RosterState
from wbl.rounds.models import Explanation, Pin, PinDecision, Proposal, RunArchive

SignIn = Callable[..., FlaskClient]
NIGHT = datetime(2030, 1, 2, 9, tzinfo=UTC)  # three o'clock at the district; the round ended in May 2027


@pytest.fixture
def past(app: Flask) -> Iterator[Published]:
    """A round that ended long ago, with everything that a purge looks for."""
    published = published_place(letters=True)
    placement = published.placement("S1")
    with make.made():
        guardian = published.guardian("Rosa Castillo")
        db.session.add(
            Consent(
                placement_id=placement.id,
                field="name",
                granted=True,
                source="paper",
                guardian_id=guardian.id,
                at=clock.now(),
            )
        )
        db.session.add(
            FamilyQuestion(
                placement_id=placement.id,
                guardian_id=guardian.id,
                language="es",
                text="Which door?",
                asked_at=clock.now(),
            )
        )
        submission = db.session.scalars(
            select(Submission).where(Submission.student_id == placement.student_id)
        ).one()
        db.session.add(
            Pin(
                round_id=published.place.round_id,
                submission_id=submission.id,
                offering_id=placement.offering_id,
                decision=PinDecision.REQUIRE,
                reason_id=keep_reason("She asked on the phone").id,
                created_at=clock.now(),
            )
        )
        db.session.add(
            PlacementChange(
                publication_id=published.publication_id,
                at=clock.now(),
                reason_id=keep_reason("The host said something about Ana").id,
            )
        )
        publication = db.session.get_one(Publication, published.publication_id)
        publication.withdrawn_reason_id = keep_reason("A mistake with Ana").id
        record(COMMAND, "placement.decline", placement, reason=keep_reason("Too far from home"))
        db.session.add(
            RosterImport(
                district_id=published.place.district.id,
                state=RosterState.READY,
                format="x",
                counts={},
                content=b"names",
                created_at=clock.now(),
            )
        )
    yield published


def at_night(app: Flask, days: int = 0) -> None:
    app.config["CLOCK"] = lambda: NIGHT + timedelta(days=days)


def decide(published: Published, months: int = 12, *kinds: str) -> None:
    administrator = boss(published)
    with make.made():
        set_retention(
            make.actor(administrator), published.place.district.id, dict.fromkeys(kinds or DECIDED, months)
        )


def boss(published: Published) -> User:
    found = db.session.scalar(select(User).join(Membership).where(Membership.role == Role.ADMINISTRATOR))
    if found is None:
        with make.made():
            found = make.make_staff(published.place.district, Role.ADMINISTRATOR)
    return found


def purge() -> dict[str, int]:
    """The whole of a night; what the newest purge of the only district erased."""
    while services.purge_next():
        pass
    db.session.rollback()
    found = db.session.scalars(select(Purge).order_by(Purge.district_id)).first()
    assert found is not None and found.ended_at is not None and found.error == "", found and found.error
    return dict(found.erased)


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_months_are_counted_back_to_a_day_that_there_is() -> None:
    assert months_before(date(2028, 2, 29), 12) == date(2027, 2, 28)
    assert months_before(date(2027, 3, 31), 1) == date(2027, 2, 28)
    assert months_before(date(2027, 1, 15), 13) == date(2025, 12, 15)


def test_what_is_past_its_period_is_erased_and_the_rest_stays(
    app: Flask, past: Published, sign_in: SignIn
) -> None:
    user = student_user(past, "S3")
    decide(past)
    with make.made():
        db.session.scalars(select(Student).where(Student.external_id == "S3")).one().left_on = date(
            2027, 9, 1
        )
    at_night(app)
    browser = sign_in(boss(past))
    page = browser.get(f"/administration/{past.place.district.id}/retention").get_data(as_text=True)
    assert "There has been no purge yet." in page
    status, dry = run(app, "retention", "--dry-run")
    assert status == 0 and "kept 12 months" in dry
    assert count(Purge) == 0 and count(Preference) == 3

    erased = purge()
    for kind, number in erased.items():
        assert f"{kind}, kept" in dry and f": {number}\n" in dry.split(f"{kind}, kept")[1]
    assert erased.keys() == {
        "uploads",
        "traces",
        "letters",
        "consents",
        "submissions",
        "runs",
        "needs",
        "leavers",
    }
    for model in (
        *(Preference, Letter, LetterBook, FamilyLink, Consent, FamilyQuestion, RosterImport),
        *(Explanation, StudentNeed, StudentHome, StudentBirth),
    ):
        assert count(model) == 0, model.__name__
    # That they took part, were placed, and where, stays; so do the guardians on record.
    assert (count(Placement), count(Proposal), count(Submission), count(Guardian)) == (2, 2, 2, 3)
    assert db.session.scalars(select(Submission.riasec)).all() == ["", ""]
    assert db.session.scalars(select(Placement.explanation)).all() == [{}, {}]
    assert set(db.session.scalars(select(Reason.text))) == {""}
    assert count(OutboxItem) > 0 and {str(one) for one in db.session.scalars(select(OutboxItem.payload))} == {
        "{}"
    }
    closed = db.session.get_one(User, user.id, populate_existing=True)
    assert (closed.name, closed.active, "erased" in closed.email) == ("", False, True)

    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "retention.erase")).all()
    assert all(event.details.keys() == {"kind", "count"} for event in events)
    assert sum(event.details["count"] for event in events) == sum(erased.values())
    assert purge() == erased  # once a night
    at_night(app, days=1)
    assert purge() == {}  # and what is erased is due no more


def test_paperwork_goes_with_the_signatures_and_comes_not_back(app: Flask) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    chain.confirm("Kim Doe", phone="505-555-0111")
    with make.made():
        placement = chain.published.placement("S1")
        call = [Contact("Tía Inés", "505-555-0100")]
        set_by_coordinator(chain.coordinator, placement.student_id, call, for_employer=True)
        db.session.execute(update(SiteVisit).values(note="She asked for a quiet desk"))
        # As if nobody had answered: what was signed is due by itself.
        for model in (Consent, Signature, StudentNeed, StudentBirth, StudentHome):
            db.session.execute(delete(model))
    at_night(app)
    decide(chain.published, 12, "consents", "needs")
    purge()
    while nudge_next():
        pass
    db.session.rollback()
    for model in (TrainingAgreement, AgreementSignature, PaperworkTask, EmergencyContact):
        assert count(model) == 0, model
    assert (chain.paperwork.supervisor, chain.paperwork.supervisor_phone) == ("", "")
    assert count(SiteVisit, SiteVisit.note != "") == 0


def test_a_run_says_what_can_be_checked_no_more(app: Flask, past: Published, sign_in: SignIn) -> None:
    arguments = ("runs", "verify", "--round", str(past.place.round_id), "--number", "1")
    assert run(app, *arguments) == (0, "Verified: 2 placements against the profiles and 6 pairs.\n")
    decide(past, 12, "runs", "submissions", "letters", "consents")
    at_night(app)
    purge()
    kept = db.session.scalars(select(RunArchive)).one()
    assert kept.profiles is None
    status, said = run(app, *arguments)
    assert status == 0 and "erased on 2030-01-02" in said and "2 placements agree with the 6" in said
    # What is left still lets nobody change a placement unnoticed.
    with make.made():
        db.session.get_one(RunArchive, past.run_id).pairs_digest = "0" * 64
    status, said = run(app, *arguments)
    assert status == 1 and "the table of pairs is not the one" in said
    # Pages of the round still open, and say so.
    browser = sign_in(past.place.user)
    here = f"/rounds/{past.place.round_id}"
    submission = db.session.scalars(select(Submission).order_by(Submission.id)).first()
    assert submission is not None
    for address in (
        "",
        "/runs/1",
        "/runs/1/unplaced",
        f"/runs/1/students/{submission.id}",
        "/placements",
        "/letters",
        "/collect",
    ):
        assert browser.get(here + address).status_code == 200, address
    assert "was erased on January 2, 2030" in browser.get(f"{here}/runs/1/goals").get_data(as_text=True)
    for address in ("/runs/1/folder.zip", "/runs/1/groups"):
        assert browser.get(here + address).status_code == 409
    for external_id in ("S1", "S2"):
        assert browser.get(f"/placements/{past.placement(external_id).id}").status_code == 200


def test_nothing_of_a_district_goes_that_it_has_not_decided_on(app: Flask, past: Published) -> None:
    at_night(app)
    assert purge().keys() == {"uploads", "traces"}
    assert count(Letter) == 2 and count(Preference) == 3 and count(StudentNeed) == 2


def test_who_is_still_there_keeps_what_they_have(app: Flask, past: Published, sign_in: SignIn) -> None:
    """As do a student of a running round, and an account of two districts."""
    published_again(past)  # until August 2027
    decide(past, 30)
    app.config["CLOCK"] = lambda: datetime(2030, 1, 2, 9, tzinfo=UTC)  # 30 months ago was July 2027
    with make.made():
        elsewhere = make.make_district()
        for student in db.session.scalars(select(Student)):
            student.left_on = date(2027, 6, 1)
        closed, both = (make.make_staff(past.place.district, Role.ADVISOR) for _ in range(2))
        db.session.add(Membership(user_id=both.id, role=Role.ADVISOR, district_id=elsewhere.id))
        administrator = make.make_staff(past.place.district, Role.ADMINISTRATOR)
        for user in (closed, both):
            user.active, user.closed_at = False, datetime(2027, 1, 1, tzinfo=UTC)
    erased = purge()
    assert "needs" not in erased and "leavers" not in erased and erased["accounts"] == 1
    names = {user.id: user.name for user in db.session.scalars(select(User))}
    assert names[closed.id] == "" and names[both.id] != "" and names[administrator.id] != ""
    app.config["CLOCK"] = lambda: datetime(2030, 3, 2, 9, tzinfo=UTC)
    with make.made():
        first = db.session.scalars(select(Student).where(Student.external_id == "S1")).one()
        first.left_on, first.rostered = None, True
    assert purge()["leavers"] == 2
    assert count(StudentNeed) == 2 and count(StudentBirth) == 1


def test_an_account_counts_from_the_day_it_was_closed(app: Flask, past: Published) -> None:
    with make.made():
        user = make.make_staff(past.place.district, Role.ADVISOR)
    administrator = boss(past)
    with make.made():
        set_active(make.actor(administrator), past.place.district.id, user.id, False)
        assert user.closed_at is not None
        set_active(make.actor(administrator), past.place.district.id, user.id, True)
        assert user.closed_at is None


def test_a_purge_goes_on_after_a_kill_and_notes_an_error(
    app: Flask, past: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(past)
    at_night(app)
    done = services.record

    def die(*arguments: Any, **details: Any) -> None:
        done(*arguments, **details)
        if details["kind"] == "submissions":
            raise SystemExit

    monkeypatch.setattr(services, "record", die)
    with pytest.raises(SystemExit):
        purge()
    db.session.rollback()
    half = db.session.scalars(select(Purge)).one()
    assert half.ended_at is None and "submissions" not in half.erased and half.erased["letters"] == 2
    assert count(Preference) == 3 and count(Letter) == 0  # a batch is whole or not at all

    def break_(*_arguments: Any, **_details: Any) -> None:
        raise LookupError

    monkeypatch.setattr(services, "record", break_)
    while services.purge_next():
        pass
    db.session.rollback()
    broken = db.session.scalars(select(Purge)).one()
    assert broken.error == "LookupError" and broken.ended_at is not None and count(Preference) == 3
    monkeypatch.setattr(services, "record", done)
    at_night(app, days=1)
    assert purge()["submissions"] == 3 and count(Preference) == 0


def test_two_workers_erase_each_thing_once(app: Flask, past: Published) -> None:
    decide(past)
    at_night(app)
    district_id = past.place.district.id
    db.session.remove()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                while services.purge_batch(district_id):
                    pass
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not failures
    found = db.session.scalars(select(Purge)).one()
    assert found.error == "" and found.erased["submissions"] == 3 and found.erased["runs"] == 1
    said = db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == "retention.erase"))
    assert sum(details["count"] for details in said) == sum(found.erased.values())


def test_sessions_that_ended_go_after_three_months(app: Flask, past: Published, sign_in: SignIn) -> None:
    sign_in(past.place.user)
    assert count(UserSession) == 1
    at_night(app)
    purge()
    assert count(UserSession) == 0
    assert count(Signature) == 0
