"""Quantiles of finite laws, quantile regression, and prediction intervals made of both.

`interval` gives every τ-quantile of a finite law; `regression` fits a plane by linear programming;
`conformal_margin` is the correction that makes an interval cover.
"""

from __future__ import annotations

from math import ceil

import numpy as np

__all__ = ["conformal_margin", "interval", "regression"]


def interval(
    values: np.ndarray, probabilities: np.ndarray | None, tau: float
) -> tuple[float, float]:
    """All τ-quantiles of a finite law, the two ends: Pr(Y < q) ≤ τ ≤ Pr(Y ≤ q).

    Sums of probabilities within 1e-12 of τ count as equal to it, or no interval would be found.
    """
    y = np.asarray(values, dtype=float)
    p = np.full(len(y), 1 / len(y)) if probabilities is None else np.asarray(probabilities, float)
    if not (np.all(p > 0) and abs(p.sum() - 1) < 1e-9):
        raise ValueError(f"probabilities must be positive and sum to 1, got {probabilities!r}")
    if not 0 < tau < 1:
        raise ValueError(f"tau must lie between 0 and 1, got {tau!r}")
    order = np.argsort(y, kind="stable")
    y, below = y[order], np.cumsum(p[order])
    first = int(np.flatnonzero(below >= tau - 1e-12)[0])
    last = int(np.flatnonzero(below > tau + 1e-12)[0])
    return float(y[first]), float(y[last])


def regression(features: np.ndarray, target: np.ndarray, tau: float) -> np.ndarray:
    """Coefficients that minimise the sum of quantile losses, by linear programming.

    Solved in the dual, which has one variable a row: maximise Σ a·y over 0 ≤ a ≤ 1 with
    Σ a·x = (1 − τ) Σ x. The multipliers of that equation are the coefficients. Where a whole face
    of coefficients is optimal, the result is one of its corners; a column of zeros gets zero.
    """
    from scipy.optimize import linprog

    x, y = np.asarray(features, dtype=float), np.asarray(target, dtype=float)
    if not 0 < tau < 1:
        raise ValueError(f"tau must lie between 0 and 1, got {tau!r}")
    width = np.abs(x).max(axis=0)  # features of very different sizes would be solved less exactly
    scaled = x / np.where(width > 0, width, 1)
    solution = linprog(
        -y, A_eq=scaled.T, b_eq=(1 - tau) * scaled.sum(axis=0), bounds=(0, 1), method="highs"
    )
    if not solution.success:
        raise ValueError(f"the linear programme has no solution: {solution.message}")
    coefficients: np.ndarray = -solution.eqlin.marginals / np.where(width > 0, width, 1)
    return coefficients


def conformal_margin(low: np.ndarray, high: np.ndarray, target: np.ndarray, cover: float) -> float:
    """How far both ends must move outwards (inwards, if negative) to cover new rows.

    The smallest margin with which at least ⌈(n + 1)·cover⌉ of the n rows lie inside; infinite if
    n is too small for that.
    """
    outside = np.sort(np.maximum(np.asarray(low) - target, target - np.asarray(high)))
    rank = ceil(round((len(outside) + 1) * cover, 9))
    return float(outside[rank - 1]) if rank <= len(outside) else float("inf")
