"""Writing a round folder into the rows of a round: everything, inside one transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import delete, select, update

from wbl.accounts.actor import Actor
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import School
from wbl.rounds.applying_pairs import apply_companions, apply_pairs, apply_pins
from wbl.rounds.applying_people import apply_guardians, apply_private, apply_students, apply_submissions
from wbl.rounds.columns import OFFERING_TEXT_COLUMNS, OPPORTUNITY_WORDS
from wbl.rounds.folder import Folder
from wbl.rounds.models import Budget, Limit, Round, RoundFile, RoundState
from wbl.rounds.own_side import OwnSides
from wbl.rounds.snapshot import schools_open_to
from wbl.rounds.upserts import insert_rows, upsert

SITE_TEXTS = {
    "site_name": "name",
    **{
        name: name
        for name in (
            "address",
            "city",
            "postal_code",
            "contact_name",
            "contact_email",
            "contact_phone",
            "notes",
        )
    },
}
"""Column of sites.csv to column of the table."""

Ids = dict[str, int]


def apply_folder(actor: Actor, placement_round: Round, folder: Folder, own: OwnSides) -> None:
    """Make the round hold what the folder holds, but for what is the students' own.

    Nothing is deleted that somebody may have been told of: students and offerings that the folder
    leaves out only stop taking part.
    """
    district_id = placement_round.district_id
    schools = _schools(district_id, folder)
    employers = _employers(district_id, folder)
    sites = _sites(district_id, folder, employers)
    offerings = _offerings(placement_round, folder, employers, sites, own)
    students = apply_students(district_id, folder, schools)
    submissions = apply_submissions(placement_round, folder, students, own)
    apply_private(district_id, folder, students)
    apply_guardians(district_id, folder, students)
    apply_pairs(placement_round, folder, submissions, offerings, own)
    apply_pins(actor, placement_round, folder, submissions, offerings)
    apply_companions(placement_round, folder, submissions)
    _apply_limits(placement_round, folder)
    if folder.policy is not None:
        placement_round.policy = folder.policy
    if placement_round.state is RoundState.DRAFT:
        placement_round.state = RoundState.REVIEW
    db.session.flush()
    db.session.expire_all()


def _schools(district_id: int, folder: Folder) -> Ids:
    wanted: dict[tuple[int, str], dict[str, Any]] = {}
    for key, cells in folder.schools.items():
        wanted[district_id, key] = {
            "latitude": float_of(cells.get("latitude", "")),
            "longitude": float_of(cells.get("longitude", "")),
            "school_hours": cells.get("school_hours", ""),
            "van_seats": int_of(cells.get("van_seats", "")),
        }
        if cells.get("name"):
            wanted[district_id, key]["name"] = cells["name"]
    # Without schools.csv a school is an identifier and nothing more.
    named = {cells["school_id"] for cells in folder.students.values()} - {""}
    for cells in folder.opportunities.values():
        named |= schools_open_to(cells["open_to"])
    scope = School.district_id == district_id
    known = set(db.session.scalars(select(School.external_id).where(scope)))
    blank = {"latitude": None, "longitude": None, "school_hours": "", "van_seats": None, "name": ""}
    for key in named - folder.schools.keys():
        wanted[district_id, key] = {} if key in known else dict(blank)
    done = upsert(School, ("district_id", "external_id"), scope, wanted)
    return {key: row_id for (_district, key), row_id in done.ids.items()}


def _employers(district_id: int, folder: Folder) -> Ids:
    wanted: dict[tuple[int, str], dict[str, str]] = {
        (district_id, cells["employer_id"]): {}
        for cells in folder.opportunities.values()
        if cells["employer_id"]
    }
    for cells in (folder.people.sites or {}).values():
        values = wanted.setdefault((district_id, cells["employer_id"]), {})
        if cells.get("employer_name"):
            values["name"] = cells["employer_name"]
    scope = Employer.district_id == district_id
    known = set(db.session.scalars(select(Employer.external_id).where(scope)))
    for (_district, key), values in wanted.items():
        if key not in known:
            values.setdefault("name", key)  # a new employer without a name goes by its identifier
    done = upsert(Employer, ("district_id", "external_id"), scope, wanted)
    return {key: row_id for (_district, key), row_id in done.ids.items()}


def _sites(district_id: int, folder: Folder, employers: Ids) -> dict[tuple[int, str], int]:
    """The sites by employer and identifier."""
    wanted: dict[tuple[int, str], dict[str, str]] = {
        (employers[cells["employer_id"]], cells["site_id"]): {}
        for cells in folder.opportunities.values()
        if cells["site_id"]
    }
    for key, cells in (folder.people.sites or {}).items():
        wanted[employers[cells["employer_id"]], key] = {
            column: cells[name] for name, column in SITE_TEXTS.items() if name in cells
        }
    of_district = select(Employer.id).where(Employer.district_id == district_id)
    done = upsert(Site, ("employer_id", "external_id"), Site.employer_id.in_(of_district), wanted)
    ids: dict[tuple[int, str], int] = {(key[0], key[1]): row_id for key, row_id in done.ids.items()}
    return ids


def _offerings(
    placement_round: Round,
    folder: Folder,
    employers: Ids,
    sites: dict[tuple[int, str], int],
    own: OwnSides,
) -> Ids:
    """The round's offerings by the identifier of their opportunity."""
    district_id = placement_round.district_id
    postings: dict[tuple[int, str], dict[str, Any]] = {}
    for key, cells in folder.opportunities.items():
        employer_id = employers.get(cells["employer_id"])
        postings[district_id, key] = {
            "employer_id": employer_id,
            "site_id": sites[employer_id, cells["site_id"]] if employer_id and cells["site_id"] else None,
            "title": cells["title"],
            **{word: cells[word] for word in OPPORTUNITY_WORDS if word in cells},
        }
    scope = Opportunity.district_id == district_id
    opportunities = upsert(Opportunity, ("district_id", "external_id"), scope, postings).ids
    wanted = {
        (placement_round.id, opportunities[district_id, key]): {
            "active": True,
            "seats": int(cells["seats"]),
            "latitude": float_of(cells["latitude"]),
            "longitude": float_of(cells["longitude"]),
            "start_date": date_of(cells["start_date"]),
            "end_date": date_of(cells["end_date"]),
            **{column: cells[column] for column in OFFERING_TEXT_COLUMNS},
        }
        for key, cells in folder.opportunities.items()
    }
    of_round = Offering.round_id == placement_round.id
    done = upsert(Offering, ("round_id", "opportunity_id"), of_round, wanted)
    leave_out(Offering, [row_id for row_id in done.others if row_id not in own.offerings])
    return {
        key: done.ids[placement_round.id, opportunities[district_id, key]] for key in folder.opportunities
    }


def _apply_limits(placement_round: Round, folder: Folder) -> None:
    """Limits, budgets and the files that are kept as they came, replaced as a whole."""
    for model in (Limit, Budget, RoundFile):
        db.session.execute(
            delete(model)
            .where(model.round_id == placement_round.id)
            .execution_options(synchronize_session=False)
        )
    of_round = {"round_id": placement_round.id}
    insert_rows(
        Limit,
        [
            {**of_round, "scope": scope, "name": name, "low": low, "high": high}
            for (scope, name), (low, high) in sorted(folder.limits.items())
        ],
    )
    insert_rows(
        Budget,
        [{**of_round, "external_id": key, "amount": cell} for key, cell in sorted(folder.budgets.items())],
    )
    insert_rows(
        RoundFile, [{**of_round, "name": name, "content": data} for name, data in sorted(folder.kept.items())]
    )


def leave_out(model: type[Offering], row_ids: list[int]) -> None:
    """These take no part any more."""
    if row_ids:
        db.session.execute(update(model), [{"id": row_id, "active": False} for row_id in row_ids])


def float_of(cell: str) -> float | None:
    return float(cell) if cell else None


def int_of(cell: str) -> int | None:
    return int(cell) if cell else None


def date_of(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None
