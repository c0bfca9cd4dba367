"""An employer hosts again in one click; a coordinator opens a figure to the list behind it: on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser.conftest import BOTH, PHONE, prepared, sign_in, sign_in_as
from tests.browser.serving import Server
from wbl import clock
from wbl.db import db, transaction
from wbl.opportunities.models import Offering, Opportunity
from wbl.rounds.models import RoundState, RunState, SolveRun


def host_of_last_year(server: Server) -> tuple[str, int, int]:
    """Somebody of an employer that offered in a published round; the posting, and the next round."""
    with prepared(server), transaction():
        district = make.make_district("Cypress Schools")
        employer = make.make_employer(district)
        host = make.make_employer_user(employer)
        before = make.make_round(district, name="Spring before", state=RoundState.PUBLISHED)
        run = SolveRun(round_id=before.id, number=1, state=RunState.DONE, queued_at=clock.now())
        offered = Opportunity(
            district_id=district.id,
            external_id="LATHE",
            employer_id=employer.id,
            site_id=employer.sites[0].id,
            title="Lathe helper",
        )
        db.session.add_all([run, offered])
        db.session.flush()
        before.published_run_id = run.id
        db.session.add(
            Offering(
                round_id=before.id,
                opportunity_id=offered.id,
                seats=2,
                kind="internship",
                schedule="Tue 15:30-17:30",
                start_date=date(2027, 1, 12),
                end_date=date(2027, 5, 25),
            )
        )
        target = make.make_round(
            district, name="Spring after", starts_on=date(2028, 1, 10), ends_on=date(2028, 5, 26)
        )
        db.session.flush()
        return host.email, offered.id, target.id


@BOTH
def test_an_employer_hosts_again_in_one_click(server: Server, visit: Callable[..., Page]) -> None:
    email, offered, target = host_of_last_year(server)
    page = visit(PHONE, javascript=False)
    sign_in(page, email)
    page.goto("/our-placements")
    page.get_by_role("link", name="Our interns, and hosting again").click()
    expect(page.get_by_text("Lathe helper")).to_be_visible()
    page.get_by_role("button", name="Host again").click()
    expect(page.get_by_text("A draft for the next round is ready, with the dates moved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lathe helper")
    answers = server.read("SELECT answers FROM posting WHERE round_id = ?", target)
    assert (answers["start_date"], answers["end_date"]) == ("2028-01-11", "2028-05-23")
    assert answers["weekly"] == {"Tue": ["15:30", "17:30"]}
    state = "SELECT o.state FROM opportunity o JOIN posting p ON p.opportunity_id = o.id WHERE p.round_id = ?"
    assert server.ask(state, target) == [("draft",)]
    page.goto("/our-interns")
    expect(page.get_by_role("button", name="Host again")).to_have_count(0)
    page.get_by_role("link", name="Your posting for it").click()
    assert not page.url.endswith(f"/postings/{offered}")


def test_a_coordinator_opens_a_figure_to_its_list(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any]
) -> None:
    page = visit(PHONE)
    sign_in_as(page, demo, "coordinator")
    page.goto("/reports/active")
    page.get_by_role("link", name="By group").click()
    page.wait_for_url("**/reports/equity")
    first = page.get_by_role("row").filter(has_text="Everyone").get_by_role("link", name=re.compile("Placed"))
    shown = int(first.inner_text().split()[0])
    round_id = int(page.locator("#equity-round").input_value())
    placed = (
        "SELECT count(DISTINCT p.student_id) FROM placement p LEFT JOIN placement_answer a "
        "ON a.placement_id = p.id AND a.answer = 'declined' "
        "WHERE p.round_id = ? AND p.state = 'published' AND a.placement_id IS NULL"
    )
    assert server.one(placed, round_id) == shown
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Placed: Everyone")
    expect(page.get_by_role("status").filter(has_text="students")).to_have_text(f"{shown} students")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_text("Identifier")).to_be_visible()
