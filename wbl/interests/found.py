"""A place that a student found: proposed, its employer vetted, and then a place like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import contains_eager, joinedload

from matching.files import RoundFaults
from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.employers import services as employers
from wbl.employers.models import Employer, EmployerOrigin, OutreachStage, Site
from wbl.employers.queries import barred, coordinated
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests.choices import add_first
from wbl.interests.judging import Judged, judge_files
from wbl.interests.models import FoundPlace, FoundState, Submission
from wbl.interests.submissions import touch
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.rounds import services
from wbl.rounds.columns import OPPORTUNITY_COLUMNS
from wbl.rounds.models import PinDecision, Round, RoundState
from wbl.rounds.queries import round_by_id
from wbl.rounds.snapshot import files_of, read_rows_of

MOST_WAITING = 3
LEAST_REASON = 3
SITE_WORDS = ("address", "city", "postal_code", "contact_name", "contact_email", "contact_phone")
WORDS = (
    "employer_name",
    *SITE_WORDS,
    "title",
    "description",
    "kind",
    "schedule",
    "paid",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a coordinator decides with, when they accept."""

    hazards: Sequence[str] = ()
    require: bool = True  # a pin: without one it is a first choice, and still nobody else's
    latitude: float | None = None
    longitude: float | None = None


class NotVetted(Conflict):
    """The employer of a place has not been vetted, or is not named yet: a page can say where that is done."""


def propose(actor: Actor, round_id: int, words: Mapping[str, str]) -> FoundPlace:
    """Propose a place in a round that collects. Flushes.

    Raises
    ------
    NotFound
        Where the student has not begun.
    DomainError
        Where some of theirs are waiting already.
    """
    submission = touch(actor, round_id)
    waiting = db.session.scalar(
        select(func.count()).where(
            FoundPlace.submission_id == submission.id, FoundPlace.state == FoundState.WAITING
        )
    )
    if (waiting or 0) >= MOST_WAITING:
        raise DomainError(
            _("%(count)s of your places are waiting already. Wait for an answer first.", count=MOST_WAITING)
        )
    made = FoundPlace(
        submission_id=submission.id,
        state=FoundState.WAITING,
        at=clock.now(),
        **{name: words[name].strip() for name in WORDS},
    )
    db.session.add(made)
    db.session.flush()
    district_id = db.session.get_one(Round, round_id).district_id
    record(actor, "found.propose", made, district_id=district_id, round=round_id)
    db.session.flush()
    return made


def withdraw(actor: Actor, round_id: int, found_id: int) -> None:
    """Take a proposal back that nobody has decided yet. Flushes.

    Raises
    ------
    Conflict
        Where it is decided.
    """
    submission = touch(actor, round_id)
    own = (FoundPlace.id == found_id, FoundPlace.submission_id == submission.id)
    if db.session.scalar(select(FoundPlace.id).where(*own)) is None:
        raise NotFound()
    gone = change(
        update(FoundPlace)
        .where(*own, FoundPlace.state == FoundState.WAITING)
        .values(state=FoundState.WITHDRAWN, decided_at=clock.now())
    )
    if not gone:
        raise Conflict(_("Your coordinator has decided about this place already."))
    district_id = db.session.get_one(Round, round_id).district_id
    found = db.session.get_one(FoundPlace, found_id)
    record(actor, "found.withdraw", found, district_id=district_id, round=round_id)
    db.session.flush()


def own_found(submission: Submission) -> list[FoundPlace]:
    """What a student proposed, the newest first."""
    return list(
        db.session.scalars(
            select(FoundPlace)
            .where(FoundPlace.submission_id == submission.id, FoundPlace.state != FoundState.WITHDRAWN)
            .options(joinedload(FoundPlace.reason))
            .order_by(FoundPlace.id.desc())
        )
    )


# ---- the coordinator's side ---------------------------------------------------------------------------


def _of_round(round_id: int) -> Select[tuple[FoundPlace]]:
    return (
        select(FoundPlace)
        .join(FoundPlace.submission)
        .join(Submission.student)
        .where(Submission.round_id == round_id, FoundPlace.state != FoundState.WITHDRAWN)
        .options(
            contains_eager(FoundPlace.submission)
            .contains_eager(Submission.student)
            .joinedload(Student.school),
            joinedload(FoundPlace.reason),
            joinedload(FoundPlace.employer),
        )
    )


def proposed(actor: Actor, round_id: int) -> tuple[Round, list[FoundPlace]]:
    """The places that students of a round proposed: those that wait first.

    Raises
    ------
    NotFound
        Where there is no such round, or it is another district's.
    """
    placement_round = round_by_id(actor, round_id)
    rows = db.session.scalars(
        _of_round(round_id).order_by(FoundPlace.state != FoundState.WAITING, FoundPlace.id.desc())
    )
    return placement_round, list(rows)


def one(actor: Actor, round_id: int, found_id: int) -> tuple[Round, FoundPlace]:
    """One of them.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    """
    placement_round = round_by_id(actor, round_id)
    found = db.session.scalar(_of_round(round_id).where(FoundPlace.id == found_id))
    if found is None:
        raise NotFound()
    return placement_round, found


def same_name(placement_round: Round, found: FoundPlace) -> list[Employer]:
    """Employers of the district that go by the same name: it may be one of them."""
    return list(
        db.session.scalars(
            select(Employer).where(
                Employer.district_id == placement_round.district_id,
                func.lower(Employer.name) == found.employer_name.lower(),
            )
        )
    )


def judged(placement_round: Round, found: FoundPlace) -> Judged | None:
    """Whether it would be possible for the student, by every rule of the round; None where the round
    cannot be read as it is."""
    rows = read_rows_of(placement_round, submission_id=found.submission_id, choices=False)
    name = code_of(found)
    cells = dict.fromkeys(OPPORTUNITY_COLUMNS[1:], "") | {
        "title": found.title,
        "seats": "1",
        "kind": found.kind,
        "schedule": found.schedule,
        "paid": found.paid,
    }
    rows = replace(rows, opportunities={**rows.opportunities, name: cells})
    try:
        return judge_files(files_of(placement_round, rows)).get(name)
    except RoundFaults:
        return None


def code_of(found: FoundPlace) -> str:
    """The identifier of what an accepted place becomes."""
    return f"FOUND-{found.id}"


def name_employer(actor: Actor, round_id: int, found_id: int, employer_id: int | None) -> Employer:
    """Say whose place it is: an employer that the district knows, or (None) a new prospect. Flushes.

    A new employer is vetted like every other that the district won, before the place is accepted.

    Raises
    ------
    NotFound
        Where there is no such employer in the district.
    Conflict
        Where the place is decided already.
    """
    placement_round, found = one(actor, round_id, found_id)
    if found.state != FoundState.WAITING:
        raise Conflict(_("Somebody has decided about this place already."))
    if employer_id is None:
        words = {name: getattr(found, name) for name in SITE_WORDS}
        stage = OutreachStage.INTERESTED  # they have talked with the student
        named = employers.add(
            actor,
            placement_round.district_id,
            EmployerOrigin.PROSPECT,
            stage,
            found.employer_name,
            {"name": found.employer_name, **words},
        )
    else:
        named = coordinated(actor, employer_id)
        if named.district_id != placement_round.district_id:
            raise NotFound()
    change(
        update(FoundPlace)
        .where(FoundPlace.id == found.id, FoundPlace.state == FoundState.WAITING)
        .values(employer_id=named.id)
    )
    record(
        actor,
        "found.employer",
        found,
        district_id=placement_round.district_id,
        round=round_id,
        employer=named.id,
    )
    db.session.flush()
    db.session.refresh(found, ["employer_id", "employer"])
    return named


def accept(actor: Actor, round_id: int, found_id: int, decision: Decision) -> Offering:
    """Make it an opportunity and an offering of the round, and the student's first choice. Flushes.

    Raises
    ------
    NotVetted
        Where its employer is not named, or not vetted where that is asked for.
    Conflict
        Where it is decided already, the round is published, or (with ``require``) the law or another
        rule is against the pair: the message names it, and nothing is made.
    """
    placement_round, found = one(actor, round_id, found_id)
    if placement_round.published_run_id is not None:
        raise Conflict(_("This round is published. A new seat is added between rounds."))
    if found.state != FoundState.WAITING:
        raise Conflict(_("Somebody has decided about this place already."))
    employer = found.employer
    if employer is None:
        raise NotVetted(_("Say first which employer it is. Then it can be vetted."))
    if barred([employer.id]):
        raise NotVetted(
            _(
                "%(employer)s is not vetted yet. Finish the employer's checklist first.",
                employer=employer.name,
            )
        )
    _decide(actor, found, FoundState.ACCEPTED)
    offering = _offering(placement_round, found, employer, decision)
    change(update(FoundPlace).where(FoundPlace.id == found.id).values(offering_id=offering.id))
    if placement_round.state is RoundState.DRAFT:
        placement_round.state = RoundState.REVIEW
    add_first(found.submission_id, offering.id)
    record(
        actor,
        "found.accept",
        found,
        district_id=placement_round.district_id,
        round=round_id,
        offering=offering.id,
    )
    db.session.flush()
    if decision.require:
        services.add_pin(
            actor,
            round_id,
            found.submission_id,
            offering.id,
            decision=PinDecision.REQUIRE,
            reason=_("The student found this place."),
        )
    return offering


def decline(actor: Actor, round_id: int, found_id: int, reason: str) -> None:
    """Say no, with a reason that the student reads. Flushes.

    Raises
    ------
    DomainError
        Where no reason is given.
    """
    placement_round, found = one(actor, round_id, found_id)
    if len(reason.strip()) < LEAST_REASON:
        raise DomainError(_("Say why, in a few words: the student reads it."), field="reason")
    kept = keep_reason(reason)
    _decide(actor, found, FoundState.DECLINED, kept.id)
    record(
        actor,
        "found.decline",
        found,
        district_id=placement_round.district_id,
        reason=kept,
        round=round_id,
    )
    db.session.flush()


def _decide(actor: Actor, found: FoundPlace, state: FoundState, reason_id: int | None = None) -> None:
    decided = change(
        update(FoundPlace)
        .where(FoundPlace.id == found.id, FoundPlace.state == FoundState.WAITING)
        .values(state=state, decided_at=clock.now(), decided_by=actor.user_id, reason_id=reason_id)
    )
    if not decided:
        raise Conflict(_("Somebody has decided about this place already."))


def _offering(placement_round: Round, found: FoundPlace, employer: Employer, decision: Decision) -> Offering:
    site = _site(found, employer)
    opportunity = Opportunity(
        district_id=placement_round.district_id,
        external_id=code_of(found),
        employer_id=employer.id,
        site_id=site.id,
        title=found.title,
        description=found.description,
        supervisor=found.contact_name,
    )
    db.session.add(opportunity)
    db.session.flush()
    offering = Offering(
        round_id=placement_round.id,
        opportunity_id=opportunity.id,
        seats=1,
        kind=found.kind,
        schedule=found.schedule,
        paid=found.paid,
        hazards=";".join(sorted(decision.hazards)),
        latitude=decision.latitude,
        longitude=decision.longitude,
    )
    db.session.add(offering)
    db.session.flush()
    return offering


def _site(found: FoundPlace, employer: Employer) -> Site:
    """The employer's place of work at the address that the student gave; a new one where it has none."""
    same = (Site.address == found.address, Site.city == found.city)
    known = db.session.scalar(
        select(Site).where(Site.employer_id == employer.id, *same).order_by(Site.id).limit(1)
    )
    if known is not None:
        return known
    words = {name: getattr(found, name) for name in SITE_WORDS}
    made = Site(employer_id=employer.id, external_id=code_of(found), name=found.employer_name, **words)
    db.session.add(made)
    db.session.flush()
    return made
