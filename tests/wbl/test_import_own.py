"""A folder that comes into a round which collects: what students wrote themselves is not lost silently."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.collecting import NEAR, Collecting, collecting_place
from tests.wbl.rounds_support import PREFERENCES, small_folder, stage
from wbl.audit.models import AuditEvent
from wbl.db import db, transaction
from wbl.errors import Conflict
from wbl.interests import choices, submissions
from wbl.interests.models import Preference, Refusal
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student, StudentNeed
from wbl.rounds import imports
from wbl.rounds.models import RoundImport

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def place(app: object) -> Collecting:
    """Ana says how she travels, what she needs, ranks the shop first and would not take the clinic."""
    made = collecting_place()
    with transaction():
        submissions.begin(made.actor, made.round_id)
        submissions.save_travel(made.actor, made.round_id, ["bike"], 35)
        submissions.save_needs(made.actor, made.round_id, ["step_free"])
        choices.remove(made.actor, made.round_id, made.offering("CLINIC").id)
        choices.add(made.actor, made.round_id, made.offering("SHOP").id)
        choices.refuse(made.actor, made.round_id, made.offering("CLINIC").id)
    return made


def own(place: Collecting) -> tuple[str, list[str], list[str], bool]:
    """What stands of Ana: trip, ranked, refused, whether she takes part."""
    db.session.rollback()
    submission = place.submission()
    names = select(Opportunity.external_id).join(Offering, Offering.opportunity_id == Opportunity.id)
    ranked = names.join(Preference, Preference.offering_id == Offering.id).where(
        Preference.submission_id == submission.id, Preference.rank.is_not(None)
    )
    refused = names.join(Refusal, Refusal.offering_id == Offering.id).where(
        Refusal.submission_id == submission.id
    )
    scalars = db.session.scalars
    return (
        f"{submission.travel_modes} {submission.max_travel_minutes}",
        list(scalars(ranked.order_by(Preference.rank))),
        list(scalars(refused)),
        submission.active,
    )


HERS = ("bike 35", ["SHOP"], ["CLINIC"], True)
FOLDER = {"students": NEAR.replace("S2,NORTH,12", "S2,NORTH,11")}


def test_what_students_wrote_stays_by_default(place: Collecting, sign_in: SignIn) -> None:
    assert own(place) == HERS
    import_id = stage(place.place, small_folder(**FOLDER))
    office = sign_in(place.place.user)
    path = f"/rounds/{place.round_id}/imports/{import_id}"
    page = office.get(path).text
    assert "1 student wrote something here that this upload would replace" in page
    listed = office.get(f"{path}/own").text
    assert "Ana" in listed and "Benny" not in listed
    assert office.post(f"{path}/confirm", data={}).status_code == 302
    assert own(place) == HERS
    # The rest is the folder's: another student's grade, and the employer's rank of Ana.
    others = db.session.scalars(select(Student).where(Student.external_id == "S2"))
    assert [student.grade for student in others] == [11]
    backs = select(Preference.opportunity_rank).where(
        Preference.submission_id == place.submission().id,
        Preference.offering_id == place.offering("CLINIC").id,
    )
    assert db.session.scalars(backs).all() == [2]
    kept = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "round.import")).all()
    assert kept[-1].details["own_kept"] == 1


def test_a_tick_replaces_it_and_no_need_is_lost(place: Collecting, sign_in: SignIn) -> None:
    import_id = stage(place.place, small_folder(**FOLDER))
    path = f"/rounds/{place.round_id}/imports/{import_id}"
    assert sign_in(place.place.user).post(f"{path}/confirm", data={"replace_own": "y"}).status_code == 302
    assert own(place) == ("car 60", ["CLINIC"], [], True)
    needs = db.session.scalars(select(StudentNeed.code).where(StudentNeed.student_id == place.student.id))
    assert set(needs) == {"quiet_space", "large_print", "step_free"}


def test_who_began_here_stays_where_a_folder_leaves_them_out(place: Collecting) -> None:
    students = "\n".join(line for line in NEAR.splitlines() if not line.startswith("S1,")) + "\n"
    preferences = "\n".join(line for line in PREFERENCES.splitlines() if not line.startswith("S1,")) + "\n"
    without = small_folder(students=students, preferences=preferences, people=None, guardians=None)
    import_id = stage(place.place, without)
    staged = db.session.get_one(RoundImport, import_id)
    assert staged.preview["own"] == [place.submission().id]
    with transaction():
        imports.confirm(place.place.actor, place.round_id, import_id)
    assert own(place) == HERS
    import_id = stage(place.place, without)
    with transaction():
        imports.confirm(place.place.actor, place.round_id, import_id, replace_own=True)
    assert not own(place)[-1]


def test_who_wrote_after_the_preview_is_not_replaced_unseen(place: Collecting) -> None:
    import_id = stage(place.place, small_folder(**FOLDER))
    with make.made():
        benny = db.session.scalars(select(Student).where(Student.external_id == "S2")).one()
        actor = make.actor(make.make_student_user(benny))
    with transaction():
        submissions.begin(actor, place.round_id)
        submissions.save_travel(actor, place.round_id, ["walk"], 20)
    with pytest.raises(Conflict, match="More students wrote something"), transaction():
        imports.confirm(place.place.actor, place.round_id, import_id, replace_own=True)
    assert own(place) == HERS
