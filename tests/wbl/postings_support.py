"""A district with an employer, a round that is open, and a posting on its way through the steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from tests.wbl.beginnings import Ids, begin, ids_of, place_of
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder
from wbl.accounts.models import User
from wbl.db import db
from wbl.employers.models import Employer, Site
from wbl.opportunities.models import Opportunity, OpportunityState

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)

TASKS = {"tasks": ["serve_food", "meat_slicer"], "description": "A real kitchen.", "own_tasks": "Set the bar"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A browser sends every box, the empty ones too.
EMPTY = {f"{day}_{end}": "" for day in DAYS for end in ("from", "to")} | {
    f"on_{number}{end}": "" for number in range(1, 7) for end in ("", "_from", "_to")
}
TUESDAY = {"tue_from": "15:30", "tue_to": "17:30"}
THURSDAY = {"thu_from": "15:30", "thu_to": "17:30"}
WHEN: dict[str, object] = {
    **EMPTY,
    "start_date": "",
    "end_date": "",
    "flexible_hours": "",
    "timing": "weekly",
    **TUESDAY,
    **THURSDAY,
}
STEPS: list[tuple[str, dict[str, object]]] = [
    ("tasks", TASKS),
    ("when", WHEN),
    ("where", {"place": "site"}),
    ("seats", {"seats": "2", "min_students": ""}),
    ("pay", {"paid": "yes", "hourly_wage": "15.50"}),
    ("access", {"wheelchair_access": "provides", "braille": "cannot", "quiet_space": ""}),
    ("requires", {"min_age": "", "min_grade": "", "languages": ["es"]}),
    ("people", {"supervisor": "Dana Ruiz, chef", "learn_before": "How to wash hands well"}),
]


@dataclass
class Kitchen:
    """An employer with a person, in the district of a round that holds the small folder's students."""

    place: Place
    employer: Employer
    site: Site
    user: User


def make_kitchen(app: Flask) -> Kitchen:
    app.config["CLOCK"] = lambda: NOW
    *place, employer_id, site_id, user_id = begin("kitchen", _kitchen)
    return Kitchen(
        place_of(*place),
        db.session.get_one(Employer, employer_id),
        db.session.get_one(Site, site_id),
        db.session.get_one(User, user_id),
    )


def _kitchen() -> Ids:
    place = make_place()
    bring_in(place, small_folder())
    with make.made():
        employer = make.make_employer(place.district)
        user = make.make_employer_user(employer)
        site = db.session.query(Site).filter_by(employer_id=employer.id).one()
        site.latitude, site.longitude = 30.12, -90.6
        return *ids_of(place), employer.id, site.id, user.id


def write_posting(kitchen: Kitchen, browser: FlaskClient, title: str = "Kitchen helper") -> Opportunity:
    """By the real forms, every step; a draft that lacks nothing."""
    first = {"title": title, "kind": "internship", "employer": kitchen.employer.id}
    answer = browser.post(
        "/postings/new",
        data={**first, "round": kitchen.place.round_id, "cluster": "Hospitality, Events & Tourism"},
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    address = answer.headers["Location"].rsplit("/", 1)[0]
    for name, data in STEPS:
        if name == "where":
            data = {**data, "site_id": kitchen.site.id}
        answer = browser.post(f"{address}/{name}", data=data)
        assert answer.status_code == 302, answer.get_data(as_text=True)
    return newest()


def newest() -> Opportunity:
    db.session.rollback()
    return db.session.query(Opportunity).order_by(Opportunity.id.desc()).first()  # type: ignore[return-value]


def state_of(opportunity_id: int) -> OpportunityState:
    db.session.rollback()
    return db.session.get_one(Opportunity, opportunity_id, populate_existing=True).state
