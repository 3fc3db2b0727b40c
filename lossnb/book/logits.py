"""What the chapter on the logistic loss computes: references, separable data, thinned classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mpmath
import numpy as np

from lossnb.book import linear
from lossnb.book.ulp import DIGITS

__all__ = [
    "both_labels", "coarse", "drift", "nearest_to_zero", "reference", "rises",
    "separable", "thinned_halves", "way_left",
]  # fmt: skip


def reference(margins: np.ndarray) -> tuple[list[Any], list[Any]]:
    """Value and slope of the logistic loss at these margins, to 50 digits."""
    with mpmath.workdps(DIGITS):
        points = [mpmath.mpf(m) for m in np.asarray(margins).tolist()]
        values = [mpmath.log1p(mpmath.exp(-m)) for m in points]
        return values, [-1 / (1 + mpmath.exp(m)) for m in points]


def nearest_to_zero(points: np.ndarray) -> np.ndarray:
    """The point nearest to zero in the convex hull of points of the plane, zero outside the hull.

    It lies on a segment between two of them, and every segment lies in the hull: try all. Where the
    points are y·x, its direction is that of the largest margin and its length is that margin.
    """
    start = points[:, None]
    along = points[None] - start
    squares = np.maximum((along**2).sum(axis=-1), np.finfo(float).tiny)
    share = np.clip(-(start * along).sum(axis=-1) / squares, 0, 1)
    feet = (start + share[..., None] * along).reshape(-1, 2)
    nearest: np.ndarray = feet[np.argmin((feet**2).sum(axis=-1))]
    return nearest


def both_labels(
    name: str, run: Callable[..., tuple[np.ndarray, np.ndarray]], negative: float
) -> dict[str, Callable[..., tuple[np.ndarray, np.ndarray]]]:
    """A loss of score and label as two functions of the margin, for `ulp.compare`.

    `run` gives value and gradient; the labels are 1 and `negative`, which is −1 or 0.
    """

    def of_margin(sign: int, target: float) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
        def at(m: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            value, slope = run((sign * m).astype(m.dtype), np.full_like(m, target))
            return value, sign * slope

        return at

    return {f"{name}, b = 1": of_margin(1, 1.0), f"{name}, b = 0": of_margin(-1, negative)}


def coarse(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The classes of `ulp.compare` for both labels, in one row where the two agree.

    The finer classes, which vary by machine, are merged into the next.
    """
    merge = {"≤ 1": "≤ 4", "≤ 20": "≤ 1000"}
    merged = {
        label: [merge.get(error, error) for error in errors] for label, errors in found.items()
    }
    rows: dict[str, list[str]] = {}
    for label, errors in merged.items():
        name = label.split(", ")[0]
        same = merged[f"{name}, b = 1"] == merged[f"{name}, b = 0"]
        rows[name if same else label] = errors
    return rows


def drift(signed: np.ndarray, times: Iterable[int]) -> dict[int, np.ndarray]:
    """The weights after so many steps of gradient descent on the mean logistic loss, from zero.

    `signed` holds the rows y·x of many data sets, all descended at once, each by the step 4/Λ, Λ
    being the largest eigenvalue of its mean x xᵀ.
    """
    sets, n, columns = signed.shape
    turned = signed.transpose(0, 2, 1)
    largest = np.linalg.eigvalsh(turned @ signed / n)[:, -1]
    scaled = turned * (4 / largest / n)[:, None, None]
    w, kept, done = np.zeros((sets, columns, 1)), {}, 0
    for time in sorted(times):
        for _ in range(time - done):
            w = w + scaled @ (1 / (1 + np.exp(signed @ w)))
        kept[time], done = w[..., 0].copy(), time
    return kept


def rises(
    loss: Any, features: np.ndarray, label: np.ndarray, start: np.ndarray, *,
    step: float, steps: int = 300,
) -> float:  # fmt: skip
    """The per cent of steps of gradient descent that raise the mean loss by more than rounding.

    A step to infinity, or from there, counts as one that raises it.
    """
    w = start
    values: list[float] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps + 1):
            score = features @ w
            if not np.isfinite(score).all():
                values += [np.inf] * (steps + 1 - len(values))
                break
            values.append(float(loss(score, label).mean()))
            w = w - step * features.T @ loss.gradient(score, label) / len(label)
    before, after = np.array(values[:-1]), np.array(values[1:])
    falls = np.isfinite(after) & (after <= before * (1 + 1e-12))
    return 100 * float(np.mean(~falls))


def way_left(
    loss: Any, features: np.ndarray, label: np.ndarray, start: np.ndarray, *,
    step: float, steps: int = 300,
) -> float:  # fmt: skip
    """The per cent of the distance to the minimum of the mean loss that so many steps leave."""
    best = linear.fit(loss, features, label, intercept=False)
    w = start
    for _ in range(steps):
        w = w - step * features.T @ loss.gradient(features @ w, label) / len(label)
    return 100 * float(np.linalg.norm(w - best) / np.linalg.norm(start - best))


def separable(features: np.ndarray, label: np.ndarray) -> bool:
    """Whether some weights give no example a negative margin and not all of them zero.

    A linear programme: the largest sum of margins in a box of weights. It is zero where the classes
    overlap, and only there does the logistic loss have a minimum.
    """
    from scipy.optimize import linprog

    signed = features * label[:, None]
    signed = signed / np.maximum(np.abs(signed).max(axis=0), np.finfo(float).tiny)
    answer = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(label)), bounds=(-1, 1))
    return bool((signed @ answer.x).max() > 1e-6)  # rounding stays below 1e-7


def thinned_halves(
    label: np.ndarray, rng: np.random.Generator, *, positives: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows to test on: half of all negatives and of `positives` positives."""
    halves: list[list[np.ndarray]] = [[], []]
    for sign, kept in ((1, positives), (-1, None)):
        rows = rng.permutation(np.flatnonzero(label == sign))[:kept]
        halves[0].append(rows[: len(rows) // 2])
        halves[1].append(rows[len(rows) // 2 :])
    train, test = (np.concatenate(half) for half in halves)
    return train, test
