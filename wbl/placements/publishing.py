"""Publishing a run, and taking it back. Each is one transaction, opened by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import insert, select, true, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.models import User
from wbl.agreements import opening
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests.models import Submission
from wbl.jobs.models import OutboxKind
from wbl.jobs.outbox import enqueue, enqueue_all
from wbl.links import keeping
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Guardian, StudentBirth, YouthAuthority
from wbl.placements.answers import answer_by
from wbl.placements.authority import decides_alone
from wbl.placements.ending import tell_of_withdrawal
from wbl.placements.models import FamilyLink, Placement, PlacementState, Publication
from wbl.rounds.models import Explanation, Proposal, Round, RoundState, RunState, SolveRun
from wbl.rounds.staleness import check_current

KEPT_AFTER = timedelta(days=30)


def _run(actor: Actor, run_id: int) -> SolveRun:
    run = db.session.scalar(
        select(SolveRun)
        .join(Round, Round.id == SolveRun.round_id)
        .where(SolveRun.id == run_id, Round.district_id.in_(actor.coordinator_of))
    )
    if run is None:
        raise NotFound()
    return run


def publish(actor: Actor, run_id: int) -> Publication:
    """Make a run's proposals the round's placements. Flushes.

    The letters and the mail follow from the outbox, after the commit.

    Raises
    ------
    NotFound
        Where there is no such run, or it is another district's.
    Conflict
        Where the run has not ended well, the round has a publication already, or has changed since.
    """
    run = _run(actor, run_id)
    if run.state is not RunState.DONE:
        raise Conflict(_("Only a run that is finished can be published."))
    won = change(
        update(Round)
        .where(Round.id == run.round_id, Round.published_run_id.is_(None))
        .values(published_run_id=run.id, state=RoundState.PUBLISHED)
    )
    if won == 0:
        raise Conflict(_already_published(run.round_id))
    check_current(run.round, run)
    publication = Publication(
        round_id=run.round_id, run_id=run.id, published_by=actor.user_id, published_at=clock.now()
    )
    db.session.add(publication)
    db.session.flush()
    placed = _add_placements(publication)
    opening.begin(select(Placement.id).where(Placement.publication_id == publication.id))
    recipients = add_links(publication)
    placement_round = db.session.get_one(Round, run.round_id, populate_existing=True)
    fill_outbox(publication, placement_round.district_id, recipients)
    record(
        actor,
        "round.publish",
        placement_round,
        district_id=placement_round.district_id,
        run=run.number,
        placed=placed,
    )
    db.session.flush()
    return publication


def _already_published(round_id: int) -> str:
    row = db.session.execute(
        select(User.name, SolveRun.number)
        .select_from(Publication)
        .join(SolveRun, SolveRun.id == Publication.run_id)
        .outerjoin(User, User.id == Publication.published_by)
        .where(Publication.round_id == round_id, Publication.withdrawn_at.is_(None))
    ).first()
    if row is None:
        return _("This round is published already.")
    return _(
        "%(name)s has already published run %(number)s of this round. Nothing was changed. "
        "To publish another run, withdraw that publication first.",
        name=row.name or _("Somebody"),
        number=row.number,
    )


def _add_placements(publication: Publication) -> int:
    """Copy what the run proposed, with what was said of it; how many there were."""
    rows = db.session.execute(
        select(
            Submission.student_id,
            Proposal.offering_id,
            Proposal.rank,
            Proposal.travel_minutes,
            Proposal.conditions,
            Offering.start_date,
            Explanation.record,
            Opportunity.external_id,
        )
        .join(Submission, Submission.id == Proposal.submission_id)
        .join(Offering, Offering.id == Proposal.offering_id)
        .join(Opportunity, Opportunity.id == Offering.opportunity_id)
        .outerjoin(
            Explanation,
            (Explanation.run_id == Proposal.run_id) & (Explanation.submission_id == Proposal.submission_id),
        )
        .where(Proposal.run_id == publication.run_id)
        .order_by(Submission.id, Proposal.offering_id)
    ).all()
    if not rows:
        raise Conflict(_("This run places nobody, so there is nothing to publish."))
    today = clock.today(publication.round.district.timezone)
    first_day = publication.round.first_day
    db.session.execute(
        insert(Placement),
        [
            {
                "publication_id": publication.id,
                "round_id": publication.round_id,
                "student_id": row.student_id,
                "offering_id": row.offering_id,
                "state": PlacementState.PUBLISHED,
                "rank": row.rank,
                "travel_minutes": row.travel_minutes,
                "conditions": row.conditions,
                "explanation": of_seat(row.record or {}, row.external_id),
                "answer_by": answer_by(row.start_date or first_day, today),
            }
            for row in rows
        ],
    )
    return len(rows)


def of_seat(record: dict[str, Any], opportunity_id: str) -> dict[str, Any]:
    """What was said of one seat, where a student has several."""
    placed = [seat for seat in record.get("placed", []) if seat["opportunity_id"] == opportunity_id]
    return {**record, "placed": placed} if record else record


def add_links(publication: Publication, changed: Sequence[int] | None = None) -> list[tuple[int, int | None]]:
    """A link for the student who signs alone, and for every guardian who may receive.

    ``changed``: of these placements alone, where a publication in force is added to.

    Returns (placement, guardian) for each: the recipients of mail. Who decides comes first: the
    letter goes to them.
    """
    placement_round = publication.round
    timezone = placement_round.district.timezone
    today = clock.today(timezone)
    placements = db.session.execute(
        select(Placement.id, Placement.student_id, StudentBirth.birth_date, YouthAuthority, Offering.end_date)
        .join(Offering, Offering.id == Placement.offering_id)
        .outerjoin(StudentBirth, StudentBirth.student_id == Placement.student_id)
        .outerjoin(YouthAuthority, YouthAuthority.student_id == Placement.student_id)
        .where(Placement.publication_id == publication.id, Placement.state == PlacementState.PUBLISHED)
        .where(true() if changed is None else Placement.id.in_(changed))
        .order_by(Placement.id)
    ).all()
    guardians: dict[int, list[int]] = {}
    for student_id, guardian_id in db.session.execute(
        select(Guardian.student_id, Guardian.id)
        # Not a join: a student with two seats would have each guardian twice.
        .where(
            Guardian.student_id.in_(
                select(Placement.student_id).where(Placement.publication_id == publication.id)
            ),
            Guardian.receives_on(today),
        )
        .order_by(Guardian.may_sign.desc(), Guardian.id)
    ):
        guardians.setdefault(student_id, []).append(guardian_id)
    last_days: dict[int, date] = {}
    recipients: list[tuple[int, int | None]] = []
    for placement_id, student_id, birth_date, authority, end_date in placements:
        last_days[placement_id] = end_date or placement_round.ends_on
        if decides_alone(birth_date, authority, today):
            recipients.append((placement_id, None))
        recipients += [(placement_id, guardian_id) for guardian_id in guardians.get(student_id, [])]
    if recipients:
        db.session.execute(
            insert(FamilyLink),
            [
                link_row(placement, guardian, last_days[placement], timezone)
                for placement, guardian in recipients
            ],
        )
    return recipients


def link_row(placement_id: int, guardian_id: int | None, last_day: date, timezone: str) -> dict[str, object]:
    """The columns of a new family link: it works until ``KEPT_AFTER`` past the placement's last day.

    A family may change its answer as long as the student is there. A placement that is over, or
    nearly, still gives ``FAMILY_LINK_LIFETIME`` to read the letter.
    """
    evening = datetime.combine(last_day + KEPT_AFTER, time(23, 59, 59), ZoneInfo(timezone))
    expires_at = max(evening, clock.now() + current_app.config["FAMILY_LINK_LIFETIME"])
    new = keeping.columns(FamilyLink, expires_at)
    return {"placement_id": placement_id, "guardian_id": guardian_id, **new}


def fill_outbox(
    publication: Publication,
    district_id: int,
    recipients: list[tuple[int, int | None]],
    *,
    changed: Sequence[int] | None = None,
    change_id: int | None = None,
) -> None:
    """One item for the letters; one mail a recipient. Keys are unique, so nothing is sent twice.

    ``changed``, ``change_id``: the placements that a change added, whose letters alone are written.
    """
    letters = {"publication_id": publication.id} | ({} if changed is None else {"changed": [*changed]})
    after = "" if change_id is None else f":change-{change_id}"
    enqueue(OutboxKind.LETTERS, f"letters:{publication.id}{after}", letters, district_id=district_id)
    mails = {
        f"mail:placement:{placement_id}:{guardian_id or 'student'}{after}": {
            "publication_id": publication.id,
            "placement_id": placement_id,
            "guardian_id": guardian_id,
        }
        for placement_id, guardian_id in recipients
    }
    enqueue_all(OutboxKind.MAIL, mails, district_id=district_id)


def withdraw(actor: Actor, publication_id: int, reason: str) -> None:
    """Take a publication back: its placements, links and unsent mail end with it, and who has heard of
    a placement is told. Flushes.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    DomainError
        Where no reason is given.
    Conflict
        Where it was withdrawn already.
    """
    publication = db.session.scalar(
        select(Publication)
        .join(Round, Round.id == Publication.round_id)
        .where(Publication.id == publication_id, Round.district_id.in_(actor.coordinator_of))
    )
    if publication is None:
        raise NotFound()
    if len(reason.strip()) < 3:
        raise DomainError(_("Say why, in a few words: families will ask."), field="reason")
    kept, moment = keep_reason(reason), clock.now()
    ended = change(
        update(Publication)
        .where(Publication.id == publication.id, Publication.withdrawn_at.is_(None))
        .values(withdrawn_at=moment, withdrawn_by=actor.user_id, withdrawn_reason_id=kept.id)
    )
    if ended == 0:
        raise Conflict(_("This publication was withdrawn already."))
    db.session.execute(
        update(Round)
        .where(Round.id == publication.round_id)
        .values(published_run_id=None, state=RoundState.REVIEW)
    )
    opening.end_all(publication)
    placement_round = db.session.get_one(Round, publication.round_id, populate_existing=True)
    record(
        actor,
        "round.withdraw",
        placement_round,
        district_id=placement_round.district_id,
        reason=kept,
        publication=publication.id,
    )
    tell_of_withdrawal(publication, placement_round.district_id)
    _end_all(publication, moment)
    db.session.flush()


def _end_all(publication: Publication, moment: datetime) -> None:
    """No placement of it is in force any more, and no link to one opens."""
    of_publication = select(Placement.id).where(Placement.publication_id == publication.id)
    keeping.end(FamilyLink, FamilyLink.placement_id.in_(of_publication))
    db.session.execute(
        update(Placement)
        .where(Placement.publication_id == publication.id)
        .values(state=PlacementState.WITHDRAWN)
    )
