"""Surrogates of the 0-1 loss: conditional risks, ψ-transforms, and laws that defeat them.

A loss is any function of a score and a label, so that those of `lossnb` and a chapter's own
counterexamples are treated alike. Conditional risks are minimised on a grid and then by golden
section, which needs no derivative and no convexity between distant points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

import lossnb
from lossnb.book import data, hinges, linear

__all__ = [
    "Half",
    "agreement",
    "conditional_risk",
    "fit",
    "held_out",
    "hinge_line",
    "least_risk",
    "long_servedio",
    "lower_hull",
    "minimiser",
    "psi",
    "psi_tilde",
    "random_laws",
    "split",
]  # fmt: skip

PENALTIES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
MOST = 2000  # rows of a split: what the hinge's solver does in a fraction of a second

Loss = Callable[[np.ndarray, np.ndarray], Any]

FAR = 50.0  # e^−50 is zero to every digit that a page prints
_GRID = np.sinh(np.linspace(-1, 1, 801) * np.arcsinh(FAR * 100)) / 100  # dense at 0; ends at ±FAR
_GOLDEN = (np.sqrt(5) - 1) / 2


def conditional_risk(loss: Loss, eta: np.ndarray, score: np.ndarray) -> np.ndarray:
    """η φ(z) + (1 − η) φ(−z): the expected loss of the score where the label is +1 with chance η.

    `eta` and `score` broadcast.
    """
    eta, score = np.broadcast_arrays(np.asarray(eta, float), np.asarray(score, float))
    ones = np.ones(score.shape)
    return np.asarray(eta * loss(score, ones) + (1 - eta) * loss(score, -ones))


def minimiser(loss: Loss, eta: np.ndarray, *, wrong: bool = False) -> np.ndarray:
    """A score in [−50, 50] of least conditional risk, for each `eta` of a vector.

    With `wrong` only the scores that disagree with the better label compete: z ≤ 0 for η > ½,
    z ≥ 0 for η < ½. Where several scores are best, one of them.
    """
    eta = np.asarray(eta, float)
    side = np.where(eta >= 0.5, 1.0, -1.0)  # work with η ≥ ½ and flip the score afterwards
    eta = np.maximum(eta, 1 - eta)
    grid = _GRID[_GRID <= 0] if wrong else _GRID
    best = np.argmin(conditional_risk(loss, eta[:, None], grid[None, :]), axis=1)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    for _ in range(80):
        a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        left = conditional_risk(loss, eta, a) < conditional_risk(loss, eta, b)
        low, high = np.where(left, low, a), np.where(left, b, high)
    inner, outer = (low + high) / 2, grid[best]
    better = conditional_risk(loss, eta, inner) < conditional_risk(loss, eta, outer)
    return np.asarray(side * np.where(better, inner, outer))


def least_risk(loss: Loss, eta: np.ndarray, *, wrong: bool = False) -> np.ndarray:
    """The conditional risk at `minimiser`: H(η), or H⁻(η) with `wrong`."""
    return conditional_risk(loss, eta, minimiser(loss, eta, wrong=wrong))


def psi_tilde(loss: Loss, u: np.ndarray) -> np.ndarray:
    """What the wrong sign costs in conditional risk at η = (1 + u)/2: H⁻ − H, before the hull."""
    eta = (1 + np.asarray(u, float)) / 2
    return np.asarray(least_risk(loss, eta, wrong=True) - least_risk(loss, eta))


def psi(loss: Loss, u: np.ndarray) -> np.ndarray:
    """The ψ-transform of Bartlett, Jordan and McAuliffe (2006) on an increasing grid `u`.

    The largest convex function below `psi_tilde` on the points of the grid, which should reach
    from 0 to 1: the lower hull is the biconjugate.
    """
    return lower_hull(u, psi_tilde(loss, u))


def lower_hull(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The lower convex hull of the points, as a function on their increasing abscissae `x`."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if not (np.diff(x) > 0).all():
        raise ValueError("x must be strictly increasing")
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2:]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            hull.pop()  # b lies on or above the line from a to i
        hull.append(i)
    return np.asarray(np.interp(x, x[hull], y[hull]))


def long_servedio(gamma: float, *, one_in: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Long and Servedio's four examples, all of the class +1, and labels of which some are flipped.

    One example (1, 0), one (γ, 5γ) and two (γ, −γ), each `one_in` times; one copy of each has the
    label −1. The rows come in four blocks, the first of each block flipped.
    """
    corners = np.array([[1.0, 0.0], [gamma, 5 * gamma], [gamma, -gamma], [gamma, -gamma]])
    label = np.ones((4, one_in))
    label[:, 0] = -1.0
    return np.repeat(corners, one_in, axis=0), label.ravel()


def hinge_line(features: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The weights of least mean hinge loss, without a penalty, as a linear programme.

    Several weights may be best, above all on separable data; this is one of them.
    """
    n, columns = features.shape
    signed = features * label[:, None]
    answer = linprog(
        np.concatenate([np.zeros(columns), np.full(n, 1 / n)]),
        A_ub=np.hstack([-signed, -np.eye(n)]),
        b_ub=-np.ones(n),
        bounds=[(None, None)] * columns + [(0, None)] * n,
        method="highs-ds",
    )
    if not answer.success:
        raise ValueError(f"no solution of the linear programme: {answer.message}")
    return np.asarray(answer.x[:columns])


def random_laws(
    rng: np.random.Generator, *, laws: int, points: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Laws on a few points, and a score at each: weights, probabilities of +1 and scores.

    Each array has a row for every law. Weights sum to one. The scores of a law have their own
    scale, from a hundredth to ten, so that some laws come near the bounds.
    """
    weights = rng.dirichlet(np.ones(points), size=laws)
    eta = rng.uniform(size=(laws, points))
    scale = 10.0 ** rng.uniform(-2, 1, size=(laws, 1))
    return weights, eta, scale * rng.normal(size=(laws, points))


def fit(
    loss: Any,
    features: np.ndarray,
    label: np.ndarray,
    *,
    penalty: float = 0.0,
    intercept: bool = True,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """The weights of least mean loss plus ½ penalty ‖w‖², as in `linear.fit`, the hinge included.

    The hinge has no curvature for Newton's method. It is solved by its dual, or without a penalty
    as a linear programme. The interior point of `hinges.support` refuses very small penalties; they
    go to scikit-learn's `SVC`, which does them well but is too slow for the rest.
    """
    if not isinstance(loss, lossnb.Hinge):
        options: dict[str, Any] = {"penalty": penalty, "intercept": intercept, "start": start}
        return linear.fit(loss, features, label, **options)
    if penalty == 0:
        return hinge_line(features, label)
    try:
        return hinges.support(features, label, penalty=penalty, intercept=intercept).weights
    except hinges.NotSolved:
        if not intercept:
            raise
        return hinges.hinge_fit(features, label, penalty)[0]


@dataclass(frozen=True)
class Half:
    """Standardised features and labels of one half of a split."""

    features: np.ndarray
    label: np.ndarray

    def errors(self, weights: np.ndarray) -> int:
        """How many labels the linear score gets wrong; a score of zero is wrong."""
        return int(np.sum(self.label * (self.features @ weights) <= 0))


def split(table: data.Table, *, seed: int, flipped: float = 0.0) -> tuple[Half, Half]:
    """A random half to train on and the other to test on, of at most `MOST` rows.

    The features are standardised by the training half. A share `flipped` of the training labels
    has the wrong sign; the test labels are clean.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(table))[:MOST]
    half = len(rows) // 2
    train, test = rows[:half], rows[half:]
    scaled = data.standardised(table, rows=train)
    label = scaled.target[train]
    label[rng.permutation(half)[: round(flipped * half)]] *= -1
    return Half(scaled.features[train], label), Half(scaled.features[test], scaled.target[test])


def held_out(
    losses: Sequence[Any], table: data.Table, *, seed: int, flipped: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Test error in per cent, and the loss itself on the test half, for each loss and penalty.

    Both arrays have a row for every loss and a column for every one of `PENALTIES`.
    """
    train, test = split(table, seed=seed, flipped=flipped)
    error = np.empty((len(losses), len(PENALTIES)))
    risk = np.empty_like(error)
    for i, loss in enumerate(losses):
        w = None
        for k, penalty in reversed(list(enumerate(PENALTIES))):  # each starts from the stronger one
            w = fit(loss, train.features, train.label, penalty=penalty, start=w)
            error[i, k] = 100 * test.errors(w) / len(test.label)
            risk[i, k] = loss(test.features @ w, test.label).mean()
    return error, risk


def agreement(risk: np.ndarray, errors: np.ndarray) -> float | None:
    """Of the pairs of models with different errors, the percentage in which lower risk goes with
    fewer errors; None if there is no such pair."""
    i, j = np.triu_indices(len(risk), 1)
    differ = errors[i] != errors[j]
    if not differ.any():
        return None
    same = (risk[i] < risk[j]) == (errors[i] < errors[j])
    return float(100 * same[differ].mean())
