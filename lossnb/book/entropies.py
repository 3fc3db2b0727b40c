"""A linear softmax classifier of digits, trained on a few labels and on the entropy of the rest.

What the chapter on entropy asks of it: what happens to the predictions when their own entropy is
minimised, alone or beside the cross-entropy of some labelled digits (Grandvalet and Bengio, 2004).
All seeds are trained as one array with a leading axis, in float64; each has its own split, labels
and batches, the same ones for every weight of the entropy, so that results pair up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

import lossnb

__all__ = ["CLASSES", "HELD_OUT", "Fitted", "fit"]

Floats = NDArray[np.float64]
CLASSES = 10
HELD_OUT = 597  # of the 1797 digits; the other 1200 are trained on, with or without their labels
RATE, MOMENTUM, DECAY, BATCH = 0.3, 0.9, 1e-3, 100


class Fitted(NamedTuple):
    """Predicted probabilities on the held-out digits (seeds, digits, classes), and their labels."""

    probabilities: Floats
    labels: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest class is the true one."""
        return np.asarray(self.probabilities.argmax(-1) == self.labels)

    @property
    def accuracy(self) -> Floats:
        """Per seed the share of digits that are classified rightly."""
        return np.asarray(self.right.mean(-1))

    @property
    def entropy(self) -> Floats:
        """Entropy of each prediction, in nats."""
        return np.asarray(lossnb.entropy(self.probabilities))


def fit(
    per_class: int,
    weight: float,
    *,
    seeds: int = 20,
    first: int = 0,
    steps: int = 200,
    start: float = 0.0,
) -> Fitted:
    """Descend the cross-entropy of the labelled digits plus `weight` times the entropy of the rest.

    `per_class` digits of each class carry a label, none if it is 0. The weight of the entropy grows
    from 0 to `weight` in even steps. The first weights are normal with standard deviation `start`.
    The seeds count from `first`.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = np.column_stack([np.ones(len(bunch.data)), bunch.data / 16])
    rngs = [np.random.default_rng(seed) for seed in range(first, first + seeds)]
    order = np.stack([rng.permutation(len(x)) for rng in rngs])
    held, pool = order[:, :HELD_OUT], order[:, HELD_OUT:]
    w = start * np.stack([rng.normal(size=(x.shape[1], CLASSES)) for rng in rngs])
    rows = np.stack([_first_of_each(bunch.target, part, per_class) for part in pool])
    seen, one_hot = x[rows], np.eye(CLASSES)[bunch.target[rows]]

    speed = np.zeros_like(w)
    for step in range(steps):
        slope = DECAY * w
        if per_class:
            error = softmax(seen @ w, axis=-1) - one_hot
            slope += seen.transpose(0, 2, 1) @ error / rows.shape[1]
        if weight:
            batch = x[np.stack([part[rng.integers(len(part), size=BATCH)]
                                for rng, part in zip(rngs, pool, strict=True)])]  # fmt: skip
            pull = lossnb.entropy.gradient(batch @ w, logits=True)
            slope += weight * (step + 1) / steps * (batch.transpose(0, 2, 1) @ pull) / BATCH
        speed = MOMENTUM * speed + slope
        w = w - RATE * speed
    return Fitted(softmax(x[held] @ w, axis=-1), bunch.target[held])


def _first_of_each(
    labels: NDArray[np.int64], rows: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    return np.concatenate([rows[labels[rows] == c][:count] for c in range(CLASSES)])
