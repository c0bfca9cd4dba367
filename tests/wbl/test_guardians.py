"""Who may sign for a student and who may be told: a record per person, which everything keeps to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.family_support import YES, opened, read_in
from tests.wbl.published import NEAR, Published, published_again, published_place
from tests.wbl.rounds_support import GUARDIANS, bring_in, small_folder
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import DomainError, NotFound
from wbl.guardians import services
from wbl.guardians.services import Authority, Contact
from wbl.jobs.worker import work_on_next_item
from wbl.letters.models import Letter, LetterState
from wbl.people.models import Guardian, Standing
from wbl.people.reaching import reachable
from wbl.placements import consents, link_queries, links, queries
from wbl.placements.models import FamilyLink

RESTRICTED = Authority(standing=Standing.RESTRICTED)
FOSTER = Authority(standing=Standing.FOSTER_PARENT, may_sign=True, may_receive=True)


def settle(published: Published, name: str, wanted: Authority) -> Guardian:
    found = published.guardian(name)
    with transaction():
        return services.settle(published.place.actor, found.student_id, found.id, wanted)


def mailed(app: Flask) -> set[str]:
    found = set()
    for path in Path(app.config["MAIL_FOLDER"]).glob("*.eml"):
        found.add(next(line for line in path.read_text().splitlines() if line.startswith("To:"))[4:])
    return found


@pytest.mark.slow
def test_a_restricted_contact_receives_nothing(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    settle(published, "Rosa Castillo", RESTRICTED)
    assert client.get(f"/f/{token}").status_code == 404
    assert client.get(f"/f/{token}/letter.pdf").status_code == 404
    assert client.post(f"/f/{token}/answers", data=read_in("es")).status_code == 404
    rosa = published.guardian("Rosa Castillo")
    assert [link.revoked_at is None for link in link_queries.of_placement(published.placement("S1"))] == [
        False
    ]
    with pytest.raises(DomainError), transaction():
        links.make(published.place.actor, published.placement("S1").id, rosa.id)
    with pytest.raises(DomainError), transaction():
        answers = dict.fromkeys(consents.fields_of(published.placement("S1")), True)
        consents.record_paper(published.place.actor, published.placement("S1").id, answers, rosa.id)
    while work_on_next_item():
        pass
    assert mailed(app) == {"mia@home.example"}
    states = {row.placement.student.external_id: row.state for row in db.session.scalars(select(Letter))}
    assert states == {"S1": LetterState.HELD, "S2": LetterState.WRITTEN}
    # An import cannot undo it: not by the same name, nor by another spelling of the same person.
    again = GUARDIANS.replace(
        "S1,Luis Castillo,father,,,es,no,no",
        "S1,ROSA  Castillo,mother,,,es,yes,yes\nS1,Rosalia Ruiz,mother,Rosa@home.example,,es,yes,yes",
    )
    with make.made():
        another = replace(published.place, round_id=make.make_round(published.place.district).id)
    bring_in(another, small_folder(students=NEAR, guardians=again))
    people = db.session.scalars(
        select(Guardian).where(Guardian.student_id == rosa.student_id).order_by(Guardian.id)
    ).all()
    assert [person.standing for person in people if person.name != "Luis Castillo"] == [
        Standing.RESTRICTED
    ] * 3
    assert not any(person.may_receive or person.may_sign for person in people)
    bring_in(
        another,
        small_folder(
            students=NEAR, guardians="student_id,name,relation,email,phone,language,may_sign,may_receive\n"
        ),
    )
    assert published.guardian("Rosa Castillo").standing is Standing.RESTRICTED
    # Nor does a new publication tell them anything.
    later = published_again(published)
    told = db.session.scalars(
        select(FamilyLink.guardian_id).where(FamilyLink.placement_id == later.placement("S1").id)
    ).all()
    assert told == []


def test_mail_to_an_address_that_somebody_restricted_reads_too_goes_nowhere(app: Flask) -> None:
    shared = GUARDIANS.replace("Luis Castillo,father,,", "Luis Castillo,father,ROSA@home.example,")
    published = published_place(guardians=shared)
    settle(published, "Luis Castillo", RESTRICTED)
    while work_on_next_item():
        pass
    assert mailed(app) == {"mia@home.example"}


def test_a_field_with_two_addresses_reaches_neither(app: Flask) -> None:
    """As a student information system may write them: one of the two may be somebody restricted."""
    published = published_place()
    settle(published, "Luis Castillo", RESTRICTED)
    with make.made():
        published.guardian("Rosa Castillo").email = "rosa@home.example, luis@home.example"
        published.guardian("Luis Castillo").email = "luis@home.example; all@home.example"
        student = published.placement("S1").student
        assert reachable(student, "all@home.example") == ""
        assert reachable(student, " rosa@home.example ") == "rosa@home.example"
    while work_on_next_item():
        pass
    assert mailed(app) == {"mia@home.example"}


def test_outside_its_dates_a_record_gives_no_right(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    settle(
        published,
        "Rosa Castillo",
        replace(FOSTER, valid_from=date(2027, 1, 10), valid_until=date(2027, 3, 31)),
    )
    placement = published.placement("S1")
    for moment, may in (
        (datetime(2027, 1, 10, 5, 59, tzinfo=UTC), False),  # 23:59 of the day before, in Chicago
        (datetime(2027, 1, 10, 6, 1, tzinfo=UTC), True),
        (datetime(2027, 4, 1, 4, 59, tzinfo=UTC), True),
        (datetime(2027, 4, 1, 5, 1, tzinfo=UTC), False),
    ):
        app.config["CLOCK"] = lambda moment=moment: moment
        assert client.get(f"/f/{token}").status_code == (200 if may else 404), moment
        db.session.rollback()
        assert bool(consents.signers(placement)) is may


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(RESTRICTED, may_receive=True), "standing"),
        (replace(RESTRICTED, valid_until=date(2030, 1, 1)), "valid_until"),
        (replace(FOSTER, may_receive=False), "may_receive"),
        (replace(FOSTER, standing=Standing.OTHER), "may_sign"),
        (replace(FOSTER, standing=Standing.COURT_GUARDIAN), "order_seen_on"),
        (replace(FOSTER, standing=Standing.DECISION_MAKER), "order_seen_on"),
        (replace(FOSTER, valid_from=date(2027, 2, 1), valid_until=date(2027, 1, 1)), "valid_until"),
    ],
)
def test_a_record_does_not_contradict_itself(app: Flask, wanted: Authority, field: str) -> None:
    with make.made():
        coordinator = make.make_coordinator(district := make.make_district())
        guardian = make.make_guardian(make.make_student(district))
    with pytest.raises(DomainError) as refused, transaction():
        services.settle(make.actor(coordinator), guardian.student_id, guardian.id, wanted)
    assert refused.value.field == field


def test_coordinators_settle_and_add_and_others_do_not(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    with make.made():
        district = make.make_district()
        student = make.make_student(district)
        guardian = make.make_guardian(student, name="Iris Vale")
        ours, theirs = make.make_coordinator(district), make.make_coordinator(make.make_district())
    base = f"/students/{student.id}/guardians"
    browser, stranger = app.test_client(), app.test_client()
    sign_in(ours, browser)
    sign_in(theirs, stranger)
    form = {"standing": "foster_parent", "may_sign": "y", "may_receive": "y", "valid_until": "2027-06-30"}
    for url in (base, f"{base}/new", f"{base}/{guardian.id}"):
        assert stranger.get(url).status_code == 404
    for url in (f"{base}/new", f"{base}/{guardian.id}", f"/students/{student.id}/youth-authority"):
        assert stranger.post(url, data={**form, "name": "Eve"}).status_code == 404
    assert "as the roster says" in browser.get(base).get_data(as_text=True)
    assert browser.post(f"{base}/{guardian.id}", data={}).status_code == 422
    assert browser.post(f"{base}/{guardian.id}", data={**form, "valid_until": "June"}).status_code == 422
    court = {**form, "standing": "court_guardian"}
    assert browser.post(f"{base}/{guardian.id}", data=court).status_code == 422
    assert (
        browser.post(f"{base}/{guardian.id}", data={**court, "order_seen_on": "2026-11-02"}).status_code
        == 302
    )
    assert browser.post(f"{base}/new", data=form).status_code == 422  # no name
    added = {**form, "name": "Sol Reyes", "language": "zh-Hans", "email": "sol@home.example"}
    assert browser.post(f"{base}/new", data=added).status_code == 302
    page = browser.get(base).get_data(as_text=True)
    assert "Guardian with a court order" in page and "Sol Reyes" in page and "Foster parent" in page
    db.session.rollback()
    sol = db.session.scalars(select(Guardian).where(Guardian.name == "Sol Reyes")).one()
    assert (sol.language, sol.may_sign, sol.valid_until, sol.settled_by) == (
        "zh-Hans",
        True,
        date(2027, 6, 30),
        ours.id,
    )
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action.like("guardian.%"))).all()
    assert [row.action for row in rows] == ["guardian.settle", "guardian.add"]
    assert all("Sol" not in str(row.details) and "Iris" not in str(row.details) for row in rows)
    app.config["WTF_CSRF_ENABLED"] = True
    assert browser.post(f"{base}/{guardian.id}", data=form).status_code == 400
    assert browser.post(f"/students/{student.id}/youth-authority/end").status_code == 400


def test_services_know_their_district(app: Flask) -> None:
    with make.made():
        guardian = make.make_guardian(make.make_student(make.make_district()))
        stranger = make.actor(make.make_coordinator(make.make_district()))
    with pytest.raises(NotFound), transaction():
        services.settle(stranger, guardian.student_id, guardian.id, FOSTER)
    with pytest.raises(NotFound), transaction():
        services.add(stranger, guardian.student_id, Contact("Eve"), FOSTER)
    with pytest.raises(NotFound), transaction():
        services.let_sign_alone(stranger, guardian.student_id, None, None)
    with pytest.raises(NotFound), transaction():
        services.end_signing_alone(stranger, guardian.student_id)


def test_an_unaccompanied_youth_signs_alone(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    placement = published.placement("S1")
    base = f"/students/{placement.student_id}"
    coordinator = app.test_client()
    sign_in(published.place.user, coordinator)
    with pytest.raises(DomainError), transaction():
        links.make(published.place.actor, placement.id, None)
    assert coordinator.post(f"{base}/youth-authority", data={"valid_until": "2027-05-31"}).status_code == 302
    assert "signs alone" in coordinator.get(f"{base}/guardians").get_data(as_text=True)
    made = {"guardian": "student"}
    assert coordinator.post(f"/placements/{placement.id}/links", data=made).status_code == 302
    mother, own = published.token("Rosa Castillo"), published.token(None, "S1")
    assert 'type="radio"' not in opened(client, mother)
    assert client.post(f"/f/{mother}/answers", data=read_in("es")).status_code == 403
    browser = app.test_client()
    assert 'type="radio"' in opened(browser, own)
    assert browser.post(f"/f/{own}/answers", data={**YES, "read_in": "es"}).status_code == 302
    assert queries.answered([placement.id]) == {placement.id}
    later = published_again(published)
    recipients = db.session.scalars(
        select(FamilyLink.guardian_id)
        .where(FamilyLink.placement_id == later.placement("S1").id)
        .order_by(FamilyLink.id)
    ).all()
    assert recipients == [None, published.guardian("Rosa Castillo").id]  # who decides comes first
    assert coordinator.post(f"{base}/youth-authority/end").status_code == 302
    db.session.rollback()
    assert not queries.student_decides(published.placement("S1"))
    recorded = select(AuditEvent.action).where(AuditEvent.action.like("youth.%")).order_by(AuditEvent.id)
    actions = list(db.session.scalars(recorded))
    assert actions == ["youth.sign_alone", "youth.end"]
