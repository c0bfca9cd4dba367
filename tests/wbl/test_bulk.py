"""Many rows at once, and back: pairs that are required or forbidden, letters that were handed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import NEAR, published_place, solved_place
from tests.wbl.rounds_support import bring_in, make_place, small_folder
from wbl import clock
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.interests.models import Submission
from wbl.jobs.worker import drain
from wbl.letters.giving import given
from wbl.letters.models import Letter, LetterGiven
from wbl.people.models import Student
from wbl.rounds.models import CollectMark, Pin, Proposal

Browser = Callable[..., FlaskClient]


def test_pairs_are_forbidden_by_list_and_taken_back(
    app: Flask, client: FlaskClient, sign_in: Browser
) -> None:
    place, run_id = solved_place()
    pairs = [
        f"{one.submission_id}:{one.offering_id}"
        for one in db.session.scalars(select(Proposal).where(Proposal.run_id == run_id))
    ]
    sign_in(place.user)
    run = f"/rounds/{place.round_id}/runs/1"
    assert client.get(run).text.count('name="pair"') == len(pairs) == 2
    address = f"{run}/pins"
    reason = "The site closes in spring"
    for wrong in ({}, {"pair": pairs, "decision": "forbid"}, {"pair": pairs, "reason": reason}):
        assert client.post(address, data=wrong).status_code == 400, wrong
    odd = [*pairs, "1", "x:y", "999999:1"]
    answer = client.post(address, data={"pair": odd, "decision": "forbid", "reason": reason})
    page = client.get(answer.location).text
    assert "2 pairs are decided." in page and reason in page and "Undo" in page
    again = client.post(address, data={"pair": pairs, "decision": "require", "reason": reason})
    assert again.status_code == 400, "they are decided already"
    action = int(answer.location.rsplit("done=", 1)[1])
    back = client.post(f"/actions/{action}/undo")
    assert "Taken back." in client.get(back.location).text
    assert all(pin.removed_at for pin in db.session.scalars(select(Pin)))
    required = client.post(address, data={"pair": pairs, "decision": "require", "reason": reason})
    assert required.status_code == 302
    standing = db.session.scalars(select(Pin).where(Pin.removed_at.is_(None))).all()
    assert [pin.decision for pin in standing] == ["require", "require"]
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("pin.%"))))
    assert sorted(actions) == ["pin.forbid"] * 2 + ["pin.require"] * 2
    stranger = sign_in(make_place().user, app.test_client())
    assert stranger.post(address, data={"pair": pairs}).status_code == 404


def test_letters_are_noted_as_handed_over_and_taken_back(
    app: Flask, client: FlaskClient, sign_in: Browser
) -> None:
    published = published_place(letters=True)
    place = published.place
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/letters"
    ana, benny = published.placement("S1").id, published.placement("S2").id
    assert client.post(f"{address}/given", data={}).status_code == 400
    answer = client.post(f"{address}/given", data={"placement": ana})
    page = client.get(answer.location).text
    assert "1 letter is noted as handed over." in page
    rest = client.post(f"{address}/given", data={"placement": [ana, benny]})
    assert "1 is noted already" in client.get(rest.location).text
    assert set(given([ana, benny])) == {ana, benny}
    action = int(rest.location.rsplit("done=", 1)[1])
    client.post(f"/actions/{action}/undo")
    assert set(given([ana, benny])) == {ana}, "the earlier one stays"
    assert db.session.scalars(select(LetterGiven.placement_id)).all() == [ana]

    app.config["CLOCK"] = lambda: datetime.now(UTC) + timedelta(hours=1)
    client.post(address)
    drain()
    assert given([ana]) == {}, "a letter that is written again has not been handed over"
    assert len(db.session.scalars(select(Letter)).all()) == 2
    stranger = sign_in(make_place().user, app.test_client())
    assert stranger.post(f"{address}/given", data={"placement": ana}).status_code == 404


def test_who_answers_on_paper_or_does_not_take_part_is_marked_and_taken_back(
    app: Flask, client: FlaskClient, sign_in: Browser
) -> None:
    place = make_place()
    bring_in(place, small_folder(students=NEAR))
    with make.made():
        pupil = make.make_student(place.district, email="p@pupils.example", external_id="PUPIL")
        mail = make.make_student(place.district, email="m@pupils.example", external_id="MAIL")
        user = make.make_student_user(pupil)
        moment = clock.now()
        open_round = place.round
        open_round.opens_at, open_round.closes_at = moment - timedelta(days=1), moment + timedelta(days=9)
    ana = db.session.scalars(select(Student).where(Student.external_id == "S1")).one()
    part = db.session.scalars(select(Submission).where(Submission.student_id == ana.id)).one()
    sign_in(place.user)
    here = f"/rounds/{place.round_id}/collect"
    assert client.post(f"{here}/paper", data={}).status_code == 400
    # Whoever came with the files has nothing to hand in on paper.
    answer = client.post(f"{here}/paper", data={"student": [pupil.id, mail.id, ana.id]})
    page = client.get(answer.location).text
    assert "2 students answer on paper" in page and "Left out: 1 has submitted." in page
    assert client.post(f"{here}/nudge", data={"whole": "yes"}).status_code == 400  # no mail goes to them
    assert client.get(f"{here}?progress=on_paper").text.count("answers on paper") >= 2

    out = client.post(f"{here}/out", data={"student": [pupil.id, ana.id, 999999]})
    assert "2 students do not take part any more." in client.get(out.location).text
    assert client.post(f"{here}/out", data={"student": [pupil.id]}).status_code == 400
    assert not db.session.get_one(Submission, part.id, populate_existing=True).active
    # Who begins after all takes part.
    sign_in(user, app.test_client()).post(f"/my-rounds/{place.round_id}/begin")
    action = int(out.location.rsplit("done=", 1)[1])
    back = client.post(f"/actions/{action}/undo")
    assert "1 was taken back." in client.get(back.location).text
    assert db.session.get_one(Submission, part.id, populate_existing=True).active
    marks = db.session.scalars(select(CollectMark.student_id)).all()
    assert list(marks) == [mail.id]
    stranger = sign_in(make_place().user, app.test_client())
    assert stranger.post(f"{here}/out", data={"student": [ana.id]}).status_code == 404


def test_nothing_is_marked_once_the_round_is_published(
    app: Flask, client: FlaskClient, sign_in: Browser
) -> None:
    published = published_place()
    student = published.placement("S1").student_id
    sign_in(published.place.user)
    here = f"/rounds/{published.place.round_id}/collect"
    assert client.post(f"{here}/out", data={"student": [student]}).status_code == 409
    assert 'name="student"' not in client.get(here).text
