"""What cannot all hold, and what would repair it, in words: names in place of identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from wbl.db import db
from wbl.i18n import number
from wbl.interests.models import Submission
from wbl.labels import opportunity_title
from wbl.people.models import School, Student
from wbl.rounds.limits import Names, names_of
from wbl.rounds.models import Round, SolveRun
from wbl.rounds.review import offerings_named
from wbl.rounds.words import scope_words

Record = Mapping[str, Any]
_STUDENTS = ("student_id", "student_a", "student_b")


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """``rules``: those that conflict, each with a page where it can be changed. ``repairs``: each a
    list of changes that belong together, the smallest first."""

    rules: list[tuple[str, str]]
    smallest: bool
    repairs: list[list[str]]


def conflict_page(run: SolveRun) -> ConflictPage | None:
    """The conflict of a run that could not hold what is required; None where it kept none."""
    error = run.error or {}
    if "conflict" not in error:
        return None
    rules, repairs = error["conflict"], error["repair"]
    said = _Words(run.round, [*rules, *(change for repair in repairs for change in repair)])
    return ConflictPage(
        rules=[(said.rule(rule), said.where(rule)) for rule in rules],
        smallest=bool(error.get("smallest")),
        repairs=[[said.change(change) for change in repair] for repair in repairs],
    )


class _Words:
    """Names of everything that some records speak of, read at once."""

    def __init__(self, placement_round: Round, records: Sequence[Record]) -> None:
        self._round_id = placement_round.id
        self._students = _students(placement_round.id, _values(records, *_STUDENTS))
        self._titles = {
            name: opportunity_title(offering.opportunity)
            for name, offering in offerings_named(
                placement_round.id, _values(records, "opportunity_id")
            ).items()
        }
        self._schools = _schools(placement_round, _values(records, "school_id"))
        about = [(record["scope"], record["id"]) for record in records if record["kind"] == "limit"]
        self._limits: Names = names_of(placement_round, about)

    def _named(self, record: Record) -> dict[str, str]:
        students: dict[str, str] = {key: record[key] for key in _STUDENTS if key in record}
        names = {key: self._students.get(student, student) for key, student in students.items()}
        if "student_b" in names:
            # The engine's order is that of pseudonyms, which are drawn by lot.
            names["student_a"], names["student_b"] = sorted((names["student_a"], names["student_b"]))
        title: str = record.get("opportunity_id", "")
        names["title"] = self._titles.get(title, title)
        if record["kind"] == "limit":
            scope, name = record["scope"], record["id"]
            names["about"] = f"{scope_words(scope)} {self._limits[scope, name]}"
        school: str = record.get("school_id", "")
        names["school"] = self._schools.get(school, school)
        names["budget"] = record.get("budget_id", "")
        return names

    def rule(self, record: Record) -> str:
        """One of the rules that conflict."""
        kind, names = record["kind"], self._named(record)
        if kind == "pin":
            return _("%(student_id)s is required at %(title)s.", **names)
        if kind == "together":
            return _("%(student_a)s and %(student_b)s go together.", **names)
        if kind == "apart":
            return _("%(student_a)s and %(student_b)s stay apart.", **names)
        value = record["value"]
        if kind == "budget":
            return _("Budget %(budget)s: %(amount)s USD.", **names, amount=_money(value))
        if kind == "van_seats":
            return ngettext(
                "The van of %(school)s has %(num)s seat.",
                "The van of %(school)s has %(num)s seats.",
                value,
                **names,
            )
        if kind == "min_students":
            return ngettext(
                "%(title)s runs with at least %(num)s student, or with none.",
                "%(title)s runs with at least %(num)s students, or with none.",
                value,
                **names,
            )
        if record.get("bound") == "min":
            return ngettext(
                "%(about)s: at least %(num)s student.",
                "%(about)s: at least %(num)s students.",
                value,
                **names,
            )
        return ngettext(
            "%(about)s: at most %(num)s student.", "%(about)s: at most %(num)s students.", value, **names
        )

    def where(self, record: Record) -> str:
        """The page on which a rule can be looked at or changed."""
        if record["kind"] == "pin":
            return url_for("rounds.pins", round_id=self._round_id)
        anchors = {
            "together": "pairs",
            "apart": "pairs",
            "budget": "budgets",
            "van_seats": "vans",
            "min_students": "smallest",
        }
        anchor = anchors.get(record["kind"], "limits")
        return url_for("rounds.limits_of_round", round_id=self._round_id, _anchor=anchor)

    def change(self, record: Record) -> str:
        """One change of a repair."""
        kind, names = record["kind"], self._named(record)
        if kind == "pin":
            return _("Take back that %(student_id)s is required at %(title)s.", **names)
        if kind in ("together", "apart"):
            return _("Place %(student_a)s and %(student_b)s without regard to each other.", **names)
        if kind == "budget":
            amounts = {"old": _money(record["from"]), "new": _money(record["to"])}
            return _("Budget %(budget)s: %(new)s USD instead of %(old)s.", **names, **amounts)
        numbers = {"old": number(record["from"]), "new": number(record["to"])}
        if kind == "van_seats":
            return ngettext(
                "The van of %(school)s: %(num)s seat instead of %(old)s.",
                "The van of %(school)s: %(num)s seats instead of %(old)s.",
                record["to"],
                **names,
                **numbers,
            )
        if kind == "min_students":
            return _("%(title)s: at least %(new)s instead of %(old)s.", **names, **numbers)
        if kind == "seats":
            return ngettext(
                "%(title)s: %(num)s seat instead of %(old)s.",
                "%(title)s: %(num)s seats instead of %(old)s.",
                record["to"],
                **names,
                **numbers,
            )
        if record.get("bound") == "min":
            return _("%(about)s: at least %(new)s instead of %(old)s.", **names, **numbers)
        return _("%(about)s: at most %(new)s instead of %(old)s.", **names, **numbers)


def _values(records: Iterable[Record], *keys: str) -> set[str]:
    return {record[key] for record in records for key in keys if key in record}


def _students(round_id: int, pseudonyms: set[str]) -> dict[str, str]:
    found = db.session.execute(
        select(Submission.pseudonym, Student)
        .join(Student, Student.id == Submission.student_id)
        .where(Submission.round_id == round_id, Submission.pseudonym.in_(pseudonyms))
    )
    return {pseudonym: student.name for pseudonym, student in found}


def _schools(placement_round: Round, names: set[str]) -> dict[str, str]:
    found = db.session.execute(
        select(School.external_id, School.name).where(
            School.district_id == placement_round.district_id, School.external_id.in_(names)
        )
    ).tuples()
    return {key: name or key for key, name in found}


def _money(amount: float) -> str:
    return number(amount, 2 if amount % 1 else 0)
