"""Whoever supervises confirms a week by a link, without an account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.hours import links, page, queries, weeks
from wbl.hours.forms import said_of
from wbl.hours.models import HoursLink
from wbl.hours.round_routes import sunday_sent, tell_done
from wbl.links.door_routes import Door, guarded
from wbl.placements import queries as placements

blueprint = Blueprint("hours_link", __name__, url_prefix="/h")

door = Door(
    "hours",
    links.by_token,
    page="hours_link.show",
    open_page="hours_link.open_page",
    title=_l("Hours to confirm"),
    lede=_l("A school district asks you to look at the hours of a student who works with you."),
)


@blueprint.get("/<token>")
@public
@guarded
def show(token: str) -> ResponseReturnValue:
    return door.opened(token, lambda link: _page(token, link))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    return door.let_in(token)


@blueprint.post("/<token>/answer")
@public
@guarded
def answer(token: str) -> ResponseReturnValue:
    def keep(link: HoursLink) -> ResponseReturnValue:
        with transaction():
            done = weeks.answer_by_link(link, sunday_sent(), said_of(request.form))
        tell_done(done)
        return redirect(url_for("hours_link.show", token=token))

    return door.opened(token, keep)


def _page(token: str, link: HoursLink) -> ResponseReturnValue:
    placement = placements.whole(link.placement_id)
    waiting = weeks.waiting_weeks(link.placement_id)
    today = clock.today(placement.publication.round.district.timezone)
    return render_template(
        "hours/mentor.html",
        token=token,
        placement=placement,
        waiting=[page.week_of(placement, sunday, sent=True) for sunday in waiting],
        absent=today in {one.on_day for one in queries.absences(placement.id)},
        district=placement.publication.round.district,
        button=EmptyForm(),
    )
