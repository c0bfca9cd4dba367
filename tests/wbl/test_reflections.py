"""Reflections: whose they are, what is kept, what shows growth; prompts that students propose."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from tests import factories as make
from tests.wbl.growth_support import AFTERWARDS, active_chain
from tests.wbl.paperwork_support import Chain, at
from wbl.accounts.actor import Actor
from wbl.accounts.models import Caseload, Role
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.reflections import prompting, queries, writing
from wbl.reflections.common import common
from wbl.reflections.models import Asked, DealStep, Phase, PromptState, Reflection

SCALES = {code: 2 for code, one in common().items() if one.scale}


def handed_in(chain: Chain, phase: Phase, number: int = 0, **answers: str | int) -> Reflection:
    with transaction():
        return writing.hand_in(chain.student, chain.placement_id, phase, number, answers)


def advisor(chain: Chain) -> Actor:
    with make.made():
        user = make.make_staff(chain.published.place.district, Role.ADVISOR)
        db.session.add(Caseload(user_id=user.id, student_id=chain.published.placement("S1").student_id))
        db.session.flush()
        return make.actor(user)


def test_the_common_prompts_go_through_every_step_and_are_the_same_before_and_after() -> None:
    found = common().values()
    for phase in Phase:
        steps = {one.step for one in found if one.asked_in(phase)}
        assert steps >= {DealStep.DESCRIBE, DealStep.PERSONAL, DealStep.LEARNING}, phase
    assert {one.step for one in found if one.asked_in(Phase.WEEKLY)} == set(DealStep)
    scales = [one for one in found if one.scale]
    assert len(scales) >= 5
    assert all(one.asked_in(Phase.BEFORE) and one.asked_in(Phase.AFTER) for one in scales)
    assert all(set(one.words) == {"en", "es"} for one in found)


def test_weeks() -> None:
    first, last = date(2027, 1, 11), date(2027, 2, 5)
    assert queries.week_of(first, last, first - timedelta(days=1)) == 0
    assert queries.week_of(first, last, first) == 1
    assert queries.week_of(first, last, first + timedelta(days=7)) == 2
    assert queries.week_of(first, last, date(2028, 1, 1)) == queries.weeks(first, last) == 4
    assert not queries.may_write(Phase.WEEKLY, 3, first, last, first + timedelta(days=13))
    assert not queries.may_write(Phase.AFTER, 0, first, last, first)
    assert queries.may_write(Phase.AFTER, 0, first, last, last)


def test_a_draft_is_its_students_alone_until_it_is_handed_in(app: Flask) -> None:
    chain = active_chain(app)
    mine, follows = chain.placement_id, advisor(chain)
    with transaction():
        draft = writing.save(chain.student, mine, Phase.WEEKLY, 1, {"week_describe": " We filed. ", "x": "y"})
    with transaction():
        again = writing.save(chain.student, mine, Phase.WEEKLY, 1, {"week_describe": "We filed charts."})
    assert again.id == draft.id
    assert again.answers == {"week_describe": "We filed charts."}
    assert queries.of_placement(mine) == []
    with pytest.raises(NotFound), transaction():
        writing.comment(follows, draft.id, "Well seen")
    with pytest.raises(NotFound), transaction():
        writing.choose(chain.student, draft.id, in_portfolio=True, for_employer=False)
    with pytest.raises(DomainError, match="in words"):
        handed_in(chain, Phase.WEEKLY, 1)
    done = handed_in(chain, Phase.WEEKLY, 1, week_describe="We filed charts.")
    with pytest.raises(Conflict, match="handed this in"), transaction():
        writing.save(chain.student, mine, Phase.WEEKLY, 1, {"week_describe": "Other"})
    with transaction():
        writing.comment(follows, done.id, "Well seen")
        writing.comment(chain.coordinator, done.id, "Thank you")
    assert [one.text for one in queries.comments([done.id])[done.id]] == ["Well seen", "Thank you"]
    with make.made():
        elsewhere = make.actor(make.make_staff(chain.published.place.district, Role.ADVISOR))
    for stranger in (elsewhere, chain.employer, chain.student):
        with pytest.raises(NotFound), transaction():
            writing.comment(stranger, done.id, "Hello")
    with pytest.raises(NotFound), transaction():
        writing.save(chain.student, mine, Phase.WEEKLY, 9, {})  # a week that has not begun


def test_the_employer_reads_what_the_student_chooses_and_nothing_else(app: Flask) -> None:
    chain = active_chain(app)
    one = handed_in(chain, Phase.WEEKLY, 1, week_describe="For me")
    two = handed_in(chain, Phase.WEEKLY, 2, week_describe="For all")
    assert queries.for_employer(chain.placement_id) == []
    with transaction():
        writing.choose(chain.student, two.id, in_portfolio=True, for_employer=True)
    assert [each.id for each in queries.for_employer(chain.placement_id)] == [two.id]
    student_id = chain.published.placement("S1").student_id
    assert [each.id for each in queries.portfolio(student_id)] == [two.id]
    with transaction():
        writing.choose(chain.student, two.id, in_portfolio=True, for_employer=False)
    assert queries.for_employer(chain.placement_id) == []
    with pytest.raises(NotFound), transaction():
        writing.choose(chain.employer, one.id, in_portfolio=False, for_employer=True)


def test_growth_is_told_on_identical_items(app: Flask) -> None:
    chain = active_chain(app)
    district_id = chain.published.place.district.id
    with pytest.raises(DomainError, match="how much you agree"):
        handed_in(chain, Phase.BEFORE, before_describe="A clinic")
    handed_in(chain, Phase.BEFORE, before_describe="A clinic", **SCALES)
    with transaction():
        # One is asked no more, another one comes: neither shows growth.
        prompting.retire_common(chain.coordinator, district_id, "do_good")
        words = {"en": "I can plan my own day at work."}
        new = prompting.add(chain.coordinator, district_id, words, Asked.BOTH, DealStep.PERSONAL, scale=True)
        code = new.code
    at(app, AFTERWARDS)
    handed_in(chain, Phase.AFTER, after_describe="Done", **(SCALES | {"can_ask": 5, code: 4}))
    gained = {
        one.question.code: (one.before, one.after)
        for one in queries.growth(queries.of_placement(chain.placement_id))
    }
    assert gained == {other: (2, 5 if other == "can_ask" else 2) for other in SCALES if other != "do_good"}


def test_students_propose_and_vote_and_adults_adopt(app: Flask) -> None:
    chain = active_chain(app)
    district = chain.published.place.district
    with make.made():
        other = make.actor(make.make_student_user(make.make_student(district)))
        away = make.actor(make.make_student_user(make.make_student(make.make_district())))
        stranger = make.actor(make.make_coordinator(make.make_district()))
    with transaction():
        made = prompting.propose(
            chain.student, "¿Qué te hizo reír esta semana?", "es", Asked.WEEKLY, DealStep.PERSONAL
        )
        prompting.vote(other, made.id, wanted=True)
        prompting.vote(other, made.id, wanted=True)
    prompt_id = made.id
    assert queries.votes([prompt_id]) == {prompt_id: 2}
    with pytest.raises(NotFound), transaction():
        prompting.vote(away, prompt_id, wanted=True)
    assert prompt_id not in {one.code for one in queries.asked(district.id, Phase.WEEKLY)}
    words = {"en": "What made you laugh this week?", "es": "¿Qué te hizo reír esta semana?"}
    with pytest.raises(DomainError, match="10 to"), transaction():
        prompting.decide(chain.coordinator, district.id, prompt_id, PromptState.ADOPTED)  # no English
    with pytest.raises(DomainError, match="Say why"), transaction():
        prompting.decide(chain.coordinator, district.id, prompt_id, PromptState.DECLINED)
    with pytest.raises(NotFound), transaction():
        prompting.decide(stranger, district.id, prompt_id, PromptState.ADOPTED, words=words)
    with transaction():
        prompting.decide(chain.coordinator, district.id, prompt_id, PromptState.ADOPTED, words=words)
    assert made.code in {one.code for one in queries.asked(district.id, Phase.WEEKLY)}
    with pytest.raises(NotFound), transaction():
        prompting.vote(other, prompt_id, wanted=False)  # it is decided
    with transaction():
        prompting.decide(chain.coordinator, district.id, prompt_id, PromptState.RETIRED)
    with transaction():
        prompting.decide(
            chain.coordinator, district.id, prompt_id, PromptState.ADOPTED, words={"en": "Other words now"}
        )
    again = {one.code: one for one in queries.asked(district.id, Phase.WEEKLY)}
    assert again[made.code].said("en") == words["en"]  # what was asked keeps its words
    assert [one.state for one in queries.decisions(district.id)] == [
        PromptState.ADOPTED,
        PromptState.RETIRED,
        PromptState.ADOPTED,
    ]
    with pytest.raises(DomainError, match="asked already"), transaction():
        prompting.propose(other, words["en"].upper(), "en", Asked.WEEKLY, DealStep.CIVIC)
