"""A typed signature: where it counts, where it waits, who settles it; and questions to the school."""

from __future__ import annotations

import csv
import email
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.family_support import guardians_reading, opened, read_in
from tests.wbl.published import Published, employer_user, published_place
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.family.models import FamilyQuestion
from wbl.guardians import answering, services
from wbl.jobs.worker import work_on_next_item
from wbl.people import languages
from wbl.people.models import Standing
from wbl.placements import queries
from wbl.placements.models import Consent, FamilyLink, Signature, SignatureState


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def consents() -> int:
    return db.session.scalar(select(func.count(Consent.id))) or 0


def test_a_yes_on_an_unchecked_translation_waits_for_an_interpreter(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    app.config["CLOCK"] = lambda: datetime(2027, 2, 2, 5, 30, tzinfo=UTC)  # the evening of the first there
    published = published_place(guardians=guardians_reading("vi"))
    token, placement = published.token("Rosa Castillo"), published.placement("S1")
    host, coordinator, stranger = app.test_client(), app.test_client(), app.test_client()
    sign_in(employer_user(published, "E1"), host)
    sign_in(published.place.user, coordinator)
    with make.made():
        foreign = make.make_coordinator(make.make_district())
    sign_in(foreign, stranger)
    opened(client, token)
    assert client.post(f"/f/{token}/answers", data=read_in("vi")).status_code == 302
    signature = db.session.scalars(select(Signature)).one()
    assert (signature.name, signature.language, signature.state) == (
        "Rosa Castillo",
        "vi",
        SignatureState.WAITING,
    )
    assert signature.signed_on == date(2027, 2, 1)
    assert "Ana Castillo" in signature.questions["name"] and "học sinh" in signature.questions["name"]
    assert "thông dịch viên" in client.get(f"/f/{token}").get_data(as_text=True)
    page = f"/families/signatures/{signature.id}"
    assert "Ana" not in host.get("/our-placements").get_data(as_text=True)
    assert queries.answered([placement.id]) == set()
    listed = coordinator.get(f"/rounds/{published.place.round_id}/placements").text
    assert listed.count("waits for an interpreter") == 1, "neither answered nor silent"
    assert _in_the_export(coordinator, published) == "waits for an interpreter"
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, data={"interpreter": "Kim"}).status_code == 404
    assert stranger.post(f"{page}/dismiss").status_code == 404
    assert "No signature waits" in stranger.get("/families/signatures").get_data(as_text=True)
    assert "Ana Castillo" in coordinator.get("/families/signatures").get_data(as_text=True)
    assert "học sinh" in coordinator.get(page).get_data(as_text=True)
    assert coordinator.post(page, data={"interpreter": ""}).status_code == 422
    assert coordinator.post(page, data={"interpreter": "Kim Nguyen"}).status_code == 302
    assert "Ana Castillo" in host.get("/our-placements").get_data(as_text=True)
    assert queries.answered([placement.id]) == {placement.id}
    with pytest.raises(Conflict), transaction():
        services.dismiss(published.place.actor, signature.id)
    db.session.refresh(signature)
    assert (signature.interpreter, signature.settled_by) == ("Kim Nguyen", published.place.user.id)
    # The export in between is on record too.
    assert audited()[-3:] == ["consent.give", "list.export", "signature.interpreted"]
    record = coordinator.get("/record/").get_data(as_text=True)
    assert "waits for an interpreter" in record and "Kim" not in record
    assert _in_the_export(coordinator, published) == "answered"


def _in_the_export(coordinator: FlaskClient, published: Published) -> str:
    """What the file of placements says of Ana's family."""
    sent = coordinator.post(
        f"/exports/placements?round={published.place.round_id}", data={"format": "csv"}
    ).text
    return next(
        row["Family"] for row in csv.DictReader(io.StringIO(sent)) if row["Student"] == "Ana Castillo"
    )


def test_a_no_counts_at_once_and_a_dismissed_yes_never(app: Flask, client: FlaskClient) -> None:
    published = published_place(guardians=guardians_reading("ar"))
    token, placement = published.token("Rosa Castillo"), published.placement("S1")
    with transaction():
        languages.mark_reviewed(published.place.actor, published.place.district, "ar")
    opened(client, token)
    client.post(f"/f/{token}/answers", data=read_in("ar"))  # reviewed: counts
    with transaction():
        languages.take_back(published.place.actor, published.place.district, "ar")
    needed = queries.adjustments([placement.student_id])[placement.student_id]

    def told() -> tuple[bool, list[str]]:
        from wbl.placements.told import told as may_know

        db.session.rollback()
        return may_know(queries.consent_rows([placement.id])[placement.id], False, needed)

    assert told() == (True, ["large_print", "quiet_space"])
    client.post(f"/f/{token}/answers", data={**read_in("ar"), "answer_1": "no"})
    assert told() == (True, ["quiet_space"])  # the no is in force, the yes of then stands
    newest = db.session.scalars(select(Signature).order_by(Signature.id.desc())).first()
    assert newest is not None and newest.state is SignatureState.WAITING
    with transaction():
        services.dismiss(published.place.actor, newest.id)
    assert told() == (True, ["quiet_space"])
    client.post(f"/f/{token}/answers", data={**read_in("ar"), "answer_0": "no"})
    assert told() == (False, [])


def test_what_was_read_is_what_is_signed(app: Flask, client: FlaskClient) -> None:
    published = published_place(guardians=guardians_reading("vi"))
    token = published.token("Rosa Castillo")
    opened(client, token)
    client.post(f"/f/{token}/language", data={"language": "en"})
    answer = client.post(f"/f/{token}/answers", data=read_in("vi"), follow_redirects=True)
    assert "has changed meanwhile" in answer.get_data(as_text=True)
    assert client.post(f"/f/{token}/answers", data={**read_in("en"), "signed_name": " "}).status_code == 422
    assert consents() == 0
    assert client.post(f"/f/{token}/answers", data=read_in("en")).status_code == 302
    assert db.session.scalars(select(Signature.state)).all() == [
        SignatureState.COUNTS
    ]  # English is no translation


def test_only_a_language_of_families_is_reviewed(app: Flask) -> None:
    published = published_place()
    actor, district = published.place.actor, published.place.district
    for language in ("en", "fr", ""):
        with pytest.raises(DomainError), transaction():
            languages.mark_reviewed(actor, district, language)
    for _twice in range(2):
        with transaction():
            languages.mark_reviewed(actor, district, "vi")
    assert languages.signing_languages(district.id) == ["en", "es", "vi"]
    assert audited().count("language.review") == 1


def mails(app: Flask) -> list[email.message.EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(Path(app.config["MAIL_FOLDER"]).glob("answer-*.eml"))
    ]


def test_a_question_is_answered_on_the_page_and_by_mail(
    app: Flask, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    assert client.post(f"/f/{token}/questions", data={"question": " "}).status_code == 422
    asked = "¿Hay un lugar para esperar? <b>"
    assert client.post(f"/f/{token}/questions", data={"question": asked}).status_code == 302
    question = db.session.scalars(select(FamilyQuestion)).one()
    coordinator, stranger, other = app.test_client(), app.test_client(), app.test_client()
    sign_in(published.place.user, coordinator)
    with make.made():
        foreign = make.make_coordinator(make.make_district())
    sign_in(foreign, stranger)
    page = f"/families/questions/{question.id}"
    assert stranger.get(page).status_code == stranger.post(page, data={"answer": "Yes"}).status_code == 404
    assert "lugar para esperar" in coordinator.get("/families/").get_data(as_text=True)
    assert "question of a family waits" in coordinator.get("/home").get_data(as_text=True)
    assert coordinator.post(page, data={"answer": ""}).status_code == 422
    assert coordinator.post(page, data={"answer": "Sí, en la sala."}).status_code == 302
    assert coordinator.post(page, data={"answer": "No."}).status_code == 422
    assert "Sí, en la sala." in coordinator.get("/families/?state=answered").get_data(as_text=True) or (
        "Sí, en la sala." in coordinator.get(page).get_data(as_text=True)
    )
    assert "Sí, en la sala." in client.get(f"/f/{token}").get_data(as_text=True)
    assert "Sí, en la sala." not in opened(other, published.token("Mia Ochoa"))
    while work_on_next_item():
        pass
    (mail,) = mails(app)
    assert mail["To"] == "rosa@home.example"
    assert f"/f/{token}" in mail.get_content()
    for secret in ("lugar", "sala", "Ana"):
        assert secret not in mail.get_content() + str(mail["Subject"])
    assert [action for action in audited() if action.startswith("question")] == [
        "question.ask",
        "question.answer",
    ]
    assert "esperar" not in coordinator.get("/record/").get_data(as_text=True)


def test_an_answer_reaches_nobody_who_is_restricted_meanwhile(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    client.post(f"/f/{token}/questions", data={"question": "When does it end?"})
    question = db.session.scalars(select(FamilyQuestion.id)).one()
    with transaction():
        answering.answer(published.place.actor, question, "At five.")
    rosa, student = published.guardian("Rosa Castillo").id, published.placement("S1").student_id
    with transaction():
        services.settle(
            published.place.actor, student, rosa, services.Authority(standing=Standing.RESTRICTED)
        )
    while work_on_next_item():
        pass
    assert mails(app) == []
    for path in ("", "/questions", "/answers", "/language", "/open"):
        send = client.get if not path else client.post
        assert send(f"/f/{token}{path}", data={"question": "Why?"}).status_code == 404, path
    assert db.session.scalar(select(func.count(FamilyQuestion.id))) == 1


def test_questions_of_one_person_are_few_at_a_time(app: Flask, client: FlaskClient) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    codes = [
        client.post(f"/f/{token}/questions", data={"question": f"Question {number}"}).status_code
        for number in range(7)
    ]
    assert codes == [302] * 5 + [422] * 2
    assert db.session.scalar(select(func.count(FamilyQuestion.id))) == 5


def test_pages_of_families_are_not_kept_and_only_a_post_signs(app: Flask, client: FlaskClient) -> None:
    published = published_place()
    token = published.token("Rosa Castillo")
    opened(client, token)
    answer = client.get(f"/f/{token}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    for path in ("answers", "questions", "language", "open"):
        assert client.get(f"/f/{token}/{path}").status_code == 405
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post(f"/f/{token}/answers", data=read_in("es")).status_code == 400
    assert client.post(f"/f/{token}/questions", data={"question": "Why?"}).status_code == 400
    assert consents() == 0
    assert db.session.scalar(select(func.count(FamilyLink.id))) == 2
