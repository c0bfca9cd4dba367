"""What a page about one placement's paperwork shows, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import get_locale
from flask_babel import gettext as _

from wbl.agreements import queries, versions
from wbl.agreements.document import RULING, Section, ruling_text, sections
from wbl.agreements.models import (
    AgreementSignature,
    Paperwork,
    PaperworkState,
    SignerRole,
    Step,
    TaskHolder,
    TrainingAgreement,
)
from wbl.agreements.opening import ARRANGE
from wbl.agreements.standing import Standing, standings
from wbl.agreements.words import step_name
from wbl.i18n import day as day_words
from wbl.i18n import local_date
from wbl.labels import code_label
from wbl.placements.models import Placement, SignatureState

SIGNER_OF = {
    Step.STUDENT: SignerRole.STUDENT,
    Step.GUARDIAN: SignerRole.GUARDIAN,
    Step.EMPLOYER: SignerRole.EMPLOYER,
    Step.SUPERVISOR: SignerRole.SUPERVISOR,
    Step.SCHOOL: SignerRole.SCHOOL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list of steps, as ``components/tasks.html`` takes it."""

    label: str
    status: str
    kind: str
    hint: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class PaperworkPage:
    """The chain of one placement, and its agreement in the page's language.

    ``text`` is what is signed, in English; ``translation`` the same told in the page's language, None
    where that is English.
    """

    placement: Placement
    paperwork: Paperwork
    standing: Standing
    steps: list[Row]
    version: TrainingAgreement | None
    text: list[Section]
    translation: list[Section] | None
    signatures: list[AgreementSignature]
    signed: dict[SignerRole, AgreementSignature] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return self.paperwork.state in (PaperworkState.ACTIVE, PaperworkState.COMPLETED)

    def may_sign(self, role: SignerRole) -> bool:
        """Whether it is this role's turn to sign what is current."""
        if self.version is None or role in self.signed:
            return False
        if self.paperwork.state not in (PaperworkState.OPEN, PaperworkState.ACTIVE):
            return False
        if role in (SignerRole.STUDENT, SignerRole.GUARDIAN):
            return self.standing.accepted and not (
                role is SignerRole.GUARDIAN and self.standing.student_decides
            )
        turn = {
            SignerRole.EMPLOYER: (Step.EMPLOYER,),
            SignerRole.SUPERVISOR: (Step.EMPLOYER, Step.SUPERVISOR),
            SignerRole.SCHOOL: (Step.SCHOOL,),
        }[role]
        return self.standing.step in turn and (role is SignerRole.SCHOOL or self.standing.confirmed)


def page_of(placement: Placement) -> PaperworkPage | None:
    """The page's values; None where the paperwork is not begun. Reads only."""
    paperwork = queries.paperwork_of(placement.id)
    if paperwork is None:
        return None
    standing = standings([placement])[placement.id]
    version = versions.current(placement.id)
    signatures = queries.signatures(version.id) if version is not None else []
    text = ruling_text(version.content) if version is not None else []
    translated = version is not None and str(get_locale()) != RULING
    found = PaperworkPage(
        placement,
        paperwork,
        standing,
        [],
        version,
        text,
        sections(version.content["facts"]) if version is not None and translated else None,
        signatures,
        {one.role: one for one in signatures},
    )
    found.steps.extend(_rows(found))
    return found


def _rows(page: PaperworkPage) -> list[Row]:
    """The steps with where each stands: done, the one that holds it, or still to come."""
    current = page.standing.step
    order = page.standing.steps
    at = order.index(current) if current in order else len(order)
    rows = []
    for number, step in enumerate(order):
        signature = page.signed.get(SIGNER_OF[step]) if step in SIGNER_OF else None
        hint = _signed_words(page, signature)
        if number < at or (signature is not None and signature.counts and number != at):
            rows.append(Row(step_name(step), _("done"), "good", hint))
        elif number == at:
            rows.append(Row(step_name(step), _("now"), "warn", hint or _waits(page, step)))
        else:
            rows.append(Row(step_name(step), _("later"), "neutral"))
    return rows


def _signed_words(page: PaperworkPage, signature: AgreementSignature | None) -> str:
    if signature is None:
        return ""
    if signature.state is SignatureState.WAITING:
        return _("Signed; waits for an interpreter")
    return _("Signed by %(name)s on %(day)s", name=signature.name, day=day_words(signature.signed_on))


def _waits(page: PaperworkPage, step: Step) -> str:
    zone = page.placement.publication.round.district.timezone
    since = day_words(local_date(page.paperwork.step_since, zone))
    if step is Step.TASKS:
        return ""
    return _("since %(day)s", day=since)


def tasks_for_employer(page: PaperworkPage, told: Sequence[str]) -> list[Row]:
    """What is to arrange at the place of work, as its employer may know it: an accommodation only where
    the family agreed that it is told (``told``)."""
    rows = []
    for task, _name in queries.tasks(page.placement.id):
        need = task.code.removeprefix(ARRANGE) if task.code.startswith(ARRANGE) else ""
        if task.holder is not TaskHolder.SITE or (need and need not in told):
            continue
        status, kind = (_("done"), "good") if task.done_at is not None else (_("open"), "warn")
        until = _("until %(day)s", day=day_words(task.due_on))
        rows.append(Row(task.what or code_label(task.code), status, kind, until))
    return rows
