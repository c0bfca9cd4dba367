"""Between rounds: a placement ends, a student is placed singly, a late student joins, a seat is added.

Each is one transaction, opened by the caller, on the publication in force. What was published stays
on record; letters, links and mail follow for those who are changed, and for nobody else.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.agreements import opening
from wbl.audit.models import Reason
from wbl.audit.services import keep_reason, record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.interests import submissions
from wbl.interests.models import Preference, Submission
from wbl.interests.taking_part import is_attending
from wbl.jobs.models import OutboxItem, OutboxKind, OutboxState
from wbl.links import keeping
from wbl.opportunities.models import Offering
from wbl.opportunities.queries import is_offered
from wbl.people.models import Student
from wbl.placements.answers import answer_by, forget
from wbl.placements.ending import aware, tell_of_end
from wbl.placements.judging import Judged, check_together, held_now, judged, taken
from wbl.placements.models import (
    EndKind,
    FamilyLink,
    Placement,
    PlacementChange,
    PlacementEnd,
    PlacementState,
    Publication,
)
from wbl.placements.publishing import add_links, fill_outbox
from wbl.rounds.applying_people import new_pseudonyms
from wbl.rounds.models import Pin, PinDecision, Round
from wbl.rounds.pins import broken_rules
from wbl.rounds.queries import offering_by_id, publication_in_force, round_by_id, submission_by_id
from wbl.safety.freezing import is_frozen

# What a student said of themselves in an earlier round and that still holds. Where a round collects,
# interests come from their newest profile instead.
CARRIED = ("riasec", *submissions.CARRIED)
BY_HAND = (EndKind.DECLINED, EndKind.LAPSED, EndKind.ENDED, EndKind.SEAT_LOST)


def in_force(actor: Actor, round_id: int) -> tuple[Round, Publication]:
    """A round of the actor's, locked, with its publication in force.

    Raises
    ------
    Conflict
        Where nothing is published.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    publication = publication_in_force(round_id)
    if publication is None:
        raise Conflict(_("Nothing of this round is published, so there is nothing to change yet."))
    return placement_round, publication


def begin_change(
    actor: Actor, publication: Publication, reason: Reason | None = None, run_id: int | None = None
) -> PlacementChange:
    """A new line in the history of a publication. Flushes."""
    made = PlacementChange(
        publication_id=publication.id,
        run_id=run_id,
        changed_by=actor.user_id,
        at=clock.now(),
        reason_id=reason.id if reason is not None else None,
        added=0,
        ended=0,
    )
    db.session.add(made)
    db.session.flush()
    return made


def end(
    actor: Actor, placement_id: int, *, kind: EndKind, reason: str, another: bool = True
) -> PlacementChange:
    """End a placement while its publication stays in force. Flushes.

    Parameters
    ----------
    another
        Whether the student looks for another seat; else they take part in the round no more.

    Raises
    ------
    NotFound
        Where there is none, or it is another district's.
    DomainError
        Where no reason is given.
    Conflict
        Where it is in force no more.
    """
    found = db.session.scalar(
        select(Placement)
        .join(Round, Round.id == Placement.round_id)
        .where(Placement.id == placement_id, Round.district_id.in_(actor.coordinator_of))
    )
    if found is None:
        raise NotFound()
    if kind not in BY_HAND:
        raise DomainError(_("Choose what happened."), field="kind")
    if len(reason.strip()) < 3:
        raise DomainError(_("Say why, in a few words: it is kept on record."), field="reason")
    placement_round, publication = in_force(actor, found.round_id)
    kept = keep_reason(reason)
    made = begin_change(actor, publication, kept)
    close(made, found, kind)
    _after_end(actor, placement_round, found, kind, kept, another=another)
    record(
        actor,
        "placement.end",
        found,
        district_id=placement_round.district_id,
        reason=kept,
        round=placement_round.id,
        kind=kind.value,
    )
    db.session.flush()
    return made


def close(made: PlacementChange, found: Placement, kind: EndKind, replaced_by: int | None = None) -> None:
    """Take one placement out of force: its links end, mail that waits is not sent, and who has heard of
    it is told. Flushes.

    Raises
    ------
    Conflict
        Where somebody ended it first.
    """
    won = change(
        update(Placement)
        .where(Placement.id == found.id, Placement.state == PlacementState.PUBLISHED)
        .values(state=PlacementState.WITHDRAWN)
    )
    if won == 0:
        raise Conflict(_("This placement is in force no more."))
    db.session.add(
        PlacementEnd(placement_id=found.id, change_id=made.id, kind=kind, replaced_by_id=replaced_by)
    )
    told = aware(found.id)
    opening.end(found.id)
    keeping.end(FamilyLink, FamilyLink.placement_id == found.id)
    db.session.execute(
        delete(OutboxItem)
        .where(
            OutboxItem.kind == OutboxKind.MAIL,
            OutboxItem.state == OutboxState.PENDING,
            OutboxItem.key.startswith(f"mail:placement:{found.id}:"),
        )
        .execution_options(synchronize_session=False)
    )
    made.ended += 1
    db.session.flush()
    tell_of_end(made, found, told)


def _after_end(
    actor: Actor, placement_round: Round, found: Placement, kind: EndKind, reason: Reason, *, another: bool
) -> None:
    """What the next solve has to know: not this pair again, one seat fewer, or not this student."""
    submission = db.session.scalars(
        select(Submission).where(
            Submission.round_id == placement_round.id, Submission.student_id == found.student_id
        )
    ).one()
    standing = db.session.scalar(
        select(Pin).where(
            Pin.submission_id == submission.id,
            Pin.offering_id == found.offering_id,
            Pin.removed_at.is_(None),
        )
    )
    if standing is not None and standing.decision is PinDecision.REQUIRE:
        standing.removed_at = clock.now()
        standing = None
        db.session.flush()
    if standing is None:
        db.session.add(
            Pin(
                round_id=placement_round.id,
                submission_id=submission.id,
                offering_id=found.offering_id,
                decision=PinDecision.FORBID,
                reason_id=reason.id,
                created_by=actor.user_id,
                created_at=clock.now(),
            )
        )
    if kind is EndKind.SEAT_LOST:
        offering = db.session.get_one(Offering, found.offering_id)
        offering.seats = max(0, offering.seats - 1)
    if not another:
        submission.active = False
    db.session.flush()


def place(actor: Actor, round_id: int, submission_id: int, offering_id: int, *, reason: str) -> Placement:
    """Give a student a free seat, as an addition to the publication in force. Flushes.

    Law, eligibility, pins, limits and seats are asked again now, as for a solve.

    Raises
    ------
    Conflict
        Naming what is against it.
    """
    if len(reason.strip()) < 3:
        raise DomainError(_("Say why, in a few words: it is kept on record."), field="reason")
    placement_round, publication = in_force(actor, round_id)
    submission = submission_by_id(actor, round_id, submission_id)
    offering = offering_by_id(actor, round_id, offering_id)
    said = _check(placement_round, submission, offering)
    kept = keep_reason(reason)
    made = begin_change(actor, publication, kept)
    placement = add(made, publication, submission.student_id, offering.id, said)
    announce(made, publication, placement_round.district_id, [placement.id])
    record(
        actor,
        "placement.add",
        placement,
        district_id=placement_round.district_id,
        reason=kept,
        round=round_id,
    )
    db.session.flush()
    return placement


def _check(placement_round: Round, submission: Submission, offering: Offering) -> Judged:
    if is_frozen(offering):
        raise Conflict(
            _("A safety concern about this opportunity is open. It takes no new students until it is closed.")
        )
    if not is_attending(submission) or not is_offered(offering):
        raise Conflict(_("This student or opportunity no longer takes part in the round."))
    held = held_now(placement_round.id)
    if held.get(submission.pseudonym):
        raise Conflict(_("This student has a placement. End that one first."))
    if taken(placement_round.id).get(offering.id, 0) >= offering.seats:
        raise Conflict(_("Every seat of this opportunity is taken. Choose another, or add a seat."))
    forbidden = db.session.scalar(
        select(func.count()).where(
            Pin.submission_id == submission.id,
            Pin.offering_id == offering.id,
            Pin.decision == PinDecision.FORBID,
            Pin.removed_at.is_(None),
        )
    )
    if forbidden:
        raise Conflict(_("This pair is forbidden. Take that back first, if it no longer holds."))
    broken = broken_rules(placement_round, submission, offering)
    if broken:
        raise Conflict(_("This pair may not be: %(rules)s.", rules="; ".join(broken)))
    check_together(placement_round, held, submission, offering)
    return judged(placement_round, submission, offering)


def add(
    made: PlacementChange, publication: Publication, student_id: int, offering_id: int, said: Judged
) -> Placement:
    """Put one placement into force; one of the same pair that had ended comes back. Flushes."""
    earlier = db.session.scalar(
        select(Placement).where(
            Placement.publication_id == publication.id,
            Placement.student_id == student_id,
            Placement.offering_id == offering_id,
        )
    )
    found = earlier or Placement(
        publication_id=publication.id,
        round_id=publication.round_id,
        student_id=student_id,
        offering_id=offering_id,
    )
    if earlier is not None:
        db.session.execute(delete(PlacementEnd).where(PlacementEnd.placement_id == earlier.id))
        forget(earlier.id)
    found.state = PlacementState.PUBLISHED
    found.rank, found.travel_minutes = said.rank, said.minutes
    found.conditions, found.explanation = said.conditions, said.record
    starts = db.session.scalar(select(Offering.start_date).where(Offering.id == offering_id))
    today = clock.today(publication.round.district.timezone)
    found.answer_by = answer_by(starts or publication.round.first_day, today)
    db.session.add(found)
    made.added += 1
    db.session.flush()
    opening.begin_again(found.id)
    return found


def announce(
    made: PlacementChange, publication: Publication, district_id: int, placement_ids: list[int]
) -> None:
    """Links, letters and mail for the placements of a change; the book of letters is made anew."""
    recipients = add_links(publication, placement_ids)
    fill_outbox(publication, district_id, recipients, changed=placement_ids, change_id=made.id)


def join_late(actor: Actor, round_id: int, student_id: int) -> Submission:
    """Let a student of the district take part in a round that is published already. Flushes.

    They begin with what they said in their last round; a coordinator can say more of them.
    """
    placement_round, _publication = in_force(actor, round_id)
    student = db.session.scalar(
        select(Student).where(Student.id == student_id, Student.district_id == placement_round.district_id)
    )
    if student is None:
        raise NotFound()
    found = db.session.scalar(
        select(Submission).where(Submission.round_id == round_id, Submission.student_id == student_id)
    )
    if found is None:
        names = set(db.session.scalars(select(Submission.pseudonym).where(Submission.round_id == round_id)))
        last = db.session.scalar(
            select(Submission)
            .where(Submission.student_id == student_id)
            .order_by(Submission.id.desc())
            .limit(1)
        )
        carried = {name: getattr(last, name) for name in CARRIED} if last is not None else {}
        found = Submission(round_id=round_id, student_id=student_id, **new_pseudonyms(names)(), **carried)
        db.session.add(found)
    elif found.active:
        raise Conflict(_("This student takes part already."))
    found.active = True
    db.session.flush()
    record(actor, "round.join", found, district_id=placement_round.district_id, round=round_id)
    db.session.flush()
    return found


def set_seats(actor: Actor, round_id: int, offering_id: int, seats: int) -> Offering:
    """How many seats an opportunity has, while its round is published. Flushes.

    Raises
    ------
    DomainError
        Where that is fewer than are taken.
    """
    placement_round, _publication = in_force(actor, round_id)
    offering = offering_by_id(actor, round_id, offering_id)
    held = taken(round_id).get(offering.id, 0)
    if seats < held:
        raise DomainError(
            _("%(held)s students have a seat here. End a placement first.", held=held), field="seats"
        )
    offering.seats = seats
    record(
        actor,
        "offering.seats",
        offering,
        district_id=placement_round.district_id,
        round=round_id,
        seats=seats,
    )
    db.session.flush()
    return offering


def rank_of(submission_id: int) -> dict[int, int]:
    """A student's ranks, by offering."""
    rows = db.session.execute(
        select(Preference.offering_id, Preference.rank).where(
            Preference.submission_id == submission_id, Preference.rank.is_not(None)
        )
    )
    return {row.offering_id: row.rank for row in rows}
