"""Whoever holds the paperwork is told, and reminded; then the coordinator is.

A mail is queued for each person who can do the step, and says so again at most every four days. What
the school itself has to do stands on the coordinators' home; they get one mail a day for all of it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from wbl import clock
from wbl.accounts.models import Membership, Role, User
from wbl.agreements import links
from wbl.agreements.models import Paperwork, PaperworkState, SignerRole, SigningLink, Step
from wbl.agreements.standing import NUDGE_EVERY, OVERDUE, Standing, standings
from wbl.db import change, db
from wbl.jobs.models import OutboxItem, OutboxKind
from wbl.jobs.outbox import enqueue
from wbl.messages.queries import consents_of
from wbl.people.models import District, Guardian
from wbl.placements.link_queries import of_placement as links_of_family
from wbl.placements.models import Placement

OF_THE_SCHOOL = (Step.SCHOOL, Step.TASKS)
MOST_NUDGES = 6
"""After so many, only the coordinator's home speaks of it."""


def tell(paperwork: Paperwork, placement: Placement, now: Standing) -> None:
    """Tell those who hold the step now that it waits for them. Flushes."""
    if paperwork.step in OF_THE_SCHOOL:
        paperwork.nudge_at = clock.now()  # the worker's next round writes to the coordinators
        db.session.flush()
        return
    if paperwork.step is Step.DONE:
        return
    people = _people(paperwork.step, paperwork, placement, now)
    if not people:  # nobody can be written to: it is the coordinator's at once
        paperwork.nudges = OVERDUE
    _queue(paperwork, placement, paperwork.step.value, people)
    db.session.flush()


def tell_active(paperwork: Paperwork, placement: Placement) -> None:
    """Tell everybody that the student may start. Flushes."""
    now = standings([placement])[placement.id]
    family = {*_people(Step.STUDENT, paperwork, placement, now), *_family(placement)}
    site = _people(Step.EMPLOYER, paperwork, placement, now)
    _queue(paperwork, placement, PaperworkState.ACTIVE.value, [*sorted(family), *site])


def nudge(paperwork: Paperwork, placement: Placement) -> None:
    """Remind those who hold the step, once more. The caller has claimed the reminder. Flushes."""
    if paperwork.step in OF_THE_SCHOOL:
        _queue_digests(placement.publication.round.district_id)
    elif paperwork.step is not Step.DONE:
        now = standings([placement])[placement.id]
        people = _people(paperwork.step, paperwork, placement, now)
        _queue(paperwork, placement, paperwork.step.value, people)
        if paperwork.nudges >= OVERDUE:
            _queue_digests(placement.publication.round.district_id)


def claim_nudge(placement_id: int) -> bool:
    """Take the reminder that is due for a placement, so that nobody else sends it too."""
    moment = clock.now()
    claimed = change(
        update(Paperwork)
        .where(
            Paperwork.placement_id == placement_id,
            Paperwork.state == PaperworkState.OPEN,
            Paperwork.nudge_at <= moment,
        )
        .values(nudge_at=moment + NUDGE_EVERY, nudges=Paperwork.nudges + 1)
    )
    return claimed == 1


def _people(step: Step, paperwork: Paperwork, placement: Placement, now: Standing) -> list[str]:
    """Who can do a step and can be written to: ``user:ID``, ``family:ID`` of a link, ``link:ID``."""
    if step is Step.STUDENT:
        users = _users(Membership.student_id == placement.student_id, Role.STUDENT)
        if users or not now.student_decides:
            return users
        return _family(placement, students=True)
    if step is Step.GUARDIAN:
        return _family(placement)
    if step is Step.EMPLOYER:
        site = placement.offering.opportunity.site
        link = _link(placement, SignerRole.EMPLOYER, site.contact_email if site is not None else "")
        employer_id = placement.offering.opportunity.employer_id
        return link or _users(Membership.employer_id == employer_id, Role.EMPLOYER)
    if step is Step.SUPERVISOR:
        return _link(placement, SignerRole.SUPERVISOR, paperwork.supervisor_email)
    return []


def _users(where: ColumnElement[bool], role: Role) -> list[str]:
    statement = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.active, Membership.role == role, where)
        .order_by(User.id)
        .distinct()
    )
    return [f"user:{user_id}" for user_id in db.session.scalars(statement)]


def _family(placement: Placement, *, students: bool = False) -> list[str]:
    """The family's own links that open: of whoever decides; of the student, or of guardians who sign."""
    today = clock.today(placement.publication.round.district.timezone)
    found: dict[int | None, str] = {}
    for link in links_of_family(placement):
        if not link.opens:
            continue
        guardian = link.guardian
        if students != (guardian is None):
            continue
        if guardian is None or (guardian.signs(today) and (guardian.email or _gets_texts(guardian))):
            found.setdefault(link.guardian_id, f"family:{link.id}")
    return list(found.values())


def _gets_texts(guardian: Guardian) -> bool:
    """Whether a text reaches a guardian, who then needs no address for mail."""
    return any(consent.in_force for consent in consents_of(guardian_id=guardian.id))


def _link(placement: Placement, role: SignerRole, email: str) -> list[str]:
    """The link of a role at the workplace; made where an address is known and there is none yet."""
    link = links.in_force(placement.id, role)
    if link is None and email:
        link = links.make(placement, role, email)
    return [f"link:{link.id}"] if link is not None and link.email else []


def _queue(paperwork: Paperwork, placement: Placement, what: str, people: list[str]) -> None:
    for to in people:
        enqueue(
            OutboxKind.MAIL,
            f"mail:paperwork:{placement.id}:{what}:{paperwork.moves}:{paperwork.nudges}:{to}",
            {
                "about": "paperwork",
                "placement_id": placement.id,
                "what": what,
                "move": paperwork.moves,
                "time": paperwork.nudges,
                "to": to,
            },
            district_id=placement.publication.round.district_id,
        )


def _queue_digests(district_id: int) -> None:
    """One mail a day to each coordinator of the district, about all that waits for them."""
    day = clock.today(db.session.get_one(District, district_id).timezone).isoformat()
    users = db.session.scalars(
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.active, Membership.role == Role.COORDINATOR, Membership.district_id == district_id)
        .distinct()
    ).all()
    for user_id in users:
        key = f"mail:paperwork-digest:{district_id}:{user_id}:{day}"
        if db.session.scalar(select(OutboxItem.id).where(OutboxItem.key == key)) is None:
            enqueue(
                OutboxKind.MAIL,
                key,
                {"about": "paperwork_digest", "user_id": user_id, "day": day},
                district_id=district_id,
            )


def send_link(link: SigningLink, placement: Placement) -> None:
    """Queue the mail of a link that a coordinator made with an address."""
    enqueue(
        OutboxKind.MAIL,
        f"mail:paperwork-link:{link.id}",
        {
            "about": "paperwork",
            "placement_id": placement.id,
            "what": link.role.value,
            "move": None,
            "time": 0,
            "to": f"link:{link.id}",
        },
        district_id=placement.publication.round.district_id,
    )
