"""What a family's answers come to: which count today, and what the employer may know."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wbl.placements.models import Consent, ConsentSource

NAME = "name"
ADJUSTMENT = "adjustment:"


def standing(answers: Sequence[Consent], student_decides: bool) -> dict[str, Consent]:
    """The newest answer to each field that counts today.

    Parameters
    ----------
    answers
        Of one placement, in any order.
    student_decides
        At 18 the student answers alone: what a guardian said before no longer counts.
    """
    newest: dict[str, Consent] = {}
    for row in sorted(answers, key=lambda consent: consent.id):
        by_guardian = row.guardian_id is not None or row.source is ConsentSource.FAMILY_LINK
        if row.counts and not (student_decides and by_guardian):
            newest[row.field] = row
    return newest


def told(
    answers: Sequence[Consent], student_decides: bool, needed: Collection[str]
) -> tuple[bool, list[str]]:
    """What the employer may know now: whether the name, and which of the needed adjustments.

    An adjustment is told only together with the name: without it, it would be about nobody, or about
    somebody who could be guessed.
    """
    granted = {field for field, answer in standing(answers, student_decides).items() if answer.granted}
    if NAME not in granted:
        return False, []
    return True, sorted(code for code in needed if ADJUSTMENT + code in granted)
