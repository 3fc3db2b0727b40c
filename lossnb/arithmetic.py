"""Shared stable arithmetic, written once for NumPy arrays and torch tensors.

Each function says why its form is the stable one. ULP: one spacing of the type at the true value.
"""

from __future__ import annotations

import sys
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
"""A NumPy array or a torch tensor of the working type."""

LOG2 = 0.6931471805599453


def namespace(x: Array) -> Any:
    """The module, `numpy` or `torch`, whose `exp`, `where`, … take x."""
    return np if isinstance(x, (np.ndarray, np.generic)) else sys.modules["torch"]


def step(condition: Array, yes: float, no: float, like: Array) -> Array:
    """yes where the condition holds, else no; NaN where `like` is NaN, which no comparison sees."""
    xp = namespace(like)
    return xp.where(like == like, xp.where(condition, xp.full_like(like, yes), no), like)


def sign(x: Array) -> Array:
    """The sign of x, 0 at 0; NaN stays NaN (torch's sign makes it 0)."""
    xp = namespace(x)
    return xp.where(x == x, xp.sign(x), x)


def softplus(x: Array) -> Array:
    """log(1 + eˣ): the larger of x and 0, and a correction that neither overflows nor cancels."""
    xp = namespace(x)
    return x.clip(0, None) + xp.log1p(xp.exp(-abs(x)))


def sigmoids(x: Array) -> tuple[Array, Array]:
    """(σ(x), σ(−x)) from one exponential: the small one is e/(1 + e), never 1 − (almost 1)."""
    xp = namespace(x)
    e = xp.exp(-abs(x))
    large, small = 1 / (1 + e), e / (1 + e)
    return xp.where(x < 0, small, large), xp.where(x < 0, large, small)


def times(weight: Array, x: Array) -> Array:
    """weight·x, with 0·inf = 0: what has no weight has no part."""
    xp = namespace(x)
    return xp.where(weight == 0, xp.zeros_like(x), weight * x)


def residue(a: Array, b: Array) -> Array:
    """What a − b loses in rounding, exactly (Knuth's two-sum); 0 where a − b is not finite."""
    xp = namespace(a)
    difference = a - b
    of_b = a - difference
    of_a = difference + of_b
    lost = (of_b - b) + (a - of_a)
    return xp.where(xp.isfinite(lost), lost, xp.zeros_like(lost))


def log_cosh(x: Array) -> Array:
    """log cosh x to a few ULP everywhere.

    cosh overflows, and log cosh and softplus(2x) − x − log 2 cancel near 0. With t = tanh x,
    cosh x = (1 − t²)^(−1/2), which loses nothing for |x| < 1; beyond, where t is too near 1, the
    exponential of −2|x| does it. (No expm1: torch.compile turns it into exp(x) − 1.)
    """
    xp = namespace(x)
    t, size = xp.tanh(x), abs(x)
    near = size < 1
    log = xp.log1p(xp.where(near, -t * t, xp.exp(-2 * size)))
    return xp.where(near, -log / 2, size - LOG2 + log)


def excess(x: Array) -> Array:
    """eˣ − 1 − x for |x| ≤ 1, by its series: what is left when the first order cancels."""
    result = 1 + x / 19
    for n in range(18, 2, -1):
        result = 1 + x / n * result
    return x * x / 2 * result


def log_mean_exp(x: Array) -> Array:
    """log((1 + eˣ)/2): near 0 as x/2 + log cosh(x/2), where softplus(x) − log 2 cancels."""
    near = x.clip(-2, 2)
    close = abs(x) < 2
    return namespace(x).where(close, near / 2 + log_cosh(near / 2), softplus(x) - LOG2)
