"""The demo district: Mesa Clara, an invented town with invented employers and people.

Employers and opportunities are written by hand in ``tables/district_employers_*.toml``; so are two
dozen students whose case shows something (``tables/district_students.toml``). The other students
are made up, and so are the ranks: a seed gives the same district every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from wbl.demo.choices import make_choices
from wbl.demo.people import Mailing, families, mailbox, phone
from wbl.demo.policy import policy_text, school_hours
from wbl.demo.records import (
    Guardian,
    Opportunity,
    Person,
    Pin,
    Record,
    Refusal,
    School,
    Site,
    Student,
    folder,
)
from wbl.demo.students import Neighborhood, Setting, make_students
from wbl.demo.vocabulary import load, what_to_bring

STUDENTS = 120
GRADES: Mapping[int, float] = {8: 2, 9: 17, 10: 24, 11: 29, 12: 25, 13: 3}


def demo_round(seed: int = 0) -> dict[str, bytes]:
    """Return the demo district's spring round as a round folder.

    Parameters
    ----------
    seed
        Of everything that is made up; employers, opportunities and two dozen students stay.

    Returns
    -------
    dict
        Contents by file name: the inputs that decide, policy.toml, people, guardians and sites.
    """
    rng = Random(f"district {seed}")
    district = load("district")
    setting = _setting(district)
    stories: list[Mapping[str, Any]] = load("district_students")["student"]
    rows: list[Record] = [*setting.schools, *_sites(district, rng), *_opportunities(district)]
    for story in stories:
        rows += _story(story, setting, rng)
    ids = [f"S{number:03d}" for number in range(len(stories) + 1, STUDENTS + 1)]
    for made_up in make_students(ids, setting, rng):
        rows += [made_up.student, made_up.person, *made_up.guardians]
    rows += list(_pins(stories))
    policy = policy_text(district["on_date"], district["school"][0]["hours"])
    choices = make_choices(folder(rows, policy), {s["student_id"]: s["ranks"] for s in stories}, seed)
    refused = [Refusal(s["student_id"], o) for s in stories for o in s.get("refuses", ())]
    rows += [*choices.preferences, *refused, *choices.refusals, *choices.growth]
    return folder(rows, policy)


def _setting(district: Mapping[str, Any]) -> Setting:
    return Setting(
        schools=tuple(
            School(s["school_id"], s["name"], s["latitude"], s["longitude"], school_hours(s["hours"]))
            for s in district["school"]
        ),
        neighborhoods=tuple(
            Neighborhood(**{key: value for key, value in place.items() if key != "name"})
            for place in district["neighborhood"]
        ),
        families=families(district["family"]),
        grades=GRADES,
        shadow_days=tuple(district["shadow_days"]),
        on_date=district["on_date"],
        mailing=Mailing(district["area_code"], district["student_email"], district["mail"]),
    )


def _employers() -> Iterator[Mapping[str, Any]]:
    for part in (1, 2):
        yield from load(f"district_employers_{part}")["employer"]


def _sites(district: Mapping[str, Any], rng: Random) -> Iterator[Site]:
    for employer in _employers():
        for site in employer["site"]:
            yield Site(
                site_id=site["id"],
                employer_id=employer["id"],
                employer_name=employer["name"],
                site_name=site["name"],
                address=site["address"],
                city=site.get("city", district["city"]),
                postal_code=district["postal_code"],
                contact_name=site["contact"],
                contact_email=f"hello@{mailbox(employer['name'].replace(' ', '-'))}.example",
                contact_phone=phone(district["area_code"], rng),
                notes=site.get("notes", ""),
            )


def _opportunities(district: Mapping[str, Any]) -> Iterator[Opportunity]:
    for employer in _employers():
        for posting in employer["opportunity"]:
            yield _opportunity(employer, employer["site"][0], posting, district)


def _opportunity(
    employer: Mapping[str, Any],
    site: Mapping[str, Any],
    posting: Mapping[str, Any],
    district: Mapping[str, Any],
) -> Opportunity:
    fields = {key: _value(value) for key, value in posting.items()}
    bring, bring_es = what_to_bring(fields.pop("bring"))
    at_site = fields.get("place", "site") == "site"
    schedule = fields["schedule"]
    # A shadow is of one date, which is then its start and its end.
    dated = [district_day for district_day in district["shadow_days"] if str(district_day) in schedule]
    return Opportunity(
        opportunity_id=fields.pop("id"),
        employer_id=employer["id"],
        site_id=site["id"],
        cluster=employer["cluster"],
        start_date=fields.pop("start", dated[0] if dated else district["start_date"]),
        end_date=fields.pop("end", dated[0] if dated else district["end_date"]),
        hourly_wage=fields.pop("wage", None),
        latitude=site.get("latitude") if at_site else None,
        longitude=site.get("longitude") if at_site else None,
        directions=site["directions"],
        directions_es=site["directions_es"],
        what_to_bring=bring,
        what_to_bring_es=bring_es,
        **fields,
    )


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _story(story: Mapping[str, Any], setting: Setting, rng: Random) -> Iterator[Record]:
    """Yield the rows of a student who is written out in the table."""
    student_id, mailing = story["student_id"], setting.mailing
    person_fields = ("given_name", "family_name", "preferred_name", "language")
    yield Student(**{field: _value(story[field]) for field in Student.__dataclass_fields__ if field in story})
    yield Person(
        student_id=student_id,
        email=f"{mailbox(story['given_name'], story['family_name'])}@{mailing.student_domain}",
        phone=phone(mailing.area_code, rng),
        **{field: story[field] for field in person_fields if field in story},
    )
    for guardian in story["guardians"]:
        name = guardian["name"]
        yield Guardian(
            student_id=student_id,
            name=name,
            relation=guardian["relation"],
            email=f"{mailbox(*name.split())}@{mailing.domain}" if guardian["email"] else "",
            phone=phone(mailing.area_code, rng) if guardian["phone"] else "",
            language=guardian["language"],
            may_sign=guardian["may_sign"],
            may_receive=guardian["may_receive"],
        )


def _pins(stories: list[Mapping[str, Any]]) -> Iterator[Pin]:
    for story in stories:
        for decision in ("require", "forbid"):
            if decision in story:
                yield Pin(story["student_id"], story[decision], decision, story["reason"])
