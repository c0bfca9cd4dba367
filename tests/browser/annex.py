"""What the demo has nobody for: links that wait, files that wait, people of two districts, empty desks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from sqlalchemy import select

from tests import factories as make
from tests.browser.at_work import with_hours
from tests.browser.serving import SECRET, Server
from tests.conftest import PASSWORD
from tests.wbl.rounds_support import Place, bring_in, make_place, small_folder, stage
from tests.wbl.test_rosters import folder
from wbl import clock
from wbl.accounts import codes, invitations, resets, tokens
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import PasswordReset, Role, User
from wbl.agreements import links as signing_links
from wbl.agreements.models import Paperwork, PaperworkState, SignerRole
from wbl.app import create_app
from wbl.credentials import issuing, sharing
from wbl.credentials.models import Credential
from wbl.db import db, transaction
from wbl.employers import prospects
from wbl.growth import evaluating, site, versions
from wbl.growth import links as rating_links
from wbl.growth.evaluating import Given
from wbl.growth.models import Moment
from wbl.growth.site import Said
from wbl.interests import choices, submissions
from wbl.interests import services as interests
from wbl.messages import unreachable
from wbl.opportunities import links
from wbl.people.models import District, Guardian, School, Student
from wbl.placements import queries as placements
from wbl.portfolio import keeping
from wbl.reflections import writing
from wbl.reflections.models import Phase, Prompt
from wbl.reports import thanking
from wbl.rosters import services as rosters
from wbl.rosters.reading import read_roster
from wbl.rounds import limits
from wbl.rounds.models import Round
from wbl.safety import answering, incidents, raising
from wbl.safety import queries as safety
from wbl.safety.incidents import Facts, Told
from wbl.safety.models import ConcernKind, ConcernPlace, Reported

PROSPECTS = b"name,contact_name,contact_email\nCorner Books,Ana Ruiz,ana@books.example\n"


def build(server: Server) -> dict[str, Any]:
    """Adds it; ``people`` (role to sign-in) and ``ids`` are as those of the demo."""
    # Links are derived from the secret, which is the server's.
    with create_app({**server.settings, "SECRET_KEY": SECRET}).app_context():
        ids = dict(server.demo["ids"])
        place = make_place()
        ids |= {"annex": place.district.id, "annex_round": place.round_id}
        ids |= _waiting_files(place) | _links(place, ids) | _rows(server, ids)
        ids |= _paperwork(server, ids)
        ids |= _credential(ids)
        _unreached(ids)
        people = _people(place, ids) | _growth(ids)
        ids |= _safety(ids, people["intern"]["email"])
        worked = with_hours(ids["own_placement"])
        ids |= worked["ids"]
        people |= worked["people"]
        db.engine.dispose()
    return {"ids": ids, "people": people}


def _waiting_files(place: Place) -> dict[str, Any]:
    bring_in(place, small_folder())
    _begin_by_oneself(place)
    found: dict[str, Any] = {"staged": stage(place, small_folder())}
    with transaction():
        limit = limits.add_limit(place.actor, place.round_id, scope="school", name="NORTH", low=None, high=1)
        judged = prospects.judge(place.actor, place.district.id, PROSPECTS)
        found["prospects"] = prospects.stage(place.actor, place.district.id, judged).id
        found["limit"] = limit.id
        boss = accounts.actor_of(make.make_staff(place.district, Role.ADMINISTRATOR))
        found["roster"] = rosters.stage(boss, place.district.id, read_roster(folder(), "sourcedId")).id
    return found


def _begin_by_oneself(place: Place) -> None:
    """A student of the round says of themself what its files would replace."""
    with transaction() as session:
        placement_round = session.get_one(Round, place.round_id)
        placement_round.opens_at = clock.now() - timedelta(days=1)
        placement_round.closes_at = clock.now() + timedelta(days=1)
        ana = session.query(Student).filter_by(district_id=place.district.id, external_id="S1").one()
        session.flush()
        actor = Actor(kind="command", student_ids=frozenset({ana.id}))
        submissions.begin(actor, place.round_id)
        submissions.save_travel(actor, place.round_id, ["walk"], 30)


def _links(place: Place, ids: dict[str, Any]) -> dict[str, str]:
    demo = accounts.user_by_email("coordinator@demo.example")
    assert demo is not None
    with transaction():
        command = Actor(kind="command", administrator_of=frozenset({place.district.id}))
        invited = invitations.invite(
            command, invitations.Place(place.district.id, Role.COORDINATOR), email="new@annex.example"
        )
        resets.send(place.user)
        posting = links.make(accounts.actor_of(demo), ids["draft"])
        reset = db.session.query(PasswordReset).filter_by(user_id=place.user.id).one()
        return {
            "invitation": tokens.token_of(invitations.PURPOSE, invited.nonce),
            "reset": tokens.token_of(resets.PURPOSE, reset.nonce),
            "posting": posting.token,
        }


def _credential(ids: dict[str, Any]) -> dict[str, Any]:
    """The demo's student has one for a placement that is under way again afterwards, and shares it."""
    coordinator, student = (
        accounts.user_by_email(f"{name}@demo.example") for name in ("coordinator", "student")
    )
    assert coordinator is not None and student is not None
    with transaction() as session:
        paperwork = session.get_one(Paperwork, ids["own_placement"])
        before, paperwork.state = paperwork.state, PaperworkState.COMPLETED
        paperwork.directory_information = True
        session.flush()
        issuing.issue(accounts.actor_of(coordinator), ids["round"], [ids["own_placement"]])
        found = session.query(Credential).one()
        paperwork.state = before
        session.flush()
        actor = accounts.actor_of(student)
        link = sharing.make(actor, found.id, 90)
        keeping.add(actor, "My floor plan", b"%PDF-1.7 a plan")
        keeping.save(
            actor,
            keeping.Words("I build things.", "A greenhouse", "We built one for the school."),
            placements=[ids["own_placement"]],
            credentials=[found.id],
            artefacts=[1],
        )
        return {
            "credential": found.id,
            "credential_uuid": found.uuid,
            "shared": link.token,
            "portfolio": keeping.share(actor, 90).token,
        }


def _growth(ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The demo's active placement is under way for two months, with a mentor's link; a draft of a rubric.

    Its student and somebody of its employer can sign in.
    """
    user = accounts.user_by_email("coordinator@demo.example")
    assert user is not None
    coordinator = accounts.actor_of(user)
    with transaction() as session:
        paperwork = (
            session.query(Paperwork)
            .filter_by(state=PaperworkState.ACTIVE)
            .order_by(Paperwork.placement_id)
            .first()
        )
        assert paperwork is not None
        placement = placements.whole(paperwork.placement_id)
        placement.offering.start_date = clock.now().date() - timedelta(weeks=8)
        intern = make.make_student_user(placement.student)
        mentor = make.make_employer_user(placement.offering.opportunity.employer)
        session.flush()
        given = Given({"communication": 4, "teamwork": 3}, {"communication": "Answered the phone."})
        made = evaluating.give_as_told(coordinator, placement.id, Moment.MID, given, name="Jo Marin")
        student = accounts.actor_of(intern)
        written = writing.hand_in(student, placement.id, Phase.WEEKLY, 1, {"week_describe": "I said hello."})
        writing.choose(student, written.id, in_portfolio=False, for_employer=True)
        site.rate(student, placement.id, Said(4, 2, 4, 3, "Nobody was there on Tuesday."))
        link = rating_links.make_by_hand(coordinator, placement.id, Moment.FINAL, "Jo Marin", "")
        versions.start_draft(coordinator, ids["district"])
        thanks = thanking.write_own(student, placement.id, "Thank you for the patience with my questions.")
        ids |= {
            "grown": placement.id,
            "evaluation": made.id,
            "rating": link.token,
            "prompt": session.query(Prompt).one().id,
            "thanks": thanks.id,
        }
        found = {"intern": intern, "rating_employer": mentor}
        return {role: {"email": one.email, "password": PASSWORD} for role, one in found.items()}


def _unreached(ids: dict[str, Any]) -> None:
    """A guardian of the demo whose address does not work."""
    demo = accounts.user_by_email("coordinator@demo.example")
    assert demo is not None
    email = db.session.scalar(
        select(Guardian.email)
        .join(Student, Student.id == Guardian.student_id)
        .where(Student.district_id == ids["district"], Guardian.email != "")
        .order_by(Guardian.id.desc())
        .limit(1)
    )
    with transaction():
        unreachable.say(accounts.actor_of(demo), ids["district"], email or "nobody@home.example")


def _safety(ids: dict[str, Any], intern: str) -> dict[str, Any]:
    """The intern's concern about the place was answered, the demo's student's about the way there waits.

    An incident is kept. Somebody of a school can be named there. The place of the demo's student stays free
    of concerns, since a journey raises one about it and sees it end.
    """
    coordinator, student, grown = (
        accounts.user_by_email(email)
        for email in ("coordinator@demo.example", "student@demo.example", intern)
    )
    assert coordinator is not None and student is not None and grown is not None
    actor, own, intern_actor = (accounts.actor_of(one) for one in (coordinator, student, grown))
    with transaction() as session:
        ana = safety.own_student(own)
        place = {"place": ConcernPlace.PLACEMENT, "placement_id": ids["grown"]}
        read = raising.raise_concern(
            intern_actor, kind=ConcernKind.DANGER, words="The saw has no guard.", **place
        )
        answering.read(actor, read.id)
        answering.answer(actor, read.id, "The saw has its guard since Monday; we looked.", shared=True)
        when = datetime(2026, 11, 2, 12, tzinfo=UTC)
        answering.record_report(
            actor, read.id, made_by="Kim Lee", made_to="OSHA, area office", made_at=when, reference="A-77"
        )
        new = raising.raise_concern(own, kind=ConcernKind.OTHER, place=ConcernPlace.WAY, words="It is dark.")
        facts = Facts(
            happened_at=when,
            place="The loading dock",
            what="A box fell from the shelf.",
            injury="A bruise on the left hand.",
            treatment="Ice.",
            guardian=Told("Rosa, by phone", when),
            employer=Told(),
            insurer=Told(),
            osha=Reported.NOT_NEEDED,
            workers_comp=Reported.NOT_NEEDED,
            follow_up="",
        )
        kept = incidents.keep(actor, ana.id, ids["own_placement"], facts)
        incidents.correct(actor, kept.id, replace(facts, injury="A broken finger."), "The X-ray came")
        other = accounts.actor_of(make.make_coordinator(session.get_one(District, ids["district"])))
        unopened = incidents.keep(other, ana.id, ids["own_placement"], facts)
        school = ana.school_id
        if school is None:
            school = session.query(School).filter_by(district_id=ids["district"]).first().id
        make.make_staff(session.get_one(District, ids["district"]), Role.SCHOOL_STAFF, school_id=school)
        return {
            "concern": read.id,
            "unread_concern": new.id,
            "incident": kept.id,
            "unopened_incident": unopened.id,
            "school": school,
        }


def _rows(server: Server, ids: dict[str, Any]) -> dict[str, int]:
    return {
        "site": server.one("SELECT min(id) FROM site WHERE employer_id = ?", ids["host"]),
        "guardian": server.one("SELECT min(id) FROM guardian WHERE student_id = ?", ids["student"]),
        "hosting": server.one("SELECT min(user_id) FROM membership WHERE employer_id = ?", ids["host"]),
    }


def _paperwork(server: Server, ids: dict[str, Any]) -> dict[str, Any]:
    """The demo's placement that waits for its employer, with its link; one that the host knows by name."""
    paper = server.one("SELECT min(placement_id) FROM paperwork WHERE state = 'open' AND step = 'employer'")
    link = signing_links.in_force(paper, SignerRole.EMPLOYER)
    assert link is not None
    known = server.ask(
        "SELECT p.id FROM placement p JOIN offering o ON o.id = p.offering_id "
        "JOIN opportunity y ON y.id = o.opportunity_id WHERE y.employer_id = ? AND p.round_id = ?",
        ids["host"],
        ids["round"],
    )
    told = [row[0] for row in known if placements.name_told(placements.whole(row[0]))]
    visit = (
        "SELECT min(v.id) FROM site_visit v JOIN placement p ON p.offering_id = v.offering_id WHERE p.id = ?"
    )
    task = server.ask("SELECT min(id), placement_id FROM paperwork_task GROUP BY placement_id LIMIT 1")[0]
    return {
        "paper": paper,
        "signing": link.token,
        "known": told[0],
        "visit": server.one(visit, paper),
        "task": task[0],
        "tasked": task[1],
    }


def _people(place: Place, ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    with transaction():
        several = make.make_staff(place.district, Role.ADMINISTRATOR)
        accounts.add_membership(several, role=Role.ADMINISTRATOR, district_id=ids["district"])
        for employer_id in (ids["host"], make.make_employer(place.district).id):
            accounts.add_membership(several, role=Role.EMPLOYER, employer_id=employer_id)
        student = make.make_student_user(make.make_student(place.district))
        interests.begin_profile(accounts.actor_of(student))
        empty = make.make_district("New Schools")
        strict = make.make_district("Strict Schools")
        strict.codes_required = True
        found = {
            "several": several,
            "new_student": student,
            "new_advisor": make.make_staff(empty, Role.ADVISOR),
            "new_coordinator": make.make_coordinator(empty),
            "annex_coordinator": place.user,
            "without_codes": make.make_coordinator(strict),
            "with_codes": make.make_coordinator(place.district),
        }
        recovery = _set_up_codes(found["with_codes"])
        handed_in = accounts.user_by_email("student-unplaced@demo.example")
        assert handed_in is not None
        _hand_in(accounts.actor_of(handed_in), ids)
        people = {role: {"email": user.email, "password": PASSWORD} for role, user in found.items()}
    people["second_step"] = people["with_codes"]
    return {**people, "with_codes": {**people["with_codes"], "codes": recovery}}


def _hand_in(actor: Actor, ids: dict[str, Any]) -> None:
    submissions.begin(actor, ids["collecting"])
    choices.add(actor, ids["collecting"], ids["offering"])
    choices.submit(actor, ids["collecting"])


def _set_up_codes(user: User) -> list[str]:
    nonce = tokens.new_nonce()
    code = pyotp.TOTP(codes.secret_of(nonce)).now()
    recovery = codes.set_up(accounts.actor_of(user), user, nonce, code)
    assert recovery is not None
    return recovery
