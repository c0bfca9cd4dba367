"""What one student could have answered otherwise that would have helped, from what a run was solved from.

It is worked out anew for whoever asks: reading the round takes about a second for 10,000 students,
and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from flask_babel import gettext as _

from matching.messages import say
from wbl.db import db
from wbl.errors import Conflict
from wbl.interests.models import Submission
from wbl.labels import opportunity_title
from wbl.rounds import archive
from wbl.rounds.models import RunArchive, SolveRun
from wbl.rounds.review import offerings_named

REFUSAL = "refusal"
SECONDS = 2.0
"""How long a page waits for a round that is solved again for each change."""

_NAMED = ("opportunity_id", "ranks", "refused")


@dataclass(frozen=True, slots=True)
class HelpfulAnswer:
    """A change of one answer that would help, said to the student."""

    sentence: str
    displaces: bool  # somebody else would be without a seat


@dataclass(frozen=True, slots=True)
class Help:
    """What would help a student in a run; ``unknown`` says why it cannot be told, "" where it can."""

    answers: Sequence[HelpfulAnswer] = ()
    unknown: str = ""


def help_for(run: SolveRun, submission: Submission, language: str, *, own: bool) -> Help | None:
    """What would help this student in this run; None where they took no part in it.

    Parameters
    ----------
    own
        The student asks. Only they are told of what they refused, and nothing is solved again for
        them: a round with limits, which would need that, says so instead.

    Raises
    ------
    Conflict
        Where the profiles that the run was solved from are erased.
    """
    from matching.counterfactual import helpful_changes, what_would_help
    from matching.residual import NotComputed, read_solved

    kept = db.session.get_one(RunArchive, run.id)
    if kept.profiles is None:
        raise Conflict(_("The profiles of this run were erased, and the answers with them."))
    problem, results = archive.problem_of(kept.profiles), archive.unpack(kept.results)
    if submission.pseudonym not in problem.students.ids:
        return None
    student = problem.students.ids.index(submission.pseudonym)
    try:
        if own:
            found = helpful_changes(read_solved(problem, results), student)
        else:
            found = what_would_help(problem, results, student, monotonic() + SECONDS)
    except NotComputed as why:
        return Help(unknown=say(language, f"help_unknown_{why}"))
    records = [one.record(problem) for one in found]
    return Help(answers=_in_words(run, [one for one in records if own or one["change"] != REFUSAL], language))


def _in_words(run: SolveRun, records: Sequence[dict[str, object]], language: str) -> list[HelpfulAnswer]:
    from matching.sentences import help_sentence

    named = {str(record[key]) for record in records for key in _NAMED if key in record}
    titles = {
        name: opportunity_title(offering.opportunity)
        for name, offering in offerings_named(run.round_id, named).items()
    }
    return [
        HelpfulAnswer(help_sentence(record, language, titles), bool(record["displaces"]))
        for record in records
    ]
