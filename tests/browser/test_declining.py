"""A student says no to a place: who is told, who holds the seat meanwhile, and who gets it."""

from __future__ import annotations

import re
from typing import NamedTuple

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.conftest import prepared
from tests.browser.hands import BY_BOTH_HANDS, Hand, sign_in_by
from tests.browser.serving import Server
from tests.wbl.published import NEAR
from tests.wbl.rounds_support import bring_in, make_place, small_folder
from wbl.db import transaction
from wbl.people.models import Student
from wbl.placements.publishing import publish
from wbl.rounds import services

pytestmark = BY_BOTH_HANDS
IN_FORCE = (
    "SELECT s.external_id, o.external_id FROM placement p JOIN student s ON s.id = p.student_id "
    "JOIN offering f ON f.id = p.offering_id JOIN opportunity o ON o.id = f.opportunity_id "
    "WHERE p.round_id = ? AND p.state = 'published' ORDER BY 1"
)
SAID = (
    "SELECT a.answer, r.text FROM placement_answer a JOIN placement p ON p.id = a.placement_id "
    "JOIN reason r ON r.id = a.reason_id WHERE p.round_id = ?"
)
ENDED = "SELECT e.kind FROM placement_end e JOIN placement p ON p.id = e.placement_id WHERE p.round_id = ?"


class Round(NamedTuple):
    """A published round of a district of its own: Ana at the clinic, Benny at the shop, S3 nowhere."""

    id: int
    coordinator: str
    student: str  # Ana's e-mail
    third: str  # the name of S3


def _published(server: Server) -> Round:
    with prepared(server):
        place = make_place()
        bring_in(place, small_folder(students=NEAR))
        with transaction():
            run = services.queue_run(place.actor, place.round_id).id
        coordinator, actor, round_id = place.user.email, place.actor, place.round_id
        district = place.district.id
    server.wait_for("SELECT count(*) FROM solve_run WHERE id = ? AND state = 'done'", run)
    with prepared(server), transaction() as session:
        publish(actor, run)
        of_district = session.query(Student).filter_by(district_id=district)
        ana = make.make_student_user(of_district.filter_by(external_id="S1").one())
        return Round(round_id, coordinator, ana.email, of_district.filter_by(external_id="S3").one().name)


def test_a_student_says_no_and_the_seat_goes_to_another(server: Server, hand: Hand) -> None:
    made = _published(server)
    page, main = hand.page, hand.page.locator("main")
    assert server.ask(IN_FORCE, made.id) == [("S1", "CLINIC"), ("S2", "SHOP")]

    sign_in_by(hand, made.student)
    hand.follow("I cannot take this")
    hand.type("Why, if you like to say", "My grandmother needs me on Tuesdays.")
    hand.press("Say no")
    expect(page.get_by_role("heading", level=1)).to_have_text("You said no to Bayou Clinic")
    assert server.ask(SAID, made.id) == [("declined", "My grandmother needs me on Tuesdays.")]
    # The seat is nobody else's before a coordinator has ended the placement.
    assert server.ask(IN_FORCE, made.id) == [("S1", "CLINIC"), ("S2", "SHOP")]
    page.context.clear_cookies()

    sign_in_by(hand, made.coordinator)
    hand.follow("1 student said no to a place")
    hand.follow("Ana Castillo")
    expect(main).to_contain_text("My grandmother needs me on Tuesdays.")
    hand.follow("End it", within=main.locator(".notice"))
    expect(page.get_by_label("The student or the family said no")).to_be_checked()
    hand.type("Why", "She cares for her grandmother.")
    hand.press("End the placement")
    assert server.ask(ENDED, made.id) == [("declined",)]
    assert server.ask(IN_FORCE, made.id) == [("S2", "SHOP")]
    hand.follow(re.compile(f"^Choose a seat.*{re.escape(made.third)}$"))
    hand.choose(page.get_by_label(re.compile("^Clinic aide")))
    hand.type("Why this one", "The seat was free.")
    hand.press("Place and write the letter")
    assert server.ask(IN_FORCE, made.id) == [("S2", "SHOP"), ("S3", "CLINIC")]
    page.context.clear_cookies()

    # Whoever said no waits for another place, and keeps none of the old one.
    sign_in_by(hand, made.student)
    page.goto("/my-placement")
    expect(main).not_to_contain_text("Bayou Clinic")
    page.context.clear_cookies()
    written = (
        "SELECT count(*) FROM letter l JOIN placement p ON p.id = l.placement_id JOIN student s "
        "ON s.id = p.student_id WHERE p.round_id = ? AND s.external_id = 'S3'"
    )
    server.wait_for(written, made.id)
