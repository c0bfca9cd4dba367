"""Rating: on which words, by whom, once; what never changes; and what closed placements teach."""

from __future__ import annotations

from datetime import date, timedelta
from math import isnan

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DatabaseError

from tests import factories as make
from tests.wbl.growth_support import (
    AFTERWARDS,
    HALF_WAY,
    LAST_WEEK,
    active_chain,
    codes,
    filled,
    mentor_rates,
    student_rates,
    user_of,
    work,
)
from tests.wbl.growth_support import given as all_at
from tests.wbl.mailbox import delivered, link_in
from tests.wbl.paperwork_support import Chain, at
from wbl import clock
from wbl.agreements.models import PaperworkState
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.growth import completing, evaluating, history, lacking, links, plans, queries, site
from wbl.growth.evaluating import Given
from wbl.growth.models import (
    Evaluation,
    EvaluationDue,
    EvaluationSource,
    Moment,
    RatedBy,
    Rater,
    Rating,
    RatingLink,
    SiteRating,
)
from wbl.growth.rubrics import COMPETENCIES
from wbl.growth.sheet import sheet_of
from wbl.growth.site import Said
from wbl.placements import queries as placements
from wbl.retention import due, erasing


def test_when_a_mentor_is_asked() -> None:
    first = date(2027, 1, 11)
    assert plans.due_days(first, date(2027, 5, 28)) == {
        Moment.BASELINE: date(2027, 1, 21),
        Moment.MID: date(2027, 3, 20),
        Moment.FINAL: date(2027, 5, 21),
    }
    assert list(plans.due_days(first, first + timedelta(days=30))) == [Moment.BASELINE, Moment.FINAL]
    short = plans.due_days(first, first + timedelta(days=4))
    assert short == {Moment.BASELINE: first, Moment.FINAL: first + timedelta(days=4)}


def test_a_mentor_rates_from_a_link_on_a_phone(app: Flask, client: FlaskClient) -> None:
    chain = active_chain(app)
    work()
    work()
    due_rows = db.session.scalars(select(EvaluationDue).order_by(EvaluationDue.due_on)).all()
    assert [(one.moment, one.asked_at is not None) for one in due_rows] == [
        (Moment.BASELINE, True),
        (Moment.MID, False),
        (Moment.FINAL, False),
    ]
    mail = [one for one in delivered(app) if "Three minutes" in one["Subject"]][-1]
    assert mail["To"] == "pat@clinic.example"
    assert "Ana" not in mail.as_string()
    path = link_in(mail)
    opening = client.get(path).get_data(as_text=True)
    assert "Ana" not in opening
    assert client.post(f"{path}/answer", data=filled(chain, 3)).status_code == 302  # to the button
    assert db.session.scalar(select(func.count()).select_from(Evaluation)) == 0
    client.post(f"{path}/open")
    form = client.get(path).get_data(as_text=True)
    assert "Ana" in form
    assert form.count("<textarea") == len(codes(chain)) + 1
    missing = client.post(f"{path}/answer", data=filled(chain, 3, whole=""))
    assert missing.status_code == 400
    assert "one sentence" in missing.get_data(as_text=True)
    assert client.post(f"{path}/answer", data=filled(chain, 3, level_1="0")).status_code == 302
    assert "Thank you" in client.get(path).get_data(as_text=True)
    db.session.rollback()
    found = queries.evaluations(chain.placement_id)[0]
    assert (found.source, found.moment, found.rater.email) == (  # type: ignore[union-attr]
        EvaluationSource.LINK,
        Moment.BASELINE,
        "pat@clinic.example",
    )
    assert "communication" not in {one.code for one in found.ratings}
    assert client.post(f"{path}/answer", data=filled(chain, 5)).status_code == 409
    at(app, HALF_WAY)
    work()
    second = db.session.scalars(select(RatingLink).where(RatingLink.moment == Moment.MID)).one()
    assert second.rater_id == found.rater_id  # one person, one row
    with transaction():
        links.revoke(chain.coordinator, chain.placement_id, second.id)
    assert client.get(f"/r/{second.token}").status_code == 404


def test_a_link_opens_only_while_it_should(app: Flask) -> None:
    chain = active_chain(app)
    with transaction():
        link = links.make_by_hand(chain.coordinator, chain.placement_id, Moment.BASELINE, "Pat Reyes", "")
        token, made_at = link.token, link.created_at
    assert links.by_token(token) is not None
    assert links.by_token(token[:-1]) is None
    at(app, made_at + links.LIFETIME)
    assert links.by_token(token) is None
    at(app, made_at)
    chain.family_agrees(name=False)
    assert links.by_token(token) is None
    with pytest.raises(Conflict, match="family has not agreed"), transaction():
        links.make_by_hand(chain.coordinator, chain.placement_id, Moment.MID, "Pat Reyes", "")


def test_who_was_reminded_and_not_asked_again(app: Flask) -> None:
    chain = active_chain(app)
    work()
    at(app, clock.now() + timedelta(days=6))
    work()
    work()
    asked = [one for one in delivered(app) if "Three minutes" in one["Subject"]]
    assert len(asked) == 2
    assert link_in(asked[0]) == link_in(asked[1])
    mentor_rates(chain, Moment.BASELINE, 3)
    at(app, clock.now() + timedelta(days=20))
    work()
    assert len([one for one in delivered(app) if "Three minutes" in one["Subject"]]) == 2


def test_each_side_rates_once_and_what_was_wrong_is_set_aside(app: Flask) -> None:
    chain = active_chain(app)
    first = mentor_rates(chain, Moment.BASELINE, 2)
    student_rates(chain, Moment.BASELINE, 4)
    with pytest.raises(Conflict, match="already"):
        mentor_rates(chain, Moment.BASELINE, 5)
    with pytest.raises(DomainError, match="Say why"), transaction():
        evaluating.set_aside(chain.coordinator, chain.placement_id, first.id, " ")
    with transaction():
        evaluating.set_aside(chain.coordinator, chain.placement_id, first.id, "Meant for somebody else")
    mentor_rates(chain, Moment.BASELINE, 3)
    mentor_rates(chain, Moment.FINAL, 5, communication=0)
    placement = placements.whole(chain.placement_id)
    sheet = sheet_of(plans.items_of(placement, "en"), queries.evaluations(chain.placement_id))
    assert sheet.moments == (Moment.BASELINE, Moment.FINAL)
    row = sheet.rows[0]
    assert (row.mentor, row.student) == ((3, 5), (4, None))
    assert sheet.rows[1].mentor == (3, None)
    assert sheet.mentor_means == (3, 5)  # of what was rated both times
    assert sheet.mentor_growth == 2
    for statement in (
        "UPDATE evaluation SET rater_id = NULL",
        "UPDATE evaluation SET moment = 'mid'",
        "UPDATE rating SET level = 5",
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction() as session:
            session.execute(text(statement))
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(
            text("INSERT INTO rating (evaluation_id, code, level, evidence) VALUES (1, 'x', 6, '')")
        )


def test_what_is_refused(app: Flask) -> None:
    chain = active_chain(app)
    good = all_at(chain, 3)
    for bad in (
        Given({**good.levels, "other": 3}, whole="Seen"),
        Given({**good.levels, "teamwork": 6}, whole="Seen"),
        Given({"skill:1": 3}, whole="Seen"),
        Given(good.levels, whole=" "),
    ):
        with pytest.raises(DomainError), transaction():
            evaluating.give_own(chain.student, chain.placement_id, Moment.MID, bad)
    with make.made():
        stranger = make.actor(make.make_coordinator(make.make_district()))
        other = make.actor(make.make_student_user(make.make_student(chain.published.place.district)))
        host = make.actor(make.make_employer_user(make.make_employer(chain.published.place.district)))
    placement_id = chain.placement_id
    for forbidden in (
        lambda: evaluating.give_as_told(stranger, placement_id, Moment.MID, good, name="X Y"),
        lambda: evaluating.give_own(other, placement_id, Moment.MID, good),
        lambda: evaluating.give_by_account(host, placement_id, Moment.MID, good),
        lambda: plans.set_skills(stranger, placement_id, [{"en": "A skill"}] * 3),
        lambda: site.rate(other, placement_id, Said(1, 1, 1, 1)),
        lambda: completing.complete(stranger, placement_id, "because"),
        lambda: queries.seen_one(other, placement_id),
        lambda: queries.seen_one(host, placement_id),
    ):
        with pytest.raises(NotFound), transaction():
            forbidden()
    not_active = chain.published.placement("S2").id
    with pytest.raises(Conflict, match="not under way"), transaction():
        evaluating.give_as_told(chain.coordinator, not_active, Moment.MID, good, name="Pat Reyes")


def test_an_account_and_a_link_of_one_address_are_one_rater(app: Flask) -> None:
    chain = active_chain(app)
    with transaction():
        placement = placements.whole(chain.placement_id)
        by_account = evaluating.give_by_account(
            chain.employer, placement.id, Moment.BASELINE, all_at(chain, 3)
        )
        address = user_of(chain.employer.id).email
        by_link = links.make(placement, Moment.MID, "", address.upper())
    assert by_link.rater_id == by_account.rater_id
    first = mentor_rates(chain, Moment.MID, 3, name="  pat  REYES ")
    again = mentor_rates(chain, Moment.FINAL, 3, name="Pat Reyes")
    assert first.rater_id == again.rater_id != by_account.rater_id


def test_skills_come_from_the_posting_until_somebody_is_rated(app: Flask) -> None:
    chain = active_chain(app)
    placement = placements.whole(chain.placement_id)
    assert 3 <= len(plans.proposed_skills(placement)) <= 5
    wanted = [{"en": "Files charts", "es": "Archiva"}, {"en": "Greets patients"}, {"en": "Cleans rooms"}]
    with pytest.raises(DomainError, match="three to five"), transaction():
        plans.set_skills(chain.coordinator, chain.placement_id, wanted[:2])
    with transaction():
        plans.set_skills(chain.coordinator, chain.placement_id, wanted)
    assert codes(chain)[-3:] == ["skill:1", "skill:2", "skill:3"]
    spanish = plans.items_of(placement, "es")
    assert [one.name for one in spanish[-3:]] == ["Archiva", "Greets patients", "Cleans rooms"]
    mentor_rates(chain, Moment.BASELINE, 3)
    with pytest.raises(Conflict, match="stay until the end"), transaction():
        plans.set_skills(chain.coordinator, chain.placement_id, wanted)


def test_a_placement_is_completed_with_its_final_evaluation(app: Flask) -> None:
    chain = active_chain(app, LAST_WEEK)
    mentor_rates(chain, Moment.FINAL, 4)
    with pytest.raises(Conflict, match="still to come"), transaction():
        completing.complete(chain.coordinator, chain.placement_id)
    assert queries.waiting(chain.coordinator).to_complete == 0
    at(app, AFTERWARDS)
    assert queries.waiting(chain.coordinator).to_complete == 1
    with transaction():
        completing.complete(chain.coordinator, chain.placement_id)
    assert chain.paperwork.state is PaperworkState.COMPLETED
    assert queries.waiting(chain.coordinator).to_complete == 0
    with pytest.raises(Conflict, match="Only an active"), transaction():
        completing.complete(chain.coordinator, chain.placement_id)
    student_rates(chain, Moment.FINAL, 4)  # late, and still welcome


def test_without_a_final_evaluation_somebody_says_why(app: Flask) -> None:
    chain = active_chain(app, AFTERWARDS)
    with pytest.raises(DomainError, match="final evaluation"), transaction():
        completing.complete(chain.coordinator, chain.placement_id)
    with transaction():
        completing.complete(chain.coordinator, chain.placement_id, "The clinic has closed")
    assert chain.paperwork.state is PaperworkState.COMPLETED


def close(chain: Chain) -> None:
    with transaction():
        completing.complete(chain.coordinator, chain.placement_id, "not needed")


def test_closed_placements_as_the_engine_learns_from_them(app: Flask) -> None:
    chain = active_chain(app)
    district_id = chain.published.place.district.id
    assert len(history.closed(district_id).history) == 0
    mentor_rates(chain, Moment.BASELINE, 2, workplace=0)
    mentor_rates(chain, Moment.MID, 2)
    at(app, AFTERWARDS)
    mentor_rates(chain, Moment.FINAL, 3, teamwork=5)
    student_rates(chain, Moment.FINAL, 5)
    with transaction():
        site.rate(chain.student, chain.placement_id, Said(learned=5, supported=4, safe=4, again=2))
    close(chain)
    found = history.closed(district_id)
    items = len(codes(chain))
    table = found.history
    placement = placements.whole(chain.placement_id)
    assert found.placements == (placement.id,)
    assert found.rounds == (placement.round_id,)
    assert found.sites == (("site", placement.offering.opportunity.site_id),)
    # Of the items of both; workplace was not seen at first.
    assert table.growth[0] == pytest.approx((items - 2 + 3) / (items - 1))
    assert table.completed[0] == 1
    assert table.rating[0] == 3.75
    assert isnan(table.hours_kept[0])
    assert table.minutes[0] == placement.travel_minutes
    part = placement.explanation["placed"][0]["parts"]
    assert (table.preference[0], table.interest[0]) == (part["preference"][0], part["interest"][0])
    assert found.raters == (db.session.scalars(select(Rater.id)).one(),)
    assert (table.site[0], table.rater[0], table.sites, table.raters) == (0, 0, 1, 1)
    assert 0 < table.outcome()[0] < 1
    assert history.closed(district_id, {placement.id: 0.9}).history.hours_kept[0] == 0.9
    assert lacking.still_to_learn([placement.student_id]) == {placement.student_id: []}


def test_growth_of_two_raters_is_nobodys_leniency(app: Flask) -> None:
    chain = active_chain(app, AFTERWARDS)
    mentor_rates(chain, Moment.BASELINE, 2, communication=1)
    mentor_rates(chain, Moment.FINAL, 2, name="Sam Ortiz", attendance=4)
    found = history.growth_of(queries.evaluations(chain.placement_id))
    assert found.rater_id is None
    assert found.points > 0
    student_id = chain.published.placement("S1").student_id
    assert lacking.still_to_learn([student_id])[student_id] == list(COMPETENCIES[1:])
    with transaction() as session:
        session.execute(delete(Rating))
    assert isnan(history.growth_of(queries.evaluations(chain.placement_id)).points)


def test_what_a_student_says_of_a_site_is_for_the_coordinator_alone(app: Flask) -> None:
    chain = active_chain(app)
    with pytest.raises(DomainError), transaction():
        site.rate(chain.student, chain.placement_id, Said(0, 5, 5, 5))
    with transaction():
        site.rate(chain.student, chain.placement_id, Said(4, 4, 2, 3, "The ladder shakes"))
    assert queries.waiting(chain.coordinator).unsafe == 1
    assert queries.site_rating(chain.employer, chain.placement_id) is None
    assert queries.site_rating(chain.coordinator, chain.placement_id) is not None
    with transaction():
        site.mark_seen(chain.coordinator, chain.placement_id)
    assert queries.waiting(chain.coordinator).unsafe == 0
    with transaction():
        site.rate(chain.student, chain.placement_id, Said(4, 4, 1, 3))
    assert queries.waiting(chain.coordinator).unsafe == 1  # said again, so looked at again


def test_retention_erases_the_words_and_keeps_the_levels(app: Flask) -> None:
    chain = active_chain(app)
    mentor_rates(chain, Moment.BASELINE, 3)
    with transaction():
        site.rate(chain.student, chain.placement_id, Said(4, 4, 4, 4, "Good"))
    ids = due.growth(chain.published.place.district.id, date(2030, 1, 1))
    assert db.session.scalars(ids).all() == [chain.placement_id]
    with transaction():
        erasing.growth([chain.placement_id])
    assert db.session.scalars(ids).all() == []
    assert db.session.scalar(select(func.count()).select_from(SiteRating)) == 0
    found = queries.evaluations(chain.placement_id)[0]
    assert (found.evidence, found.ratings[0].level, found.rated_by) == ("", 3, RatedBy.MENTOR)
