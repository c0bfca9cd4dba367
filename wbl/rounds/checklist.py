"""What a round still needs before it can be solved well, counted in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from wbl import clock
from wbl.db import db
from wbl.i18n import moment, number
from wbl.interests.models import Preference, Submission
from wbl.interests.taking_part import attends, leavers
from wbl.opportunities.models import Offering, Opportunity
from wbl.opportunities.taking_part import takes_part
from wbl.pagination import Page, paginate, paginate_whole
from wbl.people.models import Guardian, Student, StudentBirth, StudentHome
from wbl.placements.authority import adult_since
from wbl.rounds.models import Round, RoundFile
from wbl.rounds.queries import Holdings

OF_STUDENTS = ("birth", "home", "guardian", "choices")
OF_OFFERINGS = ("place", "times")
GAPS = (*OF_STUDENTS, *OF_OFFERINGS)


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the checklist; the fields are those of the ``task_list`` macro."""

    label: str
    status: str
    kind: str
    href: str | None = None
    hint: str = ""


def _student_gap(gap: str, placement_round: Round) -> ColumnElement[bool]:
    """Whether a student of the round lacks something."""
    if gap == "birth":
        return ~exists().where(StudentBirth.student_id == Student.id)
    if gap == "home":
        return ~exists().where(StudentHome.student_id == Student.id)
    if gap == "choices":
        return ~exists().where(Preference.submission_id == Submission.id, Preference.rank.is_not(None))
    today = clock.today(placement_round.district.timezone)
    receives = exists().where(Guardian.student_id == Student.id, Guardian.receives_on(today))
    of_age = exists().where(
        StudentBirth.student_id == Student.id, StudentBirth.birth_date <= adult_since(today)
    )
    return ~or_(receives, of_age)


def _offering_gap(gap: str) -> ColumnElement[bool]:
    """Whether an offering of the round lacks something."""
    if gap == "times":
        return (Offering.schedule == "") & (Offering.flexible_hours == "")
    return Offering.latitude.is_(None) & Offering.place.in_(("", "site"))


def _students(placement_round: Round, columns: Select[Any]) -> Select[Any]:
    return (
        columns.select_from(Submission)
        .join(Student, Student.id == Submission.student_id)
        .where(Submission.round_id == placement_round.id, attends())
    )


def _offerings(placement_round: Round, columns: Select[Any]) -> Select[Any]:
    return columns.select_from(Offering).where(Offering.round_id == placement_round.id, takes_part())


def gap_counts(placement_round: Round) -> dict[str, int]:
    """How many students or opportunities lack what, in two queries."""
    students = [func.count().filter(_student_gap(gap, placement_round)) for gap in OF_STUDENTS]
    offerings = [func.count().filter(_offering_gap(gap)) for gap in OF_OFFERINGS]
    row = (
        *db.session.execute(_students(placement_round, select(*students))).one(),
        *db.session.execute(_offerings(placement_round, select(*offerings))).one(),
    )
    return dict(zip(GAPS, row, strict=True))


def lacking(placement_round: Round, gap: str, page: int) -> Page[Any]:
    """A page of the students, or of the offerings, that lack something."""
    if gap in OF_OFFERINGS:
        statement = (
            _offerings(placement_round, select(Offering))
            .join(Offering.opportunity)
            .where(_offering_gap(gap))
            .options(contains_eager(Offering.opportunity).joinedload(Opportunity.employer))
            .order_by(Opportunity.title, Offering.id)
        )
    else:
        keys = (
            _students(placement_round, select(Student.id))
            .where(_student_gap(gap, placement_round))
            .order_by(Student.family_name, Student.given_name, Student.id)
        )
        return paginate_whole(keys, select(Student).options(joinedload(Student.school)), page)
    return paginate(statement, page)


def checklist(placement_round: Round, held: Holdings) -> list[Task]:
    """Every line, in the order in which one works through it."""
    gaps = gap_counts(placement_round)
    tasks = [*_own(placement_round), *_who_and_what(placement_round, held)]
    tasks += [task for task in _gap_tasks(placement_round, gaps) if task is not None]
    return [*tasks, *_left_out(placement_round), _calendar(placement_round), _contact(placement_round)]


def _own(placement_round: Round) -> list[Task]:
    edit = url_for("rounds.edit", round_id=placement_round.id)
    timezone = placement_round.district.timezone
    tasks = [Task(_("Name, dates and what matters most"), _("done"), "good", edit)]
    if placement_round.opens_at is None or placement_round.closes_at is None:
        hint = _("Students can say online what they like and when they have time. Files alone do too.")
        tasks.append(Task(_("When students choose"), _("not set"), "neutral", edit, hint))
    else:
        opens, closes = (
            moment(each, timezone) for each in (placement_round.opens_at, placement_round.closes_at)
        )
        hint = _("From %(opens)s until %(closes)s", opens=opens, closes=closes)
        tasks.append(Task(_("When students choose"), _("set"), "good", edit, hint))
    return tasks


def _who_and_what(placement_round: Round, held: Holdings) -> list[Task]:
    upload = url_for("rounds.upload", round_id=placement_round.id)
    students = ngettext("%(num)s student", "%(num)s students", held.students)
    seats = ngettext("%(num)s seat", "%(num)s seats", held.seats)
    if held.students:
        tasks = [Task(_("Students"), students, "good", upload)]
    else:
        hint = _("Import them above; or take them from your roster and invite them: they begin online.")
        tasks = [Task(_("Students"), _("none yet"), "warn", url_for("people.index"), hint)]
    if not held.opportunities:
        hint = _("Import them above; or let employers sign up, and approve what they post.")
        none = Task(_("Opportunities"), _("none yet"), "warn", url_for("employers.index"), hint)
        return [*tasks, none]
    scarce = held.seats < held.students
    hint = ngettext("in %(num)s opportunity", "in %(num)s opportunities", held.opportunities)
    if scarce:
        hint += ". " + _("Fewer than students: some will not be placed.")
    return [*tasks, Task(_("Opportunities"), seats, "warn" if scarce else "good", upload, hint)]


def gap_words(gap: str, count: int) -> tuple[str, str]:
    """A gap as a sentence with its count, and what it does to the round."""
    num = {"num": number(count)}
    sentences = {
        "birth": _("%(num)s without a birth date", **num),
        "home": _("%(num)s without a home on the map", **num),
        "guardian": _("%(num)s whose letter reaches nobody", **num),
        "choices": _("%(num)s who ranked nothing", **num),
        "place": _("%(num)s without a place on the map", **num),
        "times": _("%(num)s without times", **num),
    }
    effects = {
        "birth": _("Without their age the law lets them do nothing that depends on it."),
        "home": _("No journey is known for them, so none is weighed."),
        "guardian": _("No guardian on record may receive a letter, and they are not 18."),
        "choices": _("They are placed by interests and journey alone, where the round allows it."),
        "place": _("No journey is known, so none is weighed."),
        "times": _("Nothing can be checked against school hours or the law."),
    }
    return sentences[gap], effects[gap]


def gap_title(gap: str) -> str:
    """What the line of a gap is called."""
    return {
        "birth": _("Birth dates"),
        "home": _("Homes"),
        "guardian": _("Whom letters go to"),
        "choices": _("Choices"),
        "place": _("Places of work"),
        "times": _("Times of work"),
    }[gap]


def _gap_tasks(placement_round: Round, gaps: dict[str, int]) -> list[Task | None]:
    tasks: list[Task | None] = []
    for gap, count in gaps.items():
        if not count:
            tasks.append(None)
            continue
        status, hint = gap_words(gap, count)
        href = url_for("rounds.lacking", round_id=placement_round.id, gap=gap)
        kind = "neutral" if gap == "choices" else "warn"
        tasks.append(Task(gap_title(gap), status, kind, href, hint))
    return tasks


def _left_out(placement_round: Round) -> list[Task]:
    """Who and what is in the round and takes no part, where there is any."""
    gone = select(func.count()).select_from(leavers(placement_round.id).options().subquery())
    offerings = select(func.count(Offering.id)).where(
        Offering.round_id == placement_round.id, Offering.active, ~takes_part()
    )
    students, opportunities = db.session.execute(
        select(gone.scalar_subquery(), offerings.scalar_subquery())
    ).one()
    if not students and not opportunities:
        return []
    said = []
    if students:
        said.append(ngettext("%(num)s student who has left", "%(num)s students who have left", students))
    if opportunities:
        said.append(ngettext("%(num)s opportunity", "%(num)s opportunities", opportunities))
    href = url_for("opportunities.left_out", round_id=placement_round.id)
    hint = _("The next solve is made without them. Nothing of them is deleted.")
    return [Task(_("What takes no part"), " · ".join(said), "warn", href, hint)]


def _calendar(placement_round: Round) -> Task:
    there = db.session.scalar(
        select(func.count()).where(RoundFile.round_id == placement_round.id, RoundFile.name == "calendar.csv")
    )
    upload = url_for("rounds.upload", round_id=placement_round.id)
    if there:
        return Task(_("School calendar"), _("there"), "good", upload)
    hint = _("Without one, Monday to Friday are taken for school days.")
    return Task(_("School calendar"), _("not given"), "neutral", upload, hint)


def _contact(placement_round: Round) -> Task:
    district = placement_round.district
    if district.phone or district.email:
        said = " · ".join(filter(None, (district.contact_name, district.phone, district.email)))
        return Task(_("Whom families call"), _("there"), "good", None, said)
    hint = _("Letters name no phone or e-mail to ask at. Whoever runs this server can add them.")
    return Task(_("Whom families call"), _("missing"), "warn", None, hint)


def ready(placement_round: Round, tasks: list[Task], held: Holdings) -> str:
    """In one sentence, how far the preparation is."""
    if placement_round.published_run_id is not None:
        return _("The placements are published. What you change now holds from the next solve on.")
    if not held.students or not held.opportunities:
        return _("It needs students and opportunities before it can be solved.")
    open_tasks = sum(task.kind == "warn" for task in tasks)
    if not open_tasks:
        return _("Everything is there: it can be solved.")
    return ngettext(
        "It can be solved. %(num)s thing is worth a look first.",
        "It can be solved. %(num)s things are worth a look first.",
        open_tasks,
    )
