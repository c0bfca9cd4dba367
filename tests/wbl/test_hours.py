"""Time entries: what may be written, what stays of a correction, who confirms, what the law says of it."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from tests.wbl.hours_support import FIFTEEN, SUNDAY, TUESDAY, clock_at, make_intern, worked
from tests.wbl.mailbox import delivered
from wbl.accounts.actor import Actor
from wbl.db import db, transaction
from wbl.errors import Conflict, DomainError, NotFound
from wbl.hours import absences, breaches, entries, law, links, progress, queries, settings, weeks, when
from wbl.hours.entries import Sent, Worked
from wbl.hours.models import EntryState, TimeEntry
from wbl.hours.weeks import Said
from wbl.hours.words import breach_sentence
from wbl.jobs.worker import work_on_next_item
from wbl.placements import changing
from wbl.placements.models import EndKind


def kinds(entry_id: int) -> list[str]:
    return [change.kind.value for change, _name in queries.history([entry_id])[entry_id]]


def test_a_day_is_checked_in_and_out_sent_and_confirmed(app: Flask) -> None:
    intern = make_intern(app)
    student, uid = intern.chain.student, str(uuid4())
    intern.now(clock_at(TUESDAY, 15, 30))
    with transaction():
        entry_id = entries.check_in(student, intern.id, uid).id
    with transaction():
        assert entries.check_in(student, intern.id, uid).id == entry_id  # the same tap, sent twice
    with pytest.raises(Conflict, match="checked in already"), transaction():
        entries.check_in(student, intern.id, str(uuid4()))
    assert intern.send() == 0  # what is not over is not sent
    intern.now(clock_at(TUESDAY, 17, 45))
    with transaction():
        entries.check_out(student, intern.id, break_minutes=15)
    with pytest.raises(Conflict, match="not checked in"), transaction():
        entries.check_out(student, intern.id)
    assert intern.totals() == queries.Totals(worked=120)
    assert (intern.send(), intern.send()) == (1, 0)
    assert intern.totals() == queries.Totals(worked=120, waiting=120)
    assert intern.answer() == weeks.Done(confirmed=1)
    assert intern.totals() == queries.Totals(worked=120, confirmed=120)
    assert kinds(entry_id) == ["check_in", "check_out", "send", "confirm"]
    with pytest.raises(Conflict, match="cannot be changed"), transaction():
        entries.correct_own(student, intern.id, entry_id, 4, worked(TUESDAY, (15, 0), (18, 0)))


def test_what_may_not_be_written(app: Flask) -> None:
    intern = make_intern(app)
    intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    refused = {
        "written down already": worked(TUESDAY, (17, 29), (18, 0)),
        "in the future": worked(TUESDAY + timedelta(days=1), (19, 0), (20, 3)),
        "This placement is from": worked(SUNDAY, (12, 0), (13, 0)),
        "longer than the work": worked(TUESDAY, (10, 0), (11, 0), 61),
        "after the beginning": worked(TUESDAY, (11, 0), (11, 0)),
        "at most a day": Worked(clock_at(TUESDAY - timedelta(days=1), 8), clock_at(TUESDAY, 9)),
    }
    for words, what in refused.items():
        with pytest.raises(DomainError, match=words):
            intern.write(what)
    intern.write(worked(TUESDAY, (17, 30), (18, 0)))  # one begins when the other ends
    assert intern.totals().worked == 150
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("UPDATE time_entry SET minutes = -1"))
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text("UPDATE time_entry_change SET break_minutes = 5"))


def test_a_correction_keeps_what_was_there_and_who_changed_it(app: Flask) -> None:
    intern = make_intern(app)
    student, coordinator = intern.chain.student, intern.chain.coordinator
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    with transaction():
        entries.correct_own(student, intern.id, entry.id, 1, worked(TUESDAY, (15, 0), (17, 30)))
    with pytest.raises(Conflict, match="meanwhile"), transaction():
        entries.correct_own(student, intern.id, entry.id, 1, worked(TUESDAY, (14, 0), (17, 30)))
    intern.send()
    intern.answer(questions={entry.id: "Did you not leave at five?"})
    assert intern.totals().questioned == 150
    with transaction():
        entries.correct(coordinator, intern.id, entry.id, 4, worked(TUESDAY, (15, 0), (17, 0)))
    assert intern.totals() == queries.Totals(worked=120, waiting=120)
    found = queries.history([entry.id])[entry.id]
    assert [change.kind.value for change, _name in found] == [
        "write",
        "correct",
        "send",
        "question",
        "correct",
    ]
    assert [change.actor_id for change, _name in found][-1] == coordinator.id
    assert [(c.ended_at - c.started_at).seconds // 60 for c, _name in found if c.ended_at] == [
        120,
        150,
        150,
        150,
        120,
    ]
    assert found[3][0].question == "Did you not leave at five?"
    with transaction():
        entries.withdraw_own(student, intern.id, entry.id, 5)
    assert intern.totals() == queries.Totals()
    assert db.session.scalar(select(func.count()).select_from(TimeEntry)) == 1


def test_what_a_phone_sends_is_stored_once(app: Flask) -> None:
    intern = make_intern(app)
    student, uid = intern.chain.student, str(uuid4())
    began, ended = clock_at(TUESDAY, 15, 30), clock_at(TUESDAY, 17, 30)
    for sent in [
        Sent(uid, began),
        Sent(uid, began),
        Sent(uid, began, ended),
        Sent(uid, began, ended),
        Sent(uid, began),
    ]:
        with transaction():
            stored = entries.store_sent(student, intern.id, sent)
    assert (stored.minutes, stored.version, stored.state) == (120, 2, EntryState.DRAFT)
    assert db.session.scalar(select(func.count()).select_from(TimeEntry)) == 1
    # A phone that was away all the time sends both taps as one.
    with transaction():
        other = Sent(str(uuid4()), ended, ended + timedelta(minutes=30), 0, "Inventory")
        assert entries.store_sent(student, intern.id, other).minutes == 30
    with pytest.raises(DomainError, match="not whole"), transaction():
        entries.store_sent(student, intern.id, Sent("nothing", began))


def test_the_limit_of_a_school_day_at_fifteen(app: Flask) -> None:
    calendar = "date,in_session\n2027-01-18,no\n"
    intern = make_intern(app, students=FIFTEEN, calendar=calendar)
    intern.now(clock_at(date(2027, 1, 20), 12))
    holiday = date(2027, 1, 18)  # a Monday without school
    intern.write(worked(holiday, (9, 0), (16, 30)))
    assert queries.breaches(intern.id) == []
    entry = intern.write(worked(TUESDAY, (15, 15), (18, 45)))
    (breach,) = queries.breaches(intern.id)
    with app.test_request_context():
        said = breach_sentence(breach, to_student=True)
        assert "at most 3 hours on a school day" in said
        assert "29 CFR 570.35(a)(5)" in said
        assert "3 hours 30 minutes. Under 16 the limit is 3 hours" in breach_sentence(breach)
    # A break is not work.
    with transaction():
        pause = worked(TUESDAY, (15, 15), (18, 45), 30)
        entries.correct_own(intern.chain.student, intern.id, entry.id, 1, pause)
    assert queries.breaches(intern.id) == []
    # What was worked is written down whatever the law says of it, and stays there.
    intern.write(worked(date(2027, 1, 19), (15, 15), (20, 15)))
    rules = {one.rule for one in queries.breaches(intern.id)}
    assert rules == {"HOURS-SCHOOL-DAY", "HOURS-LATE"}
    assert queries.rounds_with(intern.chain.coordinator, queries.has_breach())[0][1] == (1,)
    for one in queries.breaches(intern.id):
        with transaction():
            breaches.settle(intern.chain.coordinator, intern.id, one.id, "Talked to the clinic.")
    assert queries.rounds_with(intern.chain.coordinator, queries.has_breach()) == []
    assert len(queries.breaches(intern.id)) == 2


def test_the_whole_week_is_judged(app: Flask) -> None:
    intern = make_intern(app, students=FIFTEEN)
    intern.now(clock_at(date(2027, 1, 17), 12))
    for day in range(11, 16):
        intern.write(worked(date(2027, 1, day), (15, 30), (18, 30)))
    assert queries.breaches(intern.id) == []
    intern.write(worked(date(2027, 1, 16), (9, 0), (12, 30)))  # a Saturday: 18.5 hours in the week
    assert [(one.rule, one.found, one.limit) for one in queries.breaches(intern.id)] == [
        ("HOURS-SCHOOL-WEEK", 1110, 1080)
    ]


@pytest.mark.parametrize(("day", "minutes"), [(date(2027, 3, 13), 240), (date(2027, 11, 6), 360)])
def test_real_time_is_counted_in_the_nights_in_which_clocks_change(
    day: date, minutes: int, app: Flask
) -> None:
    with app.test_request_context():
        begins, ends = when.span(day, time(22), time(3), "America/Chicago", past_midnight=True)
        assert Worked(begins, ends).minutes == minutes
        with pytest.raises(DomainError, match="Past midnight"):
            when.span(day, time(22), time(3), "America/Chicago")
        if minutes == 240:
            with pytest.raises(DomainError, match="skip"):
                when.span(day, time(22), time(2, 30), "America/Chicago", past_midnight=True)
    assert sum((end - begin).seconds for begin, end in law.parted(begins, ends, 30)) == (minutes - 30) * 60


def test_an_entry_of_the_spring_night_is_judged_by_real_time(app: Flask) -> None:
    intern = make_intern(app)
    night = date(2027, 3, 13)
    intern.now(clock_at(date(2027, 3, 14), 12))
    with app.test_request_context():
        begins, ends = when.span(night, time(22), time(3), "America/Chicago", past_midnight=True)
    entry = intern.write(Worked(begins, ends))
    assert (entry.minutes, entry.worked_on) == (240, night)


def test_the_mentor_confirms_by_a_link(app: Flask) -> None:
    intern = make_intern(app)
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    other = intern.write(worked(TUESDAY + timedelta(days=1), (15, 30), (17, 30)))
    intern.send()
    while work_on_next_item():
        pass
    letters = [one for one in delivered(app) if "/h/" in one.get_content()]
    assert [one["To"] for one in letters] == ["pat@clinic.example"]
    assert "Ana" not in letters[0].get_content()
    token = letters[0].get_content().split("/h/")[1].split()[0]
    link = links.by_token(token)
    assert link is not None
    with transaction():
        said = Said({entry.id: entry.version, other.id: 1}, {})
        assert weeks.answer_by_link(link, SUNDAY, said) == weeks.Done(confirmed=1, changed=1)
    with transaction():
        links.revoke(intern.chain.coordinator, intern.id, link.id)
    assert links.by_token(token) is None
    with pytest.raises(NotFound), transaction():
        weeks.answer_by_link(link, SUNDAY, Said({other.id: other.version}))
    with transaction():
        made = links.make_by_hand(intern.chain.coordinator, intern.id, "")
        token = made.token
    intern.now(clock_at(TUESDAY, 12) + links.LIFETIME + timedelta(days=2))
    assert links.by_token(token) is None


def test_a_week_that_is_over_is_sent_by_itself(app: Flask) -> None:
    intern = make_intern(app)
    intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    intern.now(clock_at(SUNDAY + timedelta(days=7), 23))
    assert not weeks.send_next()
    intern.now(clock_at(SUNDAY + timedelta(days=8), 1))
    assert weeks.send_next()
    assert not weeks.send_next()
    assert intern.totals().waiting == 120


def test_absent_is_told_once_to_workplace_and_school(app: Flask) -> None:
    intern = make_intern(app)
    for _again in range(2):
        with transaction():
            absences.say_absent(intern.chain.student, intern.id)
    while work_on_next_item():
        pass
    told = [one for one in delivered(app) if one["Subject"] == "A student cannot come today"]
    coordinator = intern.chain.published.place.user.email
    assert sorted(one["To"] for one in told) == sorted(["pat@clinic.example", coordinator])
    assert not any("Ana" in one.get_content() for one in told)
    intern.now(clock_at(date(2027, 6, 1), 12))
    with pytest.raises(DomainError, match="no work today"), transaction():
        absences.say_absent(intern.chain.student, intern.id)


def test_hours_of_a_placement_that_ended_are_still_written_and_confirmed(app: Flask) -> None:
    intern = make_intern(app)
    with transaction():
        changing.end(
            intern.chain.coordinator, intern.id, kind=EndKind.ENDED, reason="The clinic closed its doors."
        )
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    with pytest.raises(DomainError, match="This placement is from"):
        intern.now(clock_at(TUESDAY + timedelta(days=5), 12))
        intern.write(worked(TUESDAY + timedelta(days=3), (15, 30), (17, 30)))
    assert intern.send() == 1
    with transaction():
        weeks.answer_for_mentor(intern.chain.coordinator, intern.id, SUNDAY, Said({entry.id: 2}))
    assert intern.totals().confirmed == 120


def test_nobody_else_sees_or_writes_hours(app: Flask) -> None:
    intern = make_intern(app)
    entry = intern.write(worked(TUESDAY, (15, 30), (17, 30)))
    other = Actor(kind="user", id=1, student_ids=frozenset({999}), employer_ids=frozenset({999}))
    for actor in (other, intern.chain.employer):
        with pytest.raises(NotFound), transaction():
            entries.correct_own(actor, intern.id, entry.id, 1, worked(TUESDAY, (15, 0), (17, 0)))
    for read in (queries.own, queries.hosted, queries.coordinated):
        with pytest.raises(NotFound):
            read(other, intern.id)
    with pytest.raises(NotFound):
        queries.coordinated(intern.chain.student, intern.id)
    assert [one.id for one in queries.hosted_all(intern.chain.employer)] == [intern.id]


def test_progress_and_credit_by_the_districts_ratio(app: Flask) -> None:
    intern = make_intern(app)
    district_id = intern.chain.published.place.district.id
    entry = intern.write(worked(TUESDAY, (9, 0), (17, 0)))
    placement = queries.own(intern.chain.student, intern.id)
    assert progress.of_placement(placement).credits is None
    administrator = Actor(kind="user", administrator_of=frozenset({district_id}))
    with transaction():
        settings.decide(administrator, district_id, hours_per_credit=70, hours_needed=40)
    intern.send()
    intern.answer()
    placement = queries.own(intern.chain.student, intern.id)
    found = progress.of_placement(placement)
    assert (found.needed, found.share, found.credits, found.behind) == (40, 0.2, 0.11, False)
    intern.now(clock_at(date(2027, 4, 20), 12))
    placement = queries.own(intern.chain.student, intern.id)
    assert progress.of_placement(placement).behind
    assert progress.behind_ids(placement.publication.round) == [intern.id]
    assert entry.state is EntryState.CONFIRMED
