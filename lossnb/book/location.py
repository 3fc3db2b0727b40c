"""Where a convex loss of the residual puts a constant prediction, and what bounding its pull costs.

`robust` does this for the Huber loss, exactly; here for any loss with a continuous gradient, by
bisection and by quadrature. `scale` divides the residual: the loss is loss(r / scale).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb.book.robust import NORMAL_QUARTILE, normal_density

__all__ = ["bounded_influence", "location", "mad_location"]


def location(samples: np.ndarray, loss: Any, *, scale: Any = 1.0) -> np.ndarray:
    """The θ that minimises the sum of loss((θ − y) / scale) over each row of `samples`.

    Bisection of the slope, which is continuous and non-decreasing; on a flat piece it settles
    somewhere on it.
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
