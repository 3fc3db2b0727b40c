"""The values of formulas besides numbers: vectors, sets, distributions; how they compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mpmath import mp, mpf

Number: TypeAlias = Any  # an mpf; mpmath has no types
Value: TypeAlias = Any


_FLOOR = mpf("0.001")


class Undefined(Exception):
    """The formula has no value at this instance: log of a negative number, a kink's derivative."""


class NoCase(Undefined):
    """No case of a formula applies."""


class NoSlope(Undefined):
    """A derivative at a kink."""


class Contradiction(Exception):
    """Two cases of a formula apply and differ."""


class Vec(tuple[Any, ...]):
    """A vector, or a matrix as a vector of rows; arithmetic by component."""

    def __add__(self, other: Any) -> Vec:
        return type(self)(a + b for a, b in zip(self, self.like(other), strict=True))

    def __neg__(self) -> Vec:
        return type(self)(-a for a in self)

    def __mul__(self, other: Any) -> Any:
        return type(self)(a * other for a in self)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Vec:
        return type(self)(a / other for a in self)

    def like(self, other: Any) -> Vec:
        if isinstance(other, Ones):
            return Vec(mpf(1) for _ in self)
        if not isinstance(other, Vec) or len(other) != len(self):
            raise Undefined("a vector and a number, or vectors of different length")
        return other


class Row(Vec):
    """A transposed vector."""


class Ones:
    """The vector of ones, of the length that its neighbour has; `scale` times it."""

    def __init__(self, scale: Number = 1) -> None:
        self.scale = scale


@dataclass(frozen=True)
class Range:
    """An interval, or a point when both ends are equal."""

    low: Number
    high: Number
    closed_low: bool = True
    closed_high: bool = True

    def __add__(self, other: Any) -> Range:
        other = as_range(other)
        if not isinstance(other, Range):
            other = Range(other, other)
        return Range(
            self.low + other.low,
            self.high + other.high,
            self.closed_low and other.closed_low,
            self.closed_high and other.closed_high,
        )

    __radd__ = __add__

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low, self.closed_high, self.closed_low)

    def __mul__(self, scale: Number) -> Range:
        if scale < 0:
            return (-self).__mul__(-scale)
        return Range(self.low * scale, self.high * scale, self.closed_low, self.closed_high)

    __rmul__ = __mul__

    def contains(self, x: Number, slack: Number) -> bool:
        above = x >= self.low - slack if self.closed_low else x > self.low
        below = x <= self.high + slack if self.closed_high else x < self.high
        return bool(above and below)


@dataclass(frozen=True)
class Finite:
    """A finite set."""

    items: tuple[Value, ...]

    def contains(self, x: Value, slack: Number) -> bool:
        return any(same(x, item, slack) for item in self.items)


@dataclass(frozen=True)
class Union:
    parts: tuple[Any, ...]

    def contains(self, x: Value, slack: Number) -> bool:
        return any(part.contains(x, slack) for part in self.parts)


@dataclass(frozen=True)
class Space:
    """A set with a name: R, N, Z, vectors of length `size`, the simplex, distributions."""

    name: str
    size: int | None = None

    def contains(self, x: Value, slack: Number) -> bool:
        if self.name in ("N", "Z"):
            return bool(abs(x - mp.nint(x)) <= slack) and (self.name == "Z" or x > -slack)
        if self.name == "R" and self.size is None:
            return not isinstance(x, Vec) and bool(mp.isfinite(x))
        if self.name == "R":
            return isinstance(x, Vec) and len(x) == self.size
        if self.name == "simplex":
            size = self.size is None or len(x) == self.size
            return size and all(a >= -slack for a in x) and bool(abs(mp.fsum(x) - 1) <= slack)
        return isinstance(x, Law)


@dataclass(frozen=True)
class Run:
    """Whole numbers from low to high; high may be infinite."""

    low: int
    high: Any

    def contains(self, x: Value, slack: Number) -> bool:
        return bool(abs(x - mp.nint(x)) <= slack and self.low - slack <= x <= self.high + slack)

    def __iter__(self) -> Any:
        if not mp.isfinite(self.high):
            raise Undefined("a sum or maximum without end")
        return (mpf(k) for k in range(self.low, int(self.high) + 1))


SETS = (Range, Finite, Union, Space, Run)


@dataclass(frozen=True)
class Either:
    """Both values of ±."""

    plus: Value
    minus: Value


@dataclass(frozen=True)
class Law:
    """A measure on the line: atoms (x, weight) and densities (weight, density, cdf)."""

    atoms: tuple[tuple[Value, Number], ...] = ()
    densities: tuple[
        tuple[Number, Callable[[Number], Number], Callable[[Number], Number]], ...
    ] = ()
    symmetric: bool = False

    def __add__(self, other: Law) -> Law:
        return Law(self.atoms + other.atoms, self.densities + other.densities)

    def __mul__(self, scale: Number) -> Law:
        return Law(
            tuple((x, w * scale) for x, w in self.atoms),
            tuple((w * scale, f, c) for w, f, c in self.densities),
        )

    __rmul__ = __mul__

    def __neg__(self) -> Law:
        return self.__mul__(mpf(-1))

    def expect(
        self, f: Callable[[Number], Value], integrate: Callable[[Callable[[Number], Value]], Value]
    ) -> Value:
        """∫ f dLaw; `integrate` integrates over the line."""
        total = total_of([f(x) * w for x, w in self.atoms]) if self.atoms else mpf(0)
        for weight, density, _ in self.densities:
            total += weight * integrate(lambda x, d=density: f(x) * d(x))  # type: ignore[misc]
        return total

    def cdf(self, x: Number) -> Number:
        below = mp.fsum(w for a, w in self.atoms if a <= x)
        return below + mp.fsum(w * c(x) for w, _, c in self.densities)


@dataclass(frozen=True)
class Function:
    """A function as a value: an argument of a functional."""

    call: Callable[..., Value]
    name: str = "function"

    def __call__(self, *args: Value) -> Value:
        return self.call(*args)


def total_of(values: Iterable[Value]) -> Value:
    """A sum of numbers or of vectors."""
    items = list(values)
    if items and any(isinstance(x, Vec | Law | Range | Finite | Ones) for x in items):
        items = [as_range(x) for x in items]
        if any(isinstance(x, Ones) for x in items):
            shape = next((x for x in items if isinstance(x, Vec)), None)
            if shape is None:
                return Ones(mp.fsum(x.scale for x in items))
            items = [Vec(mpf(x.scale) for _ in shape) if isinstance(x, Ones) else x for x in items]
        total = items[0]
        for item in items[1:]:
            total = total + item
        return total
    return mp.fsum(items)


def times(a: Value, b: Value) -> Value:
    """The product, with vectors as matrices, and 0·∞ = 0 as for 0 log 0."""
    if isinstance(a, Ones) or isinstance(b, Ones):
        return _times_ones(a, b)
    if isinstance(a, Row) and isinstance(b, Vec):
        if b and isinstance(b[0], Vec):
            return Row(
                total_of(x * row[j] for x, row in zip(a, b, strict=True)) for j in range(len(b[0]))
            )
        return total_of(times(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(b, Row) and isinstance(a, Vec):
        return Vec(Vec(x * y for y in b) for x in a)
    if isinstance(a, Vec) and a and isinstance(a[0], Vec) and isinstance(b, Vec):
        if isinstance(b[0], Vec):
            return Vec(
                Vec(
                    total_of(x * r[j] for x, r in zip(row, b, strict=True))
                    for j in range(len(b[0]))
                )
                for row in a
            )
        return Vec(total_of(x * y for x, y in zip(row, b, strict=True)) for row in a)
    if isinstance(a, Vec) and isinstance(b, Vec):
        raise Undefined("a product of two vectors; transpose one")
    if isinstance(a, Vec | Law | Range):
        return a * b
    if isinstance(b, Vec | Law | Range):
        return b * a
    if (a == 0 and not mp.isfinite(b)) or (b == 0 and not mp.isfinite(a)):
        return mpf(0)
    return a * b


def _times_ones(a: Value, b: Value) -> Value:
    if isinstance(a, Ones):
        if isinstance(b, Row | Vec):
            return total_of(b) * a.scale
        return Ones(a.scale * b)
    if isinstance(a, Row):
        return total_of(a) * b.scale
    if isinstance(a, Vec):  # matrix times ones
        return Vec(total_of(row) * b.scale for row in a)
    return Ones(a * b.scale)


def as_range(value: Value) -> Value:
    """A set of one number is an interval of length zero."""
    if isinstance(value, Finite) and len(value.items) == 1:
        return Range(value.items[0], value.items[0])
    return value


def as_number(value: Value) -> Value:
    """A set of one number where a number is wanted."""
    value = as_range(value)
    if isinstance(value, Range) and close(value.low, value.high, mpf(10) ** -12):
        return (value.low + value.high) / 2
    if not isinstance(value, mpf):
        raise Undefined(f"{shown(value)} where a number is wanted")
    return value


def single(value: Value) -> Value:
    """The element of a set of one: a minimiser that is unique is a number."""
    point = as_range(value)
    if isinstance(point, Range) and close(point.low, point.high, mpf(10) ** -12):
        return (point.low + point.high) / 2
    return value


def same(a: Value, b: Value, slack: Number) -> bool:
    """Are two values equal up to rounding?"""
    if isinstance(a, Either) or isinstance(b, Either):
        if isinstance(a, Either) and isinstance(b, Either):
            return same(a.plus, b.plus, slack) and same(a.minus, b.minus, slack)
        either, other = (a, b) if isinstance(a, Either) else (b, a)
        return same(either.plus, other, slack) or same(either.minus, other, slack)
    a, b = as_range(a), as_range(b)
    if isinstance(a, SETS) or isinstance(b, SETS):
        return _same_sets(a, b, slack)
    if isinstance(a, Ones) and isinstance(b, Vec):
        a = Vec(mpf(a.scale) for _ in b)
    if isinstance(b, Ones) and isinstance(a, Vec):
        b = Vec(mpf(b.scale) for _ in a)
    if isinstance(a, Vec) or isinstance(b, Vec):
        if not (isinstance(a, Vec) and isinstance(b, Vec)):
            vector, other = (a, b) if isinstance(a, Vec) else (b, a)
            return other == 0 and all(
                same(x, mpf(0) if not isinstance(x, Vec) else x * 0, slack) for x in vector
            )
        return len(a) == len(b) and all(same(x, y, slack) for x, y in zip(a, b, strict=True))
    if isinstance(a, Law) and isinstance(b, Law):
        return all(same(a.cdf(mpf(x) / 4), b.cdf(mpf(x) / 4), slack) for x in range(-12, 13, 3))
    if isinstance(a, Function) and isinstance(b, Function):
        return all(same(a(mpf(x) / 8), b(mpf(x) / 8), slack) for x in range(-17, 19, 5))
    if isinstance(a, Function | Law) or isinstance(b, Function | Law):
        raise Undefined("a function beside a number; write its argument")
    return close(a, b, slack)


def close(a: Number, b: Number, slack: Number) -> bool:
    """|a − b| within `slack` relative to the larger, which counts as at least 1/1000."""
    gap = abs(a - b)
    if not mp.isfinite(gap):
        if mp.isnan(a) or mp.isnan(b):
            raise Undefined("a value that is not a number")
        return bool(a == b)
    return bool(gap <= slack * max(abs(a), abs(b), _FLOOR))


def _same_sets(a: Value, b: Value, slack: Number) -> bool:
    if not isinstance(a, SETS) or not isinstance(b, SETS):
        found, point = (a, b) if isinstance(a, SETS) else (b, a)
        if isinstance(found, Range):  # arg min = x: the minimiser is unique
            return close(found.low, point, slack) and close(found.high, point, slack)
        return False
    if isinstance(a, Range) and isinstance(b, Range):
        ends = close(a.low, b.low, slack) and close(a.high, b.high, slack)
        kinds = (a.closed_low, a.closed_high) == (b.closed_low, b.closed_high)
        return ends and (kinds or close(a.low, a.high, slack))
    if isinstance(a, Finite) and isinstance(b, Finite):
        return all(b.contains(x, slack) for x in a.items) and all(
            a.contains(x, slack) for x in b.items
        )
    return bool(a == b)


def subset(a: Value, b: Value, slack: Number) -> bool:
    """Is every element of a one of b? Intervals by their ends."""
    a = as_range(a)
    if isinstance(a, Finite):
        return all(b.contains(x, slack) for x in a.items)
    if isinstance(a, Range) and isinstance(b, Range):
        low = b.low < a.low + slack if b.closed_low or not a.closed_low else b.low < a.low
        high = a.high < b.high + slack if b.closed_high or not a.closed_high else a.high < b.high
        return bool(low and high)
    return bool(a == b)


def shown(value: Value, digits: int = 8) -> str:
    """A value in a message."""
    if isinstance(value, Range):
        left, right = "[" if value.closed_low else "(", "]" if value.closed_high else ")"
        return f"{left}{shown(value.low, digits)}, {shown(value.high, digits)}{right}"
    if isinstance(value, Finite):
        return "{" + ", ".join(shown(x, digits) for x in value.items) + "}"
    if isinstance(value, Vec):
        return "(" + ", ".join(shown(x, digits) for x in value) + ")"
    if isinstance(value, Either):
        return f"{shown(value.plus, digits)} or {shown(value.minus, digits)}"
    if isinstance(value, Law):
        atoms = ", ".join(f"{shown(x, 5)} with {shown(w, 5)}" for x, w in value.atoms)
        return f"law({atoms})" if atoms and not value.densities else "law with a density"
    if isinstance(value, Sequence | Function | Space | Run | Union | Ones | bool):
        return str(getattr(value, "name", value))
    return str(mp.nstr(value, digits)).removesuffix(".0")
