"""From a published place to an active one, each step by its own person on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, PHONE, Server, sign_in
from tests.browser.looking import faults_of
from tests.browser.serving import SECRET
from wbl.accounts.models import Role
from wbl.accounts.services import create_user
from wbl.agreements import links
from wbl.agreements.models import SignerRole
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.placements.models import FamilyLink

# A student under 18 whose guardian reads English and has not answered, with a contact at the workplace.
CANDIDATE = """
SELECT p.id, l.id, p.student_id, g.name FROM placement p
JOIN paperwork w ON w.placement_id = p.id AND w.state = 'open' AND w.step = 'student'
JOIN round r ON r.id = p.round_id JOIN district d ON d.id = r.district_id AND d.slug = 'demo'
JOIN family_link l ON l.placement_id = p.id AND l.revoked_at IS NULL
JOIN guardian g ON g.id = l.guardian_id AND g.may_sign AND g.language = 'en'
JOIN student_birth b ON b.student_id = p.student_id AND b.birth_date > '2009-06-01'
JOIN offering o ON o.id = p.offering_id JOIN opportunity y ON y.id = o.opportunity_id
JOIN site s ON s.id = y.site_id AND s.contact_email <> ''
WHERE p.state = 'published' AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.placement_id = p.id)
AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.student_id = p.student_id)
AND NOT EXISTS (SELECT 1 FROM placement_answer a WHERE a.placement_id = p.id)
ORDER BY p.id LIMIT 1
"""


@pytest.fixture
def candidate(server: Server, demo: dict[str, Any]) -> dict[str, Any]:
    """A placement that nobody has begun, with a sign-in of its student and the links of the others."""
    placement_id, link_id, student_id, guardian = server.ask(CANDIDATE)[0]
    with create_app({**server.settings, "SECRET_KEY": SECRET}).app_context():
        with transaction():
            email = f"phone-{student_id}@pupils.example"
            create_user(
                email=email, name="A student", password=PASSWORD, role=Role.STUDENT, student_id=student_id
            )
        family = db.session.get_one(FamilyLink, link_id).token
        db.session.remove()
    return {"placement": placement_id, "email": email, "family": family, "guardian": guardian}


def workplace_token(server: Server, placement_id: int) -> str:
    with create_app({**server.settings, "SECRET_KEY": SECRET}).app_context():
        link = links.in_force(placement_id, SignerRole.EMPLOYER)
        assert link is not None
        token = link.token
        db.session.remove()
    return token


def test_everybody_does_their_step_on_a_phone(
    server: Server, visit: Callable[..., Page], demo: dict[str, Any], candidate: dict[str, Any]
) -> None:
    placement_id = candidate["placement"]

    def step() -> str:
        return str(server.one("SELECT step FROM paperwork WHERE placement_id = ?", placement_id))

    def look(page: Page) -> None:
        assert faults_of(page) == []

    def sign(page: Page, name: str) -> None:
        page.get_by_label("Your full name, as your signature").fill(name)
        page.get_by_role("button", name="Sign the agreement").click()
        expect(page.get_by_text("Whoever is next is told")).to_be_visible()

    student = visit(PHONE)
    sign_in(student, candidate["email"])
    student.goto(f"{server.address}/my-placement")
    student.get_by_role("button", name=re.compile("^Accept")).click()
    student.get_by_role("link", name="What is needed before you start").click()
    expect(student.get_by_role("heading", name="What the employer does")).to_be_visible()
    look(student)
    sign(student, "A Student")
    assert step() == "guardian"

    family = visit(PHONE)
    family.goto(f"{server.address}/f/{candidate['family']}")
    family.get_by_role("button", name="Open the letter").click()
    for yes in family.get_by_label("Yes, they may be told").all():
        yes.check()
    family.get_by_label("Your full name, as your signature").fill(candidate["guardian"])
    family.get_by_role("button", name="Sign and save my answers").click()
    family.get_by_role("link", name="Go to the agreement").click()
    look(family)
    sign(family, candidate["guardian"])
    family.get_by_label("Name of person 1").fill("Grandmother Luz")
    family.get_by_label("Phone of person 1").fill("(555) 555-0177")
    family.get_by_role("button", name="Save the contacts").click()
    expect(family.get_by_text("The emergency contacts are on record.")).to_be_visible()
    assert step() == "employer"

    employer = visit(PHONE)
    token = workplace_token(server, placement_id)
    employer.goto(f"{server.address}/a/{token}")
    assert server.one("SELECT confirmed_at IS NULL FROM paperwork WHERE placement_id = ?", placement_id)
    employer.get_by_role("button", name="Open it").click()
    look(employer)
    employer.get_by_role("button", name="Confirm").click()
    sign(employer, "Pat Reyes")
    look(employer)
    assert step() == "school"

    school = visit(PHONE)
    person = next(one for one in demo["people"] if one["role"] == "coordinator")
    sign_in(school, person["email"], person["password"])
    school.goto(f"{server.address}/placements/{placement_id}/paperwork")
    look(school)
    while school.get_by_role("button", name="It is arranged").count():
        school.get_by_role("button", name="It is arranged").first.click()
    sign(school, "The coordinator")
    state = "SELECT state, seat IS NOT NULL, active_at IS NOT NULL FROM paperwork WHERE placement_id = ?"
    assert server.ask(state, placement_id) == [("active", 1, 1)]
    roles = (
        "SELECT group_concat(s.role) FROM (SELECT role FROM agreement_signature s JOIN training_agreement a "
        "ON a.id = s.agreement_id WHERE a.placement_id = ? AND a.superseded_at IS NULL ORDER BY s.id) s"
    )
    assert server.one(roles, placement_id) == "student,guardian,employer,school"
    look(school)
