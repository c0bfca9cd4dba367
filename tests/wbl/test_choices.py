"""Finding, ranking, refusing and handing in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matching.files import parse_round
from tests import factories as make
from tests.wbl.collecting import Collecting, collecting_place
from tests.wbl.rounds_support import OPPORTUNITIES
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests import choices, offers, submissions
from wbl.interests.judging import judged
from wbl.interests.models import OfferingNote, Preference, Refusal, SubmissionReceipt
from wbl.interests.place_map import area_of, place_map
from wbl.interests.rank_words import how_ranks_are_used
from wbl.rounds.models import Round
from wbl.rounds.snapshot import snapshot

# A bakery that needs age 17 (Ana is 16), one that is far away, and one at a time of school.
MORE = (
    OPPORTUNITIES.replace("schedule,description", "schedule,min_age,paid,cluster,description")
    .replace("Tue 15:30-17:30,", "Tue 15:30-17:30,,yes,Healthcare & Human Services,")
    .replace("Wed 15:30-17:30,", "Wed 15:30-17:30,,no,Marketing & Sales,")
    + "BAKERY,2,E2,,Bakery helper,internship,RCE,30.14,-90.62,Sat 09:00-12:00,17,yes,,Knead dough,\n"
    + "FARM,1,E3,,Farm hand,internship,RIC,31.9,-90.6,Sat 09:00-12:00,,yes,,Feed the animals,\n"
)


@pytest.fixture
def place(app: Flask) -> Collecting:
    found = collecting_place(opportunities=MORE)
    with transaction():
        submissions.begin(found.actor, found.round_id)
    return found


def listed(place: Collecting) -> list[tuple[str, int]]:
    rows = db.session.scalars(
        select(Preference)
        .where(Preference.submission_id == place.submission().id, Preference.rank.is_not(None))
        .order_by(Preference.rank)
        .execution_options(populate_existing=True)
    )
    return [(row.offering.opportunity.external_id, row.rank or 0) for row in rows]


def chosen(place: Collecting, *names: str) -> None:
    for name in names:
        with transaction():
            choices.add(place.actor, place.round_id, place.offering(name).id)


# ---- judged by the engine's own rules -------------------------------------------------------------------


def test_why_it_fits_and_why_it_cannot_be(place: Collecting) -> None:
    found = judged(place.place.round, place.submission())
    assert found is not None
    assert {name: one.possible for name, one in found.items()} == {
        "CLINIC": True,
        "SHOP": True,
        "BAKERY": False,
        "FARM": False,
    }
    assert "Getting there from school takes 8 minutes by car." in found["CLINIC"].why("en")
    assert found["BAKERY"].why_not("en") == [
        "The employer takes students from age 17 on. You turn 17 on March 4, 2027."
    ]
    assert "Cumples 17 el 4 de marzo de 2027." in found["BAKERY"].why_not("es")[0]
    assert "The trip would take" in found["FARM"].why_not("en")[0]
    assert found["CLINIC"].minutes == 17 and 0 < found["CLINIC"].worth < found["SHOP"].worth


def test_what_the_student_says_changes_the_judgement_and_their_own_choices_do_not(place: Collecting) -> None:
    chosen(place, "SHOP")
    with transaction():
        choices.set_open(place.actor, place.round_id, False)
        choices.refuse(place.actor, place.round_id, place.offering("CLINIC").id)
    found = judged(place.place.round, place.submission())
    assert found is not None and found["CLINIC"].possible
    with transaction():
        submissions.save_times(place.actor, place.round_id, "Wed 15:00-18:00")
    found = judged(place.place.round, place.submission())
    assert found is not None and not found["CLINIC"].possible and found["SHOP"].possible


# ---- choices --------------------------------------------------------------------------------------------


def test_the_list_stays_numbered_from_one(place: Collecting) -> None:
    assert listed(place) == [("CLINIC", 1)]  # from the import
    chosen(place, "SHOP", "FARM", "SHOP")
    assert listed(place) == [("CLINIC", 1), ("SHOP", 2), ("FARM", 3)]
    shop = place.offering("SHOP").id
    with transaction():
        choices.move(place.actor, place.round_id, shop, "up")
        choices.move(place.actor, place.round_id, shop, "up")  # is the first already
    assert listed(place) == [("SHOP", 1), ("CLINIC", 2), ("FARM", 3)]
    order = [place.offering(name).id for name in ("FARM", "SHOP", "CLINIC")]
    with transaction():
        choices.reorder(place.actor, place.round_id, order)
    with pytest.raises(DomainError), transaction():
        choices.reorder(place.actor, place.round_id, order[:2])
    assert listed(place) == [("FARM", 1), ("SHOP", 2), ("CLINIC", 3)]
    with transaction():
        choices.remove(place.actor, place.round_id, order[0])
        choices.remove(place.actor, place.round_id, order[2])
    assert listed(place) == [("SHOP", 1)]
    # What the employer said of the pair stays with it.
    kept = db.session.get(Preference, (place.submission().id, order[2]), populate_existing=True)
    assert kept is not None and (kept.rank, kept.opportunity_rank) == (None, 2)


def test_a_no_takes_it_off_the_list_and_reaches_the_engine(place: Collecting) -> None:
    clinic = place.offering("CLINIC").id
    with transaction():
        choices.refuse(place.actor, place.round_id, clinic)
        choices.refuse(place.actor, place.round_id, clinic)
    assert listed(place) == []
    problem = parse_round(snapshot(place.place.round))
    assert [problem.opportunities.ids[at] for at in problem.refusals.opportunity.tolist()] == ["CLINIC"]
    with transaction():
        choices.add(place.actor, place.round_id, clinic)
    assert db.session.scalars(select(Refusal)).all() == [] and listed(place) == [("CLINIC", 1)]


def test_nothing_is_chosen_for_somebody_else_or_of_another_round(place: Collecting) -> None:
    other = collecting_place()
    for wrong in (other.offering("CLINIC").id, 999_999):
        with pytest.raises(NotFound), transaction():
            choices.add(place.actor, place.round_id, wrong)
        with pytest.raises(NotFound), transaction():
            choices.keep_note(place.actor, place.round_id, wrong, "hello")
    with pytest.raises(NotFound), transaction():
        choices.add(other.actor, place.round_id, place.offering("CLINIC").id)
    place.close()
    with pytest.raises(Conflict), transaction():
        choices.refuse(place.actor, place.round_id, place.offering("SHOP").id)


def test_handing_in_keeps_a_receipt_of_what_was_said_then(place: Collecting) -> None:
    chosen(place, "SHOP")
    with transaction():
        choices.keep_note(place.actor, place.round_id, place.offering("SHOP").id, " ask about the bus ")
        first = choices.submit(place.actor, place.round_id)
    assert place.submission().submitted_at is not None
    assert [choice["en"] for choice in first.record["choices"]] == ["Clinic aide", "Shop helper"]
    with transaction():
        choices.move(place.actor, place.round_id, place.offering("SHOP").id, "up")
        choices.submit(place.actor, place.round_id)
    kept = [receipt.record["choices"][0]["en"] for receipt in db.session.scalars(select(SubmissionReceipt))]
    assert kept == ["Clinic aide", "Shop helper"]
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "submission.submit")).all()
    assert [event.details["preferences"] for event in events] == [2, 2]
    note = db.session.scalars(select(OfferingNote)).one()
    assert note.text == "ask about the bus"
    assert b"ask about" not in b"".join(snapshot(place.place.round).values())


def test_a_round_that_looks_at_lists_alone_wants_one(place: Collecting) -> None:
    with transaction():
        db.session.get_one(Round, place.round_id).policy = {"pairs": {"unranked": "never"}}
        choices.remove(place.actor, place.round_id, place.offering("CLINIC").id)
    with pytest.raises(DomainError, match="at least one place"), transaction():
        choices.submit(place.actor, place.round_id)


def test_how_ranks_are_used_is_true_for_the_round(app: Flask) -> None:
    with app.test_request_context():
        usual = how_ranks_are_used({}, open_to_others=False)
        assert "place as many students as possible" in usual[0]
        assert "your order (40%)" in usual[1] and "your list alone" in usual[-1]
        fit_first = {
            "objective": {"goals": ["utility", "placed"]},
            "weights": {"preference": 0},
            "pairs": {"unranked": "always"},
        }
        other = how_ranks_are_used(fit_first, open_to_others=False)
        assert other[0].index("fit") < other[0].index("as many")
        assert "does not count" in other[1] and "something else" in other[-1]


# ---- the map ---------------------------------------------------------------------------------------------


def test_the_map_counts_places_and_shows_no_home(place: Collecting) -> None:
    submission = place.submission()
    ids = offers.matching_ids(place.place.round, submission, offers.Wanted())
    found = place_map(ids, place.student.school)
    assert found is not None and sum(spot.count for spot in found.spots) == 4 and found.elsewhere == 0
    north = max(found.spots, key=lambda spot: -spot.y)
    assert area_of(north.area) is not None
    inside = offers.matching_ids(place.place.round, submission, offers.Wanted(area=area_of(north.area)))
    assert inside == [place.offering("FARM").id]
    assert area_of("1,2,3") is None and area_of("9,9,1,1") is None and area_of("a,b,c,d") is None
    assert place_map([], None) is None


# ---- the pages -------------------------------------------------------------------------------------------


def test_browsing_filters_and_says_why(
    place: Collecting, sign_in: Callable[..., FlaskClient], count_queries: Callable[[], object]
) -> None:
    browser = sign_in(place.user)
    browser.get(f"{place.path}/offers")
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = browser.get(f"{place.path}/offers").text
    assert len(statements) <= 30
    assert "2 of 4 are possible for you" in page
    assert "You turn 17 on March 4, 2027." in page and "takes 8 minutes by car" in page

    def titles(query: str) -> list[str]:
        text = browser.get(f"{place.path}/offers?{query}").text
        return re.findall(r'<h2><a href="[^"]*">([^<]*)</a>', text)

    assert sorted(titles("possible=yes")) == ["Clinic aide", "Shop helper"]
    assert titles("q=dough") == ["Bakery helper"]
    assert titles("kind=job_shadow") == ["Shop helper"]
    assert titles("cluster=Marketing+%26+Sales") == ["Shop helper"]
    assert titles("pay=unpaid") == ["Shop helper"]
    assert sorted(titles("day=Sat")) == ["Bakery helper", "Farm hand"]
    assert "Farm hand" not in titles("minutes=60")
    assert titles("sort=title") == ["Bakery helper", "Clinic aide", "Farm hand", "Shop helper"]
    assert titles("q=nothing+of+this") == [] and titles("minutes=x&page=99&area=1,2&sort=no")
    assert "<svg" in browser.get(f"{place.path}/offers/map").text


def test_a_student_ranks_refuses_and_hands_in_without_javascript(
    place: Collecting, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(place.user)
    shop, farm = place.offering("SHOP").id, place.offering("FARM").id
    back = browser.post(
        f"{place.path}/offers/{shop}", data={"do": "add", "back": "https://elsewhere.example/"}
    )
    assert back.headers["Location"] == f"{place.path}/choices"
    browser.post(f"{place.path}/offers/{farm}", data={"do": "refuse", "back": f"{place.path}/offers?q=farm"})
    assert browser.post(f"{place.path}/offers/{shop}", data={"do": "eat"}).status_code == 404
    browser.post(f"{place.path}/choices", data={"move": f"up:{shop}"})
    assert listed(place) == [("SHOP", 1), ("CLINIC", 2)]
    stale = browser.post(f"{place.path}/choices", data={"order": [str(shop)]}, follow_redirects=True)
    assert "changed in another window" in stale.text
    assert browser.post(f"{place.path}/choices", data={"move": "up:x"}).status_code == 404
    browser.post(f"{place.path}/offers/{shop}/note", data={"note": "Ask <b>Pat</b>"})
    page = browser.get(f"{place.path}/choices").text
    assert (
        "Ask &lt;b&gt;Pat" in page and "which your coordinator can download" in page and "Farm hand" in page
    )
    browser.post(f"{place.path}/open", data={"open": "no"})
    assert place.submission().open_to_others == "no"
    assert "Shop helper" in browser.get(f"{place.path}/submit").text
    assert browser.get(f"{place.path}/receipt").status_code == 404
    assert browser.post(f"{place.path}/submit").headers["Location"] == f"{place.path}/receipt"
    page = browser.get(f"{place.path}/receipt").text
    assert "You have submitted" in page and "You have changed something since" not in page
    browser.post(f"{place.path}/offers/{shop}", data={"do": "remove"})
    assert "You have changed something since" in browser.get(f"{place.path}/receipt").text
    place.close()
    assert browser.post(f"{place.path}/offers/{shop}", data={"do": "add"}).status_code == 409
    assert "Clinic aide" in browser.get(f"{place.path}/choices").text
    assert "Add to my list" not in browser.get(f"{place.path}/offers").text
    with make.made():
        other = make.make_student_user(make.make_student(place.place.district))
    stranger = sign_in(other, browser.application.test_client())
    for path in ("offers", "offers/map", f"offers/{shop}", "choices", "submit", "receipt"):
        assert stranger.get(f"{place.path}/{path}").status_code == 404, path
