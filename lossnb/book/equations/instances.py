"""Instances: values for the free symbols of a formula, drawn from their domains.

Numbers are dyadic with few digits, so that sums and comparisons with them are exact, a kink can be
hit exactly, and a counterexample can be read. Besides random instances there are those on a kink
and on both its sides: where a comparison inside the formula changes its outcome.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from mpmath import mp, mpf

from . import free, values
from . import tree as t
from .evaluate import Env, Evaluator
from .symbols import Symbol, pretty
from .tokens import TexError
from .values import Finite, Function, Law, Number, Range, Run, Space, Undefined, Value, Vec

SPECIAL = [0, 1, -1, "0.5", "-0.5", 2, -2]


def dyadic(rng: random.Random, low: float, high: float, parts: int = 64) -> Number:
    """A multiple of 1/parts strictly between two numbers."""
    first, last = int(low * parts) + 1, int(high * parts) - 1
    if low < 0:
        first = int(low * parts)
    return mpf(rng.randint(first, max(first, last))) / parts


class Drawer:
    """Draws the free symbols of one formula."""

    def __init__(self, node: t.Node, ev: Evaluator, rng: random.Random) -> None:
        self.ev = ev
        self.rng = rng
        self.symbols, self.fixed = free.needed(node, ev.scope)
        self.weights: list[Number] = []
        conditional = isinstance(node, t.Both) and len(node.parts) > 1
        self.equalities = conditional or any(isinstance(part, t.Implies) for part in node.walk())

    def draw(self) -> Env:
        """A random instance."""
        env: Env = {}
        self.weights = _weights(self.rng, self.rng.randint(2, 5))
        for symbol in self.symbols.values():
            self._draw(symbol, env)
        return env

    def redraw(self, env: Env) -> Env:
        """The instance with one symbol, or one component of a vector, drawn again."""
        names = [name for name in env if name.removeprefix("law ") in self.symbols]
        if not names:
            return env
        name = self.rng.choice(sorted(names))
        symbol = self.symbols[name.removeprefix("law ")]
        value = env[name]
        if name.startswith("law "):
            self.weights = _weights(self.rng, self.rng.randint(2, 5))
        if isinstance(value, mpf) and self.rng.random() < 0.5 and symbol.kind == "real":
            moved = {**env, name: value + dyadic(self.rng, -1, 1)}
            return moved if self.allowed(name, moved) else env
        kept = {k: v for k, v in env.items() if k != name}
        self._draw(symbol, kept)
        together = name.startswith("law ") and any(n.startswith("law ") for n in kept if n != name)
        if name not in kept or together:
            return env  # laws that are drawn together have the same weights
        return kept if all(self.allowed(n, kept) for n in kept if n in self.symbols) else env

    def _draw(self, symbol: Symbol, env: Env) -> None:
        name = symbol.name
        if name in env or "law " + name in env:
            return
        computed = symbol.definition is not None and name not in self.fixed
        if computed or symbol.equation is not None:
            return
        if symbol.domain is None:
            if symbol.kind in ("function", "law", "random"):
                return  # bound by the formula itself
            raise TexError(f"the symbol {pretty(name)} has no domain to draw it from")
        for inner in free.names(symbol.domain, symbol.scope or self.ev.scope).values():
            if inner.name != name:
                self._draw(inner, env)
        home = self.ev.under(symbol.scope)
        if symbol.kind == "function":
            env[name] = self._function(symbol, home, env)
            return
        domain = home.value(symbol.domain, env)
        if symbol.kind == "random":
            env["law " + name] = Law(tuple((self.one(domain), w) for w in self.weights))
        elif symbol.index:
            span = home.lookup(symbol.index)
            if span.domain is None:
                raise TexError(f"the index {pretty(symbol.index)} has no range")
            for inner in free.names(span.domain, home.scope).values():
                self._draw(inner, env)
            count = len(list(home.value(span.domain, env)))
            env[name] = Vec(self.one(domain) for _ in range(count))
        else:
            env[name] = self.one(domain)

    def _function(self, symbol: Symbol, home: Evaluator, env: Env) -> Function:
        """One of a set of functions."""
        domain = symbol.domain
        if not isinstance(domain, t.SetOf) or not domain.items:
            raise TexError(f"the function {pretty(symbol.name)} needs a set of functions as domain")
        choice = self.rng.choice(domain.items)
        for inner in free.names(choice, home.scope).values():
            if inner.name not in symbol.parameters:
                self._draw(inner, env)
        parameter = symbol.parameters[0]
        return Function(lambda x: home.value(choice, {**env, parameter: x}), _plain(choice))

    def one(self, domain: Value) -> Value:
        """An element of a set."""
        rng = self.rng
        if isinstance(domain, Space):
            return self._space(domain)
        if isinstance(domain, Finite):
            return rng.choice(domain.items)
        if isinstance(domain, values.Union):
            return self.one(rng.choice(domain.parts))
        if isinstance(domain, Run):
            high = int(domain.high) if mp.isfinite(domain.high) else domain.low + 3
            return mpf(rng.randint(domain.low, high))
        if isinstance(domain, Range):
            return self._range(domain)
        raise TexError("a domain that is not a set; write for instance $(0, \\infty)$")

    def _range(self, domain: Range) -> Number:
        low, high, rng = domain.low, domain.high, self.rng
        if low > high or (low == high and not (domain.closed_low and domain.closed_high)):
            raise Undefined("an empty interval")
        closed = [
            x
            for x, c in ((low, domain.closed_low), (high, domain.closed_high))
            if c and mp.isfinite(x)
        ]
        if closed and rng.random() < 0.15:
            return rng.choice(closed)
        if rng.random() < 0.15:
            inside = [mpf(x) for x in SPECIAL if low < mpf(x) < high]
            if inside:
                return rng.choice(inside)
        if mp.isfinite(low) and mp.isfinite(high):
            return low + (high - low) * mpf(rng.randint(1, 63)) / 64
        reach = dyadic(rng, 0, 3) if rng.random() < 0.8 else dyadic(rng, 0, 12, 8)
        if mp.isfinite(low):
            return low + reach
        return high - reach if mp.isfinite(high) else reach * rng.choice((-1, 1))

    def _space(self, domain: Space) -> Value:
        rng = self.rng
        if domain.name == "simplex":
            return Vec(_weights(rng, domain.size or 3, zeros=True))
        if domain.name in ("laws", "symmetric laws"):
            return _law(rng, symmetric=domain.name == "symmetric laws")
        if domain.size is not None:
            return Vec(self._real() for _ in range(domain.size))
        if domain.name in ("N", "Z"):
            return mpf(rng.randint(0 if domain.name == "N" else -4, 6))
        return self._real()

    def _real(self) -> Number:
        rng, choice = self.rng, self.rng.random()
        if choice < 0.15:
            return mpf(rng.choice(SPECIAL))
        return dyadic(rng, -4, 4) if choice < 0.9 else dyadic(rng, -20, 20, 8)

    # Kinks ----------------------------------------------------------------------------------

    def near_kinks(self, trial: Any, env: Env) -> Iterator[Env]:
        """From an instance to a kink of the formula in one of its numbers, and to both sides.

        `trial(env)` evaluates the formula; its comparisons are traced.
        """
        movable = [name for name, symbol in self.symbols.items() if self._movable(symbol, env)]
        sites = self._sites(trial, env)
        if not movable or not sites:
            return
        name = self.rng.choice(movable)
        key = self.rng.choice(sorted(sites, key=lambda k: (self._order[k], k[1])))
        start, places = env[name], []
        while isinstance(start, Vec):  # one number of a vector, or of a sample of vectors
            places.append(self.rng.randrange(len(start)))
            start = start[places[-1]]

        def moved(x: Number) -> Env:
            return {**env, name: _put(env[name], places, x)}

        found = self._solve(lambda x: self._sites(trial, moved(x)).get(key), start, sites[key])
        if found is None:
            return
        snapped = mp.nint(found * 2**20) / 2**20
        exact = abs(found - snapped) < mpf(10) ** -18
        found = snapped if exact else found
        steps: tuple[Number, ...] = (0,) if exact or self.equalities else ()
        for step in (*steps, mpf(1) / 64, -mpf(1) / 64, mpf(1) / 2, -mpf(1) / 2):
            candidate = moved(found + step)
            if self.allowed(name, candidate):
                yield candidate

    def _movable(self, symbol: Symbol, env: Env) -> bool:
        """Can this symbol be shifted a little and stay in its domain?"""
        value, domain = env.get(symbol.name), symbol.domain
        if isinstance(value, Vec):
            return not self._simplex(symbol)
        whole = domain is None or isinstance(domain, t.SetOf)
        return isinstance(value, mpf) and symbol.kind == "real" and not whole

    def _simplex(self, symbol: Symbol) -> bool:
        return symbol.domain is None or any(
            isinstance(x, t.Named) and x.name == "simplex" for x in symbol.domain.walk()
        )

    def allowed(self, name: str, env: Env) -> bool:
        symbol = self.symbols[name]
        if symbol.domain is None or symbol.kind == "function":
            return True
        domain = self.ev.under(symbol.scope).value(symbol.domain, env)
        value = env[name]
        if isinstance(value, Function | Law) or symbol.kind == "function":
            return True
        if symbol.index and isinstance(value, Vec):
            return all(domain.contains(x, 0) for x in value)
        return bool(domain.contains(value, 0))

    def _sites(self, trial: Any, env: Env) -> dict[tuple[int, int], Number]:
        state = self.ev.state
        state.trace, quiet = [], state.quiet
        state.quiet = 1
        with suppress(Undefined, TypeError, AttributeError):
            trial(env)
        trace, state.trace, state.quiet = state.trace, None, quiet
        found: dict[tuple[int, int], Number] = {}
        counts: dict[int, int] = {}
        self._order: dict[tuple[int, int], int] = {}
        for key, difference in trace or []:
            counts[key] = counts.get(key, 0) + 1
            if isinstance(difference, mpf) and mp.isfinite(difference):  # not of vectors
                found[key, counts[key]] = difference
                self._order[key, counts[key]] = len(self._order)
        return found

    def _solve(self, g: Any, x0: Number, g0: Number) -> Number | None:
        """Secant steps; exact where the difference is linear."""
        if g0 == 0:
            return x0
        x1 = x0 + mpf(1) / 64
        for _ in range(30):
            try:
                g1 = g(x1)
            except Undefined:
                return None
            if g1 is None or g1 == g0:
                return None
            if g1 == 0 or abs(x1 - x0) < mpf(10) ** -(mp.dps - 4):
                return x1
            x0, x1, g0 = x1, x1 - g1 * (x1 - x0) / (g1 - g0), g1
            if not mp.isfinite(x1) or abs(x1) > 10**6:
                return None
        return None


def _weights(rng: random.Random, count: int, zeros: bool = False) -> list[Number]:
    """Probabilities that sum to one, multiples of 1/64; one in six with a zero."""
    low = 0 if zeros and rng.random() < 0.16 else 1
    cuts = (
        sorted(rng.sample(range(1, 64), count - 1))
        if low
        else sorted(rng.choices(range(65), k=count - 1))
    )
    return [mpf(b - a) / 64 for a, b in zip([0, *cuts], [*cuts, 64], strict=True)]


def _law(rng: random.Random, symmetric: bool) -> Law:
    """A distribution with a few atoms, symmetric about 0 if asked."""
    count = rng.randint(1, 3)
    points = [
        dyadic(rng, 0, 5, 8) * (1 if symmetric else rng.choice((-1, 1))) for _ in range(count)
    ]
    weights = _weights(rng, count)
    if not symmetric:
        return Law(tuple(zip(points, weights, strict=True)))
    pairs = [(s * x, w / 2) for x, w in zip(points, weights, strict=True) for s in (1, -1)]
    return Law(tuple(pairs), symmetric=True)


def _put(value: Value, places: Sequence[int], x: Number) -> Value:
    """The number, vector or sample of vectors with the number at these places exchanged for x."""
    if not places:
        return x
    first, *others = places
    return Vec(_put(v, others, x) if k == first else v for k, v in enumerate(value))


def _plain(node: t.Node) -> str:
    """A function of a family, for a message."""
    return f"function number {node!r}" if isinstance(node, t.Num) else type(node).__name__.lower()
