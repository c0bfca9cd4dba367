"""Family pages, consents, and who sees what of a placement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from tests import factories as make
from tests.wbl.published import (
    NEAR,
    Published,
    employer_user,
    published_again,
    published_place,
    student_user,
)
from tests.wbl.rounds_support import GUARDIANS, Place, bring_in, small_folder
from wbl.accounts.models import Caseload, Role
from wbl.accounts.services import create_user
from wbl.db import db, transaction
from wbl.errors import DomainError, NotAllowed, NotFound
from wbl.people.models import DistrictLanguage, StudentBirth
from wbl.placements import consents, link_queries, links, queries
from wbl.placements.models import Consent, ConsentSource, FamilyLink
from wbl.placements.told import told
from wbl.rounds.models import SolveRun
from wbl.rounds.recipients import recipients_of

SIGNED = {"signed_name": "Rosa Castillo", "read_in": "es"}
YES = {"answer_0": "yes", "answer_1": "yes", "answer_2": "yes", **SIGNED}
NEEDS = ("Quiet", "Large print")


def text(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.status
    return answer.get_data(as_text=True)


def opened(client: FlaskClient, token: str) -> str:
    """Through the page before the letter, as a person does."""
    assert client.post(f"/f/{token}/open").status_code == 302
    return text(client, f"/f/{token}")


def consent_count() -> int:
    return db.session.scalar(select(func.count(Consent.id))) or 0


def grown_up(published: Published, external_id: str) -> None:
    with transaction():
        birth = db.session.get_one(StudentBirth, published.placement(external_id).student_id)
        birth.birth_date = birth.birth_date.replace(year=2000)


def test_opening_a_link_names_nobody_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    page = text(client, f"/f/{token}")
    for word in ("Ana", "Castillo", "Bayou Clinic", "Clinic aide"):
        assert word not in page
    assert client.get(f"/f/{token}/letter.pdf").status_code == 302
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 302
    assert consent_count() == 0


def test_a_family_reads_answers_and_changes_its_mind(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    page = opened(client, token)
    assert "Ana Castillo" in page  # in Spanish or not: the page is theirs
    assert 'lang="es"' in page
    assert client.post(f"/f/{token}/answers", data={"answer_0": "yes"}).status_code == 422
    assert consent_count() == 0
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 302
    placement = published.placement("S1")
    assert [c.source for c in queries.history(placement)] == [ConsentSource.FAMILY_LINK] * 3
    host = app.test_client()
    sign_in(employer_user(published, "E1"), host)
    shown = text(host, "/our-placements")
    assert "Ana Castillo" in shown
    client.post(f"/f/{token}/answers", data={**YES, "answer_0": "no"})
    hidden = text(host, "/our-placements")
    assert "Ana Castillo" not in hidden
    assert "To prepare" not in hidden  # an adjustment is told only together with the name
    assert consent_count() == 6


def test_an_employer_sees_days_and_numbers_and_no_name_without_consent(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    shown = text(sign_in(employer_user(published, "E1")), "/our-placements")
    assert "1 student" in shown and "Tuesday" in shown
    for secret in ("Ana", "Castillo", "quiet_space", "large_print", "Quiet", "Large print", "S1", "english"):
        assert secret not in shown


def test_an_employer_sees_its_own_placements_only(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place()
    shown = text(sign_in(employer_user(published, "E2")), "/our-placements")
    assert "Shop helper" in shown and "Clinic aide" not in shown


def test_an_adjustment_can_be_kept_back(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    placement = published.placement("S1")
    fields = consents.fields_of(placement)
    assert fields == ["name", "adjustment:large_print", "adjustment:quiet_space"]
    client.post(f"/f/{token}/answers", data={**YES, "answer_1": "no"})
    rows = queries.consent_rows([placement.id])[placement.id]
    needed = queries.adjustments([placement.student_id])[placement.student_id]
    assert told(rows, False, needed) == (True, ["quiet_space"])


def test_the_need_for_transport_is_asked_of_nobody(app: Flask) -> None:
    published = published_place(students=NEAR.replace("quiet_space;large_print", "transport"))
    assert consents.fields_of(published.placement("S1")) == ["name"]


def test_only_a_guardian_who_may_sign_answers(app: Flask, client: FlaskClient) -> None:
    changed = GUARDIANS.replace("rosa@home.example,,es,yes,yes", "rosa@home.example,,es,no,yes")
    published = published_place(guardians=changed)
    token = published.token("Rosa Castillo")
    page = opened(client, token)
    assert 'type="radio"' not in page
    assert "se puede cambiar" not in page
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 403
    assert consent_count() == 0


def test_at_eighteen_the_student_answers_alone(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    client.post(f"/f/{token}/answers", data=YES)
    placement = published.placement("S1")
    browser = app.test_client()
    sign_in(student_user(published, "S1"), browser)
    assert browser.post(f"/my-placement/{placement.id}/answers", data=YES).status_code == 403
    grown_up(published, "S1")
    rows = queries.consent_rows([placement.id])[placement.id]
    assert told(rows, True, ["quiet_space"]) == (False, [])  # the guardian's yes is over
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 403
    assert 'type="radio"' in text(browser, "/my-placement")
    # Under a typed name, as a guardian would: without it nothing is kept.
    unsigned = {**YES, "signed_name": ""}
    answer = browser.post(f"/my-placement/{placement.id}/answers", data=unsigned)
    assert answer.status_code == 422 and "it is your signature" in answer.text
    rows = queries.consent_rows([placement.id])[placement.id]
    assert told(rows, True, ["quiet_space"]) == (False, [])
    own = {**YES, "signed_name": "Ana M. Castillo", "read_in": "en"}
    other_language = {**own, "read_in": "es"}
    assert browser.post(f"/my-placement/{placement.id}/answers", data=other_language).status_code == 302
    assert browser.post(f"/my-placement/{placement.id}/answers", data=own).status_code == 302
    rows = queries.consent_rows([placement.id])[placement.id]
    assert told(rows, True, ["quiet_space"]) == (True, ["quiet_space"])
    signature = queries.newest_signature(placement)
    assert signature is not None and signature.counts
    assert (signature.guardian_id, signature.name, signature.language) == (None, "Ana M. Castillo", "en")
    assert set(signature.questions) == {"name", "adjustment:quiet_space", "adjustment:large_print"}
    assert "Signed by Ana M. Castillo" in text(browser, "/my-placement")


def test_a_student_of_age_who_reads_what_nobody_checked_waits_for_an_interpreter(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    grown_up(published, "S1")
    with transaction():
        db.session.execute(delete(DistrictLanguage))
    placement = published.placement("S1")
    browser = sign_in(student_user(published, "S1"))
    own = {**YES, "signed_name": "Ana M. Castillo", "read_in": "es"}
    spanish = {"Accept-Language": "es"}
    assert browser.post(f"/my-placement/{placement.id}/answers", data=own, headers=spanish).status_code == 302
    rows = queries.consent_rows([placement.id])[placement.id]
    assert told(rows, True, ["quiet_space"]) == (False, [])


def test_the_adult_at_school_is_the_advisor_where_there_is_one(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    browser = sign_in(student_user(published, "S1"))
    with transaction():
        published.place.district.contact_name = "Pat Reyes"
    assert "Talk to Pat Reyes" in text(browser, "/my-placement")
    with make.made():
        advisor = create_user(
            email="dana@district.example",
            name="Dana Ruiz",
            password="correct horse battery",
            role=Role.ADVISOR,
            district_id=published.place.district.id,
        )
        db.session.add(Caseload(user_id=advisor.id, student_id=published.placement("S1").student_id))
    page = text(browser, "/my-placement")
    assert "Your advisor, Dana Ruiz" in page and "mailto:dana@district.example" in page
    assert "Talk to Pat Reyes" not in page
    other = sign_in(student_user(published, "S2"), app.test_client())
    assert "Dana Ruiz" not in text(other, "/my-placement")


def test_a_coordinator_records_an_answer_on_paper(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place()
    placement = published.placement("S1")
    browser = sign_in(published.place.user)
    url = f"/placements/{placement.id}/consent"
    luis, rosa = published.guardian("Luis Castillo").id, published.guardian("Rosa Castillo").id
    assert browser.post(url, data={**YES, "signer": str(luis)}).status_code == 422
    assert browser.post(url, data={**YES, "signer": str(rosa)}).status_code == 302
    newest = queries.history(placement)[0]
    assert (newest.source, newest.guardian_id, newest.user_id) == (
        ConsentSource.PAPER,
        rosa,
        published.place.user.id,
    )
    with pytest.raises(DomainError), transaction():
        consents.record_paper(published.place.actor, placement.id, {"name": True}, rosa)


def test_links_end_when_revoked_expired_or_withdrawn(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    placement = published.placement("S1")
    token = published.token("Rosa Castillo")
    opened(client, token)
    link = link_queries.of_placement(placement)[0]
    coordinator = app.test_client()
    sign_in(published.place.user, coordinator)
    answer = coordinator.post(f"/placements/{placement.id}/links/{link.id}/revoke")
    assert answer.status_code == 302
    assert "does not open" in text(client, f"/f/{token}", 404) or client.get(f"/f/{token}").status_code == 404
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 404
    rosa = published.guardian("Rosa Castillo").id
    coordinator.post(f"/placements/{placement.id}/links", data={"guardian": str(rosa)})
    again = published.token("Rosa Castillo")
    assert again != token
    assert client.get(f"/f/{again}").status_code == 200
    app.config["CLOCK"] = lambda: datetime(2099, 1, 1, tzinfo=UTC)
    assert client.get(f"/f/{again}").status_code == 404


def test_no_link_for_somebody_who_may_receive_nothing(app: Flask) -> None:
    published = published_place()
    placement = published.placement("S1")
    luis = published.guardian("Luis Castillo").id
    mia = published.guardian("Mia Ochoa").id
    for guardian_id in (luis, mia, None):
        with pytest.raises(DomainError), transaction():
            links.make(published.place.actor, placement.id, guardian_id)


def test_wrong_and_typed_tokens(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    assert client.get("/f/aaaaaaaaaaaaaaaaaaaa").status_code == 404
    spelled = "-".join(token[at : at + 5] for at in range(0, 20, 5)).upper()
    assert client.get(f"/f/{spelled}").status_code == 200


def test_a_cookie_of_one_link_opens_no_other(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    opened(client, published.token("Rosa Castillo"))
    other = published.token("Mia Ochoa")
    assert "Benny" not in text(client, f"/f/{other}")
    assert client.post(f"/f/{other}/answers", data=YES).status_code == 302
    assert consent_count() == 0


def test_tokens_are_not_stored(app: Flask) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    for link in db.session.scalars(select(FamilyLink)):
        assert token not in (link.nonce, link.token_hash)


def test_a_student_sees_the_own_placement_and_why(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place()
    page = text(sign_in(student_user(published, "S2")), "/my-placement")
    assert "Shop helper" in page
    assert "Clinic aide" in page  # the choice that was not to be
    for other in ("Ana", "Castillo", "S1", "S3"):
        assert other not in re.sub(r"<[^>]+>", " ", page)


def test_a_student_without_a_place_is_told_why(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place()
    page = text(sign_in(student_user(published, "S3")), "/my-placement")
    assert "do not have a place" in page


def test_a_student_before_any_publication(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    with make.made():
        user = make.make_student_user(make.make_student(make.make_district()))
    assert "No placement yet" in text(sign_in(user), "/my-placement")


def test_foreign_placements_are_not_found(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    published = published_place(letters=True)
    placement = published.placement("S1")
    link = link_queries.of_placement(placement)[0]
    with make.made():
        stranger = make.make_coordinator(make.make_district())
    browser = sign_in(stranger)
    round_id = published.place.round_id
    letter = placement.id
    for url in (
        f"/placements/{placement.id}",
        f"/rounds/{round_id}/placements",
        f"/rounds/{round_id}/letters",
        f"/rounds/{round_id}/letters/book.pdf",
        f"/letters/{letter}.pdf",
        f"/students/{placement.student_id}",
        f"/employers/{placement.offering.opportunity.employer_id}",
    ):
        assert browser.get(url).status_code == 404, url
    for url in (
        f"/placements/{placement.id}/consent",
        f"/placements/{placement.id}/links",
        f"/placements/{placement.id}/links/{link.id}/revoke",
    ):
        data = {**YES, "guardian": "student"}
        assert browser.post(url, data=data).status_code == 404, url
    assert consent_count() == 0


def test_services_refuse_what_pages_do_not_offer(app: Flask) -> None:
    published = published_place()
    placement = published.placement("S1")
    student = make.actor(student_user(published, "S2"))
    with pytest.raises(NotFound), transaction():
        consents.answer_own(student, placement.id, {"name": True}, consents.Signed("Ana Castillo", "en", {}))
    own = make.actor(student_user(published, "S1"))
    with pytest.raises(NotAllowed), transaction():
        consents.answer_own(own, placement.id, {"name": True}, consents.Signed("Ana Castillo", "en", {}))


def test_a_link_closes_when_its_guardian_may_receive_nothing_any_more(
    app: Flask, client: FlaskClient
) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    with transaction():
        published.guardian("Rosa Castillo").may_receive = False
    assert client.get(f"/f/{token}").status_code == 404
    assert client.get(f"/f/{token}/letter.pdf").status_code == 404
    assert client.post(f"/f/{token}/answers", data=YES).status_code == 404
    assert consent_count() == 0


def test_who_answered_stays_on_record_when_an_import_leaves_them_out(app: Flask) -> None:
    published = published_place()
    placement, rosa = published.placement("S1"), published.guardian("Rosa Castillo").id
    with transaction():
        answers = dict.fromkeys(consents.fields_of(placement), True)
        consents.record_paper(published.place.actor, placement.id, answers, rosa)
    another = another_round(published.place)
    bring_in(another, small_folder(students=NEAR, guardians=GUARDIANS.replace("Rosa Castillo", "Rosalia")))
    kept = published.guardian("Rosa Castillo")
    assert (kept.id, kept.may_sign, kept.may_receive) == (rosa, False, False)
    grown_up(published, "S1")
    rows = queries.consent_rows([placement.id])[placement.id]
    # On paper, and by a guardian: at 18 it is over, though the guardian is not listed any more.
    assert told(rows, True, ["quiet_space"]) == (False, [])


def another_round(place: Place) -> Place:
    with make.made():
        return replace(place, round_id=make.make_round(place.district).id)


def test_a_student_of_age_reads_the_own_language(app: Flask, client: FlaskClient) -> None:
    guardians = GUARDIANS.replace("es,yes,yes", "es,yes,no")
    published = published_place(guardians=guardians, students=NEAR.replace("2010-03-04", "2008-03-04"))
    assert 'lang="es"' in opened(client, published.token(None, "S1"))


@pytest.mark.parametrize(("hour", "links"), [(5, 0), (7, 1)])
def test_of_age_is_asked_at_the_district(app: Flask, hour: int, links: int) -> None:
    """On 4 March 2027 it is still the day before in Chicago at 5:00 UTC."""
    app.config["CLOCK"] = lambda: datetime(2027, 3, 4, hour, tzinfo=UTC)
    published = published_place(
        guardians=GUARDIANS.replace("es,yes,yes", "es,yes,no"),
        students=NEAR.replace("2010-03-04", "2009-03-04"),
    )
    assert recipients_of(db.session.get_one(SolveRun, published.run_id)).held_count == 1 - links
    found = [link for link in db.session.scalars(select(FamilyLink)) if link.guardian_id is None]
    assert len(found) == links


def test_a_student_reaches_the_places_of_every_round(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    first = published_place()
    second = published_again(first)
    browser = sign_in(student_user(first, "S1"))
    page = text(browser, "/my-placement")
    assert f"/my-placement/{first.placement('S1').id}" in page
    assert "Clinic aide" in text(browser, f"/my-placement/{first.placement('S1').id}")
    assert "Clinic aide" in text(browser, f"/my-placement/{second.placement('S1').id}")
    other = first.placement("S2").id
    assert browser.get(f"/my-placement/{other}").status_code == 404
    assert browser.get(f"/my-placement/rounds/{first.place.round_id}").status_code == 404
    unplaced = app.test_client()
    sign_in(student_user(first, "S3"), unplaced)
    assert "do not have a place" in text(unplaced, f"/my-placement/rounds/{first.place.round_id}")
