"""Faults of an uploaded folder: all of them, each at its file, line and column."""

from __future__ import annotations

from datetime import date

import pytest

from matching.files import RoundFaults
from tests.wbl.rounds_support import GUARDIANS, OPPORTUNITIES, PEOPLE, SCHOOLS, SITES, STUDENTS, small_folder
from wbl.rounds.folder import read_upload
from wbl.rounds.preview import faults_preview

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
        ({"people": PEOPLE + "S9,No,Body,,,,\n"}, "people.csv", 4, "student_id", "has the student_id"),
        ({"people": PEOPLE + "S1,Ana,Again,,,,\n"}, "people.csv", 4, "student_id", "line 2 already"),
        ({"people": PEOPLE + ",No,Key,,,,\n"}, "people.csv", 4, "student_id", "empty"),
        ({"people": PEOPLE.replace("ana@pupils.example", "ana")}, "people.csv", 2, "email", "e-mail"),
        ({"people": PEOPLE.replace(",es\n", ",español!\n")}, "people.csv", 2, "language", "language tag"),
        ({"people": PEOPLE.replace("Castillo", "C" * 101)}, "people.csv", 2, "family_name", "at most 100"),
        ({"people": "given_name\nAna\n"}, "people.csv", 1, "student_id", "missing"),
        ({"guardians": GUARDIANS.replace("yes,yes", "y,yes", 1)}, "guardians.csv", 2, "may_sign", "yes nor"),
        ({"guardians": GUARDIANS + "S3,,,,,,,\n"}, "guardians.csv", 5, "name", "empty"),
        ({"guardians": GUARDIANS + "S8,Eva,,,,,,\n"}, "guardians.csv", 5, "student_id", "has the student_id"),
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


def test_faults_that_one_remedy_mends_are_one() -> None:
    """A file in a wrong encoding is one thing to fix, whatever else is wrong besides."""
    files = small_folder(preferences="student_id,opportunity_id,rank\nS1,NOWHERE,1\nS2,NOWHERE,1\n")
    files["people.csv"] = PEOPLE.replace("Castillo", "Peña").replace("Ochoa", "Núñez").encode("latin-1")
    with pytest.raises(RoundFaults) as found:
        read_upload(files, {}, START)
    preview = faults_preview(found.value.faults, files)
    told = [(fault["file"], fault["line"], fault["more"]) for fault in preview["faults"]]
    assert ("people.csv", 2, 1) in told and ("preferences.csv", 2, 1) in told
    assert preview["fault_count"] == len(told)


def test_words_of_an_opportunity_are_no_unknown_columns() -> None:
    folder = read_upload(small_folder(), {}, START)
    assert folder.warnings == []
    assert folder.opportunities["CLINIC"]["what_to_bring"] == "A notebook"


def test_a_site_of_nobody_stands_for_its_employer_and_that_is_said() -> None:
    folder = read_upload(small_folder(opportunities=OPPORTUNITIES.replace(",E2,,", ",,DOCK,")), {}, START)
    assert folder.opportunities["SHOP"]["employer_id"] == "DOCK"
    assert "employer of its own" in folder.warnings[0]


def test_a_good_folder_raises_no_doubt() -> None:
    assert read_upload(small_folder(), {}, START).warnings == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"students": STUDENTS.replace("2010-03-04", "1910-03-04")},
         ["students.csv: 1 birth date gives an age under 10 or over 22 on the first day (line 2)"]),
        ({"students": STUDENTS.replace("2010-03-04", "2017-01-12").replace("2009-05-06", "2004-01-11")},
         ["2 birth dates give an age under 10 or over 22 on the first day (lines 2, 3)"]),
        ({"opportunities": OPPORTUNITIES.replace(",E1-A,", ",E1-B,")},
         ["opportunities.csv: 1 opportunity names a site_id that is not in sites.csv (line 2)"]),
        ({"students": STUDENTS.replace("quiet_space;large_print", "quiet_space;wheelchare")},
         ["needs holds “wheelchare”, which has no name here (line 2)", "large_print", "wheelchair"]),
        ({"pins": "student_id,opportunity_id,decision\nS1,SHOP,forbid\nS2,SHOP,forbid\n"},
         ["pins.csv: 2 decisions have no reason (lines 2, 3)"]),
        ({"people": "student_id,family_name\nS1,Castillo\n"}, ["people.csv has no column given_name"]),
        ({"people": "student_id,given_name\nS1,Ana\n"}, ["people.csv has no column family_name"]),
        ({"people": "student_id,email\nS1,ana@pupils.example\n"},
         ["no columns given_name and family_name: letters will show the identifier"]),
    ],
)  # fmt: skip
def test_a_likely_mistake_is_a_warning(changes: dict[str, str], says: list[str]) -> None:
    warnings = " ".join(read_upload(small_folder(**changes), {}, START).warnings)
    for part in says:
        assert part in warnings


def test_what_is_no_mistake_raises_no_doubt() -> None:
    edges = STUDENTS.replace("2010-03-04", "2017-01-11").replace("2009-05-06", "2004-01-12")
    changes = {
        "students": edges,  # 10 years on the first day, and 22 until the day after
        "opportunities": OPPORTUNITIES.replace(",E1-A,", ",E1-B,"),
        "sites": None,  # no file says which sites there are
        "people": "student_id,preferred_name,family_name\nS1,Ana,Castillo\n",
        "pins": "student_id,opportunity_id,decision,reason\nS1,SHOP,forbid,Too loud\n",
    }
    assert read_upload(small_folder(**changes), {}, START).warnings == []


def test_many_lines_are_cut_short() -> None:
    rows = "".join(f"T{number},,10,1911-01-01,,,,,,car,60,\n" for number in range(7))
    (warning,) = read_upload(small_folder(students=STUDENTS + rows), {}, START).warnings
    assert "7 birth dates" in warning and "lines 5, 6, 7, 8, 9 and more" in warning
