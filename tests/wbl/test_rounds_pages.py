"""The pages of a round: who may see them, what they show, and what their buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories as make
from tests.wbl.rounds_support import (
    PREFERENCES,
    Place,
    bring_in,
    make_place,
    offering_of,
    small_folder,
    solve,
    stage,
    submission_of,
    text_of,
)
from wbl.accounts.permissions import Permission
from wbl.db import db, transaction
from wbl.demo.district import demo_round
from wbl.pagination import PAGE_SIZE
from wbl.people.models import Student
from wbl.placements.models import Publication
from wbl.placements.publishing import publish
from wbl.rounds import services
from wbl.rounds.models import Limit, Pin, Proposal, Round, SolveRun, Unplaced

Browser = Callable[..., FlaskClient]


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
    assert minutes == sorted(minutes) and len(minutes) > 10
    assert len(rows) == PAGE_SIZE
    assert "26 to 50" in text_of(client, address + "?page=2")


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


def test_pages_in_spanish(client: FlaskClient, sign_in: Browser, solved: Place) -> None:
    with make.made():
        solved.user.locale = "es"
    sign_in(solved.user)
    for page in ("", "/runs/1", "/runs/1/goals", "/runs/1/unplaced", "/edit", "/import"):
        assert client.get(f"/rounds/{solved.round_id}{page}").status_code == 200
