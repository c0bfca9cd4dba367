"""Faults of an uploaded folder: all of them, each at its file, line and column."""

from __future__ import annotations

from datetime import date

import pytest

from matching.files import RoundFaults
from tests.wbl.rounds_support import GUARDIANS, OPPORTUNITIES, PEOPLE, SCHOOLS, SITES, STUDENTS, small_folder
from wbl.rounds.folder import read_upload

START = date(2027, 1, 11)


def faults(**changes: str | None) -> list[tuple[str, int, str, str]]:
    try:
        read_upload(small_folder(**changes), {}, START)
    except RoundFaults as found:
        return [(fault.file, fault.line, fault.column, fault.message) for fault in found.faults]
    return []


def test_the_small_folder_is_good() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "file", "line", "column", "says"),
    [
        ({"people": PEOPLE + "S9,No,Body,,,,\n"}, "people.csv", 4, "student_id", "no student_id"),
        ({"people": PEOPLE + "S1,Ana,Again,,,,\n"}, "people.csv", 4, "student_id", "line 2 already"),
        ({"people": PEOPLE + ",No,Key,,,,\n"}, "people.csv", 4, "student_id", "empty"),
        ({"people": PEOPLE.replace("ana@pupils.example", "ana")}, "people.csv", 2, "email", "e-mail"),
        ({"people": PEOPLE.replace(",es\n", ",español!\n")}, "people.csv", 2, "language", "language tag"),
        ({"people": PEOPLE.replace("Castillo", "C" * 101)}, "people.csv", 2, "family_name", "at most 100"),
        ({"people": "given_name\nAna\n"}, "people.csv", 1, "student_id", "missing"),
        ({"guardians": GUARDIANS.replace("yes,yes", "y,yes", 1)}, "guardians.csv", 2, "may_sign", "yes nor"),
        ({"guardians": GUARDIANS + "S3,,,,,,,\n"}, "guardians.csv", 5, "name", "empty"),
        ({"guardians": GUARDIANS + "S8,Eva,,,,,,\n"}, "guardians.csv", 5, "student_id", "no student_id"),
        ({"sites": SITES + "E1-A,E1,,,,,,,,,\n"}, "sites.csv", 3, "site_id", "line 2 already"),
        ({"sites": SITES.replace("E1-A,E1,", "E1-A,,")}, "sites.csv", 2, "employer_id", "empty"),
        ({"sites": SITES.replace("E1-A,E1,", "E1-A,E7,")}, "opportunities.csv", 2, "employer_id", "E7"),
        ({"sites": SITES.replace("pat@clinic.example", "pat")}, "sites.csv", 2, "contact_email", "e-mail"),
        ({"schools": SCHOOLS.replace("North High", "N" * 201)}, "schools.csv", 2, "name", "at most 200"),
        (
            {"opportunities": OPPORTUNITIES.replace("Clinic aide", "C" * 201)},
            "opportunities.csv", 2, "title", "at most 200",
        ),
        ({"students": STUDENTS.replace(",11,", ",99,")}, "students.csv", 2, "grade", "1 to 13"),
        ({"policy.toml": "[weights]\npreference = -1\n"}, "policy.toml", 2, "weights.preference", "from 0"),
        ({"policy.toml": "on_date = 2027-02-01\n[weights]\nx = 1"}, "policy.toml", 3, "weights.x", "unknown"),
        ({"policy.toml": "format = \n"}, "policy.toml", 1, "format", "TOML"),
        # The round's own first day counts where the folder names none.
        (
            {"opportunities": OPPORTUNITIES.replace(",schedule", ",end_date,schedule").replace(
                ",Tue", ",2027-01-02,Tue").replace(",Wed", ",,Wed")},
            "opportunities.csv", 2, "end_date", "before",
        ),
    ],
)  # fmt: skip
def test_one_fault(changes: dict[str, str], file: str, line: int, column: str, says: str) -> None:
    found = faults(**changes)
    assert [(fault[0], fault[1], fault[2]) for fault in found] == [(file, line, column)], found
    assert says in found[0][3]


def test_faults_of_all_files_come_together() -> None:
    found = faults(
        students=STUDENTS.replace(",11,", ",99,"),
        people=PEOPLE.replace("ana@pupils.example", "ana"),
        sites="site_id\nE1\n",
    )
    assert {fault[0] for fault in found} == {"students.csv", "people.csv", "sites.csv"}


def test_words_of_an_opportunity_are_no_unknown_columns() -> None:
    folder = read_upload(small_folder(), {}, START)
    assert folder.warnings == []
    assert folder.opportunities["CLINIC"]["what_to_bring"] == "A notebook"


def test_a_site_of_nobody_stands_for_its_employer_and_that_is_said() -> None:
    folder = read_upload(small_folder(opportunities=OPPORTUNITIES.replace(",E2,,", ",,DOCK,")), {}, START)
    assert folder.opportunities["SHOP"]["employer_id"] == "DOCK"
    assert "employer of its own" in folder.warnings[0]
