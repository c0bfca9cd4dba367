"""What an employer confirms before it signs: who supervises, and when the safety orientation is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.invitations import checked_email
from wbl.agreements.advancing import advance, in_force
from wbl.agreements.models import Paperwork, SignerRole, SigningLink
from wbl.agreements.opening import first_day
from wbl.agreements.signing import check_open
from wbl.agreements.standing import standings
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.placements import queries
from wbl.placements.models import Placement


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``supervisor_signs``: the supervisor is somebody else than whoever signs, and signs too."""

    supervisor: str
    oriented_on: date
    phone: str = ""
    email: str = ""
    supervisor_signs: bool = False


def confirm_by_link(link: SigningLink, said: Confirmation) -> Paperwork:
    """The employer confirms by its link. Flushes. Raises as :func:`confirm_own`."""
    if link.role is not SignerRole.EMPLOYER:
        raise NotFound()
    placement, paperwork = in_force(link.placement_id)
    check_open(link)
    return _confirm(Actor(kind="signing_link", id=link.id), placement, paperwork, said)


def confirm_own(actor: Actor, placement_id: int, said: Confirmation) -> Paperwork:
    """Somebody of the employer's, signed in, confirms. Flushes.

    Another supervisor than the agreement names makes a new version of it, which needs every signature
    anew.

    Raises
    ------
    NotFound
        Where it is not a placement of theirs whose student they may know.
    Conflict
        Where the family has not agreed.
    DomainError
        Where nobody is named, an address is none, or the orientation comes after the first day.
    """
    queries.hosted_one(actor, placement_id)
    return _confirm(actor, *in_force(placement_id), said)


def confirm_on_behalf(actor: Actor, placement_id: int, said: Confirmation) -> Paperwork:
    """A coordinator writes down what the employer said on the phone or on paper. Flushes.
    Raises as :func:`confirm_own`."""
    queries.placement(actor, placement_id)
    return _confirm(actor, *in_force(placement_id), said)


def _confirm(actor: Actor, placement: Placement, paperwork: Paperwork, said: Confirmation) -> Paperwork:
    if not standings([placement])[placement.id].name_told:
        raise Conflict(_("The family has not agreed yet that you know who comes."))
    if len(said.supervisor.strip()) < 2:
        raise DomainError(_("Say who looks after the student."), field="supervisor")
    starts = first_day(placement)
    if said.oriented_on > starts:
        raise DomainError(
            _("The safety orientation comes before any task: on the first day at the latest."),
            field="oriented_on",
        )
    if said.supervisor_signs and not said.email.strip():
        raise DomainError(_("Enter the supervisor's e-mail: they get a link to sign."), field="email")
    paperwork.supervisor = said.supervisor.strip()
    paperwork.supervisor_phone = said.phone.strip()
    paperwork.supervisor_email = checked_email(said.email) if said.email.strip() else ""
    paperwork.supervisor_signs = said.supervisor_signs
    paperwork.oriented_on = said.oriented_on
    paperwork.confirmed_at = clock.now()
    record(actor, "paperwork.confirm", placement, district_id=placement.publication.round.district_id)
    advance(actor, placement.id)
    db.session.flush()
    return paperwork
