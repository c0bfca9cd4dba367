"""Names, families and ways to reach them, for made-up students.

Phone numbers are of the range 555-0100 to 555-0199, which belongs to fiction; addresses of mail
end in ``.example``, which nobody can own (RFC 2606).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from wbl.demo.records import Guardian, Person
from wbl.demo.vocabulary import load, pick

RELATIONS: Mapping[str, float] = {
    "mother": 52,
    "father": 24,
    "grandmother": 11,
    "aunt": 5,
    "stepfather": 3,
    "foster parent": 3,
    "brother": 2,
}
_MOTHERS_SIDE = ("mother", "grandmother", "aunt", "stepmother")


@dataclass(frozen=True, slots=True)
class Mailing:
    """Where made-up mail and phone numbers point to."""

    area_code: str
    student_domain: str
    domain: str


@dataclass(frozen=True, slots=True)
class Family:
    """What a household has in common: the tradition of its names, and its languages, own first."""

    tradition: str
    languages: tuple[str, ...]

    @property
    def language(self) -> str:
        """The language in which the guardians are written to."""
        return self.languages[0]


def families(entries: list[Mapping[str, Any]]) -> dict[Family, float]:
    """Return how often each kind of household occurs, from a table of traditions."""
    return {
        Family(entry["tradition"], tuple(languages.split(";"))): entry["share"] * share
        for entry in entries
        for languages, share in entry["languages"].items()
    }


def phone(area_code: str, rng: Random) -> str:
    """Return a number that no real person has."""
    return f"{area_code}-555-01{rng.randrange(100):02d}"


def mailbox(*parts: str) -> str:
    """Return the local part of a mail address: plain letters and digits, joined by dots."""
    text = unicodedata.normalize("NFKD", ".".join(parts)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip(".-")


def given_name(tradition: str, sex: str, rng: Random) -> str:
    """Return a first name; for ``x`` from either list."""
    names = load("names")[tradition]
    lists = {"female": names["girls"], "male": names["boys"], "x": names["girls"] + names["boys"]}
    return str(rng.choice(lists[sex]))


def family_name(tradition: str, rng: Random) -> str:
    """Return a family name."""
    return str(rng.choice(load("names")[tradition]["family"]))


def contact_name(families: Mapping[Family, float], rng: Random) -> str:
    """Return a full name for somebody at an employer, of the traditions of the place."""
    tradition = pick(rng, families).tradition
    return f"{given_name(tradition, rng.choice(('female', 'male')), rng)} {family_name(tradition, rng)}"


def make_person(student_id: str, family: Family, sex: str, mailing: Mailing, rng: Random) -> Person:
    """Return a student's names and contacts. Students speak the language of school on their own."""
    given, surname = given_name(family.tradition, sex, rng), family_name(family.tradition, rng)
    language = family.language if "en" not in family.languages else "en"
    return Person(
        student_id=student_id,
        given_name=given,
        family_name=surname,
        preferred_name=given[:3] if len(given) > 6 and rng.random() < 0.08 else "",
        email=f"{mailbox(given, surname)}.{mailbox(student_id)}@{mailing.student_domain}",
        phone=phone(mailing.area_code, rng) if rng.random() < 0.7 else "",
        language=language,
    )


def make_guardians(
    person: Person, family: Family, adult: bool, mailing: Mailing, rng: Random
) -> list[Guardian]:
    """Return one or two guardians; seldom none for an adult, seldom one who may receive nothing.

    From 18 on a student signs alone, so nobody else may sign (20 U.S.C. 1232g(d)).
    """
    if adult and rng.random() < 0.15:
        return []
    guardians = [_guardian(person, family, pick(rng, RELATIONS), family.language, adult, mailing, rng)]
    if rng.random() < 0.45:
        relation = "father" if guardians[0].relation in _MOTHERS_SIDE else "mother"
        # In a home of two languages the other parent often reads the other one.
        language = family.languages[-1] if rng.random() < 0.4 else family.language
        restricted = rng.random() < 0.06
        guardians.append(_guardian(person, family, relation, language, adult, mailing, rng, restricted))
    elif rng.random() < 0.01:
        guardians = [_guardian(person, family, "father", family.language, adult, mailing, rng, True)]
    return guardians


def _guardian(
    person: Person,
    family: Family,
    relation: str,
    language: str,
    adult: bool,
    mailing: Mailing,
    rng: Random,
    restricted: bool = False,
) -> Guardian:
    sex = "female" if relation in _MOTHERS_SIDE else "male"
    if relation == "foster parent":
        sex = rng.choice(("female", "male"))
    surname = person.family_name if rng.random() < 0.75 else family_name(family.tradition, rng)
    name = f"{given_name(family.tradition, sex, rng)} {surname}"
    has_mail = rng.random() < 0.82
    return Guardian(
        student_id=person.student_id,
        name=name,
        relation=relation,
        email=f"{mailbox(*name.split())}{rng.randrange(100)}@{mailing.domain}" if has_mail else "",
        phone=phone(mailing.area_code, rng) if not has_mail or rng.random() < 0.85 else "",
        language=language,
        may_sign=not (adult or restricted),
        may_receive=not restricted,
    )
