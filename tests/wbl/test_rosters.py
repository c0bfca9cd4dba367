"""Rosters: OneRoster 1.1 and 1.2, Ed-Fi; what joins, changes, leaves; nothing deleted, no password read."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories as make
from tests.wbl.rounds_support import zipped
from wbl.accounts.actor import Actor
from wbl.accounts.models import Role, User
from wbl.audit.models import AuditEvent
from wbl.db import db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.people.models import District, Guardian, School, Student, StudentBirth
from wbl.rosters import services
from wbl.rosters.difference import difference
from wbl.rosters.models import RosterImport, RosterSetting, RosterState
from wbl.rosters.oneroster import read_oneroster
from wbl.rosters.pick_up import pick_up_next
from wbl.rosters.reading import read_roster
from wbl.rosters.records import Feed, unpacked
from wbl.rounds.archive import unpacked as unzipped

SECRET = "Batman.Ru1ez"
ORGS = """\
sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
D1,active,,Mesa Clara,district,,
N1,active,,North High,school,NORTH,D1
H1,active,,History,department,,N1
"""
USERS = f"""\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,active,,TRUE,H1,student,ana,,Ana,Castillo,,A-1,ana@pupils.example,,555-0101,u9,11,{SECRET}
u2,active,,TRUE,N1,student,ben,,Ben,Ochoa,,A-2,,555-0102,,,"09,10",{SECRET}
u8,active,,TRUE,N1,teacher,tea,,Tea,Cher,,T-1,,,,u1,,{SECRET}
u9,active,,TRUE,N1,guardian,rosa,,Rosa,Castillo,,,rosa@home.example,,,u1,,{SECRET}
"""
DEMOGRAPHICS = """\
sourcedId,status,dateLastModified,birthDate,sex,white
u1,active,,2010-03-04,female,true
"""
USERS_1_2 = f"""\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,preferredGivenName,primaryOrgSourcedId
u1,active,,TRUE,ana,,Ana,Castillo,,A-1,ana@pupils.example,,,u9,11,{SECRET},Anita,
u9,active,,TRUE,rosa,,Rosa,Castillo,,,,,,,,{SECRET},,
"""
ROLES = """\
sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,active,,u1,primary,student,,,N1,
r9,active,,u9,primary,guardian,,,N1,
"""
ED_FI = """\
<?xml version="1.0" encoding="UTF-8"?>
<InterchangeStudentEnrollment xmlns="http://ed-fi.org/5.2.0">
  <School><SchoolId>255901001</SchoolId><NameOfInstitution>Grand Bend High</NameOfInstitution></School>
  <Student><StudentUniqueId>604822</StudentUniqueId><Name><FirstName>Lisa</FirstName>
    <LastSurname>Woods</LastSurname><PreferredFirstName>Lee</PreferredFirstName></Name>
    <BirthData><BirthDate>2008-09-13</BirthDate></BirthData>
    <ElectronicMail><ElectronicMailAddress>lisa@pupils.example</ElectronicMailAddress></ElectronicMail></Student>
  <StudentSchoolAssociation>
    <StudentReference><StudentIdentity><StudentUniqueId>604822</StudentUniqueId></StudentIdentity></StudentReference>
    <SchoolReference><SchoolIdentity><SchoolId>255901001</SchoolId></SchoolIdentity></SchoolReference>
    <EntryGradeLevel>uri://ed-fi.org/GradeLevelDescriptor#Eleventh grade</EntryGradeLevel>
  </StudentSchoolAssociation>
  <Contact><ContactUniqueId>C1</ContactUniqueId><Name><FirstName>Mia</FirstName><LastSurname>Woods</LastSurname></Name></Contact>
  <StudentContactAssociation>
    <StudentReference><StudentIdentity><StudentUniqueId>604822</StudentUniqueId></StudentIdentity></StudentReference>
    <ContactReference><ContactIdentity><ContactUniqueId>C1</ContactUniqueId></ContactIdentity></ContactReference>
    <Relation>uri://ed-fi.org/RelationDescriptor#Mother</Relation>
  </StudentContactAssociation>
  <StudentSpecialEducationProgramAssociation><Disability>secret</Disability></StudentSpecialEducationProgramAssociation>
</InterchangeStudentEnrollment>
"""


def folder(**changes: str) -> dict[str, bytes]:
    texts = {"orgs": ORGS, "users": USERS, "demographics": DEMOGRAPHICS, **changes}
    return {f"{name}.csv": text.encode() for name, text in texts.items()}


@pytest.fixture
def district(app: Flask) -> District:
    with make.made():
        return make.make_district("Mesa Clara")


@pytest.fixture
def boss(app: Flask, district: District) -> User:
    with make.made():
        return make.make_staff(district, Role.ADMINISTRATOR)


def take(
    actor: Actor, district: District, files: Mapping[str, bytes], key: str = "sourcedId"
) -> dict[str, int]:
    """Read, stage and apply."""
    feed = read_roster(files, key)
    assert feed.faults == []
    with make.made():
        import_id = services.stage(actor, district.id, feed).id
    with make.made():
        return services.confirm(actor, district.id, import_id)


def student(external_id: str) -> Student:
    db.session.rollback()
    return db.session.scalars(select(Student).where(Student.external_id == external_id)).one()


# ---- reading -------------------------------------------------------------------------------------


def test_oneroster_1_1(app: Flask) -> None:
    feed = read_roster(folder())
    assert (feed.format, feed.whole, feed.faults) == ("OneRoster 1.1", True, [])
    assert [school.id for school in feed.schools] == ["N1"]
    ana, ben = feed.students
    assert (ana.id, ana.grade, ana.school, ana.birth_date) == ("u1", 11, "N1", "2010-03-04")
    assert (ben.phone, ben.grade) == ("555-0102", 9)
    (rosa,) = feed.guardians  # the teacher is no guardian, whoever's agent
    assert (rosa.id, rosa.student, rosa.relation) == ("u9", "u1", "guardian")
    kept = zlib.decompress(feed.packed()).decode()
    assert SECRET not in kept and "female" not in kept and json.loads(kept)["format"] == "OneRoster 1.1"
    assert [one.id for one in read_oneroster(folder(), "identifier").students] == ["A-1", "A-2"]


def test_oneroster_1_2_has_roles_apart(app: Flask) -> None:
    feed = read_roster(folder(users=USERS_1_2, roles=ROLES))
    assert feed.format == "OneRoster 1.2"
    (ana,) = feed.students
    assert (ana.preferred_name, ana.school) == ("Anita", "N1")
    assert [one.name for one in feed.guardians] == ["Rosa Castillo"]


def test_ed_fi(app: Flask) -> None:
    feed = read_roster({"Enrollment.xml": ED_FI.encode()})
    assert feed.format == "Ed-Fi" and feed.faults == []
    (lisa,) = feed.students
    assert (lisa.id, lisa.preferred_name, lisa.grade) == ("604822", "Lee", 11)
    assert (lisa.school, lisa.birth_date, lisa.email) == ("255901001", "2008-09-13", "lisa@pupils.example")
    assert [(one.name, one.relation) for one in feed.guardians] == [("Mia Woods", "mother")]
    assert "secret" not in zlib.decompress(feed.packed()).decode()
    bomb = ED_FI.replace("?>\n", '?>\n<!DOCTYPE x [<!ENTITY a "b">]>\n', 1)
    assert read_roster({"x.xml": bomb.encode()}).faults[0].message.startswith("The file declares entities")
    cut = read_roster({"x.xml": ED_FI[:600].encode()})
    assert [fault.file for fault in cut.faults] == ["x.xml"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (folder(users=USERS.replace("givenName,", "name,")), ("users.csv", 1, "givenName")),
        (folder(users=USERS.replace("u2,", "x" * 65 + ",")), ("users.csv", 3, "sourcedId")),
        (
            folder(demographics=DEMOGRAPHICS.replace("2010-03-04", "4/3/2010")),
            ("demographics.csv", 2, "birthDate"),
        ),
        ({**folder(), "users.csv": b"sourcedId,givenName,familyName\n\xff,a,b\n"}, ("users.csv", 2, "")),
        (folder(users=USERS.replace("student", "aide")), ("OneRoster 1.1", 0, "")),
    ],
)
def test_faults_have_a_place(app: Flask, files: dict[str, bytes], said: tuple[str, int, str]) -> None:
    fault = read_roster(files).faults[0]
    assert (fault.file, fault.line, fault.column) == said


def test_something_else_is_no_roster(app: Flask) -> None:
    with pytest.raises(DomainError):
        read_roster({"students.csv": b"student_id\nS1\n"})


# ---- the samples of the standards ------------------------------------------------------------------


def test_the_samples_of_oneroster(app: Flask, shared_data: Path, boss: User, district: District) -> None:
    found = {}
    for path in sorted((shared_data / "oneroster-sample").glob("*.zip")):
        feed = read_roster(unzipped([(path.name, path.read_bytes())]))
        assert feed.faults == []
        assert "Password1" not in zlib.decompress(feed.packed()).decode()
        found[path.stem] = (feed.format, feed.whole, len(feed.students), len(feed.guardians))
    assert found == {
        "Test_full_data_set": ("OneRoster 1.1", True, 3, 1),
        "Test_minimal_data_set": ("OneRoster 1.1", True, 3, 0),
        "oneroster_test_data": ("OneRoster 1.2", False, 1, 0),
        "v1p2_full_dataset": ("OneRoster 1.2", True, 3, 2),
    }


def test_the_sample_of_ed_fi(app: Flask, shared_data: Path, boss: User, district: District) -> None:
    files = {path.name: path.read_bytes() for path in (shared_data / "ed-fi-sample").glob("*.xml")}
    assert take(make.actor(boss), district, files)["join"] == 960
    assert db.session.scalar(select(func.count(School.id))) == 3
    lisa = student("604822")
    assert (lisa.name, db.session.get_one(StudentBirth, lisa.id).birth_date) == (
        "Lisarae Woods",
        date(2008, 9, 13),
    )
    assert take(make.actor(boss), district, files) | {"join": 0} == {
        **dict.fromkeys(("join", "change", "return", "leave", "new_schools"), 0),
        **dict.fromkeys(("new_guardians", "changed_guardians"), 0),
        "same": 960,
    }


# ---- what changes ----------------------------------------------------------------------------------


def test_from_the_first_load_to_a_leaver_and_back(app: Flask, boss: User, district: District) -> None:
    actor = make.actor(boss)
    with make.made():
        by_hand = make.make_student(district).external_id
    counts = take(actor, district, folder())
    assert (counts["join"], counts["new_guardians"], counts["new_schools"]) == (2, 1, 1)
    ana = student("u1")
    assert (ana.name, ana.grade, ana.school.name if ana.school else "") == ("Ana Castillo", 11, "North High")
    rosa = db.session.scalars(select(Guardian)).one()
    assert (rosa.may_sign, rosa.may_receive, rosa.email) == (False, False, "rosa@home.example")
    assert take(actor, district, folder())["same"] == 2
    with make.made():
        db.session.get_one(Guardian, rosa.id).may_receive = True
    moved = USERS.replace("ana@pupils.example", "").replace(",11,", ",12,").replace("rosa@home", "r@home")
    without_ben = "\n".join(line for line in moved.splitlines() if not line.startswith("u2"))
    counts = take(actor, district, folder(users=without_ben))
    assert (counts["change"], counts["leave"], counts["changed_guardians"]) == (1, 1, 1)
    ana, ben = student("u1"), student("u2")
    assert (ana.grade, ana.email) == (12, "ana@pupils.example")  # what is not said erases nothing
    assert ben.left_on is not None and ben.name == "Ben Ochoa"
    assert student(by_hand).left_on is None  # never in a roster, so none can miss them
    rosa = db.session.scalars(select(Guardian)).one()
    assert (rosa.email, rosa.may_sign, rosa.may_receive) == ("r@home.example", False, True)
    assert take(actor, district, folder())["return"] == 1
    assert student("u2").left_on is None
    assert list(db.session.scalars(select(AuditEvent.action))).count("roster.apply") == 4


def test_a_difference_says_only_what_changed(app: Flask, boss: User, district: District) -> None:
    actor = make.actor(boss)
    take(actor, district, folder())
    manifest = "propertyName,value\noneroster.version,1.1\nfile.users,delta\n"
    line = USERS.splitlines()
    delta = "\n".join([line[0], line[1].replace("u1,active", "u1,tobedeleted")])
    counts = take(actor, district, folder(users=delta, manifest=manifest))
    assert (counts["leave"], counts["join"]) == (1, 0)
    assert student("u1").left_on is not None and student("u2").left_on is None
    # A change without the row that says what somebody is counts for known students alone.
    users = USERS_1_2.replace("u1,", "u2,").replace(",Ana,", ",Benny,")
    manifest = manifest.replace("1.1", "1.2")
    counts = take(actor, district, folder(users=users, manifest=manifest, roles=ROLES.splitlines()[0] + "\n"))
    assert (counts["change"], counts["join"], student("u2").given_name) == (1, 0, "Benny")


def test_who_is_on_record_is_not_made_twice(app: Flask, boss: User, district: District) -> None:
    with make.made():
        known = make.make_student(district, external_id="u1", given_name="Ana", family_name="Castillo")
        mother = make.make_guardian(known, name="rosa castillo", email="old@home.example")
        foreign = make.make_student(make.make_district(), external_id="u2").id
    counts = take(make.actor(boss), district, folder())
    assert (counts["join"], counts["new_guardians"]) == (1, 0)
    kept = db.session.get_one(Guardian, mother.id, populate_existing=True)
    # Whom a person put on record keeps rights and address; the roster knows them from now on.
    assert (kept.email, kept.may_sign, kept.roster_id) == ("old@home.example", True, "u9")
    assert db.session.get_one(Student, foreign).rostered is False


def test_a_roster_is_used_once_and_by_its_district(app: Flask, boss: User, district: District) -> None:
    actor = make.actor(boss)
    with make.made():
        stranger = make.actor(make.make_staff(make.make_district(), Role.ADMINISTRATOR))
        advisor = make.actor(make.make_staff(district, Role.ADVISOR))
    with make.made():
        first = services.stage(actor, district.id, read_roster(folder())).id
    with make.made():
        second = services.stage(actor, district.id, read_roster(folder())).id
    for who in (stranger, advisor):
        with pytest.raises(NotFound), make.made():
            services.confirm(who, district.id, second)
    with pytest.raises(Conflict), make.made():
        services.confirm(actor, district.id, first)  # the newer one took its place
    with make.made():
        services.confirm(actor, district.id, second)
    with pytest.raises(Conflict), make.made():
        services.confirm(actor, district.id, second)
    rows = db.session.execute(select(RosterImport.state, RosterImport.content)).tuples().all()
    assert rows == [(RosterState.DISCARDED, None), (RosterState.APPLIED, None)]


def test_ten_thousand_students_take_few_queries(
    app: Flask, boss: User, district: District, count_queries: Callable[[], object]
) -> None:
    """The difference is worked out by the page that shows it."""
    head = USERS.splitlines()[0]
    lines = [f"s{n},active,,TRUE,N1,student,x,,Given{n},Family{n},,,,,,,11," for n in range(300)]
    feed = read_roster(folder(users="\n".join([head, *lines])))
    with count_queries() as statements:  # type: ignore[attr-defined]
        found = difference(district.id, unpacked(feed.packed()))
    assert len(found.joins) == 300 and len(statements) <= 5


# ---- pages -----------------------------------------------------------------------------------------


def test_upload_preview_and_yes(
    app: Flask, sign_in: Callable[..., FlaskClient], boss: User, district: District
) -> None:
    browser = sign_in(boss)
    here = f"/rosters/{district.id}"
    assert browser.get("/rosters/").location == here

    def upload(files: Mapping[str, bytes]) -> str:
        sent = {"files": [(io.BytesIO(zipped(files)), "roster.zip")]}
        answer = browser.post(here, data=sent)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return str(answer.location)

    faulty = browser.get(upload(folder(users=USERS.replace("givenName,", "x,")))).get_data(as_text=True)
    assert "This roster cannot be used yet" in faulty and "givenName" in faulty
    nothing = browser.post(here, data={"files": [(io.BytesIO(b"x"), "x.csv")]})
    assert nothing.status_code == 422 and "No roster was found" in nothing.get_data(as_text=True)
    where = upload(folder())
    page = browser.get(where).get_data(as_text=True)
    assert "Ana Castillo" in page and "joins" in page and SECRET not in page
    assert "Ana Castillo" not in browser.get(f"{where}?kind=leave").get_data(as_text=True)
    assert db.session.scalar(select(Student.id)) is None
    assert browser.post(f"{where}/confirm").location == here
    assert browser.post(f"{where}/confirm").status_code == 409
    assert "applied" in browser.get(here).get_data(as_text=True)
    assert "What this roster changed" in browser.get(where).get_data(as_text=True)
    dropped = upload(folder())
    assert browser.post(f"{dropped}/discard").location == here
    assert browser.post(f"{dropped}/discard").status_code == 404
    assert list(db.session.scalars(select(AuditEvent.action))).count("roster.discard") == 1
    browser.post(f"{here}/settings", data={"key": "identifier", "apply_unasked": "y"})
    row = db.session.get_one(RosterSetting, district.id)
    assert (row.key, row.apply_unasked) == ("identifier", True)
    assert browser.post(f"{here}/settings", data={"key": "password"}).status_code == 422


# ---- the nightly folder ------------------------------------------------------------------------------


def test_the_folder_is_looked_into_once_a_night(
    app: Flask, boss: User, district: District, tmp_path: Path
) -> None:
    app.config["ROSTER_FOLDER"] = str(tmp_path)
    inbox = tmp_path / district.slug
    inbox.mkdir()
    (tmp_path / "nobody").mkdir()

    def put(files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            (inbox / name).write_bytes(data)

    def night(day: int, hour: int = 9) -> bool:  # 9:00 UTC is 3:00 in Chicago
        app.config["CLOCK"] = lambda: datetime(2027, 1, day, hour, 0, tzinfo=UTC)
        db.session.rollback()
        return pick_up_next()

    def newest() -> RosterImport | None:
        db.session.rollback()
        return db.session.scalars(select(RosterImport).order_by(RosterImport.id.desc())).first()

    assert night(11, hour=7) is False  # 1:00 there
    assert night(11) is True and newest() is None  # nothing lies there
    put(folder())
    assert night(11) is False  # tomorrow
    assert night(12) is True
    waiting = newest()
    assert waiting is not None and waiting.state is RosterState.READY and waiting.from_folder
    assert night(13) is True
    again = newest()
    assert again is not None and again.id == waiting.id  # the same files are no news
    with make.made():
        services.confirm(make.actor(boss), district.id, waiting.id)
        services.set_setting(make.actor(boss), district.id, key="sourcedId", apply_unasked=True)
    put(folder(users=USERS.replace(",11,", ",12,")))
    assert night(14) is True
    applied = newest()
    assert applied is not None and applied.state is RosterState.APPLIED and student("u1").grade == 12
    with make.made():
        for number in range(20):
            make.make_student(district, rostered=True, external_id=f"more{number}")
    put(folder(users=USERS))
    assert night(15) is True
    held = newest()
    # More than one in ten would leave: somebody has to look.
    assert held is not None and held.state is RosterState.READY and held.counts["leave"] == 20
    put({"users.csv": b"\xff"})
    assert night(16) is True
    faulty = newest()
    assert faulty is not None and faulty.state is RosterState.FAULTY


def test_the_folder_is_read_by_a_command(app: Flask, district: District, tmp_path: Path) -> None:
    app.config["ROSTER_FOLDER"] = str(tmp_path)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["roster", "pick-up"]).exit_code == 1
    inbox = tmp_path / district.slug
    inbox.mkdir()
    for name, data in folder().items():
        (inbox / name).write_bytes(data)
    for _time in range(2):
        done = runner.invoke(args=["roster", "pick-up", "--slug", district.slug])
        assert done.exit_code == 0, done.output
    assert db.session.scalar(select(func.count(RosterImport.id))) == 1


def test_feeds_are_kept_as_read(app: Flask) -> None:
    feed = read_roster(folder())
    assert unpacked(feed.packed()) == Feed(**{name: getattr(feed, name) for name in Feed.__slots__})
