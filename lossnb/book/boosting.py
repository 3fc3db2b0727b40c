"""Boosting with decision stumps, one loss at a time: AdaBoost, if the loss is the exponential.

A stump votes +1 on one side of a threshold of one feature and −1 on the other. Each round adds the
stump whose votes agree best with the labels, weighed by the slope of the loss, and takes the step
that makes the mean loss least along it. Only the loss differs between two runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import brentq

import lossnb

__all__ = [
    "Boosted", "Stump", "StumpFinder", "boost", "checkerboard", "flipped", "halves", "hastie",
    "line_search", "two_classes",
]  # fmt: skip

NO_EDGE = 1e-9  # an edge below this is rounding: no stump is better than a coin


@dataclass(frozen=True)
class Stump:
    """Votes `sign` where a feature exceeds the threshold, `−sign` elsewhere."""

    feature: int
    threshold: float
    sign: int

    def votes(self, features: np.ndarray) -> np.ndarray:
        """−1 or +1 for each row."""
        return self.sign * np.where(features[:, self.feature] > self.threshold, 1.0, -1.0)


class StumpFinder:
    """Finds the stump of least weighted error; the features are sorted once."""

    def __init__(self, features: np.ndarray) -> None:
        columns = np.ascontiguousarray(features.T, dtype=float)
        self.order = np.argsort(columns, axis=1, kind="stable")
        self.values = np.take_along_axis(columns, self.order, axis=1)
        self.between = self.values[:, :-1] < self.values[:, 1:]

    def __call__(self, label: np.ndarray, weights: np.ndarray) -> tuple[Stump, float]:
        """The stump and its weighted error; ties go to the first feature, the lowest threshold."""
        total = weights.sum()
        below = np.cumsum((label * weights)[self.order], axis=1)
        edges = (below[:, -1:] - 2 * below[:, :-1]) / total
        edges = np.where(self.between, edges, 0.0)
        # Rounded, so that stumps that split the rows alike tie on every machine.
        feature, k = np.unravel_index(np.argmax(np.abs(edges).round(10)), edges.shape)
        low, high = self.values[feature, k], self.values[feature, k + 1]
        edge = edges[feature, k]
        stump = Stump(int(feature), float(low + (high - low) / 2), 1 if edge >= 0 else -1)
        return stump, float((1 - abs(edge)) / 2)


@dataclass
class Boosted:
    """A sum of stumps: their steps, and the weighted error of each when it was chosen."""

    stumps: list[Stump] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def scores(self, features: np.ndarray) -> np.ndarray:
        """The score of each row after the last round."""
        score = np.zeros(len(features))
        for step, stump in zip(self.steps, self.stumps, strict=True):
            score += step * stump.votes(features)
        return score

    def error_path(
        self, features: np.ndarray, label: np.ndarray, rounds: int | None = None
    ) -> np.ndarray:
        """The share of wrong signs after each round; a score of 0 counts as wrong.

        With `rounds`, a path that stopped early goes on at its last value to that length.
        """
        length = len(self.steps) if rounds is None else rounds
        score, path = np.zeros(len(features)), np.empty(length)
        for t, (step, stump) in enumerate(zip(self.steps, self.stumps, strict=True)):
            score += step * stump.votes(features)
            path[t] = np.mean(score * label <= 0)
        path[len(self.steps) :] = np.mean(score * label <= 0)
        return path


def line_search(loss: Any, score: np.ndarray, votes: np.ndarray, label: np.ndarray) -> float:
    """The step a that makes the mean of loss(score + a·votes, label) least.

    The loss is convex and smooth and falls along the votes, so the step is where its slope is 0.
    """
    if np.all(votes == label):
        raise ValueError("the loss falls without end along these votes: they make no error")

    def slope(step: float) -> float:
        return float(votes @ loss.gradient(score + step * votes, label))

    high = 1.0
    while slope(high) < 0:
        high *= 2
    return float(brentq(slope, 0.0, high, xtol=1e-12))


def boost(
    loss: Any, features: np.ndarray, label: np.ndarray, rounds: int, *, rate: float = 1.0
) -> Boosted:
    """Stagewise minimisation of the mean of `loss` over sums of stumps.

    Stops early where no stump has an edge, and before a stump that makes no error: the loss would
    fall without end along it (if it is the first, it is kept, with the step 1).
    """
    find, model = StumpFinder(features), Boosted()
    score = np.zeros(len(label))
    for _ in range(rounds):
        stump, error = find(label, -label * loss.gradient(score, label))
        votes = stump.votes(features)
        if error > 0.5 - NO_EDGE:
            break
        if not np.any(votes != label):
            if not model.steps:
                model.stumps, model.steps, model.errors = [stump], [1.0], [0.0]
            break
        if isinstance(loss, lossnb.Exponential):
            step = 0.5 * float(np.log((1 - error) / error))
        else:
            step = line_search(loss, score, votes, label)
        score += rate * step * votes
        model.stumps.append(stump)
        model.steps.append(rate * step)
        model.errors.append(error)
    return model


def hastie(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten standard normal features; the label is +1 where their squares sum to more than 9.34.

    That is the median of the sum: equation (10.2) of Hastie, Tibshirani and Friedman (2009).
    """
    features = rng.normal(size=(rows, 10))
    return features, np.where((features**2).sum(axis=1) > 9.34, 1.0, -1.0)


def checkerboard(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two features, uniform on [−1, 1]; the label is the sign of their product."""
    features = rng.uniform(-1, 1, size=(rows, 2))
    return features, np.sign(features[:, 0] * features[:, 1])


def two_classes(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two standard normal features; the mean of the first is 1.2 times the label."""
    label = rng.choice([-1.0, 1.0], size=rows)
    return rng.normal(size=(rows, 2)) + np.outer(label, [1.2, 0.0]), label


def flipped(label: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """The labels with about this share of them, chosen at random, turned round."""
    return np.where(rng.random(len(label)) < share, -label, label)


def halves(
    features: np.ndarray, label: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features and labels of a random half to train on, then those of the other half."""
    order = rng.permutation(len(label))
    train, test = order[: len(label) // 2], order[len(label) // 2 :]
    return features[train], label[train], features[test], label[test]
