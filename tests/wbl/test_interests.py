"""A student's own interests: the activities, what comes of them, and where they go."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from matching.congruence import congruence
from matching.problem import RIASEC
from tests import factories as make
from wbl import clock
from wbl.accounts.models import User
from wbl.clusters import CLUSTERS
from wbl.db import db
from wbl.interests import onet, services
from wbl.interests.activities import activities, cell_of, scores_of
from wbl.interests.models import InterestProfile, Occupation, Submission
from wbl.interests.occupations import BEYOND, SHOWN, fitting, own_table
from wbl.interests.words import how_it_moved, how_sure, strongest
from wbl.people.models import Student

LIKES = {"S": 4, "I": 3, "A": 2, "R": 1, "E": 1, "C": 0}


@pytest.fixture
def pupil(app: Flask) -> tuple[Student, User]:
    with make.made():
        student = make.make_student(make.make_district())
        return student, make.make_student_user(student)


def answer_all(browser: FlaskClient, likes: dict[str, int]) -> None:
    address = browser.post("/my-interests/begin").headers["Location"]
    while "/activities/" in address:
        item = activities()[int(address.rpartition("/")[2]) - 1]
        address = browser.post(address, data={"answer": str(likes[item.letter])}).headers["Location"]


# ---- our own tables ---------------------------------------------------------------------------------


def test_five_activities_a_letter_and_no_two_of_a_letter_in_a_row() -> None:
    letters = [item.letter for item in activities()]
    assert Counter(letters) == dict.fromkeys(RIASEC, 5)
    assert all(one != other for one, other in pairwise(letters))
    assert len({item.code for item in activities()}) == 30
    assert all(item.said("es") and item.said("es") != item.said("en") for item in activities())


def test_a_letter_scores_from_0_to_40() -> None:
    assert scores_of({item.code: 4 for item in activities()}) == [40] * 6
    assert scores_of({item.code: LIKES[item.letter] for item in activities()}) == [10, 30, 20, 40, 10, 0]
    assert cell_of([12, 12, 12, 12, 12, 12]) == ""


def test_the_table_of_occupations_is_whole() -> None:
    works = own_table()
    assert len(works) >= 200
    assert len({work.soc_code for work in works}) == len(works)
    for work in works:
        assert work.title and work.title_es and work.cluster in CLUSTERS, work
        assert len(set(work.riasec)) == 3 and set(work.riasec) <= set(RIASEC), work


def test_our_letters_are_those_of_onet(shared_data: Path) -> None:
    """Three highest scores, ties in any order."""
    scores = {entry.soc_code: entry.riasec for entry in onet.read(shared_data / "onet-29.3")}
    for work in own_table():
        six = dict(zip(RIASEC, map(float, scores[f"{work.soc_code}.00"].split(";")), strict=True))
        assert sorted((six[letter] for letter in work.riasec), reverse=True) == sorted(six.values())[:2:-1], (
            work
        )


def test_what_fits_is_measured_as_a_match_measures_it(app: Flask) -> None:
    cell = cell_of([10, 30, 20, 40, 10, 0])
    found = fitting(cell)
    assert len(found.near) == SHOWN and len(found.beyond) == BEYOND and len(found.clusters) == 3
    assert found.near[0].fit == pytest.approx(congruence(cell, [found.near[0].riasec])[0])
    assert not {work.soc_code for work in found.near} & {work.soc_code for work in found.beyond}
    assert max(Counter(work.cluster for work in found.near).values()) <= 3


def test_how_sure_and_how_it_moved_in_words(app: Flask) -> None:
    with app.test_request_context():
        assert [how_sure([20, 20, 20, 20, 20, top])[0] for top in (20, 24, 32, 40)] == [
            "wide open",
            "still open",
            "fairly clear",
            "clear",
        ]
        assert how_it_moved([10, 30, 20, 40, 10, 0], [20, 20, 20, 38, 10, 0]) == (
            "Stronger than last time: Finding out. Weaker: Building."
        )
        assert how_it_moved([10] * 6, [10] * 6) == "Your interests are much the same as last time."
    assert strongest([10, 30, 20, 40, 10, 30]) == "SIC"


# ---- the pages --------------------------------------------------------------------------------------


def test_each_answer_is_kept_at_once_and_the_last_shows_the_result(
    pupil: tuple[Student, User], sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(pupil[1])
    assert "Thirty short activities" in browser.get("/my-interests/").text
    first = browser.post("/my-interests/begin")
    assert first.headers["Location"].endswith("/activities/1")
    assert browser.post("/my-interests/activities/1", data={}).status_code == 422
    assert browser.post("/my-interests/activities/1", data={"answer": "7"}).status_code == 422
    browser.post("/my-interests/activities/1", data={"answer": "4"})
    kept = db.session.scalars(select(InterestProfile)).one()
    assert kept.answers == {"bike": 4} and kept.scores is None
    # Somebody who comes back goes on where they stopped, and may go back to change one.
    assert "Go on: 1 of 30" in browser.get("/my-interests/").text
    assert browser.post("/my-interests/begin").headers["Location"].endswith("/activities/2")
    assert 'checked id="answer-0"' in browser.get("/my-interests/activities/1").text
    answer_all(browser, LIKES)
    page = browser.get("/my-interests/").text
    assert "You like helping, finding out, and" in page and "<desc" in page
    profile = db.session.scalars(select(InterestProfile).execution_options(populate_existing=True)).one()
    # The first answer was kept: 4 where the others of its letter have 1.
    assert profile.scores == [16, 30, 20, 40, 10, 0] and profile.done_at is not None


def test_six_equal_scores_name_no_strongest(
    pupil: tuple[Student, User], sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(pupil[1])
    answer_all(browser, dict.fromkeys("RIASEC", 2))
    page = browser.get("/my-interests/").text
    assert "Everything is open" in page and "What the six letters mean" in page
    assert "Your three strongest" not in page and "come closest" not in page


def test_again_shows_how_it_moved_and_a_time_can_be_deleted(
    pupil: tuple[Student, User], sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(pupil[1])
    answer_all(browser, LIKES)
    scores = {"instrument": "School survey", "highest": "10", **dict(zip("riasec", "953210", strict=True))}
    assert browser.post("/my-interests/scores", data={**scores, "r": "11"}).status_code == 422
    assert browser.post("/my-interests/scores", data=scores).status_code == 302
    page = browser.get("/my-interests/").text
    assert (
        "Stronger than last time: Building." in page.replace(" Weaker: Helping, and", "")
        or "Building" in page
    )
    assert "hexagon-earlier" in page and "School survey" in page
    # Building, the strongest now, is a line from its score of the first time to that of this one.
    once, again = db.session.scalars(select(InterestProfile).order_by(InterestProfile.id)).all()
    assert once.scores and again.scores and once.scores[0] != again.scores[0]
    heights = [round(250 - 230 * profile.scores[0] / 40, 1) for profile in (once, again)]
    assert "How it moved" in page and f"M40.0 {heights[0]}L560.0 {heights[1]}" in page
    newest = db.session.scalars(select(InterestProfile).order_by(InterestProfile.id.desc())).first()
    assert newest is not None and newest.scores == [36, 20, 12, 8, 4, 0]
    with make.made():
        other = make.make_student_user(make.make_student(make.make_district()))
    stranger = sign_in(other, browser.application.test_client())
    assert stranger.post(f"/my-interests/profiles/{newest.id}/delete").status_code == 404
    assert browser.post(f"/my-interests/profiles/{newest.id}/delete").status_code == 302
    page = browser.get("/my-interests/").text
    assert "School survey" not in page and "How it moved" not in page
    assert db.session.scalar(select(func.count(InterestProfile.id))) == 1


def test_jobs_are_found_by_word_and_field(
    pupil: tuple[Student, User], sign_in: Callable[..., FlaskClient], count_queries: Callable[[], object]
) -> None:
    browser = sign_in(pupil[1])
    with count_queries() as statements:  # type: ignore[attr-defined]
        page = browser.get("/my-interests/jobs?q=nurse").text
    assert len(statements) < 12
    assert "Registered nurse" in page and "Welder" not in page
    assert "No job fits" in browser.get("/my-interests/jobs?q=zzz").text
    browser.post("/language", data={"language": "es", "next": "/"})
    assert "Soldador" in browser.get("/my-interests/jobs?q=soldador&cluster=Advanced+Manufacturing").text


# ---- rounds follow ----------------------------------------------------------------------------------


def test_a_collecting_round_follows_the_newest_profile_and_a_closed_one_stays(
    pupil: tuple[Student, User],
) -> None:
    student, user = pupil
    actor = make.actor(user)
    now = clock.now()
    with make.made():
        cells = {}
        for name, closes in (("open", now + timedelta(days=2)), ("closed", now - timedelta(days=1))):
            district = student.district_id
            placement_round = make.make_round(
                db.session.get_one(make.District, district),
                opens_at=now - timedelta(days=9),
                closes_at=closes,
            )
            entry = Submission(
                round_id=placement_round.id, student_id=student.id, pseudonym=f"P{name}", riasec="REC"
            )
            db.session.add(entry)
            cells[name] = entry
        services.enter_scores(actor, "another", 40, [10, 30, 20, 40, 10, 0])
    assert {entry.pseudonym: entry.riasec for entry in db.session.scalars(select(Submission))} == {
        "Popen": "10;30;20;40;10;0",
        "Pclosed": "REC",
    }


# ---- O*NET's own files --------------------------------------------------------------------------------

ROWS = [
    ("O*NET-SOC Code", "Title", "Element Name", "Scale ID", "Data Value"),
    *(("29-1141.00", "Registered Nurses", name, "OI", 2.5) for name in ("Realistic", "Investigative")),
    *(("29-1141.00", "Registered Nurses", name, "OI", 7) for name in ("Artistic", "Social")),
    *(("29-1141.00", "Registered Nurses", name, "OI", 1) for name in ("Enterprising", "Conventional")),
    *(("53-9999.00", "Rocket Drivers", name, "OI", 4) for name in ("Realistic", "Investigative", "Artistic")),
    *(("53-9999.00", "Rocket Drivers", name, "OI", 1) for name in ("Social", "Enterprising", "Conventional")),
    ("53-9999.00", "Rocket Drivers", "First Interest High-Point", "IH", 1),
]


def onet_folder(folder: Path, *, text: bool) -> Path:
    if text:
        out = io.StringIO()
        csv.writer(out, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n").writerows(ROWS)
        (folder / "Interests.txt").write_text(out.getvalue())
    else:
        with xlsxwriter.Workbook(folder / "Interests.xlsx") as book:
            sheet = book.add_worksheet()
            for at, row in enumerate(ROWS):
                sheet.write_row(at, 0, row)
    return folder


@pytest.mark.parametrize("text", [True, False])
def test_onet_is_imported_from_its_own_files_again_and_again(app: Flask, tmp_path: Path, text: bool) -> None:
    folder = onet_folder(tmp_path, text=text)
    for _time in (1, 2):
        done = app.test_cli_runner().invoke(args=["interests", "import-onet", str(folder)])
        assert done.exit_code == 0, done.output
    found = {entry.soc_code: entry for entry in db.session.scalars(select(Occupation))}
    assert sorted(found) == ["29-1141.00", "53-9999.00"]
    assert found["29-1141.00"].riasec == "10;10;40;40;0;0"
    assert found["53-9999.00"].cluster == "Supply Chain & Transportation"
    titles = {work.title for work in fitting("10;10;40;40;0;0").near}
    assert "Registered nurse" in titles  # our title, with the imported scores


def test_a_folder_that_is_not_onets_is_refused(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    assert "neither Interests.txt" in runner.invoke(args=["interests", "import-onet", str(tmp_path)]).output
    (tmp_path / "Interests.xlsx").write_bytes(b"no spreadsheet")
    assert (
        "is not as O*NET writes it" in runner.invoke(args=["interests", "import-onet", str(tmp_path)]).output
    )
