"""A round of New Orleans: its real employers, with made-up students around real ZIP centroids.

The employers come from the city's list of occupational licenses (a data folder that is read and
never copied); what they offer, and to whom, is made up from what a business of their type would
plausibly do (``tables/business_profiles_*.toml``). Identity is the license number, because names
repeat. A seed gives the same round every time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from wbl.demo.business_names import business_name, title_case
from wbl.demo.choices import Choices, make_choices
from wbl.demo.people import Mailing, contact_name, families, mailbox, phone
from wbl.demo.policy import FEED, policy_text, school_hours, travel_text
from wbl.demo.postings import Employer, Season, offers, profiles
from wbl.demo.records import Opportunity, Pin, Record, School, Site, folder
from wbl.demo.students import Neighborhood, Setting, make_students
from wbl.demo.vocabulary import load

EMPLOYERS = Path("new-orleans") / "employers-2025.csv"
CENTROIDS = Path("zip-centroids") / "zip-centroids-nm-la.csv"
EMPLOYER_COLUMNS = ("licence", "name", "business_type", "address", "zip", "latitude", "longitude")
CENTROID_COLUMNS = ("code", "lat", "lon")

SEATS_PER_STUDENT = 0.96
HOURS = ["08:15", "15:15"]


class MissingData(Exception):
    """A file of the data folder is absent or not what it should be; the message says what to do."""


def new_orleans_round(data: Path, students: int = 400, seed: int = 0, feed: bytes = b"") -> dict[str, bytes]:
    """Return a round of New Orleans as a round folder.

    Parameters
    ----------
    data
        The folder that holds ``new-orleans/employers-2025.csv`` and
        ``zip-centroids/zip-centroids-nm-la.csv``.
    students
        How many. The employers offer seats for nearly all of them.
    feed
        The city's transit feed, a zip in GTFS; without one, transit goes in a straight line.

    Raises
    ------
    BadFeed
        The feed cannot be read, or never runs on a weekday.
    MissingData
        A file is absent or lacks a column.
    ValueError
        ``students`` is less than 1.
    """
    if students < 1:
        raise ValueError("a round needs at least one student")
    rng = Random(f"New Orleans {students} {seed}")
    city = load("new_orleans")
    setting = _setting(city, _centroids(data / CENTROIDS))
    rows: list[Record] = list(setting.schools)
    rows += _postings(read_employers(data / EMPLOYERS), students, _season(city), rng)
    width = max(3, len(str(students)))
    for made_up in make_students([f"S{n:0{width}d}" for n in range(1, students + 1)], setting, rng):
        rows += [made_up.student, made_up.person, *made_up.guardians]
    policy = policy_text(city["on_date"], HOURS) + (travel_text(feed) if feed else "")
    attached = {FEED: feed} if feed else {}
    choices = make_choices(folder(rows, policy) | attached, {}, seed)
    rows += [*choices.preferences, *choices.refusals, *choices.growth]
    rows += list(_pins(choices, students, rng))
    return folder(rows, policy) | attached


def read_employers(path: Path) -> list[Employer]:
    """Return the employers of the register, in its order."""
    return [
        Employer(
            license=row["licence"],
            name=business_name(row["name"]),
            business_type=row["business_type"],
            address=title_case(" ".join(row["address"].split())),
            zip_code=row["zip"],
            latitude=float(row["latitude"]) if row["latitude"] else None,
            longitude=float(row["longitude"]) if row["longitude"] else None,
        )
        for row in _read(path, EMPLOYER_COLUMNS)
    ]


def _read(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            rows = list(reader)
    except FileNotFoundError:
        raise MissingData(
            f"{path} is missing: expected a data folder that holds {EMPLOYERS} "
            f"(columns {', '.join(EMPLOYER_COLUMNS)}) and {CENTROIDS} "
            f"(columns {', '.join(CENTROID_COLUMNS)})"
        ) from None
    if missing:
        raise MissingData(f"{path}: the column {missing[0]} is missing; expected {', '.join(columns)}")
    return rows


def _centroids(path: Path) -> dict[str, tuple[float, float]]:
    return {
        row["code"]: (float(row["lat"]), float(row["lon"]))
        for row in _read(path, CENTROID_COLUMNS)
        if row["lat"] and row["lon"]  # some ZIP codes have no place
    }


def _setting(city: Mapping[str, Any], centroids: Mapping[str, tuple[float, float]]) -> Setting:
    absent = sorted(code for code in city["zips"] if code not in centroids)
    if absent:
        raise MissingData(f"{CENTROIDS}: the ZIP code {absent[0]} is missing")
    return Setting(
        schools=tuple(
            School(s["school_id"], s["name"], *centroids[s["zip"]], school_hours(HOURS))
            for s in city["school"]
        ),
        neighborhoods=tuple(
            Neighborhood(*centroids[code], spread_km=city["spread_km"], share=share)
            for code, share in city["zips"].items()
        ),
        families=families(city["family"]),
        grades={int(grade): share for grade, share in city["grades"].items()},
        shadow_days=tuple(city["shadow_days"]),
        on_date=city["on_date"],
        mailing=Mailing(city["area_code"], city["student_email"], city["mail"]),
    )


def _postings(employers: list[Employer], students: int, season: Season, rng: Random) -> list[Record]:
    """Ask employers in random order until there are seats enough; then for more seats each."""
    wanted = round(SEATS_PER_STUDENT * students)
    known = profiles()
    sites: list[Site] = []
    postings: list[Opportunity] = []
    seats = 0
    for employer in rng.sample(employers, len(employers)):
        if seats >= wanted:
            break
        contact = contact_name(season.families, rng)
        # A type that a newer register brings is treated like a business without one.
        profile = known.get(employer.business_type, known[""])
        offered = list(offers(employer, profile, contact, season, rng))
        sites.append(_site(employer, contact, season, rng))
        postings += offered
        seats += sum(posting.seats for posting in offered)
    more, extra = divmod(max(0, wanted - seats), max(1, len(postings)))
    postings = [
        replace(posting, seats=posting.seats + more + (number < extra))
        for number, posting in enumerate(postings)
    ]
    return [*sites, *postings]


def _site(employer: Employer, contact: str, season: Season, rng: Random) -> Site:
    """The contact is made up; the register's owners and phones were left out on purpose."""
    return Site(
        site_id=employer.license,
        employer_id=employer.license,
        employer_name=employer.name,
        site_name=employer.name,
        address=employer.address,
        city=season.city,
        postal_code=employer.zip_code,
        contact_name=contact,
        contact_email=f"{mailbox(*contact.split())}@employers.example",
        contact_phone=phone(season.area_code, rng),
    )


def _season(city: Mapping[str, Any]) -> Season:
    return Season(
        city=city["city"],
        start_date=city["start_date"],
        end_date=city["end_date"],
        shadow_days=tuple(city["shadow_days"]),
        schedules=city["schedules"],
        families=families(city["family"]),
        area_code=city["area_code"],
    )


def _pins(choices: Choices, students: int, rng: Random) -> Iterator[Pin]:
    """Require a few first choices and forbid a few others, each at another opportunity."""
    reasons = load("common")["pin_reasons"]
    pairs = rng.sample(choices.attainable, len(choices.attainable))
    required, forbidden = -(-students // 100), -(-students // 60)
    taken: set[str] = set()
    for student, opportunity in pairs:
        if opportunity in taken:
            continue
        decision = "require" if len(taken) < required else "forbid"
        if len(taken) >= required + forbidden:
            return
        taken.add(opportunity)
        yield Pin(student, opportunity, decision, rng.choice(reasons[decision]))
