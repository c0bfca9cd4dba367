"""A round from its folder to published placements and letters, as a coordinator and the worker do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask_babel import force_locale
from sqlalchemy import func, select

from wbl import clock
from wbl.accounts import services as accounts
from wbl.accounts.actor import Actor
from wbl.accounts.models import Membership, User
from wbl.db import db, transaction
from wbl.demo import collecting
from wbl.demo.employers import employer_side
from wbl.demo.hours import begin_early, show_hours
from wbl.demo.interviews import show_interviews
from wbl.demo.office import Office, email_of, ensure_district, ensure_sign_ins, link_to_try
from wbl.demo.paperwork import show_paperwork
from wbl.demo.reporting import show_concentrators, show_concern
from wbl.employers.models import Employer
from wbl.family import services as asking
from wbl.jobs.models import OutboxItem, OutboxState
from wbl.jobs.worker import work_on_next_item
from wbl.labels import consent_question
from wbl.letters.content import family_language
from wbl.letters.models import Letter, LetterState
from wbl.people.models import District
from wbl.placements import consents, queries
from wbl.placements.models import FamilyLink, Placement
from wbl.placements.publishing import publish
from wbl.rounds import imports, services
from wbl.rounds.models import ImportState, Round, RunState, SolveRun, Unplaced
from wbl.rounds.solving import work_on_next_run
from wbl.rounds.starting import dates_of

Say = Callable[[str], None]
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
    ensure_sign_ins(round_id)
    if invented:
        _answer_some(round_id)
        begin_early(round_id)
        show_paperwork(actor, round_id)
        show_hours(actor, round_id)
        show_concentrators(actor, round_id)
        show_concern(actor, district.slug)
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
