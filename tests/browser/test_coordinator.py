"""A coordinator's way from an empty district to published placements, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.browser.hands import Keyboard, sign_in_by
from tests.browser.looking import faults_of
from tests.browser.serving import Server

NAME = "Spring internships"
OF_DISTRICT = (
    "SELECT r.id FROM round r JOIN membership m ON m.district_id = r.district_id "
    'JOIN "user" u ON u.id = m.user_id WHERE u.email = ?'
)


class Desk:
    """The coordinator at work in one browser. ``looks``: each new kind of page is examined on the way."""

    def __init__(self, page: Page, server: Server, email: str, *, looks: bool) -> None:
        self.page, self.server, self.email, self.looks = page, server, email, looks

    @property
    def round_id(self) -> int:
        return int(self.server.one(OF_DISTRICT, self.email))

    def look(self) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        if self.looks:
            assert faults_of(self.page) == [], self.page.url

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def create(self) -> None:
        sign_in(self.page, self.email)
        self.look()
        self.follow("Create a round")
        self.page.get_by_label("Name", exact=True).fill(NAME)
        self.page.get_by_label("First day").fill("2027-01-11")
        self.page.get_by_label("Last day").fill("2027-05-28")
        self.press("Create the round")
        self.look()

    def import_files(self, path: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_label("Round folder").click()
        chooser.value.set_files(path)
        self.press("Check the files")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("What would change")
        assert self.server.one("SELECT count(*) FROM submission WHERE round_id = ?", self.round_id) == 0
        self.look()
        self.press("Import")
        expect(self.page.get_by_text("Imported. The round can be solved now.")).to_be_visible()
        self.look()
        assert self.server.one("SELECT count(*) FROM submission WHERE round_id = ?", self.round_id) == 120

    def solve(self, button: str, number: int) -> None:
        """Press, watch, and see the result come by itself."""
        self.press(button)
        self.page.wait_for_url(f"**/runs/{number}")
        expect(self.page.get_by_role("heading", name="Placements")).to_be_visible(timeout=60_000)
        assert self.state_of_run(number) == "done"

    def state_of_run(self, number: int) -> str:
        return str(
            self.server.one(
                "SELECT state FROM solve_run WHERE round_id = ? AND number = ?", self.round_id, number
            )
        )

    def forbid_the_first(self) -> str:
        """Forbid what the first student of the list got; the student's name."""
        first = self.page.locator("#list tbody th a").first
        name = first.inner_text()
        first.click()
        self.look()
        self.follow("Forbid this")
        self.look()
        self.press("Keep this")
        expect(self.page.get_by_role("alert")).to_contain_text("Say why")
        self.page.get_by_role("textbox", name="Why").fill("The supervisor is a relative.")
        self.press("Keep this")
        expect(self.page.get_by_text("Noted. It holds from the next solve on.")).to_be_visible()
        reasons = self.server.ask(
            "SELECT p.decision, r.text FROM pin p JOIN reason r ON r.id = p.reason_id "
            "WHERE p.round_id = ? AND r.text LIKE 'The supervisor%'",
            self.round_id,
        )
        assert reasons == [("forbid", "The supervisor is a relative.")]
        return name

    def publish(self, number: int) -> int:
        """Publish a run; how many placements it has."""
        self.page.goto(f"/rounds/{self.round_id}/runs/{number}")
        self.follow(re.compile(r"^Publish \d"))
        self.look()
        self.page.locator("main form button[type=submit]").click()
        expect(self.page.get_by_text("Published. The letters are being written now.")).to_be_visible()
        self.look()
        published = "SELECT count(*) FROM placement WHERE round_id = ? AND state = 'published'"
        return int(self.server.one(published, self.round_id))

    def download_letters(self) -> bytes:
        waiting = (
            "SELECT count(*) FROM letter_book b JOIN publication p ON p.id = b.publication_id "
            "WHERE p.round_id = ?"
        )
        self.server.wait_for(waiting, self.round_id, seconds=90)
        self.page.goto(f"/rounds/{self.round_id}/letters")
        self.look()
        link = self.page.get_by_role("link", name="Print all letters (PDF)")
        answer = self.page.request.get(link.get_attribute("href") or "")
        assert answer.headers["content-type"] == "application/pdf"
        return answer.body()

    def withdraw(self) -> None:
        self.page.goto(f"/rounds/{self.round_id}")
        self.follow("Withdraw")
        self.look()
        self.page.get_by_label("Why").fill("Two employers closed their doors.")
        self.press("Withdraw the placements")
        expect(self.page.get_by_text("Withdrawn.")).to_be_visible()
        expect(self.page.get_by_text("Two employers closed their doors.")).to_be_visible()
        states = self.server.ask("SELECT DISTINCT state FROM placement WHERE round_id = ?", self.round_id)
        assert states == [("withdrawn",)]
        assert self.server.ask("SELECT published_run_id FROM round WHERE id = ?", self.round_id) == [(None,)]


@pytest.mark.parametrize(
    ("server", "width", "javascript"),
    [("postgresql", WIDE, True), ("sqlite", PHONE, False)],
    ids=["1280 px, PostgreSQL", "390 px without JavaScript, SQLite"],
    indirect=["server"],
)
def test_from_an_empty_district_to_published_and_back(
    server: Server,
    visit: Callable[..., Page],
    new_district: str,
    demo_zip: Path,
    width: int,
    javascript: bool,
) -> None:
    desk = Desk(visit(width, javascript=javascript), server, new_district, looks=javascript)
    desk.create()
    desk.import_files(demo_zip)
    desk.solve("Solve", 1)
    name = desk.forbid_the_first()
    desk.page.goto(f"/rounds/{desk.round_id}")
    desk.solve("Solve again", 2)

    desk.follow("Compare with another run")
    expect(desk.page.locator("#moves")).to_contain_text(name)
    desk.look()

    placed = desk.publish(2)
    summary = "SELECT summary FROM solve_run WHERE round_id = ? AND number = 2"
    assert placed == server.read(summary, desk.round_id)["placed"]
    assert placed > 100
    book = desk.download_letters()
    assert book.startswith(b"%PDF") and len(book) > 100_000
    desk.withdraw()


def test_files_with_faults_are_refused_by_line_and_column(
    server: Server, visit: Callable[..., Page], new_district: str, tmp_path: Path
) -> None:
    students = tmp_path / "students.csv"
    students.write_text("student_id,grade\nS1,eleven\n")
    opportunities = tmp_path / "opportunities.csv"
    opportunities.write_text("opportunity_id,seats\nO1,1\n")
    desk = Desk(visit(), server, new_district, looks=True)
    desk.create()
    desk.page.get_by_label("Round folder").set_input_files([students, opportunities])
    desk.press("Check the files")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("These files cannot be imported yet")
    row = desk.page.get_by_role("row").filter(has_text="students.csv").first
    expect(row).to_contain_text("2")
    expect(row).to_contain_text("grade")
    desk.look()
    assert server.one("SELECT count(*) FROM submission WHERE round_id = ?", desk.round_id) == 0


def test_the_keyboard_alone_goes_from_signing_in_to_published(
    server: Server, visit: Callable[..., Page], new_district: str, demo_zip: Path
) -> None:
    page = visit()
    hand = Keyboard(page)
    sign_in_by(hand, new_district)
    hand.follow("Create a round")
    hand.type("Name", NAME)
    hand.when("First day", text="2027-01-11", keys="01112027")
    hand.when("Last day", text="2027-05-28", keys="05282027")
    hand.press("Create the round")
    hand.to(page.get_by_label("Round folder"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(demo_zip)
    hand.press("Check the files")
    hand.press("Import")
    hand.press("Solve")
    expect(page.get_by_role("heading", name="Placements")).to_be_visible(timeout=60_000)
    hand.follow(re.compile(r"^Publish \d"))
    hand.press(page.locator("main form button[type=submit]").inner_text())
    expect(page.get_by_text("Published. The letters are being written now.")).to_be_visible()
    round_id = server.one(OF_DISTRICT, new_district)
    assert server.one("SELECT published_run_id FROM round WHERE id = ?", round_id) is not None
