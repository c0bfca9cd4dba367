"""A round from its folder to published placements and letters, as a coordinator and the worker do it."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import Select, case, exists, func, select

from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import COMMAND, Actor
from wbl.accounts.models import Membership, Role, User
from wbl.audit.services import record
from wbl.db import db, transaction
from wbl.demo import collecting, staff
from wbl.demo.employers import employer_side
from wbl.demo.hours import begin_early, show_hours
from wbl.demo.interviews import show_interviews
from wbl.demo.paperwork import show_paperwork
from wbl.employers.models import Employer
from wbl.family import services as asking
from wbl.interests.models import Submission
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import work_on_next_item
from wbl.labels import consent_question
from wbl.letters.content import family_language
from wbl.letters.models import Letter, LetterState
from wbl.messages.models import MessageSetting
from wbl.opportunities.models import Offering, Opportunity
from wbl.people import languages
from wbl.people.models import District, Guardian, Student
from wbl.placements import consents, queries
from wbl.placements.models import Consent, FamilyLink, Placement, PlacementState
from wbl.placements.publishing import publish
from wbl.rounds import imports, services
from wbl.rounds.models import ImportState, Round, RunState, SolveRun, Unplaced
from wbl.rounds.solving import work_on_next_run
from wbl.rounds.starting import dates_of

Say = Callable[[str], None]
SLUG = "demo"
ANSWERED_EVERY = 3
QUESTION = "Is there a place to wait inside when the bus is early?"


class JourneyFailed(Exception):
    """The job could not be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, for the report."""

    round_id: int
    students: int
    placed: int
    unplaced: dict[str, int]
    goals: list[dict[str, Any]]
    status: str
    phases: dict[str, float]
    letters: int
    held: int
    mails: int
    seconds: dict[str, float]


def password_of(email: str) -> str:
    """The password of a demo sign-in: derived from this installation's secret, known nowhere else."""
    key = current_app.config["SECRET_KEY"].encode()
    return "demo-" + hmac.new(key, f"demo:{email}".encode(), hashlib.sha256).hexdigest()[:12]


def email_of(role: str, slug: str) -> str:
    """The e-mail of a district's demo sign-in of a role."""
    return f"{role.replace('_', '-')}@{slug}.example"


def slug_of(name: str) -> str:
    """A district's slug for a folder's name."""
    return f"{SLUG}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"[:64]


@dataclass(frozen=True, slots=True)
class Office:
    """The district of a round: what its letters say of whom to call. Empty text is left out."""

    slug: str
    name: str
    timezone: str
    contact: str = ""
    phone: str = ""
    email: str = ""


def ensure_district(office: Office) -> tuple[District, User]:
    """The district with its coordinator's sign-in, made where they are not there yet."""
    email = email_of("coordinator", office.slug)
    district = db.session.scalar(select(District).where(District.slug == office.slug))
    if district is None:
        district = District(slug=office.slug)
        db.session.add(district)
    district.name, district.timezone = office.name, office.timezone
    district.contact_name, district.phone, district.email = office.contact, office.phone, office.email
    # Whoever tries the demo has no phone set up for it; the district's settings show that it is off.
    district.codes_required = False
    new = district.id is None
    db.session.flush()
    # Somebody at the demo's office reads Spanish; a yes in the other languages waits for an interpreter.
    languages.mark_reviewed(COMMAND, district, "es")
    if new:
        # Whoever tries it at night still sees its mail.
        db.session.add(MessageSetting(district_id=district.id, quiet_from=0, quiet_until=0))
        record(COMMAND, "district.create", district, district_id=district.id)
    user = db.session.scalar(select(User).where(User.email == email))
    if user is None:
        user = accounts.create_user(
            email=email,
            name=office.contact or "Coordinator",
            password=password_of(email),
            role=Role.COORDINATOR,
            district_id=district.id,
        )
        accounts.set_sealed_reader(COMMAND, user, district.id, may=True)
    return district, user


def run_round(files: Mapping[str, bytes], office: Office, say: Say, *, invented: bool) -> Outcome:
    """Import, solve, verify, publish and write the letters of a round folder.

    Parameters
    ----------
    office
        The district; made where it is not there yet.
    invented
        The people in it are made up, so that some families' answers may be made up too.

    Raises
    ------
    JourneyFailed
        Where the folder is at fault (each fault in the message), or the solve did not end well.
    """
    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def timed(step: str) -> None:
        nonlocal began
        seconds[step] = time.perf_counter() - began
        began = time.perf_counter()

    with transaction():
        district, user = ensure_district(office)
        actor = accounts.actor_of(user)
        round_id = _create_round(actor, district, *dates_of(files, clock.today(office.timezone)))
    say(f"Importing {len(files)} files")
    import_files(actor, round_id, files)
    timed("import")
    say("Solving, and checking the result with code of its own")
    run_id = solve_round(actor, round_id)
    timed("solve and verify")
    say("Publishing")
    with transaction():
        publish(actor, run_id)
    timed("publish")
    say("Writing letters and mail")
    while work_on_next_item():
        pass
    timed("letters and mail")
    _ensure_sign_ins(round_id)
    if invented:
        _answer_some(round_id)
        begin_early(round_id)
        show_paperwork(actor, round_id)
        show_hours(actor, round_id)
        employer_side(actor, round_id, _host_of(district.slug))
        _collect_next(actor, round_id)
    return _outcome(round_id, run_id, seconds)


def _host_of(slug: str) -> Employer | None:
    """The employer whose person can sign in."""
    return db.session.scalar(
        select(Employer)
        .join(Membership, Membership.employer_id == Employer.id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == email_of("employer", slug))
    )


def _create_round(actor: Actor, district: District, starts_on: date, ends_on: date) -> int:
    earlier = db.session.scalar(select(func.count(Round.id)).where(Round.district_id == district.id)) or 0
    name = f"Placements from {starts_on:%B %Y}" + (f" ({earlier + 1})" if earlier else "")
    made = services.create_round(actor, district.id, name=name, starts_on=starts_on, ends_on=ends_on)
    return made.id


def import_files(actor: Actor, round_id: int, files: Mapping[str, bytes]) -> None:
    """Put a folder into a round.

    Raises
    ------
    JourneyFailed
        Naming each fault of the folder.
    """
    placement_round = db.session.get_one(Round, round_id)
    state, preview = imports.judge(placement_round, files)
    if state is not ImportState.READY:
        faults = preview["faults"]
        lines = [f"{f['file']}:{f['line']}: {f['column']}: {f['message']}" for f in faults]
        raise JourneyFailed("the folder is at fault:\n  " + "\n  ".join(lines))
    with transaction():
        import_id = imports.stage(actor, round_id, files, state, preview).id
    with transaction():
        imports.confirm(actor, round_id, import_id)


def solve_round(actor: Actor, round_id: int, method: str = "auto") -> int:
    """Solve a round; the run's identifier.

    Raises
    ------
    JourneyFailed
        Where the solve did not end well.
    """
    with transaction():
        run_id = services.queue_run(actor, round_id, method=method).id
    while True:
        worked = work_on_next_run()
        db.session.rollback()
        run = db.session.get_one(SolveRun, run_id)
        if run.state is RunState.DONE:
            return run_id
        if run.state in (RunState.FAILED, RunState.STOPPED):
            raise JourneyFailed(f"the solve ended as {run.state}: {run.error}")
        if not worked:  # a worker that is running beside us has taken it
            time.sleep(0.2)


def _answer_some(round_id: int) -> None:
    """Every third family says yes, so that employers have somebody to see; not the one to try it as.

    The first of them asks something, too.
    """
    left = link_to_try(round_id)
    with transaction():
        links = db.session.scalars(
            select(FamilyLink)
            .join(Placement, Placement.id == FamilyLink.placement_id)
            .where(Placement.round_id == round_id, FamilyLink.revoked_at.is_(None))
            .order_by(FamilyLink.id)
        ).all()
        asked = False
        for link in links[::ANSWERED_EVERY]:
            placement = queries.whole(link.placement_id)
            if left is not None and placement.id == left.placement_id:
                continue
            if consents.may_answer_by_link(placement, link):
                answers = dict.fromkeys(consents.fields_of(placement), True)
                consents.answer_by_link(link, placement, answers, _signed(link, placement))
                if not asked:
                    asking.ask(link, placement, QUESTION, "en")
                    asked = True


def _signed(link: FamilyLink, placement: Placement) -> consents.Signed:
    """As the holder of this link signs: by their name, in the language of their letter."""
    language, student = family_language(link), placement.student.name
    with force_locale(language):
        questions = {field: consent_question(field, student) for field in consents.fields_of(placement)}
    return consents.Signed(link.guardian.name if link.guardian is not None else student, language, questions)


def _collect_next(actor: Actor, round_id: int) -> None:
    """A round that collects, in which the student with a sign-in has begun and an employer interviews."""
    placement_round = db.session.get_one(Round, round_id)
    slug = placement_round.district.slug
    email = email_of("student", slug)
    with transaction():
        student = db.session.scalars(select(User).where(User.email == email)).one()
        made = collecting.open_round(actor, db.session.get_one(Round, round_id), student)
        opened = made.id if made is not None else None
    employer = db.session.scalar(select(User).where(User.email == email_of("employer", slug)))
    if opened is not None and employer is not None:
        show_interviews(
            actor,
            employer,
            student,
            published_id=round_id,
            round_id=opened,
            solve=partial(solve_round, actor, opened),
        )


def _ensure_sign_ins(round_id: int) -> None:
    """A placed student, an unplaced one, an employer and staff get a sign-in: whose pages show most."""
    placement_round = db.session.get_one(Round, round_id)
    shown = db.session.scalars(
        select(Placement).where(Placement.round_id == round_id).order_by(Placement.id)
    ).all()
    # A student who did not get the first choice sees the most explanation.
    student = max(shown, key=lambda placement: len(placement.explanation.get("better_liked", [])) > 0)
    hosts = [p.offering.opportunity.employer for p in shown if p.offering.opportunity.employer is not None]
    employer = max(hosts, key=lambda host: (hosts.count(host), host.name)) if hosts else None
    waiting = db.session.scalar(unplaced_of(placement_round).limit(1))
    slug = placement_round.district.slug
    with transaction():
        email = email_of("student", slug)
        _sign_in(email, student.student.name, Role.STUDENT, student_id=student.student_id)
        if employer is not None:
            _sign_in(email_of("employer", slug), employer.name, Role.EMPLOYER, employer_id=employer.id)
        if waiting is not None:
            email = email_of("student_unplaced", slug)
            _sign_in(email, waiting.name, Role.STUDENT, student_id=waiting.id)
    emails = {role: email_of(role.value, slug) for role in staff.NAMES}
    passwords = {role: password_of(email) for role, email in emails.items()}
    staff.ensure_staff(placement_round, emails, passwords)


def unplaced_of(placement_round: Round) -> Select[tuple[Student]]:
    """The students whom the published run of a round placed nowhere."""
    return (
        select(Student)
        .join(Submission, Submission.student_id == Student.id)
        .join(Unplaced, Unplaced.submission_id == Submission.id)
        .where(Unplaced.run_id == placement_round.published_run_id)
        .order_by(Submission.id)
    )


def link_to_try(round_id: int) -> FamilyLink | None:
    """The link of a family that has something to do: it may answer.

    The best one: the student is placed with the employer who has a sign-in, so that the answer can be
    seen to arrive there; nobody has answered; the page is in English.
    """
    placement_round = db.session.get_one(Round, round_id)
    host = (
        select(Membership.employer_id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == email_of("employer", placement_round.district.slug))
        .scalar_subquery()
    )
    answered = exists().where(Consent.placement_id == FamilyLink.placement_id)
    found = db.session.scalars(
        select(FamilyLink)
        .join(Placement, Placement.id == FamilyLink.placement_id)
        .join(Offering, Offering.id == Placement.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .join(Guardian, Guardian.id == FamilyLink.guardian_id)
        .where(
            Placement.round_id == round_id,
            Placement.state == PlacementState.PUBLISHED,
            FamilyLink.revoked_at.is_(None),
            Guardian.may_receive,
            Guardian.may_sign,
        )
        .order_by(
            case((Opportunity.employer_id == host, 0), else_=1),
            case((answered, 1), else_=0),
            case((Guardian.language == "en", 0), else_=1),
            FamilyLink.id,
        )
    )
    # At 18 a student answers alone, and such a family has nothing to do.
    may = (link for link in found if consents.may_answer_by_link(queries.whole(link.placement_id), link))
    return next(may, None)


def _sign_in(
    email: str, name: str, role: Role, *, student_id: int | None = None, employer_id: int | None = None
) -> None:
    """The demo's sign-in of this role, made or pointed at somebody of this round."""
    user = db.session.scalar(select(User).where(User.email == email))
    if user is None:
        accounts.create_user(
            email=email,
            name=name,
            password=password_of(email),
            role=role,
            student_id=student_id,
            employer_id=employer_id,
        )
        return
    user.name = name
    membership = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
    membership.student_id, membership.employer_id = student_id, employer_id


def _outcome(round_id: int, run_id: int, seconds: dict[str, float]) -> Outcome:
    run = db.session.get_one(SolveRun, run_id)
    summary = run.summary or {}
    unplaced = db.session.execute(
        select(Unplaced.reason, func.count()).where(Unplaced.run_id == run_id).group_by(Unplaced.reason)
    )
    reasons = {row[0]: row[1] for row in unplaced}
    letters = {
        row[0]: row[1]
        for row in db.session.execute(
            select(Letter.state, func.count())
            .join(Placement, Placement.id == Letter.placement_id)
            .where(Placement.round_id == round_id)
            .group_by(Letter.state)
        )
    }
    mails = db.session.scalar(
        select(func.count(OutboxItem.id)).where(
            OutboxItem.key.like("mail:%"),
            OutboxItem.state == OutboxState.DONE,
            OutboxItem.payload["publication_id"]
            .as_integer()
            .in_(select(Placement.publication_id).where(Placement.round_id == round_id)),
        )
    )
    return Outcome(
        round_id=round_id,
        students=summary["placed"] + sum(reasons.values()),
        placed=summary["placed"],
        unplaced=reasons,
        goals=summary["goals"],
        status=summary["status"],
        phases=summary.get("seconds", {}),
        letters=letters.get(LetterState.WRITTEN, 0),
        held=letters.get(LetterState.HELD, 0),
        mails=mails or 0,
        seconds=seconds,
    )
