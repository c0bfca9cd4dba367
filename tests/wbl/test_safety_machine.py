"""Any order in which a student and those who answer act on safety concerns, against a plain model of it:
what is open keeps its workplace from new students, and every reading is on record.

On SQLite 200 lives of 50 steps, on PostgreSQL 32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, text

from tests import factories as make
from tests.wbl.machine_support import PARTS, Worlds, run, run_long
from tests.wbl.safety_support import make_safe, student
from tests.wbl.test_safety import NOON
from wbl.accounts.actor import Actor
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.opportunities.models import Offering
from wbl.opportunities.queries import is_offered
from wbl.safety import answering, raising
from wbl.safety.freezing import is_frozen
from wbl.safety.models import ConcernEntry, ConcernKind, ConcernPlace

CONCERNS = text("SELECT id, state, answered_at FROM safety_concern")
READINGS = text("SELECT subject_id, actor_id FROM audit_event WHERE action = 'concern.read'")


@dataclass(frozen=True)
class People:
    """Who acts, and where Ana works. Her readers: who is responsible at her school, and the coordinator."""

    ana: Actor
    benny: Actor
    stranger: Actor
    readers: tuple[Actor, Actor]
    placement_id: int
    offering_id: int


class Life(RuleBasedStateMachine):
    """Any order of what a student and those who answer do, against a plain model of it."""

    app: ClassVar[Flask]
    worlds: ClassVar[Worlds]
    people: ClassVar[People]

    @initialize()
    def begins(self) -> None:
        self.worlds.put_back("quiet")
        self._is_now(NOON)
        self.model: dict[int, str] = {}
        self.answered: set[int] = set()  # since it was last opened
        self.opened: set[tuple[int, int]] = set()
        self.lately: set[tuple[int, int]] = set()  # a reading holds for half an hour
        self.places: dict[int, bool] = {}  # whether it is about the clinic

    def _is_now(self, moment: datetime) -> None:
        self.now = moment
        self.app.config["CLOCK"] = lambda: moment

    def some(self, number: int) -> int | None:
        found = sorted(self.model)
        return found[number % len(found)] if found else None

    def tried(self, do: Callable[[], object]) -> bool:
        try:
            with transaction():
                do()
            return True
        except DomainError:
            return False

    def ready(self, concern_id: int, reader: Actor) -> bool:
        """Whether that reader has read all of it, a moment ago."""
        return self.model[concern_id] != "raised" and (concern_id, reader.id) in self.lately

    @rule()
    def an_hour_passes(self) -> None:
        self._is_now(self.now + timedelta(hours=1))
        self.lately.clear()

    @rule(
        there=st.booleans(),
        words=st.sampled_from(["", "Help", "Again"]),
        kind=st.sampled_from(list(ConcernKind)),
    )
    def raises(self, there: bool, words: str, kind: ConcernKind) -> None:
        place = ConcernPlace.PLACEMENT if there else ConcernPlace.SCHOOL
        placement_id = self.people.placement_id if there else None
        try:
            with transaction():
                made = raising.raise_concern(
                    self.people.ana, kind=kind, place=place, placement_id=placement_id, words=words
                ).id
        except DomainError:
            return  # too many within an hour
        if made not in self.model:
            self.model[made], self.places[made] = "raised", there

    @rule(number=st.integers(0, 5), words=st.sampled_from(["More", "Not over", " "]))
    def says_more(self, number: int, words: str) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        entries = self.entries(concern_id)
        if self.tried(lambda: raising.say_more(self.people.ana, concern_id, words)):
            assert words.strip()
            if self.entries(concern_id) > entries:
                self.model[concern_id] = "raised"
                self.answered.discard(concern_id)

    @rule(number=st.integers(0, 5), which=st.booleans())
    def reads(self, number: int, which: bool) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        reader = self.people.readers[which]
        assert self.tried(lambda: answering.read(reader, concern_id))
        self.opened.add((concern_id, reader.id))
        self.lately.add((concern_id, reader.id))
        if self.model[concern_id] == "raised":
            self.model[concern_id] = "read"

    @rule(
        number=st.integers(0, 5),
        which=st.booleans(),
        words=st.sampled_from(["Done", "We talked with everybody."]),
    )
    def answers(self, number: int, which: bool, words: str) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        reader = self.people.readers[which]
        done = self.tried(lambda: answering.answer(reader, concern_id, words, shared=True))
        may = self.ready(concern_id, reader) and self.model[concern_id] != "closed" and len(words) > 9
        assert done == may
        if done:
            self.model[concern_id] = "answered"
            self.answered.add(concern_id)

    @rule(number=st.integers(0, 5), which=st.booleans())
    def closes(self, number: int, which: bool) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        reader = self.people.readers[which]
        done = self.tried(lambda: answering.close(reader, concern_id))
        assert done == (self.ready(concern_id, reader) and self.model[concern_id] == "answered")
        if done:
            assert concern_id in self.answered, "closed without an answer"
            self.model[concern_id] = "closed"

    @rule(number=st.integers(0, 5), which=st.booleans())
    def opens_again(self, number: int, which: bool) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        reader = self.people.readers[which]
        done = self.tried(lambda: answering.reopen(reader, concern_id, "It is not over."))
        assert done == (self.ready(concern_id, reader) and self.model[concern_id] == "closed")
        if done:
            self.model[concern_id] = "read"
            self.answered.discard(concern_id)

    @rule(number=st.integers(0, 5), there=st.booleans())
    def is_about_another_place(self, number: int, there: bool) -> None:
        concern_id = self.some(number)
        if concern_id is None:
            return
        place = ConcernPlace.PLACEMENT if there else ConcernPlace.ELSEWHERE
        placement_id = self.people.placement_id if there else None
        reader = self.people.readers[True]
        done = self.tried(
            lambda: answering.correct_place(reader, concern_id, place, placement_id, "As she told me.")
        )
        assert done == self.ready(concern_id, reader)
        if done:
            self.places[concern_id] = there

    @rule(number=st.integers(0, 5))
    def a_stranger_tries(self, number: int) -> None:
        concern_id = self.some(number)
        if concern_id is not None:
            stranger = self.people.stranger
            for do in (
                lambda: answering.read(stranger, concern_id),
                lambda: answering.close(stranger, concern_id),
                lambda: raising.say_more(self.people.benny, concern_id, "Not mine"),
            ):
                assert not self.tried(do)

    def entries(self, concern_id: int) -> int:
        return db.session.scalar(select(func.count()).where(ConcernEntry.concern_id == concern_id)) or 0

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        db.session.rollback()
        found = db.session.execute(CONCERNS).all()
        assert {row.id: row.state for row in found} == self.model
        for row in found:
            assert (row.state in ("answered", "closed")) == (row.answered_at is not None)
            assert (row.answered_at is not None) == (row.id in self.answered)

    @invariant()
    def frozen_while_open(self) -> None:
        should = any(self.places[one] and state != "closed" for one, state in self.model.items())
        offering = db.session.get_one(Offering, self.people.offering_id)
        assert is_frozen(offering) == should
        assert is_offered(offering) != should

    @invariant()
    def every_reading_is_on_record(self) -> None:
        assert self.opened <= {tuple(row) for row in db.session.execute(READINGS)}


def machine(app: Flask, worlds: Worlds) -> type[Life]:
    app.config["CLOCK"] = lambda: NOON
    safe = make_safe()
    with make.made():
        benny = make.make_student_user(student(safe.published, "S2"))
        stranger = make.make_coordinator(make.make_district())
    people = People(
        ana=make.actor(safe.ana),
        benny=make.actor(benny),
        stranger=make.actor(stranger),
        readers=(make.actor(safe.counselor), make.actor(safe.coordinator)),
        placement_id=safe.placement_id,
        offering_id=safe.offering.id,
    )
    worlds.keep("quiet")
    return type("LifeOfConcerns", (Life,), {"app": app, "worlds": worlds, "people": people})


def test_a_short_life_of_concerns(app: Flask, worlds: Worlds) -> None:
    lives = machine(app, worlds)
    with app.test_request_context():
        run(lives, examples=10, steps=20)


@pytest.mark.slow
@PARTS
def test_a_life_of_concerns(app: Flask, worlds: Worlds, part: int) -> None:
    lives = machine(app, worlds)
    with app.test_request_context():
        run_long(lives)
