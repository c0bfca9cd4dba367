"""Who can sign in to the demo, and one family's link."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select

from wbl.accounts.models import User
from wbl.db import db
from wbl.demo.journey import SLUG, password_of
from wbl.letters.content import family_url
from wbl.people.models import District
from wbl.placements import tokens
from wbl.placements.models import FamilyLink, Placement, PlacementState
from wbl.rounds.models import Round

ROLES = ("coordinator", "student", "employer")

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
    """Address, one person a role with e-mail and password, and one family link."""
    placement_round = db.session.get_one(Round, round_id)
    emails = [f"{role}@{placement_round.district.slug}.example" for role in ROLES]
    users = {user.email: user for user in db.session.scalars(select(User).where(User.email.in_(emails)))}
    people = [
        {"role": role, "email": email, "password": password_of(email), "name": users[email].name}
        for role, email in zip(ROLES, emails, strict=True)
        if email in users
    ]
    # The last link: a family that has not answered yet, so that there is something to do.
    link = db.session.scalar(
        select(FamilyLink)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .where(
            Placement.round_id == round_id,
            Placement.state == PlacementState.PUBLISHED,
            FamilyLink.revoked_at.is_(None),
            FamilyLink.guardian_id.is_not(None),
        )
        .order_by(FamilyLink.id.desc())
        .limit(1)
    )
    return {
        "address": current_app.config["PUBLIC_URL"],
        "round": placement_round.name,
        "people": people,
        "family_link": family_url(tokens.token_of(link.nonce)) if link is not None else None,
    }


def as_text(found: SignIns) -> str:
    """The same for a person to read."""
    lines = ["", f"Open {found['address']} and sign in as"]
    lines += [f"  {p['role']:<12} {p['email']:<34} {p['password']}" for p in found["people"]]
    if found["family_link"]:
        lines.append(f"  a family, without an account: {found['family_link']}")
    return "\n".join(lines)
