"""Linear classifiers: the least mean margin loss plus ½ penalty·‖w‖², by Newton's method.

For the smooth losses of the margin (squared hinge, exponential, logistic). With their Hessians in
closed form the answer is exact to rounding after a few steps. The mean is over examples: the sum
that scikit-learn minimises, ½‖w‖² + C Σ φ, has C = 1/(n·penalty).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["fit", "objective"]


def objective(
    loss: Any,
    weights: np.ndarray,
    features: np.ndarray,
    label: np.ndarray,
    *,
    penalty: float = 0.0,
    intercept: bool = True,
) -> float:
    """mean φ(y·Xw) + ½ penalty ‖w‖²; with `intercept` the first weight is not penalised."""
    shrunk = weights[1:] if intercept else weights
    return float(loss(features @ weights, label).mean() + penalty / 2 * shrunk @ shrunk)


def fit(
    loss: Any,
    features: np.ndarray,
    label: np.ndarray,
    *,
    penalty: float = 0.0,
    intercept: bool = True,
    start: np.ndarray | None = None,
    steps: int = 200,
) -> np.ndarray:
    """The weights that minimise `objective`, by Newton steps halved until they descend.

    `features` holds the ones of the intercept as its first column, which is not penalised;
    `intercept=False` penalises every column. `loss` needs a gradient and a Hessian that is not 0
    everywhere: a hinge is a linear programme, not a Newton problem.

    Raises ValueError where `penalty` is negative, where the loss has no curvature, and where no
    minimum is reached within `steps`: without a penalty, data have none that can be
    separated, if only in part.
    """
    if not penalty >= 0:
        raise ValueError(f"penalty must be 0 or positive, got {penalty!r}")
    n, columns = features.shape
    shrink = np.full(columns, float(penalty))
    if intercept:
        shrink[0] = 0.0
    w = np.zeros(columns) if start is None else np.array(start, dtype=float)
    options: dict[str, Any] = {"penalty": penalty, "intercept": intercept}
    value, before = objective(loss, w, features, label, **options), np.inf
    for _ in range(steps):
        score = features @ w
        pull, bend = loss.gradient(score, label), loss.hessian(score, label)
        if not bend.any() and pull.any():
            raise ValueError(f"loss has no curvature to step by, got {loss!r}: use a smooth loss")
        slope = features.T @ pull / n + shrink * w
        curve = (features.T * bend) @ features / n + np.diag(shrink)
        step = np.linalg.lstsq(curve, slope, rcond=1e-14)[0]
        drop = float(slope @ step)
        if drop <= 1e-13 * abs(value):  # too little to be seen in the value: full steps
            if np.abs(features @ step).max() > 0.1:
                break  # scores still on their way to infinity, in the tail of the loss
            if not drop < before / 2:
                return w
            w, before = w - step, drop
            continue
        size, new = 1.0, np.inf
        while not new <= value - 1e-4 * size * drop:
            new = objective(loss, w - size * step, features, label, **options)
            size /= 2
        w, value = w - 2 * size * step, new
    raise ValueError(
        f"no minimum within steps={steps}, where ‖w‖ is {np.linalg.norm(w):.3g}: data that can be "
        "separated, if only in part, need a positive penalty"
    )
