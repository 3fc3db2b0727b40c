"""Errors in units in the last place (ULP), in classes that any machine reproduces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np

__all__ = ["CLASSES", "classify", "compare", "huber", "worst"]

CLASSES = (1, 4, 20, 1000)
DIGITS = 50


def worst(computed: np.ndarray, exact: Sequence[Any], dtype: Any) -> float:
    """The largest error of `computed`, in spacings of `dtype` at the exact values.

    NaN or infinity where the truth is finite counts as infinitely wrong.
    """
    tiny = np.finfo(dtype).tiny
    largest = 0.0
    with mpmath.workdps(DIGITS):
        for value, truth in zip(np.asarray(computed).tolist(), exact, strict=True):
            if not np.isfinite(value):
                return float("inf")
            spacing = float(np.spacing(dtype(max(abs(float(truth)), tiny))))
            largest = max(largest, float(abs(mpmath.mpf(value) - truth) / spacing))
    return largest


def classify(error: float, dtype: Any = np.float32) -> str:
    """The class of an error in ULP; an error as large as the value has lost all digits."""
    for bound in CLASSES:
        if error <= bound:
            return f"≤ {bound}"
    return "all digits lost" if error >= 0.5 / np.finfo(dtype).eps else f"> {CLASSES[-1]}"


def huber(residuals: np.ndarray, *, delta: float) -> tuple[list[Any], list[Any]]:
    """Value and gradient of the Huber loss at these residuals, to 50 digits."""
    with mpmath.workdps(DIGITS):
        d = mpmath.mpf(delta)
        points = [mpmath.mpf(r) for r in np.asarray(residuals).tolist()]
        values = [r * r / 2 if abs(r) <= d else d * abs(r) - d * d / 2 for r in points]
        return values, [max(-d, min(d, r)) for r in points]


def compare(
    implementations: Mapping[str, Callable[..., tuple[np.ndarray, np.ndarray]]],
    residuals: np.ndarray,
    reference: Callable[[np.ndarray], tuple[list[Any], list[Any]]],
) -> dict[str, list[str]]:
    """For each implementation the classes of value and gradient in float32, then in float64.

    An implementation maps prediction and target to value and gradient; the target is zero, so that
    the residual is exact. The reference gives both to many digits at the rounded residuals.
    """
    rows: dict[str, list[str]] = {name: [] for name in implementations}
    for dtype in (np.float32, np.float64):
        r = np.asarray(residuals).astype(dtype)
        exact = reference(r)
        for name, implementation in implementations.items():
            for computed, truth in zip(implementation(r, np.zeros_like(r)), exact, strict=True):
                rows[name].append(classify(worst(computed, truth, dtype), dtype))
    return rows
