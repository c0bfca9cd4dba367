"""Who can sign in to the demo, and one family's link."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from wbl.accounts.models import Membership, User
from wbl.db import db
from wbl.demo.office import SLUG, email_of, link_to_try, open_links, password_of, unplaced_of
from wbl.i18n import LANGUAGE_NAMES
from wbl.letters.content import family_language
from wbl.people.models import District, Student
from wbl.placements.models import FamilyLink, Placement
from wbl.rounds.models import Round

ROLES = {
    "coordinator": "coordinator",
    "administrator": "administrator",
    "advisor": "advisor",
    "school_staff": "school staff",
    "program_lead": "program lead",
    "student": "student",
    "student_unplaced": "student without a place",
    "employer": "employer",
}

SignIns = dict[str, Any]


def newest() -> SignIns | None:
    """Those of the newest published round of a demo district, or None."""
    round_id = db.session.scalar(
        select(Round.id)
        .join(District, District.id == Round.district_id)
        .where(District.slug.like(f"{SLUG}%"), Round.published_run_id.is_not(None))
        .order_by(Round.id.desc())
        .limit(1)
    )
    return None if round_id is None else of_round(round_id)


def of_round(round_id: int) -> SignIns:
    """Address, one person a role with e-mail and password, a family link, and one a language of families."""
    placement_round = db.session.get_one(Round, round_id)
    emails = {role: email_of(role, placement_round.district.slug) for role in ROLES}
    users = {
        user.email: user for user in db.session.scalars(select(User).where(User.email.in_(emails.values())))
    }
    if not _is_unplaced(emails["student_unplaced"], placement_round):
        del emails["student_unplaced"]
    people = [
        {"role": role, "email": email, "password": password_of(email), "name": users[email].name}
        for role, email in emails.items()
        if email in users
    ]
    link = link_to_try(round_id)
    return {
        "address": current_app.config["PUBLIC_URL"],
        "round": placement_round.name,
        "people": people,
        "family_link": link.address if link is not None else None,
        "family_links": _links_by_language(round_id),
    }


def _links_by_language(round_id: int) -> dict[str, str]:
    """By language of their letter: the first link of a guardian, of those that still open."""
    links = db.session.scalars(
        open_links(round_id)
        .options(
            joinedload(FamilyLink.guardian), joinedload(FamilyLink.placement).joinedload(Placement.student)
        )
        .order_by(FamilyLink.id)
    )
    found: dict[str, str] = {}
    for link in links:
        found.setdefault(family_language(link), link.address)
    return found


def _is_unplaced(email: str, placement_round: Round) -> bool:
    """Whether this sign-in is of a student without a place in this round: it may be of an earlier one."""
    statement = (
        unplaced_of(placement_round)
        .join(Membership, Membership.student_id == Student.id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == email)
    )
    return db.session.scalar(statement) is not None


def as_text(found: SignIns, first: str = "Open") -> str:
    """The same for a person to read. ``first``: how the sentence begins that names the address."""
    width = max((len(ROLES[person["role"]]) for person in found["people"]), default=0)
    lines = ["", f"{first} {found['address']} and sign in as"]
    lines += [f"  {ROLES[p['role']]:<{width}}  {p['email']:<34} {p['password']}" for p in found["people"]]
    if found["people"]:
        lines.append("  (in the demo, staff signs in without one-time codes; see the district's settings)")
    if found["family_link"]:
        lines.append(f"  a family, without an account: {found['family_link']}")
    lines += [
        f"  a family that reads {LANGUAGE_NAMES[code]}: {url}"
        for code, url in found["family_links"].items()
        if code != "en"
    ]
    return "\n".join(lines)
