"""Prompts of a district: students propose and vote, adults adopt. What is adopted keeps its words."""

from __future__ import annotations

import secrets

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.audit.services import record
from wbl.db import change, db
from wbl.errors import Conflict, DomainError, NotFound
from wbl.people.models import District, Student
from wbl.people.queries import hold
from wbl.reflections import queries
from wbl.reflections.common import common
from wbl.reflections.models import Asked, DealStep, Prompt, PromptDecision, PromptState, PromptVote

LONGEST = 300
MOST_OPEN = 5
"""Proposals of one student that wait at the same time."""


def propose(actor: Actor, text: str, language: str, asked: Asked, step: DealStep) -> Prompt:
    """A student proposes a prompt, and votes for it by that. Flushes.

    Raises
    ------
    DomainError
        Where it is too short, too long, or asked already.
    Conflict
        Where too many of theirs wait for an answer.
    """
    student = _student(actor)
    hold(student.id)
    waiting = db.session.scalars(
        select(Prompt.id).where(Prompt.student_id == student.id, Prompt.state == PromptState.PROPOSED)
    ).all()
    if len(waiting) >= MOST_OPEN:
        raise Conflict(_("Several of your prompts wait for an answer. Propose more when they are decided."))
    text = _checked(text)
    if any(
        text.casefold() in (word.casefold() for word in one.words.values())
        for one in queries.in_force(student.district_id)
    ):
        raise DomainError(_("This is asked already."), field="text")
    made = _new(student.district_id, asked, step, PromptState.PROPOSED)
    made.student_id = student.id
    if language == "es":
        made.text_es = text
    else:
        made.text = text
    db.session.flush()
    db.session.add(PromptVote(prompt_id=made.id, student_id=student.id))
    record(actor, "prompt.propose", made, district_id=made.district_id)
    db.session.flush()
    return made


def vote(actor: Actor, prompt_id: int, *, wanted: bool) -> None:
    """A student votes for a proposed prompt of their district, or takes the vote back. Flushes.

    Raises
    ------
    NotFound
        Where there is no such proposal in their district.
    """
    student = _student(actor)
    hold(student.id)
    found = db.session.scalar(
        select(Prompt).where(
            Prompt.id == prompt_id,
            Prompt.district_id == student.district_id,
            Prompt.state == PromptState.PROPOSED,
        )
    )
    if found is None:
        raise NotFound()
    mine = (PromptVote.prompt_id == prompt_id, PromptVote.student_id == student.id)
    if not wanted:
        change(delete(PromptVote).where(*mine))
    elif not db.session.scalar(select(exists().where(*mine))):
        db.session.add(PromptVote(prompt_id=prompt_id, student_id=student.id))
    db.session.flush()


def add(
    actor: Actor, district_id: int, words: dict[str, str], asked: Asked, step: DealStep, *, scale: bool
) -> Prompt:
    """A coordinator adds a prompt that is asked at once. Flushes.

    Raises
    ------
    NotFound
        Where the actor does not coordinate the district.
    DomainError
        Where the English is missing, too short or too long; or what is to agree with is not asked both
        before and after.
    """
    _coordinates(actor, district_id)
    if scale and asked is not Asked.BOTH:
        raise DomainError(
            _("A sentence to agree with is asked before and after: only so it shows growth."), field="asked"
        )
    made = _new(district_id, asked, step, PromptState.ADOPTED)
    made.scale, made.text = scale, _checked(words.get("en", ""))
    made.text_es = _checked(words["es"], "text_es") if words.get("es", "").strip() else ""
    db.session.flush()
    _decided(actor, made, PromptState.ADOPTED, "")
    return made


def decide(
    actor: Actor,
    district_id: int,
    prompt_id: int,
    state: PromptState,
    *,
    why: str = "",
    words: dict[str, str] | None = None,
) -> None:
    """Adopt or decline a proposal; retire a prompt, or ask it again. Flushes.

    Parameters
    ----------
    words
        By language, as it is asked from now on: of a proposal alone. What is adopted keeps its words,
        so that answers of two times speak of the same.

    Raises
    ------
    NotFound
        Where there is no such prompt in a district of the actor's.
    DomainError
        Where a proposal is declined without a word to the students, or adopted without English.
    Conflict
        Where it is so already.
    """
    _coordinates(actor, district_id)
    found = db.session.scalar(
        select(Prompt)
        .where(Prompt.id == prompt_id, Prompt.district_id == district_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or state is PromptState.PROPOSED:
        raise NotFound()
    if found.state is state:
        raise Conflict(_("This was decided already."))
    if state is PromptState.DECLINED:
        if found.state is not PromptState.PROPOSED:
            raise Conflict(_("This was decided already."))
        if len(why.strip()) < 3:
            raise DomainError(_("Say why, for the students who proposed it and voted."), field="why")
    if state is PromptState.ADOPTED and found.state in (PromptState.PROPOSED, PromptState.DECLINED):
        texts = words or {"en": found.text, "es": found.text_es}
        found.text = _checked(texts.get("en", ""))
        found.text_es = _checked(texts["es"], "text_es") if texts.get("es", "").strip() else ""
    found.state = state
    _decided(actor, found, state, why)


def retire_common(actor: Actor, district_id: int, code: str, why: str = "") -> None:
    """A district asks one of the common prompts no more. Flushes.

    Raises
    ------
    NotFound
        Where there is no such prompt, or the actor does not coordinate the district.
    """
    _coordinates(actor, district_id)
    if code not in common():
        raise NotFound()
    # Of two who do it at once, the second finds the row of the first.
    db.session.scalars(
        select(District.id).where(District.id == district_id).with_for_update(key_share=True)
    ).one()
    found = db.session.scalar(select(Prompt).where(Prompt.district_id == district_id, Prompt.code == code))
    if found is None:
        one = common()[code]
        found = Prompt(district_id=district_id, code=code, asked=one.asked, step=one.step, scale=one.scale)
        found.state, found.made_at = PromptState.RETIRED, clock.now()
        db.session.add(found)
        db.session.flush()
    found.state = PromptState.RETIRED
    _decided(actor, found, PromptState.RETIRED, why)


def _new(district_id: int, asked: Asked, step: DealStep, state: PromptState) -> Prompt:
    made = Prompt(district_id=district_id, code=f"own-{secrets.token_hex(6)}", asked=asked, step=step)
    made.state, made.made_at = state, clock.now()
    db.session.add(made)
    return made


def _decided(actor: Actor, prompt: Prompt, state: PromptState, why: str) -> None:
    db.session.add(
        PromptDecision(
            prompt_id=prompt.id,
            state=state,
            why=why.strip()[:LONGEST],
            user_id=actor.user_id,
            at=clock.now(),
        )
    )
    record(actor, "prompt.decide", prompt, district_id=prompt.district_id, state=state.value)
    db.session.flush()


def _student(actor: Actor) -> Student:
    found = db.session.scalar(select(Student).where(Student.id.in_(actor.student_ids)).order_by(Student.id))
    if found is None:
        raise NotFound()
    return found


def _coordinates(actor: Actor, district_id: int) -> None:
    if district_id not in actor.coordinator_of:
        raise NotFound()


def _checked(text: str, field: str = "text") -> str:
    text = " ".join(text.split())
    if not 10 <= len(text) <= LONGEST:
        raise DomainError(_("Use 10 to %(most)s characters.", most=LONGEST), field=field)
    return text
