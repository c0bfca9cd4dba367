"""What is true of a simulated town and stands in none of its tables: only its traces are measured."""

from __future__ import annotations

from random import Random

from wbl.growth.rubrics import COMPETENCIES, LEVELS
from wbl.placements.models import Placement

LONG_WAY = 45
"""Minutes one way from which the journey takes something away."""
GROWTH = 0.8
"""Points of the scale from 1 to 5 that a student gains at an ordinary site, near by."""
SITES = 0.4
"""Standard deviation of what sites truly differ by, in points."""
LOST_ON_THE_WAY = 0.4
LENIENT = 0.5
"""Standard deviation of how kind mentors are, in points."""
SEEN_WRONG = 0.4
"""Standard deviation of one rating around what is true and the mentor's kindness."""
TEACHES_WELL = 0.3
"""What a site's two strong competencies gain more than its others lose together."""


class World:
    """One town's truth. The same seed gives the same town, in whatever order it is asked."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def _of(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")

    def growth(self, site: str, minutes: int | None) -> float:
        """What a student truly gains in a placement, in points."""
        way = LOST_ON_THE_WAY if (minutes or 0) > LONG_WAY else 0.0
        return GROWTH + self._of(f"site {site}").gauss(0, SITES) - way

    def gained(self, site: str, minutes: int | None, competency: str) -> float:
        """The same in one competency: what a site is strong in is learned there more than the rest."""
        strong = self._of(f"strong {site}").sample(COMPETENCIES, 2)
        even = TEACHES_WELL * len(strong) / len(COMPETENCIES)
        more = TEACHES_WELL - even if competency in strong else -even
        return self.growth(site, minutes) + more

    def rated(self, placement: Placement, *, final: bool) -> dict[str, int]:
        """A mentor's levels, as kind as they are: at the beginning, or at the end."""
        site, student = site_of(placement), placement.student.external_id
        kind = self._of(f"mentor {site}").gauss(0, LENIENT)
        eye = self._of(f"eye {placement.id} {final}")
        levels = {}
        for competency in COMPETENCIES:
            true = self._of(f"start {student} {competency}").uniform(1.8, 3.2)
            if final:
                true += self.gained(site, placement.travel_minutes, competency)
            levels[competency] = level(true + kind + eye.gauss(0, SEEN_WRONG))
        return levels

    def said_of_site(self, placement: Placement) -> int:
        """What the student says of the site."""
        gained = self.growth(site_of(placement), placement.travel_minutes)
        return level(3 + 1.5 * (gained - GROWTH) + self._of(f"said {placement.id}").gauss(0.5, 0.7))

    def week_of_leaving(self, placement: Placement) -> int | None:
        """The week in which a placement comes to an early end; None where it is completed."""
        rng = self._of(f"leaving {placement.id}")
        likely = 0.15 if (placement.travel_minutes or 0) > LONG_WAY else 0.05
        return rng.randint(2, 8) if rng.random() < likely else None

    def comes(self, placement: Placement, week: int) -> bool:
        """Whether the student comes on the days of a week; who does not has called in sick."""
        return self._of(f"comes {placement.id} {week}").random() < 0.95


def level(value: float) -> int:
    """The level of a rubric nearest to a value."""
    return min(LEVELS[-1], max(LEVELS[0], round(value)))


def site_of(placement: Placement) -> str:
    """The identifier of the place of work."""
    opportunity = placement.offering.opportunity
    return opportunity.site.external_id if opportunity.site is not None else opportunity.external_id
