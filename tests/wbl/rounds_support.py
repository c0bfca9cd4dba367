"""What the tests of rounds share: small folders, and the way from a folder to a solved round."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.db import db, transaction
from wbl.interests.models import Submission
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import District, Student
from wbl.rounds import imports, services
from wbl.rounds.models import ImportState, Round, SolveRun
from wbl.rounds.solving import work_on_next_run

STUDENTS = """\
student_id,school_id,grade,birth_date,latitude,longitude,riasec,needs,groups,travel_modes,max_travel_minutes,priority
S1,NORTH,11,2010-03-04,30.123456,-90.654321,SEC,quiet_space;large_print,english_learner,car,60,
S2,NORTH,12,2009-05-06,30.111149,-90.111151,RIA,,,car,60,2
S3,,10,2011-07-08,30.1,-90.6,,,,car;bike,45,
"""
OPPORTUNITIES = """\
opportunity_id,seats,employer_id,site_id,title,kind,riasec,latitude,longitude,schedule,description,what_to_bring
CLINIC,1,E1,E1-A,Clinic aide,internship,SIA,30.12,-90.6,Tue 15:30-17:30,"Meet patients, take notes",A notebook
SHOP,1,E2,,Shop helper,job_shadow,ECR,30.13,-90.62,Wed 15:30-17:30,,
"""
SCHOOLS = """\
school_id,name,latitude,longitude,school_hours
NORTH,North High,30.125,-90.61,Mon 08:00-15:00;Tue 08:00-15:00
"""
PREFERENCES = """\
student_id,opportunity_id,rank,opportunity_rank
S1,CLINIC,1,2
S2,CLINIC,1,1
S2,SHOP,2,
"""
PEOPLE = """\
student_id,given_name,family_name,preferred_name,email,phone,language
S1,Ana,Castillo,,ana@pupils.example,555-0101,es
S2,Ben,Ochoa,Benny,,,en
"""
GUARDIANS = """\
student_id,name,relation,email,phone,language,may_sign,may_receive
S1,Rosa Castillo,mother,rosa@home.example,,es,yes,yes
S1,Luis Castillo,father,,,es,no,no
S2,Mia Ochoa,mother,mia@home.example,555-0102,en,yes,yes
"""
SITES = """\
site_id,employer_id,employer_name,site_name,address,city,postal_code,contact_name,contact_email,contact_phone,notes
E1-A,E1,Bayou Clinic,Front desk,1 Main Street,Levee,70000,Pat Reyes,pat@clinic.example,555-0103,Ring twice
"""


def small_folder(**changes: str | None) -> dict[str, bytes]:
    """A folder of three students and two opportunities; ``changes``: file (without .csv) to text."""
    texts: dict[str, str | None] = {
        "students": STUDENTS,
        "opportunities": OPPORTUNITIES,
        "schools": SCHOOLS,
        "preferences": PREFERENCES,
        "people": PEOPLE,
        "guardians": GUARDIANS,
        "sites": SITES,
        **changes,
    }
    return {
        (name if name == "policy.toml" else f"{name}.csv"): text.encode()
        for name, text in texts.items()
        if text is not None
    }


def zipped(files: Mapping[str, bytes], folder: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{folder}{name}", data)
    return out.getvalue()


@dataclass
class Place:
    """A district with a coordinator and a round."""

    district: District
    user: User
    actor: Actor
    round_id: int

    @property
    def round(self) -> Round:
        return db.session.get_one(Round, self.round_id, populate_existing=True)


def make_place() -> Place:
    with make.made():
        district = make.make_district()
        user = make.make_coordinator(district)
        placement_round = services.create_round(
            make.actor(user),
            district.id,
            name="Spring internships",
            starts_on=date(2027, 1, 11),
            ends_on=date(2027, 5, 28),
        )
        return Place(district, user, make.actor(user), placement_round.id)


def stage(place: Place, files: Mapping[str, bytes]) -> int:
    """Upload without applying; the identifier of the upload."""
    state, preview = imports.judge(place.round, files)
    assert state is ImportState.READY, preview
    with transaction():
        return imports.stage(place.actor, place.round_id, files, state, preview).id


def bring_in(place: Place, files: Mapping[str, bytes]) -> None:
    """Upload and apply."""
    import_id = stage(place, files)
    with transaction():
        imports.confirm(place.actor, place.round_id, import_id)


def solve(place: Place, method: str = "auto") -> SolveRun:
    """Queue a run and work on it as the worker does."""
    with transaction():
        run_id = services.queue_run(place.actor, place.round_id, method=method).id
    assert work_on_next_run()
    return db.session.get_one(SolveRun, run_id, populate_existing=True)


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def submission_of(place: Place, external_id: str) -> int:
    found = db.session.scalar(
        select(Submission.id)
        .join(Student)
        .where(Student.external_id == external_id, Submission.round_id == place.round_id)
    )
    assert found is not None
    return found


def offering_of(place: Place, external_id: str) -> int:
    found = db.session.scalar(
        select(Offering.id)
        .join(Opportunity)
        .where(Opportunity.external_id == external_id, Offering.round_id == place.round_id)
    )
    assert found is not None
    return found
