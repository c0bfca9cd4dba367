"""What a credential says: that a student completed a placement, where, when and with what learned.

It names the student and the employer's organization, and no other person. It is written in English,
the language in which employers and colleges of the district read.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale

from matching.messages import label
from wbl.credentials import addresses, revocation
from wbl.credentials.models import Credential
from wbl.credentials.specification import OUR_CONTEXT, V2_CONTEXT
from wbl.labels import kind_label
from wbl.people.models import District
from wbl.placements.models import Placement


@dataclass(frozen=True, slots=True)
class Completed:
    """What is known of a completed placement. ``hours`` None: nobody recorded any."""

    student: str
    kind: str
    title: str
    employer: str
    starts: date
    ends: date
    skills: tuple[str, ...]
    hours: float | None

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.title}" if self.title else self.kind

    @property
    def narrative(self) -> str:
        """What had to be done for it."""
        where = f" at {self.employer}" if self.employer else ""
        said = [
            f"Completed the placement{where}, from {self.starts.isoformat()} to {self.ends.isoformat()},"
            " under a training agreement that everybody concerned had signed."
        ]
        if self.skills:
            said.append(f"Practised there: {', '.join(self.skills)}.")
        if self.hours is not None:
            said.append(f"Hours recorded and confirmed: {self.hours:g}.")
        return " ".join(said)


def completed(placement: Placement, hours: float | None) -> Completed:
    """What is known of one, from rows that are loaded whole."""
    offering, opportunity = placement.offering, placement.offering.opportunity
    placement_round = placement.publication.round
    codes = [code.strip() for code in offering.teaches.split(";") if code.strip()]
    with force_locale("en"):
        kind = kind_label(offering.kind or "internship")
    return Completed(
        student=placement.student.name,
        kind=kind,
        title=opportunity.title,
        employer=opportunity.employer.name if opportunity.employer is not None else "",
        starts=offering.start_date or placement_round.first_day,
        ends=offering.end_date or placement_round.ends_on,
        skills=tuple(label("en", f"learn:{code}") for code in codes),
        hours=hours,
    )


def issuer_profile(district: District) -> dict[str, Any]:
    """Who issues: the district, as its letters name it."""
    profile: dict[str, Any] = {
        "id": addresses.issuer(district.slug),
        "type": ["Profile"],
        "name": district.name,
    }
    if district.email:
        profile["email"] = district.email
    if district.phone:
        profile["phone"] = district.phone
    return profile


def compose(credential: Credential, district: District, said: Completed, offering_id: int) -> dict[str, Any]:
    """The whole payload of a token: the credential, and the token's own claims beside it."""
    issuer = issuer_profile(district)
    issued = credential.issued_at.astimezone(UTC).replace(microsecond=0)
    # One achievement an offering: those who did the same have the same.
    achievement = uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer['id']}/offerings/{offering_id}")
    zone = ZoneInfo(district.timezone)
    list_number, position = divmod(credential.position, revocation.LENGTH)
    listed = addresses.status_list(district.slug, list_number)
    subject = f"urn:uuid:{uuid.uuid4()}"
    document = {
        "@context": [V2_CONTEXT, OUR_CONTEXT],
        "id": addresses.credential(credential.uuid),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer,
        "validFrom": _zulu(issued),
        "name": said.name,
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": said.student,
                    "identityType": "name",
                }
            ],
            "activityStartDate": datetime.combine(said.starts, time.min, zone).isoformat(),
            "activityEndDate": datetime.combine(said.ends, time.min, zone).isoformat(),
            "achievement": _achievement(f"urn:uuid:{achievement}", issuer, said),
            **_hours(achievement, said.hours),
        },
        "credentialStatus": {
            "id": f"{listed}#{position}",
            "type": revocation.ENTRY,
            "statusPurpose": "revocation",
            "statusListIndex": str(position),
            "statusListCredential": listed,
        },
    }
    return {**document, **_claims(document, issued)}


def status_credential(
    district: District, number: int, revoked: list[int], moment: datetime
) -> dict[str, Any]:
    """A status list as a credential of its own, which is signed as the others are."""
    address = addresses.status_list(district.slug, number)
    issued = moment.astimezone(UTC).replace(microsecond=0)
    document = {
        "@context": [V2_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.issuer(district.slug),
        "validFrom": _zulu(issued),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": revocation.LIST,
            "statusPurpose": "revocation",
            "encodedList": revocation.encode(revoked),
        },
    }
    return {**document, **_claims(document, issued)}


def _achievement(identifier: str, issuer: dict[str, Any], said: Completed) -> dict[str, Any]:
    where = f" at {said.employer}" if said.employer else ""
    achievement: dict[str, Any] = {
        "id": identifier,
        "type": ["Achievement"],
        "achievementType": "Fieldwork",
        "creator": issuer,
        "name": said.name,
        "description": f"A completed placement{where}, arranged by {issuer['name']}.",
        "criteria": {"narrative": said.narrative},
        "inLanguage": "en",
    }
    if said.skills:
        achievement["tag"] = list(said.skills)
    if said.hours is not None:
        achievement["resultDescription"] = [
            {
                "id": f"{identifier}:hours",
                "type": ["ResultDescription"],
                "name": "Hours",
                "resultType": "RawScore",
            }
        ]
    return achievement


def _hours(achievement: uuid.UUID, hours: float | None) -> dict[str, Any]:
    if hours is None:
        return {}
    link = f"urn:uuid:{achievement}:hours"
    return {"result": [{"type": ["Result"], "resultDescription": link, "value": f"{hours:g}"}]}


def _claims(document: dict[str, Any], issued: datetime) -> dict[str, Any]:
    issuer = document["issuer"]
    return {
        "iss": issuer["id"] if isinstance(issuer, dict) else issuer,
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": int(issued.timestamp()),
    }


def _zulu(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
