"""Whatever order people act in: one active placement a seat, signed documents stay, revoked links too.

On SQLite 200 lives of 50 steps, on PostgreSQL 32; each begins at one of seven stages of the paperwork, so
that its far end is met as often as its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, text, update

from tests.wbl.contenders import Contender, contenders
from tests.wbl.machine_support import PARTS, Worlds, run, run_long
from tests.wbl.paperwork_support import INTENT, ORIENTED
from wbl.agreements import advancing, confirming, links, signing, tasks, versions
from wbl.agreements.document import digest_of
from wbl.agreements.models import PaperworkTask, SignerRole, SigningLink, TrainingAgreement
from wbl.agreements.signing import Given
from wbl.db import db, transaction
from wbl.errors import DomainError
from wbl.opportunities.models import Offering, Opportunity
from wbl.placements import changing, consents, link_queries
from wbl.placements import links as family_links
from wbl.placements import queries as placements
from wbl.placements.models import EndKind, FamilyLink, Placement, PlacementState

WHO = st.sampled_from([0, 1])
STAGES = ("begun", "employer", "school", "tasks", "active", "both", "lost")
SEATS = text(
    "SELECT paperwork.offering_id, paperwork.seat, offering.seats FROM paperwork"
    " JOIN offering ON offering.id = paperwork.offering_id WHERE paperwork.state = 'active'"
)
PAPERWORK = text(
    "SELECT placement.id, placement.state AS placed, paperwork.state FROM placement"
    " JOIN paperwork ON paperwork.placement_id = placement.id"
)
DOCUMENTS = text("SELECT id, placement_id, version, digest, CAST(content AS TEXT) FROM training_agreement")
SIGNATURES = text(
    "SELECT id, agreement_id, role, name, intent, language, digest, signed_at, signed_on, source, user_id"
    " FROM agreement_signature"
)
REVOKED = text(
    "SELECT 'family' AS kind, id, revoked_at FROM family_link WHERE revoked_at IS NOT NULL"
    " UNION ALL SELECT 'signing', id, revoked_at FROM signing_link WHERE revoked_at IS NOT NULL"
)


@dataclass(frozen=True)
class Shut:
    """A link that somebody revoked, or that ended with what it led to."""

    model: type[SigningLink] | type[FamilyLink]
    id: int
    token: str

    @property
    def opens(self) -> bool:
        find = links.by_token if self.model is SigningLink else link_queries.by_token
        return find(self.token) is not None


def known(link: SigningLink | FamilyLink) -> Shut:
    return Shut(type(link), link.id, link.token)


def set_the_stages(app: Flask, worlds: Worlds) -> list[Contender]:
    """Keep a world for each stage. At "active" Ana has the seat and Benny lacks nothing else; at "both"
    there is a second one for him; at "lost" Ana's is gone, and what is left is his."""
    ana, benny = people = contenders(app)
    worlds.keep("begun")
    for one in people:
        one.up_to_employer()
    worlds.keep("employer")
    for one in people:
        one.workplace_signs()
    worlds.keep("school")
    for one in people:
        one.school_signs()
    worlds.keep("tasks")
    ana.close_tasks()
    benny.close_tasks()
    worlds.keep("active")
    with transaction():
        changing.set_seats(ana.coordinator, ana.round_id, ana.offering_id, 2)
        advancing.advance(benny.coordinator, benny.placement_id)
    worlds.keep("both")
    with transaction():
        changing.end(ana.coordinator, ana.placement_id, kind=EndKind.SEAT_LOST, reason="One leaves")
    worlds.keep("lost")
    return people


class Paper(RuleBasedStateMachine):
    """Two students, one seat or two, and everybody who can do something, in any order."""

    people: ClassVar[list[Contender]]
    worlds: ClassVar[Worlds]

    @initialize(stage=st.sampled_from(STAGES))
    def begins(self, stage: str) -> None:
        self.worlds.put_back(stage)
        self.documents: dict[int, tuple[object, ...]] = {}
        self.signatures: dict[int, tuple[object, ...]] = {}
        self.revoked: dict[tuple[str, int], object] = {}
        self.shut: list[Shut] = []
        self.turn = 0

    @rule(who=WHO)
    def moves_on(self, who: int) -> None:
        """Whoever holds the step does what is theirs."""
        one = self.people[who]
        self._try(one.next_act)

    @rule(who=WHO)
    def accept(self, who: int) -> None:
        self._try(self.people[who].accept)

    @rule(who=WHO)
    def student(self, who: int) -> None:
        self._try(self.people[who].student_signs)

    @rule(who=WHO, name=st.sampled_from([True, True, True, False]))
    def family(self, who: int, name: bool) -> None:
        self._try(lambda: self.people[who].family_agrees(name=name))

    @rule(who=WHO)
    def guardian(self, who: int) -> None:
        self._try(self.people[who].guardian_signs)

    @rule(who=WHO, supervisor=st.sampled_from(["Pat Reyes", "Pat Reyes", "Kim Doe"]))
    def confirm(self, who: int, supervisor: str) -> None:
        self._try(lambda: self.people[who].confirm(supervisor))

    @rule(who=WHO)
    def employer(self, who: int) -> None:
        self._try(self.people[who].employer_signs)

    @rule(who=WHO)
    def school(self, who: int) -> None:
        self._try(self.people[who].school_signs)

    @rule(who=WHO)
    def arrange(self, who: int) -> None:
        self._try(self.people[who].close_tasks)

    @rule(who=WHO)
    def not_arranged_after_all(self, who: int) -> None:
        one = self.people[who]
        task_id = db.session.scalar(
            select(PaperworkTask.id).where(PaperworkTask.placement_id == one.placement_id).limit(1)
        )
        if task_id is not None:
            self._try_within(lambda: tasks.open_again(one.coordinator, one.placement_id, task_id))

    @rule(words=st.sampled_from(["Meet patients", "Meet patients, take notes", "File papers"]))
    def the_posting_changes(self, words: str) -> None:
        with transaction() as session:
            session.execute(update(Opportunity).values(description=words))

    @rule(who=WHO)
    def new_version(self, who: int) -> None:
        one = self.people[who]
        self._try_within(lambda: advancing.make_new_version(one.coordinator, one.placement_id))

    @rule(seats=st.sampled_from([1, 2]))
    def seats_change(self, seats: int) -> None:
        one = self.people[0]
        self._try_within(lambda: changing.set_seats(one.coordinator, one.round_id, one.offering_id, seats))

    @rule(who=WHO)
    def revokes_the_employers_link(self, who: int) -> None:
        one = self.people[who]
        link = links.in_force(one.placement_id, SignerRole.EMPLOYER)
        if link is not None:
            now = known(link)
            assert self._try_within(lambda: links.revoke(one.coordinator, one.placement_id, now.id))
            self._shut(now)

    @rule(who=WHO)
    def new_link_for_the_employer(self, who: int) -> None:
        one = self.people[who]
        before = [known(link) for link in links.of_placement(one.placement_id)]
        if self._try_within(
            lambda: links.make_by_hand(one.coordinator, one.placement_id, SignerRole.EMPLOYER, "")
        ):
            self._shut(*before)

    @rule(who=WHO)
    def revokes_the_familys_link(self, who: int) -> None:
        one = self.people[who]
        link = one.family_link
        now, open_ = known(link), link.revoked_at is None
        revoked = self._try_within(lambda: family_links.revoke(one.coordinator, one.placement_id, now.id))
        assert revoked == open_
        self._shut(now)

    @rule(who=WHO)
    def new_link_for_the_family(self, who: int) -> None:
        one = self.people[who]
        self._try_within(lambda: family_links.make(one.coordinator, one.placement_id, one.guardian_id))

    @rule(who=WHO, seat_lost=st.booleans())
    def end(self, who: int, seat_lost: bool) -> None:
        one = self.people[who]
        before = self._links_of(one)
        # The only seat is Ana's by right: with it, it is not hers that is lost.
        lost = seat_lost and db.session.get_one(Offering, one.offering_id).seats > 1
        kind = EndKind.SEAT_LOST if lost else EndKind.ENDED
        if self._try_within(
            lambda: changing.end(one.coordinator, one.placement_id, kind=kind, reason="It ended")
        ):
            self._shut(*before)

    @rule(who=WHO)
    def begin_again(self, who: int) -> None:
        """And all five steps at once, so that an end and another beginning often get far."""
        one = self.people[who]
        found = db.session.get_one(Placement, one.placement_id, populate_existing=True)
        if found.state is PlacementState.WITHDRAWN:
            one.is_placed_again()
            for _step in range(5):
                self._try(one.next_act)

    @rule(number=st.integers(0, 50))
    def somebody_tries_a_shut_link(self, number: int) -> None:
        """By a page that was open when the link was shut."""
        if not self.shut:
            return
        link = self.shut[number % len(self.shut)]
        held = db.session.get_one(link.model, link.id)
        said = Given("Somebody", INTENT, "en", self._digest(held.placement_id))
        acts: list[Callable[[], object]]
        if isinstance(held, SigningLink):
            confirmed = confirming.Confirmation("Somebody", ORIENTED)
            acts = [
                lambda: signing.sign_by_link(held, said),
                lambda: confirming.confirm_by_link(held, confirmed),
            ]
        else:
            acts = [
                lambda: signing.sign_by_family(held, said),
                lambda: signing.allow_by_family(held, media_release=True, directory_information=True),
                lambda: self._consent_by(held),
            ]
        for act in acts:
            assert not self._try_within(act), "a link that was shut did something"

    def _consent_by(self, link: FamilyLink) -> None:
        placement = placements.whole(link.placement_id)
        fields = consents.fields_of(placement)
        signed = consents.Signed("Somebody", "es", dict.fromkeys(fields, "?"))
        consents.answer_by_link(link, placement, dict.fromkeys(fields, True), signed)

    def _digest(self, placement_id: int) -> str:
        """Of the version that is to be signed, so that only the link can be what is against it."""
        version = versions.current(placement_id)
        return version.digest if version is not None else ""

    def _links_of(self, one: Contender) -> list[Shut]:
        of_family = db.session.scalars(select(FamilyLink).where(FamilyLink.placement_id == one.placement_id))
        return [known(link) for link in (*links.of_placement(one.placement_id), *of_family)]

    def _shut(self, *found: Shut) -> None:
        self.shut.extend(link for link in found if link not in self.shut)

    def _try(self, act: Callable[[], object]) -> bool:
        """Do it, where it may be done now; what is refused leaves nothing behind."""
        try:
            act()
        except DomainError:
            return False
        finally:
            db.session.rollback()
        return True

    def _try_within(self, act: Callable[[], object]) -> bool:
        def within() -> None:
            with transaction():
                act()

        return self._try(within)

    @invariant()
    def one_active_placement_a_seat(self) -> None:
        held: dict[int, list[int]] = {}
        for offering_id, seat, seats in db.session.execute(SEATS):
            held.setdefault(offering_id, []).append(seat)
            assert len(held[offering_id]) <= seats, "more are active than there are seats"
        assert all(len(set(taken)) == len(taken) for taken in held.values()), "two have one seat"

    @invariant()
    def signed_documents_never_change(self) -> None:
        documents = {row[0]: tuple(row) for row in db.session.execute(DOCUMENTS)}
        for document_id in documents.keys() - self.documents.keys():
            made = db.session.get_one(TrainingAgreement, document_id)
            assert digest_of(made.content) == made.digest
        assert documents.items() >= self.documents.items(), "a document was changed or deleted"
        self.documents = documents
        signatures = {row[0]: tuple(row) for row in db.session.execute(SIGNATURES)}
        assert signatures.items() >= self.signatures.items(), "a signature was changed or deleted"
        for row_id in signatures.keys() - self.signatures.keys():
            _id, agreement_id, _role, _name, _intent, _language, digest, *_when = signatures[row_id]
            assert digest == documents[agreement_id][3], "what was signed is not what is kept"
        self.signatures = signatures
        self._active_means_signed_by_all_and_in_force()

    def _active_means_signed_by_all_and_in_force(self) -> None:
        roles: dict[int, dict[int, set[object]]] = {}
        for _id, agreement_id, role, *_rest in self.signatures.values():
            placement_id = self.documents[agreement_id][1]
            roles.setdefault(placement_id, {}).setdefault(agreement_id, set()).add(role)
        for placement_id, placed, state in db.session.execute(PAPERWORK):
            assert (placed == "published") == (state in ("open", "active"))
            if state == "active":
                assert {"student", "guardian", "employer", "school"} in roles[placement_id].values()

    @invariant()
    def revoked_links_never_open(self) -> None:
        revoked = {(row[0], row[1]): row[2] for row in db.session.execute(REVOKED)}
        assert revoked.items() >= self.revoked.items(), "what was revoked is so no more"
        self.revoked = revoked
        if self.shut:
            # One of them in each step, and all of them at the end.
            self.turn += 1
            assert not self.shut[self.turn % len(self.shut)].opens, "a link that was shut opens"
            assert not self.shut[-1].opens, "a link that was shut opens"

    def teardown(self) -> None:
        for link in getattr(self, "shut", []):
            assert not link.opens, "a link that was shut opens"


def machine(app: Flask, worlds: Worlds) -> type[Paper]:
    return type("PaperOfTwo", (Paper,), {"people": set_the_stages(app, worlds), "worlds": worlds})


def test_a_few_orders_that_people_act_in(app: Flask, worlds: Worlds) -> None:
    run(machine(app, worlds), examples=10, steps=20)


@pytest.mark.slow
@PARTS
def test_whatever_order_people_act_in(app: Flask, worlds: Worlds, part: int) -> None:
    run_long(machine(app, worlds))
