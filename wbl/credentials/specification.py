"""The data model of Open Badges 3.0, as far as a document can be held to it: classes and properties.

Each property says what it holds, and how often it must and may be there, as the specification writes
it (``1``, ``0..1``, ``1..*``, ``0..*``). Further properties are allowed everywhere: the specification
lets issuers add their own. Documents of the Verifiable Credentials Data Model 1.1
name two dates differently (``DATES``), and their endorsements may do without two properties (``LATER``).
"""

from __future__ import annotations

from dataclasses import dataclass

V2_CONTEXT = "https://www.w3.org/ns/credentials/v2"
V1_CONTEXT = "https://www.w3.org/2018/credentials/v1"
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context"
"""How every version's address of the context of Open Badges begins."""
OUR_CONTEXT = f"{BADGE_CONTEXT}-3.0.3.json"

DATES = {V2_CONTEXT: ("validFrom", "validUntil"), V1_CONTEXT: ("issuanceDate", "expirationDate")}
"""By the first context: since when a credential is valid, and until when."""
V1_DATE = DATES[V1_CONTEXT][0]
LATER = {"AchievementCredential": (), "EndorsementCredential": ("id", "name")}
"""What a credential must have only since version 2.0 of the data model."""

TYPES = {
    # One of each group must be among the types of such an object.
    "AchievementCredential": (("VerifiableCredential",), ("OpenBadgeCredential", "AchievementCredential")),
    "EndorsementCredential": (("VerifiableCredential",), ("EndorsementCredential",)),
}
UNTYPED = {"Criteria", "CredentialSchema", "CredentialStatus", "RefreshService", "Proof"}
"""Classes whose type, where they have one, may be any."""

VOCABULARIES = {
    "ResultStatus": ("Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Withdrew"),
    "ResultType": (
        *("GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore"),
        *("Result", "RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", "Status"),
    ),
}
OPEN = {"ResultType"}
"""Vocabularies that an issuer may add to, with words that begin with ``ext:``."""

_CREDENTIAL = {
    "id": "URI 1",
    "name": "Text 0..1",
    "description": "Text 0..1",
    "image": "Image 0..1",
    "issuer": "ProfileRef 1",
    "awardedDate": "DateTime 0..1",
    "proof": "Proof 0..*",
    "credentialSchema": "CredentialSchema 0..*",
    "credentialStatus": "CredentialStatus 0..1",
    "refreshService": "RefreshService 0..1",
}
_CLASSES: dict[str, dict[str, str]] = {
    "AchievementCredential": {
        **_CREDENTIAL,
        "credentialSubject": "AchievementSubject 1",
        "endorsement": "EndorsementCredential 0..*",
        "endorsementJwt": "Jws 0..*",
        "evidence": "Evidence 0..*",
    },
    "EndorsementCredential": {
        **_CREDENTIAL,
        "name": "Text 1",
        "credentialSubject": "EndorsementSubject 1",
    },
    "EndorsementSubject": {"id": "URI 1", "endorsementComment": "Text 0..1"},
    "AchievementSubject": {
        "id": "URI 0..1",
        "activityStartDate": "DateTime 0..1",
        "activityEndDate": "DateTime 0..1",
        "creditsEarned": "Number 0..1",
        "achievement": "Achievement 1",
        "identifier": "IdentityObject 0..*",
        "image": "Image 0..1",
        "licenseNumber": "Text 0..1",
        "narrative": "Text 0..1",
        "result": "Result 0..*",
        "role": "Text 0..1",
        "source": "Profile 0..1",
        "term": "Text 0..1",
    },
    "Achievement": {
        "id": "URI 1",
        "alignment": "Alignment 0..*",
        "achievementType": "Text 0..1",
        "creator": "Profile 0..1",
        "creditsAvailable": "Number 0..1",
        "criteria": "Criteria 1",
        "description": "Text 1",
        "endorsement": "EndorsementCredential 0..*",
        "endorsementJwt": "Jws 0..*",
        "fieldOfStudy": "Text 0..1",
        "humanCode": "Text 0..1",
        "image": "Image 0..1",
        "inLanguage": "Text 0..1",
        "name": "Text 1",
        "otherIdentifier": "IdentifierEntry 0..*",
        "related": "Related 0..*",
        "resultDescription": "ResultDescription 0..*",
        "specialization": "Text 0..1",
        "tag": "Text 0..*",
        "version": "Text 0..1",
    },
    "Criteria": {"id": "URI 0..1", "narrative": "Text 0..1"},
    "Alignment": {
        "targetCode": "Text 0..1",
        "targetDescription": "Text 0..1",
        "targetName": "Text 1",
        "targetFramework": "Text 0..1",
        "targetType": "Text 0..1",
        "targetUrl": "URI 1",
    },
    "Profile": {
        "id": "URI 1",
        "name": "Text 0..1",
        "url": "URI 0..1",
        "phone": "Text 0..1",
        "description": "Text 0..1",
        "endorsement": "EndorsementCredential 0..*",
        "endorsementJwt": "Jws 0..*",
        "image": "Image 0..1",
        "email": "Text 0..1",
        "address": "Address 0..1",
        "otherIdentifier": "IdentifierEntry 0..*",
        "official": "Text 0..1",
        "parentOrg": "Profile 0..1",
    },
    "Address": {
        "addressCountry": "Text 0..1",
        "addressCountryCode": "Text 0..1",
        "addressRegion": "Text 0..1",
        "addressLocality": "Text 0..1",
        "streetAddress": "Text 0..1",
        "postOfficeBoxNumber": "Text 0..1",
        "postalCode": "Text 0..1",
        "geo": "GeoCoordinates 0..1",
    },
    "GeoCoordinates": {"latitude": "Number 1", "longitude": "Number 1"},
    "Image": {"id": "URI 1", "caption": "Text 0..1"},
    "IdentityObject": {
        "hashed": "Boolean 1",
        "identityHash": "Text 1",
        "identityType": "Text 1",
        "salt": "Text 0..1",
    },
    "IdentifierEntry": {"identifier": "Text 1", "identifierType": "Text 1"},
    "Related": {"id": "URI 1", "version": "Text 0..1"},
    "Result": {
        "achievedLevel": "URI 0..1",
        "alignment": "Alignment 0..*",
        "resultDescription": "URI 0..1",
        "status": "ResultStatus 0..1",
        "value": "Text 0..1",
    },
    "ResultDescription": {
        "id": "URI 1",
        "alignment": "Alignment 0..*",
        "allowedValue": "Text 0..*",
        "name": "Text 1",
        "requiredLevel": "URI 0..1",
        "requiredValue": "Text 0..1",
        "resultType": "ResultType 1",
        "rubricCriterionLevel": "RubricCriterionLevel 0..*",
        "valueMax": "Text 0..1",
        "valueMin": "Text 0..1",
    },
    "RubricCriterionLevel": {
        "id": "URI 1",
        "alignment": "Alignment 0..*",
        "description": "Text 0..1",
        "level": "Text 0..1",
        "name": "Text 1",
        "points": "Text 0..1",
    },
    "Evidence": {
        "id": "URI 0..1",
        "narrative": "Text 0..1",
        "name": "Text 0..1",
        "description": "Text 0..1",
        "genre": "Text 0..1",
        "audience": "Text 0..1",
    },
    "CredentialSchema": {"id": "URI 1", "type": "Text 1"},
    "CredentialStatus": {"id": "URI 0..1", "type": "Text 1"},
    "RefreshService": {"id": "URI 1", "type": "Text 1"},
    "Proof": {
        "type": "Text 1",
        "created": "DateTime 0..1",
        "cryptosuite": "Text 0..1",
        "proofPurpose": "Text 0..1",
        "proofValue": "Text 0..1",
        "verificationMethod": "URI 0..1",
    },
}


@dataclass(frozen=True, slots=True)
class Property:
    """``holds``: a class, a vocabulary, or a kind of value. ``most`` None: any number."""

    holds: str
    least: int
    most: int | None


def _property(text: str) -> Property:
    holds, count = text.split()
    least, _dots, most = count.partition("..")
    return Property(holds, int(least), None if most == "*" else int(most or least))


CLASSES: dict[str, dict[str, Property]] = {
    name: {key: _property(text) for key, text in properties.items()} for name, properties in _CLASSES.items()
}
