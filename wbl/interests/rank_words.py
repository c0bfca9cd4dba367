"""How a round uses what students rank, said plainly, and true for how that round is matched."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from wbl.i18n import percent
from wbl.rounds.policy import goals_that_matter, shares_of, unranked_of
from wbl.rounds.words import GOAL_CLAUSES


def how_ranks_are_used(policy: dict[str, Any], *, open_to_others: bool) -> list[str]:
    """Sentences about the match of a round with this policy."""
    goals = [str(GOAL_CLAUSES.get(goal, goal)) for goal in goals_that_matter(policy, minimums=False)]
    found = [
        _(
            "The match looks at all students at once. Its aims, in this order: %(aims)s.",
            aims="; ".join(goals),
        )
    ]
    shares = shares_of(policy)
    if shares["preference"]:
        found.append(
            _(
                "How well a place fits you is counted from your order (%(order)s), your interests "
                "(%(interests)s), the trip (%(trip)s) and what you would learn (%(growth)s).",
                order=percent(shares["preference"] / 100),
                interests=percent(shares["interest"] / 100),
                trip=percent(shares["travel"] / 100),
                growth=percent(shares["growth"] / 100),
            )
        )
        found.append(
            _(
                "Your first choice counts in full, each step down a tenth less; from the eleventh on it "
                "is little."
            )
        )
    else:
        found.append(_("Your order itself does not count in this round: only what is on your list."))
    return [*found, _unranked(policy, open_to_others)]


def _unranked(policy: dict[str, Any], open_to_others: bool) -> str:
    rule = unranked_of(policy)
    if rule == "always":
        return _("If nothing on your list works out, you may be placed with something else that is possible.")
    if rule == "never":
        return _("Once you have a list, you are placed with something on it or not at all.")
    if open_to_others:
        return _("You said that something else is fine too, if nothing on your list works out.")
    return _("You asked for your list alone: you are placed with something on it or not at all.")


def advice() -> list[str]:
    """What is wise, and what cannot be promised."""
    return [
        _("Put first what you would really like best, and so on down. That is the simplest and the fairest."),
        _(
            "List everything that you would take. A short list can leave you without a place, if others "
            "get those seats."
        ),
        _(
            "We cannot promise that no other order would ever have been better for you: it depends on what "
            "everybody else says, and nobody can see that. If your school uses a stable match instead, your "
            "true order is always your best one."
        ),
        _(
            "Employers and other students do not see your order. No page shows anyone but you what you say "
            "no to."
        ),
    ]
