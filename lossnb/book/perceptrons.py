"""The perceptron's rule, w ← w + y·x on a mistake, and the widest margin of separable data.

The chapter on the perceptron loss writes the rule out as descent on `lossnb.Perceptron`; `train` is
the same rule, made fast: between two mistakes the weights rest, so many rows are scored at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Run", "orders", "train", "widest"]

BLOCK = 64  # rows scored at once; those behind a mistake are scored again


@dataclass(frozen=True)
class Run:
    """What a run of the rule leaves."""

    weights: np.ndarray  # the last ones
    average: np.ndarray  # the mean of the weights after every step, with a mistake or without
    mistakes: tuple[int, ...]  # of each pass

    @property
    def clean(self) -> bool:
        """Whether the last pass was without a mistake: every row has its right sign."""
        return self.mistakes[-1] == 0


def orders(n: int, passes: int, seed: int) -> np.ndarray:
    """A fresh random order of n rows for each pass, one pass a row."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(n) for _ in range(passes)])


def train(
    features: np.ndarray,
    label: np.ndarray,
    order: np.ndarray,
    *,
    rate: float = 1.0,
    start: np.ndarray | None = None,
) -> Run:
    """Run the rule through each row of `order`, until a pass brings no mistake.

    A score of zero is a mistake, as `lossnb.Perceptron` has it.
    """
    signed = label[:, None] * features
    w = np.zeros(features.shape[1]) if start is None else np.array(start, dtype=float)
    total, steps, mistakes = np.zeros_like(w), 0, []
    for once in order:
        rows, at, wrongs = signed[once], 0, 0
        while at < len(rows):
            wrong = rows[at : at + BLOCK] @ w <= 0
            right = int(wrong.argmax()) if wrong.any() else len(wrong)
            total += right * w
            at += right
            if right < len(wrong):
                w = w + rate * rows[at]
                total += w
                at, wrongs = at + 1, wrongs + 1
        steps += len(rows)
        mistakes.append(wrongs)
        if wrongs == 0:
            break
    return Run(w, total / steps, tuple(mistakes))


def widest(features: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, float]:
    """The unit vector u with the largest γ for which every y·uᵀx ≥ γ, and that γ.

    It points to the point nearest to the origin of the convex hull of the vectors y·x, which
    non-negative least squares finds in finitely many steps. No weight is exempt: the intercept
    counts as a feature. Raises ValueError where no hyperplane through the origin separates.
    """
    from scipy.optimize import nnls

    signed = label[:, None] * features
    scale = np.linalg.norm(signed, axis=1).max()
    columns = np.vstack([signed.T / scale, np.ones(len(signed))])
    goal = np.append(np.zeros(features.shape[1]), 1.0)
    shares = nnls(columns, goal, maxiter=100 * len(signed))[0]
    nearest = signed.T @ shares
    length = float(np.linalg.norm(nearest))
    u = nearest / length if length > 0 else nearest
    margin = float((signed @ u).min())
    if not margin > 0:
        raise ValueError(
            f"no margin: the least y·uᵀx found is {margin:.3g}; the data do not separate"
        )
    return u, margin
