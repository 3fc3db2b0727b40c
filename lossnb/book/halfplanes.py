"""The least number of errors of any line in the plane, found exactly.

`least_errors` goes through the lines that pass through two points, in whole numbers, so that no
rounding decides on which side a point lies; `optimum` returns one line that attains the minimum;
`contest` sets it beside the surrogates on a `split` of a table.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

import lossnb
from lossnb.arithmetic import sigmoids
from lossnb.book import linear
from lossnb.book.data import Table

__all__ = [
    "Split", "contest", "least_errors", "least_hinge", "optima", "optimum", "smoothed_descent",
    "split", "whole",
]  # fmt: skip


@dataclass(frozen=True)
class Split:
    """Two measures of a table, some rows to train on and the others to test on.

    Features have a column of ones and are standardised by the training rows; `points` are the
    training measures in whole numbers.
    """

    points: np.ndarray
    features: np.ndarray
    label: np.ndarray
    test_features: np.ndarray
    test_label: np.ndarray


def split(
    table: Table, measures: tuple[str, str], decimals: int, rows: int, seed: int, slips: float = 0.0
) -> Split:
    """A random split; in a share `slips` of the training rows the first measure is ten times too
    large, as by a decimal point that slipped."""
    rng = np.random.default_rng(seed)
    columns = [table.names.index(name) for name in measures]
    raw, order = np.round(table.features[:, columns], decimals), rng.permutation(len(table))
    train, test = order[:rows], order[rows:]
    seen = raw[train]
    wrong = rng.choice(rows, size=int(slips * rows), replace=False)
    seen[wrong, 0] *= 10

    def ready(measured: np.ndarray) -> np.ndarray:
        scaled = (measured - seen.mean(axis=0)) / seen.std(axis=0)
        return np.column_stack([np.ones(len(scaled)), scaled])

    return Split(
        whole(seen, decimals), ready(seen), table.target[train], ready(raw[test]),
        table.target[test],
    )  # fmt: skip


def contest(split: Split) -> dict[str, np.ndarray]:
    """The weights of the exact minimiser of the 0-1 loss and of its rivals.

    The smooth losses have a penalty of 1e-6, so that separable rows have a minimum too.
    """
    from sklearn.linear_model import Perceptron

    x, y = split.features, split.label
    rule = Perceptron(random_state=0).fit(x[:, 1:], y)
    smooth = {
        "squared hinge": lossnb.SquaredHinge(),
        "exponential": lossnb.Exponential(),
        "logistic": lossnb.Logistic(),
    }
    return {
        "0-1": optimum(split.points, y, x[:, 1:]),
        "perceptron": np.array([rule.intercept_[0], *rule.coef_[0]]),
        "hinge": least_hinge(x, y),
        **{name: linear.fit(loss, x, y, penalty=1e-6) for name, loss in smooth.items()},
    }


def whole(features: np.ndarray, decimals: int) -> np.ndarray:
    """Features in units of their last decimal, as whole numbers; ValueError if that rounds them."""
    scaled = np.asarray(features, dtype=float) * 10.0**decimals
    rounded = np.rint(scaled)
    if not np.allclose(scaled, rounded, rtol=1e-12, atol=1e-6):
        raise ValueError(f"decimals={decimals} does not make the features whole")
    return rounded.astype(np.int64)


def least_errors(points: np.ndarray, label: np.ndarray) -> int:
    """The fewest labels −1, +1 that a line gets wrong; a point on the line counts as an error.

    `points` are whole numbers, (n, 2), of at most 1e9 in size. Every way in which a line can split
    them is found by turning a line about a point until it meets another: the points off that line
    keep their sides, those on it split at the first point. n³ operations.
    """
    scores = [int(abs(gain).max()) for gain in _gains(points, label)]
    return (len(label) - max(scores)) // 2


def optima(points: np.ndarray, label: np.ndarray) -> np.ndarray:
    """All different splits with the least number of errors, one a row, as signs."""
    y = np.asarray(label).astype(np.int64)
    n, best = len(y), abs(int(y.sum()))
    found = [np.full((1, n), s, dtype=np.int8) for s in (-1, 1) if s * y.sum() == best]
    for pivot in range(n):
        side, along = _sides(points, pivot)
        own = (side == 0) & (along == 0)
        off, on, here = side @ y, along @ y, own @ y
        gain = abs(off) + abs(on) + abs(here)
        if gain.max() > best:
            best, found = int(gain.max()), []
        for row in np.flatnonzero(gain == best):
            for a, b, c in itertools.product((1, -1), repeat=3):
                if a * off[row] + b * on[row] + c * here[row] == best:
                    signs = a * side[row] + b * along[row] + c * own[row]
                    found.append(signs[None].astype(np.int8))
    return np.unique(np.concatenate(found), axis=0)


def optimum(points: np.ndarray, label: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Weights (with intercept) of one line with the least number of errors.

    Of the best splits the one with the widest gap, and in the gap the line in the middle; the gap
    is measured in `features`, an affine image of `points`. A split with all points on one side is
    used only if there is no other; then the weights are (±1, 0, 0).
    """
    splits = optima(points, label)
    lines = [_middle(features[s > 0], features[s < 0]) for s in splits if np.ptp(s)]
    if not lines:
        return np.array([float(splits[0, 0]), 0.0, 0.0])
    widths = np.round([np.linalg.norm(line[1:]) for line in lines], 9)
    return lines[int(np.argmax(widths))]


def least_hinge(features: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Weights that minimise the mean hinge loss without a penalty, by linear programming."""
    from scipy.optimize import linprog

    x, y = np.asarray(features, float), np.asarray(label, float)
    n, columns = x.shape
    cost = np.concatenate([np.zeros(columns), np.ones(n)])
    above = np.hstack([-y[:, None] * x, -np.eye(n)])
    bounds = [(None, None)] * columns + [(0, None)] * n
    solved = linprog(cost, A_ub=above, b_ub=-np.ones(n), bounds=bounds, method="highs")
    weights: np.ndarray = solved.x[:columns]
    return weights


def smoothed_descent(
    features: np.ndarray, label: np.ndarray, start: np.ndarray, width: float, *, steps: int = 2000
) -> np.ndarray:
    """Weights after gradient descent on the mean of σ(−m/width), where ‖w‖ is kept at 1.

    The step is width/√t times the gradient along the sphere.
    """
    w = start / np.linalg.norm(start)
    for t in range(steps):
        margin = label * (features @ w)
        right, wrong = sigmoids(margin / width)
        slope = -(right * wrong / width * label) @ features / len(label)
        slope = slope - (slope @ w) * w
        w = w - width / np.sqrt(t + 1) * slope
        w = w / np.linalg.norm(w)
    return np.asarray(w)


def _gains(points: np.ndarray, label: np.ndarray) -> list[np.ndarray]:
    """Right minus wrong: of the two constants, and of the best split for each pivot and partner."""
    y = np.asarray(label).astype(np.int64)
    gains = [np.array([y.sum()])]
    for pivot in range(len(y)):
        side, along = _sides(points, pivot)
        own = ((side == 0) & (along == 0)) @ y
        gain = abs(side @ y) + abs(along @ y) + abs(own)
        gains.append(np.where((along != 0).any(axis=1), gain, 0))
    return gains


def _sides(points: np.ndarray, pivot: int) -> tuple[np.ndarray, np.ndarray]:
    """For the line from `pivot` to each point: the side of every point, and for those on the line
    whether they lie before or after the pivot. Both 0: the pivot and its doubles."""
    x = np.asarray(points)
    if x.dtype.kind != "i" or x.shape[1:] != (2,) or abs(x).max() > 10**9:
        raise ValueError("points must be whole numbers of shape (n, 2), at most 1e9 in size")
    away = x.astype(np.int64) - x[pivot]
    side = np.sign(np.outer(away[:, 0], away[:, 1]) - np.outer(away[:, 1], away[:, 0]))
    along = np.where(side == 0, np.sign(away @ away.T), 0)
    return side, along


def _middle(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The line half-way between two sets of points; its normal is as long as the gap is wide."""
    above, below = _hull(above), _hull(below)
    ends = [(p, _nearest(p, below)) for p in above] + [(_nearest(p, above), p) for p in below]
    a, b = min(ends, key=lambda pair: float(np.sum((pair[0] - pair[1]) ** 2)))
    return np.array([(b @ b - a @ a) / 2, *(a - b)])


def _nearest(point: np.ndarray, hull: np.ndarray) -> np.ndarray:
    """The point of the edges of `hull` that is nearest to `point`."""
    start, edge = hull, np.roll(hull, -1, axis=0) - hull
    length = np.maximum((edge**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(((point - start) * edge).sum(axis=1) / length, 0, 1)
    ends = start + share[:, None] * edge
    nearest: np.ndarray = ends[np.argmin(((ends - point) ** 2).sum(axis=1))]
    return nearest


def _hull(points: np.ndarray) -> np.ndarray:
    """The corners of the convex hull, in order, by Andrew's monotone chain."""
    ordered = np.unique(points, axis=0)
    chains = []
    for way in (ordered, ordered[::-1]):
        chain: list[np.ndarray] = []
        for p in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains.append(chain[:-1] if len(chain) > 1 else chain)
    return np.array(chains[0] + chains[1])


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
