"""The record of incidents: kept, corrected with what was there, closed with an answer, printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.safety_support import Safe, make_safe, student
from tests.wbl.test_safety import NOON, others
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.safety.models import Incident, IncidentVersion, Reported

Browser = Callable[..., FlaskClient]
KEPT = {
    "on": "2027-02-01",
    "at": "09:30",
    "place": "The loading dock",
    "what": "A box fell from the shelf.",
    "injury": "A bruise on the left hand.",
    "treatment": "Ice, by the nurse of the clinic.",
    "guardian_who": "Rosa Castillo, by phone, by the counselor",
    "guardian_on": "2027-02-01",
    "guardian_at": "10:05",
    "osha": "not_needed",
    "workers_comp": "no",
    "follow_up": "Boxes stand below the shoulder now.",
}


@pytest.fixture
def safe(app: Flask) -> Safe:
    app.config["CLOCK"] = lambda: NOON
    return make_safe()


def keep(browser: FlaskClient, safe: Safe, **changes: str) -> int:
    ana = student(safe.published, "S1").id
    answer = browser.post(
        f"/safety/incidents/new/{ana}", data={**KEPT, "placement": str(safe.placement_id), **changes}
    )
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def test_it_is_kept_corrected_and_closed(safe: Safe, sign_in: Browser) -> None:
    browser = sign_in(safe.counselor)
    assert "Ana Castillo" in browser.get("/safety/incidents/new?q=castillo").text
    incident_id = keep(browser, safe)
    path = f"/safety/incidents/{incident_id}"
    page = unescape(browser.get(path).text)
    for words in (
        "The loading dock",
        "A box fell",
        "bruise",
        "Ice, by",
        "Rosa Castillo",
        "Clinic aide, Bayou Clinic",
    ):
        assert words in page, words
    assert "February 1, 2027, 9:30" in page and "10:05" in page and "Still to be reported" in page
    # Not while something is to be reported, nor without an answer.
    assert browser.post(path, data={"answer": "All is well again."}).status_code == 422
    correct = f"{path}/correct"
    assert browser.post(correct, data={**KEPT, "why": "x"}).status_code == 422
    assert browser.post(correct, data={**KEPT, "why": "Reported on Tuesday"}).status_code == 422, (
        "nothing changed"
    )
    better = {
        **KEPT,
        "workers_comp": "yes",
        "injury": "A broken finger of the left hand.",
        "why": "The X-ray came",
    }
    assert browser.post(correct, data=better).location == path
    page = unescape(browser.get(path).text)
    assert page.index("broken finger") < page.index("What stood here before") < page.index("A bruise on")
    assert "The X-ray came" in page
    assert browser.post(path, data={"answer": " "}).status_code == 422
    assert browser.post(path, data={"answer": "The shelf is lower; she is back."}).location == path
    assert "The shelf is lower" in browser.get(path).text
    assert browser.post(path, data={"answer": "And closed once more."}).status_code == 422
    assert browser.post(f"{path}/reopen").location == path
    db.session.rollback()
    found = db.session.get_one(Incident, incident_id)
    assert found.closed_at is None and [one.number for one in found.versions] == [1, 2]
    first = found.versions[0]
    assert (first.injury, first.workers_comp) == ("A bruise on the left hand.", Reported.NO)
    assert first.happened_at == datetime(2027, 2, 1, 15, 30, tzinfo=UTC)
    assert first.guardian_told_at == datetime(2027, 2, 1, 16, 5, tzinfo=UTC)
    actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("incident.%"))))
    assert actions == {"incident.keep", "incident.correct", "incident.close", "incident.reopen"}


def test_each_reading_is_on_record(safe: Safe, app: Flask, sign_in: Browser) -> None:
    incident_id = keep(sign_in(safe.counselor), safe)
    path, browser = f"/safety/incidents/{incident_id}", sign_in(safe.coordinator)
    better = {**KEPT, "injury": "A broken finger.", "why": "The X-ray came"}
    for text in (browser.get(path).text, browser.get(f"{path}/correct").text):
        assert "Open and read" in text and "Castillo" not in text and "bruise" not in text
    for to, data in ((path, {"answer": "The shelf is lower."}), (f"{path}/reopen", {})):
        assert browser.post(to, data=data).status_code == 409, to
    refused = browser.post(f"{path}/correct", data=better)
    assert refused.status_code == 422 and "A broken finger." in refused.text, "what was typed stays"
    assert "bruise" not in refused.text

    readings = select(AuditEvent.actor_id).where(AuditEvent.action == "incident.read")
    assert db.session.scalars(readings).all() == []
    assert "bruise" in browser.post(f"{path}/open", follow_redirects=True).text
    assert "bruise" in browser.get(path).text and "bruise" in browser.get(f"{path}/correct").text
    assert db.session.scalars(readings).all() == [safe.coordinator.id]
    # Whoever wrote it down has read it; after half an hour it is closed to both.
    assert "bruise" in sign_in(safe.counselor).get(path).text
    app.config["CLOCK"] = lambda: NOON + timedelta(minutes=31)
    for user in (safe.counselor, safe.coordinator):
        assert "bruise" not in sign_in(user).get(path).text
    assert browser.post(f"{path}/open").location == path
    assert len(db.session.scalars(readings).all()) == 2


def test_what_is_missing_is_asked_for(safe: Safe, sign_in: Browser) -> None:
    browser = sign_in(safe.coordinator)
    ana, benny = student(safe.published, "S1").id, safe.published.placement("S2").id
    path = f"/safety/incidents/new/{ana}"
    for wrong, said in (
        ({"place": ""}, "Say where it happened."),
        ({"what": ""}, "Say what happened."),
        ({"on": "2027-02-02"}, "still to come"),
        ({"on": "2026-03-08", "at": "02:30"}, "Clocks skip"),
        ({"guardian_at": ""}, "Enter the day and the time."),
        ({"guardian_who": ""}, "Say who was told"),
        ({"guardian_on": "2027-02-03"}, "still to come"),
        ({"osha": "perhaps"}, "Not a valid choice"),
        ({"placement": str(benny)}, "Choose one of the student"),
    ):
        answer = browser.post(path, data={**KEPT, **wrong})
        assert answer.status_code == 422 and said in unescape(answer.text), (wrong, said)
        assert "A bruise on the left hand." in answer.text, "what was typed stays"
    assert db.session.scalar(select(func.count(IncidentVersion.id))) == 0
    assert keep(browser, safe, placement="")


def test_nobody_else_reads_or_keeps(safe: Safe, sign_in: Browser) -> None:
    incident_id = keep(sign_in(safe.coordinator), safe)
    ana = student(safe.published, "S1").id
    with make.made():
        people = others(safe)
    for name, user in people.items():
        browser = sign_in(user)
        for path, method in (
            (f"/safety/incidents/{incident_id}", "GET"),
            (f"/safety/incidents/{incident_id}", "POST"),
            (f"/safety/incidents/{incident_id}/open", "POST"),
            (f"/safety/incidents/{incident_id}/correct", "GET"),
            (f"/safety/incidents/{incident_id}/reopen", "POST"),
            (f"/safety/incidents/new/{ana}", "GET"),
        ):
            assert browser.open(path, method=method).status_code in (403, 404), (name, path)
        assert "Castillo" not in browser.get("/safety/incidents").text, name
        assert "Castillo" not in browser.get("/safety/incidents/new?q=zzcastillo").text, name
