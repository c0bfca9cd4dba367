"""The paperwork's pages: each person does their own step, and sees no more than is theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.family_support import YES, opened, untranslated
from tests.wbl.paperwork_support import Chain, make_chain
from wbl.accounts.models import Role, User
from wbl.agreements import links
from wbl.agreements.models import (
    AgreementSignature,
    EmergencyContact,
    Paperwork,
    PaperworkState,
    SiteVisit,
    TrainingAgreement,
)
from wbl.agreements.versions import current
from wbl.db import db, transaction

SignIn = Callable[..., FlaskClient]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields under an agreement: what was read, in which language."""
    found = dict(re.findall(r'name="(digest|read_in)"[^>]*value="([^"]+)"', page))
    found |= dict(re.findall(r'value="([^"]+)"[^>]*name="(digest|read_in)"', page))
    assert set(found) == {"digest", "read_in"}, page
    return found


def user_of(actor_id: int | None) -> User:
    return db.session.get_one(User, actor_id)


def sign(browser: FlaskClient, page: str, action: str, name: str, **more: str) -> None:
    text = browser.get(page).get_data(as_text=True)
    answer = browser.post(action, data={**hidden(text), "signed_name": name, **more})
    assert answer.status_code == 302, answer.get_data(as_text=True)


def test_each_person_does_their_step_on_their_own_page(app: Flask, sign_in: SignIn) -> None:
    chain = make_chain(app)
    placement_id = chain.placement_id
    coordinator = sign_in(chain.published.place.user, app.test_client())
    student = sign_in(user_of(chain.student.id), app.test_client())
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    mine, ours = f"/my-placement/{placement_id}/paperwork", f"/our-placements/{placement_id}"
    show = f"/placements/{placement_id}/paperwork"
    assert "Accept your place first" in student.get(mine).get_data(as_text=True)
    assert employer.get(ours).status_code == 404  # nobody has agreed that they know who comes
    student.post(f"/my-placement/{placement_id}/accept")
    sign(student, mine, f"{mine}/sign", "Ana Castillo")
    # The family, in its own language, with what it allows and whom to call.
    family, token = app.test_client(), chain.published.token("Rosa Castillo")
    assert family.get(f"/f/{token}/agreement").get_data(as_text=True).count("Ana") == 0
    opened(family, token)
    family.post(f"/f/{token}/answers", data={**YES, "read_in": "es"})
    page = f"/f/{token}/agreement"
    assert "Acuerdo de formación" in family.get(page).get_data(as_text=True)
    sign(family, page, f"{page}/sign", "Rosa Castillo", directory_information="y")
    contacts = {"name_0": "Abuela Luz", "phone_0": "(555) 555-0177", "for_employer": "y"}
    assert family.post(f"{page}/contacts", data={"name_0": "Luz", "phone_0": "12"}).status_code == 422
    assert family.post(f"{page}/contacts", data=contacts).status_code == 302
    # The employer knows the supervisor already, and has only to say yes.
    text = employer.get(ours).get_data(as_text=True)
    assert 'value="Pat Reyes"' in text
    assert "Abuela Luz" not in text  # not before she is there
    said = {"supervisor": "Kim Doe", "oriented_on": "2027-01-11", "signer": "same"}
    assert employer.post(f"{ours}/confirm", data={**said, "oriented_on": "2027-02-11"}).status_code == 422
    assert employer.post(f"{ours}/confirm", data=said).status_code == 302
    sign(student, mine, f"{mine}/sign", "Ana Castillo")
    sign(family, page, f"{page}/sign", "Rosa Castillo")
    sign(employer, ours, f"{ours}/sign", "Pat Reyes")
    sign(coordinator, show, f"{show}/sign", "Coordinator")
    for task_id in chain.open_tasks():
        assert coordinator.post(f"/placements/{placement_id}/tasks/{task_id}/close").status_code == 302
    paperwork = db.session.get_one(Paperwork, placement_id, populate_existing=True)
    assert paperwork.state is PaperworkState.ACTIVE
    assert (paperwork.media_release, paperwork.directory_information) == (False, False)  # said last: no
    text = employer.get(ours).get_data(as_text=True)
    assert "Abuela Luz" in text
    assert "You can start" in student.get(mine).get_data(as_text=True)
    for browser, path in (
        (student, f"/my-placement/{placement_id}"),
        (employer, ours),
        (coordinator, f"/placements/{placement_id}"),
    ):
        pdf = browser.get(f"{path}/agreement.pdf")
        assert pdf.mimetype == "application/pdf"


def test_a_link_to_sign_opens_without_an_account_and_opening_changes_nothing(
    app: Flask, client: FlaskClient, count_queries: Callable[[], object]
) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    token = chain.signing_link.token
    with count_queries() as statements:  # type: ignore[attr-defined]
        first = client.get(f"/a/{token}").get_data(as_text=True)
    assert "Castillo" not in first
    assert not [one for one in statements if one.split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert client.post(f"/a/{token}/sign", data={"signed_name": "Mail Scanner"}).status_code == 302
    assert client.post(f"/a/{token}/open").status_code == 302
    said = {"supervisor": "Pat Reyes", "phone": "555-0103", "oriented_on": "2027-01-11", "signer": "same"}
    page = client.get(f"/a/{token}").get_data(as_text=True)
    assert "Ana Castillo" in page
    assert "signed_name" not in page  # confirm first
    assert client.post(f"/a/{token}/confirm", data=said).status_code == 302
    assert chain.step == "employer"  # what was known is as it was: nobody signs twice
    # Read before the document changed: the new one is shown, nothing is signed.
    stale = {"signed_name": "Pat Reyes", "digest": "0" * 64, "read_in": "en"}
    assert client.post(f"/a/{token}/sign", data=stale).status_code == 302
    assert db.session.scalar(select(func.count()).where(AgreementSignature.role == "employer")) == 0
    sign(client, f"/a/{token}", f"/a/{token}/sign", "Pat Reyes")
    with transaction():
        links.revoke(chain.coordinator, chain.placement_id, chain.signing_link.id)
    assert client.get(f"/a/{token}").status_code == 404
    assert client.get(f"/a/{token}/agreement.pdf").status_code == 404


def test_the_coordinators_pages(app: Flask, sign_in: SignIn, count_queries: Callable[[], object]) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    placement_id, round_id = chain.placement_id, chain.published.place.round_id
    browser = sign_in(chain.published.place.user)
    for path in (f"/rounds/{round_id}/paperwork", f"/placements/{placement_id}/paperwork"):
        with count_queries() as statements:  # type: ignore[attr-defined]
            assert browser.get(path).status_code == 200
        assert len(statements) <= 30, path
    listed = browser.get(f"/rounds/{round_id}/paperwork?show=employer").get_data(as_text=True)
    assert "Castillo" in listed
    assert "Ochoa" not in listed
    show = f"/placements/{placement_id}/paperwork"
    said = {"supervisor": "Kim Doe", "oriented_on": "2027-01-11", "signer": "same"}
    assert browser.post(f"{show}/confirm", data=said).status_code == 302
    guardian = chain.published.guardian("Rosa Castillo").id
    day = "2026-12-01"
    for role, name in (
        ("student", "Ana Castillo"),
        (f"guardian:{guardian}", "Rosa Castillo"),
        ("employer", "Kim Doe"),
    ):
        version = current(placement_id)
        assert version is not None
        paper = {"role": role, "signed_name": name, "signed_on": day, "digest": version.digest}
        assert browser.post(f"{show}/paper", data=paper).status_code == 302, role
    assert chain.step == "school"
    home = browser.get("/home").get_data(as_text=True)
    assert "1 agreement waits for the school&#39;s signature" in home
    assert browser.post(f"{show}/links", data={"role": "employer", "email": "no address"}).status_code == 422
    assert browser.post(f"{show}/links", data={"role": "employer", "email": ""}).status_code == 302
    add = {"what": "A badge for the door", "holder": "site", "due_on": "2027-01-05"}
    assert browser.post(f"/placements/{placement_id}/tasks", data=add).status_code == 302
    task_id = max(chain.open_tasks())
    edit = {"holder": "agency", "due_on": "2027-01-06", "note": "They make it on Friday"}
    assert browser.post(f"/placements/{placement_id}/tasks/{task_id}", data=edit).status_code == 302
    text = browser.get(show).get_data(as_text=True)
    assert "They make it on Friday" in text
    visit = db.session.scalars(select(SiteVisit).order_by(SiteVisit.planned_on)).first()
    assert visit is not None
    log = f"/placements/{placement_id}/visits/{visit.id}"
    assert browser.post(log, data={"done_on": "2027-12-01", "note": ""}).status_code == 422
    assert browser.post(log, data={"done_on": day, "note": "A quiet desk by the window"}).status_code == 302
    assert "A quiet desk" in browser.get(show).get_data(as_text=True)
    student_id = chain.published.placement("S1").student_id
    contacts = {"name_0": "Luz", "phone_0": "555-555-0177"}
    assert browser.post(f"/students/{student_id}/emergency", data=contacts).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(EmergencyContact)) == 1


def test_nobody_sees_what_is_not_theirs(app: Flask, sign_in: SignIn) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    placement_id = chain.placement_id
    with make.made():
        other = make.make_coordinator(make.make_district())
        advisor = make.make_staff(
            chain.published.place.district,
            Role.SCHOOL_STAFF,
            school_id=chain.published.placement("S1").student.school_id,
        )
        stranger = make.make_employer_user(make.make_employer(chain.published.place.district))
    foreign = sign_in(other, app.test_client())
    for path in ("paperwork", "agreement.pdf", "paperwork/paper", "tasks"):
        assert foreign.get(f"/placements/{placement_id}/{path}").status_code == 404
    assert sign_in(stranger, app.test_client()).get(f"/our-placements/{placement_id}").status_code == 404
    status = sign_in(advisor, app.test_client()).get(f"/status/{chain.published.place.round_id}")
    text = status.get_data(as_text=True)
    assert "with the employer" in text
    assert "quiet space" not in text
    # The employer reads of an adjustment only what the family agreed to.
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    assert "quiet space" in employer.get(f"/our-placements/{placement_id}").get_data(as_text=True)
    with transaction():
        chain_answer(chain)
    assert "quiet space" not in employer.get(f"/our-placements/{placement_id}").get_data(as_text=True)


def chain_answer(chain: Chain) -> None:
    """The family takes back that the adjustments are told, but for the name."""
    from wbl.placements import consents
    from wbl.placements import queries as placements

    placement = placements.whole(chain.placement_id)
    fields = consents.fields_of(placement)
    signed = consents.Signed("Rosa Castillo", "es", dict.fromkeys(fields, "?"))
    given = {field: field == "name" for field in fields}
    consents.answer_by_link(chain.family_link, placement, given, signed)


@pytest.mark.parametrize("language", ["vi", "ar", "zh_Hans"])
def test_a_family_reads_the_whole_agreement_in_its_language(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("words are the same on every database")
    chain = make_chain(app)
    chain.up_to_employer()
    token = chain.published.token("Rosa Castillo")
    opened(client, token)
    client.post(f"/f/{token}/language", data={"language": language})
    with untranslated(monkeypatch) as missing:
        answer = client.get(f"/f/{token}/agreement")
        assert answer.status_code == 200
        pdf = client.get(f"/f/{token}/agreement.pdf")
        assert pdf.mimetype == "application/pdf"
    assert missing == set()
    version = db.session.scalars(
        select(TrainingAgreement).where(TrainingAgreement.superseded_at.is_(None))
    ).one()
    english = client.get(f"/f/{token}/agreement.pdf?language=en")
    text = pdf_text(english.data)
    assert "What the employer does" in text
    assert version.digest in text.replace("\n", "")
    assert "Rosa Castillo" in text


def pdf_text(data: bytes) -> str:
    import io

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
