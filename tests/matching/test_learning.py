"""What closed placements teach: planted effects are found within their intervals, none where none is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching.learning import LEAST_CLOSED, Effects, History, effects, site_estimates, suggest
from matching.learning.mixed import FloatArray, Group, fit

SEEDS = 100
WEIGHTS = {"preference": 50.0, "interest": 15.0, "travel": 20.0, "growth": 15.0}
PLANTED = {"completed": {"preference": 0.0, "interest": 0.15, "travel": -0.2},
           "growth": {"preference": 0.4, "interest": 0.0, "travel": -0.3}}  # fmt: skip
NONE = {outcome: dict.fromkeys(of, 0.0) for outcome, of in PLANTED.items()}


def simulated(
    seed: int, planted: dict[str, dict[str, float]], placements: int = 400, sites: int = 50
) -> tuple[History, FloatArray, FloatArray]:
    """A history of two rounds with differing sites and raters; the true site effects, and leniencies."""
    rng = np.random.default_rng(seed)
    site = rng.integers(0, sites, placements)
    rater = 2 * site + rng.integers(0, 2, placements)
    rater[rng.random(placements) < 0.3] = rng.integers(0, 2 * sites)  # one goes from site to site
    true, lenient = rng.normal(0, 0.3, sites), rng.normal(0, 0.5, 2 * sites)
    parts = {"preference": rng.random(placements), "interest": rng.random(placements)}
    minutes = rng.uniform(5, 70, placements)
    yes = {name: part >= 0.75 for name, part in parts.items()} | {"travel": minutes > 45}
    effect = {
        outcome: sum((size * yes[name] for name, size in of.items()), np.zeros(placements))
        for outcome, of in planted.items()
    }
    growth = 0.8 + effect["growth"] + true[site] + lenient[rater] + rng.normal(0, 0.5, placements)
    chance = np.clip(0.7 + effect["completed"] + 0.2 * true[site], 0, 1)
    history = History(
        round=rng.integers(0, 2, placements),
        site=site,
        rater=rater,
        growth=growth,
        completed=(rng.random(placements) < chance).astype(float),
        hours_kept=np.clip(rng.normal(0.9, 0.1, placements), 0, 1),
        rating=np.clip(np.round(4 + true[site] + rng.normal(0, 0.7, placements)), 1, 5),
        minutes=minutes,
        sites=sites,
        raters=2 * sites,
        **parts,
    )
    return history, true, lenient


@cache
def found(seed: int, *, planted: bool) -> Effects:
    return effects(simulated(seed, PLANTED if planted else NONE)[0])


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["completed", "growth"])
def test_planted_effects_lie_within_their_intervals(outcome: str) -> None:
    whole = 0
    for seed in range(SEEDS):
        of_outcome = [one for one in found(seed, planted=True).found if one.outcome == outcome]
        assert len(of_outcome) == 3
        whole += all(one.low <= PLANTED[outcome][one.feature] <= one.high for one in of_outcome)
    assert whole >= 90


@pytest.mark.slow
def test_with_no_effect_no_change_is_suggested() -> None:
    moved = [seed for seed in range(SEEDS) if suggest(WEIGHTS, found(seed, planted=False).found).because]
    assert len(moved) <= 5
    shown = [one for seed in range(SEEDS) for one in found(seed, planted=False).found]
    assert min(one.high - one.low for one in shown) > 0.1, "an effect of nothing is still in doubt"


def test_clear_effects_move_the_weights_that_they_speak_of() -> None:
    right = 0
    for seed in range(SEEDS):
        suggestion = suggest(WEIGHTS, found(seed, planted=True).found)
        assert sum(suggestion.weights.values()) == pytest.approx(100, abs=0.3)
        assert all(abs(suggestion.weights[name] - WEIGHTS[name]) <= 10.01 for name in ("interest", "travel"))
        right += suggestion.weights["travel"] > 20
    assert right >= 85  # what goes badly with long ways makes short ways count for more


def test_too_few_closed_placements_say_nothing() -> None:
    few, _true, _lenient = simulated(1, PLANTED, placements=LEAST_CLOSED - 1)
    assert effects(few) == Effects(LEAST_CLOSED - 1, ())
    assert suggest(WEIGHTS, effects(few).found).weights == WEIGHTS


def test_what_a_district_does_not_count_stays_out() -> None:
    weights = {"preference": 80.0, "interest": 0.0, "travel": 20.0, "growth": 0.0}
    assert suggest(weights, found(3, planted=True).found).weights["interest"] == 0


def test_sites_are_told_apart_from_the_leniency_of_raters() -> None:
    history, true, _lenient = simulated(7, NONE, placements=1500)
    estimates = site_estimates(history)
    assert np.corrcoef(estimates.value, true)[0, 1] > 0.8
    plain = np.array([history.growth[history.site == site].mean() for site in range(history.sites)])
    assert np.corrcoef(estimates.value, true)[0, 1] > np.corrcoef(plain, true)[0, 1]
    assert (estimates.low < estimates.value).all() and (estimates.value < estimates.high).all()
    assert estimates.placements.sum() == 1500


def test_a_new_site_is_at_the_mean_and_one_good_placement_is_not_much() -> None:
    history, _true, _lenient = simulated(2, NONE, placements=600)
    history = replace(history, sites=history.sites + 2)
    history.site[0] = history.sites - 2
    history.growth[0], history.completed[0], history.rating[0] = 2.0, 1.0, 5.0
    estimates = site_estimates(history)
    assert estimates.value[-1] == pytest.approx(0.5) and estimates.placements[-1] == 0
    assert 0.5 < estimates.value[-2] < 0.8, "drawn to the mean"
    assert estimates.high[-1] - estimates.low[-1] > estimates.high[0] - estimates.low[0]


def test_nothing_known_is_the_mean_for_all() -> None:
    history, _true, _lenient = simulated(2, NONE, placements=3)
    nothing = np.full(3, np.nan)
    empty = replace(history, growth=nothing, completed=nothing, hours_kept=nothing, rating=nothing)
    assert (site_estimates(empty).value == 0.5).all()


def test_the_fit_is_that_of_the_whole_equations() -> None:
    """Raters are eliminated for speed; written out in one dense system, everything is the same."""
    rng = np.random.default_rng(5)
    rows, sites, raters = 80, 6, 9
    site, rater = rng.integers(-1, sites, rows), rng.integers(-1, raters, rows)
    x = rng.normal(size=(rows, 2))
    y = 1 + x @ [0.5, -0.2] + rng.normal(0, 0.4, sites + 1)[site] + rng.normal(size=rows) * 0.3
    found = fit(y, np.ones((rows, 1)), x, Group(site, sites), Group(rater, raters))
    variance = found.residual_deviation**2
    z = np.hstack(
        [np.ones((rows, 1)), x, np.eye(sites + 1)[site][:, :sites], np.eye(raters + 1)[rater][:, :raters]]
    )
    deviations = (found.feature_deviation, found.site_deviation, found.rater_deviation)
    penalty = np.repeat([np.inf, *deviations], [1, 2, sites, raters])
    normal = z.T @ z + np.diag(variance / penalty**2)
    whole = np.linalg.solve(normal, z.T @ y)
    assert np.allclose(whole[1:], np.concatenate([found.features, found.sites, found.raters]), atol=1e-6)
    error = np.sqrt(variance * np.diag(np.linalg.inv(normal)))
    assert np.allclose(error[3 : 3 + sites], found.sites_error)
    assert np.allclose(found.features_error, error[1:3], rtol=0.05), "the penalty is slight here"
