"""Advice on a run: what would place more students."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from wbl.accounts.forms import EmptyForm
from wbl.accounts.permissions import Permission, requires
from wbl.db import db, transaction
from wbl.errors import NotFound
from wbl.labels import opportunity_title
from wbl.rounds import advising, queries
from wbl.rounds.blueprint import blueprint, the_actor
from wbl.rounds.equity_page import school_names
from wbl.rounds.models import AdviceState, RunAdvice, RunState, SolveRun
from wbl.rounds.pages import round_page
from wbl.rounds.review import offerings_named

PHASES = {
    "solve": _l("the round as it is"),
    "seats": _l("one more seat"),
    "recruit": _l("other employers"),
    "rules": _l("rules of your own"),
}


@blueprint.get("/<int:round_id>/runs/<int:number>/advice")
@requires(Permission.ROUND_VIEW)
def advice(round_id: int, number: int) -> ResponseReturnValue:
    """What would place more: seats, employers to look for, rules of the district's own."""
    run = queries.run_by_number(the_actor(), round_id, number)
    if run.state is not RunState.DONE:
        raise NotFound()
    found = db.session.get(RunAdvice, run.id)
    return render_template(
        "rounds/advice.html",
        page=round_page(run.round),
        placement_round=run.round,
        run=run,
        advice=found,
        working=found is not None and found.state in (AdviceState.QUEUED, AdviceState.RUNNING),
        parts=_parts(run, found),
        phases=_phases(found.phase if found is not None else ""),
        form=EmptyForm(),
    )


def _phases(current: str) -> list[dict[str, str]]:
    names = list(PHASES)
    at = names.index(current) if current in names else -1
    return [
        {"label": str(label), "state": "done" if place < at else "current" if place == at else "ahead"}
        for place, label in enumerate(PHASES.values())
    ]


def _parts(run: SolveRun, found: RunAdvice | None) -> dict[str, Any]:
    from matching.advise.words import advice_parts
    from matching.messages import say

    if found is None or found.record is None:
        return {}
    schools = school_names(run)
    places = [
        {**place, "school_id": schools.get(place["school_id"]) or place["school_id"]}
        for place in found.record["recruit"]
    ]
    named = {seat["opportunity_id"] for seat in found.record["seats"]}
    titles = {
        name: opportunity_title(offering.opportunity)
        for name, offering in offerings_named(run.round_id, named).items()
    }
    said = advice_parts({**found.record, "recruit": places}, get_locale().language, titles)
    rules = list(zip(found.record["rules"], said["rules"], strict=True))
    proved = found.record.get("proved", True)
    return {
        "unproved": "" if proved else say(get_locale().language, "advise_unproved"),
        "seats": said["seats"],
        "recruit": said["recruit"],
        "rules": [words for rule, words in rules if rule["students"] > 0],
        "idle_rules": [words for rule, words in rules if rule["students"] <= 0],
        "excluded": sorted(found.record["excluded"].items(), key=lambda item: -item[1]),
    }


@blueprint.post("/<int:round_id>/runs/<int:number>/advice")
@requires(Permission.ROUND_SOLVE)
def ask_for_advice(round_id: int, number: int) -> ResponseReturnValue:
    """Queue it."""
    with transaction():
        advising.ask_for_advice(the_actor(), round_id, number)
    return redirect(url_for("rounds.advice", round_id=round_id, number=number))
