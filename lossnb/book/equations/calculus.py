"""Derivatives, integrals, minimisers and limits of a function given as a Python callable.

All of them know kinks: a derivative where left and right slopes differ is `Undefined`; an integral
is split where the branch of its integrand changes; a minimiser is found by the sign of the slope.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from mpmath import mp, mpf

from .values import NoSlope, Number, Range, Undefined, Value, Vec, single

Map = Callable[[Number], Value]
STEP = 25  # digits after the point of a step


def derivative(f: Map, x: Number, order: int = 1) -> Value:
    """The derivative at x; NoSlope at a kink."""
    if order > 2:
        return derivative(lambda s: derivative(f, s, order - 2), x, 2)
    with mp.workdps(mp.dps + 30 * order + 5):
        h = mpf(2) ** -int(STEP * 3.33)
        try:
            points = [
                single(f(x + k * h)) for k in ((-1, 0, 1) if order == 1 else (-2, -1, 0, 1, 2))
            ]
        except Undefined as error:
            raise Undefined("a derivative at the edge of what is defined") from error
        slopes = [minus(b, a) / h for a, b in pairwise(points)]
        if order == 2:
            slopes = [minus(b, a) / h for a, b in pairwise(slopes)]
            result = slopes[1]
        else:
            result = (slopes[0] + slopes[1]) / 2
        if not all(agree(a, b) for a, b in pairwise(slopes)):
            raise NoSlope("a derivative at a kink")
    return +result if not isinstance(result, Vec) else result


def one_sided(f: Map, x: Number) -> tuple[Number, Number]:
    """Left and right derivative."""
    with mp.workdps(mp.dps + 35):
        h = mpf(2) ** -int(STEP * 3.33)
        here = f(x)
        left, right = (here - f(x - h)) / h, (f(x + h) - here) / h
    return left, right


def minus(a: Value, b: Value) -> Value:
    return a + (-b)


def agree(a: Value, b: Value) -> bool:
    """Two slopes, equal up to the step."""
    if isinstance(a, Vec):
        return all(agree(x, y) for x, y in zip(a, b, strict=True))
    if not (mp.isfinite(a) and mp.isfinite(b)):
        raise Undefined("a derivative that is not finite")
    return bool(abs(a - b) <= mpf(10) ** -10 * max(1, abs(a), abs(b)))


# Integrals --------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def gauss(n: int, precision: int) -> tuple[tuple[Any, Any], ...]:
    """Nodes and weights of Gauss-Legendre on (0, 1), by Newton from Chebyshev's guess."""
    nodes = []
    for k in range(1, n + 1):
        x = mp.cos(mp.pi * (k - mpf("0.25")) / (n + mpf("0.5")))
        for _ in range(8):
            previous, current = mpf(1), x
            for j in range(2, n + 1):
                previous, current = current, ((2 * j - 1) * x * current - (j - 1) * previous) / j
            slope = n * (x * current - previous) / (x * x - 1)
            step = current / slope
            x -= step
            if abs(step) < mpf(10) ** -(mp.dps - 3):
                break
        nodes.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return tuple(nodes)


ANCHORS = tuple(mpf(x) for x in (-8, -3, 0, 3, 8))
COARSE, FINE = 8, 16  # nodes of the two rules whose difference says whether a piece is settled
AGREE = mpf(10) ** -7  # then the finer rule is good to about the square of it
DEPTH, MOST_PIECES = 12, 300


def integrate(
    f: Map, low: Number, high: Number, breaks: Callable[[Sequence[Number]], list[Number]]
) -> Number:
    """∫ f over an interval that may be infinite.

    `breaks` finds where the branch of f changes along a grid; the interval is split there. Each
    piece is halved until two rules agree on it. An integral that does not settle is Undefined, so
    that no true relation is called false for the sake of the quadrature.
    """
    if low > high:
        return -integrate(f, high, low, breaks)
    if low == high:
        return mpf(0)
    ends = [end for end in (low, high) if mp.isfinite(end)]
    inner = [mpf(k) / 2 for k in range(-16, 17)] + [mpf(k) for k in (-64, -32, -16, 16, 32, 64)]
    if len(ends) == 2:
        inner += [low + (high - low) * mpf(k) / 24 for k in range(1, 24)]
    elif ends:
        inner += [ends[0] + sign * mpf(2) ** k for k in range(-4, 7) for sign in (-1, 1)]
    grid = sorted({*ends, *(x for x in inner if low < x < high)})
    splits = sorted({*ends, *(x for x in (*ANCHORS, *breaks(grid)) if low < x < high)})
    pieces = Pieces(f)
    for a, b in pairwise(splits):
        pieces.add(a, b)
    if not mp.isfinite(high):
        pieces.tail(splits[-1], 1)
    if not mp.isfinite(low):
        pieces.tail(splits[0], -1)
    return mp.fsum(pieces.values)


class Pieces:
    """The pieces of an integral."""

    def __init__(self, f: Map) -> None:
        self.f = f
        self.values: list[Any] = []
        self.count = 0
        self.size = mpf(0)  # the sum of absolute values so far: what an error is relative to

    def add(self, a: Number, b: Number, depth: int = 0) -> Number:
        """The piece from a to b, halved until it settles."""
        self.count += 1
        if self.count > MOST_PIECES:
            raise Undefined("an integral that quadrature does not settle")
        coarse, fine = self.rule(COARSE, a, b), self.rule(FINE, a, b)
        scale = max(self.size, abs(fine), mpf(10) ** -40)
        if abs(fine - coarse) <= AGREE * scale:
            self.values.append(fine)
            self.size += abs(fine)
            return fine
        if depth < DEPTH:
            middle = (a + b) / 2
            return self.add(a, middle, depth + 1) + self.add(middle, b, depth + 1)
        value, error = mp.quad(self.f, [a, b], error=True)  # a singular end, perhaps
        if not mp.isfinite(value) or error > mpf(10) ** -10 * max(scale, abs(value)):
            raise Undefined("an integral that quadrature does not settle")
        self.values.append(value)
        self.size += abs(value)
        return value

    def rule(self, n: int, a: Number, b: Number) -> Number:
        return (b - a) * mp.fsum(w * self.f(a + (b - a) * x) for x, w in gauss(n, mp.prec))

    def tail(self, a: Number, direction: int) -> None:
        """From a to ±∞ by pieces of doubling length, until two in a row no longer matter."""
        near, width, idle = a, mpf(4), 0
        for _ in range(60):
            far = near + direction * width
            piece = self.add(min(near, far), max(near, far))
            idle = idle + 1 if abs(piece) <= mpf(10) ** -15 * self.size else 0
            if idle == 2:
                return
            near, width = far, abs(far - a)
        raise Undefined("an integral whose tail is too heavy to be computed")


# Minimisers -------------------------------------------------------------------------------------


def minimise(f: Map, low: Number, high: Number) -> tuple[Number, Range]:
    """The least value on an interval and where it is taken: coarse grid, then the slope's sign."""
    bounded = [x for x in (low, high) if mp.isfinite(x)]
    spread = [mpf(s) * mpf(2) ** k for k in range(-4, 12) for s in (-1, 1)]
    centres = [mpf(0), *bounded]
    if len(bounded) == 2:
        grid = [low + (high - low) * mpf(k) / 40 for k in range(41)]
    else:
        grid = sorted(
            {x for c in centres for x in (c, *(c + s for s in spread)) if low <= x <= high}
        )
    values: list[Any] = []
    points: list[Any] = []
    for x in grid:
        try:
            values.append(f(x))
            points.append(x)
        except Undefined:
            continue
    if not points:
        raise Undefined("nothing to minimise")
    best = min(range(len(points)), key=lambda k: values[k])
    left = points[max(best - 1, 0)]
    right = points[min(best + 1, len(points) - 1)]
    if (best == 0 and not mp.isfinite(low)) or (best == len(points) - 1 and not mp.isfinite(high)):
        raise Undefined("no minimum within reach: the function falls without end")
    first = _turn(f, left, right, lambda slope, tiny: slope < -tiny)
    if f(first) > values[best]:  # the edge of what is allowed, met by the grid
        return values[best], Range(points[best], points[best])
    if first == right:
        return f(first), Range(first, first)
    beyond = first + mpf(10) ** -12
    if beyond < right and (f(beyond + mpf(10) ** -12) - f(beyond)) * mpf(10) ** 12 > mpf(10) ** -14:
        return f(first), Range(first, first)  # it rises at once: the minimiser is unique
    last = _turn(f, first, right, lambda slope, tiny: slope <= tiny)
    while last == right and best + 1 < len(points) - 1:  # a flat piece longer than the grid's step
        best += 1
        right = points[best + 1]
        last = _turn(f, left, right, lambda slope, tiny: slope <= tiny)
    return f(first), Range(first, last)


def _turn(f: Map, left: Number, right: Number, falling: Callable[[Number, Number], bool]) -> Number:
    """Where the slope of f stops falling between left and right."""
    digits = mp.dps
    with mp.workdps(2 * digits + 30):
        h, tiny = mpf(10) ** -(digits + 6), mpf(10) ** -(digits - 2)

        def slope(x: Number) -> Number:
            a, b = max(x - h, left), min(x + h, right)
            return (f(b) - f(a)) / (b - a)

        if not falling(slope(left), tiny):
            return left
        if falling(slope(right), tiny):
            return right
        low, high = left, right
        at_low, at_high = slope(low), slope(high)
        halve = False
        for _ in range(400):
            width = high - low
            if width < mpf(10) ** -(digits + 4):
                break
            middle = (low + high) / 2
            if not halve and mp.isfinite(at_low) and mp.isfinite(at_high) and at_high != at_low:
                guess = low - at_low * width / (at_high - at_low)  # exact where f is quadratic
                if low < guess < high:
                    middle = guess
            here = slope(middle)
            if falling(here, tiny):
                low, at_low, at_high = middle, here, at_high / 2
            else:
                high, at_high, at_low = middle, here, at_low / 2
            halve = high - low > width / 2
        return (low + high) / 2


def root(g: Map, low: Number, high: Number) -> Number:
    """The root of g in an interval: a change of sign on a grid, then bisection with secants."""
    spread = [mpf(2) ** (mpf(k) / 2) for k in range(-16, 17)]
    if mp.isfinite(low) and mp.isfinite(high):
        grid = [low + (high - low) * (mpf(k) + mpf("0.5")) / 64 for k in range(64)]
        grid = [low + (high - low) / 1000, *grid, high - (high - low) / 1000]
    elif mp.isfinite(low):
        grid = [low + s for s in spread]
    elif mp.isfinite(high):
        grid = [high - s for s in reversed(spread)]
    else:
        grid = [-s for s in reversed(spread)] + [mpf(0)] + spread
    known: list[tuple[Any, Any]] = []
    for x in grid:
        try:
            value = g(x)
        except Undefined:
            continue
        if value == 0:
            return x
        if known and (known[-1][1] < 0) != (value < 0):
            return _bisect(g, *known[-1], x, value)
        known.append((x, value))
    raise Undefined("no root within reach")


def _bisect(g: Map, a: Number, ga: Number, b: Number, gb: Number) -> Number:
    """Illinois: regula falsi whose stale end is halved."""
    for _ in range(200):
        x = (a * gb - b * ga) / (gb - ga)
        if abs(b - a) < mpf(10) ** -(mp.dps - 4) or x in (a, b):
            break
        gx = g(x)
        if gx == 0:
            return x
        if (gx < 0) != (gb < 0):
            a, ga = b, gb
        else:
            ga = ga / 2
        b, gb = x, gx
    return x


# Limits -----------------------------------------------------------------------------------------


def limit(f: Map, target: Number, side: int) -> Number:
    """The limit, where values near the target agree among themselves; else Undefined."""
    sides = [side] if side else [1, -1]
    found: list[Any] = []
    with mp.workdps(mp.dps + 40):
        for direction in sides if mp.isfinite(target) else [0]:
            values = []
            for k in (9, 12, 15):
                distance = mpf(10) ** k
                x = target + direction / distance if direction else mp.sign(target) * distance
                values.append(f(x))
            if not all(mp.isfinite(v) for v in values):
                raise Undefined("a limit that is not finite")
            if abs(values[2] - values[1]) > mpf(10) ** -7 * max(1, abs(values[2])):
                raise Undefined("a limit that is approached too slowly to see; mark it unchecked")
            found.append(values[2])
    if len(found) == 2 and abs(found[0] - found[1]) > mpf(10) ** -6 * max(1, abs(found[0])):
        raise Undefined("two limits, one from each side")
    return found[0]
