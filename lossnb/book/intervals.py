"""A statistic and its interval over repeats: the one place where the book computes intervals.

An experiment yields one number per repeat (a seed, a split, a resample). `over_repeats` turns them
into a mean with an interval by a named method; `exact` is for a number that no repeat would change
(a quadrature, an arg min). Everything is rounded here, once: a claim is judged by the numbers that
the reader sees, and the last digit does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
RESAMPLES, BLOCK = 10_000, 100
LEAST_REPEATS = 5


@dataclass(frozen=True)
class Statistic:
    """A mean over repeats with its interval, all three rounded to `decimals`."""

    what: str  # for the reader: the quantity, and its unit if it has one
    mean: float
    low: float
    high: float
    decimals: int
    repeats: int  # 0: exact
    method: str  # "bootstrap", "t" or "exact"

    def above(self, value: float) -> bool:
        """The whole interval lies above `value`."""
        return self.low > value

    def below(self, value: float) -> bool:
        """The whole interval lies below `value`."""
        return self.high < value

    def within(self, low: float, high: float) -> bool:
        """The whole interval lies in [low, high]."""
        return low <= self.low and self.high <= high

    def excludes(self, value: float) -> bool:
        """The interval does not contain `value`."""
        return self.above(value) or self.below(value)

    def __str__(self) -> str:
        mean, low, high = (typeset(x, self.decimals) for x in (self.mean, self.low, self.high))
        if self.method == "exact":
            return f"{self.what}: {mean} (exact: no sampling)"
        return f"{self.what}: {mean} ({low} to {high})"


@dataclass(frozen=True)
class Method:
    """How an interval is computed: the name that the reader sees, and the function."""

    name: str
    interval: Callable[[NDArray[np.float64]], tuple[float, float]]


def _bootstrap(sample: NDArray[np.float64]) -> tuple[float, float]:
    """The quantiles of the means of resamples, drawn with a fixed seed."""
    rng = np.random.default_rng(0)
    means = [
        sample[rng.integers(sample.size, size=(BLOCK, sample.size))].mean(axis=1)
        for _ in range(RESAMPLES // BLOCK)  # in blocks, so that a large sample fits in memory
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _student(sample: NDArray[np.float64]) -> tuple[float, float]:
    """The mean plus and minus its standard error times the quantile of Student's t."""
    from scipy.stats import t  # only where an experiment runs; the build needs no SciPy

    half = float(t.ppf((1 + LEVEL) / 2, sample.size - 1)) * sample.std(ddof=1) / sample.size**0.5
    return float(sample.mean() - half), float(sample.mean() + half)


METHODS = {
    "bootstrap": Method("percentile bootstrap of the mean", _bootstrap),
    "t": Method("Student's t", _student),
}


def over_repeats(
    sample: ArrayLike, what: str, *, decimals: int = 2, method: str = "bootstrap"
) -> Statistic:
    """The mean of `sample` (one number per repeat) and its 95 % interval by `method`.

    Repeats must be independent: for overlapping splits of one data set the interval is too narrow.
    For a comparison pass the differences of the pairs, not two samples.
    """
    values = np.asarray(sample, dtype=np.float64)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(map(repr, METHODS))}")
    if values.ndim != 1 or values.size < LEAST_REPEATS:
        raise ValueError(
            f"sample has shape {values.shape}; pass one number per repeat, {LEAST_REPEATS} at least"
        )
    if not np.isfinite(values).all():
        raise ValueError("sample holds a number that is not finite")
    low, high = METHODS[method].interval(values)
    mean, low, high = (round(float(x), decimals) + 0.0 for x in (values.mean(), low, high))
    return Statistic(what, mean, low, high, decimals, values.size, method)


def exact(value: float, what: str, *, decimals: int = 2) -> Statistic:
    """A number that no repeat would change, as a statistic whose interval is a point."""
    rounded = round(float(value), decimals) + 0.0  # + 0.0 turns a negative zero into zero
    if not np.isfinite(rounded):
        raise ValueError(f"value is {value!r}; a statistic is a finite number")
    return Statistic(what, rounded, rounded, rounded, decimals, 0, "exact")


def how(statistics: Iterable[Statistic]) -> str:
    """What the brackets behind sampled statistics hold, in one line; empty if none is sampled."""
    kinds: dict[str, set[int]] = {}
    for statistic in statistics:
        if statistic.method != "exact":
            kinds.setdefault(statistic.method, set()).add(statistic.repeats)
    ways = [
        f"{METHODS[method].name} over {' or '.join(map(str, sorted(repeats)))} repeats"
        for method, repeats in kinds.items()
    ]
    return f"In brackets: {LEVEL * 100:.0f} % intervals, {'; '.join(ways)}." if ways else ""


def typeset(value: float, decimals: int) -> str:
    """`value` for print, with a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "−")
