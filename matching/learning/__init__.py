"""What closed placements teach the next round: what a site does for its students, and what went with what.

Plain functions over arrays; the application fills a :class:`History` and decides what comes of the answers.
Protected groups cannot be features: a History has no place for them.
"""

from __future__ import annotations

from matching.learning.effects import Effect, Effects, effects
from matching.learning.history import LEAST_CLOSED, History
from matching.learning.sites import SiteEstimates, site_estimates
from matching.learning.weights import Suggestion, suggest

__all__ = [
    "LEAST_CLOSED",
    "Effect",
    "Effects",
    "History",
    "SiteEstimates",
    "Suggestion",
    "effects",
    "site_estimates",
    "suggest",
]
