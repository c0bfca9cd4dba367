"""The district that pages are measured with: ``towns.py``'s round with names, published."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from flask_migrate import upgrade
from sqlalchemy import select

from benchmarks.load_history import add_history
from benchmarks.towns import make_round
from matching.files import write_folder, write_table
from wbl import clock
from wbl.accounts.models import Role, User
from wbl.accounts.services import actor_of, create_user, set_password
from wbl.app import create_app
from wbl.db import db, transaction
from wbl.demo import staff
from wbl.demo.collecting import open_round
from wbl.demo.office import Office, ensure_district, link_to_try
from wbl.demo.people import family_name, given_name
from wbl.placements.models import Placement
from wbl.placements.publishing import publish
from wbl.rounds import imports, services
from wbl.rounds.models import Round, RunState, SolveRun
from wbl.rounds.solving import work_on_next_run
from wbl.rounds.starting import dates_of

PASSWORD = "benchmark benchmark"
SEED = 1
TRADITION = "hispanic"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody whose pages are opened, from ``start`` on; a family has a link and no e-mail."""

    role: str
    email: str
    start: str = "/"


def make_district(
    settings: dict[str, Any], students: int, opportunities: int, years: int = 0
) -> list[SignIn]:
    """Make the database, import the round, solve and publish it; who can sign in.

    Parameters
    ----------
    years
        Of history; with any, half of the placements are under way. See ``load_history``.
    """
    app = create_app(settings)
    files = with_people(make_round(students, opportunities, SEED), Random(SEED))
    write_folder(Path(settings["INSTANCE_PATH"], "round"), files)
    with app.app_context():
        upgrade()
        return _published(files, years)


def with_people(files: Mapping[str, bytes], rng: Random) -> dict[str, bytes]:
    """The folder with a name for every student, employer and site, and a guardian a student."""
    students = [row["student_id"] for row in _rows(files["students.csv"])]
    sites = {row["site_id"]: row["employer_id"] for row in _rows(files["opportunities.csv"])}
    people, guardians = [], []
    for number, student in enumerate(students):
        surname = family_name(TRADITION, rng)
        people.append((student, given_name(TRADITION, "female", rng), surname, f"s{number}@students.example"))
        adult = f"{given_name(TRADITION, 'male', rng)} {surname}"
        guardians.append((student, adult, f"g{number}@families.example", "en", "yes", "yes"))
    places = [
        (site, employer, f"Company {employer}", f"{number} Main Street", "Town")
        for number, (site, employer) in enumerate(sites.items())
    ]
    return {
        **files,
        "people.csv": write_table(("student_id", "given_name", "family_name", "email"), people),
        "guardians.csv": write_table(
            ("student_id", "name", "email", "language", "may_sign", "may_receive"), guardians
        ),
        "sites.csv": write_table(("site_id", "employer_id", "employer_name", "address", "city"), places),
    }


def _rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def _published(files: Mapping[str, bytes], years: int) -> list[SignIn]:
    with transaction():
        district, user = ensure_district(Office("load", "A large district", "America/Denver"))
        actor, district_id = actor_of(user), district.id
    with transaction():
        first, last = dates_of(files, clock.today(district.timezone))
        earlier = [
            services.create_round(
                actor, district_id, name=f"Spring, {ago} before", starts_on=first, ends_on=last
            ).id
            for ago in range(years, 0, -1)
        ][::-1]
        made = services.create_round(actor, district_id, name="Spring", starts_on=first, ends_on=last)
        round_id = made.id
    state, preview = imports.judge(db.session.get_one(Round, round_id), files)
    with transaction():
        import_id = imports.stage(actor, round_id, files, state, preview).id
    with transaction():
        imports.confirm(actor, round_id, import_id)
    with transaction():
        run_id = services.queue_run(actor, round_id).id
    work_on_next_run()
    if db.session.get_one(SolveRun, run_id).state is not RunState.DONE:
        raise SystemExit("the round was not solved")
    with transaction():
        publish(actor, run_id)
    placement = db.session.scalars(select(Placement).where(Placement.round_id == round_id)).first()
    assert placement is not None and placement.offering.opportunity.employer_id is not None
    roles = (Role.ADMINISTRATOR, Role.ADVISOR, Role.SCHOOL_STAFF, Role.PROGRAM_LEAD)
    staff.ensure_staff(
        db.session.get_one(Round, round_id),
        {role: _email(role) for role in roles},
        dict.fromkeys(roles, PASSWORD),
    )
    with transaction():
        set_password(user, PASSWORD)
        student = _sign_in(Role.STUDENT, student_id=placement.student_id)
        _sign_in(Role.EMPLOYER, employer_id=placement.offering.opportunity.employer_id)
        open_round(actor, db.session.get_one(Round, round_id), student)
    if years:
        add_history(round_id, earlier)
    link = link_to_try(round_id)
    assert link is not None
    signed_in = db.session.scalars(select(User.email)).all()
    return [
        SignIn("coordinator", user.email),
        *(
            SignIn(role, _email(role))
            for role in (*roles, Role.STUDENT, Role.EMPLOYER)
            if _email(role) in signed_in
        ),
        SignIn("family", "", urlsplit(link.address).path),
    ]


def _email(role: Role) -> str:
    return f"{role}@load.example"


def _sign_in(role: Role, **scope: int) -> User:
    return create_user(email=_email(role), name=role.title(), password=PASSWORD, role=role, **scope)
