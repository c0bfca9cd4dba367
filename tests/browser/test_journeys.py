"""Each role's journey by two hands: by keyboard alone on PostgreSQL, by a finger without scripts on SQLite.

The coordinator's are in test_coordinator.py and test_between_rounds.py.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PASSWORD, prepared
from tests.browser.hands import BY_BOTH_HANDS, Hand, sign_in_by
from tests.browser.serving import Server
from wbl.accounts.models import Role
from wbl.accounts.services import create_user
from wbl.db import transaction

pytestmark = BY_BOTH_HANDS
ACTIVITIES = 30


def _sign_in_as(hand: Hand, demo: dict[str, Any], role: str) -> None:
    person = next(person for person in demo["people"] if person["role"] == role)
    sign_in_by(hand, person["email"], person["password"])


def _heading(hand: Hand, text: str) -> None:
    expect(hand.page.get_by_role("heading", level=1)).to_have_text(text)


def _radio(hand: Hand, name: str) -> Locator:
    return hand.page.locator("main").get_by_role("radio", name=name, exact=True)


def test_a_family_reads_answers_signs_and_asks(server: Server, hand: Hand, demo: dict[str, Any]) -> None:
    page = hand.page
    page.goto(demo["family_link"])
    hand.press("Open the letter")
    expect(page.get_by_role("heading", name="What the law allows")).to_be_visible()
    questions = page.locator("#answers fieldset")
    for question in questions.all():
        hand.choose(question.get_by_label("Yes, they may be told"))
    signer = f"Alex {uuid4().hex[:8]}"
    hand.type("Your full name", signer)
    hand.press("Sign and save my answers")
    expect(page.get_by_text("Your answers are on record").first).to_be_visible()
    granted = (
        "SELECT c.field, c.granted, c.source FROM consent c JOIN signature s ON s.id = c.signature_id "
        "WHERE s.name = ? ORDER BY c.field"
    )
    found = server.ask(granted, signer)
    assert "name" in [row[0] for row in found] and len(found) == questions.count()
    assert {row[1:] for row in found} == {(True, "family_link")}

    asked = f"Is there a bus home at {signer}'s hour?"
    hand.type("Your question", asked)
    hand.press("Send the question")
    expect(page.locator("#questions")).to_contain_text(asked)
    assert server.one("SELECT count(*) FROM family_question WHERE text = ?", asked) == 1


def _placed_student(server: Server) -> tuple[int, int, str]:
    """A placed student of the demo who has no sign-in and has begun nothing; their placement; a sign-in."""
    student_id, placement_id = server.ask(
        "SELECT p.student_id, p.id FROM placement p JOIN student_home h ON h.student_id = p.student_id "
        "WHERE p.state = 'published' AND p.round_id = ? AND p.student_id NOT IN "
        "(SELECT student_id FROM membership WHERE student_id IS NOT NULL) AND p.student_id NOT IN "
        "(SELECT student_id FROM submission WHERE round_id = ?) ORDER BY p.id DESC LIMIT 1",
        server.demo["ids"]["round"],
        server.demo["ids"]["collecting"],
    )[0]
    email = f"pupil-{uuid4().hex[:8]}@school.example"
    with prepared(server), transaction():
        create_user(email=email, name="A pupil", password=PASSWORD, role=Role.STUDENT, student_id=student_id)
    return student_id, placement_id, email


def test_a_student_says_what_they_like_ranks_submits_and_accepts(
    server: Server, hand: Hand, demo: dict[str, Any]
) -> None:
    student, placement, email = _placed_student(server)
    sign_in_by(hand, email)
    _interests(hand)
    done = "SELECT count(*) FROM interest_profile WHERE student_id = ? AND done_at IS NOT NULL"
    assert server.one(done, student) == 1

    hand.page.goto("/my-rounds/")
    hand.follow(server.one("SELECT name FROM round WHERE id = ?", demo["ids"]["collecting"]))
    hand.press("Begin")
    _constraints(hand)
    submission = "SELECT id FROM submission WHERE student_id = ? AND round_id = ?"
    submission_id = server.one(submission, student, demo["ids"]["collecting"])
    said = "SELECT travel_modes, max_travel_minutes, available, pay FROM submission WHERE id = ?"
    modes, minutes, available, pay = server.ask(said, submission_id)[0]
    assert {"walk", "bike"} <= set(modes.split(";"))
    assert (str(minutes), pay) == ("90", "paid")
    assert "Tue 15:30-16:30" in available and "Sun 06:00-22:00" in available
    needs = "SELECT count(*) FROM student_need WHERE student_id = ? AND code = 'quiet_space'"
    assert server.one(needs, student) == 1

    _choices(hand)
    ranks = "SELECT offering_id FROM preference WHERE submission_id = ? AND rank IS NOT NULL ORDER BY rank"
    before = server.ask(ranks, submission_id)
    hand.press(re.compile("down$"), within=hand.page.locator(".rank-list > li").first)
    assert server.ask(ranks, submission_id) == [before[1], before[0]]
    hand.follow("Check and submit")
    hand.press("Submit")
    _heading(hand, "You have submitted")
    assert server.one("SELECT count(*) FROM submission_receipt WHERE submission_id = ?", submission_id) == 1
    refused = "SELECT count(*) FROM refusal WHERE submission_id = ?"
    assert server.one(refused, submission_id) == 1

    hand.page.goto("/my-placement")
    hand.press(hand.page.get_by_role("button", name="Accept").inner_text())
    expect(hand.page.get_by_text("You have accepted this place").first).to_be_visible()
    answer = "SELECT answer FROM placement_answer WHERE placement_id = ?"
    assert server.one(answer, placement) == "accepted"


def _interests(hand: Hand) -> None:
    hand.page.goto("/my-interests/")
    hand.press("Start")
    for number in range(ACTIVITIES):
        hand.choose(hand.page.locator("main form input[type=radio]").nth(number % 5))
        hand.press("Save and go on")
    expect(hand.page.get_by_text("All thirty are answered.")).to_be_visible()


def _constraints(hand: Hand) -> None:
    box = hand.page.locator("main").get_by_label
    hand.follow("How I get there")
    hand.tick(box("On foot"))
    hand.tick(box("By bike"))
    hand.select("How long may the trip take", "90 minutes")
    hand.press("Save")
    hand.follow("When I am free")
    hand.choose(_radio(hand, "Only at the times that I mark"))
    hand.tick(box("Sunday, all day"))
    hand.tick(box("Tuesday, 3:30 to 4:00 pm"))
    hand.tick(box("Tuesday, 4:00 to 4:30 pm"))
    hand.press("Save")
    hand.follow("Languages and pay")
    hand.choose(_radio(hand, "Only paid work"))
    hand.press("Save")
    hand.follow("What I need to do my best")
    hand.tick(box("Quiet space"))
    hand.press("Save")


def _choices(hand: Hand) -> None:
    hand.follow("See what is offered")
    hand.type("Work, employer or word", "a")
    hand.select("Show", "Everything")
    hand.press("Filter")
    cards = hand.page.locator(".offer")
    for at in range(2):
        hand.press("Add to my list", within=cards.nth(at))
    hand.press("Not for me", within=cards.nth(2))
    hand.follow("My list")


def test_an_employer_posts_step_by_step_and_the_coordinator_approves(
    server: Server, hand: Hand, demo: dict[str, Any]
) -> None:
    title = f"Deli helper {uuid4().hex[:6]}"
    _sign_in_as(hand, demo, "employer")
    hand.page.goto("/postings/new")
    write_posting(hand, title)
    hand.press("Send it to the school district")
    expect(hand.page.get_by_text("The school district looks at it now.")).to_be_visible()
    hand.page.context.clear_cookies()

    _sign_in_as(hand, demo, "coordinator")
    hand.page.goto("/postings/?state=submitted")
    hand.follow(title)
    hand.press("Approve")
    expect(hand.page.get_by_text("Approved. Students see it in its round.")).to_be_visible()
    found = server.ask(
        "SELECT o.seats, o.schedule, o.hazards, o.employment, o.active FROM offering o "
        "JOIN opportunity y ON y.id = o.opportunity_id WHERE y.title = ? AND y.state = 'approved'",
        title,
    )
    assert found == [(2, "Fri 15:30-18:30", "HO10;Y-FOOD-MACHINES", "trainee", 1)]
    factors = server.read(
        "SELECT p.answers FROM posting p JOIN opportunity y ON y.id = p.opportunity_id WHERE y.title = ?",
        title,
    )["factors"]
    assert set(factors.values()) == {"yes"}


def write_posting(hand: Hand, title: str) -> None:
    """Every step of a posting, from its title to its supervisor."""
    page = hand.page
    go_on = "Save and go on"
    hand.type("Title", title)
    hand.choose(_radio(hand, "Internship"))
    hand.select("In which round?", page.get_by_label("In which round?").locator("option").nth(1).inner_text())
    hand.press(go_on)
    hand.open("Kitchens and food")
    hand.tick(page.get_by_label("Use or clean a meat slicer"))
    law = page.locator("#law")
    if hand.javascript:
        # While they type. The first answer waits for the engine to be loaded.
        expect(law).to_contain_text("16–17 only with a student-learner agreement", timeout=20_000)
    hand.type("A few sentences for students", "Sandwiches for the whole plaza.")
    hand.press(go_on)
    expect(law).to_contain_text("16–17 only with a student-learner agreement")
    expect(law).to_contain_text("HO 10, 29 CFR 570.61")
    hand.choose(_radio(hand, "The same days each week"))
    expect(page.get_by_text("Single days", exact=True)).to_be_visible(visible=not hand.javascript)
    friday = page.get_by_role("group", name="Friday")
    hand.when("From", text="15:30", keys="0330P", within=friday)
    hand.when("To", text="18:30", keys="0630P", within=friday)
    hand.press(go_on)
    place = page.get_by_label("Which place of work?").locator("option").nth(1).inner_text()
    hand.select("Which place of work?", place)
    hand.press(go_on)
    hand.type("How many students can come?", "2")
    hand.press(go_on)
    hand.choose(_radio(hand, "No"))
    hand.press(go_on)
    for question in page.locator("main form fieldset").all():
        hand.choose(question.get_by_label("Yes", exact=True))
    hand.press(go_on)
    hand.press(go_on)  # accessibility: not sure of anything
    hand.press(go_on)  # nothing is required
    hand.type("Who looks after the student?", "Dana Ruiz, kitchen lead")
    hand.press(go_on)


def test_an_employer_interviews_and_decides(server: Server, hand: Hand, demo: dict[str, Any]) -> None:
    undecided = "SELECT id FROM interview WHERE state = 'agreed' AND guardian_at IS NOT NULL"
    interview = server.one(undecided)
    _sign_in_as(hand, demo, "employer")
    hand.page.goto("/our-interviews")
    hand.when("When", text="2027-01-11T15:30", keys="01112027\t0330P")
    hand.type("Where", "12 Plaza Street")
    hand.press("Set the date")
    hand.select("Your decision", hand.page.locator("main option[value=take]").inner_text())
    hand.press("Decide")
    found = "SELECT state, decision, place, starts_at IS NOT NULL FROM interview WHERE id = ?"
    assert server.ask(found, interview) == [("decided", "take", "12 Plaza Street", 1)]


def test_an_administrator_invites_and_changes_a_setting(
    server: Server, hand: Hand, demo: dict[str, Any]
) -> None:
    page, email = hand.page, f"counselor-{uuid4().hex[:8]}@school.example"
    _sign_in_as(hand, demo, "administrator")
    hand.follow("Invitations")
    hand.follow("Invite somebody")
    hand.choose(page.locator("main").get_by_role("radio", name="School staff"))
    hand.press("Go on")
    hand.type("E-mail", email)
    school = page.get_by_label("School").locator("option").last.inner_text()
    hand.select("School", school)
    hand.press("Send the invitation")
    expect(page.locator("main")).to_contain_text(email)
    invited = "SELECT i.role, s.name FROM invitation i JOIN school s ON s.id = i.school_id WHERE i.email = ?"
    assert server.ask(invited, email) == [("school_staff", school)]

    page.goto("/administration/")
    hand.follow("The district")
    hand.type("Phone", "555-0142")
    hand.press("Save")
    phone = "SELECT phone FROM district WHERE id = ?"
    assert server.one(phone, demo["ids"]["district"]) == "555-0142"
    recorded = "SELECT count(*) FROM audit_event WHERE action = 'district.edit' AND district_id = ?"
    assert server.one(recorded, demo["ids"]["district"]) >= 1


@pytest.mark.parametrize("role", ["advisor", "school_staff"])
def test_staff_see_how_far_their_students_are(
    server: Server, hand: Hand, demo: dict[str, Any], role: str
) -> None:
    _sign_in_as(hand, demo, role)
    hand.follow(server.one("SELECT name FROM round WHERE id = ?", demo["ids"]["round"]))
    scope = {
        "advisor": "c.student_id FROM caseload c JOIN membership m ON m.user_id = c.user_id",
        "school_staff": "c.id FROM student c JOIN membership m ON m.school_id = c.school_id",
    }[role]
    placed = server.ask(
        "SELECT s.family_name FROM student s JOIN placement p ON p.student_id = s.id "
        f"WHERE p.round_id = ? AND p.state = 'published' AND s.id IN (SELECT {scope} WHERE m.role = ?) "
        "ORDER BY s.family_name",
        demo["ids"]["round"],
        role,
    )
    name = placed[0][0]
    hand.type("Name or identifier", name)
    hand.press("Filter")
    rows = hand.page.locator("main table tbody tr")
    expect(rows.filter(has_text=name).first).to_be_visible()
    # Other districts have their own students by the same identifiers.
    others = (
        "SELECT min(s.external_id) FROM student s WHERE s.district_id = ? "
        f"AND s.id NOT IN (SELECT {scope} WHERE m.role = ?)"
    )
    elsewhere = server.one(others, demo["ids"]["district"], role)
    hand.type("Name or identifier", elsewhere)
    hand.press("Filter")
    expect(hand.page.get_by_text("Nobody fits that search")).to_be_visible()
