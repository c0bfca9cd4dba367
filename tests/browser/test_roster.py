"""A roster comes in by the administrator's hand; the coordinator then finds its student by a few letters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.conftest import BOTH, PASSWORD, PHONE, sign_in
from tests.browser.looking import faults_of
from tests.browser.serving import Server
from tests.wbl.rounds_support import zipped
from tests.wbl.test_rosters import folder
from wbl.accounts.models import Role, User
from wbl.accounts.services import create_user
from wbl.app import create_app
from wbl.db import db, transaction


def _administrator(server: Server, coordinator: str) -> str:
    """Somebody who administers the coordinator's district."""
    email = f"boss-{coordinator}"
    with create_app(server.settings).app_context():
        with transaction():
            user = db.session.scalars(select(User).where(User.email == coordinator)).one()
            district_id = user.memberships[0].district_id
            create_user(
                email=email, name="Ruth", password=PASSWORD, role=Role.ADMINISTRATOR, district_id=district_id
            )
        db.engine.dispose()
    return email


@BOTH
def test_from_a_roster_to_a_found_student(
    server: Server, visit: Callable[..., Page], new_district: str, tmp_path: Path
) -> None:
    archive = tmp_path / "roster.zip"
    archive.write_bytes(zipped(folder()))
    desk = visit(javascript=False)
    sign_in(desk, _administrator(server, new_district))
    desk.get_by_role("link", name="Rosters").click()
    desk.get_by_label("Roster", exact=True).set_input_files(archive)
    desk.get_by_role("button", name="Check the roster").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("What would change")
    expect(desk.locator("main")).to_contain_text("Ana Castillo")
    of_district = (
        "FROM student s JOIN membership m ON m.district_id = s.district_id "
        'JOIN "user" u ON u.id = m.user_id WHERE u.email = ?'
    )
    assert server.one(f"SELECT count(*) {of_district}", new_district) == 0
    desk.get_by_role("button", name="Apply the roster").click()
    expect(desk.get_by_text("The roster is applied.")).to_be_visible()
    assert server.ask(f"SELECT s.external_id, s.rostered {of_district} ORDER BY 1", new_district) == [
        ("u1", 1),
        ("u2", 1),
    ]

    phone = visit(PHONE)
    sign_in(phone, new_district)
    phone.locator("summary").filter(has_text="Menu").click()
    phone.get_by_label("Student, employer, opportunity or round").locator("visible=true").fill("cast")
    phone.get_by_role("button", name="Search", exact=True).locator("visible=true").click()
    assert faults_of(phone) == []
    phone.get_by_role("link", name="Ana Castillo").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ana Castillo")
