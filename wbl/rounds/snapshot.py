"""The rows of a round as the files of a round folder, and so as the problem that an engine solves.

Equal rows give equal bytes: every file is sorted, every number has one spelling. Students go by
pseudonym; what only the application reads (names, contacts, a pin's reason) is never part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from matching.files import write_table
from wbl.audit.models import Reason
from wbl.db import db, plain_rows
from wbl.interests.models import Growth, Preference, Refusal, Submission
from wbl.interests.taking_part import attends
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.people.models import School, Student, StudentBirth, StudentGroup, StudentHome, StudentNeed
from wbl.rounds.columns import (
    BUDGET_COLUMNS,
    COMPANION_COLUMNS,
    GROWTH_COLUMNS,
    LIMIT_COLUMNS,
    OPPORTUNITY_COLUMNS,
    OPPORTUNITY_WORDS,
    PIN_COLUMNS,
    PREFERENCE_COLUMNS,
    REFUSAL_COLUMNS,
    SCHOOL_COLUMNS,
    STUDENT_COLUMNS,
    SUBMISSION_COLUMNS,
    WISHES,
    number_cell,
)
from wbl.rounds.kept_seats import is_held, kept_seats, stays_with_its_own
from wbl.rounds.models import Companion, Pin, Round
from wbl.rounds.opportunity_rows import opportunities_of
from wbl.rounds.policy import policy_toml
from wbl.rounds.reserving import reserve_found
from wbl.rounds.whole import budgets_of, kept_files_of, limits_of

Cells = dict[str, str]
Label = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class RoundRows:
    """What a round holds now, as cells by identifier. Left-out students and offerings are absent."""

    students: dict[str, Cells]
    opportunities: dict[str, Cells]
    schools: dict[str, Cells]
    preferences: list[tuple[str, str, str, str]]
    refusals: list[tuple[str, str]]
    growth: list[tuple[str, str, str]]
    pins: list[tuple[str, str, str, str]]  # with the reason
    companions: list[tuple[str, str, str]]
    limits: list[tuple[str, str, str, str]]
    budgets: list[tuple[str, str]]
    kept: dict[str, bytes]


def read_rows_of(
    placement_round: Round,
    label: Label = Submission.pseudonym,
    *,
    submission_id: int | None = None,
    shortlist: bool | None = None,
    holding: bool = False,
    choices: bool = True,
    words: bool = False,
) -> RoundRows:
    """Read a round's rows, in a fixed number of queries.

    Parameters
    ----------
    label
        What students are called: ``Submission.pseudonym``, or ``Student.external_id`` for people
        who may see that.
    submission_id
        Only this student (and every opportunity): enough to judge one pair, and nothing of what
        holds for several students together.
    shortlist
        What a seat is where the employer interviews first. True: as many as it meets for each.
        False: only those for whom the employer has decided (a required pair), so that nobody else is
        assigned. None: as it is offered, for people and files.
    holding
        Also what takes no new students while a safety concern is open, with a seat for each student who
        is there: so nobody is taken away by it, and nobody is sent.
    choices
        Also what students ranked and refused, and what was decided of pairs.
    words
        Also ``OPPORTUNITY_WORDS``: what is said of opportunities to people.
    """
    part = or_(takes_part(), stays_with_its_own()) if holding else takes_part()
    students = _students(placement_round, label, submission_id)
    opportunities = opportunities_of(placement_round, part, shortlist=shortlist, holding=holding, words=words)
    reserve_found(placement_round, label, students, opportunities)
    return RoundRows(
        students=students,
        opportunities=opportunities,
        schools=_schools(placement_round, {cells["school_id"] for cells in students.values()}, opportunities),
        preferences=_pairs(
            placement_round, label, submission_id, part, Preference, "rank", "opportunity_rank"
        )
        if choices
        else [],
        refusals=_pairs(placement_round, label, submission_id, part, Refusal) if choices else [],
        growth=_pairs(placement_round, label, submission_id, part, Growth, "value"),
        pins=_pins(placement_round, label, submission_id, holding=holding) if choices else [],
        companions=_companions(placement_round, label) if submission_id is None else [],
        limits=limits_of(placement_round) if submission_id is None else [],
        budgets=budgets_of(placement_round),
        kept=kept_files_of(placement_round),
    )


@dataclass(frozen=True, slots=True)
class TrialStudents:
    """The students of a round as a trial has them: without what they wished, ranked, refused or need."""

    table: bytes  # students.csv
    schools: frozenset[str]  # those that they attend


def nobody() -> TrialStudents:
    """For what the law and the files say of opportunities by themselves."""
    return TrialStudents(write_table(STUDENT_COLUMNS, []), frozenset())


def trial_students(placement_round: Round) -> TrialStudents:
    """Everybody who takes part."""
    asked = [column for column in SUBMISSION_COLUMNS if column not in WISHES]
    columns, students = _student_rows(placement_round, Submission.pseudonym, None, asked, private=False)
    at = columns.index("school_id") + 1
    table = write_table((STUDENT_COLUMNS[0], *columns), students)
    return TrialStudents(table, frozenset(row[at] for row in students))


def trial_files(
    placement_round: Round, opportunities: dict[str, Cells], students: TrialStudents
) -> dict[str, bytes]:
    """The round as if it offered these alone, to these students."""
    rows = RoundRows(
        students={},
        opportunities=opportunities,
        schools=_schools(placement_round, set(students.schools), opportunities),
        preferences=[],
        refusals=[],
        growth=[],
        pins=[],
        companions=[],
        limits=[],
        budgets=budgets_of(placement_round),
        kept=kept_files_of(placement_round, but=placement_round.policy.get("travel", {}).get("feed", "")),
    )
    return files_of(placement_round, rows) | {"students.csv": students.table}


def files_of(placement_round: Round, rows: RoundRows, *, words: bool = False) -> dict[str, bytes]:
    """The files that decide, from rows. ``words`` adds what is said to people: for a full export."""
    opportunity_columns = (*OPPORTUNITY_COLUMNS, *(OPPORTUNITY_WORDS if words else ()))
    school_columns = [column for column in SCHOOL_COLUMNS if words or column != "name"]
    pins = rows.pins if words else [(*pin[:3], "") for pin in rows.pins]
    files = {
        "students.csv": _table(STUDENT_COLUMNS, rows.students),
        "opportunities.csv": _table(opportunity_columns, rows.opportunities),
        "policy.toml": policy_toml(placement_round.policy, placement_round.starts_on),
    }
    if rows.schools:
        files["schools.csv"] = _table(school_columns, rows.schools)
    for name, columns, pairs in (
        ("preferences.csv", PREFERENCE_COLUMNS, rows.preferences),
        ("refusals.csv", REFUSAL_COLUMNS, rows.refusals),
        ("growth.csv", GROWTH_COLUMNS, rows.growth),
        ("pins.csv", PIN_COLUMNS, pins),
        ("pairs.csv", COMPANION_COLUMNS, rows.companions),
        ("limits.csv", LIMIT_COLUMNS, rows.limits),
        ("budgets.csv", BUDGET_COLUMNS, rows.budgets),
    ):
        if pairs:
            files[name] = write_table(columns, pairs)
    return files | rows.kept


def snapshot(placement_round: Round, *, shortlist: bool = False) -> dict[str, bytes]:
    """The round folder by pseudonym, as a run is solved from it."""
    rows = read_rows_of(placement_round, shortlist=shortlist, holding=True)
    pins = sorted([*rows.pins, *kept_seats(placement_round)])
    return files_of(placement_round, replace(rows, pins=pins))


def _table(columns: Sequence[str], rows: dict[str, Cells]) -> bytes:
    """Rows by identifier as a file, in order of those."""
    cells_of = itemgetter(*columns[1:])
    return write_table(columns, ((key, *cells_of(rows[key])) for key in sorted(rows)))


def _students(placement_round: Round, label: Label, submission_id: int | None) -> dict[str, Cells]:
    columns, rows = _student_rows(placement_round, label, submission_id)
    return {name: dict(zip(columns, cells, strict=True)) for name, *cells in rows}


def _student_rows(
    placement_round: Round,
    label: Label,
    submission_id: int | None,
    asked: Sequence[str] = SUBMISSION_COLUMNS,
    *,
    private: bool = True,
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The columns but for the identifier, and a row a student, which begins with it.

    ``asked``: of the submission. ``private``: with needs and groups.
    """
    columns = ("school_id", "grade", "birth_date", "latitude", "longitude", *asked)
    found = plain_rows(
        _of_round(
            select(
                label,
                Student.id,
                School.external_id,
                Student.grade,
                StudentBirth.birth_date,
                StudentHome.latitude,
                StudentHome.longitude,
                *(getattr(Submission, name) for name in asked),
            )
            .select_from(Submission)
            .join(Student)
            .outerjoin(School, School.id == Student.school_id)
            .outerjoin(StudentBirth, StudentBirth.student_id == Student.id)
            .outerjoin(StudentHome, StudentHome.student_id == Student.id),
            placement_round,
            submission_id,
        )
    )
    rows = [
        (
            name,
            school or "",
            number_cell(grade),
            birth.isoformat() if birth else "",
            number_cell(latitude),
            number_cell(longitude),
            *cells,
        )
        for name, _id, school, grade, birth, latitude, longitude, *cells in found
    ]
    if not private:
        return columns, rows
    needs, groups = _codes(placement_round, StudentNeed), _codes(placement_round, StudentGroup)
    more = [(needs.get(row[1], ""), groups.get(row[1], "")) for row in found]
    return (*columns, "needs", "groups"), [(*row, *codes) for row, codes in zip(rows, more, strict=True)]


def _of_round(query: Select, placement_round: Round, submission_id: int | None) -> Select:
    """Only students who take part."""
    query = query.where(Submission.round_id == placement_round.id, attends())
    return query if submission_id is None else query.where(Submission.id == submission_id)


def _codes(placement_round: Round, model: type[StudentNeed] | type[StudentGroup]) -> dict[int, str]:
    codes: dict[int, list[str]] = {}
    for student_id, code in db.session.execute(
        select(model.student_id, model.code)
        .join(Submission, Submission.student_id == model.student_id)
        .where(Submission.round_id == placement_round.id)
    ):
        codes.setdefault(student_id, []).append(code)
    return {student_id: ";".join(sorted(found)) for student_id, found in codes.items()}


def _schools(placement_round: Round, attended: set[str], opportunities: dict[str, Cells]) -> dict[str, Cells]:
    """The schools that somebody attends or an opportunity is open to, and no others of the district."""
    named = set(attended)
    for cells in opportunities.values():
        named |= schools_open_to(cells["open_to"])
    found = db.session.execute(
        select(
            School.external_id,
            School.name,
            School.latitude,
            School.longitude,
            School.school_hours,
            School.van_seats,
        ).where(School.district_id == placement_round.district_id)
    )
    return {
        key: {
            "name": name,
            "latitude": number_cell(latitude),
            "longitude": number_cell(longitude),
            "school_hours": hours,
            "van_seats": number_cell(van_seats),
        }
        for key, name, latitude, longitude, hours, van_seats in found
        if key in named
    }


def schools_open_to(cell: str) -> set[str]:
    """The schools that an ``open_to`` cell names."""
    items = (item.strip(" ") for item in cell.split(";"))
    return {item.removeprefix("school:") for item in items if item.startswith("school:")}


def _pairs(
    placement_round: Round,
    label: Label,
    submission_id: int | None,
    part: ColumnElement[bool],
    model: type[Preference] | type[Refusal] | type[Growth],
    *values: str,
) -> list:
    query = _pair_query(
        select(label, Opportunity.external_id, *(getattr(model, value) for value in values))
        .select_from(model)
        .join(Submission, Submission.id == model.submission_id)
        .join(Offering, Offering.id == model.offering_id),
        part,
    )
    if model is Preference:  # a student who took it off the list leaves the employer's side of the pair
        query = query.where(Preference.rank.is_not(None))
    found = db.session.execute(_of_round(query, placement_round, submission_id))
    return sorted((student, name, *map(number_cell, cells)) for student, name, *cells in found)


def _pair_query(query: Select, part: ColumnElement[bool]) -> Select:
    """Only pairs of students and offerings that take part."""
    return query.join(Student, Student.id == Submission.student_id).join(Opportunity).where(part)


def _pins(
    placement_round: Round, label: Label, submission_id: int | None, *, holding: bool
) -> list[tuple[str, str, str, str]]:
    # Where nobody new is sent, no decision of before sends anybody.
    part = or_(takes_part(), stays_with_its_own() & is_held()) if holding else takes_part()
    query = _pair_query(
        select(label, Opportunity.external_id, Pin.decision, Reason.text)
        .select_from(Pin)
        .join(Submission, Submission.id == Pin.submission_id)
        .join(Offering, Offering.id == Pin.offering_id)
        .outerjoin(Reason, Reason.id == Pin.reason_id)
        .where(Pin.removed_at.is_(None)),
        part,
    )
    found: Iterable = db.session.execute(_of_round(query, placement_round, submission_id))
    return sorted((student, name, decision.value, reason or "") for student, name, decision, reason in found)


def _companions(placement_round: Round, label: Label) -> list[tuple[str, str, str]]:
    """Pairs of students who both take part, each pair and the whole in order."""
    names = dict(
        db.session.execute(
            _of_round(
                select(Submission.id, label).join(Student, Student.id == Submission.student_id),
                placement_round,
                None,
            )
        )
        .tuples()
        .all()
    )
    found = db.session.execute(
        select(Companion.first_id, Companion.second_id, Companion.relation)
        .join(Submission, Submission.id == Companion.first_id)
        .where(Submission.round_id == placement_round.id)
    ).tuples()
    return sorted(
        (*sorted((names[one], names[other])), relation.value)
        for one, other, relation in found
        if one in names and other in names
    )
