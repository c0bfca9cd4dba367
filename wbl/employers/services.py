"""Employers themselves: sign-up, their sites, their people."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import delete, select

from wbl import clock
from wbl.accounts import invitations
from wbl.accounts.actor import Actor
from wbl.accounts.models import Invitation, Role
from wbl.audit.services import record
from wbl.db import change, db
from wbl.employers import queries
from wbl.employers.models import (
    Employer,
    EmployerOrigin,
    EmployerOwner,
    Outreach,
    OutreachStage,
    Site,
)
from wbl.errors import Conflict, DomainError, NotFound

VISITOR = Actor(kind="visitor")
SITE_TEXTS = (
    "name",
    "address",
    "city",
    "postal_code",
    "contact_name",
    "contact_email",
    "contact_phone",
)
MOST_WAITING = 200
"""So many sign-ups of a district may wait: a robot's flood ends there."""

Texts = Mapping[str, str]


def add(
    actor: Actor,
    district_id: int,
    origin: EmployerOrigin,
    stage: OutreachStage,
    name: str,
    site: Texts,
    about: str = "",
) -> Employer:
    """A new employer of a district with its first site, at a stage of the outreach. Flushes."""
    made = Employer(
        district_id=district_id,
        external_id=f"employer-{secrets.token_hex(5)}",
        name=name.strip(),
        about=about.strip(),
        origin=origin,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(_site(made, site))
    db.session.add(
        Outreach(employer_id=made.id, stage=stage, next_action="", next_on=None, changed_at=clock.now())
    )
    record(actor, "employer.add", made, district_id=district_id, origin=origin.value)
    db.session.flush()
    return made


def _site(employer: Employer, texts: Texts) -> Site:
    return Site(
        employer_id=employer.id,
        external_id=f"site-{secrets.token_hex(5)}",
        **{name: texts.get(name, "").strip() for name in SITE_TEXTS},
    )


def sign_up(district_id: int, *, name: str, about: str, site: Texts) -> Employer:
    """An employer asks to join, from the public page. No mail goes out: a coordinator looks first. Flushes.

    Raises
    ------
    DomainError
        Where too many wait already, or the same organization does.
    """
    waiting = (
        select(Employer)
        .join(Outreach, Outreach.employer_id == Employer.id)
        .where(
            Employer.district_id == district_id,
            Employer.origin == EmployerOrigin.SIGN_UP,
            Outreach.stage == OutreachStage.INTERESTED,
        )
        .limit(MOST_WAITING)
    )
    found = db.session.scalars(waiting).all()
    if len(found) >= MOST_WAITING:
        raise DomainError(_("Too many sign-ups wait just now. Please call the school district."))
    if any(one.name.casefold() == name.strip().casefold() for one in found):
        raise Conflict(
            _("An organization of this name has signed up already. The school district will call.")
        )
    return add(VISITOR, district_id, EmployerOrigin.SIGN_UP, OutreachStage.INTERESTED, name, site, about)


def save_site(
    actor: Actor,
    employer_id: int,
    site_id: int | None,
    texts: Texts,
    place: tuple[float | None, float | None],
) -> Site:
    """Add or change a place of work. Flushes."""
    employer = queries.employer(actor, employer_id)
    if site_id is None:
        site = _site(employer, texts)
        db.session.add(site)
    else:
        site = queries.site(actor, employer_id, site_id)
        for name in SITE_TEXTS:
            setattr(site, name, texts.get(name, "").strip())
    site.latitude, site.longitude = place
    db.session.flush()
    record(actor, "employer.site", employer, district_id=employer.district_id, site=site.id)
    db.session.flush()
    return site


def save_about(actor: Actor, employer_id: int, *, name: str, about: str) -> Employer:
    """Change what an employer is called and says of itself. Flushes."""
    employer = queries.employer(actor, employer_id)
    employer.name, employer.about = name.strip(), about.strip()
    record(actor, "employer.change", employer, district_id=employer.district_id)
    db.session.flush()
    return employer


def invite(actor: Actor, employer_id: int, *, email: str, name: str = "") -> Invitation:
    """Invite somebody to sign in for an employer: by a coordinator, or by whoever owns it. Flushes.

    Raises
    ------
    NotFound
        Where the actor may not.
    """
    employer = queries.employer(actor, employer_id)
    if not queries.owns(actor, employer):
        raise NotFound()
    # Whoever owns it may do this one thing of a coordinator's.
    as_office = replace(actor, coordinator_of=actor.coordinator_of | {employer.district_id})
    place = invitations.Place(employer.district_id, Role.EMPLOYER, employer_id=employer.id)
    return invitations.invite(as_office, place, email=email, name=name)


def hand_over(actor: Actor, employer_id: int, user_id: int) -> None:
    """Another of its people owns the employer from now on. Flushes.

    Raises
    ------
    NotFound
        Where the actor does not own it, or the other is none of its people.
    """
    employer = queries.employer(actor, employer_id)
    if not queries.owns(actor, employer) or user_id not in {p.user_id for p in queries.people(employer)}:
        raise NotFound()
    change(delete(EmployerOwner).where(EmployerOwner.employer_id == employer.id))
    db.session.add(EmployerOwner(employer_id=employer.id, user_id=user_id, since=clock.now()))
    record(actor, "employer.hand_over", employer, district_id=employer.district_id, to=user_id)
    db.session.flush()
