"""Many small networks trained at once in NumPy: one per seed and learning rate, in one batch.

One hidden layer of tanh units, float64, plain loops: slow and obvious, the same on any machine up
to rounding. A loss is anything with `.gradient(prediction, target)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Nets", "train"]


@dataclass
class Nets:
    """Networks side by side; the first axis of each array counts them."""

    inner: np.ndarray  # (nets, features + 1, units): the last row is the bias
    outer: np.ndarray  # (nets, units + 1, 1)

    @classmethod
    def start(cls, seeds: int, features: int, units: int = 16) -> Nets:
        """Weights of variance 1 / fan-in and biases 0, one draw per seed."""
        rngs = [np.random.default_rng(seed) for seed in range(seeds)]
        inner = [rng.normal(size=(features + 1, units)) / np.sqrt(features) for rng in rngs]
        outer = [rng.normal(size=(units + 1, 1)) / np.sqrt(units) for rng in rngs]
        nets = cls(np.stack(inner), np.stack(outer))
        nets.inner[:, -1] = nets.outer[:, -1] = 0.0
        return nets

    def copies(self, count: int) -> Nets:
        """All the nets `count` times over, one whole set after the other."""
        return Nets(np.tile(self.inner, (count, 1, 1)), np.tile(self.outer, (count, 1, 1)))

    def hidden(self, x: np.ndarray) -> np.ndarray:
        """Values of the hidden units, with a column of ones: (nets, rows, units + 1)."""
        values = np.tanh(x @ self.inner[:, :-1] + self.inner[:, -1:])
        return np.concatenate([values, np.ones_like(values[..., :1])], axis=-1)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """One prediction per net and row."""
        prediction: np.ndarray = (self.hidden(x) @ self.outer)[..., 0]
        return prediction

    def gradient(self, x: np.ndarray, y: np.ndarray, loss: Any) -> tuple[np.ndarray, np.ndarray]:
        """Gradient of the mean loss over the rows, with respect to `inner` and `outer`."""
        hidden = self.hidden(x)
        prediction = (hidden @ self.outer)[..., 0]
        target = np.broadcast_to(y, prediction.shape)
        pull = loss.gradient(prediction, target)[..., None] / y.shape[-1]
        outer = hidden.transpose(0, 2, 1) @ pull
        back = pull @ self.outer[:, :-1].transpose(0, 2, 1) * (1 - hidden[..., :-1] ** 2)
        ones = np.ones((*x.shape[:-1], 1))
        inner = np.concatenate([x, ones], axis=-1).swapaxes(-1, -2) @ back
        return inner, outer


def train(
    nets: Nets,
    x: np.ndarray,
    y: np.ndarray,
    loss: Any,
    *,
    rate: Any,
    steps: int,
    decay: float = 0.0,
    adam: bool = False,
    batch: int = 32,
) -> Nets:
    """Minimise the mean loss plus decay/2 times the squared weights, by SGD or by Adam.

    `rate` is a number or one number per net. A net that overflows stays infinite or NaN.
    """
    step = np.asarray(rate, dtype=float).reshape(-1, 1, 1)
    rng = np.random.default_rng(0)
    first: list[Any] = [0.0, 0.0]
    second: list[Any] = [0.0, 0.0]
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, steps + 1):
            rows = rng.integers(len(x), size=batch)
            weights = (nets.inner, nets.outer)
            slopes = nets.gradient(x[rows], y[rows], loss)
            moves = [slope + decay * w for slope, w in zip(slopes, weights, strict=True)]
            if adam:
                for j, move in enumerate(moves):
                    first[j] = 0.9 * first[j] + 0.1 * move
                    second[j] = 0.999 * second[j] + 0.001 * move**2
                    root = np.sqrt(second[j] / (1 - 0.999**k))
                    moves[j] = first[j] / (1 - 0.9**k) / (root + 1e-8)
            nets = Nets(*(w - step * move for w, move in zip(weights, moves, strict=True)))
    return nets
