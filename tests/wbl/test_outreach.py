"""The pipeline of a district: stages, notes, prospects from a file, hosts asked again, links on the phone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.postings_support import make_kitchen, newest, state_of, write_posting
from tests.wbl.published import published_place
from wbl.accounts.models import Invitation
from wbl.db import db, transaction
from wbl.employers.models import Employer, Outreach, OutreachNote, OutreachStage
from wbl.jobs.worker import work_on_next_item
from wbl.opportunities.models import Opportunity, OpportunityState, Posting, PostingLink
from wbl.rounds import services as rounds

SignIn = Callable[..., FlaskClient]
CSV = """\
name,contact_name,contact_email,city
Cedar Street Vet,Robin Teller,robin@cedar.example,Levee
Lantern Theater,Ida Moss,,Levee
Bayou Clinic,Pat Reyes,pat@clinic.example,Levee
"""


def send(browser: FlaskClient, district_id: int, text: str) -> object:
    data = {"district": district_id, "file": (io.BytesIO(text.encode()), "prospects.csv")}
    return browser.post("/employers/outreach/import", data=data, content_type="multipart/form-data")


def test_prospects_come_from_a_file_and_are_invited(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    office = sign_in(kitchen.place.user)
    district_id = kitchen.place.district.id
    faulty = "name,contact_email,phone\nA,not-an-address,1\n,b@b.example,2\nA,,3\n"
    page = send(office, district_id, faulty)
    assert page.status_code == 422  # type: ignore[attr-defined]
    said = page.get_data(as_text=True)  # type: ignore[attr-defined]
    assert "3 things in the file have to be mended" in said
    for line, why in ((2, "no e-mail address"), (3, "The name is empty"), (4, "stands in the file twice")):
        assert re.search(rf">\s*{line}\s*<", said) and why in said
    assert send(office, district_id, "").status_code == 422  # type: ignore[attr-defined]
    assert send(office, 999_999, CSV).status_code == 422  # type: ignore[attr-defined]

    # Bayou Clinic came with the round's files: it is left out.
    address = send(office, district_id, CSV).headers["Location"]  # type: ignore[attr-defined]
    preview = office.get(address).get_data(as_text=True)
    assert "2 prospects are new" in preview and "Bayou Clinic" not in preview
    assert db.session.scalars(select(Employer).where(Employer.name == "Lantern Theater")).all() == []
    assert office.post(address, data={"invite": "y"}).status_code == 302
    assert office.post(address, data={"invite": "y"}).status_code == 409
    stages = dict(db.session.execute(select(Employer.name, Outreach.stage).join(Outreach)).tuples().all())
    assert stages == {"Cedar Street Vet": OutreachStage.CONTACTED, "Lantern Theater": OutreachStage.PROSPECT}
    assert [one.email for one in db.session.scalars(select(Invitation))] == ["robin@cedar.example"]
    with make.made():
        elsewhere = make.make_coordinator(make.make_district())
    assert sign_in(elsewhere, app.test_client()).get(address).status_code == 404


def test_the_pipeline_shows_what_is_due_first(
    app: Flask, sign_in: SignIn, count_queries: Callable[[], object]
) -> None:
    kitchen = make_kitchen(app)
    office = sign_in(kitchen.place.user)
    assert "No outreach yet" in office.get("/employers/outreach").get_data(as_text=True)
    rows = "".join(f"No. {n},,,\n" for n in range(12))
    office.post(send(office, kitchen.place.district.id, f"{CSV}{rows}").headers["Location"])  # type: ignore[attr-defined]
    vet = db.session.scalars(select(Employer).where(Employer.name == "Cedar Street Vet")).one()
    data = {
        "stage": "interested",
        "next_action": "Visit them",
        "next_on": "2026-11-30",
        "note": "Likes mornings",
    }
    assert office.post(f"/employers/{vet.id}/outreach", data=data).status_code == 302
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = office.get("/employers/outreach").get_data(as_text=True)
    assert len(statements) < 12
    assert page.index("Visit them") < page.index("Lantern Theater")
    assert "due" in page
    only = office.get("/employers/outreach?stage=interested").get_data(as_text=True)
    assert "Cedar Street Vet" in only and "Lantern Theater" not in only
    standing = db.session.get_one(Outreach, vet.id, populate_existing=True)
    assert (standing.stage, standing.next_on) == (OutreachStage.INTERESTED, date(2026, 11, 30))
    assert [n.words.text for n in db.session.scalars(select(OutreachNote))] == ["Likes mornings"]
    assert "Likes mornings" in office.get(f"/employers/{vet.id}").get_data(as_text=True)
    wrong = office.post(f"/employers/{vet.id}/outreach", data={**data, "next_action": ""})
    assert wrong.status_code == 400


def test_hosts_are_asked_again_with_their_postings_filled_in(app: Flask, sign_in: SignIn) -> None:
    published = published_place()
    place = published.place
    with transaction():
        summer = rounds.create_round(
            place.actor,
            place.district.id,
            name="Summer",
            starts_on=date(2027, 6, 7),
            ends_on=date(2027, 8, 6),
        ).id
    office = sign_in(place.user)
    page = office.get("/employers/outreach/again").get_data(as_text=True)
    assert "Bayou Clinic" in page
    clinic = db.session.scalars(select(Employer).where(Employer.name == "Bayou Clinic")).one()
    done = office.post(
        f"/employers/outreach/again?round={place.round_id}", data={"employer": [clinic.id], "target": summer}
    )
    assert done.status_code == 302
    copy = newest()
    posting = db.session.get_one(Posting, copy.id)
    assert (copy.title, copy.state, posting.round_id) == ("Clinic aide", OpportunityState.DRAFT, summer)
    assert db.session.get_one(Outreach, clinic.id).stage is OutreachStage.CONTACTED
    while work_on_next_item():
        pass
    mail = next(Path(app.config["MAIL_FOLDER"]).glob("posting-link-*.eml")).read_text()
    assert "To: pat@clinic.example" in mail
    assert office.post("/employers/outreach/again", data={"target": summer}).status_code == 400


def open_link(browser: FlaskClient, opportunity_id: int) -> str:
    link = db.session.scalars(
        select(PostingLink).where(
            PostingLink.opportunity_id == opportunity_id, PostingLink.revoked_at.is_(None)
        )
    ).one()
    return link.address.removeprefix("http://localhost")


def test_an_employer_confirms_by_a_link_without_an_account(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    office = sign_in(kitchen.place.user)
    found = write_posting(kitchen, office)
    assert office.post(f"/postings/{found.id}/link", data={"email": ""}).status_code == 302
    visitor = app.test_client()
    address = open_link(visitor, found.id)
    closed = visitor.get(address).get_data(as_text=True)
    assert "Kitchen helper" not in closed  # a button first, and nothing of anybody
    assert visitor.post(f"{address}/answer", data={}).status_code == 302
    assert visitor.post(f"{address}/open").status_code == 302
    page = visitor.get(address).get_data(as_text=True)
    assert "Kitchen helper" in page and "29 CFR 570.61" in page
    answer = {"seats": "4", "supervisor": "Lee Diaz, chef", "description": "A kitchen.", "learn_before": ""}
    assert visitor.post(f"{address}/answer", data={**answer, "right": "no"}).status_code == 422
    assert visitor.post(f"{address}/answer", data={**answer, "right": "yes"}).status_code == 302
    assert state_of(found.id) is OpportunityState.SUBMITTED
    posting = db.session.get_one(Posting, found.id, populate_existing=True)
    assert (posting.answers["seats"], posting.answers["supervisor"]) == (4, "Lee Diaz, chef")
    assert "learn_before" not in posting.answers
    assert "Thank you" in visitor.get(address).get_data(as_text=True)
    assert visitor.post(f"{address}/answer", data={**answer, "right": "yes"}).status_code == 409
    timeline = office.get(f"/postings/{found.id}").get_data(as_text=True)
    assert "Confirmed by the employer" in timeline


def test_a_correction_stays_a_draft_and_old_links_open_nothing(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    office = sign_in(kitchen.place.user)
    found = write_posting(kitchen, office)
    office.post(f"/postings/{found.id}/link", data={"email": ""})
    visitor = app.test_client()
    old = open_link(visitor, found.id)
    assert office.post(f"/postings/{found.id}/link", data={"email": "lee@kitchen.example"}).status_code == 302
    assert visitor.get(old).status_code == 404
    address = open_link(visitor, found.id)
    visitor.post(f"{address}/open")
    answer = {"seats": "2", "supervisor": "Dana Ruiz", "right": "no", "comment": "Not on Thursdays."}
    assert visitor.post(f"{address}/answer", data=answer).status_code == 302
    assert state_of(found.id) is OpportunityState.DRAFT
    assert "Not on Thursdays." in office.get(f"/postings/{found.id}").get_data(as_text=True)
    # Neither an employer nor a stranger makes links.
    assert sign_in(kitchen.user, app.test_client()).post(f"/postings/{found.id}/link").status_code == 403


def test_what_to_learn_is_listed_by_cluster(app: Flask, sign_in: SignIn) -> None:
    kitchen = make_kitchen(app)
    office = sign_in(kitchen.place.user)
    assert "Nothing yet" in office.get("/postings/learn").get_data(as_text=True)
    found = write_posting(kitchen, office)
    from wbl.opportunities import services

    with transaction():
        services.submit(kitchen.place.actor, found.id)
        services.approve(kitchen.place.actor, found.id)
    page = office.get("/postings/learn").get_data(as_text=True)
    assert page.index("Hospitality, Events &amp; Tourism") < page.index("How to wash hands well")
    assert db.session.scalars(select(Opportunity.learn_before).where(Opportunity.id == found.id)).one()
