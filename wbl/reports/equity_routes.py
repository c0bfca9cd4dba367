"""Who comes how far, by group: of a round, over a school year, and the students behind a number."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from wbl.accounts.permissions import Permission, acting, requires
from wbl.errors import NotFound
from wbl.reports import equity, queries
from wbl.reports.blueprint import blueprint
from wbl.reports.equity import STAGES, Scope, Stage
from wbl.reports.equity_page import equity_page, school_years
from wbl.rounds.models import Round
from wbl.row_ids import row_id


def scope_asked(rounds: Sequence[Round]) -> Scope | None:
    """Of the published rounds what the address names, one or a school year; None where there are none."""
    round_id, year = request.args.get("round", type=row_id), request.args.get("year", type=row_id)
    if not rounds and round_id is None and year is None:
        return None
    return equity.scope_of(rounds, round_id, year, request.args.get("district", type=row_id))


@blueprint.get("/reports/equity")
@requires(Permission.REPORT_VIEW)
def by_stage() -> ResponseReturnValue:
    """Who comes how far, by group, in a round or over a school year."""
    rounds = queries.published_rounds(acting())
    scope = scope_asked(rounds)
    if scope is None:
        return render_template("reports/equity_none.html")
    return render_template(
        "reports/equity.html",
        scope=scope,
        rounds=rounds,
        years=school_years(rounds),
        **equity_page(scope),
    )


@blueprint.get("/reports/equity/students")
@requires(Permission.STUDENT_SENSITIVE)
def stage_students() -> ResponseReturnValue:
    """The students behind one number that is shown."""
    actor = acting()
    stage = request.args.get("stage", "")
    if not stage:
        return redirect(url_for("reports.by_stage"))
    scope = scope_asked(queries.published_rounds(actor))
    if scope is None or stage not in set(Stage):
        raise NotFound()
    category, group = request.args.get("category", ""), request.args.get("group", "")
    at = STAGES.index(Stage(stage))
    ids = equity.counted(scope).behind(category, group, at)
    return render_template(
        "reports/students.html",
        page=equity.students_page(actor, ids, request.args.get("page", 1, type=int)),
        scope=scope,
        category=category,
        group=group,
        stage=stage,
        schools=equity.school_names(scope.district.id),
    )
