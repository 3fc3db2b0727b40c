"""Linear classifiers of least hinge loss, for two classes and for many.

For two classes the dual, a concave quadratic in one number from 0 to 1 per example, is solved here
by an interior-point method, and the gap between the two problems proves it. Why not the library:
scikit-learn's `SVC` gives the dual numbers, but on 10,000 credit cards it takes a minute to six
digits, and this a fifth of a second; its `LinearSVC` penalises the intercept and keeps the dual
numbers to itself; SciPy solves linear programmes and no quadratic ones.

For many classes, where held-out errors are compared and 1e-4 is close enough, all is `LinearSVC`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

import lossnb

__all__ = [
    "ManyClasses", "NotSolved", "Support", "against_rest", "all_competitors", "best_competitor",
    "errors", "guess_errors", "hinge_fit", "many_classes", "share_right", "softmax", "support",
]  # fmt: skip

FINE = 1e-14  # the mean product of a bound and its multiplier at which the method stops
GAP = 1e-5  # the largest gap that counts as solved, as a share of the objective


class NotSolved(ValueError):
    """The gap between the two problems stays too wide."""


@dataclass(frozen=True)
class Support:
    """The minimiser of mean hinge + ½ penalty·‖w‖², with the dual variables that prove it."""

    weights: np.ndarray
    dual: np.ndarray  # one number a_i in [0, 1] per example
    primal_value: float
    dual_value: float

    @property
    def gap(self) -> float:
        """How far the objective can be from its minimum, at most."""
        return self.primal_value - self.dual_value


def support(
    features: np.ndarray, label: np.ndarray, *, penalty: float, intercept: bool = True
) -> Support:
    """The weights of least mean hinge loss plus ½ penalty·‖w‖².

    `features` holds ones as its first column; with `intercept` its weight is not penalised, without
    it is, like every other. Raises ValueError where the penalty is not positive, or so small that
    rounding keeps the gap above `GAP` times the objective.
    """
    if not penalty > 0:
        raise ValueError(f"penalty must be positive, got {penalty!r}")
    scale = penalty * len(label)
    plain = features[:, 1:] if intercept else features
    signed = label[:, None] * plain
    dual = _interior(signed / scale**0.5, label if intercept else None)
    weights = signed.T @ dual / scale
    norm = penalty / 2 * weights @ weights
    if intercept:
        weights = np.concatenate([[_offset(plain @ weights, label)], weights])
    primal = lossnb.Hinge()(features @ weights, label).mean() + norm
    fit = Support(weights, dual, float(primal), float(dual.mean() - norm))
    if not abs(fit.gap) <= GAP * fit.primal_value:
        raise NotSolved(
            f"not solved: penalty {penalty!r} leaves a gap of {fit.gap:.1e} at the objective "
            f"{fit.primal_value:.1e}; raise the penalty"
        )
    return fit


def hinge_fit(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, int]:
    """The weights of least mean hinge loss plus ½ penalty ‖w‖², and the number of support vectors.

    The intercept, the first weight, is not penalised. The solver is libsvm's.
    """
    from sklearn.svm import SVC

    model = SVC(kernel="linear", C=1 / (len(y) * penalty), tol=1e-6).fit(x[:, 1:], y)
    return np.append(model.intercept_, model.coef_), len(model.support_)


def _interior(rows: np.ndarray, label: np.ndarray | None, *, steps: int = 100) -> np.ndarray:
    """The a in [0, 1]ᵐ of least ½‖rows′a‖² − Σ a, with Σ label·a = 0 if there is a label.

    Mehrotra's predictor and corrector: first aim at the solution itself, then, by how far that step
    could go, at a point of the central path.
    """
    m = len(rows)
    at = _Point(rows, np.zeros((m, 0)) if label is None else label.astype(float)[:, None])
    for _ in range(steps):
        gap = at.gap()
        if gap < FINE:
            break
        at.factor()
        guess = at.move(-at.a * at.low, -at.slack * at.high)
        size = at.length(guess)
        aim = gap * (at.gap(guess, size) / gap) ** 3
        step, back, down, up, _ = guess
        moves = at.move(aim - at.a * at.low - step * down, aim - at.slack * at.high - back * up)
        at.go(moves, 0.995 * at.length(moves))
    answer: np.ndarray = np.minimum(at.a, 1.0)
    return answer


class _Point:
    """Where the method is: a and slack = 1 − a, the multipliers of both bounds, that of the sides.

    The matrix of a step is a diagonal plus rows·rows′, and by Woodbury's identity only a matrix as
    wide as the rows has to be factored.
    """

    def __init__(self, rows: np.ndarray, sides: np.ndarray) -> None:
        m = len(rows)
        self.rows, self.sides = rows, sides
        self.a, self.slack = np.full(m, 0.5), np.full(m, 0.5)
        self.low, self.high = np.ones(m), np.ones(m)
        self.free = np.zeros(sides.shape[1])

    def gap(self, moves: tuple[np.ndarray, ...] | None = None, size: float = 0.0) -> float:
        """The mean product of a bound's distance and its multiplier, here or after a step."""
        a, slack, low, high = self.a, self.slack, self.low, self.high
        if moves is not None:
            a, slack = a + size * moves[0], slack + size * moves[1]
            low, high = low + size * moves[2], high + size * moves[3]
        return float(a @ low + slack @ high) / (2 * len(a))

    def factor(self) -> None:
        """What all moves from here share."""
        rows, a = self.rows, self.a
        self.pull = rows @ (rows.T @ a) - 1 + self.sides @ self.free - self.low + self.high
        self.diagonal = self.low / a + self.high / self.slack
        self.inner = rows.T / self.diagonal
        self.small = np.eye(rows.shape[1]) + self.inner @ rows
        self.across = self.solve(self.sides)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The inverse of diagonal + rows·rows′, applied."""
        scaled = (right.T / self.diagonal).T
        result: np.ndarray = scaled - self.inner.T @ np.linalg.solve(
            self.small, self.rows.T @ scaled
        )
        return result

    def move(self, product: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, ...]:
        """The changes that add `product` to a·low and `total` to slack·high, to first order."""
        step, shift = self.solve(-self.pull + product / self.a - total / self.slack), self.free * 0
        if shift.size:
            over = self.sides.T @ (step + self.a)
            shift = np.linalg.solve(self.sides.T @ self.across, over)
            step = step - self.across @ shift
        down, up = (product - self.low * step) / self.a, (total + self.high * step) / self.slack
        return step, -step, down, up, shift

    def length(self, moves: tuple[np.ndarray, ...]) -> float:
        """How far along the moves everything stays non-negative, at most 1."""
        here = self.a, self.slack, self.low, self.high
        limits = [
            float(np.min(-x[d < 0] / d[d < 0], initial=1.0))
            for x, d in zip(here, moves[:4], strict=True)
        ]
        return min(limits)

    def go(self, moves: tuple[np.ndarray, ...], size: float) -> None:
        """Take the step."""
        self.a, self.slack = self.a + size * moves[0], self.slack + size * moves[1]
        self.low, self.high = self.low + size * moves[2], self.high + size * moves[3]
        self.free = self.free + size * moves[4]


def _offset(score: np.ndarray, label: np.ndarray) -> float:
    """The intercept of least hinge loss for given scores: one of the kinks of a convex polygon."""
    kinks = np.sort(label - score)
    slopes = [-(label * (label * (score + k) < 1)).sum() for k in (kinks[1:] + kinks[:-1]) / 2]
    return float(kinks[int(np.searchsorted(slopes, 0.0))])


# Many classes: (D, C) weights, every one penalised.


def softmax(features: np.ndarray, target: np.ndarray, *, penalty: float) -> np.ndarray:
    """The weights of least softmax cross-entropy plus ½ penalty·‖W‖²."""
    from sklearn.linear_model import LogisticRegression

    strength = 1 / (penalty * len(target))
    model = LogisticRegression(C=strength, fit_intercept=False, tol=1e-6, max_iter=100_000)
    weights: np.ndarray = model.fit(features, target).coef_.T
    return weights


def against_rest(features: np.ndarray, target: np.ndarray, *, penalty: float) -> np.ndarray:
    """A hinge for each class (three or more) against all others."""
    return _linear_svc(features, target, len(target) * penalty).T


def best_competitor(features: np.ndarray, target: np.ndarray, *, penalty: float) -> np.ndarray:
    """The weights of least mean `lossnb.CrammerSingerHinge` plus ½ penalty·‖W‖²."""
    strength = len(target) * penalty
    return _linear_svc(features, target, strength, multi_class="crammer_singer").T


def all_competitors(features: np.ndarray, target: np.ndarray, *, penalty: float) -> np.ndarray:
    """The weights of least mean `lossnb.WestonWatkinsHinge` plus ½ penalty·‖W‖².

    Each lead over a competitor has a hinge of its own. A lead is linear in the weights: its row
    holds the features under the class, minus the features under the competitor. So this is one
    problem of two classes; every other row changes sides, because the solver wants both.
    """
    classes = int(target.max()) + 1
    signs = np.eye(classes)[target][:, None] - np.eye(classes)  # e_y − e_j
    signs = signs[np.arange(classes) != target[:, None]]
    leads = signs[:, :, None] * np.repeat(features, classes - 1, axis=0)[:, None]
    side = np.where(np.arange(len(signs)) % 2, 1.0, -1.0)
    rows = side[:, None] * leads.reshape(len(signs), -1)
    return _linear_svc(rows, side, len(target) * penalty).reshape(classes, -1).T


def _linear_svc(
    rows: np.ndarray, target: np.ndarray, strength: float, **options: str
) -> np.ndarray:
    from sklearn.svm import LinearSVC

    model = LinearSVC(
        loss="hinge", C=1 / strength, fit_intercept=False, tol=1e-4, max_iter=1_000_000,
        random_state=0, **options,
    )  # fmt: skip
    coefficients: np.ndarray = model.fit(rows, target).coef_
    return coefficients


# Data of many classes.


class Fit(Protocol):
    """What makes weights from features and classes."""

    def __call__(
        self, features: np.ndarray, target: np.ndarray, *, penalty: float
    ) -> np.ndarray: ...


@dataclass(frozen=True)
class ManyClasses:
    """Features (first column ones), classes counted from 0, and how many rows to learn from."""

    features: np.ndarray
    target: np.ndarray
    training: int

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.target.max()) + 1

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows to learn from and those held out, at random."""
        rows = np.random.default_rng(seed).permutation(len(self.target))
        return rows[: self.training], rows[self.training :]


def many_classes() -> dict[str, ManyClasses]:
    """Digits (ten classes), wine (three), party identification (seven).

    The last is the American election survey of 1996 as in statsmodels: 944 voters place themselves
    from strong Democrat to strong Republican; features are the logarithm of the population of their
    town, how conservative they call themselves, age, education and income. Wine and the survey are
    standardised.
    """
    from sklearn.datasets import load_digits, load_wine
    from statsmodels.datasets import anes96

    digits, wine = load_digits(), load_wine()
    survey = anes96.load_pandas().data
    traits = survey[["logpopul", "selfLR", "age", "educ", "income"]].to_numpy(float)
    return {
        "digits": _many(digits.data / 16, digits.target, 900),
        "wine": _many(_standard(wine.data), wine.target, 90),
        "parties": _many(_standard(traits), survey["PID"].to_numpy(int), 500),
    }


def share_right(scores: np.ndarray, target: np.ndarray, *, slack: float = 1e-2) -> float:
    """The share of rows whose class has the largest score; k tied classes get 1/k each.

    Scores within `slack` of the largest are tied with it, so that the rounding of a solver breaks
    no tie.
    """
    best = scores >= scores.max(axis=1, keepdims=True) - slack
    hit = best[np.arange(len(target)), target]
    return float((hit / best.sum(axis=1)).mean())


def errors(t: ManyClasses, fit: Fit, *, penalty: float, seed: int) -> float:
    """The share of held-out rows that a fit gets wrong, in per cent."""
    learn, test = t.split(seed)
    weights = fit(t.features[learn], t.target[learn], penalty=penalty)
    return 100 - 100 * share_right(t.features[test] @ weights, t.target[test])


def guess_errors(t: ManyClasses, *, seed: int) -> float:
    """The same for the class that is most frequent where one learns, named for every row."""
    learn, test = t.split(seed)
    most = np.bincount(t.target[learn]).argmax()
    return 100 * float(np.mean(t.target[test] != most))


def _many(features: np.ndarray, target: np.ndarray, training: int) -> ManyClasses:
    ones = np.ones(len(target))
    return ManyClasses(np.column_stack([ones, features]), target.astype(int), training)


def _standard(features: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = (features - features.mean(axis=0)) / features.std(axis=0)
    return scaled
