"""A student passes a credential on by a link that ends; who may, and what the link opens.

Under 18 it takes a family's yes to directory information for the newest placement (no, until somebody
gives it), unless the district has decided that students share what is theirs without it.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork
from wbl.audit.services import record
from wbl.credentials import queries
from wbl.credentials.models import CredentialLink
from wbl.db import db
from wbl.errors import Conflict, DomainError
from wbl.links import keeping
from wbl.people.models import District, Student, StudentBirth, YouthAuthority
from wbl.people.queries import hold
from wbl.placements.authority import decides_alone
from wbl.placements.models import Placement, PlacementState

DAYS = (7, 30, 90)
MOST = 10
"""Links of one credential that open at once."""
LOST = _l("It may have run out, or whoever gave it to you has ended it. Ask them for another one.")


def may_share(student_id: int) -> bool:
    """Whether what is this student's may be shown to whoever has a link of theirs."""
    row = db.session.execute(
        select(District, StudentBirth.birth_date, YouthAuthority)
        .select_from(Student)
        .join(District, District.id == Student.district_id)
        .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
        .outerjoin(YouthAuthority, YouthAuthority.student_id == Student.id)
        .where(Student.id == student_id)
    ).one()
    district: District = row[0]
    if not district.sharing_needs_consent:
        return True
    if decides_alone(row[1], row[2], clock.today(district.timezone)):
        return True
    allowed = db.session.scalar(
        select(Paperwork.directory_information)
        .join(Placement, Placement.id == Paperwork.placement_id)
        .where(Placement.student_id == student_id, Placement.state == PlacementState.PUBLISHED)
        .order_by(Placement.id.desc())
        .limit(1)
    )
    return bool(allowed)


def make(actor: Actor, credential_id: int, days: int) -> CredentialLink:
    """A link that opens for so many days. Flushes.

    Raises
    ------
    NotFound
        Where it is somebody else's credential.
    Conflict
        Where the credential was revoked.
    DomainError
        Where the student may not share yet, that many links open it, or the days are none to choose from.
    """
    document = queries.own_one(actor, credential_id)
    hold(document.student_id)
    if document.credential.revoked_at is not None:
        raise Conflict(_("This credential was revoked: there is nothing to share."))
    if not may_share(document.student_id):
        raise DomainError(_("Until you are 18, your family says whether you may share this by a link."))
    if days not in DAYS:
        raise DomainError(_("Choose how long the link opens."), field="days")
    if len(queries.links([credential_id]).get(credential_id, [])) >= MOST:
        raise DomainError(_("Ten links open it already. End one first."), field="days")
    link = keeping.make(CredentialLink, timedelta(days=days), credential_id=credential_id)
    record(
        actor,
        "credential.share",
        document.credential,
        district_id=document.credential.district_id,
        link=link.id,
    )
    db.session.flush()
    return link


def revoke(actor: Actor, credential_id: int, link_id: int) -> None:
    """End a link. Flushes; raises NotFound where it is none in force of the student's own."""
    document = queries.own_one(actor, credential_id)
    keeping.revoke(
        actor,
        "credential.unshare",
        CredentialLink,
        link_id,
        CredentialLink.credential_id == credential_id,
        subject=document.credential,
        district_id=document.credential.district_id,
    )


def opened(token: str) -> CredentialLink | None:
    """The link that this token opens now; a family's no ends it as the student's own does."""
    link = queries.link_by_token(token)
    return link if link is not None and may_share(link.document.student_id) else None
