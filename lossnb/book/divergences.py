"""What the chapter on KL divergence computes: densities on a grid, and fits in both directions.

A density is its logarithm on `GRID`, so that tails which underflow still compare. Sums over the
grid are trapezoidal integrals; for smooth densities that vanish at both ends they are exact to
rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from lossnb.book.ulp import DIGITS

__all__ = [
    "GRID", "STEP", "best_normal", "divergence", "fit_centres", "jensen_shannon", "log_mixture",
    "log_normal", "normal_divergence", "reference",
]  # fmt: skip

Floats = NDArray[np.float64]
STEP = 0.02
GRID = np.arange(-800, 1801) * STEP  # from −16 to 36


def log_normal(mean: Any, sd: Any = 1.0) -> Floats:
    """The log-density of the normal distribution on the grid, a row for each mean."""
    mean, sd = np.asarray(mean, float)[..., None], np.asarray(sd, float)[..., None]
    logs: Floats = -(((GRID - mean) / sd) ** 2) / 2 - np.log(sd * np.sqrt(2 * np.pi))
    return logs


def log_mixture(parts: Floats) -> Floats:
    """The log-density of the mixture of densities with equal weights: over the last axis but one.

    `parts` has shape (…, components, grid).
    """
    mixed: Floats = np.logaddexp.reduce(parts, axis=-2) - np.log(parts.shape[-2])
    return mixed


def divergence(log_p: Floats, log_q: Floats) -> Floats:
    """KL(p‖q) of two densities on the grid."""
    value: Floats = (np.exp(log_p) * (log_p - log_q)).sum(-1) * STEP
    return value


def jensen_shannon(log_p: Floats, log_q: Floats) -> Floats:
    """JS(p, q) of two densities on the grid."""
    middle = np.logaddexp(log_p, log_q) - np.log(2)
    return (divergence(log_p, middle) + divergence(log_q, middle)) / 2


def normal_divergence(mean_p: Any, sd_p: Any, mean_q: Any, sd_q: Any) -> Any:
    """KL(p‖q) of two normal distributions, from their means and standard deviations."""
    apart = (sd_p**2 + (mean_p - mean_q) ** 2) / (2 * sd_q**2)
    return np.log(sd_q / sd_p) + apart - 0.5


def best_normal(log_p: Floats, starts: Iterable[float]) -> tuple[float, float, float]:
    """Mean and standard deviation of the normal q of least KL(q‖p), and the divergence.

    The minimum is searched from a mean at each of `starts` with standard deviation 1; the best one
    found counts.
    """
    from scipy.optimize import minimize

    def reverse(parameters: Floats) -> tuple[float, Floats]:
        mean, log_sd = parameters
        log_q = log_normal(mean, np.exp(log_sd))
        weight = np.exp(log_q) * (log_q - log_p) * STEP
        score = (GRID - mean) / np.exp(log_sd)
        return weight.sum(), np.array(
            [(weight * score).sum() / np.exp(log_sd), (weight * (score**2 - 1)).sum()]
        )

    found = [minimize(reverse, [x, 0.0], jac=True, method="BFGS") for x in starts]
    best = min(found, key=lambda result: result.fun)
    return float(best.x[0]), float(np.exp(best.x[1])), float(best.fun)


def fit_centres(
    log_p: Floats, start: Floats, *, reverse: bool, rate: float = 0.5, steps: int = 500
) -> Floats:
    """Centres of unit normals, mixed with equal weights, after gradient descent from `start`.

    `start` has shape (runs, components). Descends KL(q‖p) if `reverse`, else KL(p‖q).
    """
    centres = np.array(start, float)
    for _ in range(steps):
        parts = log_normal(centres)
        log_q = log_mixture(parts)
        moved = np.exp(parts) * (GRID - centres[..., None]) / centres.shape[-1]  # dq/dcentre
        slope = log_q - log_p if reverse else -np.exp(log_p - log_q)
        centres = centres - rate * (slope[..., None, :] * moved).sum(-1) * STEP
    return centres


def reference(gaps: Floats) -> tuple[list[Any], list[Any]]:
    """KL(p‖q), p = softmax(1, 0), q = softmax(1, gap), and its slope in the gap, to 50 digits."""
    values, slopes = [], []
    with mpmath.workdps(3 * DIGITS):
        first, second = (mpmath.mpf(x) for x in (1, 0))
        p = mpmath.exp(second) / (mpmath.exp(first) + mpmath.exp(second))
        for gap in (mpmath.mpf(x) for x in np.asarray(gaps).tolist()):
            q = mpmath.exp(gap) / (mpmath.exp(first) + mpmath.exp(gap))
            values.append(p * mpmath.log(p / q) + (1 - p) * mpmath.log((1 - p) / (1 - q)))
            slopes.append(q - p)
    return values, slopes
