"""Hours for a coordinator (a round, a placement), for those who follow students, and what they are worth."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, acting, requires
from wbl.administration import queries as administration
from wbl.db import transaction
from wbl.errors import DomainError, NotFound
from wbl.form_pages import form_status, put_error
from wbl.hours import breaches, entries, links, page, progress, queries, settings, telling, weeks
from wbl.hours.blueprint import blueprint
from wbl.hours.forms import (
    EntryForm,
    HoursLinkForm,
    HoursSettingForm,
    SettleForm,
    entry_form,
    said_of,
)
from wbl.hours.models import EntryState
from wbl.hours.weeks import Done
from wbl.hours.when import sunday_of
from wbl.placements.models import Placement
from wbl.rounds import queries as rounds
from wbl.rounds.models import Round
from wbl.row_ids import number_in
from wbl.status import queries as status

SHOWS = ("behind", "waiting", "questioned", "breaches")


def condition_of(placement_round: Round, show: str) -> ColumnElement[bool] | None:
    """The placements that a filter of the list shows; None: all."""
    if show == "behind":
        return Placement.id.in_(progress.behind_ids(placement_round))
    if show == "waiting":
        return queries.has_entry(EntryState.SUBMITTED)
    if show == "questioned":
        return queries.has_entry(EntryState.QUESTIONED)
    return queries.has_breach() if show == "breaches" else None


@blueprint.get("/rounds/<int:round_id>/hours")
@requires(Permission.ROUND_VIEW)
def of_round(round_id: int) -> ResponseReturnValue:
    """The active placements of a round: who is behind, what waits, what broke the law of hours."""
    placement_round = rounds.round_by_id(acting(), round_id)
    search, show = request.args.get("q", "").strip(), request.args.get("show", "")
    found = queries.of_round(
        placement_round,
        search=search,
        only=condition_of(placement_round, show),
        page=request.args.get("page", 1, type=int),
    )
    behind = len(progress.behind_ids(placement_round))
    return render_template(
        "hours/round.html",
        round=placement_round,
        page=found,
        progress=progress.of_placements(found.items),
        broken=queries.broken_counts([one.id for one in found.items]),
        counts={
            "all": queries.count_of_round(placement_round),
            "behind": behind,
            "waiting": queries.count_of_round(placement_round, queries.has_entry(EntryState.SUBMITTED)),
            "breaches": queries.count_of_round(placement_round, queries.has_breach()),
        },
        search=search,
        show=show if show in SHOWS else "",
    )


@blueprint.get("/status/<int:round_id>/hours")
@requires(Permission.STATUS_VIEW)
def followed(round_id: int) -> ResponseReturnValue:
    """The hours of the students whom one follows, in one round: how many, and whether they are behind."""
    placement_round = status.round_by_id(acting(), round_id)
    found = queries.of_round(
        placement_round,
        followed=status.followed_anywhere(acting()),
        page=request.args.get("page", 1, type=int),
    )
    return render_template(
        "hours/followed.html",
        round=placement_round,
        page=found,
        progress=progress.of_placements(found.items),
    )


@blueprint.get("/placements/<int:placement_id>/hours")
@requires(Permission.ROUND_VIEW)
def of_placement(placement_id: int) -> ResponseReturnValue:
    return _placement_page(queries.coordinated(acting(), placement_id))


def _placement_page(
    placement: Placement, link_form: HoursLinkForm | None = None, status_code: int = 200
) -> ResponseReturnValue:
    sundays = page.sundays_of(placement)
    asked = request.args.get("week", "")
    shown = [one for one in sundays if one.isoformat() == asked] or sundays[: page.WEEKS_SHOWN]
    rendered = render_template(
        "hours/placement.html",
        placement=placement,
        employer=page.employer_name(placement),
        weeks=[page.week_of(placement, sunday, whole=True) for sunday in shown],
        sundays=sundays,
        progress=progress.of_placement(placement),
        absences=queries.absences(placement.id),
        links=[(link, links.may_open(link)) for link in queries.links(placement.id)],
        link_form=link_form or HoursLinkForm(formdata=None),
        button=EmptyForm(),
    )
    return rendered, status_code


@blueprint.route("/placements/<int:placement_id>/hours/<int:entry_id>", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def entry_of(placement_id: int, entry_id: int) -> ResponseReturnValue:
    """A coordinator corrects an entry, and sees what it was."""
    placement = queries.coordinated(acting(), placement_id)
    found = queries.entry(placement_id, entry_id)
    zone = placement.publication.round.district.timezone
    form = EntryForm() if request.method == "POST" else entry_form(found, zone)
    if form.validate_on_submit():
        version = number_in(form.version.data) or 0
        try:
            with transaction():
                entries.correct(acting(), placement_id, entry_id, version, form.worked(zone))
            flash(_("It is corrected. The mentor confirms it anew."), "good")
            return redirect(url_for("hours.of_placement", placement_id=placement_id))
        except NotFound:
            raise
        except DomainError as error:
            put_error(form, error)
            found = queries.entry(placement_id, entry_id)
    rendered = render_template(
        "hours/entry_of.html",
        placement=placement,
        form=form,
        row=page.row_of(found, zone),
        history=page.history_words(found, zone),
    )
    return rendered, form_status(form)


@blueprint.post("/placements/<int:placement_id>/hours/answer")
@requires(Permission.ROUND_EDIT)
def answer_of(placement_id: int) -> ResponseReturnValue:
    """What the mentor said on the phone or on paper."""
    queries.coordinated(acting(), placement_id)
    with transaction():
        done = weeks.answer_for_mentor(acting(), placement_id, sunday_sent(), said_of(request.form))
    tell_done(done)
    return redirect(url_for("hours.of_placement", placement_id=placement_id))


@blueprint.post("/placements/<int:placement_id>/hours/links")
@requires(Permission.CONSENT_RECORD)
def make_link(placement_id: int) -> ResponseReturnValue:
    placement = queries.coordinated(acting(), placement_id)
    form = HoursLinkForm()
    if not form.validate_on_submit():
        return _placement_page(placement, form, 422)
    try:
        with transaction():
            link = links.make_by_hand(acting(), placement_id, form.email.data or "")
            if link.email:
                telling.send_link(placement, link)
    except DomainError as error:
        put_error(form, error, at="email")
        return _placement_page(queries.coordinated(acting(), placement_id), form, 422)
    flash(_("A new link is ready. Older ones keep working until you revoke them."), "good")
    return redirect(url_for("hours.of_placement", placement_id=placement_id) + "#links")


@blueprint.post("/placements/<int:placement_id>/hours/links/<int:link_id>/revoke")
@requires(Permission.CONSENT_RECORD)
def revoke_link(placement_id: int, link_id: int) -> ResponseReturnValue:
    with transaction():
        links.revoke(acting(), placement_id, link_id)
    flash(_("That link no longer opens."), "good")
    return redirect(url_for("hours.of_placement", placement_id=placement_id) + "#links")


@blueprint.route("/placements/<int:placement_id>/hours/breaches/<int:breach_id>", methods=["GET", "POST"])
@requires(Permission.ROUND_EDIT)
def settle(placement_id: int, breach_id: int) -> ResponseReturnValue:
    """A coordinator says what was done about a breach of the law of hours."""
    placement = queries.coordinated(acting(), placement_id)
    week = next(
        (
            (one, said)
            for breach in queries.breaches(placement_id)
            if breach.id == breach_id and breach.settled_at is None
            for one, said in page.week_of(placement, sunday_of(breach.day)).breaches
            if one.id == breach_id
        ),
        None,
    )
    if week is None:
        raise NotFound()
    form = SettleForm()
    if form.validate_on_submit():
        try:
            with transaction():
                breaches.settle(acting(), placement_id, breach_id, form.note.data or "")
            flash(_("It is on record."), "good")
            return redirect(url_for("hours.of_placement", placement_id=placement_id))
        except DomainError as error:
            put_error(form, error, at="note")
    rendered = render_template(
        "hours/settle.html", placement=placement, breach=week[0], sentence=week[1], form=form
    )
    return rendered, form_status(form)


@blueprint.route("/administration/<int:district_id>/hours", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def setting(district_id: int) -> ResponseReturnValue:
    """What hours are worth."""
    district = administration.district(acting(), district_id)
    form = HoursSettingForm(obj=queries.setting(district_id))
    if form.validate_on_submit():
        with transaction():
            settings.decide(
                acting(),
                district_id,
                hours_per_credit=form.hours_per_credit.data,
                hours_needed=form.hours_needed.data,
            )
        flash(_("Saved."), "good")
        return redirect(url_for("administration.district", district_id=district_id))
    rendered = render_template("hours/setting.html", district=district, form=form)
    return rendered, form_status(form)


def sunday_sent() -> date:
    """The week that a form is about."""
    try:
        return sunday_of(date.fromisoformat(request.form.get("sunday", "")))
    except (ValueError, OverflowError):
        raise DomainError(_("This form is not whole. Load the page again.")) from None


def tell_done(done: Done) -> None:
    """Say what became of an answer."""
    if done.confirmed:
        flash(ngettext("%(num)s day is confirmed.", "%(num)s days are confirmed.", done.confirmed), "good")
    if done.questioned:
        flash(
            ngettext(
                "The student is asked about %(num)s day.",
                "The student is asked about %(num)s days.",
                done.questioned,
            ),
            "good",
        )
    if done.changed:
        flash(_("Something was changed meanwhile. Look at it again."), "warn")
