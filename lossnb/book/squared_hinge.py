"""What the chapter on the squared hinge needs: splits in thirds, and steps that are counted."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossnb.book import data, linear

__all__ = ["Part", "dual_passes", "errors", "polyak_excess", "thirds"]


@dataclass(frozen=True)
class Part:
    """Rows of a table: the design matrix, with its column of ones first, and the labels."""

    x: np.ndarray
    y: np.ndarray


def thirds(table: data.Table, seed: int) -> tuple[Part, Part, Part]:
    """Three random thirds to train, to choose and to test, standardised by the first."""
    order = np.random.default_rng(seed).permutation(len(table))
    third = len(table) // 3
    scaled = data.standardised(table, rows=order[:third])
    parts = order[:third], order[third : 2 * third], order[2 * third :]
    train, choose, test = (Part(scaled.features[rows], scaled.target[rows]) for rows in parts)
    return train, choose, test


def errors(weights: np.ndarray, part: Part) -> float:
    """The errors of the sign of the score, in per cent."""
    return 100 * float(np.mean(part.y * (part.x @ weights) <= 0))


def polyak_excess(
    loss: Any, part: Part, penalty: float, least: float, steps: int, *, until: float = -np.inf
) -> np.ndarray:
    """The excess over the least objective, relative to it, before each of `steps` Polyak steps.

    A step is excess over squared length of the gradient; all weights are penalised. The last
    excess is the first below `until`, if there is one. The steps amplify rounding, so the sums
    are einsum's, whose order does not depend on the machine, and `least` enters with nine digits.
    """
    least = float(f"{least:.9g}")
    w = np.zeros(part.x.shape[1])
    excesses: list[float] = []
    for _ in range(steps):
        value, slope = loss.value_and_gradient(np.einsum("ij,j->i", part.x, w), part.y)
        gap = value.mean() + penalty / 2 * np.sum(w * w) - least
        gradient = np.einsum("ij,i->j", part.x, slope) / len(part.y) + penalty * w
        excesses.append(float(gap / least))
        if excesses[-1] < until:
            break
        w = w - max(gap, 0.0) / np.sum(gradient * gradient) * gradient
    return np.array(excesses)


def dual_passes(
    name: str, loss: Any, part: Part, penalty: float, least: float, marks: Sequence[float]
) -> list[int]:
    """Passes of liblinear's dual coordinate descent until the excess is below `mark` times `least`.

    One number for each of the marks, which descend. Tried are 1, 2, 4, … up to 2¹⁶ passes, each
    from zero; all weights are penalised.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    needed: list[int] = []
    for passes in (1 << k for k in range(17)):
        model = LinearSVC(
            loss=name, dual=True, C=1 / (len(part.y) * penalty), fit_intercept=False,
            tol=1e-6, max_iter=passes, random_state=0,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            w = model.fit(part.x, part.y).coef_[0]
        value = linear.objective(loss, w, part.x, part.y, penalty=penalty, intercept=False)
        while value - least < marks[len(needed)] * least:
            needed.append(passes)
            if len(needed) == len(marks):
                return needed
    raise ValueError(f"{name}: the excess is not below {marks} of the least after {passes} passes")
