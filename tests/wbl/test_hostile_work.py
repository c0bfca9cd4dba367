"""What strangers try at a placement that is under way: hours, growth, reflections, credentials, portfolio."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import AnyConverter, Rule

from tests import factories as make
from tests.wbl.growth_support import given, mentor_rates, student_rates
from tests.wbl.hours_support import FIFTEEN, SUNDAY, TUESDAY, clock_at, make_intern, worked
from tests.wbl.paperwork_support import Chain
from tests.wbl.published import published_again, student_user
from wbl.accounts.models import Role, User
from wbl.agreements.models import Paperwork, PaperworkState, Step
from wbl.credentials import issuing, sharing
from wbl.credentials.models import CredentialLink
from wbl.db import db, transaction
from wbl.growth import evaluating, site
from wbl.growth import links as rating_links
from wbl.growth.models import Moment, RatingLink
from wbl.growth.site import Said
from wbl.hours import entries
from wbl.hours import links as hours_links
from wbl.hours import queries as hours
from wbl.hours.models import HoursLink
from wbl.opportunities.models import Offering, Opportunity
from wbl.people.models import Student, StudentBirth
from wbl.placements import consents
from wbl.placements import queries as placements
from wbl.placements.models import FamilyLink, Placement
from wbl.portfolio import keeping
from wbl.portfolio.models import PortfolioLink
from wbl.reflections import prompting, writing
from wbl.reflections.models import Asked, DealStep, Phase

SignIn = Callable[..., FlaskClient]
FEATURES = ("hours", "growth", "reflections", "credentials", "portfolio", "learning")
PDF = b"%PDF-1.7\n%%EOF"


@dataclass
class Work:
    """Ana's placement with one row of everything that is kept of it; ``ids`` by the name in an address."""

    chain: Chain
    ids: dict[str, Any]


def everything(app: Flask) -> Work:
    intern = make_intern(app, students=FIFTEEN)
    chain = intern.chain
    entry = intern.write(worked(TUESDAY, (15, 15), (18, 45)))
    intern.send()
    placement = chain.published.placement("S1")
    mine, round_id = placement.id, chain.published.place.round_id
    with transaction():
        hours_link = hours_links.make_by_hand(chain.coordinator, mine, "").id
        rating = rating_links.make_by_hand(chain.coordinator, mine, Moment.MID, "Pat Reyes", "")
    evaluation = mentor_rates(chain, Moment.BASELINE, 3)
    student_rates(chain, Moment.BASELINE, 3)
    with transaction():
        site.rate(chain.student, mine, Said(1, 1, 1, 1, "It is not safe."))
        reflection = writing.hand_in(chain.student, mine, Phase.WEEKLY, 1, {"week_describe": "We filed."})
        prompt = prompting.propose(
            chain.student, "What made you laugh this week?", "en", Asked.WEEKLY, DealStep.PERSONAL
        )
        artefact = keeping.add(chain.student, "My plan", PDF)
    with transaction() as session:
        session.execute(
            update(Paperwork)
            .where(Paperwork.placement_id == mine)
            .values(state=PaperworkState.COMPLETED, directory_information=True)
        )
    with transaction():
        issuing.issue(chain.coordinator, round_id, [mine])
    credential = db.session.scalars(select(issuing.Credential)).one()
    with transaction():
        shared = sharing.make(chain.student, credential.id, 30).id
        portfolio = keeping.share(chain.student, 30).id
    return Work(
        chain,
        {
            "placement_id": mine,
            "round_id": round_id,
            "district_id": chain.published.place.district.id,
            "entry_id": entry.id,
            "breach_id": hours.breaches(mine)[0].id,
            "evaluation_id": evaluation.id,
            "reflection_id": reflection.id,
            "prompt_id": prompt.id,
            "artefact_id": artefact.id,
            "credential_id": credential.id,
            "link_id": {
                "hours": hours_link,
                "growth": rating.id,
                "credentials": shared,
                "portfolio": portfolio,
            },
        },
    )


def address(rule: Rule, ids: dict[str, Any]) -> str:
    """Of the very thing that is there."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        if name in ids:
            known = ids[name]
            values[name] = known[rule.endpoint.partition(".")[0]] if isinstance(known, dict) else known
        else:
            values[name] = min(converter.items) if isinstance(converter, AnyConverter) else "1"
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


def guarded(app: Flask) -> Iterator[Rule]:
    """What somebody signed in may open of these features, of one thing each."""
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if rule.endpoint.partition(".")[0] in FEATURES and permission is not None and rule.arguments:
            yield rule


def stored() -> dict[str, list[Any]]:
    """Everything in the database but sessions, which signing in writes, and the record of it."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(select(table))))
        for table in db.metadata.sorted_tables
        if table.name not in ("user_session", "audit_event", "user")
    }


def strangers(chain: Chain) -> dict[str, User]:
    """Everybody who has nothing to do with Ana's placement: of her district, and of another one."""
    district = chain.published.place.district
    other_student = student_user(chain.published, "S2")
    with make.made():
        away = make.make_district()
        return {
            "another student": other_student,
            "another employer": make.make_employer_user(make.make_employer(district)),
            "an advisor of others": make.make_staff(district, Role.ADVISOR),
            "staff of another school": make.make_staff(
                district, Role.SCHOOL_STAFF, school_id=make.make_school(district).id
            ),
            "lead of another program": make.make_staff(district, Role.PROGRAM_LEAD, program="NONE"),
            "coordinator elsewhere": make.make_coordinator(away),
            "administrator elsewhere": make.make_staff(away, Role.ADMINISTRATOR),
            "student elsewhere": make.make_student_user(make.make_student(away)),
            "employer elsewhere": make.make_employer_user(make.make_employer(away)),
        }


# A student votes for what others of the district propose; staff opens a round of their own district's, and
# finds nobody in it whom they do not follow.
STAFF = ("an advisor of others", "staff of another school", "lead of another program")
SHARED = {"reflections.vote": ("another student",), "hours.followed": STAFF}


def test_nobody_else_opens_or_changes_any_of_it_by_its_number(app: Flask, sign_in: SignIn) -> None:
    work = everything(app)
    users = strangers(work.chain)
    rules = list(guarded(app))
    assert len(rules) > 40
    before = stored()
    for who, user in users.items():
        browser = sign_in(user, app.test_client())
        for rule in rules:
            for method in rule.methods & {"GET", "POST"}:
                if rule.endpoint == "reflections.vote" and who == "another student":
                    continue
                answer = browser.open(address(rule, work.ids), method=method, data={"do": "save"})
                if who not in SHARED.get(rule.endpoint, ()):
                    assert answer.status_code in (403, 404), (who, method, rule)
                assert "Castillo" not in answer.get_data(as_text=True), (who, rule)
        assert stored() == before, who


LONG_NUMBER = "9" * 5000


def test_numbers_that_nobody_can_count_are_no_fault_of_ours(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30))).id
    intern.send()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    day = {"uid": "x", "day": "2027-01-12", "begins": "15:30", "ends": "17:00", "version": LONG_NUMBER}
    browser = sign_in(db.session.get_one(User, intern.chain.student.id), app.test_client())
    assert browser.post(f"/my-hours/{intern.id}/entries/{entry}", data=day).status_code == 422
    browser = sign_in(intern.chain.published.place.user, app.test_client())
    assert browser.post(f"/placements/{intern.id}/hours/{entry}", data=day).status_code == 422
    for name in (f"question_{LONG_NUMBER}", f"version_{LONG_NUMBER}", f"version_{entry}"):
        said = {"sunday": str(SUNDAY), name: LONG_NUMBER}
        assert browser.post(f"/placements/{intern.id}/hours/answer", data=said).status_code in (302, 400)
    assert intern.totals().waiting == 120


def second_placement(work: Chain) -> Chain:
    """Ana at the shop too, another employer's, in the same weeks, begun as well."""
    published = published_again(work.published)
    second = published.placement("S1")
    with transaction() as session:
        offering = session.scalars(
            select(Offering)
            .join(Opportunity)
            .where(Offering.round_id == published.place.round_id, Opportunity.external_id == "SHOP")
        ).one()
        session.get_one(Placement, second.id).offering_id = offering.id
        offering.start_date, offering.end_date = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=90)
        paperwork = session.get_one(Paperwork, second.id)
        paperwork.state, paperwork.step, paperwork.seat = PaperworkState.ACTIVE, Step.DONE, 1
        paperwork.active_at = clock_at(TUESDAY, 7)
        session.get_one(StudentBirth, second.student_id).birth_date = date(2011, 6, 4)  # 15, as before
    return Chain(published, "S1", work.student, work.employer)


def test_an_employer_reads_nothing_of_work_at_another_one(app: Flask, sign_in: SignIn) -> None:
    """The law counts all hours together. That there are others is not theirs to know."""
    intern = make_intern(app, students=FIFTEEN)
    other = second_placement(intern.chain)
    with transaction():
        elsewhere = entries.write(
            intern.chain.student, other.placement_id, str(uuid4()), worked(TUESDAY, (15, 0), (17, 0))
        )
        entry_id = elsewhere.id
    intern.write(worked(TUESDAY, (17, 0), (18, 30)))  # 90 minutes; 3 h 30 together
    intern.send()
    assert [one.found for one in hours.breaches(intern.id)] == [210]  # the coordinator sees it
    browser = sign_in(db.session.get_one(User, intern.chain.employer.id), app.test_client())
    shown = browser.get(f"/our-hours/{intern.id}").get_data(as_text=True)
    assert "1 hour 30 minutes" in shown
    assert "3 hours 30" not in shown and "More than the law allows" not in shown
    browser = sign_in(db.session.get_one(User, intern.chain.student.id), app.test_client())
    assert "3 hours 30" in browser.get(f"/my-hours/{intern.id}").get_data(as_text=True)
    # Taken back there, it is no breach here any more.
    with transaction():
        entries.withdraw_own(intern.chain.student, other.placement_id, entry_id, 1)
    assert hours.breaches(intern.id) == []


def test_payroll_holds_what_was_sent_and_no_number_of_the_school(app: Flask, sign_in: SignIn) -> None:
    intern = make_intern(app)
    intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    intern.send()
    intern.write(worked(TUESDAY, (17, 30), (18, 0)))  # not sent yet: the student's own
    with make.made() as session:
        offering = session.get_one(Offering, intern.chain.paperwork.offering_id)
        offering.paid, offering.hourly_wage = "yes", "12.50"
        student = session.get_one(Student, intern.chain.published.placement("S1").student_id)
        student.given_name, student.external_id = "=cmd|'/c calc'!A0", "PUPIL-4711"
    browser = sign_in(db.session.get_one(User, intern.chain.employer.id))
    text = browser.post("/our-hours/payroll", data={"format": "csv"}).get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["Hours"] == "2.0" and "PUPIL-4711" not in text
    assert row["Student"].startswith("'=cmd")


def test_what_somebody_writes_is_words_wherever_it_is_read(app: Flask, sign_in: SignIn) -> None:
    """No markup, no Markdown: in what students, mentors and advisors write to each other."""
    intern = make_intern(app)
    chain, mine = intern.chain, intern.id
    evil = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) {{ 7*7 }} **b**"
    with transaction():
        entry = entries.write(
            chain.student, mine, str(uuid4()), replace(worked(TUESDAY, (15, 30), (17, 30)), note=evil)
        )
        entry_id = entry.id
    intern.send()
    intern.answer(questions={entry_id: evil})
    with transaction():
        evaluating.give_as_told(
            chain.coordinator, mine, Moment.BASELINE, replace(given(chain, 3), whole=evil), name="Pat Reyes"
        )
        done = writing.hand_in(chain.student, mine, Phase.WEEKLY, 1, {"week_describe": evil})
        reflection_id = done.id
    with transaction():
        writing.comment(chain.coordinator, reflection_id, evil)
        writing.choose(chain.student, reflection_id, in_portfolio=True, for_employer=True)
        site.rate(chain.student, mine, Said(1, 1, 1, 1, evil))
        keeping.save(
            chain.student, keeping.Words(evil, evil, evil), placements=[mine], credentials=[], artefacts=[]
        )
    student, employer = (db.session.get_one(User, one.id) for one in (chain.student, chain.employer))
    for user, pages in (
        (
            student,
            (
                f"/my-hours/{mine}",
                f"/my-growth/{mine}",
                "/my-portfolio",
                f"/my-hours/{mine}/entries/{entry_id}",
            ),
        ),
        (employer, (f"/our-hours/{mine}", f"/our-growth/{mine}")),
        (
            chain.published.place.user,
            (f"/growth/{mine}", f"/placements/{mine}/hours", f"/placements/{mine}/hours/{entry_id}"),
        ),
    ):
        browser = sign_in(user, app.test_client())
        for page in pages:
            shown = browser.get(page).get_data(as_text=True)
            assert "<img" not in shown and 'href="javascript' not in shown and "<strong>b" not in shown, page
            assert "&lt;img src=x" in shown and "{{ 7*7 }}" in shown, page


def test_an_employer_reads_no_comment_no_self_rating_and_nothing_of_the_site(
    app: Flask, sign_in: SignIn
) -> None:
    work = everything(app)
    chain, mine = work.chain, work.ids["placement_id"]
    with transaction():
        writing.comment(chain.coordinator, work.ids["reflection_id"], "A word from school")
        writing.choose(chain.student, work.ids["reflection_id"], in_portfolio=False, for_employer=True)
    browser = sign_in(db.session.get_one(User, chain.employer.id))
    shown = browser.get(f"/our-growth/{mine}").get_data(as_text=True)
    assert "We filed." in shown
    for secret in ("A word from school", "It is not safe", "wheelchair", "transport", "2011"):
        assert secret not in shown, secret
    pages = (f"/our-hours/{mine}", "/our-hours", "/our-placements", f"/our-growth/{mine}/rate/final")
    for page in pages:
        shown = browser.get(page).get_data(as_text=True)
        assert "We filed." not in shown and "It is not safe" not in shown and "Benny" not in shown, page
    with transaction():
        writing.choose(chain.student, work.ids["reflection_id"], in_portfolio=False, for_employer=False)
    assert "We filed." not in browser.get(f"/our-growth/{mine}").get_data(as_text=True)
    # The family takes back its yes to the name: nothing opens any more, by account or link.
    with transaction():
        chain_placement = placements.whole(mine)
        fields = consents.fields_of(chain_placement)
        consents.record_paper(
            chain.coordinator, mine, dict.fromkeys(fields, False), consents.signers(chain_placement)[0].id
        )
    for page in (f"/our-hours/{mine}", f"/our-growth/{mine}", f"/our-growth/{mine}/rate/final"):
        assert browser.get(page).status_code == 404, page
    assert "Castillo" not in browser.get("/our-hours").get_data(as_text=True)
    for model in (HoursLink, RatingLink):
        for link in db.session.scalars(select(model)):
            assert app.test_client().get(f"/{link.PATH}/{link.token}").status_code == 404


def test_links_that_ended_and_links_of_others_let_nobody_do_anything(app: Flask) -> None:
    """Also a browser that was let in before."""
    work = everything(app)
    chain = work.chain
    link = db.session.scalars(select(HoursLink).order_by(HoursLink.id.desc())).first()
    assert link is not None
    token, link_id = link.token, link.id
    browser = app.test_client()
    browser.post(f"/h/{token}/open")
    assert "Ana Castillo" in browser.get(f"/h/{token}").get_data(as_text=True)
    # Let in by one kind of link, a browser is let in by no other.
    for model in (RatingLink, CredentialLink, PortfolioLink, FamilyLink):
        for other in db.session.scalars(select(model).where(*model.in_force())):
            shown = browser.get(f"/{other.PATH}/{other.token}").get_data(as_text=True)
            assert "Castillo" not in shown, model
            assert browser.get(f"/h/{other.token}").status_code == 404
    # What ended meanwhile ends for whoever is in.
    with transaction():
        hours_links.revoke(chain.coordinator, work.ids["placement_id"], link_id)
    before = stored()
    entry = hours.entries(work.ids["placement_id"])[0]
    said = {"sunday": str(SUNDAY), f"version_{entry.id}": str(entry.version)}
    for answer in (
        browser.get(f"/h/{token}"),
        browser.post(f"/h/{token}/answer", data=said),
        browser.post(f"/h/{token}/open"),
    ):
        assert answer.status_code == 404 and "Castillo" not in answer.get_data(as_text=True)
    assert stored() == before
