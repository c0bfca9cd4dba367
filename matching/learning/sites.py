"""What a site does for its students, drawn to the mean of all sites as far as little is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from matching.learning.history import History
from matching.learning.mixed import FloatArray, Group, IntArray, fit

# True differences smaller than this are no reason to prefer a site, however sure they are.
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class SiteEstimates:
    """By site. ``value`` lies between 0 and 1; 0.5 is the mean of all sites and a new site's value.

    Attributes
    ----------
    value
        [sites] the part ``growth`` of a pair's utility there.
    low, high
        [sites] the same at both ends of a 90 % interval.
    placements
        [sites] how many closed placements the value is made of.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    placements: IntArray


def site_estimates(history: History) -> SiteEstimates:
    """Estimate what each site does for its students, with the raters' leniency taken out.

    The outcome of a placement (``History.outcome``) is explained by its round, its site and its rater; the
    site's effect, divided by how much sites truly differ, goes through the normal distribution function:
    the share of sites that do less. Where sites do not differ, every value is near 0.5.
    """
    y = history.outcome()
    rows = np.flatnonzero(~np.isnan(y))
    placements = np.bincount(history.site[rows], minlength=history.sites)
    fixed = history.rounds(rows)
    if len(rows) <= fixed.shape[1] + 1:
        even = np.full(history.sites, 0.5)
        return SiteEstimates(even, np.zeros(history.sites), np.ones(history.sites), placements)
    found = fit(
        y[rows],
        fixed,
        np.empty((len(rows), 0)),
        Group(history.site[rows], history.sites),
        Group(history.rater[rows], history.raters),
    )
    spread = max(found.site_deviation, _LEAST_SPREAD)
    reach = 1.645 * found.sites_error
    return SiteEstimates(
        value=ndtr(found.sites / spread),
        low=ndtr((found.sites - reach) / spread),
        high=ndtr((found.sites + reach) / spread),
        placements=placements,
    )
