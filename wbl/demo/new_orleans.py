"""A round of New Orleans: its real employers, with made-up students around real ZIP centroids.

The employers come from the city's list of occupational licenses (a data folder that is read and
never copied); what they offer, and to whom, is made up from what a business of their type would
plausibly do (``tables/business_profiles_*.toml``). Identity is the license number, because names
repeat. A seed gives the same round every time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from wbl.demo.business_names import business_name, title_case
from wbl.demo.choices import Choices, make_choices
from wbl.demo.people import Mailing, any_name, families, mailbox, phone
from wbl.demo.policy import policy_text, school_hours
from wbl.demo.records import Opportunity, Pin, Record, School, Site, folder
from wbl.demo.students import Neighborhood, Setting, make_students
from wbl.demo.vocabulary import load, need_shares

EMPLOYERS = Path("new-orleans") / "employers-2025.csv"
CENTROIDS = Path("zip-centroids") / "zip-centroids-nm-la.csv"
EMPLOYER_COLUMNS = ("licence", "name", "business_type", "address", "zip", "latitude", "longitude")
CENTROID_COLUMNS = ("code", "lat", "lon")

SEATS_PER_STUDENT = 1.3
SHADOW = 0.12  # share of employers who also take students for a day
HOURS = ["08:15", "15:15"]
PROFILE_PARTS = 3


class MissingData(Exception):
    """A file of the data folder is absent or not what it should be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Employer:
    """A row of the license register, with its name as people would write it."""

    license: str
    name: str
    business_type: str
    address: str
    zip_code: str
    latitude: float | None
    longitude: float | None


def new_orleans_round(data: Path, students: int = 400, seed: int = 0) -> dict[str, bytes]:
    """Return a round of New Orleans as a round folder.

    Parameters
    ----------
    data
        The folder that holds ``new-orleans/employers-2025.csv`` and
        ``zip-centroids/zip-centroids-nm-la.csv``.
    students
        How many; the employers offer about 1.3 seats for each.

    Raises
    ------
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
    rows += _postings(read_employers(data / EMPLOYERS), students, city, rng)
    width = max(3, len(str(students)))
    for made_up in make_students([f"S{n:0{width}d}" for n in range(1, students + 1)], setting, rng):
        rows += [made_up.student, made_up.person, *made_up.guardians]
    policy = policy_text(city["on_date"], HOURS)
    choices = make_choices(folder(rows, policy), {}, seed)
    rows += [*choices.preferences, *choices.refusals, *choices.growth]
    rows += list(_pins(choices, students, rng))
    return folder(rows, policy)


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
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in _read(path, CENTROID_COLUMNS)}


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


def profiles() -> dict[str, Mapping[str, Any]]:
    """Return what a business of each type offers, by business type."""
    return {
        business_type: profile
        for part in range(1, PROFILE_PARTS + 1)
        for profile in load(f"business_profiles_{part}")["profile"]
        for business_type in profile["types"]
    }


def _postings(employers: list[Employer], students: int, city: Mapping[str, Any], rng: Random) -> list[Record]:
    """Ask employers in random order until there are seats enough; then for more seats each."""
    wanted = round(SEATS_PER_STUDENT * students)
    known = profiles()
    sites: list[Site] = []
    postings: list[Opportunity] = []
    seats = 0
    for employer in rng.sample(employers, len(employers)):
        if seats >= wanted:
            break
        # A type that a newer register brings is treated like a business without one.
        offered = list(_offers(employer, known.get(employer.business_type, known[""]), city, rng))
        sites.append(_site(employer, city, rng))
        postings += offered
        seats += sum(posting.seats for posting in offered)
    more = -(-max(0, wanted - seats) // max(1, len(postings)))
    if more:
        postings = [replace(posting, seats=posting.seats + more) for posting in postings]
    return [*sites, *postings]


def _offers(
    employer: Employer, profile: Mapping[str, Any], city: Mapping[str, Any], rng: Random
) -> Iterator[Opportunity]:
    roles = profile["role"]
    count = min(len(roles), rng.choice((1, 1, 2)))
    chosen = rng.sample(roles, count)
    blank = Opportunity(
        opportunity_id="",
        seats=0,
        employer_id=employer.license,
        site_id=employer.license,
        title="",
        kind="internship",
        cluster=profile["cluster"],
        latitude=employer.latitude,
        longitude=employer.longitude,
        start_date=city["start_date"],
        end_date=city["end_date"],
        supervisor=any_name(rng),
    )
    for number, role in enumerate(chosen, start=1):
        yield _work(blank, f"{employer.license}-{number}", role, city, rng)
    if rng.random() < SHADOW:
        yield _shadow(blank, f"{employer.license}-day", profile, rng.choice(city["shadow_days"]), rng)


def _work(
    blank: Opportunity, identifier: str, role: Mapping[str, Any], city: Mapping[str, Any], rng: Random
) -> Opportunity:
    remote = role.get("place") == "remote"
    paid = role.get("paid", True)
    low, high = role.get("wage", (0, 0))
    provides, arranges, cannot = _adjustments(role.get("cannot", ()), remote, rng)
    same: dict[str, Any] = {
        name: tuple(role[name]) if isinstance(role[name], list) else role[name]
        for name in (
            "title", "description", "kind", "employment", "labor_program", "place", "riasec",
            "flexible_hours", "hazards", "drives", "min_age", "min_grade", "open_to",
            "requires_credentials", "requires_courses", "requires_languages",
        )
        if name in role
    }  # fmt: skip
    return replace(
        blank,
        opportunity_id=identifier,
        seats=rng.randint(*role["seats"]),
        soc_code=role["soc"],
        schedule=city["schedules"][rng.choice(role["when"])],
        paid=paid,
        hourly_wage=rng.randint(low * 4, high * 4) / 4 if paid else None,
        provides=provides,
        arranges=arranges,
        cannot=cannot,
        latitude=None if remote else blank.latitude,
        longitude=None if remote else blank.longitude,
        **same,
    )


def _shadow(
    blank: Opportunity, identifier: str, profile: Mapping[str, Any], day: date, rng: Random
) -> Opportunity:
    """A day of watching: no work is performed, so it needs no tasks and pays nothing."""
    provides, arranges, cannot = _adjustments((), False, rng)
    riasec = profile["role"][0]["riasec"]
    return replace(
        blank,
        opportunity_id=identifier,
        seats=rng.randint(2, 4),
        title=f"A day in {profile['field']}",
        kind="job_shadow",
        riasec=tuple(riasec) if isinstance(riasec, list) else riasec,
        schedule=f"{day.isoformat()} 09:00-14:00",
        start_date=day,
        end_date=day,
        provides=provides,
        arranges=arranges,
        cannot=cannot,
        description="Follow the people who do the work for a day and ask them everything. "
        "You watch; no work is performed.",
    )


def _adjustments(
    impossible: tuple[str, ...] | list[str], remote: bool, rng: Random
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Split the needs into what a site provides, arranges and cannot do; the rest is unasked."""
    provides, arranges = [], []
    cannot = set(impossible)
    # An old building up a flight of stairs, after review.
    if not remote and rng.random() < 0.12:
        cannot.add("step_free_access")
    for need in need_shares():
        if need in cannot:
            continue
        form = rng.random()
        if form < (0.8 if remote else 0.42):
            provides.append(need)
        elif form < 0.75:
            arranges.append(need)
    return tuple(provides), tuple(arranges), tuple(sorted(cannot))


def _site(employer: Employer, city: Mapping[str, Any], rng: Random) -> Site:
    """The contact is made up; the register's owners and phones were left out on purpose."""
    contact = any_name(rng)
    return Site(
        site_id=employer.license,
        employer_id=employer.license,
        employer_name=employer.name,
        site_name=employer.name,
        address=employer.address,
        city=city["city"],
        postal_code=employer.zip_code,
        contact_name=contact,
        contact_email=f"{mailbox(*contact.split())}@employers.example",
        contact_phone=phone(city["area_code"], rng),
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
