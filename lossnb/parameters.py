"""Parameters of a loss: keyword-only Python numbers with a domain, and their rounding to a type."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Callable
from typing import Any

# Significant bits and least exponent of a normal number: x = ±0.1b… · 2^e with e ≥ that exponent.
TYPES = {
    "float16": (11, -13, 16),
    "bfloat16": (8, -125, 128),
    "float32": (24, -125, 128),
    "float64": (53, -1021, 1024),
}


@dataclasses.dataclass(frozen=True)
class Domain:
    """Where a parameter may lie: in words that stand in the error, and as a test."""

    words: str
    contains: Callable[[float], bool]


POSITIVE = Domain("positive and finite", lambda x: 0 < x < math.inf)
NON_NEGATIVE = Domain("non-negative and finite", lambda x: 0 <= x < math.inf)
OPEN_UNIT = Domain("strictly between 0 and 1", lambda x: 0 < x < 1)
UNIT_BELOW_ONE = Domain("at least 0 and less than 1", lambda x: 0 <= x < 1)


def parameter(
    default: float | None, symbol: str, domain: Domain, *, optional: bool = False,
    several: bool = False,
) -> Any:
    """A dataclass field for a parameter: its TeX symbol and its domain travel with it.

    `optional` admits None, `several` takes a sequence of numbers, kept as a tuple.
    """
    metadata = {"symbol": symbol, "domain": domain, "optional": optional, "several": several}
    return dataclasses.field(default=default, kw_only=True, metadata=metadata)


def check_parameter(field: dataclasses.Field[Any], value: Any, what: str = "") -> Any:
    """The parameter as a float (a tuple of floats, None), or an error that names it."""
    domain: Domain | None = field.metadata.get("domain")
    if domain is None or (value is None and field.metadata["optional"]):
        return value
    what = what or f"{field.name}={value!r}"
    if field.metadata["several"]:
        if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
            raise TypeError(f"{what} must be a sequence with one number per class, or None")
        weights = tuple(_number(entry, field.name, domain, f"{what}: its entry {entry!r}")
                        for entry in value)
        if len(weights) < 2:
            raise ValueError(f"{what} must hold one number per class, at least two")
        return weights
    return _number(value, field.name, domain, what)


def _number(value: Any, name: str, domain: Domain, what: str) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{what} is a {type(value).__name__}: {name} must be a Python number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not domain.contains(number):
        raise ValueError(f"{what} is out of range: {name} must be {domain.words}")
    return number


def round_to(value: Any, dtype: str) -> Any:
    """A Python number rounded to the nearest of a type, ties to even; anything else unchanged."""
    if isinstance(value, tuple):
        return tuple(round_to(entry, dtype) for entry in value)
    if not isinstance(value, float) or dtype == "float64" or not math.isfinite(value):
        return value
    bits, least, most = TYPES[dtype]
    exponent = max(math.frexp(value)[1], least)
    near = math.ldexp(round(math.ldexp(value, bits - exponent)), exponent - bits)
    return near if abs(near) < math.ldexp(1.0, most) else math.copysign(math.inf, near)
