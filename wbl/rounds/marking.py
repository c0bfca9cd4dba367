"""Noting of many students at once that they answer on paper, or do not take part; and taking it back.

Two marks, because these are what a reminder to everybody who has not begun gets wrong: it writes to
students who hold a form in their hands, and to those who have said no.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.bulk.models import BulkAction, BulkKind
from wbl.bulk.services import remember
from wbl.db import change, db
from wbl.errors import Conflict, DomainError
from wbl.interests.models import Submission
from wbl.rounds.collect_page import WAITED_FOR, Asked, Progress, students_asked
from wbl.rounds.models import CollectMark, MarkKind, Round
from wbl.rounds.queries import round_by_id

BULK = {MarkKind.PAPER: BulkKind.PAPER, MarkKind.OUT: BulkKind.OUT}


def mark(
    actor: Actor, round_id: int, student_ids: Sequence[int] | None, wanted: Asked, kind: MarkKind
) -> BulkAction:
    """Mark students of a round that is not published. Flushes.

    Parameters
    ----------
    student_ids
        Whom; None: all whom ``wanted`` asks for. Who answers on paper has to be waited for; who does
        not take part is taken out of the round with what they said, which is kept.

    Raises
    ------
    Conflict
        Where the round is published: there a placement is ended instead.
    DomainError
        Where nobody is left to mark.
    """
    placement_round = round_by_id(actor, round_id, lock=True)
    if placement_round.published_run_id is not None:
        raise Conflict(_("The placements are published. End a placement instead."))
    left_out = {"submitted": 0, "marked": 0}
    marks: list[CollectMark] = []
    replaced: list[int] = []
    for student, progress, submission_id, _reminded in db.session.execute(
        students_asked(placement_round, wanted, student_ids)
    ).all():
        if progress in (Progress.OUT, Progress.ON_PAPER) and (
            kind is MarkKind.PAPER or progress == Progress.OUT
        ):
            left_out["marked"] += 1
        elif kind is MarkKind.PAPER and progress not in WAITED_FOR:
            left_out["submitted"] += 1
        else:
            replaced.append(student.id)
            marks.append(
                CollectMark(
                    round_id=round_id,
                    student_id=student.id,
                    kind=kind,
                    submission_id=submission_id if kind is MarkKind.OUT else None,
                    set_by=actor.user_id,
                    at=clock.now(),
                )
            )
    if not marks:
        raise DomainError(_("Nobody was marked: everybody chosen has submitted or is marked already."))
    change(delete(CollectMark).where(CollectMark.round_id == round_id, CollectMark.student_id.in_(replaced)))
    db.session.add_all(marks)
    db.session.flush()
    _take_part(marks, False)
    return remember(
        actor,
        BULK[kind],
        [one.id for one in marks],
        district_id=placement_round.district_id,
        round_id=round_id,
        left_out=left_out,
    )


def undo_marks(_actor: Actor, done: BulkAction) -> int:
    """Take marks back that still stand, while the round is not published; how many. Flushes."""
    placement_round = db.session.get_one(Round, done.round_id)
    if placement_round.published_run_id is not None:
        return 0
    standing = list(db.session.scalars(db.select(CollectMark).where(CollectMark.id.in_(done.items))))
    _take_part(standing, True)
    change(delete(CollectMark).where(CollectMark.id.in_([one.id for one in standing])))
    db.session.flush()
    return len(standing)


def _take_part(marks: Sequence[CollectMark], yes: bool) -> None:
    ids = [one.submission_id for one in marks if one.submission_id is not None]
    change(update(Submission).where(Submission.id.in_(ids)).values(active=yes))
