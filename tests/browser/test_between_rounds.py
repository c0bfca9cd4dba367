"""A published round goes on: a family says no, and another student gets the seat; letters by list."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.browser.serving import Server
from tests.browser.test_coordinator import OF_DISTRICT
from tests.wbl.published import NEAR
from tests.wbl.rounds_support import small_folder, zipped

IN_FORCE = (
    "SELECT s.external_id, o.external_id FROM placement p JOIN student s ON s.id = p.student_id "
    "JOIN offering f ON f.id = p.offering_id JOIN opportunity o ON o.id = f.opportunity_id "
    "WHERE p.round_id = ? AND p.state = 'published' ORDER BY 1"
)

ENDED = (
    "SELECT e.kind, r.text FROM placement_end e JOIN placement_change c ON c.id = e.change_id "
    "JOIN reason r ON r.id = c.reason_id JOIN placement p ON p.id = e.placement_id WHERE p.round_id = ?"
)
GIVEN = "SELECT count(*) FROM letter_given g JOIN placement p ON p.id = g.placement_id WHERE p.round_id = ?"


@pytest.fixture
def small_zip(tmp_path: Path) -> Path:
    path = tmp_path / "small.zip"
    path.write_bytes(zipped(small_folder(students=NEAR)))
    return path


@pytest.mark.parametrize(
    ("server", "width", "javascript"),
    [("postgresql", WIDE, True), ("sqlite", PHONE, False)],
    ids=["1280 px, PostgreSQL", "390 px without JavaScript, SQLite"],
    indirect=["server"],
)
def test_a_seat_that_a_family_declines_goes_to_another_student(
    server: Server,
    visit: Callable[..., Page],
    new_district: str,
    small_zip: Path,
    width: int,
    javascript: bool,
) -> None:
    page = visit(width, javascript=javascript)
    main = page.locator("main")

    def press(name: str | re.Pattern[str]) -> None:
        main.get_by_role("button", name=name).first.click()

    sign_in(page, new_district)
    page.get_by_label("Round folder").set_input_files(small_zip)
    press("Check the files")
    press("Import and solve")
    publish = main.get_by_role("link", name=re.compile(r"^Publish \d"))
    expect(publish.first).to_be_visible(timeout=60_000)
    publish.first.click()
    press(re.compile(r"^Publish \d"))
    round_id = server.one(OF_DISTRICT, new_district)
    assert server.ask(IN_FORCE, round_id) == [("S1", "CLINIC"), ("S2", "SHOP")]

    page.goto(f"/rounds/{round_id}/placements")
    main.get_by_role("link", name="Ana Castillo").click()
    main.get_by_role("link", name="End it").click()
    page.get_by_label("The student or the family said no").check()
    page.get_by_label("No, they take part").check()
    page.get_by_label("Why").fill("Found work of her own")
    press("End the placement")
    expect(main.get_by_text("1 placement ended")).to_be_visible()
    assert server.ask(IN_FORCE, round_id) == [("S2", "SHOP")]

    main.get_by_role("link", name=re.compile("^Choose a seat")).click()
    page.get_by_label(re.compile("Clinic aide")).check()
    page.get_by_label("Why this one").fill("The seat was free")
    press("Place and write the letter")
    assert server.ask(IN_FORCE, round_id) == [("S2", "SHOP"), ("S3", "CLINIC")]
    ended = "SELECT e.kind, r.text FROM placement_end e JOIN placement_change c ON c.id = e.change_id "
    ended += (
        "JOIN reason r ON r.id = c.reason_id JOIN placement p ON p.id = e.placement_id WHERE p.round_id = ?"
    )
    assert server.ask(ended, round_id) == [("declined", "Found work of her own")]

    written = "SELECT count(*) FROM letter l JOIN placement p ON p.id = l.placement_id "
    written += "WHERE p.round_id = ? AND p.state = 'published' AND l.state = 'written'"
    server.wait_for(written, round_id)
    page.goto(f"/rounds/{round_id}/letters")
    page.get_by_label("Letter of Benny Ochoa").check()
    press("Note as handed over")
    expect(main.get_by_text("1 letter is noted as handed over.")).to_be_visible()
    assert server.one(GIVEN, round_id) == 1
    press("Undo")
    expect(main.get_by_text("Taken back.")).to_be_visible()
    assert server.one(GIVEN, round_id) == 0
