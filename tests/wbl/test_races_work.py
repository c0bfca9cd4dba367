"""Two at the same moment, at a placement under way: what is stored is what one after the other would have."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.wbl.growth_support import active_chain, given
from tests.wbl.hours_support import SUNDAY, TUESDAY, make_intern, worked
from tests.wbl.test_credentials import completed_chain, issued
from wbl.agreements.models import Paperwork
from wbl.credentials import issuing, sharing
from wbl.credentials.models import Credential, CredentialLink
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError
from wbl.growth import evaluating, links
from wbl.growth.models import Evaluation, Moment, RatingLink
from wbl.hours import entries, queries, weeks
from wbl.hours.models import EntryState, TimeEntryChange
from wbl.hours.weeks import Said
from wbl.portfolio import keeping
from wbl.portfolio.models import PortfolioLink
from wbl.reflections import prompting
from wbl.reflections.models import Asked, DealStep, Prompt, PromptVote

TIMES = 8
"""Each race is run so often: which of two is first is nobody's choice."""


def at_once(app: Flask, *does: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all begun at the same moment, each in a transaction of its own."""
    gate, outcomes = threading.Barrier(len(does)), [None] * len(does)

    def one(at: int) -> None:
        with app.app_context():
            try:
                gate.wait(30)
                with transaction():
                    outcomes[at] = does[at]()
            except BaseException as raised:
                outcomes[at] = raised
            finally:
                db.session.remove()

    db.session.remove()
    threads = [threading.Thread(target=one, args=(at,)) for at in range(len(does))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return outcomes


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def refused(outcomes: list[Any]) -> list[DomainError]:
    """Those that were told no; anything else that was raised is a fault."""
    raised = [one for one in outcomes if isinstance(one, BaseException)]
    assert all(isinstance(one, DomainError) for one in raised), raised
    return raised


def test_a_week_is_confirmed_and_corrected(app: Flask) -> None:
    """What the mentor confirmed is what they had read: never what the student wrote a moment later."""
    intern = make_intern(app)
    student, mentor, mine = intern.chain.student, intern.chain.employer, intern.id
    entry_id = intern.write(worked(TUESDAY, (8, 0), (9, 0))).id
    intern.send()
    for time in range(TIMES):
        db.session.rollback()
        read = queries.entry(mine, entry_id)
        version, minutes = read.version, read.minutes
        outcomes = at_once(
            app,
            lambda version=version: (
                weeks.answer_hosted(mentor, mine, SUNDAY, Said({entry_id: version})).confirmed
            ),
            lambda version=version, time=time: (
                entries.correct_own(
                    student, mine, entry_id, version, worked(TUESDAY, (8, 0), (9, 1 + time))
                ).version
            ),
        )
        found = queries.entry(mine, entry_id)
        if outcomes[0] == 1:
            assert (found.state, found.minutes) == (EntryState.CONFIRMED, minutes)
            assert len(refused(outcomes)) == 1
            with transaction():  # the coordinator opens it again
                entries.correct(
                    intern.chain.coordinator, mine, entry_id, found.version, worked(TUESDAY, (8, 0), (9, 0))
                )
        else:
            assert (outcomes[0], refused(outcomes)) == (0, [])
            assert (found.state, found.minutes) == (EntryState.SUBMITTED, 61 + time)
    changes = db.session.scalars(select(TimeEntryChange.version).order_by(TimeEntryChange.version)).all()
    assert changes == list(range(1, len(changes) + 1))


def test_one_link_rates_twice_and_is_revoked(app: Flask) -> None:
    chain = active_chain(app)
    said, mine = given(chain, 3), chain.placement_id
    for time in range(TIMES):
        with transaction():
            link = links.make_by_hand(chain.coordinator, mine, Moment.BASELINE, "Pat Reyes", "")
            link_id = link.id

        def rate(link_id: int = link_id) -> int:
            return evaluating.give_by_link(db.session.get_one(RatingLink, link_id), said).id

        def revoke(link_id: int = link_id) -> None:
            links.revoke(chain.coordinator, mine, link_id)

        outcomes = at_once(app, rate, rate, revoke) if time % 2 else at_once(app, rate, revoke)
        given_now = [one for one in outcomes if isinstance(one, int)]
        assert all(isinstance(one, Conflict) for one in refused(outcomes))
        assert len(given_now) <= 1
        assert db.session.scalar(select(func.count()).where(Evaluation.void_at.is_(None))) == len(given_now)
        for evaluation_id in given_now:
            with transaction():
                evaluating.set_aside(chain.coordinator, mine, evaluation_id, "Once more")


def test_a_credential_is_issued_once(app: Flask) -> None:
    chain = completed_chain(app)
    round_id, mine = chain.published.place.round_id, chain.placement_id

    def issue() -> None:
        issuing.issue(chain.coordinator, round_id, [mine])

    assert len(refused(at_once(app, issue, issue, issue))) == 2
    assert count(Credential) == 1


def test_no_more_links_open_than_may(app: Flask) -> None:
    chain = completed_chain(app)
    credential_id = issued(chain).credential_id
    with transaction() as session:
        session.execute(update(Paperwork).values(directory_information=True))
    for model, share in (
        (PortfolioLink, lambda: keeping.share(chain.student, 7) and None),
        (CredentialLink, lambda: sharing.make(chain.student, credential_id, 7) and None),
    ):
        for _number in range(keeping.MOST_LINKS - 1):
            with transaction():
                share()
        assert len(refused(at_once(app, share, share, share))) == 2
        assert count(model) == keeping.MOST_LINKS


def test_a_vote_counts_once_and_a_prompt_is_retired_once(app: Flask) -> None:
    chain = active_chain(app)
    district_id = chain.published.place.district.id

    def propose() -> None:
        prompting.propose(
            chain.student, "What made you laugh this week?", "en", Asked.WEEKLY, DealStep.PERSONAL
        )

    with transaction():
        propose()
    prompt_id = db.session.scalars(select(Prompt.id)).one()
    for code in ("do_good", "can_ask"):
        with transaction() as session:
            session.execute(delete(PromptVote))

        def vote() -> None:
            prompting.vote(chain.student, prompt_id, wanted=True)

        def retire(code: str = code) -> None:
            prompting.retire_common(chain.coordinator, district_id, code)

        assert refused(at_once(app, vote, vote, vote, retire, retire)) == []
        assert count(PromptVote) == 1
    for _number in range(prompting.MOST_OPEN - 2):
        with transaction():
            propose()
    assert len(refused(at_once(app, propose, propose, propose))) == 2
