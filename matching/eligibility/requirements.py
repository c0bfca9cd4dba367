"""What an opportunity asks of a student besides the law: places kept, grade, age, pay, proofs."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.eligibility.ages import Birthdays, age_on, birthday
from matching.eligibility.codes import lacking, look_up
from matching.eligibility.details import Details, one_by_one
from matching.problem import UNKNOWN, BoolArray, IntArray, Problem


class Reserved:
    """``open_to`` names neither the student's school nor a program of theirs."""

    reason = "reserved"

    def __init__(self, problem: Problem) -> None:
        students = problem.students
        self._school, self._programs = students.school_id, students.programs
        self._open_to = problem.opportunities.open_to
        kept = self._open_to.values
        everyone = np.array([not value for value in kept], np.bool_)
        schools = [f"school:{school}" for school in self._school.values]
        named = [[school in value for value in kept] for school in schools]
        self._by_school = everyone | np.array(named, np.bool_).reshape(len(schools), len(kept))
        programs = [{f"program:{code}" for code in codes} for codes in self._programs.values]
        self._by_program = np.array(
            [[not value.isdisjoint(codes) for value in kept] for codes in programs], np.bool_
        )
        self.active = bool((~everyone).any())

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        if not self.active:
            return np.zeros(len(student), np.bool_)
        kept = self._open_to.codes.take(opportunity)
        by_school = look_up(self._by_school, self._school.codes.take(student), kept)
        by_program = look_up(self._by_program, self._programs.codes.take(student), kept)
        return ~(by_school | by_program)

    def counts(self, students: IntArray) -> IntArray:
        """How many of all opportunities fail for each of these students; no pair is built."""
        if not self.active or not len(students):
            return np.zeros(len(students), np.int64)
        width = len(self._programs.values)
        keys = self._school.codes[students] * width + self._programs.codes[students]
        kinds, kind = np.unique(keys, return_inverse=True)
        closed = ~(self._by_school[kinds // width] | self._by_program[kinds % width])
        per_value = np.bincount(self._open_to.codes, minlength=len(self._open_to.values))
        counts: IntArray = (closed @ per_value)[kind]
        return counts

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Whom it is open to."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        return [{"open_to": sorted(self._open_to[opportunity])}]


class Grade:
    """The grade is under ``min_grade``, or unknown while one is set."""

    reason = "grade"

    def __init__(self, problem: Problem) -> None:
        # UNKNOWN is below every grade and no grade is below UNKNOWN, as the rule has it.
        self._grade, self._min_grade = problem.students.grade, problem.opportunities.min_grade

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        return self._grade.take(student) < self._min_grade.take(opportunity)

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """The student's grade (None where unknown) and the one asked for."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        grade = int(self._grade[student])
        least = int(self._min_grade[opportunity])
        return [{"grade": None if grade == UNKNOWN else grade, "min_grade": least}]


class Age:
    """The age on ``start_date`` is under ``min_age``, or unknown while one is set."""

    reason = "age"

    def __init__(self, problem: Problem) -> None:
        self._birth, self._start = problem.students.birth_date, problem.opportunities.start_date
        self._min_age = problem.opportunities.min_age
        asked = [int(age) for age in np.unique(self._min_age) if age != UNKNOWN]
        self._birthdays = Birthdays(self._birth, asked)
        columns = {age: self._birthdays.column(age) for age in asked} | {UNKNOWN: 0}
        self._column = np.array([columns[int(age)] for age in self._min_age], np.int64)
        self._active = bool(asked)

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        if not self._active:
            return np.zeros(len(student), np.bool_)
        column, start = self._column.take(opportunity), self._start.take(opportunity)
        return self._birthdays.under(student, column, start)

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """The age on the first day (None where unknown), the one asked for, and when it comes."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        birth, least = int(self._birth[student]), int(self._min_age[opportunity])
        age = age_on(birth, int(self._start[opportunity]))
        found: dict[str, Any] = {"age": age, "min_age": least}
        if birth != UNKNOWN:
            found["on"] = birthday(birth, least).isoformat()
        return [found]


class Pay:
    """The student asks for paid work and it is not, or for unpaid work and it is paid."""

    reason = "pay"

    def __init__(self, problem: Problem) -> None:
        self._pay, self._paid = problem.students.pay, problem.opportunities.paid
        unwanted = {"paid": 0, "unpaid": 1}
        # -2 is what no opportunity says: `either` clashes with nothing.
        values = [unwanted.get(pay, -2) for pay in self._pay.values]
        self._unwanted = np.array(values, np.int64)[self._pay.codes]

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        clashes: BoolArray = self._unwanted.take(student) == self._paid.take(opportunity)
        return clashes

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """What the student asks for."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        return [{"asks": self._pay[student]}]


class Requirement:
    """A required credential, course or language is missing."""

    reason = "requirement"

    def __init__(self, problem: Problem) -> None:
        students, opportunities = problem.students, problem.opportunities
        self._kinds = (
            ("credential", students.credentials, opportunities.requires_credentials),
            ("course", students.courses, opportunities.requires_courses),
            ("language", students.languages, opportunities.requires_languages),
        )
        self._tables = [
            (held.codes, required.codes, lacking(held.values, required.values))
            for _, held, required in self._kinds
        ]

    def fails(self, student: IntArray, opportunity: IntArray) -> BoolArray:
        missing = np.zeros(len(student), np.bool_)
        for held, required, table in self._tables:
            if table.any():
                missing |= look_up(table, held.take(student), required.take(opportunity))
        return missing

    def details(self, student: IntArray, opportunity: IntArray) -> list[Details]:
        """Each missing item with its kind."""
        return one_by_one(self._detail, student, opportunity)

    def _detail(self, student: int, opportunity: int) -> Details:
        return [
            {"kind": kind, "item": item}
            for kind, held, required in self._kinds
            for item in sorted(required[opportunity] - held[student])
        ]
