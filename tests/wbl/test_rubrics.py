"""Rubrics: whole in both languages, and once in force never changed."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests import factories as make
from tests.wbl.growth_support import (
    active_chain,
    codes,
    mentor_rates,
)
from wbl.accounts.actor import Actor
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.growth import versions
from wbl.growth.models import (
    Moment,
    RubricVersion,
    VersionState,
)
from wbl.growth.rubrics import COMPETENCIES, default_content, items_of
from wbl.growth.versions import Words

WORDS = Words(
    {"en": "Care"}, {"en": "Handles things with care."}, [{"en": f"Level {at}"} for at in range(1, 6)]
)


def test_the_common_rubric_is_whole_in_both_languages() -> None:
    content = default_content()
    assert tuple(item["code"] for item in content["items"]) == COMPETENCIES
    for item in [*content["items"], content["skill"]]:
        texts = [*item["levels"], *([item["name"], item["says"]] if "name" in item else [])]
        assert len(item["levels"]) == 5
        assert all(one["en"] and one["es"] and one["en"] != one["es"] for one in texts)
    assert all(item["framework"] and item["nace"] for item in content["items"])


def test_a_version_that_was_in_force_never_changes(app: Flask) -> None:
    chain = active_chain(app)
    actor, district_id = chain.coordinator, chain.published.place.district.id
    old = mentor_rates(chain, Moment.BASELINE, 3)
    with transaction():
        versions.start_draft(actor, district_id)
        versions.drop_item(actor, district_id, "attendance")
        code = versions.set_item(actor, district_id, None, WORDS)
        new = versions.put_in_force(actor, district_id)
    assert (code, new.number) == ("own_care", 2)
    later = mentor_rates(chain, Moment.FINAL, 5)
    assert later.version_id == old.version_id != new.id  # who began on a version goes on with it
    assert "own_care" not in codes(chain)
    past = db.session.get_one(RubricVersion, old.version_id, populate_existing=True)
    assert past.state is VersionState.PAST
    assert [one.code for one in items_of(past.content, "en")] == list(COMPETENCIES)
    assert versions.content_in_force(district_id)["items"][-1]["code"] == "own_care"
    with pytest.raises(Conflict, match="Nothing is different"), transaction():
        versions.start_draft(actor, district_id)
        versions.put_in_force(actor, district_id)
    for statement in (
        "UPDATE rubric_version SET content = '{}' WHERE state = 'past'",
        "UPDATE rubric_version SET number = 9 WHERE state = 'in_force'",
        "UPDATE rubric_version SET state = 'draft' WHERE state = 'past'",
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction() as session:
            session.execute(text(statement))


STEPS = st.lists(
    st.sampled_from(("draft", "add", "drop", "reword", "in_force", "discard")), min_size=10, max_size=30
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_whatever_is_done_to_rubrics_words_in_force_stay(app: Flask, steps: list[str]) -> None:
    """One version in force, one draft at most, and no word of what was ever in force is another later."""
    with make.made():
        district = make.make_district()
        actor: Actor = make.actor(make.make_coordinator(district))
        district_id = district.id
    seen: dict[int, object] = {}
    for number, step in enumerate(steps):
        try:
            with transaction():
                if step == "draft":
                    versions.start_draft(actor, district_id)
                elif step == "add":
                    versions.set_item(actor, district_id, None, WORDS)
                elif step == "drop":
                    draft = versions.draft_of(actor, district_id)
                    versions.drop_item(actor, district_id, draft.content["items"][0]["code"])
                elif step == "reword":
                    draft = versions.draft_of(actor, district_id)
                    words = Words({"en": f"Name {number}"}, WORDS.says, WORDS.levels)
                    versions.set_item(actor, district_id, draft.content["items"][-1]["code"], words)
                elif step == "in_force":
                    versions.put_in_force(actor, district_id)
                else:
                    versions.discard(actor, district_id)
        except (DomainError, Conflict):
            pass
        rows = db.session.scalars(
            select(RubricVersion)
            .where(RubricVersion.district_id == district_id)
            .execution_options(populate_existing=True)
        ).all()
        states = [one.state for one in rows]
        assert states.count(VersionState.DRAFT) <= 1
        assert states.count(VersionState.IN_FORCE) == (1 if rows else 0)
        for one in rows:
            if one.state is not VersionState.DRAFT:
                assert seen.setdefault(one.id, one.content) == one.content
                assert versions.FEWEST <= len(one.content["items"]) <= versions.MOST
        assert set(seen) <= {one.id for one in rows}  # none is ever gone
        db.session.rollback()
