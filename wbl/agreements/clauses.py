"""What every training agreement says: duties, supervision, transport, safety, insurance, ending.

Wording belongs to the version of the document that was signed: to change a sentence here makes new
versions of what is not active yet, and leaves those alone that somebody has signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

Clause = tuple[str, list[str]]


def clauses(facts: Mapping[str, Any]) -> list[Clause]:
    """The clauses in the language in force: headings with their sentences."""
    return [*_duties(), _supervision(facts), _transport(), _safety(facts), *_protection(facts), _ending()]


def _duties() -> list[Clause]:
    return [
        (
            _("What the student does"),
            [
                _("Comes on time and follows the rules of the workplace."),
                _("Tells the supervisor and the school before the start when they cannot come."),
                _("Asks when something is not clear, and does no work that nobody has shown them."),
                _("Writes down their hours and what they learn."),
            ],
        ),
        (
            _("What the family does"),
            [
                _("Helps the student to be there, and tells the school when something changes."),
                _("Keeps the emergency contacts up to date."),
            ],
        ),
        (
            _("What the employer does"),
            [
                _("Names a supervisor, gives the tasks of the training plan, and keeps to dates and times."),
                _("Confirms the hours, and says how the student is growing."),
                _("Lets the school visit, and calls the school when something goes wrong."),
                _("Keeps to the law on youth employment, also where it is stricter than this agreement."),
            ],
        ),
        (
            _("What the school does"),
            [
                _("Prepares the student, and teaches what belongs to the work."),
                _("Visits the place of work before the start and in the first two weeks."),
                _("Is there for questions of the student, the family and the employer."),
            ],
        ),
    ]


def _supervision(facts: Mapping[str, Any]) -> Clause:
    who = facts["supervisor"] or _("The supervisor")
    return (
        _("Supervision"),
        [
            _("%(who)s looks after the student and can be reached whenever the student is there.", who=who),
            _("When the supervisor is away, the employer names another adult and tells the student."),
        ],
    )


def _transport() -> Clause:
    return (
        _("Getting there and back"),
        [
            _("The student travels as the family and the school have agreed."),
            _("The employer drives the student only if the family and the school have agreed in writing."),
        ],
    )


def _safety(facts: Mapping[str, Any]) -> Clause:
    said = [
        _("Before the first task the employer gives a safety orientation and shows the emergency exits."),
        _("The employer gives the protective equipment that the work needs, at no cost."),
        _("The student may stop any work that does not seem safe, and is not punished for it."),
        _("An injury is treated at once, and the employer tells the school and the family the same day."),
    ]
    if facts["observes"]:
        said.append(_("The student watches and does no work."))
    if facts["permit"]:
        said.append(_("Nobody starts before the work permit is there."))
    return _("Safety"), said


def _protection(facts: Mapping[str, Any]) -> list[Clause]:
    paid = facts["paid"] == "yes" and not facts["observes"]
    return [
        (
            _("Equal treatment"),
            [
                _(
                    "The employer chooses, treats and rates students without regard to race, color, national "
                    "origin, sex, religion or disability, and so does the school."
                ),
                _("Nobody may harass the student. The student can tell the school at any time."),
            ],
        ),
        (
            _("Insurance"),
            [
                _("The employer covers the student with workers' compensation insurance.")
                if paid
                else _("The school says in writing which insurance covers the student at the place of work."),
                _("The employer keeps the liability insurance that its business needs."),
            ],
        ),
        (
            _("What stays private"),
            [
                _("The employer uses what it learns about the student for this placement alone."),
                _("No photo, film or recording of the student is published unless the family allows it."),
            ],
        ),
    ]


def _ending() -> Clause:
    return (
        _("How it ends"),
        [
            _("It ends on its last day."),
            _("Each of them (student, family, employer, school) can end it earlier by telling the others."),
            _("Unless somebody is in danger, they talk with each other first."),
            _("Nobody promises a job after the last day."),
        ],
    )
