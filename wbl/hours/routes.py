"""A student's own hours: check in and out, days and weeks, corrections, "I cannot come today"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.hours import (
    absences,
    entries,
    hosting_routes,
    page,
    phone_routes,
    progress,
    queries,
    round_routes,
    weeks,
)
from wbl.hours.blueprint import blueprint
from wbl.hours.forms import (
    CheckOutForm,
    EntryForm,
    blank_entry,
    entry_form,
    filled_rows,
    half_rows,
    sheet_form,
    worked_in,
)
from wbl.hours.models import EntryState
from wbl.hours.when import sunday_of
from wbl.placements.models import Placement
from wbl.row_ids import number_in

__all__ = ["blueprint", "hosting_routes", "phone_routes", "round_routes"]


@blueprint.get("/my-hours/")
@requires(Permission.PLACEMENT_OWN)
def mine() -> ResponseReturnValue:
    """The placement that is on; where none has begun, a page that says so."""
    found = queries.own_all(acting())
    if found:
        return redirect(url_for("hours.mine_of", placement_id=found[0].id))
    return render_template("hours/none.html")


@blueprint.get("/my-hours/<int:placement_id>")
@requires(Permission.PLACEMENT_OWN)
def mine_of(placement_id: int) -> ResponseReturnValue:
    placement = queries.own(acting(), placement_id)
    return _own_page(placement)


def _own_page(placement: Placement) -> ResponseReturnValue:
    zone = placement.publication.round.district.timezone
    running = queries.running(placement.id)
    return render_template(
        "hours/mine.html",
        placement=placement,
        employer=page.employer_name(placement),
        running=running,
        since=page.since_words(running, zone) if running is not None else "",
        owner=page.owner_of(placement.student_id),
        uid=str(uuid4()),
        week=page.week_of(placement, _sunday(placement), to_student=True),
        sundays=page.sundays_of(placement),
        progress=progress.of_placement(placement),
        absent=[one.on_day for one in queries.absences(placement.id)],
        today=clock.today(zone),
        others=[one for one in queries.own_all(acting()) if one.id != placement.id],
        questioned=EntryState.QUESTIONED,
        button=EmptyForm(),
    )


def _sunday(placement: Placement) -> date:
    """The week that the address names, else this one."""
    today = clock.today(placement.publication.round.district.timezone)
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        asked = today
    # A date at the edge of the calendar has no week around it.
    return sunday_of(asked if date(2000, 1, 1) < asked < date(2200, 1, 1) else today)


def _back(placement_id: int, day: date | None = None) -> ResponseReturnValue:
    week = sunday_of(day).isoformat() if day is not None else None
    return redirect(url_for("hours.mine_of", placement_id=placement_id, week=week))


def _tried(do: Callable[[], object], placement_id: int, said: str) -> ResponseReturnValue:
    """Do one thing of one button; what does not go is said on the page."""
    try:
        with transaction():
            do()
        flash(said, "good")
    except NotFound:
        raise
    except DomainError as error:
        flash(error.message, "warn")
    return _back(placement_id)


@blueprint.post("/my-hours/<int:placement_id>/check-in")
@requires(Permission.PLACEMENT_OWN)
def check_in(placement_id: int) -> ResponseReturnValue:
    uid = request.form.get("uid") or str(uuid4())
    return _tried(
        lambda: entries.check_in(acting(), placement_id, uid), placement_id, _("You are checked in.")
    )


@blueprint.post("/my-hours/<int:placement_id>/check-out")
@requires(Permission.PLACEMENT_OWN)
def check_out(placement_id: int) -> ResponseReturnValue:
    form = CheckOutForm()
    pause = (form.break_minutes.data or 0) if form.validate_on_submit() else 0
    return _tried(
        lambda: entries.check_out(acting(), placement_id, break_minutes=pause),
        placement_id,
        _("You are checked out. Look whether the times are right."),
    )


@blueprint.route("/my-hours/<int:placement_id>/entries/new", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def new_entry(placement_id: int) -> ResponseReturnValue:
    placement = queries.own(acting(), placement_id)
    zone = placement.publication.round.district.timezone
    form = EntryForm() if request.method == "POST" else blank_entry(clock.today(zone))

    def keep() -> date:
        return entries.write(acting(), placement_id, form.uid.data or "", form.worked(zone)).worked_on

    return _entry_page(placement, form, keep)


@blueprint.route("/my-hours/<int:placement_id>/entries/<int:entry_id>", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def entry(placement_id: int, entry_id: int) -> ResponseReturnValue:
    """Correct one entry, and see what it was."""
    placement = queries.own(acting(), placement_id)
    found = queries.entry(placement_id, entry_id)
    zone = placement.publication.round.district.timezone
    form = EntryForm() if request.method == "POST" else entry_form(found, zone)

    def keep() -> date:
        version = number_in(form.version.data) or 0
        return entries.correct_own(acting(), placement_id, entry_id, version, form.worked(zone)).worked_on

    return _entry_page(placement, form, keep, found)


def _entry_page(
    placement: Placement, form: EntryForm, keep: Callable[[], date], found: Any = None
) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            with transaction():
                day = keep()
            flash(_("It is written down."), "good")
            return _back(placement.id, day)
        except NotFound:
            raise
        except DomainError as error:
            put_error(form, error)
            found = found and queries.entry(placement.id, found.id)
    zone = placement.publication.round.district.timezone
    rendered = render_template(
        "hours/entry.html",
        placement=placement,
        form=form,
        entry=found,
        row=page.row_of(found, zone) if found else None,
        history=page.history_words(found, zone) if found else [],
        button=EmptyForm(),
    )
    return rendered, form_status(form)


@blueprint.post("/my-hours/<int:placement_id>/entries/<int:entry_id>/withdraw")
@requires(Permission.PLACEMENT_OWN)
def withdraw(placement_id: int, entry_id: int) -> ResponseReturnValue:
    version = request.form.get("version", 0, type=int)
    return _tried(
        lambda: entries.withdraw_own(acting(), placement_id, entry_id, version),
        placement_id,
        _("It is taken back. It counts for nothing, and stays on record."),
    )


@blueprint.route("/my-hours/<int:placement_id>/sheet", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def sheet(placement_id: int) -> ResponseReturnValue:
    """A week at once. All of it is kept, or nothing."""
    placement = queries.own(acting(), placement_id)
    sunday = _sunday(placement)
    zone = placement.publication.round.district.timezone
    names = page.day_names_of(sunday)
    form = sheet_form(sunday, names, None if request.method == "POST" else {})
    if form.validate_on_submit() and not _marked(form):
        at = 0
        try:
            with transaction():
                for at in filled_rows(form):
                    worked = worked_in(form, at, sunday, zone)
                    entries.write(acting(), placement_id, form[f"uid_{at}"].data or "", worked)
            flash(_("The week is written down."), "good")
            return _back(placement_id, sunday)
        except NotFound:
            raise
        except DomainError as error:
            field = {"break_minutes": "break", "ends": "ends"}.get(error.field or "", "begins")
            form[f"{field}_{at}"].errors = [error.message]
    rendered = render_template(
        "hours/sheet.html", placement=placement, form=form, names=names, week=page.week_of(placement, sunday)
    )
    return rendered, form_status(form)


def _marked(form: Any) -> bool:
    """Whether a row has one of its two times alone; its other field says so."""
    half = half_rows(form)
    for at in half:
        missing = form[f"ends_{at}"] if form[f"begins_{at}"].data else form[f"begins_{at}"]
        missing.errors = [_("Enter both times, or neither.")]
    return bool(half)


@blueprint.post("/my-hours/<int:placement_id>/send")
@requires(Permission.PLACEMENT_OWN)
def send(placement_id: int) -> ResponseReturnValue:
    """A week goes to the mentor."""
    placement = queries.own(acting(), placement_id)
    sunday = _sunday(placement)
    with transaction():
        sent = weeks.send_own(acting(), placement_id, sunday)
    flash(
        _("The week is sent. Your mentor confirms it.") if sent else _("All of that week is sent already."),
        "good",
    )
    return _back(placement_id, sunday + timedelta(days=1))


@blueprint.route("/my-hours/<int:placement_id>/absent", methods=["GET", "POST"])
@requires(Permission.PLACEMENT_OWN)
def absent(placement_id: int) -> ResponseReturnValue:
    """Asked once more, then told to the workplace and the school."""
    placement = queries.own(acting(), placement_id)
    form = EmptyForm()
    if form.validate_on_submit():
        return _tried(
            lambda: absences.say_absent(acting(), placement_id),
            placement_id,
            _("Your mentor and your school are told that you cannot come today."),
        )
    rendered = render_template(
        "hours/absent.html", placement=placement, form=form, employer=page.employer_name(placement)
    )
    return rendered, form_status(form)
