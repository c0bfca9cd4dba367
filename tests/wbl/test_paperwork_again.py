"""Paperwork that begins anew, that is over, or whose document changes while somebody holds the paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from tests.wbl.contenders import contenders
from tests.wbl.paperwork_support import MOMENT, Chain, at, make_chain
from wbl.agreements.advancing import advance
from wbl.agreements.models import AgreementSignature, Paperwork, PaperworkState, PaperworkTask
from wbl.agreements.nudging import nudge_next
from wbl.agreements.versions import current
from wbl.db import db, transaction
from wbl.jobs.models import OutboxItem
from wbl.placements import changing
from wbl.placements.models import EndKind, Placement
from wbl.rounds.queries import publication_in_force


def end_and_give_again(chain: Chain) -> None:
    placement_id = chain.placement_id
    with transaction():
        changing.end(chain.coordinator, placement_id, kind=EndKind.ENDED, reason="By mistake")
    with transaction():
        publication = publication_in_force(chain.published.place.round_id)
        assert publication is not None
        found = db.session.get_one(Placement, placement_id)
        made = changing.begin_change(chain.coordinator, publication)
        said = changing.Judged(1, 10, ["permit"], {})
        changing.add(made, publication, found.student_id, found.offering_id, said)
        changing.announce(made, publication, chain.published.place.district.id, [placement_id])


def nudge_at(app: Flask, days: int) -> int:
    """How many things the worker finds to do for the paperwork after so many days."""
    at(app, MOMENT + timedelta(days=days))
    return sum(1 for _nudge in iter(nudge_next, False))


def mails(chain: Chain) -> int:
    key = OutboxItem.key.startswith(f"mail:paperwork:{chain.placement_id}:")
    return db.session.scalar(select(func.count()).select_from(OutboxItem).where(key)) or 0


def test_a_placement_given_again_goes_the_whole_way_again(app: Flask) -> None:
    chain = make_chain(app)
    assert nudge_at(app, 5)
    at(app, MOMENT)
    chain.up_to_active()
    before = mails(chain)
    end_and_give_again(chain)
    assert nudge_at(app, 5)
    assert mails(chain) > before
    at(app, MOMENT)
    chain.up_to_active()
    assert chain.paperwork.state is PaperworkState.ACTIVE


def test_nobody_is_asked_to_sign_for_a_placement_that_is_over(app: Flask) -> None:
    chain = make_chain(app)
    over = datetime(2027, 5, 29, 12, tzinfo=UTC)
    before = mails(chain)
    assert nudge_at(app, (over - MOMENT).days + 1) == 0
    assert mails(chain) == before
    with transaction():
        db.session.execute(delete(PaperworkTask))
        db.session.execute(delete(Paperwork))
    assert nudge_at(app, (over - MOMENT).days + 1) == 0
    assert db.session.scalar(select(func.count()).select_from(Paperwork)) == 0


def test_a_paper_is_recorded_under_the_version_that_was_on_the_screen(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    chain = make_chain(app)
    chain.up_to_employer()
    browser = sign_in(chain.published.place.user)
    path = f"/placements/{chain.placement_id}/paperwork/paper"
    version = current(chain.placement_id)
    assert version is not None
    read, old = version.digest, version.id
    assert f'value="{read}"' in browser.get(path).get_data(as_text=True)
    chain.confirm("Somebody else")  # another supervisor: another document
    paper = {"role": "student", "signed_name": "Ana Castillo", "signed_on": "2026-12-01"}
    answer = browser.post(path, data={**paper, "digest": read}, follow_redirects=True)
    assert "The agreement has changed meanwhile" in answer.get_data(as_text=True)
    newer = select(func.count()).select_from(AgreementSignature).where(AgreementSignature.agreement_id != old)
    assert db.session.scalar(newer) == 0


def test_a_seat_that_was_lost_is_held_by_nobody(app: Flask) -> None:
    """Benny has the second seat of two when Ana's, the first, is lost: the one that is left is his."""
    ana, benny = contenders(app)
    with transaction():
        changing.set_seats(ana.coordinator, ana.round_id, ana.offering_id, 2)
    for one in (ana, benny):
        one.up_to_active()
        assert one.paperwork.state is PaperworkState.ACTIVE
    with transaction():
        changing.end(ana.coordinator, ana.placement_id, kind=EndKind.SEAT_LOST, reason="One leaves")
    ana.is_placed_again()
    ana.up_to_active()
    assert ana.paperwork.state is PaperworkState.OPEN
    with transaction():
        changing.end(benny.coordinator, benny.placement_id, kind=EndKind.ENDED, reason="He moves away")
        advance(ana.coordinator, ana.placement_id)
    assert (ana.paperwork.state, ana.paperwork.seat) == (PaperworkState.ACTIVE, 1)
