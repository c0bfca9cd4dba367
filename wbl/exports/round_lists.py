"""The lists of one round as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from wbl.accounts.actor import Actor
from wbl.errors import NotFound
from wbl.exports.tables import Cell, Table
from wbl.i18n import windows
from wbl.labels import code_label, language_name, opportunity_title
from wbl.letters import queries as letter_queries
from wbl.letters.models import LetterState
from wbl.opportunities.models import Offering
from wbl.pagination import Page, every
from wbl.people.models import Student
from wbl.placements import queries as placement_queries
from wbl.placements import running
from wbl.placements.models import Publication
from wbl.rounds import checklist, collect_page, comparison, queries, review
from wbl.rounds.collect_routes import asked_of_request
from wbl.rounds.models import Round, RunState, SolveRun
from wbl.rounds.run_routes import wanted_of_request
from wbl.rounds.words import unplaced_words
from wbl.row_ids import row_id

Column = tuple[str, Callable[[Any], Cell]]


def round_asked(actor: Actor) -> Round:
    """The round that the address names."""
    round_id = request.args.get("round", type=row_id)
    if round_id is None:
        raise NotFound()
    return queries.round_by_id(actor, round_id)


def run_asked(actor: Actor, name: str = "run") -> SolveRun:
    """A finished run of the round that the address names."""
    number = request.args.get(name, type=row_id)
    if number is None:
        raise NotFound()
    found = queries.run_by_number(actor, round_asked(actor).id, number)
    if found.state is not RunState.DONE:
        raise NotFound()
    return found


def wanted() -> review.Wanted:
    """The filter of the list of a run."""
    return wanted_of_request()


def _published(actor: Actor) -> tuple[Round, Publication]:
    placement_round = round_asked(actor)
    publication = queries.publication_in_force(placement_round.id)
    if publication is None:
        raise NotFound()
    return placement_round, publication


def _student(student_of: Callable[[Any], Student]) -> list[Column]:
    """Who: the same four columns in every list."""
    return [
        (_("Identifier"), lambda row: student_of(row).external_id),
        (_("Student"), lambda row: student_of(row).name),
        (_("Grade"), lambda row: student_of(row).grade),
        (_("School"), lambda row: _school(student_of(row))),
    ]


def _school(student: Student) -> str:
    return (student.school.name or student.school.external_id) if student.school is not None else ""


def _offering(offering_of: Callable[[Any], Offering]) -> list[Column]:
    """What: opportunity and employer."""
    return [
        (_("Opportunity"), lambda row: opportunity_title(offering_of(row).opportunity)),
        (_("Employer"), lambda row: _employer(offering_of(row))),
    ]


def _employer(offering: Offering) -> str:
    employer = offering.opportunity.employer
    return employer.name if employer is not None else ""


def _codes(codes: list[str]) -> str:
    return "; ".join(code_label(code) for code in codes)


def proposals(run: SolveRun, filter_: review.Wanted) -> Table:
    """What a run proposes."""
    return Table(
        f"run-{run.number}-placements",
        [
            *_student(lambda one: one.submission.student),
            *_offering(lambda one: one.offering),
            (_("Choice"), lambda one: one.rank),
            (_("Minutes"), lambda one: one.travel_minutes),
            (_("Fit"), lambda one: round(one.utility / 1_000_000, 4)),
            (_("When"), lambda one: windows(one.offering.schedule)),
            (_("To arrange"), lambda one: _codes(one.conditions)),
        ],
        every(lambda page: review.proposals(run, replace(filter_, page=page))),
    )


def unplaced(actor: Actor) -> Table:
    """Whom a run placed nowhere."""
    run, filter_ = run_asked(actor), wanted()
    return Table(
        f"run-{run.number}-not-placed",
        [
            *_student(lambda one: one.submission.student),
            (_("Reason"), lambda one: code_label(one.reason)),
            (_("What is behind it"), lambda one: unplaced_words(one.reason, one.detail)),
        ],
        every(lambda page: review.unplaced(run, replace(filter_, page=page))),
    )


def pins(actor: Actor) -> Table:
    """The pairs that are decided by hand. Why stays on the page: the words may be about a person."""
    placement_round = round_asked(actor)
    words = {"require": _("required"), "forbid": _("forbidden")}
    return Table(
        "decided-by-hand",
        [
            *_student(lambda pin: pin.submission.student),
            *_offering(lambda pin: pin.offering),
            (_("Decision"), lambda pin: words[pin.decision]),
        ],
        every(lambda page: queries.pins(placement_round, page=page)),
    )


def moves(actor: Actor) -> Table:
    """Who moved from one run to another."""
    before, after = run_asked(actor, "before"), run_asked(actor, "after")
    kind = request.args.get("kind", "")
    words = {"placed": _("newly placed"), "unplaced": _("no longer placed"), "moved": _("moved")}

    def seats(found: list[Any]) -> str:
        return "; ".join(opportunity_title(one.offering.opportunity) for one in found)

    return Table(
        f"runs-{before.number}-{after.number}",
        [
            *_student(lambda move: move.submission.student),
            (_("Run %(number)s", number=before.number), lambda move: seats(move.before)),
            (_("Run %(number)s", number=after.number), lambda move: seats(move.after)),
            (_("What happened"), lambda move: words[move.kind]),
        ],
        every(lambda page: comparison.moves(before, after, kind=kind, page=page)),
    )


def collect(actor: Actor) -> Table:
    """Who is how far with a round that collects."""
    placement_round, asked = round_asked(actor), asked_of_request()
    words = {
        "not_begun": _("not begun"),
        "begun": _("begun"),
        "submitted": _("submitted"),
        "from_files": _("came with the files"),
        "on_paper": _("answers on paper"),
        "out": _("does not take part"),
    }
    return Table(
        "submissions",
        [
            *_student(lambda row: row.student),
            (_("How far"), lambda row: words[row.progress]),
            (_("Reminded"), lambda row: row.reminded.isoformat() if row.reminded else None),
        ],
        every(lambda page: collect_page.listed(placement_round, replace(asked, page=page))),
    )


def placements(actor: Actor) -> Table:
    """What is in force, and whether the family has answered."""
    _placement_round, publication = _published(actor)
    search, waiting = request.args.get("q", "").strip(), request.args.get("waiting", "")

    def with_answers(page: int) -> Page[Any]:
        found = placement_queries.of_publication(publication, search=search, waiting=waiting, page=page)
        ids = [one.id for one in found.items]
        said, waits = placement_queries.answered(ids), placement_queries.unsettled(ids)
        words = {
            **dict.fromkeys(waits, _("waits for an interpreter")),
            **dict.fromkeys(said, _("answered")),
        }
        rows = [(one, words.get(one.id, _("not answered"))) for one in found.items]
        return Page(items=rows, number=found.number, total=found.total, size=found.size)

    return Table(
        "placements",
        [
            *_student(lambda row: row[0].student),
            *_offering(lambda row: row[0].offering),
            (_("Choice"), lambda row: row[0].rank),
            (_("Minutes"), lambda row: row[0].travel_minutes),
            (_("When"), lambda row: windows(row[0].offering.schedule)),
            (_("To arrange"), lambda row: _codes(row[0].conditions)),
            (_("Family"), lambda row: row[1]),
        ],
        every(with_answers),
    )


def letters(actor: Actor) -> Table:
    """Letters, to whom, and whether they were handed over."""
    _placement_round, publication = _published(actor)
    chosen = request.args.get("state", "")
    state = LetterState(chosen) if chosen in set(LetterState) else None

    def to(letter: Any) -> str:
        if letter.state is LetterState.HELD:
            return ""
        return letter.guardian.name if letter.guardian else letter.placement.student.name

    return Table(
        "letters",
        [
            *_student(lambda letter: letter.placement.student),
            (_("To"), to),
            (_("Language"), lambda letter: language_name(letter.language)),
            (_("Letter"), lambda letter: _("held") if letter.state is LetterState.HELD else _("written")),
        ],
        every(lambda page: letter_queries.of_publication(publication, state=state, page=page)),
    )


def without(actor: Actor) -> Table:
    """Students of a published round without a seat."""
    placement_round, _publication = _published(actor)
    search = request.args.get("q", "").strip()
    return Table(
        "without-a-place",
        _student(lambda row: row.submission.student),
        every(lambda page: running.without_seat(placement_round, search=search, page=page)),
    )


def seats(actor: Actor) -> Table:
    """Opportunities of a published round with their seats."""
    placement_round, _publication = _published(actor)
    free_only = request.args.get("free") == "yes"
    return Table(
        "seats",
        [
            *_offering(lambda row: row.offering),
            (_("Taken"), lambda row: row.taken),
            (_("Free"), lambda row: row.free),
            (_("Seats"), lambda row: row.offering.seats),
        ],
        every(lambda page: running.seats(placement_round, free_only=free_only, page=page)),
    )


def missing(actor: Actor) -> Table:
    """Who, or which opportunity, lacks something that the round needs."""
    placement_round, gap = round_asked(actor), request.args.get("gap", "")
    if gap not in checklist.GAPS:
        raise NotFound()
    columns = _student(lambda one: one)
    if gap in checklist.OF_OFFERINGS:
        columns = [*_offering(lambda one: one), (_("Seats"), lambda one: one.seats)]
    return Table(f"missing-{gap}", columns, every(lambda page: checklist.lacking(placement_round, gap, page)))
