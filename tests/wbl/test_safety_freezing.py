"""While a safety concern is open, nobody new is sent there, those who are there stay, and the employer
sees no difference."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import IntegerConverter

from tests import factories as make
from tests.pages import without_tokens
from tests.wbl.published import employer_user, published_again
from tests.wbl.rounds_support import Place
from tests.wbl.safety_support import Safe, closed, make_safe, raised, student
from tests.wbl.test_permissions import _some, rules
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.queries import left_out, offered
from wbl.placements import changing, repairing
from wbl.placements.models import EndKind, PlacementState, Publication
from wbl.rounds import services
from wbl.rounds.models import Proposal, SolveRun
from wbl.rounds.solving import work_on_next_run
from wbl.safety import answering
from wbl.safety.freezing import is_frozen
from wbl.safety.models import ConcernPlace

Browser = Callable[..., FlaskClient]


@pytest.fixture
def safe(app: Flask) -> Safe:
    """Ana is at the clinic, whose second seat is free; S3 has none, and would not go to the shop."""
    found = make_safe(
        refusals="student_id,opportunity_id\nS3,SHOP\n",
    )
    with transaction() as session:
        clinic = session.scalars(
            select(Offering).join(Opportunity).where(Opportunity.external_id == "CLINIC")
        ).one()
        clinic.seats = 2
    return found


def placed(run: SolveRun) -> set[tuple[str, str]]:
    rows = db.session.execute(
        select(Submission.pseudonym, Opportunity.external_id)
        .select_from(Proposal)
        .join(Submission, Submission.id == Proposal.submission_id)
        .join(Offering, Offering.id == Proposal.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .where(Proposal.run_id == run.id)
    )
    return set(rows.tuples())


def repair(place: Place) -> SolveRun:
    """A run with the fewest changes."""
    with transaction():
        run_id = services.queue_run(place.actor, place.round_id, method="closest").id
    assert work_on_next_run()
    run = db.session.get_one(SolveRun, run_id, populate_existing=True)
    assert run.state == "done", run.error
    return run


def at_clinic(run: SolveRun) -> set[str]:
    return {who for who, opportunity in placed(run) if opportunity == "CLINIC"}


def pseudonyms(safe: Safe, *names: str) -> set[str]:
    return {
        db.session.scalars(
            select(Submission.pseudonym).where(
                Submission.student_id == student(safe.published, name).id,
                Submission.round_id == safe.published.place.round_id,
            )
        ).one()
        for name in names
    }


def part(safe: Safe, name: str) -> int:
    return db.session.scalars(
        select(Submission.id).where(
            Submission.student_id == student(safe.published, name).id,
            Submission.round_id == safe.published.place.round_id,
        )
    ).one()


def test_a_repair_sends_nobody_and_takes_nobody_away(safe: Safe, app: Flask) -> None:
    place = safe.published.place
    before = repair(place)
    assert at_clinic(before) == pseudonyms(safe, "S1", "S3"), "or the test shows nothing"
    concern_id = raised(safe)
    frozen = repair(place)
    assert at_clinic(frozen) == pseudonyms(safe, "S1")
    with app.test_request_context():
        publication = db.session.scalars(select(Publication)).one()
        assert "changed after this run" in repairing.refusal(publication, before)
        assert repairing.refusal(publication, frozen) == ""
    closed(safe, concern_id)
    assert at_clinic(repair(place)) == pseudonyms(safe, "S1", "S3")


def test_a_decision_of_before_sends_nobody(safe: Safe, app: Flask) -> None:
    place = safe.published.place
    with app.test_request_context(), transaction():
        services.add_pin(
            place.actor,
            place.round_id,
            part(safe, "S3"),
            safe.offering.id,
            decision="require",
            reason="She asked for it",
        )
    raised(safe)
    assert at_clinic(repair(place)) == pseudonyms(safe, "S1")
    with app.test_request_context(), pytest.raises(Conflict), transaction():
        services.add_pin(
            place.actor,
            place.round_id,
            part(safe, "S2"),
            safe.offering.id,
            decision="require",
            reason="Nobody new",
        )


def test_whoever_is_taken_out_by_hand_leaves_no_seat(safe: Safe, app: Flask) -> None:
    place = safe.published.place
    raised(safe)
    with app.test_request_context(), transaction():
        changing.end(place.actor, safe.placement_id, kind=EndKind.ENDED, reason="She is not safe there")
    run = repair(place)
    assert at_clinic(run) == set()


def test_nobody_is_placed_by_hand(safe: Safe, app: Flask) -> None:
    place, clinic, three = safe.published.place, safe.offering.id, part(safe, "S3")
    concern_id = raised(safe)
    with app.test_request_context(), pytest.raises(Conflict, match="safety concern"), transaction():
        changing.place(place.actor, place.round_id, three, clinic, reason="For this test")
    closed(safe, concern_id)
    with app.test_request_context(), transaction():
        changing.place(place.actor, place.round_id, three, clinic, reason="For this test")
    assert safe.published.placement("S3").state is PlacementState.PUBLISHED


def test_every_round_and_every_page_knows(safe: Safe, sign_in: Browser) -> None:
    summer = published_again(safe.published)
    concern_id = raised(safe)
    for round_id in (safe.published.place.round_id, summer.place.round_id):
        names = {one.opportunity.external_id for one in db.session.scalars(offered(round_id))}
        assert names == {"SHOP"}
        assert [(one.offering.opportunity.external_id, one.concern) for one in left_out(round_id)] == [
            ("CLINIC", True)
        ]
    browser = sign_in(safe.coordinator)
    page = unescape(browser.get(f"/postings/left-out/{summer.place.round_id}").text)
    assert "A safety concern about it is open" in page
    closed(safe, concern_id)
    assert left_out(summer.place.round_id) == []


def test_only_what_happened_there_freezes(safe: Safe) -> None:
    for place in (ConcernPlace.SCHOOL, ConcernPlace.WAY, ConcernPlace.UNSAID):
        raised(safe, place=place, words=place.value)
        assert not is_frozen(safe.offering)
    concern_id = raised(safe)
    assert is_frozen(safe.offering)
    actor = make.actor(safe.coordinator)
    with transaction():
        answering.read(actor, concern_id)
        answering.correct_place(actor, concern_id, ConcernPlace.SCHOOL, None, "She said so: in the yard.")
    assert not is_frozen(safe.offering)
    with transaction():
        answering.correct_place(
            actor, concern_id, ConcernPlace.PLACEMENT, safe.placement_id, "At work after all."
        )
    assert is_frozen(safe.offering)


def test_two_concerns_thaw_with_the_last(safe: Safe) -> None:
    first, second = raised(safe), raised(safe, words="And another thing.")
    closed(safe, first)
    assert is_frozen(safe.offering)
    closed(safe, second)
    assert not is_frozen(safe.offering)


def test_an_employer_sees_no_difference(safe: Safe, app: Flask, sign_in: Browser) -> None:
    user = employer_user(safe.published, "E1")
    browser = sign_in(user)
    ids = {
        safe.placement_id,
        safe.offering.opportunity_id,
        safe.offering.id,
        safe.published.place.round_id,
        1,
        2,
    }

    def pages() -> dict[str, tuple[int, str]]:
        found = {}
        for one in rules(app):
            if "GET" not in one.methods or one.endpoint == "static":
                continue
            for row_id in ids if one.arguments else {0}:
                values = {
                    name: row_id if isinstance(kind, IntegerConverter) else _some(kind)
                    for name, kind in one._converters.items()
                }
                built = one.build(values, append_unknown=False)
                if built is None:
                    continue
                answer = browser.get(built[1])
                text = answer.text if answer.mimetype == "text/html" else answer.mimetype
                found[built[1]] = (answer.status_code, without_tokens(text))
        return found

    before = pages()
    assert sum(status == 200 for status, _text in before.values()) >= 8
    raised(safe)
    after = pages()
    assert {path: after[path][0] for path in after} == {path: before[path][0] for path in before}
    assert [path for path in before if before[path] != after[path]] == []
