"""A student in a round that collects, by mouse: a drag marks a week, and another orders the choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, sign_in_as
from tests.browser.serving import Server

SUBMISSION = (
    "SELECT s.id FROM submission s JOIN membership m ON m.student_id = s.student_id "
    "JOIN \"user\" u ON u.id = m.user_id WHERE s.round_id = ? AND u.email = 'student@demo.example'"
)
RANKS = "SELECT offering_id FROM preference WHERE submission_id = ? AND rank IS NOT NULL ORDER BY rank"
AVAILABLE = "SELECT available FROM submission WHERE id = ?"


def test_a_student_marks_a_week_ranks_and_submits(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    page = visit()
    sign_in_as(page, demo, "student")
    path = f"/my-rounds/{demo['ids']['collecting']}"
    submission = server.one(SUBMISSION, demo["ids"]["collecting"])

    # By mouse: a drag marks what it passes, and says that only these count.
    page.set_viewport_size({"width": 1280, "height": 2000})  # nothing scrolls away under the pointer
    page.goto(f"{path}/times")
    marked = page.locator("input[name=slot]:checked")
    while marked.count():
        marked.first.uncheck()
    page.get_by_label("At any time").check()
    first, last = (
        page.get_by_label(f"Saturday, {time}") for time in ("9:00 to 9:30 am", "11:30 am to 12:00 pm")
    )
    first.hover()
    page.mouse.down()
    last.hover()
    page.mouse.up()
    expect(page.get_by_label("Only at the times that I mark")).to_be_checked()
    # By keyboard: arrows move, the space bar marks.
    page.get_by_label("Tuesday, 3:30 to 4:00 pm").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.get_by_label("Keep these too").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="About me")).to_be_visible()
    assert server.one(AVAILABLE, submission) == "Tue 15:30-16:30;Sat 09:00-12:00"

    # By drag: the third choice becomes the first, and is stored so.
    before = [row[0] for row in server.ask(RANKS, submission)]
    page.goto(f"{path}/choices")
    items = page.locator(".rank-list > li")
    with page.expect_navigation():
        items.nth(2).drag_to(items.nth(0), target_position={"x": 60, "y": 4})
    after = [row[0] for row in server.ask(RANKS, submission)]
    assert after == [before[2], before[0], before[1], *before[3:]]
    # By keyboard: the arrows of the list.
    page.locator(".rank-list > li").nth(0).get_by_role("button", name="down").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rank-list > li").nth(1)).to_have_attribute("id", f"choice-{before[2]}")

    receipts = "SELECT count(*) FROM submission_receipt WHERE submission_id = ?"
    earlier = server.one(receipts, submission)
    page.get_by_role("link", name="Check and submit").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have submitted")
    assert server.one(receipts, submission) == earlier + 1
    assert server.one("SELECT submitted_at IS NOT NULL FROM submission WHERE id = ?", submission) == 1


def test_a_student_ranks_by_finger(server: Server, visit: Callable[..., Page], demo: dict[str, Any]) -> None:
    """Held by the number a choice moves; anywhere else the finger scrolls, and nothing moves."""
    page = visit(PHONE, touch=True)
    sign_in_as(page, demo, "student")
    page.goto(f"/my-rounds/{demo['ids']['collecting']}/choices")
    submission = server.one(SUBMISSION, demo["ids"]["collecting"])
    before = [row[0] for row in server.ask(RANKS, submission)]
    fingers = page.context.new_cdp_session(page)

    def middle(selector: str, place: int) -> tuple[float, float]:
        box = page.locator(selector).nth(place).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def swipe(start: tuple[float, float], end_y: float) -> None:
        touch = {"x": start[0], "y": start[1]}
        fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [touch]})
        for step in range(1, 9):
            touch = {"x": start[0], "y": start[1] + (end_y - start[1]) * step / 8}
            fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [touch]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    page.locator(".rank-list").scroll_into_view_if_needed()
    row = middle(".rank-what", 1)
    swipe(row, row[1] + 150)
    assert [r[0] for r in server.ask(RANKS, submission)] == before
    top = page.locator(".rank-list > li").nth(0).bounding_box()
    assert top is not None
    with page.expect_navigation():
        swipe(middle(".rank-number", 1), top["y"] + 6)
    assert [r[0] for r in server.ask(RANKS, submission)] == [before[1], before[0], *before[2:]]
