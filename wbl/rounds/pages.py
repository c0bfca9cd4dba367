"""What the head of every page of a round shows: where the round stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from wbl import clock
from wbl.placements.models import Publication
from wbl.rounds.models import Round, RoundState, SolveRun
from wbl.rounds.queries import active_run, newest_done_run, publication_in_force

PREPARE, COLLECT, SOLVE, REVIEW, PUBLISH, RUN = range(6)


@dataclass(frozen=True, slots=True)
class RoundPage:
    """Where a round stands."""

    steps: list[dict[str, Any]]
    current: int
    newest: SolveRun | None  # what is published, else the newest that is done
    active: SolveRun | None  # queued or running
    publication: Publication | None  # in force


def round_page(placement_round: Round, *, step: int | None = None) -> RoundPage:
    """Where a round stands; ``step``: the stage that the page itself is."""
    active = active_run(placement_round.id)
    publication = publication_in_force(placement_round.id)
    newest = publication.run if publication is not None else newest_done_run(placement_round.id)
    current = _step(placement_round, newest) if step is None else step
    return RoundPage(_steps(placement_round, newest, active), current, newest, active, publication)


def _step(placement_round: Round, newest: SolveRun | None) -> int:
    if placement_round.published_run_id is not None:
        return RUN
    if newest is not None:
        return REVIEW
    if placement_round.closes_at is not None and clock.now() < placement_round.closes_at:
        return COLLECT
    return PREPARE if placement_round.state is RoundState.DRAFT else SOLVE


def _steps(placement_round: Round, newest: SolveRun | None, active: SolveRun | None) -> list[dict[str, Any]]:
    here: dict[str, Any] = {"round_id": placement_round.id}
    steps: list[dict[str, Any]] = [
        {"label": _("Prepare"), "href": url_for("rounds.prepare", **here)},
        {"label": _("Collect"), "href": url_for("rounds.collect", **here)},
        {"label": _("Solve"), "href": url_for("rounds.show", **here, _anchor="solve")},
        {"label": _("Review")},
        {"label": _("Publish")},
        {"label": _("Run")},
    ]
    if active is not None:
        steps[SOLVE]["href"] = url_for("rounds.run", **here, number=active.number)
    if newest is not None:
        steps[REVIEW]["href"] = url_for("rounds.run", **here, number=newest.number)
        steps[PUBLISH]["href"] = url_for("rounds.publish", **here, number=newest.number)
    if placement_round.published_run_id is not None:
        steps[RUN]["href"] = url_for("changes.running_page", **here)
    return steps
