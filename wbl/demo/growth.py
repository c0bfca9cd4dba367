"""What the demo's active placement shows of growth before its first day: what a student expects, how both
sides see the start, and a question that students would like to be asked."""

from __future__ import annotations

from sqlalchemy import select

from wbl.accounts.actor import Actor
from wbl.agreements.models import Paperwork, PaperworkState
from wbl.db import db, transaction
from wbl.growth import evaluating, plans, raters
from wbl.growth.evaluating import Given
from wbl.growth.models import Moment
from wbl.people.models import Student
from wbl.placements import queries
from wbl.placements.models import Placement
from wbl.reflections import prompting, writing
from wbl.reflections.models import Asked, DealStep, Phase

BEFORE: dict[str, str | int] = {
    "before_describe": "I will help where visitors arrive, and I may watch the team for the first days.",
    "before_personal": "I am good at listening. I worry a little about talking on the phone.",
    "before_learning": "I want to greet somebody by myself and know what to say next.",
    "can_ask": 3,
    "can_talk": 2,
    "see_use": 3,
    "know_field": 2,
    "do_good": 4,
}
COMMENT = "Thank you. Ask to listen to two calls first; then the third one is yours."
MENTOR = {"attendance": 4, "communication": 2, "teamwork": 3, "initiative": 3, "critical_thinking": 3}
STUDENT = {"attendance": 4, "communication": 3, "teamwork": 4, "initiative": 3, "critical_thinking": 2}
PROMPT = "What did somebody at work teach you without saying a word?"
VOTES = 4


def show_growth(coordinator: Actor, placement_id: int) -> None:
    """Fill it, where the placement is active."""
    with transaction():
        paperwork = db.session.get(Paperwork, placement_id)
        if paperwork is None or paperwork.state is not PaperworkState.ACTIVE:
            return
        placement = queries.whole(placement_id)
        student = Actor(kind="command", student_ids=frozenset({placement.student_id}))
        written = writing.hand_in(student, placement_id, Phase.BEFORE, 0, BEFORE)
        writing.comment(coordinator, written.id, COMMENT)
        writing.choose(student, written.id, in_portfolio=True, for_employer=False)
        plans.ensure(coordinator, placement)
        seen = Given(MENTOR, whole="At the orientation they wrote everything down and asked about the exits.")
        name, email = raters.contact_of(placement)
        evaluating.give_as_told(
            coordinator, placement_id, Moment.BASELINE, seen, name=name or "Jo Marin", email=email
        )
        own = Given(STUDENT, whole="I came early to the orientation.")
        evaluating.give_own(student, placement_id, Moment.BASELINE, own)
        _propose(placement, student)


def _propose(placement: Placement, student: Actor) -> None:
    """A prompt with votes of others of the district."""
    made = prompting.propose(student, PROMPT, "en", Asked.WEEKLY, DealStep.PERSONAL)
    others = db.session.scalars(
        select(Student.id)
        .where(
            Student.district_id == placement.publication.round.district_id,
            Student.id != placement.student_id,
        )
        .order_by(Student.id)
        .limit(VOTES)
    )
    for student_id in others:
        prompting.vote(Actor(kind="command", student_ids=frozenset({student_id})), made.id, wanted=True)
