"""The pages of a round: who may see them, what they show, and what their buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.rounds_support import (
    PREFERENCES,
    STUDENTS,
    Place,
    bring_in,
    make_place,
    small_folder,
    solve,
    stage,
)
from wbl.accounts.permissions import Permission
from wbl.audit.models import AuditEvent, Reason
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student
from wbl.placements.models import Publication
from wbl.placements.publishing import publish
from wbl.rounds import services
from wbl.rounds.models import Limit, Pin, Proposal, Round, RunState, SolveRun, Unplaced

Browser = Callable[..., FlaskClient]


@pytest.fixture
def place(app: Flask) -> Place:
    return make_place()


@pytest.fixture
def solved(place: Place) -> Place:
    bring_in(place, small_folder())
    solve(place)
    return place


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def submission_of(place: Place, external_id: str) -> int:
    from wbl.interests.models import Submission

    found = db.session.scalar(
        select(Submission.id)
        .join(Student)
        .where(Student.external_id == external_id, Submission.round_id == place.round_id)
    )
    assert found is not None
    return found


def offering_of(place: Place, external_id: str) -> int:
    found = db.session.scalar(
        select(Offering.id)
        .join(Opportunity)
        .where(Opportunity.external_id == external_id, Offering.round_id == place.round_id)
    )
    assert found is not None
    return found


def test_another_districts_coordinator_finds_nothing(
    app: Flask, client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    """Every address of rounds with an identifier, with identifiers that exist."""
    stranger = make_place()
    import_id = stage(solved, small_folder())
    with transaction():
        pin = services.add_pin(
            solved.actor,
            solved.round_id,
            submission_of(solved, "S1"),
            offering_of(solved, "SHOP"),
            decision="forbid",
            reason="For this test",
        )
        publication = publish(solved.actor, db.session.scalars(select(SolveRun.id)).one())
        # A row of its own: no service adds one to a round that is published, and before it stales the run.
        limit = Limit(round_id=solved.round_id, scope="kind", name="internship", high=9)
        db.session.add(limit)
        db.session.flush()
        ids = {
            "round_id": solved.round_id,
            "number": 1,
            "import_id": import_id,
            "submission_id": pin.submission_id,
            "student_id": pin.submission.student_id,
            "pin_id": pin.id,
            "publication_id": publication.id,
            "limit_id": limit.id,
            "gap": "birth",
            "kind": "paper",
        }
    sign_in(stranger.user)
    asked = 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("rounds.") or not rule.arguments:
            continue
        if app.view_functions[rule.endpoint].permission is Permission.SEALED_READ:  # type: ignore[attr-defined]
            continue  # a right of its own, which this coordinator has nowhere: see test_sealed.py
        address = rule.build({name: ids[name] for name in rule.arguments}, append_unknown=False)
        assert address is not None
        for method in ("GET", "POST"):
            if method in rule.methods:
                answer = client.open(address[1], method=method)
                assert answer.status_code == 404, (method, rule.rule)
                asked += 1
    assert asked > 25
    assert db.session.scalars(select(Publication)).one().withdrawn_at is None


def test_a_round_is_made_with_words_and_weights(client: FlaskClient, sign_in: Browser, place: Place) -> None:
    sign_in(place.user)
    page = text_of(client, "/rounds/new")
    assert "Place as many students as possible" in page
    assert "How high the student ranked it" in page
    data = {
        "district": place.district.id,
        "name": "Summer",
        "starts_on": "2027-06-07",
        "ends_on": "2027-08-13",
        "order": "priority_first",
        "preference": "60",
        "interest": "20",
        "travel": "20",
        "growth": "0",
        "unranked": "never",
    }
    assert client.post("/rounds/new", data={**data, "ends_on": "2027-06-01"}).status_code == 422
    assert client.post("/rounds/new", data={**data, "name": " "}).status_code == 422
    nothing = dict.fromkeys(("preference", "interest", "travel", "growth"), "0")
    answer = client.post("/rounds/new", data={**data, **nothing})
    assert "All weights are zero" in answer.get_data(as_text=True)
    assert client.post("/rounds/new", data=data).status_code == 302
    made = db.session.scalars(select(Round).where(Round.name == "Summer")).one()
    assert made.policy["objective"]["goals"] == ["priority", "placed", "floors", "utility"]
    assert made.policy["pairs"] == {"unranked": "never"}
    stranger = make_place()
    assert client.post("/rounds/new", data={**data, "district": stranger.district.id}).status_code == 422


def test_a_change_keeps_what_the_form_does_not_show(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    policy = '[objective]\ngoals = ["utility"]\n[travel]\ncircuity = 1.5\n'
    bring_in(place, small_folder(**{"policy.toml": policy}))
    sign_in(place.user)
    address = f"/rounds/{place.round_id}/edit"
    assert "As the imported policy says" in text_of(client, address)
    data = {
        "district": place.district.id,
        "name": "Renamed",
        "starts_on": "2027-01-11",
        "ends_on": "2027-05-28",
        "order": "as_imported",
        "preference": "40",
        "interest": "25",
        "travel": "20",
        "growth": "15",
        "unranked": "always",
    }
    assert client.post(address, data=data).status_code == 302
    assert place.round.policy["travel"] == {"circuity": 1.5}
    assert place.round.policy["objective"] == {"goals": ["utility"]}
    assert place.round.name == "Renamed"


def test_faults_are_listed_by_file_line_and_column_and_nothing_is_saved(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    import io

    sign_in(place.user)
    bad = small_folder(preferences=PREFERENCES + "S1,NOWHERE,1,\n")
    files = [(io.BytesIO(data), name) for name, data in bad.items()]
    answer = client.post(
        f"/rounds/{place.round_id}/import", data={"files": files}, content_type="multipart/form-data"
    )
    page = text_of(client, answer.location)
    assert "cannot be imported yet" in page
    assert "preferences.csv" in page and "opportunity_id" in page and "NOWHERE" in page
    assert client.post(f"{answer.location}/confirm").status_code == 409
    assert db.session.scalars(select(Student)).all() == []


def test_a_bad_upload_is_said_beside_the_field(client: FlaskClient, sign_in: Browser, place: Place) -> None:
    import io

    sign_in(place.user)
    answer = client.post(
        f"/rounds/{place.round_id}/import",
        data={"files": (io.BytesIO(b"what"), "round.zip")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "not a zip file" in answer.get_data(as_text=True)


def test_filters_and_sorting_of_the_review(client: FlaskClient, sign_in: Browser, place: Place) -> None:
    bring_in(place, demo_round())
    run = solve(place)
    sign_in(place.user)
    pairs = db.session.scalars(select(Proposal).where(Proposal.run_id == run.id)).all()
    one = pairs[0]
    student, posting = one.submission.student, one.offering.opportunity
    address = f"/rounds/{place.round_id}/runs/1"

    def shown(query: str) -> int:
        found = re.search(r'filter-count" role="status">(\d+)', client.get(address + query).text)
        assert found is not None
        return int(found[1])

    assert shown("") == len(pairs)
    assert shown(f"?q={student.family_name}+{posting.title.split()[0]}") >= 1
    assert shown("?q=%25") == 0  # a percent sign is a percent sign
    assert shown("?rank=1") == sum(pair.rank == 1 for pair in pairs)
    assert shown("?rank=3") == sum(pair.rank is not None and pair.rank <= 3 for pair in pairs)
    assert shown("?rank=unranked") == sum(pair.rank is None for pair in pairs)
    assert shown("?condition=any") == sum(bool(pair.conditions) for pair in pairs)
    assert shown("?condition=none") == sum(not pair.conditions for pair in pairs)
    code = next(code for pair in pairs for code in pair.conditions)
    assert shown(f"?condition={code}") == sum(code in pair.conditions for pair in pairs)
    school = student.school_id
    assert shown(f"?school={school}") == sum(pair.submission.student.school_id == school for pair in pairs)
    pinned = select(Pin.submission_id).where(Pin.decision == "require", Pin.removed_at.is_(None))
    assert shown("?pinned=require") == len(set(db.session.scalars(pinned)))
    rows = re.findall(r'<span class="cell-label"[^>]*>Minutes</span><div>(\d+|–)', client.get(
        address + "?sort=minutes&direction=asc").text)  # fmt: skip
    minutes = [int(row) for row in rows if row != "–"]
    assert minutes == sorted(minutes) and len(minutes) > 20
    assert len(rows) == 50
    assert "51 to 100" in text_of(client, address + "?page=2")


def test_lists_take_the_same_queries_for_more_rows(
    client: FlaskClient,
    sign_in: Browser,
    solved: Place,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    big = make_place()
    bring_in(big, demo_round())
    solve(big)
    solve(big)
    solve(solved)
    used = {}
    for place in (solved, big):
        sign_in(place.user)
        for page in ("/runs/1", "/runs/1/unplaced", "/pins", "/compare", "", "/runs/1/publish"):
            with count_queries() as queries:
                assert client.get(f"/rounds/{place.round_id}{page}").status_code == 200
            used.setdefault(page, []).append(len(queries))
        client.post("/sign-out")
    assert all(few == many for few, many in used.values()), used
    assert max(few for few, _many in used.values()) <= 36, used


def test_every_student_of_the_demo_has_a_page(client: FlaskClient, sign_in: Browser, place: Place) -> None:
    bring_in(place, demo_round())
    run = solve(place)
    sign_in(place.user)
    base = f"/rounds/{place.round_id}/runs/{run.number}/students"
    placed = db.session.scalars(select(Proposal).where(Proposal.run_id == run.id).limit(3)).all()
    for pair in placed:
        page = text_of(client, f"{base}/{pair.submission_id}")
        assert pair.offering.opportunity.title in page
        assert "What the pair is worth" in page
    for item in db.session.scalars(select(Unplaced).where(Unplaced.run_id == run.id)):
        assert "Not placed in this run." in text_of(client, f"{base}/{item.submission_id}")


def test_what_a_student_refused_stays_with_them(client: FlaskClient, sign_in: Browser, place: Place) -> None:
    refusals = "student_id,opportunity_id\nS1,CLINIC\nS1,SHOP\n"
    bring_in(place, small_folder(refusals=refusals))
    run = solve(place)
    sign_in(place.user)
    submission = submission_of(place, "S1")
    page = text_of(client, f"/rounds/{place.round_id}/runs/{run.number}/students/{submission}")
    page += text_of(client, f"/rounds/{place.round_id}/runs/{run.number}/unplaced")
    address = f"/rounds/{place.round_id}/students/{submission}/pin"
    data = {"decision": "require", "offering": offering_of(place, "CLINIC"), "reason": "Because"}
    answer = client.post(address, data=data)
    assert answer.status_code == 422
    page += answer.get_data(as_text=True)
    assert "refuse" not in page.lower() and "said no" not in page and "would not" not in page


def test_a_pair_is_required_with_a_reason_and_holds_in_the_next_run(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    submission, shop = submission_of(solved, "S1"), offering_of(solved, "SHOP")
    address = f"/rounds/{solved.round_id}/students/{submission}/pin"
    data = {"decision": "require", "offering": shop, "reason": "Agreed in October", "back": "1"}
    assert client.post(address, data={**data, "reason": "x"}).status_code == 422
    assert client.post(address, data={**data, "decision": ""}).status_code == 422
    answer = client.post(address, data=data)
    assert answer.location == f"/rounds/{solved.round_id}/runs/1/students/{submission}"
    assert client.post(address, data=data).status_code == 422  # it stands already
    assert "Agreed in October" in text_of(client, f"/rounds/{solved.round_id}/pins")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "pin.require")).one()
    assert db.session.get_one(Reason, event.reason_id).text == "Agreed in October"
    assert "October" not in str(event.details)
    run = solve(solved)
    assert db.session.get(Proposal, (run.id, submission, shop)) is not None
    pin = db.session.scalars(select(Pin)).one()
    assert client.post(f"/rounds/{solved.round_id}/pins/{pin.id}/remove").status_code == 302
    assert client.post(f"/rounds/{solved.round_id}/pins/{pin.id}/remove").status_code == 404
    assert "Nothing is decided by hand" in text_of(client, f"/rounds/{solved.round_id}/pins")


def test_what_may_not_be_cannot_be_required_and_the_rule_is_named(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, demo_round())
    sign_in(place.user)
    young = db.session.scalar(
        select(Student.external_id).where(Student.grade == 8, Student.district_id == place.district.id)
    )
    roofing = offering_of(place, "roofing-helper")
    answer = client.post(
        f"/rounds/{place.round_id}/students/{submission_of(place, str(young))}/pin",
        data={"decision": "require", "offering": roofing, "reason": "They asked for it"},
    )
    assert answer.status_code == 422
    assert "29 CFR 570" in answer.get_data(as_text=True)
    assert (
        db.session.scalars(select(Pin).where(Pin.offering_id == roofing, Pin.decision == "require")).all()
        == []
    )


def test_what_is_possible_for_a_student_is_listed_with_its_seats(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, small_folder(students=STUDENTS.replace("30.111149,-90.111151", "30.121,-90.651")))
    solve(place)
    sign_in(place.user)
    run = db.session.scalars(select(SolveRun)).one()
    unplaced = db.session.scalars(select(Unplaced).where(Unplaced.run_id == run.id)).one()
    address = f"/rounds/{place.round_id}/runs/1/students/{unplaced.submission_id}"
    page = text_of(client, address)
    possible = page[page.index("What is possible") :]
    assert "Clinic aide" in possible and "Shop helper" in possible
    assert possible.count("1 of 1") == 2
    shop = offering_of(place, "SHOP")
    pin = f"/rounds/{place.round_id}/students/{unplaced.submission_id}/pin"
    assert f"{pin}?run=1&amp;decision=require&amp;offering={shop}" in client.get(address).text
    assert "Decided by hand" not in page
    with make.made():
        db.session.get_one(Offering, shop).min_grade = "13"
    assert f"offering={shop}" not in client.get(address).text  # no button that the form would refuse
    with make.made():
        db.session.get_one(Offering, shop).min_grade = ""
    data = {"decision": "require", "offering": shop, "reason": "A promise of last year", "back": "1"}
    assert client.post(pin, data=data).headers["Location"].endswith(address)
    page = text_of(client, address)
    assert "required" in page[page.index("Decided by hand") : page.index("What is possible")]
    assert "A promise of last year" in page


def test_the_menu_of_a_pin_says_what_is_possible_and_what_not(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    with make.made():
        db.session.get_one(Offering, offering_of(solved, "SHOP")).min_grade = "12"
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/students/{submission_of(solved, 'S1')}/pin"
    page = client.get(address).text
    menu = page[page.index("<select") : page.index("</select>")]
    first, possible, impossible = menu.split("<optgroup")
    assert ">Choose one</option>" in first and 'value=""' in first
    assert 'label="Possible"' in possible and "Clinic aide" in possible
    assert 'label="Not possible"' in impossible and "Shop helper" in impossible
    assert "Grade too low" in impossible
    answer = client.post(address, data={"decision": "forbid", "offering": "", "reason": "Not this one"})
    assert answer.status_code == 422 and "Choose an opportunity." in answer.text
    assert db.session.scalars(select(Pin)).all() == []


def test_a_student_whose_seat_was_required_reads_that(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    ana = submission_of(solved, "S1")
    page = text_of(client, f"/rounds/{solved.round_id}/runs/1/students/{ana}")
    assert "Your school decided" not in page
    with transaction():
        services.add_pin(
            solved.actor,
            solved.round_id,
            ana,
            offering_of(solved, "SHOP"),
            decision="require",
            reason="Her uncle",
        )
    solve(solved)
    page = text_of(client, f"/rounds/{solved.round_id}/runs/2/students/{ana}")
    assert "Your school decided on this place." in page
    assert "Your school decided on another place for you." in page  # of the clinic, which she liked better
    assert "All of its seats went to other students." not in page


def test_a_run_that_is_out_of_date_says_so_and_names_the_newer_one(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    first, second = (f"/rounds/{solved.round_id}/runs/{number}" for number in (1, 2))
    assert "Publish 2 placements" in text_of(client, first)
    bring_in(solved, small_folder(students=STUDENTS.replace("S1,NORTH,11", "S1,NORTH,12")))
    page = text_of(client, first)
    assert "This run can no longer be published." in page and "Publish 2 placements" not in page
    assert "is newer" not in page
    solve(solved)
    page = text_of(client, first)
    assert "Run 2 is newer." in page and f'href="{second}"' in client.get(first).text
    assert "Publish 2 placements" in text_of(client, second)


def test_an_older_run_of_the_same_data_may_still_be_published(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    solve(solved)
    sign_in(solved.user)
    assert "Publish 2 placements" in text_of(client, f"/rounds/{solved.round_id}/runs/1")


def test_the_column_of_interests_is_called_that(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    """It is one of four parts of the fit, which the meter beside it shows."""
    sign_in(solved.user)
    page = client.get(f"/rounds/{solved.round_id}/runs/1").text
    # A head that sorts says its label a second time, for phones: one of the two is always hidden.
    thead = re.sub(
        r'<span class="stacked-head">.*?</span>', "", page[page.index("<thead") : page.index("</thead>")]
    )
    head = " ".join(re.sub(r"<[^>]+>", " ", thead).split())
    assert head == "Tick Student Opportunity Choice Minutes Interests Why"


def test_the_pages_of_an_import_mark_their_stage(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    staged = stage(solved, small_folder())
    for address in ("import", f"imports/{staged}"):
        page = client.get(f"/rounds/{solved.round_id}/{address}").text
        assert re.search(r'aria-current="step">\s*<a[^>]*>Prepare<', page), address


def test_a_name_among_the_pairs_decided_by_hand_leads_to_the_student(
    client: FlaskClient, sign_in: Browser, place: Place
) -> None:
    bring_in(place, small_folder(pins="student_id,opportunity_id,decision,reason\nS1,SHOP,forbid,Too loud\n"))
    sign_in(place.user)
    ana = db.session.scalars(select(Student).where(Student.external_id == "S1")).one()
    pins = f"/rounds/{place.round_id}/pins"
    assert f'<a href="/students/{ana.id}">Ana Castillo</a>' in client.get(pins).text
    solve(place)
    here = f"/rounds/{place.round_id}/runs/1/students/{submission_of(place, 'S1')}"
    assert f'<a href="{here}">Ana Castillo</a>' in client.get(pins).text


def test_more_students_than_seats_cannot_be_required(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    shop = offering_of(solved, "SHOP")
    answers = [
        client.post(
            f"/rounds/{solved.round_id}/students/{submission_of(solved, name)}/pin",
            data={"decision": "require", "offering": shop, "reason": "Because of that"},
        )
        for name in ("S1", "S3")
    ]
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "All 1 seats" in answers[1].get_data(as_text=True)


def test_two_runs_side_by_side(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/compare"
    assert "There is only one run" in text_of(client, address)
    with transaction():
        services.add_pin(
            solved.actor,
            solved.round_id,
            submission_of(solved, "S1"),
            offering_of(solved, "CLINIC"),
            decision="forbid",
            reason="To see what changes",
        )
    solve(solved)
    page = text_of(client, address)
    assert "Ana Castillo" in page and "Clinic aide" in page and "Shop helper" in page
    assert "Ana Castillo" not in text_of(client, f"{address}?kind=placed&before=1&after=2")
    same = text_of(client, f"{address}?before=1&after=1")
    assert "Nobody: both runs place everybody the same." in same
    assert client.get(f"{address}?before=7&after=1").status_code == 404


def test_publish_once_and_withdraw_with_a_reason(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    solve(solved)
    sign_in(solved.user)
    address = f"/rounds/{solved.round_id}/runs/1/publish"
    page = text_of(client, address)
    assert "2 placements" in page and "1 letter held back" in page  # S3 has nobody
    assert client.post(address).status_code == 302
    assert "Run 1 is published" in text_of(client, f"/rounds/{solved.round_id}")
    second = client.post(f"/rounds/{solved.round_id}/runs/2/publish")
    assert second.status_code == 409
    assert "has already published run 1" in second.get_data(as_text=True)
    publication = db.session.scalars(select(Publication)).one()
    withdraw = f"/rounds/{solved.round_id}/publications/{publication.id}/withdraw"
    assert client.post(withdraw, data={"reason": ""}).status_code == 422
    assert client.post(withdraw, data={"reason": "Two seats fell away"}).status_code == 302
    assert client.post(withdraw, data={"reason": "Again"}).status_code == 404
    assert "Two seats fell away" in text_of(client, f"/rounds/{solved.round_id}")
    assert client.post(f"/rounds/{solved.round_id}/runs/2/publish").status_code == 302


def test_a_run_that_works_refreshes_itself_without_javascript(
    client: FlaskClient, sign_in: Browser, solved: Place
) -> None:
    sign_in(solved.user)
    answer = client.post(f"/rounds/{solved.round_id}/runs", data={"method": "stable"})
    assert ">waiting<" not in client.get(answer.location).text  # the script replaces the progress alone
    with transaction():
        run = db.session.scalars(select(SolveRun).where(SolveRun.number == 2)).one()
        run.state = RunState.RUNNING
        run.method = "auto"
        run.progress = {"phase": "solve", "goals": {"placed": [2, 2]}, "seconds": 1.5}
    page = client.get(answer.location).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'data-refresh="' in page
    assert "Matching" in page and "2, no more than 2 possible." in page
    assert client.post(f"{answer.location}/stop").status_code == 302
    assert "Stopping" in client.get(answer.location).get_data(as_text=True)
    assert client.post(f"/rounds/{solved.round_id}/runs", data={"method": "auto"}).status_code == 409


def test_a_failed_run_says_why(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    sign_in(solved.user)
    errors = {
        "infeasible": ({"message": "too many"}, "cannot all hold"),
        "not_supported": ({"message": "not yet"}, "not yet"),
        "not_verified": ({"violations": ["a lie"], "count": 1}, "did not pass its check"),
        "given_up": ({"attempts": 3}, "ended 3 times"),
        "broken": ({}, "The run broke"),
    }
    with transaction():
        run = db.session.scalars(select(SolveRun)).one()
        run.state = RunState.FAILED
    for kind, (more, says) in errors.items():
        with transaction():
            db.session.scalars(select(SolveRun)).one().error = {"kind": kind, **more}
        assert says in text_of(client, f"/rounds/{solved.round_id}/runs/1")
    assert client.get(f"/rounds/{solved.round_id}/runs/1/goals").status_code == 404


def test_pages_in_spanish(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    with make.made():
        solved.user.locale = "es"
    sign_in(solved.user)
    for page in ("", "/runs/1", "/runs/1/goals", "/runs/1/unplaced", "/edit", "/import"):
        assert client.get(f"/rounds/{solved.round_id}{page}").status_code == 200
