"""Pages of growth: what each person does there, and what they never see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.growth_support import (
    AFTERWARDS,
    active_chain,
    filled,
    mentor_rates,
    student_rates,
    user_of,
    work,
)
from tests.wbl.paperwork_support import Chain, at
from tests.wbl.test_reflections import advisor, handed_in
from wbl import clock
from wbl.agreements.models import PaperworkState
from wbl.db import db, transaction
from wbl.growth import links, site
from wbl.growth import queries as growth
from wbl.growth.models import Evaluation, Moment, RatedBy, SiteRating, VersionState
from wbl.growth.site import Said
from wbl.growth.versions import of_state
from wbl.reflections import writing
from wbl.reflections.models import Phase, Prompt, PromptState, Reflection
from wbl.reports import services as reports
from wbl.reports.active import glance
from wbl.reports.thresholds import Thresholds

SignIn = Callable[..., FlaskClient]
SECRET = "The ladder shakes"
WRITTEN = "We filed charts all day"


def text_of(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.get_data(as_text=True)


@pytest.fixture
def chain(app: Flask) -> Chain:
    """Ana's placement with two ratings, a reflection that was handed in, and a word on the site."""
    chain = active_chain(app)
    work()
    mentor_rates(chain, Moment.BASELINE, 2)
    student_rates(chain, Moment.BASELINE, 4)
    mentor_rates(chain, Moment.MID, 3)
    handed_in(chain, Phase.WEEKLY, 1, week_describe=WRITTEN)
    with transaction():
        site.rate(chain.student, chain.placement_id, Said(4, 4, 2, 3, SECRET))
        writing.save(chain.student, chain.placement_id, Phase.WEEKLY, 2, {"week_describe": "A draft of mine"})
    return chain


def test_who_sees_what(
    app: Flask, chain: Chain, sign_in: SignIn, count_queries: Callable[[], object]
) -> None:
    placement_id = chain.placement_id
    coordinator = sign_in(chain.published.place.user, app.test_client())
    follows = sign_in(user_of(advisor(chain).id), app.test_client())
    student = sign_in(user_of(chain.student.id), app.test_client())
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    staff = f"/growth/{placement_id}"
    with count_queries() as statements:  # type: ignore[attr-defined]
        seen = text_of(coordinator, staff)
    assert len(statements) <= 25
    assert SECRET in seen
    assert WRITTEN in seen
    assert "A draft of mine" not in seen
    seen = text_of(follows, staff)
    assert WRITTEN in seen
    assert SECRET not in seen
    assert "/r/" not in seen  # nor a way to rate
    seen = text_of(student, "/my-growth")
    assert WRITTEN in seen
    assert "Week 2" in seen
    seen = text_of(employer, f"/our-growth/{placement_id}")
    assert WRITTEN not in seen
    assert SECRET not in seen
    assert "Student" not in seen  # how Ana rates herself is not theirs
    for stranger in (student, employer):
        assert stranger.get(staff).status_code == 403
    assert follows.get(f"/growth/{placement_id}/complete").status_code == 403
    with count_queries() as statements:  # type: ignore[attr-defined]
        seen = text_of(coordinator, "/growth")
    assert len(statements) <= 25
    assert "Ana" in seen
    assert "Ana" in text_of(coordinator, "/growth?show=unsafe")
    assert "Ana" in text_of(follows, "/growth")
    # An advisor is shown the plain list, whatever the address asks for.
    assert "safety" not in text_of(follows, "/growth?show=unsafe").partition("<main")[2]
    chain.family_agrees(name=False)
    assert employer.get(f"/our-growth/{placement_id}").status_code == 404


def test_the_student_writes_and_chooses(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    placement_id = chain.placement_id
    student = sign_in(user_of(chain.student.id), app.test_client())
    address = f"/my-growth/{placement_id}/reflections/weekly/2"
    assert "A draft of mine" in text_of(student, address)
    saved = student.post(address, data={"week_describe": "More of it"}, headers={"X-Draft": "yes"})
    assert saved.status_code == 204
    assert "More of it" in text_of(student, address)
    empty = {"do": "hand_in", "week_describe": ""}
    assert student.post(address, data=empty).status_code == 422
    student.post(address, data={"do": "hand_in", "week_describe": "The end of it"})
    page = text_of(student, address)
    assert "The end of it" in page
    assert "<textarea" not in page
    late = student.post(address, data={"week_describe": "x"}, headers={"X-Draft": "yes"})
    assert late.status_code == 409
    db.session.rollback()
    found = db.session.scalars(select(Reflection).where(Reflection.number == 2)).one()
    student.post(f"/my-growth/reflections/{found.id}/choose", data={"for_employer": "y"})
    employer = sign_in(user_of(chain.employer.id), app.test_client())
    shared = text_of(employer, f"/our-growth/{placement_id}")
    assert "The end of it" in shared
    assert WRITTEN not in shared
    assert student.get(f"/my-growth/{placement_id}/reflections/weekly/30").status_code == 404
    student.post(f"/my-growth/{placement_id}/rate/final", data=filled(chain, 5))
    student.post(
        f"/my-growth/{placement_id}/site", data={"learned": "5", "supported": "5", "safe": "5", "again": "1"}
    )
    db.session.rollback()
    assert db.session.get_one(SiteRating, placement_id).again == 1
    own = db.session.scalars(select(Evaluation).where(Evaluation.moment == Moment.FINAL)).one()
    assert own.rated_by is RatedBy.STUDENT


def test_the_coordinator_asks_writes_down_and_completes(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    at(app, AFTERWARDS)
    placement_id = chain.placement_id
    browser = sign_in(chain.published.place.user, app.test_client())
    base = f"/growth/{placement_id}"
    assert "can be completed" not in text_of(browser, "/home")
    assert browser.post(f"{base}/complete").status_code == 422
    browser.post(f"{base}/link/final", data={"name": "Pat Reyes"})
    link = links.of_placement(placement_id)[0]
    assert link.token in text_of(browser, base)
    browser.post(f"{base}/links/{link.id}/revoke")
    assert browser.post(f"{base}/rate/final", data=filled(chain, 5)).status_code == 302
    assert "can be completed" in text_of(browser, "/home")
    final = db.session.scalars(select(Evaluation).where(Evaluation.moment == Moment.FINAL)).one()
    browser.post(f"{base}/evaluations/{final.id}/set-aside", data={"reason": "Of another student"})
    assert browser.post(f"{base}/rate/final", data=filled(chain, 4)).status_code == 302
    browser.post(f"{base}/site-seen")
    reflection = db.session.scalars(select(Reflection).where(Reflection.number == 1)).one()
    browser.post(f"/growth/reflections/{reflection.id}/comments", data={"text": "Well seen."})
    assert "Well seen." in text_of(browser, base)
    assert browser.post(f"{base}/skills", data={"skill_0": "One"}).status_code == 422
    browser.post(f"{base}/complete")
    assert chain.paperwork.state is PaperworkState.COMPLETED
    assert "Ana" in text_of(browser, "/growth?show=completed")


def test_who_reflects_on_nothing_goes_by_the_districts_setting(app: Flask, sign_in: SignIn) -> None:
    chain = active_chain(app)
    work()
    assert "Ana" in text_of(sign_in(chain.published.place.user), "/growth?show=quiet")
    since = clock.now()
    handed_in(chain, Phase.WEEKLY, 1, week_describe=WRITTEN)

    def is_quiet_after(days: int) -> bool:
        at(app, since + timedelta(days=days))
        db.session.rollback()
        listed = len(growth.overview(chain.coordinator, show="quiet").items) == 1
        assert (glance(chain.coordinator, show="quiet").page.total == 1) is listed, "as the report says"
        return listed

    assert (is_quiet_after(13), is_quiet_after(14)) == (False, True)
    with transaction():
        reports.decide(chain.coordinator, chain.published.place.district.id, Thresholds(quiet_days=5))
    assert (is_quiet_after(4), is_quiet_after(5)) == (False, True)


def test_a_rubric_is_written_and_put_in_force(app: Flask, sign_in: SignIn) -> None:
    with make.made():
        district = make.make_district()
        user, stranger = make.make_coordinator(district), make.make_coordinator(make.make_district())
        district_id = district.id
    browser, other = sign_in(user, app.test_client()), sign_in(stranger, app.test_client())
    base = f"/districts/{district_id}/rubric"
    assert "Attendance" in text_of(browser, base)
    assert of_state(district_id, VersionState.IN_FORCE) is None  # looking writes nothing
    assert browser.get(f"{base}/draft").status_code == 404
    browser.post(f"{base}/draft")
    words = {
        "name_en": "Care",
        "says_en": "With care.",
        **{f"level_{at}_en": f"So {at}" for at in range(1, 6)},
    }
    assert browser.post(f"{base}/draft/items/new", data={"name_en": "Care"}).status_code == 422
    assert browser.post(f"{base}/draft/items/new", data={**words, "nace": "teamwork"}).status_code == 302
    browser.post(f"{base}/draft/items/attendance/drop")
    page = text_of(browser, f"{base}/draft")
    assert "Care" in page
    assert "Attendance" not in page
    assert "So 3" in text_of(browser, f"{base}/draft/items/own_care")
    for address in (base, f"{base}/draft", f"{base}/1"):
        assert other.get(address).status_code == 404
    assert other.post(f"{base}/draft/put-in-force").status_code == 404
    browser.post(f"{base}/draft/put-in-force")
    assert "Care" in text_of(browser, base)
    assert "Attendance" in text_of(browser, f"{base}/1")
    browser.post(f"{base}/draft")
    assert browser.post(f"{base}/draft/put-in-force").status_code == 409
    browser.post(f"{base}/draft/discard")
    assert of_state(district_id, VersionState.DRAFT) is None


def test_prompts_from_a_proposal_to_the_page(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    student = sign_in(user_of(chain.student.id), app.test_client())
    browser = sign_in(chain.published.place.user, app.test_client())
    asked = "What made you laugh this week?"
    assert student.post("/my-prompts", data={"text": ""}).status_code == 422
    student.post("/my-prompts", data={"text": asked, "asked": "weekly", "step": "personal"})
    prompt = db.session.scalars(select(Prompt)).one()
    student.post(f"/my-prompts/{prompt.id}/vote", data={"wanted": "no"})
    student.post(f"/my-prompts/{prompt.id}/vote", data={"wanted": "yes"})
    base = f"/districts/{prompt.district_id}/prompts"
    page = text_of(browser, base)
    assert asked in page
    assert "Ana" not in page
    assert browser.post(f"{base}/{prompt.id}", data={"do": "decline"}).status_code == 422
    browser.post(f"{base}/{prompt.id}", data={"do": "adopt", "text": asked, "why": "We liked it."})
    db.session.rollback()
    assert db.session.get_one(Prompt, prompt.id).state is PromptState.ADOPTED
    assert asked in text_of(student, f"/my-growth/{chain.placement_id}/reflections/weekly/2")
    assert "We liked it." in text_of(student, "/my-prompts")
    browser.post(f"{base}/common/week_civic/retire")
    assert "Whom did your work help" not in text_of(
        student, f"/my-growth/{chain.placement_id}/reflections/weekly/2"
    )
    added = {"text": "I can plan my own day.", "asked": "weekly", "step": "personal", "scale": "y"}
    assert browser.post(base, data=added).status_code == 422
    assert browser.post(base, data={**added, "asked": "both"}).status_code == 302


def test_pages_read_in_spanish(app: Flask, chain: Chain, sign_in: SignIn) -> None:
    spanish = {"Accept-Language": "es"}
    student = sign_in(user_of(chain.student.id), app.test_client())
    for address, words in (
        ("/my-growth", "Mi crecimiento"),
        (f"/my-growth/{chain.placement_id}/rate/final", "Asistencia y puntualidad"),
        (f"/my-growth/{chain.placement_id}/reflections/weekly/2", "Elige un momento de esta semana"),
    ):
        assert words in student.get(address, headers=spanish).get_data(as_text=True)
    placement_id = chain.placement_id
    with transaction():
        link = links.make_by_hand(chain.coordinator, placement_id, Moment.FINAL, "Pat Reyes", "")
        path = f"/r/{link.token}"
    visitor = app.test_client()
    visitor.post(f"{path}/open")
    assert "Asistencia y puntualidad" in visitor.get(path, headers=spanish).get_data(as_text=True)
