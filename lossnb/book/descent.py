"""Two first-order methods for least absolute values, counted in steps.

Both minimise the mean of |x·θ − y| from θ = 0 and stop at the first iterate within `accuracy` of
the least value, which the caller knows, from a linear programme.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

import lossnb

__all__ = ["smoothed_steps", "subgradient_steps"]

MOST = 20_000


def smoothed_steps(x: np.ndarray, y: np.ndarray, least: float, accuracy: float) -> int:
    """Steps of Nesterov's accelerated gradient method on smooth L1 with β = accuracy."""
    return _count(_accelerated(x, y, lossnb.SmoothL1(beta=accuracy)), x, y, least + accuracy)


def subgradient_steps(x: np.ndarray, y: np.ndarray, least: float, accuracy: float) -> int:
    """Steps of the subgradient method, the k-th of length about 1/√k."""
    return _count(_subgradient(x, y), x, y, least + accuracy)


def _count(iterates: Iterator[np.ndarray], x: np.ndarray, y: np.ndarray, goal: float) -> int:
    for k, theta in enumerate(islice(iterates, MOST), start=1):
        if np.abs(x @ theta - y).mean() <= goal:
            return k
    return MOST


def _accelerated(x: np.ndarray, y: np.ndarray, loss: lossnb.SmoothL1) -> Iterator[np.ndarray]:
    n, zero = len(y), np.zeros(len(y))
    step = loss.beta * n / np.linalg.norm(x, 2) ** 2  # one over the largest curvature
    theta = ahead = np.zeros(x.shape[1])
    k = 0
    while True:
        new = ahead - step * x.T @ loss.gradient(x @ ahead - y, zero) / n
        ahead, theta = new + k / (k + 3) * (new - theta), new
        k += 1
        yield theta


def _subgradient(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    n, size = len(y), np.linalg.norm(x, 2) / np.sqrt(len(y))
    theta, k = np.zeros(x.shape[1]), 1
    while True:
        theta = theta - x.T @ np.sign(x @ theta - y) / n / size / np.sqrt(k)
        k += 1
        yield theta
