"""Whoever supervises confirms a week by a link, without an account.

Opening the address shows a page with one button and nothing of anybody, as a family's does.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from wbl import clock
from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import public
from wbl.db import transaction
from wbl.extensions import limiter
from wbl.hours import links, page, queries, weeks
from wbl.hours.forms import said_of
from wbl.hours.models import HoursLink
from wbl.hours.round_routes import sunday_sent, tell_done
from wbl.placements import queries as placements

blueprint = Blueprint("hours_link", __name__, url_prefix="/h")

OPEN_FOR_SECONDS = 60 * 60


def _is_missing(response: Response) -> bool:
    return response.status_code == 404


guarded = limiter.limit("20/minute", deduct_when=_is_missing)


def _let_in(link: HoursLink) -> bool:
    visit = session.get("hours") or {}
    return visit.get("link") == link.id and visit.get("until", 0) > clock.now().timestamp()


def _opened(token: str, show: Callable[[HoursLink], ResponseReturnValue]) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("confirming/closed.html"), 404
    if not _let_in(link):
        return render_template("hours/open.html", token=token, form=EmptyForm())
    return show(link)


@blueprint.get("/<token>")
@public
@guarded
def show(token: str) -> ResponseReturnValue:
    return _opened(token, lambda link: _page(token, link))


@blueprint.post("/<token>/open")
@public
@guarded
def open_page(token: str) -> ResponseReturnValue:
    link = links.by_token(token)
    if link is None:
        return render_template("confirming/closed.html"), 404
    session["hours"] = {"link": link.id, "until": clock.now().timestamp() + OPEN_FOR_SECONDS}
    return redirect(url_for("hours_link.show", token=token))


@blueprint.post("/<token>/answer")
@public
@guarded
def answer(token: str) -> ResponseReturnValue:
    def keep(link: HoursLink) -> ResponseReturnValue:
        with transaction():
            done = weeks.answer_by_link(link, sunday_sent(), said_of(request.form))
        tell_done(done)
        return redirect(url_for("hours_link.show", token=token))

    return _opened(token, keep)


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
