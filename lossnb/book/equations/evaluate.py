"""The value of a formula at an instance: one rule for each class of the syntax tree.

`Evaluator.value(node, env)` looks the rule up by the class of the node. `env` holds the values of
the names of this instance; a name that is not in it is evaluated by its definition, so that a
derivative in ŷ reaches r = ŷ − y. Comparisons on the way are traced on demand: where a traced
difference changes its sign, the formula has a kink or a jump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from mpmath import mp, mpf

from . import calculus, values
from . import tree as t
from .symbols import Scope, Symbol, pretty
from .tokens import TexError
from .values import Function, Law, Number, Range, Undefined, Value, Vec

Env = dict[str, Value]
_ORDER = ("<", ">", r"\le", r"\ge")
HIDDEN = "·"  # where a function without its argument is evaluated, as in ∫ψ² dF


class Comparator(Protocol):
    """What compares a symbol bound to code with the code."""

    def compare(
        self,
        symbol: Symbol,
        args: Sequence[Value],
        env: Env,
        value: Value,
        order: int,
        ev: Evaluator,
    ) -> None: ...


class State:
    """What all evaluators of one check share."""

    def __init__(self, comparator: Comparator | None = None) -> None:
        self.comparator = comparator
        self.work = 0  # nodes evaluated: the same on every machine, unlike time
        self.quiet = 0  # within derivatives, integrals and searches the code is not compared
        self.trace: list[tuple[int, Number]] | None = None
        self.roots: dict[Any, Value] = {}
        self.randoms: dict[int, list[str]] = {}
        self.depends: dict[int, tuple[bool, list[str]]] = {}
        self.evaluators: dict[int, Evaluator] = {}
        self.depth = 0


def differentiated(symbol: Symbol) -> str:
    """The argument in which the code's gradient is: of a divergence the last, else the first."""
    last = symbol.code.part() == "information"
    return symbol.parameters[-1 if last else 0]


Rule = Callable[["Evaluator", Any, Env], Value]
RULES: dict[type, Rule] = {}


def rule(kind: type) -> Callable[[Rule], Rule]:
    """Register how nodes of a class are evaluated."""

    def register(function: Rule) -> Rule:
        RULES[kind] = function
        return function

    return register


class Evaluator:
    """Evaluates formulas whose names are looked up in one scope."""

    def __init__(self, scope: Scope, state: State | None = None) -> None:
        self.scope = scope
        self.state = state or State()
        self.known: dict[str, Symbol | None] = {}

    def value(self, node: t.Node, env: Env) -> Value:
        self.state.work += 1
        try:
            return RULES[type(node)](self, node, env)
        except ZeroDivisionError:
            raise Undefined("division by zero") from None

    def lookup(self, name: str) -> Symbol:
        if name not in self.known:
            self.known[name] = self.scope.lookup(name)
        symbol = self.known[name]
        if symbol is None:
            raise TexError(f"the symbol {pretty(name)} has no value here")
        return symbol

    def under(self, scope: Scope | None) -> Evaluator:
        """The evaluator for a definition that was written under another scope."""
        if scope is None or scope is self.scope:
            return self
        found = self.state.evaluators.get(id(scope))
        if found is None:
            found = self.state.evaluators[id(scope)] = Evaluator(scope, self.state)
        return found

    @contextmanager
    def quiet(self, traced: bool = False) -> Iterator[None]:
        """Without comparing code, and without tracing but in derivatives (the function's kinks)."""
        saved = self.state.trace
        if not traced:
            self.state.trace = None
        self.state.quiet += 1
        try:
            yield
        finally:
            self.state.quiet -= 1
            self.state.trace = saved

    # Conditions -----------------------------------------------------------------------------

    def mark(self, node: t.Node, difference: Number) -> None:
        if self.state.trace is not None:
            self.state.trace.append((id(node), difference))

    def slack(self) -> Number:
        return mpf(10) ** (8 - mp.dps)

    def holds(self, node: t.Node, env: Env, slack: Number | None = None) -> bool:
        """Does a condition hold at this instance?"""
        if isinstance(node, t.Chain):
            sides = [
                self.as_set(side, env)
                if op in (r"\in", r"\notin", r"\subseteq")
                else self.value(side, env)
                for side, op in zip(node.sides, ("", *node.ops), strict=True)
            ]
            return all(
                self.compare(op, a, b, node, slack)
                for op, a, b in zip(node.ops, sides, sides[1:], strict=False)
            )
        if isinstance(node, t.Both):
            results = (self.holds(part, env, slack) for part in node.parts)
            return all(results) if node.op == "and" else any(results)
        if isinstance(node, t.Not):
            return not self.holds(node.body, env, slack)
        if isinstance(node, t.Implies):
            held = [self.holds(part, env, slack) for part in node.parts]
            return all(
                (not a or b) if op == r"\implies" else a == b
                for op, a, b in zip(node.ops, held, held[1:], strict=False)
            )
        raise TexError("a condition is a relation such as |r| \\le \\delta")

    def compare(
        self, op: str, a: Value, b: Value, node: t.Node, slack: Number | None = None
    ) -> bool:
        """One relation between two values."""
        slack = self.slack() if slack is None else slack
        if type(a) is mpf and type(b) is mpf and op in _ORDER:
            return self.ordered(op, a, b, node, slack)
        if op == r"\in":
            return bool(b.contains(a, slack)) if not isinstance(a, values.SETS) else False
        if op == r"\notin":
            return not b.contains(a, slack)
        if op == r"\subseteq":
            return values.subset(a, b, slack)
        if op in ("=", r"\equiv", ":="):
            self._mark_pair(node, a, b)
            return values.same(a, b, slack)
        if op == r"\ne":
            self._mark_pair(node, a, b)
            return not values.same(a, b, slack)
        if isinstance(a, Vec) or isinstance(b, Vec):
            size = len(a if isinstance(a, Vec) else b)
            a = a if isinstance(a, Vec) else [a] * size
            b = b if isinstance(b, Vec) else [b] * size
            return all(self.compare(op, x, y, node, slack) for x, y in zip(a, b, strict=True))
        return self.ordered(op, values.as_number(a), values.as_number(b), node, slack)

    def ordered(self, op: str, a: Number, b: Number, node: t.Node, slack: Number) -> bool:
        """a < b and the like, between numbers."""
        if self.state.trace is not None:
            self.mark(node, a - b)
        equal = a == b or values.close(a, b, slack)
        if op in (r"\le", r"\ge"):
            return bool(equal or (a < b if op == r"\le" else a > b))
        return bool(not equal and (a < b if op == "<" else a > b))

    def _mark_pair(self, node: t.Node, a: Value, b: Value) -> None:
        if self.state.trace is not None and isinstance(a, mpf) and isinstance(b, mpf):
            self.mark(node, a - b)

    def as_set(self, node: t.Node, env: Env) -> Value:
        """The right side of ∈: a derivative there means the subdifferential."""
        if (
            isinstance(node, t.Diff)
            and len(node.variables) == 1
            and isinstance(node.variables[0], t.Sym)
        ):
            return self.subdifferential(
                lambda s: self.value(node.body, {**env, node.variables[0].name: s}),  # type: ignore[attr-defined]
                self.value(node.variables[0], env),
            )
        found = self.value(node, env)
        if isinstance(found, values.SETS):
            return found
        if isinstance(found, Vec) and len(found) == 2:
            return Range(found[0], found[1], False, False)
        raise Undefined(f"a set was expected beside \\in, not {values.shown(found)}")

    def subdifferential(self, f: Callable[[Number], Value], x: Number) -> Range:
        with self.quiet():
            left, right = calculus.one_sided(f, x)
        if calculus.agree(left, right):
            left = right = (left + right) / 2
        return Range(left, right)

    # Functions ------------------------------------------------------------------------------

    def object(self, node: t.Node, env: Env) -> Value:
        """An argument that is a function or a distribution, not a number."""
        if isinstance(node, t.Sym) and node.name in env:
            return env[node.name]
        if isinstance(node, t.Sym) and self.lookup(node.name).kind == "function":
            return Function(lambda *args: self.call(node, args, env), pretty(node.name))
        if isinstance(node, t.Prime | t.Inverse):
            return Function(lambda *args: self.call(node, args, env))
        if isinstance(node, t.Sym):
            return self.value(node, env)
        found = None
        with suppress(Undefined, TexError):
            found = self.value(node, env)
        if isinstance(found, Law | Function):
            return found
        return Function(lambda x: self.value(node, {**env, HIDDEN: x}))

    def call(self, function: t.Node, args: Sequence[Value], env: Env) -> Value:
        """A function applied to values."""
        if isinstance(function, t.Prime):
            return self.derived(function, args, env)
        if isinstance(function, t.Inverse):
            return self.inverse(function.function, args[0], env)
        assert isinstance(function, t.Sym)
        if function.name in env:
            target = env[function.name]
            return target.cdf(args[0]) if isinstance(target, Law) else target(*args)
        symbol = self.lookup(function.name)
        if symbol.kind == "law":
            return self.value(function, env).cdf(args[0])
        if symbol.definition is None:
            raise TexError(f"{pretty(symbol.name)} has no definition")
        result = self.apply(symbol, args, env)
        comparator = self.state.comparator
        if symbol.code and comparator and not self.state.quiet:
            comparator.compare(symbol, args, env, result, 0, self)
        return result

    def apply(self, symbol: Symbol, args: Sequence[Value], env: Env) -> Value:
        """The definition of a function at its arguments."""
        assert symbol.definition is not None
        inner = {**env, **dict(zip(symbol.parameters, args, strict=True))}
        if symbol.parameters != (HIDDEN,):
            inner.pop(HIDDEN, None)
        self.state.depth += 1
        if self.state.depth > 60:
            raise TexError(f"the definition of {pretty(symbol.name)} goes round in a circle")
        try:
            if symbol.index:
                return self.under(symbol.scope).components(symbol, inner)
            return self.under(symbol.scope).value(symbol.definition, inner)
        finally:
            self.state.depth -= 1

    def components(self, symbol: Symbol, env: Env) -> Vec:
        """A vector that is defined by its component."""
        assert symbol.index is not None
        assert symbol.definition is not None
        domain = self.lookup(symbol.index).domain
        if domain is None:
            raise TexError(f"the index {pretty(symbol.index)} has no range")
        span = self.value(domain, env)
        return Vec(self.value(symbol.definition, {**env, symbol.index: k}) for k in span)

    def derived(self, function: t.Prime, args: Sequence[Value], env: Env) -> Value:
        """f′(x): the derivative in the only argument."""
        if len(args) != 1:
            raise TexError("a prime needs a function of one variable; write \\frac{\\partial}{…}")
        inner = function.function
        with self.quiet(traced=True):
            result = calculus.derivative(
                lambda s: self.call(inner, (s,), env), args[0], function.order
            )
        self.compare_derivative(inner, args, env, result, function.order, 1)
        return result

    def compare_derivative(
        self,
        function: t.Node,
        args: Sequence[Value],
        env: Env,
        result: Value,
        order: int,
        chain: Number,
    ) -> None:
        """A derivative of a symbol bound to code, against .gradient and .hessian."""
        comparator = self.state.comparator
        if comparator is None or self.state.quiet or order > 2 or not isinstance(function, t.Sym):
            return
        symbol = self.lookup(function.name) if function.name not in env else None
        if symbol and symbol.code and chain:
            comparator.compare(symbol, args, env, result / chain**order, order, self)

    def compare_gradient(
        self, function: t.Sym, name: str, args: Sequence[Value], env: Env, found: Value, order: int
    ) -> None:
        """The gradient in the vector in which the code differentiates."""
        comparator = self.state.comparator
        symbol = self.lookup(function.name) if function.name not in env else None
        if comparator is None or self.state.quiet or symbol is None or symbol.code is None:
            return
        if name == differentiated(symbol):
            comparator.compare(symbol, args, env, found, order, self)

    def inverse(self, function: t.Node, level: Number, env: Env) -> Number:
        """The quantile function of a distribution, or the inverse of an increasing function."""
        law = self.object(function, env)
        if isinstance(law, Law) and law.atoms and not law.densities:
            total = mpf(0)
            for x, weight in sorted(law.atoms):
                total += weight
                if total >= level - self.slack():
                    return x
        call = law.cdf if isinstance(law, Law) else law
        with self.quiet():
            return calculus.root(lambda x: call(x) - level, -mp.inf, mp.inf)

    # Searching ------------------------------------------------------------------------------

    def breaks(self, f: Callable[[Number], Value]) -> Callable[[Sequence[Number]], list[Number]]:
        """Where, along a grid, a comparison within f changes its outcome."""

        def sites(x: Number) -> dict[tuple[int, int], Number]:
            self.state.trace = []
            with suppress(Undefined):
                f(x)
            found: dict[tuple[int, int], Number] = {}
            seen: dict[int, int] = {}
            for key, difference in self.state.trace:
                seen[key] = seen.get(key, 0) + 1
                found[key, seen[key]] = difference
            self.state.trace = None
            return found

        def search(grid: Sequence[Number]) -> list[Number]:
            found: list[Number] = []
            before: dict[tuple[int, int], Number] = {}
            for place, x in enumerate(grid):
                here = sites(x)
                for key, difference in here.items():
                    if difference == 0:
                        found.append(x)
                    elif key in before and before[key] * difference < 0:
                        found.append(
                            self._crossing(sites, key, grid[place - 1], before[key], x, difference)
                        )
                before = here
            return found

        return search

    def _crossing(
        self, sites: Any, key: Any, a: Number, ga: Number, b: Number, gb: Number
    ) -> Number:
        for _ in range(60):
            x = (a * gb - b * ga) / (gb - ga)
            gx = sites(x).get(key)
            if gx is None or gx == 0 or abs(b - a) < mpf(10) ** -20:
                return x
            if (gx < 0) != (gb < 0):
                a, ga = b, gb
            else:
                ga = ga / 2
            b, gb = x, gx
        return b

    def integrate(
        self, f: Callable[[Number], Value], low: Number = -mp.inf, high: Number = mp.inf
    ) -> Value:
        with self.quiet():
            return calculus.integrate(f, low, high, self.breaks(f))


from . import bound_rules, rules  # noqa: E402, F401  (they register the rules)
