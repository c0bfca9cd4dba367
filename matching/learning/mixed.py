"""A linear model with effects that are drawn towards their mean: sites, raters, and penalised features.

``y = X·b + F·f + S·s + R·r + e``, where b is free and f, s, r are random with a variance of their own each.
Estimated are the variances (restricted maximum likelihood, Patterson and Thompson 1971), then all effects
at once from Henderson's mixed model equations (Henderson 1975): the best linear unbiased predictions, which
shrink a site with few placements to the mean. A penalty on features with a variance estimated from the data
is a ridge regression (Hoerl and Kennard 1970).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Of a ratio of variances: below the first an effect is as good as not there.
_LEAST, _MOST = 1e-6, 1e3
_ROUNDS = 60
_ENOUGH = 1e-4


@dataclass(frozen=True, slots=True)
class Group:
    """What one random effect is told apart by: a level of each row, -1 where unknown."""

    level: IntArray  # [rows]
    count: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """Effects with their standard errors, in units of y; ``features_error`` is that without a penalty."""

    features: FloatArray
    features_error: FloatArray
    sites: FloatArray
    sites_error: FloatArray
    raters: FloatArray
    residual_deviation: float
    feature_deviation: float
    site_deviation: float  # of true site effects, as far as the rows tell
    rater_deviation: float


def fit(y: FloatArray, fixed: FloatArray, features: FloatArray, sites: Group, raters: Group) -> Fitted:
    """Fit the model.

    Parameters
    ----------
    y
        [n] outcomes.
    fixed
        [n, p] what is taken out without a penalty, of full column rank: a mean, the rounds.
    features
        [n, k] penalised features, each scaled by the caller; k may be 0.
    sites, raters
        The levels of each row. A level without rows gets the mean, 0, with its whole uncertainty.

    Raises
    ------
    ValueError
        Fewer rows than free effects and one more.
    """
    rows, free = fixed.shape
    if rows <= free:
        raise ValueError(f"{rows} rows are too few for {free} free effects")
    equations = _Equations(y, fixed, features, sites, raters)
    ratios = _climb(equations)
    found = equations.solve(ratios)
    if not found.features.size:
        return found
    # A penalty that shrinks an effect to nothing would shrink its doubt as well: the error is the one
    # that it has without a penalty.
    free = equations.solve(np.array([_MOST, *ratios[1:]]))
    return replace(found, features_error=free.features_error)


class _Equations:
    """Henderson's equations of one data set: raters are eliminated, since their block is diagonal."""

    def __init__(
        self, y: FloatArray, fixed: FloatArray, features: FloatArray, sites: Group, raters: Group
    ) -> None:
        self.rows, self.free = fixed.shape
        self.ridge, self.sites, self.raters = features.shape[1], sites.count, raters.count
        dense = np.hstack([fixed, features])
        width = dense.shape[1]
        known_site, known_rater = sites.level >= 0, raters.level >= 0
        size = width + sites.count
        self.normal = np.zeros((size, size))
        self.normal[:width, :width] = dense.T @ dense
        for column in range(width):
            by_site = np.bincount(sites.level[known_site], dense[known_site, column], sites.count)
            self.normal[column, width:] = self.normal[width:, column] = by_site
        diagonal = np.arange(width, size)
        self.normal[diagonal, diagonal] = np.bincount(sites.level[known_site], minlength=sites.count)
        self.right = np.concatenate(
            [dense.T @ y, np.bincount(sites.level[known_site], y[known_site], sites.count)]
        )
        # Of raters: how often each is there with whom, and the sum of their y.
        both = known_site & known_rater
        columns = np.tile(np.arange(width), (int(known_rater.sum()), 1)).T.ravel()
        self.with_raters = csr_array(
            (
                np.concatenate([dense[known_rater].T.ravel(), np.ones(int(both.sum()))]),
                (
                    np.concatenate([columns, width + sites.level[both]]),
                    np.concatenate([np.tile(raters.level[known_rater], width), raters.level[both]]),
                ),
            ),
            shape=(size, raters.count),
        )
        self.rated = np.bincount(raters.level[known_rater], minlength=raters.count).astype(float)
        self.rater_right = np.bincount(raters.level[known_rater], y[known_rater], raters.count)
        self.squares = float(y @ y)

    def _reduced(self, ratios: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, csr_array]:
        """Equations without raters, their right side, and the raters' diagonal and shares."""
        ridge, site, rater = ratios
        penalty = np.concatenate(
            [np.zeros(self.free), np.full(self.ridge, 1 / ridge), np.full(self.sites, 1 / site)]
        )
        diagonal = self.rated + 1 / rater
        share = csr_array(self.with_raters.multiply(1 / diagonal))
        return (
            self.normal + np.diag(penalty) - (share @ self.with_raters.T).toarray(),
            self.right - share @ self.rater_right,
            diagonal,
            share,
        )

    def likelihood(self, ratios: FloatArray) -> float:
        """The restricted log-likelihood, but for a constant; the residual variance is at its best value."""
        matrix, right, diagonal, _share = self._reduced(ratios)
        root = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
        half = solve_triangular(root, right, lower=True, check_finite=False)
        left = self.squares - float(self.rater_right @ (self.rater_right / diagonal)) - float(half @ half)
        freedom = self.rows - self.free
        determinant = 2 * float(np.log(np.diag(root)).sum()) + float(np.log(diagonal).sum())
        counts = np.array([self.ridge, self.sites, self.raters])
        determinant += float(counts @ np.log(ratios))
        return float(-0.5 * (freedom * np.log(max(left, 1e-12) / freedom) + determinant))

    def solve(self, ratios: FloatArray) -> Fitted:
        """All effects and their standard errors."""
        matrix, right, diagonal, share = self._reduced(ratios)
        inverse = np.linalg.inv(matrix)
        found = inverse @ right
        raters = self.rater_right / diagonal - share.T @ found
        left = self.squares - float(self.right @ found) - float(self.rater_right @ raters)
        variance = max(left, 1e-12) / (self.rows - self.free)
        error = np.sqrt(variance * np.clip(np.diag(inverse), 0, None))
        ridge = slice(self.free, self.free + self.ridge)
        sites = slice(self.free + self.ridge, None)
        deviation = np.sqrt(variance * ratios)
        return Fitted(
            features=found[ridge],
            features_error=error[ridge],
            sites=found[sites],
            sites_error=error[sites],
            raters=raters,
            residual_deviation=float(np.sqrt(variance)),
            feature_deviation=float(deviation[0]),
            site_deviation=float(deviation[1]),
            rater_deviation=float(deviation[2]),
        )


def _climb(equations: _Equations) -> FloatArray:
    """The ratios of variances at the top of the likelihood, one after the other until none moves."""
    ratios = np.array([0.1, 0.1, 0.1])
    best = equations.likelihood(ratios)
    step = np.full(3, 2.0)  # of the logarithm
    present = [at for at, count in enumerate((equations.ridge, equations.sites, equations.raters)) if count]
    for _ in range(_ROUNDS):
        before = best
        for at in present:
            for sign in (1.0, -1.0):
                tried = ratios.copy()
                tried[at] = np.clip(tried[at] * np.exp(sign * step[at]), _LEAST, _MOST)
                value = equations.likelihood(tried)
                if value > best:
                    ratios, best = tried, value
                    break
            else:
                step[at] /= 2
        if best - before < _ENOUGH and step[present].max(initial=0) < 0.1:
            break
    return ratios
