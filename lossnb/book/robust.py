"""Fits and constants of robust regression that the chapters use: slow, obvious, checked.

Three fits of the same linear model: `least_squares`, `least_absolute`, `m_estimate`. The best
constant: `location`, for any loss with a monotone gradient and many samples at once, and
`huber_interval`, exact, for one distribution. Then the constants of Huber's minimax problem, by
quadrature and by root finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import erf, exp, inf, pi, sqrt
from typing import Any

import numpy as np

import lossnb

__all__ = [
    "NORMAL_QUARTILE",
    "Fit",
    "asymptotic_variance",
    "bounded_influence",
    "contamination",
    "huber_interval",
    "huber_location",
    "joint_scale",
    "least_absolute",
    "least_squares",
    "location",
    "m_estimate",
    "mad",
    "mad_location",
    "minimax_delta",
    "normal_cdf",
    "normal_density",
    "weights",
    "worst_variance",
]

# The third quartile of the standard normal: the median of |e| for a standard normal e.
NORMAL_QUARTILE = 0.6744897501960817


@dataclass(frozen=True)
class Fit:
    """Coefficients, the scale of the residuals, the last weights, and the steps it took."""

    coefficients: np.ndarray
    scale: float
    weights: np.ndarray
    steps: int


def mad(residuals: np.ndarray) -> float:
    """Scale estimate: median of |r| over 0.6745, which is the standard deviation at the normal."""
    return float(np.median(np.abs(residuals)) / NORMAL_QUARTILE)


def weights(loss: Any, residuals: np.ndarray) -> np.ndarray:
    """IRLS weights ψ(r)/r of a loss; at r = 0, a removable singularity, their limit ψ′(0)."""
    r = np.asarray(residuals, dtype=float)
    zero = r == 0
    slope = loss.gradient(r, np.zeros_like(r))
    curvature = loss.hessian(r, np.zeros_like(r))
    return np.asarray(np.where(zero, curvature, slope / np.where(zero, 1.0, r)))


def least_squares(features: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Coefficients that minimise the sum of squared residuals."""
    return np.asarray(np.linalg.lstsq(features, target, rcond=None)[0])


def least_absolute(features: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Coefficients that minimise the sum of absolute residuals, by linear programming.

    Each residual is over - under with both non-negative; at the optimum one of the two is 0,
    so that their sum is the absolute value.
    """
    from scipy.optimize import linprog

    n, d = features.shape
    cost = np.concatenate([np.zeros(d), np.ones(2 * n)])
    equal = np.hstack([features, -np.eye(n), np.eye(n)])
    bounds = [(None, None)] * d + [(0, None)] * (2 * n)
    solution = linprog(cost, A_eq=equal, b_eq=target, bounds=bounds, method="highs")
    if not solution.success:
        raise ValueError(f"the linear programme has no solution: {solution.message}")
    return np.asarray(solution.x[:d])


def m_estimate(
    features: np.ndarray,
    target: np.ndarray,
    loss: Any,
    *,
    scale: Callable[[np.ndarray], float] = mad,
    tolerance: float = 1e-10,
    most_steps: int = 1000,
) -> Fit:
    """Minimise the sum of loss(residual / scale) by iteratively reweighted least squares.

    Starts from least squares and estimates the scale again in every step, as R's `rlm` and
    statsmodels' `RLM` do by default. Pass ``scale=lambda residuals: 1.0`` to keep the loss in
    the units of the target.
    """
    coefficients = least_squares(features, target)
    for step in range(1, most_steps + 1):
        residuals = features @ coefficients - target
        size = scale(residuals)
        if not size > 0:
            raise ValueError(
                "more than half of the residuals are 0, so their scale is 0: pass a scale"
            )
        weight = weights(loss, residuals / size)
        root = np.sqrt(weight)
        new = least_squares(features * root[:, None], target * root)
        moved = float(np.max(np.abs(new - coefficients)))
        coefficients = new
        if moved <= tolerance * (1 + float(np.max(np.abs(new)))):
            return Fit(coefficients, size, weight, step)
    raise ValueError(f"no convergence in {most_steps} steps: raise most_steps or tolerance")


def huber_interval(
    values: np.ndarray, probabilities: np.ndarray | None, delta: float
) -> tuple[float, float]:
    """All minimisers of E Huber(θ, Y) for a finite distribution: the two ends, exactly.

    The slope E clip(θ - Y, ±δ) is continuous, non-decreasing and linear between the knots
    y ± δ. So its zeros follow from its values at the knots.
    """
    y = np.asarray(values, dtype=float)
    p = np.full(len(y), 1 / len(y)) if probabilities is None else np.asarray(probabilities, float)
    if not (np.all(p > 0) and abs(p.sum() - 1) < 1e-9):
        raise ValueError(f"probabilities must be positive and sum to 1, got {probabilities!r}")
    knots = np.unique(np.concatenate([y - delta, y + delta]))
    slope = np.clip(knots[:, None] - y, -delta, delta) @ p
    slope[np.abs(slope) < 1e-14 * delta] = 0.0
    last, first = np.flatnonzero(slope <= 0)[-1], np.flatnonzero(slope >= 0)[0]
    if first <= last:
        return float(knots[first]), float(knots[last])
    rise = slope[first] - slope[last]
    root = knots[last] - slope[last] * (knots[first] - knots[last]) / rise
    return float(root), float(root)


def location(samples: np.ndarray, loss: Any, *, scale: Any = 1.0) -> np.ndarray:
    """The θ that minimises the sum of loss((θ − y) / scale) over each row of `samples`.

    Bisection of the slope, which is non-decreasing; on a flat piece it settles somewhere on it.
    """
    y = np.asarray(samples, dtype=float)
    width = np.asarray(scale, dtype=float)[..., None]
    low, high = y.min(axis=-1), y.max(axis=-1)
    for _ in range(100):
        middle = (low + high) / 2
        residuals = (middle[..., None] - y) / width
        slope = loss.gradient(residuals, np.zeros_like(residuals)).sum(axis=-1)
        low, high = np.where(slope < 0, middle, low), np.where(slope < 0, high, middle)
    centre: np.ndarray = (low + high) / 2
    return centre


def mad_location(samples: np.ndarray, loss: Any, tuning: float) -> np.ndarray:
    """The same, with `tuning` times the row's MAD about its median for the scale."""
    y = np.asarray(samples, dtype=float)
    distance = np.abs(y - np.median(y, axis=-1, keepdims=True))
    scale = tuning * np.median(distance, axis=-1) / NORMAL_QUARTILE
    return location(y, loss, scale=scale)


def huber_location(samples: np.ndarray, delta: float, *, scaled: bool = False) -> np.ndarray:
    """`location` for the Huber loss; with `scaled`, `delta` counts in units of the row's MAD."""
    if scaled:
        return mad_location(samples, lossnb.Huber(delta=1.0), delta)
    return location(samples, lossnb.Huber(delta=delta))


def normal_density(x: Any) -> Any:
    """φ, the density of the standard normal."""
    return np.exp(-np.square(x) / 2) / sqrt(2 * pi)


def normal_cdf(x: float) -> float:
    """Φ, the distribution function of the standard normal."""
    return (1 + erf(x / sqrt(2))) / 2


def asymptotic_variance(
    loss: Any, density: Callable[[float], float], kinks: tuple[float, ...] = ()
) -> float:
    """E ψ(e)² / (E ψ′(e))² for a symmetric density of the errors, by quadrature.

    `kinks` are the points where ψ or the density bends: quadrature is told to split there.
    """
    from scipy.integrate import quad

    ends = sorted({0.0, *(abs(k) for k in kinks if abs(k) < inf)})

    def half(f: Callable[[float], float]) -> float:
        pieces = [quad(f, a, b)[0] for a, b in pairwise(ends)]
        return float(sum(pieces) + quad(f, ends[-1], inf)[0])

    numerator = half(lambda e: float(loss.gradient(e, 0.0)) ** 2 * density(e))
    denominator = half(lambda e: float(loss.hessian(e, 0.0)) * density(e))
    return numerator / (2 * denominator**2)


def bounded_influence(loss: Any, scale: float, epsilon: float) -> tuple[float, float, float]:
    """Efficiency, largest influence and worst-case variance of a loss whose pull is bounded.

    Errors are standard normal; in the worst case a share `epsilon` of them lies so far out that
    each pulls with the full force, the supremum of |loss′|, and adds no curvature. The loss is
    scale² · loss(r / scale), whose gradient is scale · loss′(r / scale).
    """
    from scipy.integrate import quad

    def half(f: Any) -> float:
        pieces = [quad(f, a, b)[0] for a, b in ((0.0, scale), (scale, 6.0 + scale))]
        return 2 * float(sum(pieces))

    square = half(lambda e: float((scale * loss.gradient(e / scale, 0.0)) ** 2 * normal_density(e)))
    curvature = half(lambda e: float(loss.hessian(e / scale, 0.0) * normal_density(e)))
    force = scale * loss.facts.lipschitz
    worst = (1 - epsilon) * square + epsilon * force**2
    return (
        curvature**2 / square,
        force / curvature,
        worst / ((1 - epsilon) * curvature) ** 2,
    )


def contamination(delta: float) -> float:
    """The share ε of contamination for which `delta` is the minimax choice."""
    odds = 2 * exp(-(delta**2) / 2) / (sqrt(2 * pi) * delta) - 2 * normal_cdf(-delta)
    return odds / (1 + odds)


def minimax_delta(epsilon: float) -> float:
    """Huber's minimax δ at a share `epsilon` of contamination, errors of unit variance."""
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon must lie between 0 and 1, got {epsilon!r}")
    low, high = 1e-9, 40.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if contamination(middle) > epsilon else (low, middle)
    return (low + high) / 2


def worst_variance(delta: float, epsilon: float) -> float:
    """Largest asymptotic variance of Huber's estimate when a share `epsilon` is contaminated."""
    inside = 2 * normal_cdf(delta) - 1
    clipped = inside - 2 * delta * float(normal_density(delta)) + 2 * delta**2 * normal_cdf(-delta)
    return ((1 - epsilon) * clipped + epsilon * delta**2) / ((1 - epsilon) * inside) ** 2


def joint_scale(epsilon: float) -> float:
    """Where scikit-learn's σ settles when the errors are standard normal; 1 would be right.

    `HuberRegressor` minimises Σ σ + σ H(r/σ) over coefficients and σ, where H is z² up to
    `epsilon` and straight beyond. The derivative by σ vanishes at mean min((r/σ)², ε²) = 1.
    """
    if not epsilon > 1:
        raise ValueError(f"epsilon must exceed 1, or no scale solves the equation: {epsilon!r}")
    low, high = 1e-3, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        cut = epsilon * middle
        inside = 2 * normal_cdf(cut) - 1 - 2 * cut * float(normal_density(cut))
        mean = inside / middle**2 + 2 * epsilon**2 * normal_cdf(-cut)
        low, high = (middle, high) if mean > 1 else (low, middle)
    return (low + high) / 2
