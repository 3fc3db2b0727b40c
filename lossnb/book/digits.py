"""A small convolutional network on scikit-learn's 8×8 digits, in float64 NumPy, many seeds at once.

One convolution of 3×3 with a bias and ReLU, means over 2×2 blocks, one linear layer to ten
outputs; plain stochastic gradient descent. It is here to compare losses, so the loss comes in as
the gradient with respect to the ten outputs. Every array has the seeds on its first axis.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

__all__ = ["CLASSES", "accuracies", "first_passage", "patches"]

CLASSES = 10
FILTERS, SIDE = 8, 6  # a 3×3 window fits into 8×8 in 6×6 places
TRAIN = 1400  # of the 1797 digits; the rest is held out, split anew for every seed

Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]


@cache
def patches() -> tuple[np.ndarray, np.ndarray]:
    """The 3×3 windows of every digit (1797, 36, 9), pixels from 0 to 1, and the labels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    windows = np.lib.stride_tricks.sliding_window_view(bunch.images / 16, (3, 3), axis=(1, 2))
    return windows.reshape(-1, SIDE * SIDE, 9).copy(), bunch.target


def accuracies(
    gradient: Gradient,
    rate: float,
    *,
    seeds: range,
    epochs: int = 6,
    batch: int = 50,
    looks: int = 7,
) -> np.ndarray:
    """Accuracy on the held-out digits, one row per look (`looks` an epoch), one column per seed.

    `gradient` maps outputs and one-hot targets to the gradient of the loss of each example. The
    split, the first weights and the order of the examples depend on the seed alone, so that losses
    can be compared in pairs.
    """
    x, labels = patches()
    one_hot = np.eye(CLASSES)
    generators = [np.random.default_rng(seed) for seed in seeds]
    order = np.stack([g.permutation(len(labels)) for g in generators])
    held_out = order[:, TRAIN:]
    kernel = np.stack([g.normal(size=(9, FILTERS)) / 3 for g in generators])
    bias = np.zeros((len(seeds), 1, FILTERS))
    width = FILTERS * SIDE**2 // 4
    head = np.stack([g.normal(size=(width, CLASSES)) / width**0.5 for g in generators])
    offset = np.zeros((len(seeds), 1, CLASSES))
    weights = [kernel, bias, head, offset]

    steps, result = TRAIN // batch, []
    for step in range(epochs * steps):
        if step % steps == 0:
            order[:, :TRAIN] = np.stack(
                [g.permutation(row[:TRAIN]) for g, row in zip(generators, order, strict=True)]
            )
        rows = order[:, (step % steps) * batch : (step % steps + 1) * batch]
        for weight, slope in zip(
            weights, _backward(gradient, x[rows], one_hot[labels[rows]], *weights), strict=True
        ):
            weight -= rate / batch * slope
        if (step + 1) % (steps // looks) == 0:
            outputs = _forward(x[held_out], *weights)[-1]
            result.append((outputs.argmax(axis=-1) == labels[held_out]).mean(axis=-1))
    return np.array(result)


def first_passage(accuracy: np.ndarray, level: float) -> np.ndarray:
    """For each column the number of the first row at or above `level`; rows plus one if none is."""
    reached = accuracy >= level
    return np.where(reached.any(axis=0), reached.argmax(axis=0) + 1, len(accuracy) + 1)


def _forward(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, head: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The convolution before its ReLU, the pooled features, the outputs."""
    seeds, count = x.shape[:2]
    before = x.reshape(seeds, -1, 9) @ kernel + bias
    active = np.maximum(before, 0).reshape(seeds, count, 3, 2, 3, 2, FILTERS)
    pooled = active.mean(axis=(3, 5)).reshape(seeds, count, -1)
    return before, pooled, pooled @ head + offset


def _backward(
    gradient: Gradient,
    x: np.ndarray,
    target: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    head: np.ndarray,
    offset: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The gradient of the batch's summed loss with respect to the four arrays of weights."""
    seeds, count = x.shape[:2]
    before, pooled, outputs = _forward(x, kernel, bias, head, offset)
    slope = gradient(outputs, target)
    block = (slope @ head.transpose(0, 2, 1)).reshape(seeds, count, 3, 1, 3, 1, FILTERS) / 4
    spread = np.broadcast_to(block, (seeds, count, 3, 2, 3, 2, FILTERS))
    inner = spread.reshape(seeds, -1, FILTERS) * (before > 0)
    return (
        x.reshape(seeds, -1, 9).transpose(0, 2, 1) @ inner,
        inner.sum(axis=1, keepdims=True),
        pooled.transpose(0, 2, 1) @ slope,
        slope.sum(axis=1, keepdims=True),
    )
