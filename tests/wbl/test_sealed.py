"""The reason of a sealed decision never leaves its permission."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.published import NEAR, solve_again, solved_place
from tests.wbl.rounds_support import bring_in, small_folder
from wbl.accounts.models import User
from wbl.accounts.services import set_sealed_reader
from wbl.audit.models import AuditEvent, Reason
from wbl.db import db, transaction
from wbl.errors import DomainError, NotAllowed
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds import services
from wbl.rounds.exports import full_export
from wbl.rounds.models import Explanation, Pin, RunArchive, SealedReason
from wbl.rounds.snapshot import snapshot

SECRET = "Her uncle Osgood works there; see the order of 3 March."


@pytest.mark.slow
def test_a_sealed_reason_is_read_with_its_permission_alone(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    place, _run = solved_place()
    submission = db.session.scalars(
        select(Submission.id).join(Student).where(Student.external_id == "S2")
    ).one()
    offering = db.session.scalars(
        select(Offering.id).join(Opportunity).where(Opportunity.external_id == "CLINIC")
    ).one()
    with make.made():
        colleague = make.make_coordinator(place.district)
        foreign = make.make_coordinator(make.make_district())
    author, reader = app.test_client(), app.test_client()
    sign_in(place.user, author)
    form = {"decision": "forbid", "offering": str(offering), "reason": SECRET, "sealed": "y"}
    url = f"/rounds/{place.round_id}/students/{submission}/pin"
    assert author.post(url, data={**form, "decision": "require"}).status_code in (409, 422)
    assert author.post(url, data=form).status_code == 302
    pin = db.session.scalars(select(Pin)).one()
    assert pin.sealed and pin.reason_id is None
    db.session.rollback()
    number = solve_again(place)
    # Everything that shows, exports or stores a reason.
    pages = [
        f"/rounds/{place.round_id}/pins",
        f"/rounds/{place.round_id}/runs/2",
        f"/rounds/{place.round_id}/runs/2/students/{submission}",
        "/record/",
    ]
    for page in pages:
        shown = author.get(page)
        assert shown.status_code == 200
        assert "Osgood" not in shown.get_data(as_text=True), page
    with transaction():
        exported = full_export(place.actor, place.round_id)
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert any(name.endswith("pins.csv") for name in files)
    assert all(b"Osgood" not in data for data in files.values())
    assert all(b"Osgood" not in data for data in snapshot(place.round).values())
    stored = db.session.get_one(RunArchive, number)
    assert b"Osgood" not in (stored.profiles or b"") + stored.pairs + stored.results
    assert all("Osgood" not in str(row) for row in db.session.scalars(select(Explanation.record)))
    assert all("Osgood" not in text for text in db.session.scalars(select(Reason.text)))
    assert all("Osgood" not in str(row) for row in db.session.scalars(select(AuditEvent.details)))
    # Only with the permission, and that goes on record.
    opening = f"/rounds/{place.round_id}/pins/{pin.id}/sealed"
    assert author.post(opening).status_code == 403
    with transaction():
        for user in (colleague, foreign):
            again = db.session.get_one(User, user.id)
            set_sealed_reader(place.actor, again, again.memberships[0].district_id or 0, may=True)
    stranger = app.test_client()
    sign_in(foreign, stranger)
    assert stranger.post(opening).status_code == 404
    sign_in(colleague, reader)
    assert "Open the reason" in reader.get(pages[0]).get_data(as_text=True)
    assert "Osgood" not in reader.get(pages[0]).get_data(as_text=True)
    assert reader.get(opening).status_code == 405
    opened = reader.post(opening)
    assert "Osgood" in opened.get_data(as_text=True)
    assert opened.headers["Cache-Control"] == "no-store"
    actions = list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions[-1] == "pin.unseal"
    with transaction():
        set_sealed_reader(place.actor, db.session.get_one(User, colleague.id), place.district.id, may=False)
    assert reader.post(opening).status_code == 403


def test_no_import_and_no_colleague_takes_a_sealed_decision_away(app: Flask) -> None:
    place, _run = solved_place()
    submission = db.session.scalars(
        select(Submission.id).join(Student).where(Student.external_id == "S2")
    ).one()
    offering = db.session.scalars(
        select(Offering.id).join(Opportunity).where(Opportunity.external_id == "CLINIC")
    ).one()
    with pytest.raises(DomainError), transaction():
        services.add_pin(
            place.actor, place.round_id, submission, offering, decision="require", reason=SECRET, sealed=True
        )
    with transaction():
        pin = services.add_pin(
            place.actor, place.round_id, submission, offering, decision="forbid", reason=SECRET, sealed=True
        ).id
    assert db.session.get_one(SealedReason, pin).text == SECRET
    bring_in(
        place,
        small_folder(
            students=NEAR, pins="student_id,opportunity_id,decision,reason\nS2,CLINIC,require,why not\n"
        ),
    )
    standing = db.session.scalars(select(Pin).where(Pin.removed_at.is_(None))).all()
    assert [(row.id, row.decision.value) for row in standing] == [(pin, "forbid")]
    with make.made():
        colleague = make.actor(make.make_coordinator(place.district))
    with pytest.raises(NotAllowed), transaction():
        services.remove_pin(colleague, place.round_id, pin)
    with transaction():
        services.remove_pin(place.actor, place.round_id, pin)  # who made it may
    assert db.session.scalars(select(Pin).where(Pin.removed_at.is_(None))).all() == []
