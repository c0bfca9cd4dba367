"""How far the paperwork of placements is: what is done, and which step holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select

from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkTask,
    SignerRole,
    Step,
    TrainingAgreement,
)
from wbl.db import db
from wbl.placements import queries
from wbl.placements.models import Answer, Placement, SignatureState
from wbl.placements.told import told

NUDGE_EVERY = timedelta(days=4)
OVERDUE = 2
"""After so many nudges a step is overdue, and the coordinator is told."""
SIGNED = (SignatureState.COUNTS, SignatureState.INTERPRETED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the chain is done for one placement, as it is now."""

    accepted: bool
    student_decides: bool
    name_told: bool  # the family agrees that the employer knows who comes
    confirmed: bool  # by the employer: supervisor and safety orientation
    supervisor_signs: bool
    open_tasks: int
    signed: frozenset[SignerRole] = field(default_factory=frozenset)  # the current version, and it counts

    @property
    def step(self) -> Step:
        """The first step that is not done."""
        if not self.accepted or SignerRole.STUDENT not in self.signed:
            return Step.STUDENT
        if not self.name_told:
            return Step.STUDENT if self.student_decides else Step.GUARDIAN
        if not self.student_decides and SignerRole.GUARDIAN not in self.signed:
            return Step.GUARDIAN
        if not self.confirmed or SignerRole.EMPLOYER not in self.signed:
            return Step.EMPLOYER
        if self.supervisor_signs and SignerRole.SUPERVISOR not in self.signed:
            return Step.SUPERVISOR
        if SignerRole.SCHOOL not in self.signed:
            return Step.SCHOOL
        return Step.TASKS if self.open_tasks else Step.DONE

    @property
    def signers(self) -> list[SignerRole]:
        """Who has to sign, in order."""
        left_out = set()
        if self.student_decides:
            left_out.add(SignerRole.GUARDIAN)
        if not self.supervisor_signs:
            left_out.add(SignerRole.SUPERVISOR)
        return [role for role in SignerRole if role not in left_out]

    @property
    def steps(self) -> list[Step]:
        """The steps of this placement, in order."""
        left_out = {Step.DONE}
        if self.student_decides:
            left_out.add(Step.GUARDIAN)
        if not self.supervisor_signs:
            left_out.add(Step.SUPERVISOR)
        return [step for step in Step if step not in left_out]


def standings(placements: Sequence[Placement]) -> dict[int, Standing]:
    """By placement, asked of the database now. Placements without paperwork are left out. Eight queries."""
    ids = [one.id for one in placements]
    of_age = queries.deciding(placements) if placements else set()
    answers = queries.own_answers(ids)
    given = queries.consent_rows(ids)
    signed = _signed(ids)
    tasks = _open_tasks(ids)
    paperwork = db.session.execute(
        select(Paperwork.placement_id, Paperwork.confirmed_at, Paperwork.supervisor_signs).where(
            Paperwork.placement_id.in_(ids)
        )
    )
    found = {row.placement_id: row for row in paperwork}
    return {
        one.id: Standing(
            accepted=one.id in answers and answers[one.id].answer is Answer.ACCEPTED,
            student_decides=one.student_id in of_age,
            name_told=told(given.get(one.id, []), one.student_id in of_age, ())[0],
            confirmed=found[one.id].confirmed_at is not None,
            supervisor_signs=found[one.id].supervisor_signs,
            open_tasks=tasks.get(one.id, 0),
            signed=frozenset(signed.get(one.id, ())),
        )
        for one in placements
        if one.id in found
    }


def _signed(ids: Sequence[int]) -> dict[int, set[SignerRole]]:
    rows = db.session.execute(
        select(TrainingAgreement.placement_id, AgreementSignature.role)
        .join(AgreementSignature, AgreementSignature.agreement_id == TrainingAgreement.id)
        .where(
            TrainingAgreement.placement_id.in_(ids),
            TrainingAgreement.superseded_at.is_(None),
            AgreementSignature.state.in_(SIGNED),
        )
    )
    found: dict[int, set[SignerRole]] = {}
    for placement_id, role in rows:
        found.setdefault(placement_id, set()).add(role)
    return found


def _open_tasks(ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(PaperworkTask.placement_id, func.count())
        .where(PaperworkTask.placement_id.in_(ids), PaperworkTask.done_at.is_(None))
        .group_by(PaperworkTask.placement_id)
    )
    return {row[0]: row[1] for row in rows}
