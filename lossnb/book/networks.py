"""Small networks on real tables, many seeds at once: what a loss and a step size do to training.

One hidden layer of rectified units, trained by stochastic gradient descent on random batches. All
seeds are trained as one array with a leading axis, in float64; each has its own split of the rows,
its own start and its own batches, and the same ones for every loss, so that results pair up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossnb.book.data import Table

__all__ = ["Errors", "train"]


class Errors(NamedTuple):
    """Mean absolute errors per seed, in the unit of the target."""

    training: np.ndarray
    held_out: np.ndarray


def train(
    table: Table,
    loss: Any,
    rate: float,
    *,
    annealed: bool,
    seeds: int = 20,
    steps: int = 600,
    batch: int = 32,
    hidden: int = 16,
) -> Errors:
    """Train on three quarters of the rows; the step is `rate`, annealed to 0 along half a cosine.

    Features and target are standardised, the target by the rows trained on.
    """
    rng = np.random.default_rng(7)
    x = table.features[:, 1:]
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), table.target
    rows = np.array([rng.permutation(len(y)) for _ in range(seeds)])
    cut = 3 * len(y) // 4
    seen, held = rows[:, :cut], rows[:, cut:]
    centre, unit = y[seen].mean(axis=1, keepdims=True), y[seen].std(axis=1, keepdims=True)

    inner = rng.normal(size=(seeds, x.shape[1], hidden)) * np.sqrt(2 / x.shape[1])
    outer = rng.normal(size=(seeds, hidden, 1)) / np.sqrt(hidden)
    bias, level = np.zeros((seeds, 1, hidden)), np.zeros((seeds, 1, 1))

    def forward(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        units = np.maximum(features @ inner + bias, 0)
        return units, (units @ outer + level)[..., 0]

    def error(part: np.ndarray) -> np.ndarray:
        prediction = forward(x[part])[1] * unit + centre
        return np.asarray(np.abs(prediction - y[part]).mean(axis=1))

    for step in range(steps):
        picked = np.take_along_axis(seen, rng.integers(cut, size=(seeds, batch)), axis=1)
        size = rate * ((1 + np.cos(np.pi * step / steps)) / 2 if annealed else 1.0)
        units, prediction = forward(x[picked])
        slope = loss.gradient(prediction, (y[picked] - centre) / unit)[..., None] / batch
        back = (slope @ outer.transpose(0, 2, 1)) * (units > 0)
        outer = outer - size * units.transpose(0, 2, 1) @ slope
        level = level - size * slope.sum(axis=1, keepdims=True)
        inner = inner - size * x[picked].transpose(0, 2, 1) @ back
        bias = bias - size * back.sum(axis=1, keepdims=True)
    return Errors(error(seen), error(held))
